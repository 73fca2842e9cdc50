"""Changes: what a workbench has begun and not ended, in the order in which it was begun."""

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from event_collector_widgets.kernel import OwnerLoop


class Changes:
    """The changes of a workbench that go on while the cell that began them does, or has ended.

    Args:
        loop: The loop in which they run.
        failed: Gets at once what one of them raises.
    """

    def __init__(self, loop: OwnerLoop, failed: Callable[[BaseException], object]) -> None:
        self._loop = loop
        self._failed = failed
        self._begun: list[asyncio.Task[Any]] = []
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def begin(self, change: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a change; what it raises is kept for `ready`, and told at once."""
        task = self._loop.start(change, self._failed)
        self._begun.append(task)
        return task

    async def in_turn[T](self, key: str, change: Callable[[], Awaitable[T]]) -> T:
        """Do a change when those of the same key that were begun before are done."""
        async with self._turns.setdefault(key, asyncio.Lock()):
            return await change()

    async def ready(self) -> None:
        """Wait until every change that was begun has ended.

        Raises:
            Exception: What one of them raised; an ExceptionGroup if several did. Raised once.
        """
        if begun := list(self._begun):
            await asyncio.wait(begun)
        told = [change for change in begun if change in self._begun and not change.cancelled()]
        self._begun = [change for change in self._begun if change not in begun]
        errors = [error for each in told if isinstance(error := each.exception(), Exception)]
        if len(errors) > 1:
            raise ExceptionGroup(f"{len(errors)} changes of the workbench failed", errors)
        if errors:
            raise errors[0]
