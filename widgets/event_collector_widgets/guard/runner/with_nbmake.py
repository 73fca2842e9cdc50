"""A notebook that nbmake runs: one item, which executes all of it with nbclient."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from event_collector_widgets.guard.runner.closing import ClosingError
from event_collector_widgets.guard.runner.environment import while_kernels_start
from event_collector_widgets.guard.runner.notebook import Notebook
from event_collector_widgets.guard.runner.places import place, told
from event_collector_widgets.guard.runner.repeats import Seen, digest


class NbmakeNotebook(Notebook):
    """Has nbmake use a client that closes the notebook before its kernel ends, in any case."""

    FILE = ("nbmake.pytest_items", "NotebookFile")
    _client: Any = None

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
        if type(error).__name__ == "DeadKernelError":
            number = self._client.code_cells_executed
            return f"{place(self.name, number, '')}: the kernel died while this cell ran"
        found = getattr(error.args[0] if error.args else None, "error", None)
        if found is None:
            return None
        return told(self.name, self._number_of(found.failing_cell_index), found.trace)

    def _number_of(self, index: int) -> int:
        cells = self._client.nb.cells[: index + 1]
        return sum(cell.cell_type == "code" for cell in cells)

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
