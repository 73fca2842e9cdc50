"""pandas DataFrames of typed columns; it knows none of our classes. pandas is imported by the call.

Each class that promises columns makes its rows itself, beside the docstring that promises them.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import nan
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
    try:
        import pandas as pd
    except ImportError:
        raise ImportError(
            "to_frame() needs pandas; install pandas, or event-collector-toolkit[notebook]"
        ) from None
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    typed = zip(types.items(), columns, strict=True)
    return pd.DataFrame({name: _column(cells, kind) for (name, kind), cells in typed})


def _column(cells: Sequence[Any], kind: Any) -> Any:
    import pandas as pd

    if isinstance(kind, list):
        return pd.Categorical(cells, categories=kind)
    if kind is object:
        return _objects(cells)
    if kind == "float64":
        return pd.Series([nan if cell is None else cell for cell in cells], dtype=kind)
    try:
        return pd.Series(cells, dtype=kind)
    except OverflowError:  # an int of more than 64 bits
        return pd.Series(cells, dtype=object)


def _objects(cells: Sequence[Any]) -> Any:
    """One by one: pandas and numpy would take lists that are alike for rows of numbers."""
    import numpy as np
    import pandas as pd

    objects = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        objects[place] = cell
    return pd.Series(objects, dtype=object)
