"""The watch of a queue over its loop: who runs a processor, and who holds the loop too long.

A `Watch` keeps one mark: when the engine last gave the loop's time to somebody else's code. When
control comes back, the time since then is that code's, and a `Runner` knows whose it is.
"""

import asyncio
import contextvars
import time
import types
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol

from event_collector._core.pauses import PAUSES, listen
from event_collector._core.service import IN_SERVICE
from event_collector._core.slices import TimeSlice, clock
from event_collector._log import logger
from event_collector.data import Payload, Result
from event_collector.event import CollectorEvent

BLOCKED = 0.1
"""Seconds; a processor that holds the loop for longer at one go is named."""


class Keyed(Protocol):
    """A collector, as far as the watch knows it."""

    @property
    def key(self) -> str: ...


class Walk(Protocol):
    """A walk over several collectors, as far as the watch knows it."""

    @property
    def walkers(self) -> "Mapping[asyncio.Task[Any], Runner]": ...

    def start_walkers(self) -> None: ...


class Attending(Protocol):
    """How processors run where more is wanted than their results: see `attendance`."""

    inside: bool

    def around(self, collector: Any, /) -> Callable[..., Any]: ...

    async def serve(
        self,
        event: CollectorEvent | None,
        payload: Payload[Any],
        collector: Any,
        runner: "Runner",
        within: contextvars.Context | None = None,
        /,
    ) -> tuple[Result, BaseException | None]: ...


class Delivering(NamedTuple):
    """Who gives which payload to collectors, in one task."""

    payload: object
    runner: "Runner | None"
    """None where a walk gives it, which has runners of its own."""
    walk: "Walk | None"
    outer: "Delivering | None"  # the processor that this is done within has that


class Watch:
    """The clock of a queue's loop, the consumers' slice, and a watch over who holds the loop."""

    __slots__ = (
        *("attendance", "batches", "blocking", "changed", "deliverers", "depth", "loop", "mark"),
        *("gave_up", "real", "resting", "runner_in", "slice", "time"),
    )

    def __init__(
        self, loop: asyncio.AbstractEventLoop, blocking: dict[str | None, float] | None = None
    ) -> None:
        self.loop = loop
        self.time = clock(loop)
        self.real = abs(self.time() - time.monotonic()) < 1  # the same clock: uvloop's is, too
        listen()
        self.slice = TimeSlice(loop)
        self.mark = self.time()
        """When the engine last gave the loop's time to a processor."""
        self.depth = 0
        """How many pumps run in each other's steps, up to this queue's, while that is one of them.
        What runs for one of its events finds it here, whatever thread it is in."""
        self.resting = 0
        """How many walks over collectors let others have their turn. No event overtakes theirs."""
        self.deliverers: dict[asyncio.Task[Any], Delivering] = {}
        """Which payload each task gives to collectors for a custom router, in a task of its own
        or in the consumer's."""
        self.runner_in: Callable[[asyncio.Task[Any] | None], Runner | None] = lambda _: None
        """Who of the queue's consumers and their walkers is at work in a task."""
        self.attendance: Callable[[], Attending | None] = lambda: None
        """How processors run where more is wanted than their results; None outside of a queue. It
        holds the context that tells of this watch: weakly, or they would be a cycle."""
        self.batches: Callable[[], Any] = lambda: None  # the queue's Batches, likewise
        self.changed: Callable[[contextvars.Context], bool] = changed
        """Whether a variable was set in the current context, since it was like a given one."""
        self.gave_up: dict[int, Exception] = {}  # by number, events: see `service.closed_here`
        self.blocking = {} if blocking is None else blocking
        """The most seconds that each held the loop, by a collector's key; None: a custom router."""

    @contextmanager
    def delivering(
        self, payload: object, runner: "Runner | None" = None, walk: Walk | None = None
    ) -> Iterator[None]:
        """Note that the current task gives a payload to collectors."""
        task = asyncio.current_task()
        assert task is not None
        outer = self.deliverers.get(task)
        self.deliverers[task] = Delivering(payload, runner, walk, outer)
        try:
            yield
        finally:
            if outer is None:
                self.deliverers.pop(task, None)
            else:
                self.deliverers[task] = outer

    def begins(self) -> None:
        """The current task is about to run processors: see whether it held the loop before."""
        now = self.time()
        if now - self.mark > BLOCKED:
            task = asyncio.current_task()
            outer = None if task is None else self.deliverers.get(task)
            runner = self.runner_in(task) if outer is None else outer.runner
            if runner is not None:
                runner.report_blocking(now)
        self.mark = now

    def router_chose(self) -> None:
        """A router of the user's own has chosen: see whether it held the loop for too long."""
        now = self.time()
        if now - self.mark > BLOCKED:
            self.report_blocking(None, "the router", now)
        self.mark = now

    def report_blocking(self, key: str | None, who: str, now: float) -> None:
        """Note, and say once, that somebody held the loop from the mark until now.

        Not while the interpreter collected garbage, as far as that goes by the same clock.
        """
        seconds = now - self.mark
        if self.real and (paused := PAUSES.within(self.mark, now)):
            seconds -= paused
            if seconds <= BLOCKED:
                return
        longest = self.blocking.get(key)
        if longest is None:
            logger.warning(
                "%s held the event loop for %.3g s, and everything else waited; "
                "await what takes long, or give it to asyncio.to_thread()",
                who,
                seconds,
            )
        if longest is None or seconds > longest:
            self.blocking[key] = seconds


def current_watch() -> Watch:
    """The watch of the queue whose consumer this runs in, or one of its own."""
    loop = asyncio.get_running_loop()
    here = IN_SERVICE.get(None)
    # A context may have been carried to another loop, in another thread: that queue's watch
    # must not be touched from here.
    watch: Watch | None = None if here is None else here.watch
    return watch if watch is not None and watch.loop is loop else Watch(loop)


def attended(watch: Watch) -> tuple[Attending | None, CollectorEvent | None]:
    """Who attends to the processors that a router or processor runs here, and its event.

    No event if it is done: what a router has left behind gives the payload to its collectors still.
    """
    attendance = watch.attendance()
    if attendance is not None and attendance.inside:
        here = IN_SERVICE.get(None)
        if here is not None and here.watch is watch:
            return attendance, here.event
    return None, None


class Runner:
    """Something that runs processors in a task of its own, and is told how it goes."""

    __slots__ = ("collector", "dispatch", "resting", "resumed", "watch")

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.collector: Keyed | None = None
        """The collector that has the payload now; None when a custom router decides."""
        self.dispatch: Walk | None = None
        """The walk that it is on, over several collectors."""
        self.resting = False
        """Whether it waits of its own accord, to let others have their turn."""
        self.resumed = False
        """Whether the last processor has waited."""

    def waits(self, context: contextvars.Context | None = None) -> None:
        """The processor waits: this is the moment for the next collector."""
        self.resumed = True
        watch = self.watch
        if (now := watch.time()) - watch.mark > BLOCKED:
            self.ends(context)
        else:
            watch.mark = now  # as `ends` does it
        if self.dispatch is not None:
            self.dispatch.start_walkers()

    def ends(self, context: contextvars.Context | None = None) -> None:
        """The processor, in this context, ends or waits: see whether it held the loop too long."""
        now = self.watch.time()
        if now - self.watch.mark > BLOCKED:
            if context is None:
                self.report_blocking(now)
            else:
                context.run(self.report_blocking, now)
        self.watch.mark = now

    def report_blocking(self, now: float) -> None:
        """The processor has held the loop for too long, from the mark until now."""
        if self.collector is None:
            self.watch.report_blocking(None, "the router", now)
        else:
            key = self.collector.key
            self.watch.report_blocking(key, f"the processor of collector {key!r}", now)


_NOT_BEGUN = object()
"""Stands for what a coroutine waits for that has not made its first step."""


@types.coroutine
def watched(
    steps: Coroutine[Any, Any, Any],
    by: Runner,
    context: contextvars.Context | None = None,
    waits_for: Any = _NOT_BEGUN,
) -> Generator[Any, Any, Any]:
    """Await a coroutine, and tell its runner whenever it waits; each step in a context, if given.

    Args:
        steps: The coroutine.
        by: Its runner.
        context: In which each step runs.
        waits_for: What it waits for, if it has made its first step in the same task.

    This is what `await` does, step by step: PEP 380 has the formal semantics of `yield from`.
    All steps run in the runner's own task, the first one too. To drive the first by hand and to
    hand only what waits to a task would be faster, and wrong: `asyncio.timeout()` in a processor
    remembers the task that it was entered in, and would cancel that one. Steps in a context of
    their own cost one call more, and no task.
    """
    watch = by.watch
    # No function of Python stands in between: its frame would keep what is thrown, and is kept by
    # the frames of the coroutine, which what is thrown leads to.
    within: Any = context
    send: Callable[[Any], Any]
    send = steps.send if context is None else partial(within.run, steps.send)
    try:
        if waits_for is _NOT_BEGUN:
            waits_for = send(None)
        while True:
            if by.dispatch is None or not getattr(waits_for, "_asyncio_future_blocking", None):
                by.waits(context)
            else:
                # A future that is yielded has this mark set, for the task to see that somebody
                # waits. Each task that is given one clears it. `by.waits()` may start walkers,
                # tasks that wait for the same future: the mark is put aside for them, and back.
                waits_for._asyncio_future_blocking = False
                by.waits(context)
                waits_for._asyncio_future_blocking = True
            try:
                sent = yield waits_for
            except GeneratorExit:
                _close(steps, context)
                raise
            except BaseException as exc:
                watch.mark = watch.time()
                if context is None:
                    waits_for = steps.throw(_without_this_frame(exc))
                else:
                    waits_for = context.run(steps.throw, _without_this_frame(exc))
            else:
                watch.mark = watch.time()
                waits_for = send(sent)
    except StopIteration as end:
        return end.value
    except (KeyboardInterrupt, SystemExit):
        _close(steps, context)  # struck between two of its steps: it gives back what it holds, now
        raise
    finally:
        # A traceback of the coroutine's leads here. The context knows its event, which is about
        # to hold the Error that holds the traceback: without this, that would be a cycle.
        # So would be what it waited for last: a task or a future that failed holds the same Error.
        waits_for = sent = None
        del send, context, within


def _close(steps: Coroutine[Any, Any, Any], context: contextvars.Context | None) -> None:
    """End a coroutine, in its context, if it has one of its own."""
    if context is None:
        steps.close()
    else:
        context.run(steps.close)


def _without_this_frame[E: BaseException](exc: E) -> E:
    tb = exc.__traceback__
    return exc.with_traceback(tb and tb.tb_next)


def runs(task: asyncio.Task[Any] | None) -> bool:
    """Whether a task is just making a step, so that what its code raises is its own doing."""
    try:
        return task is not None and asyncio.current_task() is task
    except RuntimeError:
        return False


def changed(context: contextvars.Context) -> bool:
    """Whether the current context is not equal to this one."""
    try:
        return contextvars.copy_context() != context
    except Exception:  # values that cannot be compared, such as arrays
        return True


def how_changed() -> Callable[[contextvars.Context], bool]:
    """The quicker way to see whether the current context has changed, if that sees everything."""
    values = contextvars.copy_context().values()
    return changed if all(map(_same_if_equal, values)) else replaced


def _same_if_equal(value: object) -> bool:
    """Whether nobody could tell another value from this one that is equal to it."""
    of_all: object = object.__eq__
    return type(value) is str or type(value).__eq__ is of_all


def replaced(context: contextvars.Context) -> bool:
    """The same, and whether a variable has another value that is equal: `==` does not see that."""
    now = contextvars.copy_context()
    return changed(context) or any(now[each] is not value for each, value in context.items())
