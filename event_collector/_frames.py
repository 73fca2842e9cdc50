"""pandas DataFrames of typed columns; it knows none of our classes. pandas is imported by the call.

Each class that promises columns makes its rows itself, beside the docstring that promises them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

type Types = Mapping[str, Any]
"""By column, in order: a dtype as pandas names it, `object`, or a list of names, which stands for
a category of just those."""


def frame_of(types: Types, rows: Iterable[Sequence[Any]]) -> "pd.DataFrame":
    """A DataFrame of these columns, with a row for each of `rows`; None is a missing cell.

    Raises:
        ImportError: pandas is not installed.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return frame_of_columns(types, dict(zip(types, columns, strict=True)))


def frame_of_columns(
    types: Types,
    columns: Mapping[str, Sequence[Any]],
    counts: Sequence[int] | None = None,
    repeated: Collection[str] = (),
) -> "pd.DataFrame":
    """A DataFrame of these columns, whose cells are known column by column.

    It is several times faster than row by row: no tuple is made for a row, and what several rows
    have in common is looked at once.

    Args:
        types: The columns, in order.
        columns: The cells of each; None is a missing cell.
        counts: For how many rows each cell of a repeated column stands.
        repeated: The names of these columns.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError(
            "to_frame() needs pandas; install pandas, or event-collector-toolkit[notebook]"
        ) from None
    made = {name: _column(columns[name], kind) for name, kind in types.items()}
    for name in repeated:
        made[name] = made[name].repeat(counts)
    # Of an array of texts pandas 3 makes `str`, and nan of a None in it; a Series stays as it is.
    return pd.DataFrame(
        {
            name: pd.Series(column, dtype=object, copy=False) if column.dtype == object else column
            for name, column in made.items()
        }
    )


def _column(cells: Sequence[Any], kind: Any) -> Any:
    """An array of numpy or pandas."""
    import numpy as np
    import pandas as pd

    if isinstance(kind, list):
        return pd.Categorical(cells, categories=kind)
    if kind is object:
        # One by one: pandas and numpy would take lists that are alike for rows of numbers.
        return np.fromiter(cells, dtype=object, count=len(cells))
    if kind == "float64":
        return np.array(cells, dtype=kind)  # None is nan
    try:
        return pd.array(cells, dtype=kind)
    except Exception:  # an int of more than 64 bits, or whatever somebody has set by hand
        return np.fromiter(cells, dtype=object, count=len(cells))
