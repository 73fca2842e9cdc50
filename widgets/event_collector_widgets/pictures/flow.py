"""The way of a payload through a queue as it is now: an SVG, built as text."""

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from event_collector import Collector, CollectorMetrics, CollectorQueue
from event_collector._text import one_line
from event_collector_widgets.pictures.look import BLUE, CARD, GREY, INK, SOFT, VERMILION
from event_collector_widgets.pictures.words import plural

_WIDTH = 640
_SHOWN = 12
"""How many collectors are drawn at most."""
_LETTER = 6.6
"""The width of a letter of 12 px, roughly, in px."""
_TOP, _GAP, _STAGE = 44, 6, 84
_COLLECTORS, _ROOM = 460, 168
_FAILED = "#a34700"  # vermilion, darker, so that text in it can be read
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Flow:
    """A picture that a notebook shows; its str is the SVG's text."""

    def __init__(self, svg: str, said: str) -> None:
        self._svg = svg
        self._said = said

    def __str__(self) -> str:
        return self._svg

    def __repr__(self) -> str:
        return f"Flow({self._said})"

    def _repr_svg_(self) -> str:
        return self._svg


def flow(queue: CollectorQueue) -> Flow:
    """Publisher, buffer, consumers, router and collectors of a queue, with their counts now.

    It does not follow the queue: call it again for a later moment. The first twelve collectors
    are drawn, the others counted. The text has no times and no addresses: the same state gives
    the same SVG.

    Raises:
        TypeError: `queue` is not a CollectorQueue.
    """
    if not isinstance(queue, CollectorQueue):
        raise TypeError(
            f"flow() takes a CollectorQueue, got {type(queue).__name__}: {one_line(queue)}; "
            "a Workbench has one as its .queue, a History is for the other pictures"
        )
    return Flow(
        _svg(queue), f"{queue.queue_type.name}, {plural(len(queue.collectors), 'collector')}"
    )


def _svg(queue: CollectorQueue) -> str:
    boxes, height = _collector_boxes(queue)
    middle, total = _TOP + height / 2, _TOP + height + 14
    stages = _stages(queue, middle)
    arrows = [_arrow(x, middle, x + 16) for x in (88, 200, 308)]
    fan = [_fan(box_middle, middle) for box_middle, _ in boxes]
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{total:g}" '
            f'viewBox="0 0 {_WIDTH} {total:g}" role="img" font-size="12" '
            'font-family="system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif">'
        ),
        f"<title>{_clean(_title(queue))}</title>",
        f"<desc>{_clean(_description(queue))}</desc>",
        f'<rect width="{_WIDTH}" height="{total:g}" rx="6" fill="{CARD}"/>',
        *stages,
        *arrows,
        *fan,
        *(box for _, box in boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _title(queue: CollectorQueue) -> str:
    return f"A {queue.queue_type.name} queue with {plural(len(queue.collectors), 'collector')}"


def _description(queue: CollectorQueue) -> str:
    """All that the picture shows, in words, the collectors that are not drawn too."""
    reading = queue.metrics()
    said = [
        f"The publisher has sent {plural(reading.accepted, 'payload')}",
        f"{plural(reading.queued, 'event')} queued, {_bound(queue)}",
        (
            f"{queue.min_consumers:,} to {queue.max_consumers:,} consumers have "
            f"{reading.in_service:,} in service"
        ),
        f"{type(queue.router).__name__} routes them; {reading.undelivered:,} were undelivered",
    ]
    for key, counts in reading.collectors.items():
        topics = queue.collectors[key].topics
        listens = f", topics {', '.join(topics)}" if topics else ""
        said.append(f"collector {key}{listens}: {_counts(counts.processed, counts.errors)}")
    return ". ".join(said) + "."


def _stages(queue: CollectorQueue, middle: float) -> list[str]:
    """The four boxes before the collectors, with their names above."""
    reading = queue.metrics()
    state = "paused" if queue.paused else "running" if queue.running else "not running"
    low, high = queue.min_consumers, queue.max_consumers
    open_now = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    router = _humps(type(queue.router).__name__)
    named = len(router)
    if reading.undelivered:
        router = (*router, f"{reading.undelivered:,} undelivered")
    boxes = (
        _Box(12, 76, "publisher", (f"{reading.accepted:,}", "accepted", state)),
        _Box(
            *(104, 96, "buffer"),
            (queue.queue_type.name, f"{reading.queued:,} queued", _bound(queue)),
        ),
        _Box(216, 92, "consumers", (open_now, f"{reading.in_service:,} in service")),
        _Box(324, 100, "router", router, bold=named),
    )
    return [part for box in boxes for part in box.drawn(middle)]


class _Box(NamedTuple):
    """One of the boxes in a row, its first lines bold."""

    x: float
    width: float
    name: str
    lines: tuple[str, ...]
    bold: int = 1

    def drawn(self, middle: float) -> list[str]:
        """The box with its name above it."""
        center, first = self.x + self.width / 2, middle + 4 - (len(self.lines) - 1) * 9
        parts = [
            _text(center, middle - 50, self.name, fill=SOFT, anchor="middle"),
            _rect((self.x, middle - 40), (self.width, 80), BLUE),
        ]
        for number, line in enumerate(self.lines):
            weight = "600" if number < self.bold else "400"
            y = first + number * 18
            parts.append(
                _text(center, y, line, anchor="middle", room=self.width - 2, weight=weight)
            )
        return parts


def _rect(at: tuple[float, float], size: tuple[float, float], stroke: str) -> str:
    (x, y), (width, height) = at, size
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="#ffffff" stroke="{stroke}" stroke-width="1.5"/>'
    )


def _collector_boxes(queue: CollectorQueue) -> tuple[list[tuple[float, str]], float]:
    """The middle and the drawing of each box of a collector, and how high the picture's body is."""
    collectors = list(queue.collectors.values())
    shown = collectors if len(collectors) <= _SHOWN + 1 else collectors[:_SHOWN]
    left = len(collectors) - len(shown)
    note = f"and {left:,} more" if left else "" if shown else "no collectors"
    heights = [56 if collector.topics else 41 for collector in shown] + [26] * bool(note)
    total = sum(heights) + _GAP * (len(heights) - 1)
    body = max(total, _STAGE)
    y = first = _TOP + (body - total) / 2
    boxes: list[tuple[float, str]] = []
    counts = queue.metrics().collectors
    for place, height in enumerate(heights):
        drawn = _collector(shown[place], counts, y) if place < len(shown) else _note(y, note)
        boxes.append((y + height / 2, drawn))
        y += height + _GAP
    heading = _text(_COLLECTORS + _ROOM / 2, first - 10, "collectors", fill=SOFT, anchor="middle")
    boxes[0] = (boxes[0][0], f"{heading}\n{boxes[0][1]}")
    return boxes, body


def _collector(collector: Collector, counts: Mapping[str, CollectorMetrics], y: float) -> str:
    """A collector's box: its key, its topics if it has any, and what it has done."""
    told = counts[collector.key]
    topics = f"topics {', '.join(collector.topics)}" if collector.topics else ""
    height, x, room = (56 if topics else 41), _COLLECTORS + 9, _ROOM - 16
    stroke, fill = (VERMILION, _FAILED) if told.errors else (SOFT, SOFT)
    lines = [
        _rect((_COLLECTORS, y), (_ROOM, height), stroke),
        _text(x, y + 17, collector.key, room=room, weight="600"),
        _text(x, y + 32, topics, room=room) if topics else "",
        _text(x, y + height - 9, _counts(told.processed, told.errors), fill=fill, room=room),
    ]
    return "\n".join(filter(None, lines))


def _note(y: float, said: str) -> str:
    rect = (
        f'<rect x="{_COLLECTORS}" y="{y:g}" width="{_ROOM}" height="26" rx="6" fill="none" '
        f'stroke="{GREY}" stroke-width="1.2" stroke-dasharray="4 3"/>'
    )
    return f"{rect}\n{_text(_COLLECTORS + _ROOM / 2, y + 17, said, fill=SOFT, anchor='middle')}"


def _fan(to: float, middle: float) -> str:
    start, end = 425, _COLLECTORS - 1
    curve = f"M{start} {middle:g} C{start + 18} {middle:g} {end - 22} {to:g} {end - 6} {to:g}"
    return (
        f'<path d="{curve}" fill="none" stroke="{GREY}" stroke-width="1.5"/>\n'
        f'<path d="M{end} {to:g} l-7 -4 v8 z" fill="{GREY}"/>'
    )


def _arrow(x: float, y: float, end: float) -> str:
    return (
        f'<path d="M{x + 1:g} {y:g} H{end - 6:g}" stroke="{GREY}" stroke-width="1.5"/>\n'
        f'<path d="M{end - 1:g} {y:g} l-7 -4 v8 z" fill="{GREY}"/>'
    )


def _text(
    x: float,
    y: float,
    said: str,
    *,
    fill: str = INK,
    anchor: str = "start",
    room: float = 400,
    weight: str = "400",
) -> str:
    """A line of text, shortened to its room; a tooltip then has all of it."""
    letters = int(room / (_LETTER * 1.07 if weight == "600" else _LETTER))
    shown = said if len(said) <= letters else said[: letters - 2] + ".."
    title = "" if shown == said else f"<title>{_clean(said)}</title>"
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{fill}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{title}{_clean(shown)}</text>'
    )


def _clean(text: str) -> str:
    """Escaped, and without what no XML may hold."""
    return escape(_UNFIT.sub("\ufffd", text))


def _humps(name: str) -> tuple[str, ...]:
    """A class's name in two lines, broken before its last word; a name of one word in one line.

    >>> _humps("DeadLetterRouter")
    ('DeadLetter', 'Router')
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).rsplit(" ", 1)
    return tuple(word.replace(" ", "") for word in words)


def _bound(queue: CollectorQueue) -> str:
    return "no bound" if queue.max_queued is None else f"at most {queue.max_queued:,}"


def _counts(processed: int, errors: int) -> str:
    return f"{processed:,} processed{f', {plural(errors, "Error")}' if errors else ''}"
