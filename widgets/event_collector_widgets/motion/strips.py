"""The picture of one moment of several traces: a strip for each, and below them how many waited."""

from collections.abc import Mapping, Sequence

from event_collector_widgets.motion.compared import (
    Compared,
    compare,
    in_words,
    rows_of,
    seconds_of,
    waiting_line,
)
from event_collector_widgets.motion.still import (
    BLUE,
    BROWN,
    GREEN,
    LINE,
    ORANGE,
    SOFT,
    VERMILION,
    _clean,
    _line,
    _rect,
    _text,
    picture,
)
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.motion.traced import TracedEvent, visible
from event_collector_widgets.motion.widths import fitting, width

_LINES = ((BLUE, ""), (VERMILION, "7 4"), (GREEN, "2 3"), (BROWN, "9 3 2 3"))
"""The colour and the dashes of each trace's line."""
_NAME, _BUFFER, _CONSUMERS, _COLLECTORS, _END = 20, 180, 464, 624, 940
"""Where the columns of a strip begin, and where the last one ends."""
_SHORT = 52
"""How wide the text of a payload may be."""
_ABREAST, _ROWS = 3, 4
"""How many collectors stand in a row, and in how many rows."""


def strips(named: Mapping[str, Trace], title: str = "") -> str:
    """The moment at which they differ most, see `compare`: an SVG, and below it a table of counts.

    The same traces give the same text.
    """
    after, compared = compare(named)
    heads = {_NAME: f"after {seconds_of(after)}", _BUFFER: "buffer", _CONSUMERS: "consumers"}
    heads[_COLLECTORS] = "router and collectors"
    parts = [_text(x, 22, said, fill=SOFT) for x, said in heads.items()]
    y = 32.0
    for one in compared:
        high = max(92, 24 + 36 * _rows(one) + (20 if one.moment.undelivered else 0))
        parts += _strip(one, y, high)
        y += high + 8
    if chart := _chart(compared, after, y + 6):
        parts += chart
        y += 128
    title = title or "One moment of several queues"
    return f"{picture(title, in_words(after, compared), y, parts)}\n{_table(compared)}\n"


def _rows(one: Compared) -> int:
    """In how many rows its collectors stand."""
    return max(1, min(_ROWS, -(-len(one.keys) // _ABREAST)))


def _strip(one: Compared, y: float, high: float) -> list[str]:
    """A trace: its name and numbers, who waits, who is in service, and what was given."""
    moment, queue = one.moment, one.trace.queue
    middle = y + high / 2
    mean, longest = one.waits
    waiting = len(moment.buffer) + len(moment.parked)
    order = f"{queue.order} · " if queue else ""
    most = f" of {max(queue.max_consumers, len(moment.service)):,}" if queue else ""
    return [
        _rect((8, y, 944, high), fill="#ffffff"),
        _text(_NAME, middle - 18, one.name, weight=700, size=16, room=150),
        _text(_NAME, middle + 3, f"done {moment.finished:,} of {len(one.trace.events):,}"),
        _text(_NAME, middle + 20, f"mean wait {seconds_of(mean)}", fill=SOFT),
        _text(_NAME, middle + 37, f"longest {seconds_of(longest)}", fill=SOFT),
        _line(_CONSUMERS - 20, middle, _CONSUMERS),
        _line(_COLLECTORS - 20, middle, _COLLECTORS),
        _rect((_BUFFER, y + 8, _CONSUMERS - _BUFFER - 20, high - 16)),
        _text(_BUFFER + 8, y + 25, f"{order}{waiting:,} waiting"),
        _rect((_CONSUMERS, y + 8, _COLLECTORS - _CONSUMERS - 20, high - 16)),
        _text(_CONSUMERS + 8, y + 25, f"{len(moment.service):,}{most} busy"),
        *_queued(one, middle + 2),
        *_served(one, middle + 2),
        *_given(one, y, high),
    ]


def _queued(one: Compared, y: float) -> list[str]:
    """Those that wait, the next one at the right, where the consumers are."""
    parts: list[str] = []
    right = float(_CONSUMERS - 28)
    waiting = [*one.moment.buffer, *one.moment.parked]
    for turn, event in enumerate(waiting):
        wide, left = _wide(one, event), len(waiting) - turn
        if right - wide < _BUFFER + 8 + (60 if left > 1 else 0):
            parts.append(_text(right, y + 17, f"{left:,} more", anchor="end"))
            break
        parts += _token(one, event, right - wide, y)
        if turn == 0 and one.moment.buffer:
            box = (right - wide - 1, y - 1, wide + 2, 27.0)
            parts.append(_rect(box, stroke=ORANGE, fill="none", width=3))
            parts.append(_text(right, y - 7, "next", anchor="end", weight=700))
        right -= wide + 5
    return parts


def _served(one: Compared, y: float) -> list[str]:
    parts: list[str] = []
    x, events = float(_CONSUMERS + 8), one.moment.service
    for turn, event in enumerate(events):
        wide, left = _wide(one, event), len(events) - turn
        if x + wide > _COLLECTORS - 26 - (32 if left > 1 else 0):
            parts.append(_text(x, y + 17, f"+ {left:,}"))
            break
        parts += _token(one, event, x, y)
        x += wide + 5
    return parts


def _given(one: Compared, y: float, high: float) -> list[str]:
    """Each collector with its Oks and Errors; and how many fell out."""
    parts: list[str] = []
    keys, moment = one.keys, one.moment
    fell = len(moment.undelivered)
    upper = y + (high - 36 * _rows(one) + 6 - (20 if fell else 0)) / 2
    abreast = min(_ABREAST, max(1, len(keys)))
    wide = (_END - _COLLECTORS - 8 * (abreast - 1)) / abreast
    for place, key in enumerate(keys[: _ABREAST * _ROWS]):
        x, top = _COLLECTORS + place % abreast * (wide + 8), upper + place // abreast * 36
        ok, error = moment.results[key, "Ok"], moment.results[key, "Error"]
        colour = VERMILION if error else GREEN if ok else LINE
        parts.append(_rect((x, top, wide, 30), stroke=colour, width=2 if ok or error else 1.25))
        faint = SOFT if not (ok or error) else "#1f2933"
        signs = ((ok, "✓"), (error, "✗"))
        said = " ".join(f"{sign} {count:,}" for count, sign in signs if count)
        room = wide - 16 - (width(said, bold=True) + 5 if said else 0)
        parts.append(_text(x + 8, top + 20, key or "nobody told", room=room, fill=faint))
        at = x + wide - 8
        parts.append(_text(at, top + 20, said, anchor="end", fill=colour, weight=600))
    if fell:
        said = f"▽ {fell:,} undelivered"
        below = upper + 12 + _rows(one) * 36
        parts.append(_text(_COLLECTORS, below, said, fill=BROWN, weight=600))
    return parts


def _priority(one: Compared, event: TracedEvent) -> str:
    """What is said of it, in a queue that takes notice of it."""
    ranked = one.trace.queue is not None and one.trace.queue.order == "PRIORITY"
    return f"p{event.priority}" if ranked and event.priority is not None else ""


def _wide(one: Compared, event: TracedEvent) -> float:
    text = fitting(visible(event.text), _SHORT)
    return 33 + max(8 * min(len(text), 6), round(width(text)) - 3) + 8 * len(_priority(one, event))


def _token(one: Compared, event: TracedEvent, x: float, y: float) -> list[str]:
    """A token: its shape says the delivery, beside it the short text."""
    shapes = {
        "broadcast": f'<circle cx="{x + 13:g}" cy="{y + 12.5:g}" r="7" fill="{BLUE}"/>',
        "key": f'<rect x="{x + 6:g}" y="{y + 6:g}" width="13" height="13" fill="{BLUE}"/>',
    }
    diamond = f'<path d="M{x + 13:g} {y + 4:g}l8.5 8.5-8.5 8.5-8.5-8.5z" fill="{BLUE}"/>'
    wide = _wide(one, event)
    parts = [
        _rect((x, y, wide, 25), stroke=BLUE, fill="#ffffff", width=1.5),
        shapes.get(event.delivery, diamond),
        _text(x + 25, y + 17, event.text, room=_SHORT),
    ]
    if said := _priority(one, event):
        parts.append(_text(x + wide - 5, y + 17, said, anchor="end", fill=SOFT, size=11))
    return parts


def _chart(compared: Sequence[Compared], after: float, top: float) -> list[str]:
    """How many wait over time, a line for each; nothing where all of them are the same."""
    lines = [waiting_line(one.trace) for one in compared]
    end = max((line[-1][0] for line in lines if line), default=0.0)
    most = max((wait for line in lines for _, wait in line), default=0)
    if not end or not most or all(line == lines[0] for line in lines):
        return []
    left, right, bottom = 60.0, 936.0, top + 96
    x = left + (right - left) * after / end
    parts = [
        _text(_NAME, top + 8, "how many wait", fill=SOFT),
        f'<path d="M{x:g} {top + 16:g}V{bottom:g}" stroke="{ORANGE}" stroke-width="2"/>',
        f'<path d="M{left:g} {top + 20:g}V{bottom:g}H{right:g}" fill="none" stroke="{LINE}"/>',
        _text(left - 6, top + 28, f"{most:,}", anchor="end", fill=SOFT),
        _text(left - 6, bottom, "0", anchor="end", fill=SOFT),
        _text(right, bottom + 17, seconds_of(end), anchor="end", fill=SOFT),
        _text(min(x, right - 60), bottom + 17, seconds_of(after), anchor="middle"),
    ]
    legend = 190.0
    for one, line, (colour, dashes) in zip(compared, lines, _LINES, strict=False):
        path = f"M{left:g} {bottom:g}"
        for at, (high, last) in _by_pixel(line, (right - left) / end).items():
            ys = [f"V{bottom - (bottom - top - 24) * each / most:.1f}" for each in (high, last)]
            path += f"H{left + at:g}" + "".join(dict.fromkeys(ys))
        stroke = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"'
        parts.append(f'<path d="{path}" fill="none" {stroke}/>')
        parts.append(f'<path d="M{legend:g} {top + 4:g}h28" {stroke}/>')
        name = fitting(visible(one.name), 128)
        parts.append(_text(legend + 34, top + 8, name))
        legend += 60 + max(8 * min(16, len(name)), round(width(name)) - 3)
    return parts


def _by_pixel(line: Sequence[tuple[float, int]], scale: float) -> dict[int, tuple[int, int]]:
    """How many wait at most within a pixel, and at its end, however many steps a line has."""
    found: dict[int, tuple[int, int]] = {}
    for seconds, wait in line:
        at = round(seconds * scale)
        found[at] = max(wait, found.get(at, (0, 0))[0]), wait
    return found


def _table(compared: Sequence[Compared]) -> str:
    """The counts as an HTML table, a column for each trace."""
    columns = [rows_of(one) for one in compared]
    rows = dict.fromkeys(name for column in columns for name in column)
    heads = "".join(f'<th scope="col">{_clean(one.name)}</th>' for one in compared)
    cells = "".join(
        f'<tr><th scope="row">{_clean(name)}</th>'
        + "".join(f"<td>{_clean(column.get(name, ''))}</td>" for column in columns)
        + "</tr>"
        for name in rows
    )
    return (
        "<details><summary>the counts</summary><table><thead><tr>"
        f'<th scope="col">payloads</th>{heads}</tr></thead><tbody>{cells}</tbody></table></details>'
    )
