"""A client that executes a notebook, and closes it before its kernel ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from event_collector_widgets.guard.runner.closing import (
    CLOSE,
    DEAD,
    SECONDS,
    ClosingError,
    closing_error,
)


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
        self.closed_with: ClosingError | None = None

    @asynccontextmanager
    async def async_setup_kernel(self, **options: Any) -> AsyncIterator[None]:
        """Start the kernel, and close the notebook before the kernel ends."""
        async with super().async_setup_kernel(**options):
            try:
                yield
            except DeadKernelError:
                self.closed_with = ClosingError(DEAD)
                raise
            except CellTimeoutError:  # the cell still runs
                manager: Any = self.km
                await manager.interrupt_kernel()
                await self._close()
                raise
            except BaseException:
                await self._close()
                raise
            await self._close()

    async def _close(self) -> None:
        if not self._guarded or "python" not in self._language():
            return
        errors: list[ClosingError] = []

        def hear(message: Any) -> None:
            if message["msg_type"] == "error":
                said = message["content"]
                trace = "\n".join(said["traceback"])
                errors.append(closing_error(said["ename"], said["evalue"], trace))

        client: Any = self.kc
        try:
            await client.execute_interactive(
                CLOSE,
                store_history=False,
                allow_stdin=False,
                stop_on_error=False,
                timeout=SECONDS,
                output_hook=hear,
            )
        except TimeoutError:
            errors.append(ClosingError(f"closing it took more than {SECONDS:g} s"))
        except RuntimeError as error:  # the channels are closed, or the kernel has gone
            errors.append(ClosingError(f"{DEAD} ({error})"))
        self.closed_with = errors[0] if errors else None

    def _language(self) -> str:
        spec = getattr(self.km, "kernel_spec", None)
        return str(getattr(spec, "language", "python")).lower()
