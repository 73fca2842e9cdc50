"""The competing consumers: they grow with demand, share the loop's time, and never exceed a bound.

A consumer is a numbered place for one event in service. It has a task only while it has an event:
starting one is cheaper than waking one that sleeps. The pump is one callback of the loop that
starts consumers, each in a task that runs at once, until the buffer is empty or the bound is
reached. Control comes back to the pump exactly when a processor waits, so the next consumer
starts then. A consumer that has finished its event takes the next one before it leaves.
"""

import asyncio
import contextvars
import sys
from asyncio import _get_running_loop
from collections.abc import Callable, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from event_collector.buffer import Buffer
from event_collector.collector import Collector
from event_collector.consumer import Consumer, without_cancelled
from event_collector.data import Ok, Payload, ResultList
from event_collector.dispatch import outermost
from event_collector.event import CollectorEvent
from event_collector.line import Line
from event_collector.metrics import Tally
from event_collector.pace import CURRENT, SLICE, Pace, TimeSlice
from event_collector.router import Router
from event_collector.waiting import Barriers
from event_collector.watched import Watched

if TYPE_CHECKING:
    from event_collector.errors import QueueClosedError

CLOSED = object()
"""Stands for no loop at all, not even the None of a thread without one."""


class Consumers:
    """All consumers of one queue, and the one way in for its events.

    Args:
        make_buffer: Makes what accepted events wait in.
        router: Which collectors get a payload.
        limits: `min_consumers` and `max_consumers`.
        max_queued: Awaited senders wait while more events than this are queued.
    """

    def __init__(
        self,
        make_buffer: Callable[[], Buffer],
        router: Router,
        *,
        limits: tuple[int, int],
        max_queued: int | None,
    ) -> None:
        self.tally = Tally()
        self.limits = limits
        self.line = Line(make_buffer, router, max_queued, self._pump_if_needed)
        self.active: dict[int, Consumer] = {}
        self.recorders: list[Callable[[CollectorEvent], None]] = []
        """Each is called with every event, as soon as it is accepted."""
        self.on_interrupt: Callable[[BaseException], None] = _raise
        """Gets a KeyboardInterrupt or SystemExit that no caller waits for; raises it, unless set.
        A notebook's kernel would end if it were raised in its loop."""
        self.on_turn: Callable[[], object] | None = None
        """Called once in each turn of the loop in which there were events to take, after them."""
        self._keys: tuple[Sequence[Collector], list[str]] = ((), [])
        self._spare: list[Consumer] = []
        self.free: list[int] = []
        """The numbers of consumers that ended, below those at work."""
        self.barriers = Barriers()
        self.blocking: dict[str | None, float] = {}
        """See `Pace.blocking`."""
        self._scheduled = self._pumping = False
        self._interrupt: BaseException | None = None
        self.cut_off: QueueClosedError | None = None
        """What the events hold that a forced shutdown cuts off, once it does."""
        self.open_to: object = CLOSED
        """The loop whose senders are accepted, or CLOSED."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work in this loop, and in the context that is current now; accept events."""
        self.loop = loop
        self.pace = Pace(loop, self.blocking)
        self.time = self.pace.time
        self.context = contextvars.copy_context()
        """In which consumers run."""
        self.context.run(CURRENT.set, self.pace)
        self.pace.at_work = self._watched_in
        self.senders = TimeSlice(loop, SLICE / 2)
        """The slice of the awaited senders, so that the consumers always have some time too."""
        self.line.open(loop)
        self._scheduled = False
        self._spare.clear()
        self.cut_off = None
        self.open_to = loop

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
        self.line.buffer.push(event)
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
            pace, outer = self.pace, CURRENT.get(None)
            mark, began = pace.mark, self.time()
            self._pump()
            pace.mark = mark + self.time() - began  # a processor that waits here is still watched
            if outer is not None and outer is not pace:
                outer.mark += self.time() - began
            interrupt, self._interrupt = self._interrupt, None
            if interrupt is not None:
                raise interrupt
        if event._results is None:
            if self._serves(event, asyncio.current_task()):
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

    def _serves(self, event: CollectorEvent, task: asyncio.Task[Any] | None) -> bool:
        consumer = None if event.consumer is None else self.active.get(event.consumer)
        if consumer is None or consumer.event is not event:
            return False
        return consumer.runs_in(task) or self._give_in(task) == [consumer]

    def at_work_in(self, task: asyncio.Task[Any] | None) -> Consumer | None:
        """The consumer whose event's processor or router runs in this very task.

        Or in one that a custom router has made to give the event's payload to collectors.
        """
        outer = outermost(task)
        for consumer in self.active.values():
            if consumer.task is outer:
                return consumer
        return next(iter(self._give_in(task)), None)

    def _watched_in(self, task: asyncio.Task[Any] | None) -> Watched | None:
        """Who of the consumers and their walkers runs a processor, or the router, in this task."""
        for consumer in self.active.values():
            if consumer.task is task:
                return consumer
            if (walk := consumer.dispatch) is not None and task in walk.walkers:
                return walk.walkers[task]
        return None

    def _give_in(self, task: asyncio.Task[Any] | None) -> list[Consumer]:
        """Whose custom router may have made this task to give the payload to collectors."""
        outer = outermost(task)
        if not self.active or outer is None or outer not in self.pace.giving:
            return []
        payload = self.pace.giving[outer].payload
        return [
            one
            for one in self.active.values()
            if one.chosen is None and one.event is not None and one.event.payload is payload
        ]

    async def wait_for_all(self) -> None:
        """Return when every event accepted so far is done."""
        tally = self.tally
        await self.barriers.wait(self.loop, tally.accepted, tally.accepted - tally.finished)

    # The pump

    def _pump_soon(self) -> None:
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
        active, free, most, pace = self.active, self.free, self.limits[1], self.pace
        loop, context, spare = self.loop, self.context, self._spare
        self._pumping = True
        try:
            while len(active) < most and self.line.has_more():
                now = self.time()
                if pace.resting or (now >= pace.slice.end and pace.slice.over(now)):
                    if not self._scheduled:
                        self._pump_soon()
                    break
                number = heappop(free) if free else len(active) + 1
                active[number] = consumer = spare.pop() if spare else Consumer(self)
                consumer.number = number
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

    # What consumers ask for

    def keys_of(self, chosen: Sequence[Collector]) -> list[str]:
        """Their keys. The last answer is kept: everyone is asked for again and again."""
        if chosen is not self._keys[0]:
            self._keys = chosen, [collector.key for collector in chosen]
        return self._keys[1]

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
        if len(self._spare) < 16 and consumer.pace is self.pace:  # not of a loop that was closed
            self._spare.append(consumer)
        if self.active.get(consumer.number) is consumer:
            del self.active[consumer.number]
            if self.active:
                heappush(self.free, consumer.number)
            else:
                self.free.clear()
        if self._pumping or self.loop.is_closed():
            return
        if self._interrupt is not None:
            self.loop.call_soon(self._raise_interrupt, context=self.context)
        if not self._scheduled and self.line.has_more():
            self._pump_soon()

    def _raise_interrupt(self) -> None:
        """Pass a KeyboardInterrupt or SystemExit on to whoever runs the pump or the loop."""
        interrupt, self._interrupt = self._interrupt, None
        if not self._scheduled and self.line.has_more():
            self._pump_soon()
        if interrupt is not None:
            self.on_interrupt(interrupt)


@lru_cache(maxsize=128)
def _name(number: int) -> str:
    return f"event_collector consumer {number}"


def _raise(interrupt: BaseException) -> None:
    raise interrupt
