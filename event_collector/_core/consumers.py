"""The competing consumers: the way in for events, the pump that starts consumers, the way out.

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
from collections.abc import Callable
from functools import lru_cache, partial
from heapq import heappop, heappush
from typing import Any

from event_collector._core.buffer import QueueType
from event_collector._core.consumer import (
    Consumer,
    consumer_in,
    is_served_in,
    runner_in,
    without_cancelled,
)
from event_collector._core.queued import Queued
from event_collector._core.slices import SLICE, TimeSlice
from event_collector._core.waiting import Barriers
from event_collector._core.watch import CURRENT, Watch
from event_collector.collector import Collector
from event_collector.data import Error, Ok, Payload, ResultList
from event_collector.errors import QueueClosedError
from event_collector.event import CollectorEvent
from event_collector.metrics import Tally
from event_collector.router import Router

CLOSED = object()
"""Stands for no loop at all, not even the None of a thread without one."""


class Consumers:
    """All consumers of one queue, and the one way in and out for its events.

    Args:
        queue_type: In which order they take events.
        default_priority: For payloads that have no priority.
        router: Which collectors get a payload.
        limits: `min_consumers` and `max_consumers`.
        max_queued: Awaited senders wait while more events than this are queued.
    """

    def __init__(
        self,
        queue_type: QueueType,
        default_priority: int,
        router: Router,
        *,
        limits: tuple[int, int],
        max_queued: int | None,
    ) -> None:
        self.tally = Tally()
        self.limits = limits
        tell = self._pump_if_needed
        self.queued = Queued(queue_type, default_priority, router, max_queued, tell)
        self.active: dict[int, Consumer] = {}
        self.recorders: list[Callable[[CollectorEvent], None]] = []
        """Each is called with every event, as soon as it is accepted."""
        self.on_interrupt: Callable[[BaseException], None] = _raise
        """Gets a KeyboardInterrupt or SystemExit that no caller waits for; raises it, unless set.
        A notebook's kernel would end if it were raised in its loop."""
        self.on_turn: Callable[[], object] | None = None
        """Called once in each turn of the loop in which there were events to take, after them."""
        self._spare: list[Consumer] = []
        self._free: list[int] = []
        """The numbers of consumers that ended, below those at work."""
        self.barriers = Barriers()
        self.blocking: dict[str | None, float] = {}
        """See `Watch.blocking`."""
        self._scheduled = self._pumping = False
        self._interrupt: BaseException | None = None
        self.cut_off: QueueClosedError | None = None
        """What the events hold that a forced shutdown cuts off, once it does."""
        self.open_to: object = CLOSED
        """The loop whose senders are accepted, or CLOSED."""

    # Its states: open, closed, cutting off, forsaken

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work in this loop, and in the context that is current now; accept events."""
        self.loop = loop
        self.watch = Watch(loop, self.blocking)
        self.time = self.watch.time
        self.context = contextvars.copy_context()
        """In which consumers run."""
        self.context.run(CURRENT.set, self.watch)
        self.watch.runner_in = partial(runner_in, active=self.active)
        self.senders = TimeSlice(loop, SLICE / 2)
        """The slice of the awaited senders, so that the consumers always have some time too."""
        self.queued.open(self.watch)
        self._scheduled = False
        self._spare.clear()  # they have the watch of the loop before
        self.cut_off = None
        self.open_to = loop

    def close(self) -> None:
        """Accept nothing more, and work off what is queued, paused or not."""
        self.open_to = CLOSED
        self.queued.resume()

    def cut_off_all(self, cut_off: QueueClosedError) -> list[Consumer]:
        """Give the queued events an Error and cancel the processors; return who is still at it."""
        self.cut_off = cut_off
        for event in self.queued.take_all():
            self.finish(event, ResultList([Error(cut_off)]), self.time())
        at_work = list(self.active.values())
        for consumer in at_work:
            consumer.cancel()
        return at_work

    def abandon(
        self, consumer: Consumer, tell: Callable[[CollectorEvent, ResultList], None]
    ) -> None:
        """Give up a consumer that is still at work; its event gets what there is of results.

        Its place is free, and what its processors return later is not heard.
        """
        if self.active.pop(consumer.number, None) is not consumer:
            return
        event, consumer.event = consumer.event, None
        if event is not None and self.cut_off is not None:
            results = consumer.all_failed(self.cut_off)
            tell(event, results)
            self.finish(event, results, self.time())

    def forsake(self, cut_off: QueueClosedError) -> None:
        """The event loop has ended: give all that it has left behind an Error; nobody waits."""
        self.open_to = CLOSED
        left = [one.event for one in self.active.values() if one.event is not None]
        self.active.clear()
        self._free.clear()
        self.barriers = Barriers()
        for event in [*left, *self.queued.close()]:
            event._waiters = None  # futures of the loop that was closed: they cannot be woken
            self.finish(event, ResultList([Error(cut_off)]), event.accepted_at)

    @property
    def accepting(self) -> bool:
        """Whether senders are accepted."""
        return self.open_to is not CLOSED

    # The way in

    def accept(self, payload: Payload[Any]) -> CollectorEvent:
        """Take a payload in, and see to it that a consumer comes."""
        tally, now = self.tally, self.time()
        number = tally.accepted + 1
        event = CollectorEvent(number, payload, now, self)
        # Pushed before it is counted: a priority that cannot be ordered raises here, and the
        # payload is then as if never sent.
        self.queued.buffer.push(event)
        tally.accepted = number
        tally.arrivals.append(now)
        if self.recorders:
            for record in self.recorders:
                record(event)
        if not self._scheduled and len(self.active) < self.limits[1]:
            self._pump_soon()
        return event

    async def wait_for(self, event: CollectorEvent) -> None:
        """Return when an event is done. The caller's own time is used to get it there."""
        if _get_running_loop() is not self.loop:
            raise RuntimeError(
                "wait() was called outside the queue's event loop; "
                "from another thread use send_threadsafe(payload).result()"
            )
        if not self._pumping:
            # Most events are done by this, in the waiter's own step: a round trip through the
            # loop would cost more than the event. What it takes is not the waiter's doing: the
            # marks of its own queue and of this one are moved on by as much.
            watch, outer = self.watch, CURRENT.get(None)
            mark, began = watch.mark, self.time()
            self._pump()
            watch.mark = mark + self.time() - began
            if outer is not None and outer is not watch:
                outer.mark += self.time() - began
            interrupt, self._interrupt = self._interrupt, None
            if interrupt is not None:
                raise interrupt
        if event._results is None:
            if is_served_in(asyncio.current_task(), event, self.active, self.watch):
                raise RuntimeError(
                    f"wait() of event {event.id} was called by a processor of that very event, "
                    "which would wait for itself; return a result instead"
                )
            waiter = event._add_waiter(caller=True)
            try:
                await waiter
            except asyncio.CancelledError:
                if event._waiters is not None:
                    event._waiters.pop(waiter, None)
                if waiter.done() and not waiter.cancelled() and (exc := waiter.exception()):
                    self._interrupt = self._interrupt or exc  # it was to be passed on to this one
                    self.loop.call_soon(self._raise_interrupt, context=self.context)
                raise

    async def wait_until_unused(self, collector: Collector) -> None:
        """Return when every event is done that is in service now and may reach a collector."""
        for event in [one.event for one in self.active.values() if one.may_reach(collector)]:
            if event is not None and not event.done:
                await event._add_waiter(caller=False)

    async def wait_for_all(self) -> None:
        """Return when every event accepted so far is done."""
        tally = self.tally
        await self.barriers.wait(self.loop, tally.accepted, tally.accepted - tally.finished)

    def at_work_in(self, task: asyncio.Task[Any] | None) -> Consumer | None:
        """The consumer whose event's processor or router runs in this very task."""
        return consumer_in(task, self.active, self.watch) if self.active else None

    # The pump

    def _pump_soon(self) -> None:
        # In the queue's own context: without it `call_soon` takes along that of whoever sends,
        # and all consumers would run in the first sender's.
        self.loop.call_soon(self._turn, context=self.context)
        self._scheduled = True  # afterwards: an interrupt between the two does no harm

    def _pump_if_needed(self) -> None:
        if not (self._scheduled or self._pumping or self.loop.is_closed()):
            self._pump_soon()

    def _turn(self) -> None:
        self._scheduled = False
        self._pump()
        if self.on_turn is not None:
            self.on_turn()
        if self._interrupt is not None:
            self._raise_interrupt()

    def _pump(self) -> None:
        """Start consumers while there are events and places for them."""
        active, free, most, watch = self.active, self._free, self.limits[1], self.watch
        loop, context, spare = self.loop, self.context, self._spare
        # Not entered again from within: a consumer that runs here may send, and wait.
        self._pumping = True
        try:
            while len(active) < most and self.queued.has_more():
                now = self.time()
                if watch.resting or (now >= watch.slice.end and watch.slice.over(now)):
                    if not self._scheduled:
                        self._pump_soon()
                    break
                # The lowest free number, so that consumers 1 to n are at work; and in its place
                # before the task is made, since that runs at once and leaves by this number.
                number = heappop(free) if free else len(active) + 1
                active[number] = consumer = spare.pop() if spare else Consumer(self)
                consumer.number = number
                # asyncio.Task is looked up at each call: nest-asyncio2 puts another in its
                # place. The context is a copy: an eager task in one that is entered already
                # raises, and leaves the loop without a current task.
                asyncio.Task(
                    consumer.work(),
                    loop=loop,
                    name=_name(number),
                    context=context.copy(),
                    eager_start=True,
                )
        except BaseException:  # the stop button struck the engine itself
            self._pump_soon()
            raise
        finally:
            self._pumping = False

    # The way out

    def finish(
        self,
        event: CollectorEvent,
        results: ResultList,
        now: float,
        interrupt: BaseException | None = None,
    ) -> None:
        """Give an event its results, once, and wake whoever waits for that."""
        if event._results is not None:
            return  # a forced shutdown did not wait for it
        event._results = results
        event.finished_at = now
        tally = self.tally
        tally.finished += 1
        if event.taken_at is not None:
            tally.times.append((event.accepted_at, event.taken_at, now))
        if len(results) > 1 or type(results[0]) is not Ok or self.cut_off is not None:
            if self.cut_off is not None:
                without_cancelled(results, self.cut_off)
            tally.errors += len(results.errors)
        if results._keys is None:
            tally.undelivered += 1
        if interrupt is not None:
            if not event._wake(interrupt) and self._interrupt is None:
                self._interrupt = interrupt
        elif event._waiters is not None:
            event._wake(None)
        if self.barriers.lasts:
            self.barriers.passed_by(event.id)

    def leave(self, consumer: Consumer) -> None:
        """A consumer ends: its place is free."""
        event = consumer.event
        if event is not None and event._results is None and (exc := sys.exception()) is not None:
            # the stop button struck the engine itself, between a processor and its result
            self.finish(event, consumer.all_failed(exc), self.time())
        consumer.take_nothing()
        if len(self._spare) < 16 and consumer.watch is self.watch:  # not of a loop that was closed
            self._spare.append(consumer)
        if self.active.get(consumer.number) is consumer:  # else it was given up
            del self.active[consumer.number]
            if self.active:
                heappush(self._free, consumer.number)
            else:
                self._free.clear()
        if self._pumping or self.loop.is_closed():
            return
        if self._interrupt is not None:
            self.loop.call_soon(self._raise_interrupt, context=self.context)
        if not self._scheduled and self.queued.has_more():
            self._pump_soon()

    def _raise_interrupt(self) -> None:
        """Pass a KeyboardInterrupt or SystemExit on to whoever runs the pump or the loop."""
        interrupt, self._interrupt = self._interrupt, None
        if not self._scheduled and self.queued.has_more():
            self._pump_soon()
        if interrupt is not None:
            self.on_interrupt(interrupt)


@lru_cache(maxsize=128)
def _name(number: int) -> str:
    return f"event_collector consumer {number}"


def _raise(interrupt: BaseException) -> None:
    raise interrupt
