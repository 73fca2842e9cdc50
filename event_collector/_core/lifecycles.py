"""Open lifecycles: each is entered and left in a task of its own."""

import asyncio
import contextvars
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from event_collector._core.awaiting import awaiting
from event_collector._core.given_up import give_up, is_given_up
from event_collector._core.inspection import handled_in, stack_of
from event_collector._core.shutdown import GRACE
from event_collector._core.undertaking import closed_over, see_out
from event_collector._core.whereabouts import calls_only, waiters_of
from event_collector._log import logger
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.errors import LifecycleEndedError
from event_collector.settling import StuckLifecycle

SLOW = 10.0
"""Seconds after which a log line says that a lifecycle is still being entered or left."""
AGAIN = 60.0
"""Seconds until the next such line, and the next."""

_IN_LIFECYCLE: "contextvars.ContextVar[OpenLifecycle]" = contextvars.ContextVar(
    "event_collector lifecycle"
)
"""In whose lifecycle the code is that runs here, and that of the tasks which it has started."""


class OpenLifecycle:
    """A collector's lifecycle, from entering it to leaving it.

    A task of its own holds it open, so that a task group, a timeout or a cancel scope in the
    lifecycle is left by the task that entered it, whoever starts and stops the queue. Two signals
    are all that the two sides say to each other: `ready`, when the context is set up, and `stop`,
    when it is to be closed.

    `enter` and `leave` go on to their end, whoever cancels the task that they are called in.

    Args:
        collector: Whose lifecycle.
        limit: For how many seconds it may be entered, or left. None: as long as it takes.
        ended: Called when it ends by itself, with what it raised, and whether that is the end: at
            first while it is still torn down, if that takes time, and again when it has ended.
        loop_ends: Whether the queue has given up, because its loop cancels all tasks.
        moved: Called when one that ends by itself is torn down.

    It fails when its body is unwound: something in it, such as a task group or a timeout, cancels
    the task that holds it open. A failure that does not come up to its `yield` is not seen, such as
    that of a task which nobody awaits; nor is one of a task that outlives it.
    """

    __slots__ = (
        *("_ended", "_failing", "_handled", "_left", "_limit", "_loop_ends", "_moved", "_off"),
        *("_ready", "_refused", "_since", "_stop", "_task", "_teardown", "_verb", "collector"),
    )

    def __init__(
        self,
        collector: Collector,
        limit: float | None,
        ended: Callable[[Collector, BaseException | None, bool], None],
        loop_ends: Callable[[], bool],
        moved: Callable[[], None],
    ) -> None:
        self.collector = collector
        self._limit = limit
        self._ended = ended
        self._loop_ends = loop_ends
        self._moved = moved
        self._left = self._off = self._refused = self._failing = False
        self._stop = asyncio.Event()
        self._ready: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._teardown: asyncio.Task[None] | None = None
        """Sees one to its end that ends by itself, and takes time for that."""
        self._handled: BaseException | None = None
        """What it failed with, as far as that was seen and logged while it was torn down."""
        self._verb, self._since = "", 0.0

    async def enter(self) -> None:
        """Enter the lifecycle, if the collector has one; return when its context is set up.

        Raises:
            TypeError: What the lifecycle returned is not an async context manager.
            TimeoutError: It was not entered within the limit. It was cancelled then.
            LifecycleEndedError: Its context belongs to one that was given up, or somebody cancelled
                its task.
            asyncio.CancelledError: It was called off.
            Exception: Whatever the lifecycle raised, with a note that names the collector. In all
                cases it is not open then.
        """
        collector = self.collector
        if collector.lifecycle is None:
            return
        if is_given_up(collector.ctx):
            raise LifecycleEndedError(
                collector.key, "was given up, and may still work with its Context", ANEW
            )
        loop = asyncio.get_running_loop()
        self._ready = ready = loop.create_future()
        name = f"event_collector lifecycle {collector.key!r}"
        with self._slowly("entered"):
            # Under an eager task factory its first step is made in here, see `_hold`.
            self._task = task = loop.create_task(self._hold(ready), name=name)
            if not await see_out([ready, task], self._limit, first=True):
                await self._break_off(task)
            if self._off and not await see_out([task], self._limit):
                await self._break_off(task)
        if self._off:
            self._raise_its_own(task)
            raise asyncio.CancelledError
        if ready.done():
            task.add_done_callback(self._see_why)
            return
        self._raise_its_own(task)

    def call_off(self) -> None:
        """Nobody wants it any more, while it is entered: cancel it, or leave it if it is open."""
        self._off = True
        self._stop.set()
        if self._task is not None and self._ready is not None and not self._ready.done():
            self._task.cancel()

    async def undo(self) -> None:
        """The stop button struck as it was entered, or left: it is left, however far that was."""
        self.call_off()
        if self._task is not None:
            await see_out([self._task], self._limit)

    async def leave(self, *, quietly: bool = False) -> None:
        """Leave the lifecycle; it is left once, and whoever comes second waits for that.

        Args:
            quietly: Say nothing more of one that has ended by itself, which was logged then.

        Raises:
            TimeoutError: It was not left within the limit. It was cancelled then.
            LifecycleEndedError: Somebody cancelled its task.
            Exception: Whatever the lifecycle raised, now or while it was open. A note on it
                names the collector.
        """
        task = self._task
        if task is None:
            return
        if self._left:  # no longer than the first, who gives it up then
            await see_out([task], None if self._limit is None else self._limit + GRACE)
            return
        if task.done() and quietly:
            self._left = True
            _heard(task)
            return
        self._left = True
        self._stop.set()
        if self._failing:
            self._tear_down()
        if self._teardown is not None:  # it is being left already, by itself, and was logged
            await see_out([self._teardown])
            if not quietly:
                self._raise_its_own(self._teardown)
                self._raise_its_own(task)
            elif task.done():
                _heard(task)
            return
        with self._slowly("left"):
            if not await see_out([task], self._limit):
                await self._break_off(task)
        if not (task.cancelled() and self._loop_ends()):
            self._raise_its_own(task)

    def waits_for(self, task: asyncio.Task[Any] | None, *, late: bool = False) -> bool:
        """Whether the lifecycle runs in the current task, now or when it is left; or whether it, or
        a task of its own, has started that one, and may wait for it before it ends. If it is
        `late`: or whether it waits for that, whoever has started it, and cannot go on without it.

        A task that does nothing but call the queue is what a lifecycle is told to start instead,
        and not to wait for: `asyncio.create_task(queue.shut_down_queue())`. Whether it does wait
        is looked at.
        """
        if task is None or self._task is None or self._task.done():
            return False
        if task is self._task:
            return True
        if _IN_LIFECYCLE.get(None) is self:
            return not calls_only(task) or self._task in awaiting(task)
        return late and self._task in awaiting(task, waiters_of, needs=True)

    def stuck(self) -> StuckLifecycle | None:
        """What it does, if it is just being entered or left."""
        if not self._verb or self._task is None:
            return None
        seconds = asyncio.get_running_loop().time() - self._since
        status = f"being {self._verb}{', since it failed,' if self._failing else ''}"
        return StuckLifecycle(self.collector.key, status, seconds, stack_of(self._task))

    async def _hold(self, ready: asyncio.Future[None]) -> None:
        # By itself: an eager task does this before `create_task` has returned it.
        self._task = asyncio.current_task()
        _IN_LIFECYCLE.set(self)  # in the task's own context, and those of the tasks it starts
        if self._off:
            return
        try:
            async with self._make():
                ready.set_result(None)
                try:
                    await self._stop.wait()
                except asyncio.CancelledError:
                    if not self._loop_ends():
                        self._fails()  # a timeout or a task group of the lifecycle's own
                        raise
                    # All tasks of the loop are cancelled at once, and processors still end that
                    # work with the context. It hears of it when it has its turn, or when that
                    # happens again.
                    await self._stop.wait()
                    raise
        finally:
            if self._failing and not closed_over():
                self._has_failed(sys.exception())

    def _make(self) -> Any:
        collector = self.collector
        assert collector.lifecycle is not None
        manager = collector.lifecycle(collector.ctx)
        if hasattr(manager, "__aenter__") and hasattr(manager, "__aexit__"):
            return manager
        if asyncio.iscoroutine(manager):
            manager.close()
        self._refused = True
        raise TypeError(
            f"lifecycle of {collector.key!r} did not return an async context manager, but "
            f"{one_line(manager)}; put @asynccontextmanager over it"
        )

    def _fails(self) -> None:
        """Its body is being unwound, and it was not told to: its context is about to close."""
        if self._left or self._off or self._stop.is_set():
            return
        self._failing = True
        loop = asyncio.get_running_loop()
        self._verb, self._since = "left", loop.time()
        self._ended(self.collector, None, False)
        # In the next turn: then it has ended, or what it failed with can be seen.
        loop.call_soon(self._tear_down)

    def _tear_down(self) -> None:
        task = self._task
        assert task is not None
        if task.done() or self._teardown is not None:
            return
        self._handled = handled_in(task)
        self._ended(self.collector, self._handled, True)
        loop = asyncio.get_running_loop()
        name = f"event_collector lifecycle {self.collector.key!r} ends"
        self._teardown = teardown = loop.create_task(self._see_it_end(task), name=name)
        teardown.add_done_callback(_heard)

    async def _see_it_end(self, task: asyncio.Task[None]) -> None:
        try:
            with self._slowly("left"):
                if not await see_out([task], self._limit):
                    await self._break_off(task)
        except TimeoutError as exc:
            logger.error("%s", exc, exc_info=exc)
            raise
        finally:
            if not closed_over():
                self._moved()

    def _has_failed(self, exc: BaseException | None) -> None:
        """It is torn down: tell why, unless that was seen before."""
        before, self._handled = self._handled, None
        if self._teardown is None:
            self._verb = ""
            self._moved()
        if self._teardown is None or not (exc is before or isinstance(exc, asyncio.CancelledError)):
            self._ended(self.collector, exc, True)

    def _see_why(self, task: asyncio.Task[None]) -> None:
        """It has ended: if it was not told to, say so."""
        if not (self._failing or self._left or self._off):
            exc = asyncio.CancelledError() if task.cancelled() else task.exception()
            self._ended(self.collector, exc, True)

    def _raise_its_own(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            if not self._off:
                raise LifecycleEndedError(self.collector.key, "was cancelled", ANEW)
        elif (error := task.exception()) is not None:
            note = f"raised by the lifecycle of collector {self.collector.key!r}"
            if not self._refused and note not in getattr(error, "__notes__", ()):
                error.add_note(note)
            raise error

    async def _break_off(self, task: asyncio.Task[None]) -> None:
        """The time is over: cancel it, and raise; give it up if it does not let itself be."""
        key, verb = self.collector.key, self._verb
        self._left = self._left or self._teardown is None  # else somebody may still ask for it
        self._stop.set()
        task.cancel()
        late = TimeoutError(
            f"the lifecycle of collector {key!r} was not {verb} within "
            f"lifecycle_timeout={self._limit:g} s"
        )
        if await see_out([task], GRACE):
            raise late from (None if task.cancelled() else task.exception())
        give_up(self.collector.ctx, task)
        text = f"it did not end within {GRACE:g} s of being cancelled, and was given up: {ANEW}"
        late.add_note(text)
        logger.error("the lifecycle of collector %r: %s", key, text)
        raise late

    @contextmanager
    def _slowly(self, verb: str) -> Iterator[None]:
        """While it is entered or left: known to `settle`, and named in the log if it takes long."""
        loop = asyncio.get_running_loop()
        self._verb, self._since = verb, loop.time()
        # A loop with a clock of its own does not go on for the sake of these timers.
        later = getattr(loop, "call_aside", loop.call_later)
        timer: asyncio.TimerHandle

        def say() -> None:
            nonlocal timer
            timer = later(AGAIN, say)
            stuck = self.stuck()
            if stuck is not None:
                logger.warning("%s", stuck)

        timer = later(SLOW, say)
        try:
            yield
        finally:
            timer.cancel()
            self._verb = ""


type Opened = dict[Collector, OpenLifecycle]
"""The open lifecycles of a queue, as long as it is in one loop: another one has others."""

ANEW = "make a new Collector with a new Context"


def _heard(task: asyncio.Task[None]) -> None:
    """What it raised was logged."""
    if not task.cancelled():
        task.exception()
