"""Events in columns: what a trace's JSON has them in, since a file has many of them.

A row of an event is what `motion.format` says; these are the same cells, each kind by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

NAMES = ("id", "text", "route", "accepted", "waited", "served", "consumer", "way")
"""The columns; beside them is `given`, which is as long as there are results."""
_BY_DIFFERENCES = ("id", "accepted", "given")


def packed(rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Rows as columns."""
    columns: dict[str, list[Any]] = {name: [] for name in (*NAMES, "given")}
    for number, text, route, accepted, waited, responded, consumer, way, *given in rows:
        served = responded if None in (responded, waited) else responded - waited
        cells = (number, text, route, accepted, waited, served, consumer, way)
        for name, cell in zip(NAMES, cells, strict=True):
            columns[name].append(cell)
        columns["given"] += given
    for name in _BY_DIFFERENCES:
        column = columns[name]
        columns[name] = [now - last for last, now in zip([0, *column], column, strict=False)]
    return {name: column if name == "text" else _once(column) for name, column in columns.items()}


def _once(column: list[Any]) -> Any:
    """A column, or the cell that stands in all of it."""
    same = len(column) > 1 and all(cell == column[0] for cell in column)
    return column[0] if same else column


def unpacked(columns: dict[str, Any], ways: Sequence[Sequence[Any]]) -> Iterator[list[Any]]:
    """The rows that were packed, by the table of ways.

    Raises:
        KeyError, TypeError, ValueError, IndexError: These are not such columns.
    """
    count = len(columns["text"])
    cells = {name: _all(columns[name], count) for name in NAMES}
    numbers = [0 if way is None else len(ways[way]) for way in cells["way"]]
    cells["given"] = _all(columns["given"], sum(numbers))
    for name in _BY_DIFFERENCES:
        cells[name] = accumulate(cells[name])
    given = iter(cells["given"])
    rows = zip(*(cells[name] for name in NAMES), numbers, strict=True)
    for number, text, route, accepted, waited, served, consumer, way, results in rows:
        responded = served if None in (served, waited) else waited + served
        row = [number, text, route, accepted, waited, responded, consumer, way]
        yield row + [next(given) for _ in range(results)]


def _all(column: Any, count: int) -> Iterable[Any]:
    """A column with each of its cells."""
    if not isinstance(column, list):
        return [column] * count
    if len(column) != count:
        raise ValueError(f"a column has {len(column)} cells, not {count}")
    return column
