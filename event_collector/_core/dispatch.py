"""Dispatch: one payload given to its collectors, each once, concurrently where they wait."""

import asyncio
import contextvars
import types
from asyncio import CancelledError
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from event_collector._awaitables import awaitable
from event_collector._core.watch import (
    BLOCKED,
    Attending,
    Runner,
    Watch,
    attended,
    current_watch,
    runs,
    watched,
)
from event_collector.collector import Collector
from event_collector.data import Error, Ok, Payload, Result, ResultList

if TYPE_CHECKING:
    from event_collector.event import CollectorEvent


class Dispatch:
    """One payload's walk over its collectors.

    A walker gives the payload to one collector after the other. When a processor waits, that
    walker stays with it, and a new one, in a task of its own, goes on with the next collector.
    Where no processor waits, one walker does it all: a broadcast to a thousand collectors makes
    no task. That is ten times faster than a task for each.

    Args:
        payload: What to give.
        collectors: To whom, in order.
        watch: The watch of the queue; that of the consumer this runs in, unless given.
        keys: The collectors' keys, if they are known.
    """

    __slots__ = (
        "_context",
        "_payload",
        "_starting",
        "_watch",
        "attendance",
        "collectors",
        "event",
        "interrupt",
        "keys",
        "next",
        "parent",
        "results",
        "walkers",
        "within",
    )

    def __init__(
        self,
        payload: Payload[Any],
        collectors: Sequence[Collector],
        *,
        watch: Watch | None = None,
        keys: Sequence[str] | None = None,
    ) -> None:
        self._payload = payload
        self._context = contextvars.copy_context()
        self._watch = current_watch() if watch is None else watch
        self.attendance: Attending | None = None
        """Who attends to the processors; None where nobody does."""
        self.event: CollectorEvent | None = None
        """The payload's event, where somebody attends; None if it is done."""
        self.collectors = collectors
        self.keys = [collector.key for collector in collectors] if keys is None else keys
        self.results: list[Result | None] = [None] * len(collectors)
        """What is known so far, in the order of the collectors."""
        self.next = 0
        """How many collectors have had their turn, or are having it."""
        self.interrupt: BaseException | None = None
        """The KeyboardInterrupt or SystemExit that a processor raised. The results hold it too."""
        self.walkers: dict[asyncio.Task[Any], Runner] = {}
        """The tasks of their own that processors of this payload run in now."""
        self.parent: asyncio.Task[Any] | None = None
        """The task that waits for the results."""
        self.within: contextvars.Context | None = None
        """The context of the router that gives the payload; None where the queue does."""
        self._starting = False

    async def run(self) -> ResultList:
        """Give the payload to every collector; return when all have ended.

        Raises:
            asyncio.CancelledError: Cancelled while a processor waits. Those that wait are cancelled
                too, and their Errors are among the results before this is raised.
        """
        self.parent = asyncio.current_task()
        self.attendance, self.event = attended(self._watch)
        self.within = self._context
        self._watch.begins()
        self.start_walkers()
        cancelled = False
        with self._watch.delivering(self._payload):
            while self.walkers:
                try:
                    await asyncio.wait(self.walkers)
                except CancelledError:
                    cancelled = True
                    self.cancel()
        self._watch.mark = self._watch.time()
        self._context, self.within = contextvars.Context(), None  # else kept by an Error's frames
        if cancelled:
            raise CancelledError
        return ResultList._of(self.take_results(), self.keys)

    async def rest(self) -> None:
        """Wait until the walkers have ended, whatever a processor has done to this task."""
        while self.walkers:
            try:
                await asyncio.wait(self.walkers)
            except CancelledError:
                continue  # whoever cancels the event, cancels the walkers too
        self._watch.mark = self._watch.time()

    def start_walkers(self) -> None:
        """Start walkers until each collector has its turn, or one of them lets others go first.

        A walker runs as soon as it is started, and comes back here when its processor waits or
        when it has no more to do. So one call starts as many as are needed, and no more.
        """
        if self._starting:  # a walker started here calls this when its processor waits: go on below
            return
        self._starting = True
        loop = asyncio.get_running_loop()
        try:
            while self.next < len(self.collectors):
                walker = _Walker(self, self._watch)
                # A copy: each processor starts from the context of the event, not from what
                # another has set; and an eager task must not enter a context that is entered.
                # Not in a variable, which an Error would keep: its traceback leads back to here.
                asyncio.Task(
                    walker.walk(), loop=loop, context=self._context.copy(), eager_start=True
                )
                if walker.resting:
                    return
        finally:
            self._starting = False

    def cancel(self, *, anew: bool = True) -> None:
        """Give the payload to no more collectors; cancel the walkers with tasks of their own."""
        self.next = len(self.collectors)
        for walker in list(self.walkers):
            if anew or not walker.cancelling():
                walker.cancel()

    def take_results(self) -> list[Result]:
        """All results, which are forgotten here: an Error's frames lead back, see `failed`."""
        # A processor that raised has this walk in a frame of its traceback. Left here, the
        # results would hold the Error that holds the frame that holds the results.
        results, self.results, self.event = self.results, [], None
        return results  # type: ignore[return-value]  # all have ended

    def so_far(self, missing: BaseException) -> list[Result]:
        """The results known so far; an Error of `missing` where there is none yet."""
        return [Error(missing) if result is None else result for result in self.results]

    async def walk(self, me: Runner) -> None:
        """Give the payload to one collector after the other, until all have had their turn.

        It ends early where the next collector would feel what a processor has done to this task
        or to its context; another walker has to go on then.
        """
        collectors, payload = self.collectors, self._payload
        attendance = self.attendance
        watch, count = self._watch, len(self.collectors)
        task = asyncio.current_task()
        assert task is not None
        value: Any
        usual: type | None = None  # the type of the last value in an Ok, which is not awaitable
        context, time, cancelling = self._context, watch.time, task.cancelling
        changed = watch.changed
        while (place := self.next) < count:
            # Counted before it begins: what runs in it may start another walker, which must not
            # give the payload to this collector again.
            self.next = place + 1
            me.collector = collector = collectors[place]
            try:
                if attendance is not None:
                    value, struck = await attendance.serve(
                        self.event, payload, collector, me, self.within
                    )
                    self.interrupt = struck or self.interrupt
                    struck = None  # its traceback leads back to here
                else:
                    run = collector._run(payload, collector._ctx)
                    value = await (watched(run, me) if collector._waits else run)
            except BaseException as exc:
                if isinstance(exc, GeneratorExit) and not runs(task):
                    raise  # the loop is gone, and the task with it
                if isinstance(exc, KeyboardInterrupt | SystemExit):
                    # Not raised here: an eager task raises it in its creator, half-way through
                    # starting the next walker. The other collectors get the payload first.
                    self.interrupt = exc
                self.results[place] = collector._raised(exc)
            else:
                if attendance is not None:
                    self.results[place] = value
                elif type(value) is Ok and (  # as `Collector._returned` does it
                    (kind := type(value.value)) is usual or not awaitable(value.value)
                ):
                    usual = kind
                    collector.processed += 1
                    self.results[place] = value
                else:
                    self.results[place] = collector._returned(value)
                value = None  # an Error's traceback may lead back to here
            now = time()
            if now - watch.mark > BLOCKED:
                me.report_blocking(now)
            watch.mark = now
            if cancelling() or changed(context):
                break  # what this processor did to its task or context is not the next one's
            if now >= watch.slice.end and self.next < count and watch.slice.over(now):
                # The slice is over in the middle of an event. It rests here with the rest of its
                # collectors to come; `watch.resting` keeps the pump from events behind it.
                me.resting = True
                watch.resting += 1
                try:
                    await _turn()
                except CancelledError:
                    break
                finally:
                    me.resting = False
                    watch.resting -= 1
                    watch.mark = time()
        # An Error's traceback leads back to this frame, and may be kept for long. The context may
        # be the sender's, and the task has it too: what it refers to is not kept.
        del context, task, cancelling


class _Walker(Runner):
    """Walks in a task of its own."""

    __slots__ = ()

    dispatch: Dispatch | None

    def __init__(self, dispatch: Dispatch, watch: Watch) -> None:
        super().__init__(watch)
        self.dispatch = dispatch

    async def walk(self) -> None:
        """Give the payload to one collector after the other."""
        dispatch = self.dispatch
        assert dispatch is not None
        task = asyncio.current_task()
        assert task is not None
        dispatch.walkers[task] = self
        _parents[task] = dispatch.parent
        try:
            await dispatch.walk(self)
            if dispatch.next < len(dispatch.collectors):
                self.collector = None
                dispatch.start_walkers()
        finally:
            dispatch.walkers.pop(task, None)
            del _parents[task]
            del task  # it has the context, see `Dispatch.walk`


_parents: dict[asyncio.Task[Any], asyncio.Task[Any] | None] = {}
"""The task that waits for a walker, for each walker at work."""


def outermost(task: asyncio.Task[Any] | None) -> asyncio.Task[Any] | None:
    """The task that a dispatch began in, if this task is one of its walkers; else the task."""
    while task in _parents:
        task = _parents[task]
    return task


@types.coroutine
def _turn() -> Generator[None]:
    """Let others have their turn."""
    yield
