"""Changes: what a workbench has begun and not ended, in the order in which it was begun."""

import asyncio
import itertools
import weakref
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from typing import Any

from event_collector_widgets import failures
from event_collector_widgets.kernel import OwnerLoop


class _Mark:
    """Stands in the context of what runs within a change, and in that of what this starts."""

    __slots__ = ("number", "whose")

    def __init__(self, whose: object, number: int) -> None:
        self.whose = whose  # a token and not the Changes: a context may live on for long
        self.number = number


_MARK: ContextVar[_Mark] = ContextVar("event_collector_widgets change")


class Changes:
    """The changes of a workbench that go on while the cell that began them does, or has ended.

    Args:
        loop: The loop in which they run.
        failed: Gets at once what one of them raises.
    """

    def __init__(self, loop: OwnerLoop, failed: Callable[[BaseException], object]) -> None:
        self._loop = loop
        self._failed = failed
        self._numbers = itertools.count()
        self._begun: dict[int, asyncio.Task[Any]] = {}
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._mine = object()
        self._leaving: asyncio.Task[None] | None = None
        self._formers: frozenset[object] = frozenset()
        self._keys: frozenset[str] = frozenset()

    def begin(self, change: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a change; what it raises is kept for `ready`, and told at once."""
        mark = _Mark(self._mine, next(self._numbers))

        async def marked() -> Any:
            _MARK.set(mark)
            return await change

        task = self._begun[mark.number] = self._loop.start(marked(), self._failed)
        return task

    @contextmanager
    def within(self) -> Iterator[None]:
        """Have what runs here, and what it starts, known as part of a change."""
        mark = _MARK.get(None)
        if mark is None or mark.whose is not self._mine:
            mark = _Mark(self._mine, next(self._numbers))
        token = _MARK.set(mark)
        try:
            yield
        finally:
            _MARK.reset(token)

    async def in_turn[T](self, key: str, change: Callable[[], Awaitable[T]]) -> T:
        """Do a change when those of the same key that were begun before are done.

        Raises:
            Exception: What the change raised. A note on it names the collector.
        """
        async with self._turns.setdefault(key, asyncio.Lock()):
            try:
                return await change()
            except Exception as exc:
                note = f"raised by the lifecycle of collector {key!r}"  # as when it is left
                if note not in getattr(exc, "__notes__", ()):
                    exc.add_note(note)
                raise

    async def ready(self) -> None:
        """Wait until every change that was begun has ended, and the former workbench is left.

        Within a change, as in a lifecycle and the tasks that it starts, it waits for those alone
        that were begun before, and raises nothing: it would wait for itself, or two for each
        other. Within a change of the former workbench, which is being left, it does not wait.

        Raises:
            Exception: What one of them raised; an ExceptionGroup if several did. Raised once.
        """
        if (limit := self._limit()) is None:
            return
        mine = limit != inf
        begun = {number: task for number, task in self._begun.items() if number < limit}
        if self._left is not None:
            await asyncio.wait([self._left])
        if begun:
            await asyncio.wait(begun.values())
        if mine:
            return
        told = [task for number, task in begun.items() if self._begun.pop(number, None) is task]
        failed = [error for each in told if not each.cancelled() and (error := each.exception())]
        for error in failed:
            failures.told(error)
        errors = [error for error in failed if isinstance(error, Exception)]
        if len(errors) > 1:
            raise ExceptionGroup(f"{len(errors)} changes of the workbench failed", errors)
        if errors:
            raise errors[0]

    def due(self) -> bool:
        """Whether `ready`, called here, has something to wait for, or to raise."""
        if (limit := self._limit()) is None:
            return False
        for number, task in list(self._begun.items()):
            if number < limit and task.done():
                if not task.cancelled() and task.exception() is not None:
                    return True
                del self._begun[number]
        return self._left is not None or any(number < limit for number in self._begun)

    def line(self) -> Hashable:
        """In which line one waits here: those outside in one, each change in its own."""
        mark = _MARK.get(None)
        if mark is None or mark.whose not in {self._mine, *self._formers}:
            return None
        return mark.whose, mark.number

    def succeed(
        self, former: "Changes", keys: Collection[str], close: Coroutine[Any, Any, None]
    ) -> None:
        """Begin by leaving the former workbench: what it has not ended is given up.

        What leaving it raises is told, and not raised here.

        Args:
            former: Its changes.
            keys: The keys of its collectors with a lifecycle.
            close: What closes it.
        """
        going = former._left is not None
        self._formers = frozenset({former._mine}) | (former._formers if going else frozenset())
        changing = frozenset(former._turns.keys())  # they may be entering a lifecycle
        self._keys = frozenset(keys) | changing | (former._keys if going else frozenset())
        self._leaving = self._loop.start(self._leave(former, close), self._failed)

    async def former_left(self, key: str) -> None:
        """Wait until the former workbench is left, if it has a lifecycle of this key."""
        if key in self._keys and self._left is not None:
            await asyncio.wait([self._left])

    def _limit(self) -> float | None:
        """Which changes are waited for here, those of a lower number; None: not even leaving."""
        mark = _MARK.get(None)
        if mark is not None and mark.whose in self._formers and self._left is not None:
            return None
        return mark.number if mark is not None and mark.whose is self._mine else inf

    @property
    def _left(self) -> asyncio.Task[None] | None:
        """Leaves the former workbench; None where there is none, or it is left."""
        if self._leaving is not None and self._leaving.done():
            self._leaving = None
        return self._leaving

    async def _leave(self, former: "Changes", close: Coroutine[Any, Any, None]) -> None:
        going = [task for task in former._begun.values() if not task.done()]
        for task in going:
            task.cancel()
        if former._left is not None:
            going.append(former._left)
        try:
            await close
        except Exception as exc:
            self._failed(exc)  # and it is not kept: its traceback leads to the former workbench
        if going:
            await asyncio.wait(going)
