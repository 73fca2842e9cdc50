"""The picture of one moment of a trace: an SVG built as text, with its words and numbers."""

from collections.abc import Iterable, Sequence
from html import escape
from math import inf

from event_collector_widgets.motion.moments import Moment, at, collectors_at, telling
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.motion.traced import TracedEvent, visible
from event_collector_widgets.motion.widths import fitting, width
from event_collector_widgets.numbers import count

INK, SOFT, CARD, PAPER, LINE = "#1f2933", "#56616c", "#fcfcfa", "#f3f5f6", "#c3c9ce"
BLUE, GREEN, VERMILION, BROWN, ORANGE = "#0072b2", "#00704f", "#b94a00", "#6b4d00", "#e69f00"
_ROWS, _CHIPS = 8, 8
"""How many collectors, and how many payloads in the buffer, are drawn at most."""

type Box = tuple[float, float, float, float]


def still(trace: Trace, title: str = "", *, now: bool = False) -> str:
    """The moment that says most, see `moments.telling`: an SVG and, below it, the table of counts.

    The same trace gives the same text. With `now` it is the end of the trace.
    """
    moment = at(trace, inf if now else telling(trace))
    keys = _keys(trace, moment)
    rows = keys[:_ROWS]
    height = 126 + max(270, 66 * max(1, len(rows)))
    parts = [
        *_stages(trace, moment, height - 96),
        *_collectors(moment, rows, len(keys) - len(rows), height - 96),
        *_tray(moment, height - 66, (44 + height - 96) / 2 + 40),
    ]
    title = title or "One moment of a queue"
    return f"{picture(title, in_words(trace, moment), height + 16, parts)}\n{table(moment, keys)}\n"


def picture(title: str, words: str, height: float, parts: Sequence[str]) -> str:
    """An SVG of these parts. In a narrow page its letters stay large enough, and it scrolls."""
    return "\n".join(
        [
            '<div style="overflow-x:auto" tabindex="0">',
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 {height:g}" role="img" '
                'width="100%" style="min-width:800px;max-width:960px" font-size="13" '
                'font-family="system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif">'
            ),
            f"<title>{_clean(title)}</title>",
            f"<desc>{_clean(words)}</desc>",
            f'<rect width="960" height="{height:g}" rx="6" fill="{CARD}"/>',
            *parts,
            "</svg></div>",
        ]
    )


def _keys(trace: Trace, moment: Moment) -> list[str]:
    """The collectors that are drawn: those that are there, and those that gave results."""
    found = dict.fromkeys(one.key for one in collectors_at(trace, moment.time))
    return list(found | dict.fromkeys(key for key, _ in sorted(moment.results)))


def in_words(trace: Trace, moment: Moment) -> str:
    """All that the picture shows, as sentences."""
    waiting = moment.buffer + moment.parked
    said = [f"{len(trace.events):,} payloads in all, {moment.accepted:,} sent by then"]
    said.append(f"{len(waiting):,} wait{_next(moment)}")
    if moment.parked:
        said.append(f"{len(moment.parked):,} of these are parked: their collector is full")
    said.append(f"{len(moment.service):,} in service{_named(moment.service)}")
    for key in _keys(trace, moment):
        ok, error = moment.results[key, "Ok"], moment.results[key, "Error"]
        said.append(f"{key or 'nobody told'}: {ok:,} Ok, {count(error, 'Error')}")
    said.append(f"{len(moment.undelivered):,} undelivered{_named(moment.undelivered)}")
    if moment.cut_off:
        said.append(f"{len(moment.cut_off):,} cut off")
    return ". ".join(said) + "."


def _next(moment: Moment) -> str:
    return f"; {moment.buffer[0].text} goes next" if moment.buffer else ""


def _named(events: Sequence[TracedEvent]) -> str:
    if not events:
        return ""
    more = f" and {len(events) - 3:,} more" if len(events) > 3 else ""
    return f" ({', '.join(event.text for event in events[:3])}{more})"


def table(moment: Moment, keys: Iterable[str]) -> str:
    """The counts as an HTML table."""
    rows = [
        ("sent", moment.accepted),
        ("in the buffer", len(moment.buffer)),
        ("parked", len(moment.parked)),
        ("in service", len(moment.service)),
        ("done", moment.finished),
        ("undelivered", len(moment.undelivered)),
        ("cut off", len(moment.cut_off)),
    ]
    for key in keys:
        name = key or "nobody told"
        rows.append((f"{name}: in service", len(moment.inside.get(key, ()))))
        rows += [(f"{name}: {how}", moment.results[key, how]) for how in ("Ok", "Error")]
    cells = "".join(
        f'<tr><th scope="row" style="text-align:left">{_clean(name)}</th><td>{number:,}</td></tr>'
        for name, number in rows
    )
    head = '<tr><th scope="col">payloads</th><th scope="col">count</th></tr>'
    return (
        "<details><summary>the counts</summary>"
        f"<table><thead>{head}</thead><tbody>{cells}</tbody></table></details>"
    )


def _stages(trace: Trace, moment: Moment, bottom: float) -> list[str]:
    """Publisher, buffer, consumers and router, and the lines between them."""
    queue, middle = trace.queue, (44 + bottom) / 2
    order = queue.order if queue else "order not known"
    waiting = len(moment.buffer) + len(moment.parked)
    most = f" of {queue.max_queued:,}" if queue and queue.max_queued is not None else ""
    busy = f"{len(moment.service):,}"
    if queue:  # the limit may have been another then: there are as many as are busy
        busy = f"{busy} of {max(queue.max_consumers, len(moment.service)):,}"
    router = queue.router if queue else "router"
    parts = [_line(x, middle, end) for x, end in ((86, 108), (300, 334), (474, 500))]
    for name, box, room in (
        ("publisher", (12, middle - 40, 74, 80), 90),
        (f"buffer · {order} · {waiting:,}{most} waiting", (108, 44, 192, bottom - 44), 500),
        (f"consumers · {busy} busy", (334, middle - 66, 140, 132), 276),
        ("router" if router == "SimpleRouter" else router, (500, middle - 40, 84, 80), 110),
    ):
        parts += [_text(box[0], box[1] - 8, name, weight=600, room=room), _rect(box)]
    parts.append(_text(49, middle + 2, f"{moment.accepted:,}", anchor="middle", size=20))
    parts.append(_text(49, middle + 22, "sent", anchor="middle", fill=SOFT))
    parts += _queued(moment)
    parts += _chips(moment.service[:4], (346, middle - 58), 30)
    if len(moment.service) > 4:
        parts.append(
            _text(404, middle + 60, f"and {len(moment.service) - 4:,} more", anchor="middle")
        )
    parts += _chips(moment.router[:1], (490, middle - 13), 30)
    return parts


def _queued(moment: Moment) -> list[str]:
    """The buffer from the next one on, and how many more there are."""
    waiting = [*moment.buffer, *moment.parked]
    parts = _chips(waiting[:_CHIPS], (166, 54), 30)
    for turn in range(min(len(moment.buffer), _CHIPS)):
        first = turn == 0
        said, weight = ("next", 700) if first else (str(turn + 1), 400)
        parts.append(_text(158, 71 + turn * 30, said, anchor="end", weight=weight))
    if moment.buffer:
        parts.append(_rect((165, 53, 114, 27), stroke=ORANGE, fill="none", width=3))
    for turn in range(len(moment.buffer), min(len(waiting), _CHIPS)):
        parts.append(_text(158, 71 + turn * 30, "parked", anchor="end", fill=SOFT))
    if len(waiting) > _CHIPS:
        y = 71 + _CHIPS * 30
        parts.append(_text(222, y, f"and {len(waiting) - _CHIPS:,} more", anchor="middle"))
    return parts


def _chips(events: Sequence[TracedEvent], corner: tuple[float, float], gap: float) -> list[str]:
    x, y = corner
    return [part for place, event in enumerate(events) for part in _chip(event, x, y + place * gap)]


def _chip(event: TracedEvent, x: float, y: float, stroke: str = BLUE) -> list[str]:
    """A token: its shape says the delivery, beside it the short text."""
    shapes = {
        "broadcast": f'<circle cx="{x + 13:g}" cy="{y + 12.5:g}" r="7" fill="{stroke}"/>',
        "key": f'<rect x="{x + 6:g}" y="{y + 6:g}" width="13" height="13" fill="{stroke}"/>',
    }
    diamond = f'<path d="M{x + 13:g} {y + 4:g}l8.5 8.5-8.5 8.5-8.5-8.5z" fill="{stroke}"/>'
    return [
        _rect((x, y, 112, 25), stroke=stroke, fill="#ffffff", width=1.5),
        shapes.get(event.delivery, diamond),
        _text(x + 26, y + 17, event.text, room=83),
    ]


def _collectors(moment: Moment, keys: Sequence[str], more: int, bottom: float) -> list[str]:
    """A row for each collector, with what it has and what it gave."""
    middle = (44 + bottom) / 2
    top = middle - max(1, len(keys)) * 33 + 4
    parts = [] if keys else [_text(716, middle, "no collectors", anchor="middle", fill=SOFT)]
    for place, key in enumerate(keys):
        y = top + place * 66
        inside = moment.inside.get(key, [])
        parts.append(_bend(584, middle, 616, y + 29))
        parts += [_rect((616, y, 200, 58))]
        served = f"{len(inside):,} in service" if inside else ""
        room = 184 - (width(served) + 6 if served else 0)
        parts.append(_text(624, y + 17, key or "nobody told", weight=600, room=room))
        if inside:
            parts.append(_text(808, y + 17, served, anchor="end", fill=SOFT))
            parts += _chips(inside[-1:], (624, y + 26), 30)
        for how, sign, colour, offset in (("Ok", "✓", GREEN, 0), ("Error", "✗", VERMILION, 30)):
            given = moment.results[key, how]
            box = (836, y + offset, 112, 27)
            stroke = colour if given else LINE
            parts.append(_rect(box, stroke=stroke, fill="none", corner=13 if how == "Ok" else 1))
            said = f"{sign} {f'{given:,} Ok' if how == 'Ok' else count(given, 'Error')}"
            fill, weight = (colour, 600) if given else (SOFT, 400)
            parts.append(
                _text(892, y + offset + 18, said, anchor="middle", fill=fill, weight=weight)
            )
    if more > 0:
        parts.append(_text(616, bottom + 6, f"and {more:,} more collectors", fill=SOFT))
    return parts


def _tray(moment: Moment, y: float, router: float) -> list[str]:
    """The tray of the undelivered, and that of those that were cut off."""
    fell = len(moment.undelivered)
    parts = [_rect((500, y - 14, 448, 60), stroke=BROWN, dashes="5 4")]
    fill = BROWN if fell else INK
    parts.append(_text(510, y + 4, f"undelivered · {fell:,}", weight=600, fill=fill))
    parts.append(f'<path d="M542 {router:g}V{y - 14:g}" stroke="{BROWN}" stroke-dasharray="3 4"/>')
    for place, event in enumerate(moment.undelivered[-3:]):
        parts += _chip(event, 510 + place * 122, y + 13, BROWN)
    if moment.cut_off:
        said = f"cut off · {len(moment.cut_off):,}"
        parts.append(_rect((108, y - 14, 366, 60), dashes="5 4"))
        parts.append(_text(118, y + 4, said, weight=600))
        for place, event in enumerate(moment.cut_off[-2:]):
            parts += _chip(event, 118 + place * 122, y + 13, BROWN)
    return parts


def _rect(
    box: Box,
    *,
    stroke: str = LINE,
    fill: str = PAPER,
    width: float = 1.25,
    corner: float = 6,
    dashes: str = "",
) -> str:
    x, y, wide, high = box
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="{corner:g}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'
    )


def _line(x: float, y: float, end: float) -> str:
    return f'<path d="M{x:g} {y:g}H{end:g}" stroke="{LINE}" stroke-width="2"/>'


def _bend(x: float, y: float, to_x: float, to_y: float) -> str:
    curve = f"M{x:g} {y:g}C{x + 16:g} {y:g} {to_x - 16:g} {to_y:g} {to_x:g} {to_y:g}"
    return f'<path d="{curve}" fill="none" stroke="{LINE}" stroke-width="2"/>'


def _text(
    x: float,
    y: float,
    said: str,
    *,
    fill: str = INK,
    anchor: str = "start",
    weight: int = 400,
    size: int = 13,
    room: float = inf,
) -> str:
    shown = fitting(visible(said), room, size, bold=weight >= 600)
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{fill}" text-anchor="{anchor}" '
        f'font-size="{size}" font-weight="{weight}">{_clean(shown)}</text>'
    )


def _clean(text: str) -> str:
    """Escaped; what no XML may hold, and what turns a text around, is written out."""
    return escape(visible(text))
