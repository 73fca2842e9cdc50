"""Values in rows: a payload, or what an Error says, in a line in which what tells most is seen."""

from itertools import islice

from event_collector._text import one_line
from event_collector_widgets.shown import plain

LIMIT = 100
"""How many characters a cell of a table has at most."""
_ITEM, _LEAST = 40, 6
"""How many characters of one value of a dict a cell has at most, and where room is short."""
ROOM = 40
"""So many characters of a payload are in sight, about, where little room is."""
WIDTH = 6.2
"""How many pixels a character of a cell takes, about."""


def in_cell(value: object, room: int = ROOM) -> str:
    """A payload's value, for a cell: of a dict its items without quotes and braces, else its repr.

    Where they need more room than a cell has, the longest values are cut, so that the others are
    seen: "city: seattle, hour: 2010-…, temp: 39.O".

    Args:
        value: The value.
        room: How many characters of it are in sight.
    """
    if type(value) is not dict or not value:
        return one_line(value, LIMIT)
    items = [(_plain(key), _plain(each)) for key, each in islice(value.items(), LIMIT // 3)]
    if len(items) > 1:
        items = _fitted(items, room)
    return cut(", ".join(f"{key}: {each}" for key, each in items), LIMIT)


def cut(text: str, limit: int) -> str:
    """A text in one line, of so many characters at most."""
    flat = " ".join(text.splitlines()) if len(text.splitlines()) > 1 else text
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _fitted(items: list[tuple[str, str]], in_sight: int) -> list[tuple[str, str]]:
    """Items whose longest values are cut, as far as need be, where that spares some characters."""
    room = in_sight + len(", ") - sum(len(f"{key}: , ") for key, _ in items)
    most = _ITEM
    while most > _LEAST and sum(min(len(each), most) for _, each in items) > room:
        most -= 1
    return [(key, cut(each, most) if len(each) > most + 2 else each) for key, each in items]


def _plain(value: object) -> str:
    return cut(plain(value, _ITEM), _ITEM)
