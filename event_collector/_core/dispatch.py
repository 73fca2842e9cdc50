"""Dispatch: one payload given to its collectors, each once, concurrently where they wait."""

import asyncio
import contextvars
import types
from asyncio import CancelledError
from collections.abc import Generator, Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from event_collector._awaitables import awaitable
from event_collector._core.watch import (
    BLOCKED,
    Attending,
    Runner,
    Watch,
    attended,
    changed,
    current_watch,
    runs,
    watched,
)
from event_collector._tracebacks import failed
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
        *("_context", "_payload", "_starting", "_watch", "all_ok", "attendance", "collectors"),
        *("event", "interrupt", "keys", "next", "parent", "results", "walkers", "within"),
    )

    attendance: Attending | None
    """Who attends to the processors; None where nobody does."""
    event: "CollectorEvent | None"
    """The payload's event, where somebody attends; None if it is done."""
    results: list[Result | None]
    """What is known so far, in the order of the collectors."""
    all_ok: bool
    """Whether all of these are certainly Oks, so that nobody has to count Errors."""
    next: int
    """How many collectors have had their turn, or are having it."""
    interrupt: BaseException | None
    """The KeyboardInterrupt or SystemExit that a processor raised. The results hold it too."""
    walkers: dict[asyncio.Task[Any], Runner]
    """The tasks of their own that processors of this payload run in now."""
    parent: asyncio.Task[Any] | None
    """The task that waits for the results."""
    within: contextvars.Context | None
    """The context of the router that gives the payload; None where the queue does."""

    def __init__(
        self,
        payload: Payload[Any],
        collectors: Sequence[Collector],
        watch: Watch | None = None,
        keys: Sequence[str] | None = None,
    ) -> None:
        self._payload = payload
        self._context = contextvars.copy_context()
        self._watch = current_watch() if watch is None else watch
        self.collectors = collectors
        self.keys = [collector.key for collector in collectors] if keys is None else keys
        self.results = [None] * len(collectors)
        self.next = 0
        self.walkers = {}
        self.attendance = self.event = self.interrupt = self.parent = self.within = None
        self.all_ok, self._starting = True, False

    async def run(self) -> ResultList:
        """Give the payload to every collector; return when all have ended.

        Raises:
            asyncio.CancelledError: Cancelled while a processor waits. Those that wait are cancelled
                too, and have ended before this is raised. Unless one was interrupted.
        """
        self.parent = asyncio.current_task()
        self.attendance, self.event = attended(self._watch)
        self.within = self._context
        self._watch.begins()
        self.begin()
        cancelled = False
        with self._watch.delivering(self._payload, walk=self):
            while self.walkers:
                try:
                    await asyncio.wait(self.walkers)
                except CancelledError:
                    cancelled = True
                    self.cancel()
                self._see_off()
        self._watch.mark = self._watch.time()
        self._context, self.within = contextvars.Context(), None  # else kept by an Error's frames
        results = self.take_results()
        try:
            if cancelled and self.interrupt is None:  # which the caller raises
                raise CancelledError
            return ResultList._of(results, self.keys)
        finally:
            del results

    def begin(self) -> None:
        """Start walkers, also if the stop button strikes this; the caller passes that on."""
        try:
            self.start_walkers()
        except (KeyboardInterrupt, SystemExit) as exc:
            self.interrupt = self.interrupt or exc
            self._see_off()

    async def rest(self) -> None:
        """Wait until the walkers have ended, whatever a processor has done to this task."""
        while self.walkers:
            with suppress(CancelledError):  # whoever cancels the event, cancels the walkers too
                await asyncio.wait(self.walkers)
            self._see_off()
        self._watch.mark = self._watch.time()

    def _see_off(self) -> None:
        """Walkers that have ended are gone, and the next one has begun, unless the stop button
        struck them in between."""
        for walker in [walker for walker in self.walkers if walker.done()]:
            del self.walkers[walker]
        if not self.walkers and self.next < len(self.collectors):
            self.start_walkers()

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
            while True:  # see `Pump.start`
                if self.next >= len(self.collectors):
                    return
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

    def broke_off(self, collector: object, exc: Exception) -> None:
        """A walk broke off at a collector: what it returned, or a handler of the log, raised."""
        for place, result in enumerate(self.results):
            if result is None and self.collectors[place] is collector:
                self.all_ok, self.results[place] = False, failed(exc)

    def cancel(self, *, anew: bool = True) -> None:
        """Give the payload to no more collectors; cancel the walkers with tasks of their own."""
        self.next = len(self.collectors)
        for walker in list(self.walkers):
            if anew or not walker.cancelling():
                walker.cancel()

    def take_results(self, missing: BaseException | None = None) -> list[Result]:
        """All results, which are forgotten here: an Error's frames lead back, see `failed`.

        Args:
            missing: What the Errors hold of those that have not ended, and are not heard any more.
        """
        # A processor that raised has this walk in a frame of its traceback. Left here, the
        # results would hold the Error that holds the frame that holds the results.
        if missing is None and self.interrupt is not None:
            missing = self.interrupt  # it may have struck between a processor and its result
        found = self.results if missing is None else self.so_far(missing)
        self.results, self.event = _NOWHERE, None
        try:
            return found  # type: ignore[return-value]  # all have ended
        finally:
            del found, missing

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
        told_apart = None if watch.changed is changed else watch.changed
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
                self.all_ok, self.results[place] = False, collector._raised(exc)
            else:
                if attendance is not None:
                    self.all_ok, self.results[place] = False, value
                elif type(value) is Ok and (  # as `Collector._returned` does it
                    (kind := type(value.value)) is usual or not awaitable(value.value)
                ):
                    usual = kind
                    collector.processed += 1
                    self.results[place] = value
                else:
                    self.all_ok, self.results[place] = False, collector._returned(value)
                value = None  # an Error's traceback may lead back to here
            now = time()
            if now - watch.mark > BLOCKED:
                me.report_blocking(now)
            watch.mark = now
            try:  # as `changed` does it
                if (
                    cancelling()
                    or copy_context() != context
                    or (told_apart is not None and told_apart(context))
                ):
                    break  # what this processor did to its task or context is not the next one's
            except Exception:  # values that cannot be compared, such as arrays
                break
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


class _Nowhere(list[Any]):
    """Where the results go of collectors that nobody waits for any more."""

    def __setitem__(self, place: object, result: object) -> None:
        """Not heard."""


_NOWHERE: list[Any] = _Nowhere()


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
        try:
            dispatch.walkers[task] = self
            _parents[task] = dispatch.parent
            await dispatch.walk(self)
            if dispatch.next < len(dispatch.collectors):
                self.collector = None
                dispatch.start_walkers()
        except (KeyboardInterrupt, SystemExit) as exc:  # the stop button struck the walk itself
            dispatch.interrupt = dispatch.interrupt or exc  # raised by whoever waits for results
        except Exception as exc:
            dispatch.broke_off(self.collector, exc)
        finally:
            dispatch.walkers.pop(task, None)
            _parents.pop(task, None)
            del task  # it has the context, see `Dispatch.walk`


_parents: dict[asyncio.Task[Any], asyncio.Task[Any] | None] = {}
"""The task that waits for a walker, for each walker at work."""


def outermost(task: asyncio.Task[Any] | None) -> asyncio.Task[Any] | None:
    """The task that a dispatch began in, if this task is one of its walkers; else the task."""
    while task in _parents:
        task = _parents[task]
    return task


def forget_closed_loops() -> None:
    """A walker in a loop that was closed will never end: do not keep it for ever."""
    for walker in list(_parents):
        if walker.get_loop().is_closed():
            _parents.pop(walker, None)


@types.coroutine
def _turn() -> Generator[None]:
    """Let others have their turn."""
    yield
