"""The keeper: one task of a queue, which is told when the queue's loop ends.

Nothing tells a library that `main` has ended: `asyncio.run` cancels all tasks that are left, lets
them end, and closes the loop. So a queue has one task that only waits. Whoever cancels all tasks
cancels it too, and the queue gives up.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

from event_collector._core.undertaking import KEEPER, see_out


class _Held(asyncio.Future[None]):
    """What the keeper waits for. It tells at once that the keeper is cancelled.

    The keeper itself would hear of it in the next turn of the loop. In between, processors that
    are cancelled too would end, and consumers would begin the next events: to have them destroyed
    half-way with the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, give_up: Callable[[], None]) -> None:
        super().__init__(loop=loop)
        self._give_up = give_up

    def cancel(self, msg: object = None) -> bool:
        """Have the queue give up."""
        if not self.done():
            self._give_up()
        return super().cancel(msg)


class Keeper:
    """Waits until it is dismissed, or cancelled from outside: the loop is ending then.

    Args:
        give_up: Called in the moment in which it is cancelled.
        end: Awaited in its task afterwards. `asyncio.run` waits for that.
    """

    def __init__(self, give_up: Callable[[], None], end: Callable[[], Awaitable[None]]) -> None:
        self._held = _Held(asyncio.get_running_loop(), give_up)
        self._end = end
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to keep. If the stop button strikes in here, it can be dismissed all the same."""
        # It has begun to wait when this returns: a task that is cancelled before it has made its
        # first step does nothing at all.
        self._task = asyncio.Task(
            self._keep(),
            loop=self._held.get_loop(),
            name=KEEPER,
            context=contextvars.copy_context(),
            eager_start=True,
        )

    def dismiss(self) -> None:
        """The queue was shut down: there is nothing to keep."""
        if not self._held.done():
            self._held.set_result(None)

    async def end(self) -> None:
        """Dismiss it, and see it to its end."""
        self.dismiss()
        await self.ended()

    async def ended(self) -> None:
        """Wait for it, once it is dismissed: no task is left of a queue that was shut down."""
        await see_out([] if self._task is None else [self._task])

    def forsake(self) -> None:
        """The loop has ended, and the task with it: that is not worth a word of asyncio's."""
        if self._task is not None:
            self._task._log_destroy_pending = False  # type: ignore[attr-defined]  # as gather does
        if not self._held.get_loop().is_closed():
            self.dismiss()

    async def _keep(self) -> None:
        try:
            await self._held
        except asyncio.CancelledError:
            await self._end()
