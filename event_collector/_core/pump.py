"""The pump: it starts consumers while there are events and places for them.

A consumer is a numbered place for one event in service. It has a task only while it has an event:
starting one is cheaper than waking one that sleeps. The pump is one callback of the loop that
starts consumers, each in a task that runs at once, until nothing is queued or the bound is
reached. Control comes back to it exactly when a processor waits: then the next consumer starts.
That is how consumers grow with demand, without a monitor. One that has finished its event takes
the next before it leaves.
"""

import asyncio
import contextvars
import sys
from asyncio import _get_running_loop
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import lru_cache
from heapq import heappop, heappush
from operator import call
from typing import TYPE_CHECKING
from weakref import WeakMethod

from event_collector._core.consumer import Consumer
from event_collector._core.hooks import Hooks
from event_collector._core.queued import Queued
from event_collector._core.service import IN_SERVICE
from event_collector._core.watch import Watch

if TYPE_CHECKING:
    from event_collector._core.consumers import Consumers
    from event_collector.event import CollectorEvent


NESTED = 4
"""How many pumps may run in each other's steps: each in the step of who waits for its event."""

CLOSED = object()
"""Stands for no loop at all, not even the None of a thread without one."""


class Pump:
    """The places of consumers, who has them, and what fills them.

    Consumers derive from it: an attribute of an attribute would cost each event.

    Args:
        queued: What there is to take.
        limits: `min_consumers` and `max_consumers`.
        hooks: Whoever is told of what happens.
    """

    def __init__(self, queued: Queued, limits: tuple[int, int], hooks: Hooks) -> None:
        self.queued = queued
        self.limits = limits
        self.hooks = hooks
        self.active: dict[int, Consumer] = {}
        """Who is at work, by number."""
        self.crowded = False
        """Whether more are at work than there may be, since the limit was lowered."""
        self.free: list[int] = []
        """The numbers of consumers that ended, below those at work."""
        self.spare: list[Consumer] = []
        """Some of those that ended, to be used again."""
        self.open_to: object = CLOSED
        """The loop whose senders are accepted, or CLOSED."""
        self.begun = False
        """Whether it has ever been open."""
        self.fallen: list[tuple[Consumer, BaseException | None]] = []
        """Those that ended without leaving, and why: they had no stack left."""
        self.pumping = False
        self.scheduled: list[bool] = []
        """Not empty if consumers are about to be started."""
        self.interrupt: BaseException | None = None
        """A KeyboardInterrupt or SystemExit that no caller waits for, until it is passed on."""
        self.interrupted: CollectorEvent | None = None
        """Its event, if it has one."""

    def start_in(self, watch: Watch, context: contextvars.Context) -> None:
        """Start consumers in a loop, and in this context, from now on."""
        self.loop = watch.loop
        self.time = watch.time
        self.watch = watch
        self.context = context
        self.scheduled.clear()
        self.spare.clear()  # they have the watch of the loop before

    @property
    def accepting(self) -> bool:
        """Whether senders are accepted."""
        return self.open_to is not CLOSED

    def start_soon(self) -> None:
        """Start consumers in the next turn of the loop."""
        # In the queue's own context: without it `call_soon` takes along that of whoever sends,
        # and all consumers would run in the first sender's.
        # And what is called is of C, up to where the flag is cleared: see `TimeSlice.over`.
        turn = map(call, (self.scheduled.clear, self._turn))
        self.loop.call_soon(any, turn, context=self.context)
        self.scheduled.append(True)  # afterwards: an interrupt between the two does no harm

    def start_if_needed(self) -> None:
        """The same, unless that is about to happen anyway, or there is nothing to take."""
        if self.scheduled or self.pumping or self.loop.is_closed():
            return
        if self.queued.has_more():
            self.start_soon()

    def can_take(self) -> bool:
        """Whether a consumer can take an event now. If so, one does soon."""
        if len(self.active) >= self.limits[1] or not self.queued.has_more():
            return False
        self.start_if_needed()
        return True

    def _turn(self) -> None:
        if self.fallen:
            self._leave_late()
        self.start()
        if self.interrupt is not None:
            self.raise_interrupt()

    def heed_turns(self) -> None:
        """See anew whether anybody wants to be told of turns."""
        if self.begun:
            self.watch.slice.tell_of_turns(wanted=bool(self.hooks.loop_turn))

    def turned(self) -> None:
        """The slice of a turn is over: whoever wants to know of turns is told."""
        if self.hooks.loop_turn:
            self.context.copy().run(self.hooks.tell, self.hooks.loop_turn)

    def start(self) -> None:
        """Start consumers while there are events and places for them."""
        active, free, watch = self.active, self.free, self.watch
        loop, context, spare = self.loop, self.context, self.spare
        consumer: Consumer | None = None
        try:
            # Not entered again from within: a consumer that runs here may send, and wait.
            self.pumping = True
            # Not `while` with a condition: Python leaves the jump back out of the `try` then, and
            # it is where it heeds the stop button.
            while True:
                # The limit is asked for anew: what runs in here may change it.
                if not (len(active) < self.limits[1] and self.queued.has_more()):
                    break
                now = self.time()
                if watch.resting or (now >= watch.slice.end and watch.slice.over(now)):
                    if not self.scheduled:
                        self.start_soon()
                    break
                # The lowest free number, so that consumers 1 to n are at work; and in its place
                # before the task is made, since that runs at once and leaves by this number.
                number = heappop(free) if free else len(active) + 1
                name = _name(number)  # all that may fail for want of stack comes before, too
                active[number] = consumer = spare.pop() if spare else Consumer(self._whole)
                consumer.number = number
                # asyncio.Task is looked up at each call: nest-asyncio2 puts another in its
                # place. The context is a copy: an eager task in one that is entered already
                # raises, and leaves the loop without a current task.
                task = asyncio.Task(
                    consumer.work(),
                    loop=loop,
                    name=name,
                    context=context.copy(),
                    eager_start=True,
                )
                if task.done() and active.get(number) is consumer:
                    # Whoever called this had used up the stack: the consumer could not begin, or
                    # not even leave. It does so soon, where there is room for it.
                    self.fallen.append((consumer, task.exception()))
                    if not self.scheduled:
                        self.start_soon()
                del task  # an Error's traceback leads back to here, and this to another event
        except BaseException as exc:  # the stop button struck the engine, or no stack is left
            if consumer is not None and consumer.task is None and active.get(number) is consumer:
                del active[number]  # it has no task, and would hold the place for ever
                heappush(free, number)
            if not self.scheduled:
                self.start_soon()
            if isinstance(exc, KeyboardInterrupt | SystemExit):
                self._whole.mend()
            raise
        finally:
            self.pumping = False

    def start_for(self, event: "CollectorEvent") -> Generator[None]:
        """Start consumers, in the own time of who waits for an event: make one step of this.

        Most events are done by it: a round trip through the loop would cost more than the event.
        Not where the stack is deep, by the waiter's own frames, or since that runs in another
        queue's such step, and that in another's. The loop starts them then, soon.

        A generator for the sake of what becomes of its frame. An Error keeps its traceback, that
        the frames it was raised in, each frame the one that called it and what its variables held
        at its end. If the waiter's was among them, and held the queue's History, which holds the
        event, which holds the Error, all of that would live until the garbage collector comes. The
        frame of a generator that was left where it yields was called by nobody.

        Raises:
            RuntimeError: This is not the queue's loop.
            KeyboardInterrupt, SystemExit: A processor raised it.
        """
        if _get_running_loop() is not self.loop:
            raise RuntimeError(
                "wait() was called outside the queue's event loop; "
                "from another thread use send_threadsafe(payload).result()"
            )
        here = IN_SERVICE.get(None)
        depth = 0 if here is None else here.watch.depth
        if not self.pumping and depth < NESTED and not _too_deep():
            # What it takes is not the waiter's doing: the marks of its own queue and of this one
            # are moved on by as much.
            watch = self.watch
            mark, began = watch.mark, self.time()
            try:
                watch.depth = depth + 1
                self.start()
            finally:
                watch.depth = 0
            watch.mark = mark + self.time() - began
            if here is not None and here.watch is not watch:
                here.watch.mark += self.time() - began
            del watch
            if self.interrupt is not None:
                if self.interrupted is event:  # that of its own event: nobody else has to heed it
                    interrupt, self.interrupt, self.interrupted = self.interrupt, None, None
                    try:
                        raise interrupt
                    finally:
                        del interrupt  # its traceback leads back to here
                self.raise_interrupt()
        # An Error's traceback leads back to this frame, and the event holds the Error. Where Python
        # runs a generator to its end to close it, its frame keeps what is left in its variables.
        del event, here, self
        yield

    def in_loop(self, method: Callable[[], None]) -> None:
        """Call a method of this in the loop: now, or soon from another thread.

        If the loop is closed, nothing is called.
        """
        if _get_running_loop() is self.loop:
            method()
            return
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(weakly(method), context=self.context)

    def pass_on_interrupt(self) -> None:
        """Have an interrupt that nobody waits for raised in the next turn, if there is one."""
        if self.interrupt is not None:
            self.loop.call_soon(self.raise_interrupt, context=self.context)

    def raise_interrupt(self) -> None:
        """Pass a KeyboardInterrupt or SystemExit on to whoever runs the pump or the loop."""
        interrupt, self.interrupt, self.interrupted = self.interrupt, None, None
        if not self.scheduled and self.queued.has_more():
            self.start_soon()
        if interrupt is None:
            return
        try:
            if not self.hooks.tell(self.hooks.interrupted, interrupt):
                raise interrupt  # nobody wants to hear of it, or has: a hook that raises has not
        finally:
            del interrupt  # its traceback leads back to here

    def _leave_late(self) -> None:
        """Have consumers leave that ended without: their places are free, their events are done."""
        while self.fallen:
            consumer, fault = self.fallen.pop()
            try:
                fault = fault or RuntimeError("the consumer ended without a reason")
                self._whole.struck(consumer, fault)
                self._whole.leave(consumer)
            finally:
                del consumer, fault

    def leave(self, consumer: Consumer) -> None:
        """A consumer ends. Told again, it does what was not done."""
        event, number = consumer.event, consumer.number
        if event is not None and event._results is None:
            return  # no stack was left to end it: see `Pump.start`
        consumer.take_nothing()
        if self.active.get(number) is consumer:  # else it was given up
            del self.active[number]
            if self.active:
                heappush(self.free, number)
            else:
                self.free.clear()
            if self.crowded:
                self.crowded = len(self.active) > self.limits[1]
        # Not one of a loop that was closed, and none after the queue was: it holds the queue.
        wanted = len(self.spare) < 16 and self.open_to is not CLOSED
        if number and wanted and consumer.watch is self.watch:
            consumer.number = 0  # first: in here twice, it would be at work twice
            self.spare.append(consumer)
        if self.pumping or self.loop.is_closed():
            return
        if self.interrupt is not None:
            self.pass_on_interrupt()
        if not self.scheduled and self.queued.has_more():
            self.start_soon()

    def mend(self) -> None:
        """Put right what an interrupt has left half done, wherever in here it has struck."""
        top = max(self.active, default=0)
        self.free[:] = [number for number in range(1, top) if number not in self.active]
        self.queued.mend()
        self.start_if_needed()

    @property
    def _whole(self) -> "Consumers":
        return self  # type: ignore[return-value]  # it is only ever made as that


def _too_deep() -> bool:
    """Whether the stack should not get deeper: its frames are the users' too, however many.

    Nothing is begun where little of it is left, in whoever's step that is. Not for the processors'
    sake alone: a future whose callbacks find no stack to be scheduled in is done, and has forgotten
    them. Whoever waits for it waits for ever.
    """
    # None where the stack is not so deep. `sys._getframe` raises there, which takes four times as
    # long, and every round trip asks for this.
    return sys._getframemodulename(sys.getrecursionlimit() // 2) is not None


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """A function that calls a method if its object is still there, and does not keep that."""
    found = WeakMethod(method)

    def call() -> None:
        if (there := found()) is not None:
            there()

    return call


@lru_cache(maxsize=128)
def _name(number: int) -> str:
    return f"event_collector consumer {number}"
