"""Rows of the matrix: a fault beside the cells of a notebook, and what mends it, as data."""

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Row:
    """A typical fault in a few cells, which share a kernel with those of other rows.

    So names are a row's own: `fetch_quotes`, not `fetch`. What a row starts it ends, unless that is
    the fault.
    """

    name: str
    """The fault, in a few words."""
    code: str
    """The cells' code, with a line `---` between two. Cells that are mended show nothing."""
    mend: tuple[tuple[str, str], ...]
    """Texts in the cells, and what stands in their place in the healthy variant."""
    line: str
    """A regular expression, found in the line that a cell fails with."""
    red: int | None = -1
    """Which of the cells fails; None: the closing one."""
    runner_only: bool = False
    """Whether it is a fault under a test runner alone."""

    @property
    def cells(self) -> list[str]:
        """The cells' code, one by one."""
        return dedent(self.code).strip().split("\n---\n")

    def variant(self, *, faulty: bool) -> list[str]:
        """The cells, as they are or mended.

        Raises:
            ValueError: A text that is to be mended is not there.
        """
        cells = self.cells
        for old, new in () if faulty else self.mend:
            if not any(old in cell for cell in cells):
                raise ValueError(f"{self.name}: no cell has {old!r} in it")
            cells = [cell.replace(old, new) for cell in cells]
        return cells
