"""A client that executes a notebook, and closes it before its kernel ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async
from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from event_collector_widgets.guard.runner.closing import (
    CLOSE,
    DEAD,
    SECONDS,
    ClosingError,
    closing_error,
)
from event_collector_widgets.guard.stand_in import stand_in

GLANCE = 0.5
"""Seconds from one look at whether the kernel lives to the next."""


class ClosingClient(NotebookClient):
    """nbclient's client, which runs the closing after the last cell, or after one that failed.

    Args:
        args: nbclient's arguments.
        guarded: Whether there is anything to close.
        options: nbclient's options.

    Attributes:
        closed_with: What was wrong when the notebook was closed; None if nothing was.
    """

    def __init__(self, *args: Any, guarded: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guarded = guarded
        self._reading: asyncio.Task[Any] | None = None
        """Hears what the cell says that runs."""
        self._tags: list[str] = []
        """Those of the cell that runs."""
        self.closed_with: ClosingError | None = None

    @asynccontextmanager
    async def async_setup_kernel(self, **options: Any) -> AsyncIterator[None]:
        """Start the kernel, and close the notebook before the kernel ends."""
        async with super().async_setup_kernel(**options):
            self._tell_tags()
            try:
                yield
            except DeadKernelError:
                self.closed_with = ClosingError(DEAD)
                raise
            except CellTimeoutError:  # the cell still runs
                manager: Any = self.km
                await ensure_async(manager.interrupt_kernel())
                await self._close()
                raise
            except BaseException:
                await self._close()
                raise
            await self._close()

    def _tell_tags(self) -> None:
        """Have each request bring along its cell's tags, as front ends do; nbclient does not."""
        client: Any = self.kc
        original = client.session.msg

        def msg(kind: str, *args: Any, **options: Any) -> Any:
            made = original(kind, *args, **options)
            if kind == "execute_request" and self._tags:
                made["metadata"] = {**made["metadata"], "tags": self._tags}
            return made

        stand_in(client.session, "msg", msg)

    async def async_execute_cell(self, cell: Any, *args: Any, **options: Any) -> Any:
        """Execute a cell, with its tags."""
        self._tags = list(cell.metadata.get("tags", []))
        try:
            return await super().async_execute_cell(cell, *args, **options)
        finally:
            self._tags = []

    async def _async_poll_output_msg(self, *args: Any) -> None:
        self._reading = asyncio.current_task()
        await super()._async_poll_output_msg(*args)

    async def _stop_reading(self) -> None:
        """Have nbclient read no more: two readers of a channel take each other's messages away."""
        if (reading := self._reading) is not None and not reading.done():
            reading.cancel()
            await asyncio.wait([reading])

    async def _close(self) -> None:
        if not self._guarded or "python" not in self._language():
            return
        await self._stop_reading()
        try:
            request = self._ask()
        except RuntimeError as error:  # the channels are closed
            self.closed_with = ClosingError(f"{DEAD} ({error})")
        else:
            self.closed_with = await self._closed(request)

    def _ask(self) -> str:
        client: Any = self.kc
        options = {"store_history": False, "allow_stdin": False, "stop_on_error": False}
        sent: str = client.execute(CLOSE, **options)
        return sent

    async def _closed(self, request: str) -> ClosingError | None:
        """What the closing says. A cell whose time was up may have left words of its own."""
        client: Any = self.kc
        manager: Any = self.km
        clock = asyncio.get_running_loop().time
        end, error = clock() + SECONDS, None
        while True:
            try:
                message = await client.get_iopub_msg(timeout=GLANCE)
            except Empty:
                if not await ensure_async(manager.is_alive()):
                    return ClosingError(DEAD)
                if clock() >= end:
                    return ClosingError(f"closing it took more than {SECONDS:g} s")
                continue
            said = message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "error":
                trace = "\n".join(said["traceback"])
                error = closing_error(said["ename"], said["evalue"], trace)
            elif message["msg_type"] == "status" and said["execution_state"] == "idle":
                if error is not None or not await self._aborted(request):
                    return error
                request = self._ask()

    async def _aborted(self, request: str) -> bool:
        """Whether the kernel has passed it over, as it does after a cell that was interrupted."""
        client: Any = self.kc
        try:
            while True:
                message = await client.get_shell_msg(timeout=SECONDS)
                if message["parent_header"].get("msg_id") == request:
                    return bool(message["content"]["status"] == "aborted")
        except Empty:
            return False

    def _language(self) -> str:
        spec = getattr(self.km, "kernel_spec", None)
        return str(getattr(spec, "language", "python")).lower()
