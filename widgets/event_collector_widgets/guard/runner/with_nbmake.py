"""A notebook that nbmake runs: one item, which executes all of it with nbclient."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from event_collector_widgets.guard.runner.closing import ClosingError
from event_collector_widgets.guard.runner.environment import while_kernels_start
from event_collector_widgets.guard.runner.places import place, told
from event_collector_widgets.guard.runner.repeats import Seen, digest


class NbmakeNotebook:
    """Has nbmake use a client that closes the notebook before its kernel ends.

    Args:
        node: nbmake's file.
        name: What the notebook is called in reports.
        number: Of how many runs this is the one, from 1.
        guarded: Whether the guard is loaded.
        early: Not called: the client closes a notebook in any case.
    """

    def __init__(
        self,
        node: Any,
        name: str,
        number: int,
        *,
        guarded: bool,
        early: Callable[[ClosingError | None], object],
    ) -> None:
        del node, early
        self.name = name
        self._number = number
        self._guarded = guarded
        self._client: Any = None

    @staticmethod
    def is_of(node: object) -> bool:
        """Whether a node is nbmake's."""
        file = getattr(sys.modules.get("nbmake.pytest_items"), "NotebookFile", ())
        return isinstance(node, file)

    @contextmanager
    def running(self, item: Any) -> Iterator[None]:
        """While it runs."""
        del item
        from event_collector_widgets.guard.runner.client import ClosingClient

        def client(*args: Any, **options: Any) -> Any:
            self._client = ClosingClient(*args, guarded=self._guarded, **options)
            return self._client

        module: Any = sys.modules["nbmake.nb_run"]
        before, module.NotebookClient = module.NotebookClient, client
        try:
            with while_kernels_start(guarded=self._guarded):
                yield
        finally:
            module.NotebookClient = before

    def said_of(self, item: Any, error: BaseException) -> str | None:
        """Where and why it has failed, in a line; None if it is nbmake's own failure."""
        del item
        found = getattr(error.args[0] if error.args else None, "error", None)
        if found is None:
            return None
        return told(self.name, self._number_of(found.failing_cell_index), found.trace)

    def _number_of(self, index: int) -> int:
        cells = self._client.nb.cells[: index + 1]
        return sum(cell.cell_type == "code" for cell in cells)

    def renumbered(self, text: str) -> str:
        """A text as it is: the kernel counts all cells."""
        return text

    def seen(self, item: Any, report: Any) -> Iterator[Seen]:
        """What each of its cells gave."""
        del item, report
        codes = (cell for cell in self._client.nb.cells if cell.cell_type == "code")
        for number, cell in enumerate(codes, 1):
            failed = any(output.output_type == "error" for output in cell.outputs)
            yield Seen(self.name, number, self._number, digest(cell.outputs), failed)

    def close(self) -> ClosingError | None:
        """What was wrong when the client closed it."""
        if self._client is None:
            return ClosingError("it was not run, so that nothing could be closed")
        error: ClosingError | None = self._client.closed_with
        return error

    def line_of(self, error: ClosingError) -> str:
        """Where and why the closing has failed, in a line for each failure."""
        if "GuardError" in error.trace:
            return told(self.name, None, error.trace)
        return f"{place(self.name, None, '')}: {error}"
