"""The watch of a queue over its loop: who runs a processor, and who holds the loop too long.

A `Watch` keeps one mark: when the engine last gave the loop's time to somebody else's code. When
control comes back, the time since then is that code's, and a `Runner` knows whose it is.
"""

import asyncio
import contextvars
import logging
import types
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from opcode import opmap
from typing import Any, NamedTuple, Protocol

from event_collector._core.slices import TimeSlice, clock

logger = logging.getLogger("event_collector")

BLOCKED = 0.1
"""Seconds; a processor that holds the loop for longer at one go is named."""


class Keyed(Protocol):
    """A collector, as far as the watch knows it."""

    @property
    def key(self) -> str:
        """Its key."""


class Walk(Protocol):
    """A walk over several collectors, as far as the watch knows it."""

    def start_walkers(self) -> None:
        """Let the next collector have its turn."""


class Delivering(NamedTuple):
    """Who gives which payload to collectors, in one task."""

    payload: object
    runner: "Runner | None"
    """None where a walk gives it, which has runners of its own."""


class Watch:
    """The clock of a queue's loop, the consumers' slice, and a watch over who holds the loop."""

    __slots__ = ("blocking", "deliverers", "loop", "mark", "resting", "runner_in", "slice", "time")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, blocking: dict[str | None, float] | None = None
    ) -> None:
        self.loop = loop
        self.time = clock(loop)
        self.slice = TimeSlice(loop)
        self.mark = self.time()
        """When the engine last gave the loop's time to a processor."""
        self.resting = 0
        """How many walks over collectors rest, to let others have their turn. No event is taken
        meanwhile: it would overtake theirs."""
        self.deliverers: dict[asyncio.Task[Any], Delivering] = {}
        """Which payload each task gives to collectors for a custom router, in a task of its own
        or in the consumer's."""
        self.runner_in: Callable[[asyncio.Task[Any] | None], Runner | None] = lambda _: None
        """Who of the queue's consumers and their walkers is at work in a task."""
        self.blocking = {} if blocking is None else blocking
        """The longest time in seconds that a processor held the loop, by its collector's key;
        None stands for a custom router."""

    @contextmanager
    def delivering(self, payload: object, runner: "Runner | None" = None) -> Iterator[None]:
        """Note that the current task gives a payload to collectors."""
        task = asyncio.current_task()
        assert task is not None
        outer = self.deliverers.get(task)
        self.deliverers[task] = Delivering(payload, runner)
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
        """Note, and say once, that somebody held the loop from the mark until now."""
        seconds = now - self.mark
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


CURRENT: contextvars.ContextVar[Watch] = contextvars.ContextVar("event_collector watch")
"""The watch of the queue whose consumer this code runs in."""


def current_watch() -> Watch:
    """The watch of the queue whose consumer this runs in, or one of its own."""
    loop = asyncio.get_running_loop()
    watch = CURRENT.get(None)
    # A context may have been carried to another loop, in another thread: that queue's watch
    # must not be touched from here.
    return watch if watch is not None and watch.loop is loop else Watch(loop)


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

    def waits(self) -> None:
        """The processor waits: this is the moment for the next collector."""
        self.resumed = True
        self.ends()
        if self.dispatch is not None:
            self.dispatch.start_walkers()

    def ends(self) -> None:
        """The processor ends, or waits: see whether it held the loop for too long."""
        now = self.watch.time()
        if now - self.watch.mark > BLOCKED:
            self.report_blocking(now)
        self.watch.mark = now

    def report_blocking(self, now: float) -> None:
        """The processor has held the loop for too long, from the mark until now."""
        if self.collector is None:
            self.watch.report_blocking(None, "the router", now)
        else:
            key = self.collector.key
            self.watch.report_blocking(key, f"the processor of collector {key!r}", now)


@types.coroutine
def watched(steps: Coroutine[Any, Any, Any], by: Runner) -> Generator[Any, Any, Any]:
    """Await a coroutine, and tell its runner whenever it waits.

    This is what `await` does, step by step: PEP 380 has the formal semantics of `yield from`.
    All steps run in the runner's own task, the first one too. To drive the first by hand and to
    hand only what waits to a task would be faster, and wrong: `asyncio.timeout()` in a processor
    remembers the task that it was entered in, and would cancel that one.
    """
    watch = by.watch
    try:
        waits_for = steps.send(None)
        while True:
            # A future that is yielded has this mark set, for the task to see that somebody
            # really waits. Each task that is given one clears it. `by.waits()` may start walkers,
            # tasks that wait for the same future: the mark is put aside for them, and back.
            marked = getattr(waits_for, "_asyncio_future_blocking", None)
            if marked:
                waits_for._asyncio_future_blocking = False
            by.waits()
            if marked:
                waits_for._asyncio_future_blocking = True
            try:
                sent = yield waits_for
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as exc:
                watch.mark = watch.time()
                waits_for = steps.throw(_without_this_frame(exc))
            else:
                watch.mark = watch.time()
                waits_for = steps.send(sent)
    except StopIteration as end:
        return end.value


def _without_this_frame[E: BaseException](exc: E) -> E:
    tb = exc.__traceback__
    return exc.with_traceback(tb and tb.tb_next)


_SEND = opmap.get("SEND")


def can_wait(function: Callable[..., object]) -> bool:
    """Whether a coroutine of this function can wait; one without an `await` cannot.

    Such a coroutine need not be watched step by step, which is a fifth of what an event costs.
    `await`, `async for` and `async with` all compile to the instruction SEND. Where that cannot
    be seen, the answer is yes, which is slower and never wrong. Every other byte of the code is
    an argument, and might look like it by chance.
    """
    code = getattr(function, "__code__", None)
    return code is None or _SEND is None or _SEND in code.co_code[::2]
