"""Faults: what went wrong beside the cells, and how a cell that fails for it says so."""

import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from event_collector_widgets.guard.cells import Run

MOST = 10
"""How many faults are told with their tracebacks."""

name_cells: Callable[[str], str] = lambda text: text  # noqa: E731
"""Puts names of cells in the place of the files that the kernel makes of them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that failed beside the cells. It keeps no exception: that would keep its frames."""

    what: str
    """What failed, in a few words."""
    made: Run | None = None
    """The run of the cell that made it; None if no cell did, or nobody knows."""
    error: str = ""
    """The exception in one line; empty if there was none."""
    trace: str = ""
    """The traceback, as text."""
    hint: str = ""
    """What to write; empty if there is nothing to say."""
    types: tuple[type[BaseException], ...] = ()
    """The classes of the exception, by which it may have been expected."""
    at: float | None = None
    """When it was made, by the loop's clock; None if the time tells nothing."""

    @classmethod
    def of(cls, what: str, error: BaseException | None, made: Run | None, **more: Any) -> "Fault":
        """The fault of an exception."""
        if error is None:
            return cls(what, made, **more)
        trace = "".join(traceback.format_exception(error))
        return cls(what, made, said(error), trace, types=type(error).__mro__[:-1], **more)

    def line(self, found: Run | None = None) -> str:
        """It in one line.

        Args:
            found: The run of the cell that is made to fail for it.
        """
        if self.made is None:
            where = "made outside of the cells"
        elif self.made is found:
            where = "made in this cell"
        else:
            where = f"made in {self.made}"
        error = f": {self.error}" if self.error else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.what}, {where}{error}{hint}"


def said(error: BaseException) -> str:
    """An exception in one line, the same in every run."""
    text = " ".join(str(error).split())
    text = " - ".join([text, *getattr(error, "__notes__", ())])
    short = text if len(text) <= 300 else f"{text[:299]}…"
    name = type(error).__name__
    return re.sub(r" at 0x[0-9a-fA-F]+", "", f"{name}: {short}" if short else name)


class GuardError(Exception):
    """Something failed beside the cells: the message has a line for each.

    Args:
        faults: What failed.
        found: The run of the cell that fails for it.
    """

    def __init__(self, faults: Sequence[Fault], found: Run | None = None) -> None:
        self.faults = tuple(faults)
        self.lines = [fault.line(found) for fault in faults]
        if len(faults) == 1:
            super().__init__(self.lines[0])
        else:
            listed = "".join(f"\n- {line}" for line in self.lines)
            super().__init__(f"{len(faults)} failures beside the cells{listed}")

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the lines, and below them the tracebacks of what failed."""
        told = [fault for fault in self.faults[:MOST] if fault.trace]
        below = [f"\n{each.what}:\n{name_cells(each.trace).rstrip()}" for each in told]
        return [f"{type(self).__name__}: {self}", *below]
