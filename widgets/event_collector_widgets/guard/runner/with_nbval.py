"""A notebook that nbval runs: an item for each cell, all in one kernel."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any

from event_collector_widgets.guard.runner.closing import (
    CLOSE,
    DEAD,
    SECONDS,
    ClosingError,
    closing_error,
)
from event_collector_widgets.guard.runner.environment import while_kernels_start
from event_collector_widgets.guard.runner.notebook import Notebook
from event_collector_widgets.guard.runner.places import place, plain, renumbered, told
from event_collector_widgets.guard.runner.repeats import Seen, digest

GLANCE = 0.5
"""Seconds from one look at whether the kernel lives to the next."""


class NbvalNotebook(Notebook):
    """Stands between nbval's file and its kernel, too."""

    FILE = ("nbval.plugin", "IPyNbFile")

    def __init__(self, node: Any, *args: Any, **options: Any) -> None:
        super().__init__(node, *args, **options)
        self._item: Any = None
        self._ran = False
        self._closed = False
        self._counts: dict[int, int] = {}
        """By the kernel's count of a cell, its number in the notebook, from 1."""
        self._setup, self._teardown = node.setup, node.teardown
        node.setup, node.teardown = self.setup, self.teardown

    # Its kernel

    def setup(self) -> None:
        """Start the kernel, and stand in the way to it."""
        with while_kernels_start(guarded=self._guarded):
            self._setup()
        kernel = self._node.kernel
        kernel.execute_cell_input = self._execute
        kernel.await_reply = self._await_reply
        self._message = self._node.get_kernel_message
        self._node.get_kernel_message = self._next_message

    def _execute(self, source: str, allow_stdin: bool | None = None) -> str:
        """Run a cell as a front end does, counted and with its tags; nbval has neither."""
        client = self._node.kernel.kc
        content = {"code": source, "silent": False, "store_history": True}
        content |= {"user_expressions": {}, "allow_stdin": bool(allow_stdin)}
        content |= {"stop_on_error": False}
        metadata = {"tags": list(self._item.cell.metadata.get("tags", []))}
        request = client.session.msg("execute_request", content, metadata=metadata)
        client.shell_channel.send(request)
        sent: str = request["header"]["msg_id"]
        return sent

    def _await_reply(self, request: str, timeout: float | None = None) -> None:
        """Wait for the reply to a request; nbval would wait for that of a dead kernel, too.

        Raises:
            Empty: The time was up.
            RuntimeError: The kernel died, or refused to run the cell.
        """
        kernel = self._node.kernel
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            try:
                message = kernel.get_message("shell", timeout=GLANCE)
            except Empty:
                if not self._alive():
                    raise RuntimeError("the kernel died while this cell ran") from None
                if time.monotonic() >= deadline:
                    raise
                continue
            if message["parent_header"].get("msg_id") == request:
                if message["content"]["status"] == "aborted":
                    raise RuntimeError("the kernel did not run this cell")
                return

    def _next_message(self, *args: Any, **options: Any) -> Any:
        message = self._message(*args, **options)
        if message["msg_type"] == "execute_input" and self._item is not None:
            self._counts[message["content"]["execution_count"]] = self._item.cell_num + 1
        return message

    def teardown(self) -> None:
        """End the kernel; a notebook that did not come to its closing is closed first."""
        if self._guarded and self._ran and not self._closed and self._alive():
            self._early(self.close())
        self._teardown()

    def _alive(self) -> bool:
        kernel = self._node.kernel
        return kernel is not None and bool(kernel.is_alive())

    # Its cells

    @contextmanager
    def running(self, item: Any) -> Iterator[None]:
        """While one of its cells runs."""
        self._item, self._ran = item, True
        try:
            yield
        finally:
            self._item = None

    def said_of(self, item: Any, error: BaseException) -> str | None:
        """Where and why a cell has failed, in a line."""
        number = item.cell_num + 1
        if "Cell execution caused an exception" not in str(error):
            return f"{place(self.name, number, '')}: {str(error) or type(error).__name__}"
        trace = plain(str(getattr(error, "inner_traceback", None) or ""))
        return told(self.name, number, self.renumbered(trace))

    def renumbered(self, text: str) -> str:
        """A text of the kernel, with the cells' numbers in the notebook for its own counts."""
        return renumbered(text, self._counts)

    def seen(self, item: Any, report: Any) -> Iterator[Seen]:
        """What a cell gave."""
        gave = digest(item.test_outputs or [])
        yield Seen(self.name, item.cell_num + 1, self._number, gave, bool(report.failed))

    # Its end

    def close(self) -> ClosingError | None:
        """Close it; return what was wrong."""
        self._closed = True
        if not self._alive():
            return ClosingError(DEAD)
        kernel = self._node.kernel
        if "python" not in str(kernel.language).lower():
            return None
        request = kernel.kc.execute(
            CLOSE, store_history=False, allow_stdin=False, stop_on_error=False
        )
        deadline = time.monotonic() + SECONDS
        error = None
        try:
            while True:
                message = kernel.get_message("iopub", timeout=max(0, deadline - time.monotonic()))
                if message["parent_header"].get("msg_id") != request:
                    continue
                said = message["content"]
                if message["msg_type"] == "error":
                    trace = "\n".join(said["traceback"])
                    error = closing_error(said["ename"], said["evalue"], trace)
                elif message["msg_type"] == "status" and said["execution_state"] == "idle":
                    return error
        except Empty:
            if not self._alive():
                return ClosingError(DEAD)
            return ClosingError(f"closing it took more than {SECONDS:g} s")
