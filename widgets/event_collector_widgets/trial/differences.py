"""Differences between what two versions of a processor made of the same payloads."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from event_collector import Error, Ok, Payload, Result
from event_collector._text import describe

if TYPE_CHECKING:
    import pandas as pd

CHANGES = ("error went", "error came", "error changed", "value changed", "same")
"""What can have become of a result, in the order in which it is shown."""

_LONGEST = 10_000
"""So many characters of what two exceptions say are compared."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """One payload, and what both versions made of it."""

    place: int
    """Its place among the payloads that were chosen, from 0."""
    event: int | None
    """The id of its event; None if it comes from a table."""
    payload: Payload[Any]
    """The payload itself, of which the processor got a copy if it can be copied."""
    before: Result
    """What the present version gave: with the event, or now if there was no event."""
    after: Result
    """What the new version gave."""
    before_time: float | None
    """Seconds that the present version took; None where nobody knows."""
    after_time: float
    """Seconds that the new version took, from its first step to its last."""
    change: str
    """One of CHANGES."""

    @property
    def differs(self) -> bool:
        """Whether the results differ."""
        return self.change != "same"


def change_between(before: Result, after: Result) -> str:
    """What has become of a result, as one of CHANGES.

    Two Errors are the same if the exceptions are of the same name and say the same. The class
    itself may be another one: running a cell again makes the class that it defines anew.
    """
    if isinstance(before, Ok) and isinstance(after, Ok):
        return "same" if alike(before.value, after.value) else "value changed"
    if isinstance(before, Error) and isinstance(after, Error):
        return "same" if _said(before) == _said(after) else "error changed"
    return "error went" if isinstance(before, Error) else "error came"


def _said(error: Error) -> tuple[str, str, str]:
    kind = type(error.exception)
    return kind.__module__, kind.__qualname__, describe(error.exception, _LONGEST)


def alike(one: Any, other: Any) -> bool:
    """Whether two values are equal by `==`, or else by what they hold; nan is equal to nan.

    Arrays and tables are equal if their shapes, or labels, and all their values are. Lists, tuples,
    dicts, results, and objects of the same name whose class defines no `==` of its own, or is
    a dataclass, are compared part by part. What cannot be compared is different.
    """
    if one is other:
        return True
    try:
        if hasattr(type(one), "equals"):  # pandas, where == is a table
            return type(one) is type(other) and bool(one.equals(other))
        if hasattr(type(one), "shape") or hasattr(type(other), "shape"):  # numpy
            return _alike_arrays(one, other)
        return _equal(one, other) or _alike_parts(one, other)
    except Exception:
        return False


def _equal(one: Any, other: Any) -> bool:
    """Whether they are equal by `==`, as far as that says so: of lists of arrays it raises."""
    try:
        return (one == other) is True
    except Exception:
        return False


def _alike_arrays(one: Any, other: Any) -> bool:
    """Whether two numpy arrays or numbers are equal, from place to place."""
    if getattr(one, "shape", ()) != getattr(other, "shape", ()):
        return False
    if str(getattr(one, "dtype", "")) == "object":
        return alike(one.tolist(), other.tolist())
    return bool(((one == other) | ((one != one) & (other != other))).all())


def _alike_parts(one: Any, other: Any) -> bool:
    for kind in (list, tuple):
        if isinstance(one, kind) and isinstance(other, kind):
            return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, Ok | Error) and isinstance(other, Ok | Error):
        return change_between(one, other) == "same"
    if not _same_name(type(one), type(other)):
        return False
    if dataclasses.is_dataclass(one):
        fields = [field.name for field in dataclasses.fields(one) if field.compare]
        return all(alike(getattr(one, name), getattr(other, name)) for name in fields)
    if "__eq__" not in _defined_by(type(one)) and hasattr(one, "__dict__"):
        return alike(vars(one), vars(other))
    return bool(one != one and other != other)  # nan, of any kind


def _defined_by(kind: type) -> set[str]:
    """The names that a class and its bases define, those of `object` left out."""
    return {name for base in kind.__mro__[:-1] for name in vars(base)}


def _same_name(one: type, other: type) -> bool:
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def in_order(rows: Iterable[Tried]) -> list[Tried]:
    """The differences first, in the order of CHANGES, those of a kind as they were chosen."""
    return sorted(rows, key=lambda row: (CHANGES.index(row.change), row.place))


def in_words(counts: dict[str, int]) -> str:
    """How many results differ, and how: "12 of 17,884 results differ: 5 errors went"."""
    total = sum(counts.values())
    differing = total - counts.get("same", 0)
    words = [
        f"{number:,} {change if number == 1 else change.replace(' ', 's ', 1)}"
        for change in CHANGES[:-1]
        if (number := counts.get(change, 0))
    ]
    head = f"{differing:,} of {amount(total, 'result')} {'differs' if total == 1 else 'differ'}"
    return f"{head}: {', '.join(words)}" if words else head


def amount(number: int, what: str) -> str:
    """So many of something: "1 event", "1,200 events"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def frame_of(rows: Sequence[Tried]) -> "pd.DataFrame":
    """A DataFrame with a row each; `TryOut.frame` documents the columns."""
    import pandas as pd

    return pd.DataFrame(
        {
            "event": pd.Series([row.event for row in rows], dtype="Int64"),
            "payload": _objects([row.payload.value for row in rows]),
            "before": _objects([_value(row.before) for row in rows]),
            "before_error": pd.Series([_text(row.before) for row in rows], dtype="string"),
            "after": _objects([_value(row.after) for row in rows]),
            "after_error": pd.Series([_text(row.after) for row in rows], dtype="string"),
            "change": pd.Categorical([row.change for row in rows], categories=list(CHANGES)),
            "before_time": pd.Series([row.before_time for row in rows], dtype="float64"),
            "after_time": pd.Series([row.after_time for row in rows], dtype="float64"),
        }
    )


def _objects(cells: list[Any]) -> Any:
    """One by one: pandas and numpy would take lists that are alike for rows of numbers."""
    import numpy as np
    import pandas as pd

    column = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        column[place] = cell
    return pd.Series(column, dtype=object)


def _value(result: Result) -> Any:
    return result.value if isinstance(result, Ok) else None


def _text(result: Result) -> str | None:
    return describe(result.exception, limit=500) if isinstance(result, Error) else None
