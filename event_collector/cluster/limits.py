"""Limits: the time that a processor has, where it runs on a worker.

The worker times the processor itself. Here a payload waits for a worker, travels, and is away, and
none of that is the processor's time; only what stands around it here is, such as a `wrap`.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from event_collector._tracebacks import without_own_frames


class TimeLimit:
    """The time of one payload, which stands still while that is away.

    Args:
        key: The collector's key.
        seconds: How many it has.
    """

    def __init__(self, key: str, seconds: float) -> None:
        self._key = key
        self._seconds = seconds
        self._left = seconds
        self._deadline: asyncio.Timeout | None = None

    async def keep(self, awaitable: Awaitable[Any]) -> Any:
        """Await it within the time.

        Raises:
            TimeoutError: It took longer.
        """
        self._deadline = deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                return await awaitable
        except TimeoutError as exc:
            if not deadline.expired():
                raise
            raise TimeoutError(
                f"the processor of {self._key!r} did not end within its timeout of "
                f"{self._seconds:g} s"
            ) from without_own_frames(exc.__cause__ or exc)
        finally:
            self._deadline = None
            del deadline, awaitable  # an Error's traceback leads back to here

    def stop(self) -> None:
        """The payload is away from here."""
        deadline = self._deadline
        if deadline is not None and (when := deadline.when()) is not None:
            self._left = when - asyncio.get_running_loop().time()
            deadline.reschedule(None)

    def go_on(self) -> None:
        """It is back."""
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time() + max(0.0, self._left))


class TimeLimits:
    """Those of one collector, by the task in which each is kept."""

    def __init__(self) -> None:
        self._of: dict[asyncio.Task[Any] | None, TimeLimit] = {}

    @contextmanager
    def entered(self, key: str, seconds: float) -> Iterator[TimeLimit]:
        """A new limit for what the current task does in here."""
        task = asyncio.current_task()
        outer = self._of.get(task)
        self._of[task] = limit = TimeLimit(key, seconds)
        try:
            yield limit
        finally:
            if outer is None:
                del self._of[task]
            else:
                self._of[task] = outer
            del task

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """The current task's payload is away in here."""
        limit = self._of.get(asyncio.current_task()) if self._of else None
        if limit is None:
            yield
            return
        limit.stop()
        try:
            yield
        finally:
            limit.go_on()
