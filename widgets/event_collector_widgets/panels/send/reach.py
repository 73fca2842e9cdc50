"""Reach: whom the rows of a table would reach, counted over all of them and explained shortly."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from event_collector import Delivery, Explanation, Payload
from event_collector._text import one_line
from event_collector_widgets.numbers import count as counted
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.panels.send.receivers import listed
from event_collector_widgets.panels.send.table_rows import Table
from event_collector_widgets.tables import Addressing, names_in

MOST_ROWS = 20_000
"""So many rows are looked at: each costs some microseconds."""
MOST_NAMES = 100
"""For how many keys or topics at most it is shown beforehand who gets a payload."""
_MOST_GROUPS = 50
"""So many combinations of names are explained, those with the most rows; fewer where there are
thousands of collectors."""
_MOST_EXPLAINED = 20_000
_LINES = 6
_NAMED = 5
_LONGEST = 60


@dataclass
class Group:
    """Rows that go to the same names in the same way."""

    payload: Payload[Any]
    """That of the first of them."""
    count: int


def groups_of(table: Table, addressing: Addressing) -> list[Group]:
    """The rows of a table, up to the first 20,000, by whom they are for; the largest group first.

    Raises:
        TypeError, ValueError: A row has no such column, or a cell does not fit. The message names
            the row, counted from 1, and the value.
    """
    columns = addressing.delivery_column, addressing.keys_column, addressing.topics_column
    named = list(dict.fromkeys(filter(None, columns)))
    if not named:
        return [Group(addressing.payloads([table.first])[0], table.count)]
    counts: dict[Hashable, int] = {}
    firsts: dict[Hashable, tuple[int, Any]] = {}
    missing = [column for column in named if column not in table.columns]
    rows = [table.first] if missing else table.rows_with(named, MOST_ROWS)
    for number, row in enumerate(rows, 1):
        kind = _kind(row, named, number)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] == 1:
            firsts[kind] = number, row
    groups = [Group(_payload(addressing, *first), counts[kind]) for kind, first in firsts.items()]
    return sorted(groups, key=lambda group: -group.count)


def _kind(row: Any, columns: Sequence[str], number: int) -> Hashable:
    """What rows for the same names have in common; of a row that does not fit, its number."""
    try:
        cells = [row[column] for column in columns]
        kind = tuple(cell if type(cell) is str else tuple(names_in(cell)) for cell in cells)
        hash(kind)
    except (TypeError, ValueError, LookupError):
        return number
    return kind


def _payload(addressing: Addressing, number: int, row: Any) -> Payload[Any]:
    try:
        return addressing.payloads([row])[0]
    except (TypeError, ValueError) as exc:
        told = str(exc).removeprefix("row 1: ")
        raise type(exc)(f"row {number:,}: {told}") from None


def reach_html(
    groups: Sequence[Group], explain: Callable[[Payload[Any]], list[Explanation] | None]
) -> str:
    """How many rows reach whom, a line for each set of collectors; those that reach nobody first.

    Args:
        groups: The rows, by whom they are for; the largest group first.
        explain: For every collector, whether it would get a payload.
    """
    reached: dict[tuple[str, ...], list[Group]] = {}
    most, everyone = _MOST_GROUPS, 0
    left = list(groups)
    while left and most > 0 and len(left[0].payload.keys + left[0].payload.topics) <= MOST_NAMES:
        group = left.pop(0)
        explained = explain(group.payload) or []
        everyone = len(explained)
        most = min(most, max(1, _MOST_EXPLAINED // max(everyone, 1))) - 1
        reached.setdefault(tuple(each.key for each in explained if each.receives), []).append(group)
    lines = []
    if nobody := reached.pop((), []):
        told = f"{_rows(nobody)} {'reaches' if _sum(nobody) == 1 else 'reach'} nobody"
        lines.append(f'<li class="ec-warning"><b>{told}</b> {_names(nobody)}</li>')
    in_order = sorted(reached.items(), key=lambda item: -_sum(item[1]))
    for keys, some in in_order[:_LINES]:
        who = f"all {everyone:,} collectors" if len(keys) == everyone > _NAMED else _few(keys)
        told = f"<b>{_rows(some)}</b> \u2192 {who} {_names(some)}"
        lines.append(f'<li class="ec-yes">{told}</li>')
    rest = [group for _, some in in_order[_LINES:] for group in some]
    if rest:
        lines.append(f'<li class="ec-no">{_rows(rest)} reach others</li>')
    if left:
        told = f"{_rows(left)} for {counted(len(left), 'other combination')} of names"
        lines.append(f'<li class="ec-no">{told}: whom they reach is not worked out</li>')
    return listed(lines)


def _sum(groups: Sequence[Group]) -> int:
    return sum(group.count for group in groups)


def _rows(groups: Sequence[Group]) -> str:
    return counted(_sum(groups), "row")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(_text, names[:_NAMED])) + more


def _names(groups: Sequence[Group]) -> str:
    """For which names they are, the most frequent first, as HTML."""
    shown = []
    for group in groups[:_NAMED]:
        payload = group.payload
        names = payload.keys if payload.delivery is Delivery.KEY else payload.topics
        of = payload.delivery.value
        word = of if payload.delivery is Delivery.BROADCAST else f"{of} {' + '.join(names)}"
        told = word if word != of else of if of == "broadcast" else f"no {of}"
        shown.append(_text(f"{told}: {group.count:,}" if len(groups) > 1 else told))
    more = f"; {len(groups) - _NAMED:,} more" if len(groups) > _NAMED else ""
    return f'<span class="ec-note">({"; ".join(shown)}{more})</span>'


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]} ..."
    return escaped(text if text.isprintable() else one_line(text, _LONGEST))
