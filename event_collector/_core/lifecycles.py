"""Open lifecycles: each is entered and left in a task of its own."""

import asyncio
from typing import Any

from event_collector._text import one_line
from event_collector.collector import Collector


class OpenLifecycle:
    """A collector's lifecycle, from entering it to leaving it.

    A task of its own holds it open, so that a task group, a timeout or a cancel scope in the
    lifecycle is left by the task that entered it, whoever starts and stops the queue. Two futures
    are all that the two sides say to each other: `ready`, when the context is set up, and `stop`,
    when it is to be closed.
    """

    __slots__ = ("_stop", "_task", "collector")

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self._stop: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def enter(self) -> None:
        """Enter the lifecycle, if the collector has one; return when its context is set up.

        Raises:
            TypeError: What the lifecycle returned is not an async context manager.
            Exception: Whatever the lifecycle raised. It is not open then.
        """
        if self.collector.lifecycle is None:
            return
        loop = asyncio.get_running_loop()
        self._stop = loop.create_future()
        ready: asyncio.Future[None] = loop.create_future()
        name = f"event_collector lifecycle {self.collector.key!r}"
        self._task = task = loop.create_task(self._hold(ready, self._stop), name=name)
        try:
            await asyncio.wait([ready, task], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            # Both: the cancellation strikes it while it is set up; one that swallows it and is
            # set up all the same must not wait for a `stop` that nobody would ever give.
            self._stop.set_result(None)
            task.cancel()
            await asyncio.wait([task])
            raise
        if not ready.done():
            self._task = None
            await task

    async def leave(self) -> None:
        """Leave the lifecycle; it is left at most once.

        Raises:
            Exception: Whatever the lifecycle raised, now or while it was open. A note on it
                names the collector.
        """
        task, self._task = self._task, None  # whoever comes second finds nothing to leave
        if task is None or self._stop is None:
            return
        if not self._stop.done():
            self._stop.set_result(None)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                # The caller was cancelled, not the lifecycle: see it to its end all the same.
                task.cancel()
                await asyncio.wait([task])
            raise
        except Exception as exc:
            exc.add_note(f"raised by the lifecycle of collector {self.collector.key!r}")
            raise

    def runs_in(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether the lifecycle runs in this task, now or when it is left."""
        return task is not None and task is self._task

    async def _hold(self, ready: asyncio.Future[None], stop: asyncio.Future[None]) -> None:
        async with self._make():
            ready.set_result(None)
            await stop

    def _make(self) -> Any:
        collector = self.collector
        assert collector.lifecycle is not None
        manager = collector.lifecycle(collector.ctx)
        if hasattr(manager, "__aenter__") and hasattr(manager, "__aexit__"):
            return manager
        if asyncio.iscoroutine(manager):
            manager.close()
        raise TypeError(
            f"lifecycle of {collector.key!r} did not return an async context manager, but "
            f"{one_line(manager)}; put @asynccontextmanager over it"
        )
