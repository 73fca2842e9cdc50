"""The rows of collectors, and what is said of a function: its name, its cell, its newer version."""

import inspect
import sys
from collections.abc import Mapping

from event_collector import Collector, Processor
from event_collector._text import one_line
from event_collector_widgets.gallery import GALLERY
from event_collector_widgets.gauges import CollectorGauge
from event_collector_widgets.kernel import name_cells
from event_collector_widgets.numbers import NOTHING, duration
from event_collector_widgets.panels.collectors.drafts import itself
from event_collector_widgets.panels.parts.in_rows import cut
from event_collector_widgets.panels.parts.live import Kind, Row
from event_collector_widgets.panels.parts.written import LIMIT

COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("key", "text"),
    ("done", "number"),
    ("Ok", "number"),
    ("Error", "number"),
    ("in service", "number"),
    ("waiting", "number"),
    ("mean", "number"),
    ("p99", "number"),
    ("topics", "wide"),
    ("note", "state"),
)
"""What a row has. The style lays the last two, and the buttons, on a second line."""
ACTIONS = (("edit", "Edit"), ("remove", "Remove"))
SAID = 80
"""How many characters of what a lifecycle has printed a row shows."""
FEW = 80
"""How many characters of its topics a row shows. Of more it says how many topics there are."""
QUESTION = "remove it, with its context?"
"""Stands in a row whose removal was asked for."""


def row(
    one: Collector,
    gauge: CollectorGauge | None,
    new: Processor | None,
    blocked: float | None,
    *,
    asked: bool,
    opened: bool | None = False,
    ended: bool = False,
    before: int = 0,
    said: str = "",
) -> Row:
    """A collector's row.

    Args:
        one: The collector.
        gauge: What it does now; None where it was not there at the last reading.
        new: The newer version of its processor, if there is one.
        blocked: For how many seconds at most the loop stood still while it ran, if it has.
        asked: Whether its removal was asked for, and is not confirmed. Then the question stands
            in the place of its topics, beside the buttons.
        opened: Whether the row was clicked, and shows all topics; None: they stand elsewhere.
        ended: Whether its lifecycle has ended by itself in this queue.
        before: How many results the collectors gave that it has replaced.
        said: What its lifecycle has printed.
    """
    notes, actions = [], [*ACTIONS]
    if ended:
        notes.append("its lifecycle has ended: payloads get Errors until it is replaced")
    if blocked is not None:
        notes.append(f"the event loop stood still for {duration(blocked)} while it ran")
    if new is not None:
        notes.append(f"{named(new)} is newer")
        actions.insert(0, ("use", f"Use the new {name_of(new)}"))
    state = "warning" if notes or asked else ""
    if before:
        notes.append(f"counted since it was replaced; {before:,} done before")
    if said.strip():
        notes.append(f"its lifecycle said: {shortened(said)}")
    heard, note = _heard(one, opened), "; ".join(notes)
    if asked:
        actions[-1] = ("remove_now", "Remove now")
        heard, note = "", QUESTION
    now = ["", "", NOTHING, NOTHING]
    if gauge is not None:
        now = [f"{gauge.in_service:,}", f"{gauge.waiting:,}"]
        now += [duration(gauge.mean), duration(gauge.p99)]
    cells = [one.key, *counts(one), *now, heard, note]
    return Row(one.key, cells, state, actions, f"runs {named(one.processor)}")


def shortened(said: str) -> str:
    """The last line of what was printed, as far as a row has room for it."""
    last = said.strip().splitlines()[-1].strip()
    return last if len(last) <= SAID else f"{last[:SAID]} ..."


def _heard(one: Collector, opened: bool | None) -> str:
    """Which function it runs, where its key does not say so, and what it listens to."""
    heard = f"topics: {topics(one)}" if one.topics else "no topics"
    if len(heard) > FEW:
        count = len(one.topics)
        heard = f"{count:,} topics" if count > 1 else "topic"
        hint = ", a click shows all" if opened is False else ""
        heard += f"{hint}: {topics(one, LIMIT if opened else FEW)}"
    name = name_of(one.processor)
    return heard if name == one.key else f"runs {name} · {heard}"


def topics(one: Collector, limit: int | None = None) -> str:
    """The topics in a line; one with a comma in it stands in quotes.

    Args:
        one: The collector.
        limit: How many characters are enough: from there on it is told how many are left out.
    """
    most = sys.maxsize if limit is None else limit
    told: list[str] = []
    room = most
    for topic in one.topics:
        shown = one_line(topic, most + 3) if "," in topic else cut(topic, most)
        if told and len(shown) > room:
            break
        told.append(shown)
        room -= len(shown) + len(", ")
    left = len(one.topics) - len(told)
    return ", ".join(told) + (f" and {left:,} more" if left else "")


def counts(one: Collector) -> list[str]:
    """How many results it has given, how many of them Oks, how many Errors."""
    return [f"{each:,}" for each in (one.processed, one.processed - one.errors, one.errors)]


def newer(one: Collector, processors: Mapping[str, Processor]) -> Processor | None:
    """The notebook's function of the name of a collector's processor, if it is another one."""
    mine = itself(one).processor
    name = name_of(mine)
    new = processors.get(name)
    if new is None or new is mine or mine is GALLERY.get(name):
        return None
    same = getattr(new, "__qualname__", name) == getattr(mine, "__qualname__", name)
    return new if same else None


def name_of(function: object) -> str:
    """A function's own name; of what has none its repr."""
    return getattr(function, "__name__", None) or one_line(function, 60)


def named(function: object) -> str:
    """A function's name, and the cell in which it was defined."""
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    written = "" if code is None else f'File "{code.co_filename}"'
    cell = name_cells(written)
    return name_of(function) if cell == written else f"{name_of(function)} ({cell})"
