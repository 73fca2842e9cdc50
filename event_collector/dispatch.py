"""Dispatch: one payload given to its collectors, each once, concurrently where they wait."""

import asyncio
import contextvars
from collections.abc import Sequence
from typing import Any

from event_collector.collector import Collector, failed
from event_collector.data import Error, Payload, Result, ResultList


class Dispatch:
    """One payload's walk over its collectors.

    A walker gives the payload to one collector after the other, in a task of its own that
    starts at once. When a processor waits, that walker stays with it, and a new one goes on
    with the next collector. Where no processor waits, one walker does it all.
    """

    __slots__ = (
        "_keys",
        "_next",
        "_parent",
        "_payload",
        "collectors",
        "interrupt",
        "results",
        "walkers",
    )

    def __init__(self, payload: Payload[Any], collectors: Sequence[Collector]) -> None:
        self._payload = payload
        self.collectors = collectors
        self._keys: list[str | None] = [collector.key for collector in collectors]
        self.results: list[Result | None] = [None] * len(collectors)
        """What is known so far, in the order of the collectors."""
        self.interrupt: BaseException | None = None
        """The KeyboardInterrupt or SystemExit that a processor raised. The results hold it too."""
        self._next = 0
        self._parent: asyncio.Task[Any] | None = None
        self.walkers: set[asyncio.Task[Any]] = set()
        """The tasks that processors of this payload run in now."""

    async def run(self) -> ResultList:
        """Give the payload to every collector; return when all have ended.

        Raises:
            asyncio.CancelledError: Cancelled while a processor waits. Those that wait are cancelled
                too, and their Errors are among the results before this is raised.
        """
        loop = asyncio.get_running_loop()
        self._parent = asyncio.current_task()
        while self._next < len(self.collectors):
            asyncio.Task(self._walk(), loop=loop, eager_start=True)
        cancelled = False
        while self.walkers:
            try:
                await asyncio.wait(self.walkers)
            except asyncio.CancelledError:
                cancelled = True
                for walker in list(self.walkers):
                    walker.cancel()
        if cancelled:
            raise asyncio.CancelledError
        try:
            return self.so_far()
        finally:
            self.results = []  # an Error's frames lead back here: see `failed`

    def so_far(self, missing: BaseException | None = None) -> ResultList:
        """The results with their keys; an Error of `missing` where there is none yet."""
        results: list[Result] = []
        keys: list[str | None] = []
        for key, known in zip(self._keys, self.results, strict=True):
            result = Error(missing) if known is None and missing is not None else known
            if result is not None:
                results.append(result)
                keys.append(key)
        return ResultList._of(results, keys)

    async def _walk(self) -> None:
        collectors, payload = self.collectors, self._payload
        task = asyncio.current_task()
        assert task is not None
        context = contextvars.copy_context()
        self.walkers.add(task)
        _parents[task] = self._parent
        try:
            while (place := self._next) < len(collectors):
                self._next = place + 1
                try:
                    self.results[place] = await collectors[place].process(payload)
                except BaseException as exc:
                    self.results[place] = failed(exc, frames=2)
                    if isinstance(exc, KeyboardInterrupt | SystemExit):
                        self.interrupt = exc
                    if isinstance(exc, GeneratorExit):
                        return  # of its own, or with its loop: this task is of no more use
                if task.cancelling() or changed(context):
                    return  # by its own processor: the next collector must not feel it
        finally:
            self.walkers.discard(task)
            del _parents[task]


_parents: dict[asyncio.Task[Any], asyncio.Task[Any] | None] = {}
"""The task that waits for a walker, for each walker at work."""


def outermost(task: asyncio.Task[Any] | None) -> asyncio.Task[Any] | None:
    """The task that a dispatch began in, if this task is one of its walkers; else the task."""
    while task in _parents:
        task = _parents[task]
    return task


def changed(context: contextvars.Context) -> bool:
    """Whether a context variable was set in the current context, since it was like this one."""
    try:
        return contextvars.copy_context() != context
    except Exception:  # values that cannot be compared, such as arrays
        return True
