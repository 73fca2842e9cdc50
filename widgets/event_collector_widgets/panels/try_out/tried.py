"""What a trial shows: rows of what differs, times in words; and what replaces a collector."""

import copy
from math import isnan, nan
from typing import Any

from event_collector import Collector, Error, Processor, Result
from event_collector._text import one_line
from event_collector_widgets.numbers import duration
from event_collector_widgets.panels.parts.fields import table
from event_collector_widgets.panels.parts.in_rows import ROOM, WIDTH, in_cell
from event_collector_widgets.panels.parts.live import Kind, Row
from event_collector_widgets.shown import said
from event_collector_widgets.trial import Times, Tried

COLUMNS: list[tuple[str, Kind]] = [
    ("event", "number"),
    ("change", "state"),
    ("payload", "wide"),
    ("before", "text"),
    ("after", "text"),
]

_MARKS = {
    "error went": ("✓", "ok"),
    "error came": ("✗", "error"),
    "error changed": ("≠", "warning"),
    "value changed": ("≠", "warning"),
    "same": ("=", "nobody"),
}
"""Of each change its shape, and the state that gives its colour."""


def room_of(width: int) -> int:
    """How many characters of a payload are in sight in a panel of so many pixels; 0: not known."""
    return max(ROOM, int((width - 230) / WIDTH))


def row_of(tried: Tried, room: int = ROOM) -> Row:
    """A row of the table, whose key is the place among what was tried.

    Args:
        tried: What was tried.
        room: How many characters of its payload are in sight.
    """
    mark, state = _MARKS[tried.change]
    cells = [
        str(tried.place + 1) if tried.event is None else str(tried.event),
        f"{mark} {tried.change}",
        in_cell(tried.payload.value, room),
        _short(tried.before),
        _short(tried.after),
    ]
    return Row(str(tried.place), cells, state)


def plain_table(rows: list[Tried]) -> str:
    """The same rows as an HTML table for readers without a kernel, escaped."""
    head = [label for label, _ in COLUMNS]
    return table(head, [list(row_of(each).cells) for each in rows], "nothing differs")


def several(change: str) -> str:
    """A kind of change of several results: "errors went"."""
    return change.replace(" ", "s ", 1)


def times_in_words(times: Times, done: int, mean: float = nan) -> str:
    """How long a payload takes: "15 µs each now (before: 12 µs)".

    Args:
        times: What the trial has measured.
        done: How many payloads were tried.
        mean: Seconds that the collector's present processor took of late; nan: not known.
    """
    if isnan(times.after):
        return ""
    if times.known:
        part = f", known of {times.known:,}" if times.known < done else ""
        before = f"before: {_about(times.before)}{part}"
    elif isnan(mean):
        before = "before: not known"
    else:
        before = f"about {_about(mean)} before, mean of the latest"
    return f"{_about(times.after)} each now ({before})"


def _about(seconds: float) -> str:
    """Two figures are enough for a time."""
    return duration(float(f"{seconds:.2g}"))


_LIMITS = ("timeout", "max_concurrency", "batch_size", "linger")


def replacement(old: Collector, processor: Processor) -> Collector:
    """A collector like another one, with another processor.

    The Context goes on; with a lifecycle, which opens it anew, it is a shallow copy.
    """
    limits: Any = {name: getattr(old, name) for name in _LIMITS}
    made: Collector = Collector(
        old.key,
        processor,
        topics=old.topics,
        ctx=old.ctx if old.lifecycle is None else copy.copy(old.ctx),
        lifecycle=old.lifecycle,
        **limits,
    )
    again = getattr(old, "again", None)  # of one that runs on a cluster
    return made if again is None else again(made)


def replacement_code(old: Collector, processor: str, place: str) -> str:
    """Code of the same.

    Args:
        old: The collector.
        processor: The notebook's name for the processor.
        place: Code that gives the collector.
    """
    parts = [repr(old.key), processor]
    if old.topics:
        parts.append(f"topics={list(old.topics)!r}")
    if old.lifecycle is None:
        parts.append(f"ctx={place}.ctx")
    else:
        parts += [f"ctx=Context(**vars({place}.ctx))", f"lifecycle={place}.lifecycle"]
    for name in _LIMITS:
        if (value := getattr(old, name)) is not None:
            parts.append(f"{name}={value!r}")
    made = f"Collector({', '.join(parts)})"
    return f"{place}.again({made})" if hasattr(old, "again") else made


def _short(result: Result) -> str:
    if isinstance(result, Error):
        return f"✗ {said(result, 80)}"
    return one_line(result.value, 80)
