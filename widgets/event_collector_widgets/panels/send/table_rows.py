"""Tables that can be sent a row each: variables of the notebook, and uploaded files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from event_collector._text import one_line
from event_collector_widgets.tables import is_table, rows_code, rows_of_table
from event_collector_widgets.uploads import read_upload, upload_code


@dataclass(frozen=True)
class Table:
    """A table: what it is, and its rows once they are asked for."""

    name: str
    """What it is called: a variable, or a file."""
    count: int
    """How many rows it has."""
    columns: tuple[str, ...]
    """The columns whose names are texts; none where the rows are not dicts."""
    first: Any
    """The first row; None where there is none."""
    rows: Callable[[], list[Any]]
    """Makes the rows. It may take its time with many."""
    rows_with: Callable[[list[str], int], list[Any]]
    """Makes so many rows at most that have these columns at least, to look at their cells."""
    code: str
    """Code that gives the rows."""
    before: str = ""
    """Lines of code that must stand before it."""
    index: tuple[str, ...] = ()
    """The names of a DataFrame's index, which no row has."""

    def told(self) -> str:
        """What it holds, in words."""
        word = "row" if self.count == 1 else "rows"
        columns = f": {one_line_of(self.columns)}" if self.columns else ""
        first = f"; row 1: {one_line(self.first)}" if self.count else ""
        names = one_line_of(self.index)
        left = f"; the index ({names}) is not sent: reset_index() makes columns of it"
        return f"{self.count:,} {word}{columns}{first}{left if names else ''}"


def one_line_of(names: tuple[str, ...], most: int = 12) -> str:
    """Names after commas, so many at most."""
    more = f", and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def looks_like_table(value: object) -> bool:
    """Whether it is a DataFrame, or a list of at least two dicts: rows, and not one thing."""
    if isinstance(value, list):
        return len(value) > 1 and isinstance(value[0], dict)
    return is_table(value) and hasattr(value, "columns")


def tables_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that can be sent a row each, by name; those that look like tables first."""
    offered = {name: value for name, value in values.items() if is_table(value)}
    return dict(sorted(offered.items(), key=lambda item: not looks_like_table(item[1])))


def size(value: object) -> str:
    """What a variable is, in two words: "DataFrame, 24 rows"."""
    kind = type(value).__name__
    if not is_table(value):
        return kind
    count = len(value)  # type: ignore[arg-type]  # every table has a length
    word = "row" if looks_like_table(value) else "value"
    return f"{kind}, {count:,} {word}{'' if count == 1 else 's'}"


def of_variable(name: str, value: Any) -> Table:
    """The table that a variable holds.

    Raises:
        TypeError, ValueError: As from `rows_of_table`.
    """
    few = value.head(1) if hasattr(value, "columns") else value[:1]
    first = (rows_of_table(few) or [None])[0]
    return Table(
        name=name,
        count=len(value),
        columns=_columns(first),
        first=first,
        rows=lambda: rows_of_table(value),
        rows_with=lambda names, most: rows_of_table(
            value[names].head(most) if hasattr(value, "columns") else value[:most]
        ),
        code=rows_code(name, value),
        index=_index(value),
    )


def of_upload(name: str, content: bytes) -> Table:
    """The table in an uploaded file. It takes its time with a large one.

    Raises:
        ValueError: As from `read_upload`.
    """
    rows = read_upload(name, content)
    return Table(
        name=name,
        count=len(rows),
        columns=_columns(rows[0]),
        first=rows[0],
        rows=lambda: list(rows),
        rows_with=lambda _, most: rows[:most],
        code="rows",
        before=upload_code(name, content),
    )


def _columns(row: Any) -> tuple[str, ...]:
    named = row if isinstance(row, dict) else ()
    return tuple(column for column in named if isinstance(column, str) and column)


def _index(table: Any) -> tuple[str, ...]:
    """The names of an index: one that somebody has named holds more than places."""
    names = getattr(getattr(table, "index", None), "names", ())
    return tuple(str(name) for name in names if name is not None)
