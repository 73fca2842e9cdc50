"""The competing consumers: they grow with demand, share the loop's time, and never exceed a bound.

A consumer is a numbered place for one event in service. It has a task only while it has an event:
starting one is cheaper than waking one that sleeps. The pump is one callback of the loop that
starts consumers, each in a task that runs at once, until the buffer is empty or the bound is
reached. Control comes back to the pump exactly when a processor waits, so the next consumer
starts then. A consumer that has finished its event takes the next one before it leaves.
"""

import asyncio
import contextvars
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from event_collector.buffer import Buffer
from event_collector.collector import Collector
from event_collector.consumer import Consumer, route_of, without_cancelled
from event_collector.data import Error, Payload, ResultList
from event_collector.dispatch import changed
from event_collector.event import CollectorEvent
from event_collector.metrics import Tally
from event_collector.router import Router
from event_collector.waiting import Barriers, Room, TimeSlice

if TYPE_CHECKING:
    from event_collector.errors import QueueClosedError

CLOSED = object()
"""Stands for no loop at all, not even the None of a thread without one."""

_TURN = 256
"""An awaited sender makes way for others after this many events of the queue."""


class Consumers:
    """All consumers of one queue, and the one way in for its events.

    Args:
        buffer: Where accepted events wait.
        router: Which collectors get a payload.
        limits: `min_consumers` and `max_consumers`.
        max_queued: Awaited senders wait while more events than this are queued.
    """

    def __init__(
        self, buffer: Buffer, router: Router, *, limits: tuple[int, int], max_queued: int | None
    ) -> None:
        self.tally = Tally()
        self.limits = limits
        self.max_queued = max_queued
        self.buffer = buffer
        self.active: dict[int, Consumer] = {}
        self.recorders: list[Callable[[CollectorEvent], None]] = []
        """Each is called with every event, as soon as it is accepted."""
        self.on_interrupt: Callable[[BaseException], None] = _raise
        """Gets a KeyboardInterrupt or SystemExit that no caller waits for; raises it, unless set.
        A notebook's kernel would end if it were raised in its loop."""
        self._router = router
        self._route = route_of(router)
        self.free: list[int] = []
        """The numbers of consumers that ended, below those at work."""
        self.barriers = Barriers()
        self._scheduled = self._pumping = False
        self._interrupt: BaseException | None = None
        self.cut_off: QueueClosedError | None = None
        """What the events hold that a forced shutdown cuts off, once it does."""
        self.open_to: object = CLOSED
        """The loop whose senders are accepted, or CLOSED."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work in this loop, and in the context that is current now; accept events."""
        self.loop = loop
        self.time = loop.time
        self._context = contextvars.copy_context()
        self._slice_over = TimeSlice(loop).over
        self.room = None if self.max_queued is None else Room(loop, self.max_queued)
        self._scheduled = False
        self.cut_off = None
        self.open_to = loop

    @property
    def accepting(self) -> bool:
        """Whether senders are accepted."""
        return self.open_to is not CLOSED

    # The way in

    def accept(self, payload: Payload[Any]) -> CollectorEvent:
        """Take a payload in, and see to it that a consumer comes."""
        tally = self.tally
        now = self.time()
        event = CollectorEvent(tally.accepted + 1, payload, now, self)
        self.buffer.push(event)
        tally.accepted += 1
        tally.arrivals.append(now)
        if self.recorders:
            for record in self.recorders:
                record(event)
        if not self._scheduled and len(self.active) < self.limits[1]:
            self._pump_soon()
        return event

    def make_way(self, event: CollectorEvent) -> Generator[Any, Any, CollectorEvent]:
        """What an awaited sender does: wait for room, or let others have their turn."""
        if self.room is not None and len(self.buffer) > self.room.limit:
            yield from self.room.wait()
        elif event.id % _TURN == 0 or self._slice_over(event.accepted_at):
            yield
        return event

    async def wait_for(self, event: CollectorEvent) -> None:
        """Return when an event is done. The caller's own time is used to get it there."""
        if asyncio.get_running_loop() is not self.loop:
            raise RuntimeError(
                "wait() was called outside the queue's event loop; "
                "from another thread use send_threadsafe(payload).result()"
            )
        if not self._pumping and not self._slice_over(self.time()):
            self._pump()
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
                raise

    async def wait_until_unused(self, collector: Collector) -> None:
        """Return when every event is done that is in service now and may reach a collector."""
        for event in [
            consumer.event for consumer in self.active.values() if consumer.may_reach(collector)
        ]:
            if event is not None and not event.done:
                await event._add_waiter(caller=False)

    def _serves(self, event: CollectorEvent, task: asyncio.Task[Any] | None) -> bool:
        consumer = None if event.consumer is None else self.active.get(event.consumer)
        return consumer is not None and consumer.event is event and consumer.runs_in(task)

    def at_work_in(self, task: asyncio.Task[Any] | None) -> Consumer | None:
        """The consumer whose event's processor or router runs in this very task."""
        for consumer in self.active.values():
            if consumer.runs_in(task):
                return consumer
        return None

    async def wait_for_all(self) -> None:
        """Return when every event accepted so far is done."""
        tally = self.tally
        await self.barriers.wait(self.loop, tally.accepted, tally.accepted - tally.finished)

    # The pump

    def _pump_soon(self) -> None:
        self._scheduled = True
        self.loop.call_soon(self._turn, context=self._context)

    def _turn(self) -> None:
        self._scheduled = False
        self._pump()
        if self._interrupt is not None:
            self._raise_interrupt()

    def _pump(self) -> None:
        """Start consumers while there are events and places for them."""
        active, free, most = self.active, self.free, self.limits[1]
        self._pumping = True
        try:
            while self.buffer and len(active) < most:
                if self._slice_over(self.time()):
                    if not self._scheduled:
                        self._pump_soon()
                    break
                number = heappop(free) if free else len(active) + 1
                active[number] = consumer = Consumer(number, self._router, self._route)
                asyncio.Task(
                    self._consume(consumer),
                    loop=self.loop,
                    name=f"event_collector consumer {number}",
                    context=self._context.copy(),
                    eager_start=True,
                )
        finally:
            self._pumping = False

    # A consumer

    async def _consume(self, consumer: Consumer) -> None:
        """Take events one after the other until none is queued or the slice is over."""
        consumer.task = task = asyncio.current_task()
        assert task is not None
        try:
            now = self.time()
            while True:
                event = self._take(consumer, now)
                leave = False
                try:
                    results = await consumer.serve(event.payload)
                except BaseException as exc:
                    leave = isinstance(exc, KeyboardInterrupt | SystemExit | GeneratorExit)
                    if leave and not isinstance(exc, GeneratorExit):
                        consumer.interrupt = exc
                    results = consumer.all_failed(exc)
                if consumer.dispatch is not None and consumer.dispatch.interrupt is not None:
                    consumer.interrupt = consumer.dispatch.interrupt
                if self.cut_off is not None:
                    results = without_cancelled(results, self.cut_off)
                now = self.time()
                self.finish(event, results, now, consumer.interrupt)
                del event, results  # an Error's frames lead back here: see `failed`
                if (
                    leave
                    or consumer.interrupt is not None
                    or not self.buffer
                    or self.active.get(consumer.number) is not consumer
                    or task.cancelling()  # the next event must not feel it,
                    or changed(self._context)  # nor see what it has set
                    or self._slice_over(now)
                ):
                    return
        finally:
            self._leave(consumer)

    def _take(self, consumer: Consumer, now: float) -> CollectorEvent:
        event = self.buffer.pop()
        event.taken_at = now
        event.consumer = consumer.number
        consumer.take(event)
        if self.room is not None:
            self.room.let_go(len(self.buffer))
        return event

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
        if not results.delivered:
            tally.undelivered += 1
        for result in results:
            if isinstance(result, Error):
                tally.errors += 1
        if interrupt is not None:
            if not event._wake(interrupt) and self._interrupt is None:
                self._interrupt = interrupt
        elif event._waiters:
            event._wake(None)
        if self.barriers:
            self.barriers.passed_by(event.id)

    def _leave(self, consumer: Consumer) -> None:
        consumer.take(None)
        if self.active.get(consumer.number) is consumer:
            del self.active[consumer.number]
            if self.active:
                heappush(self.free, consumer.number)
            else:
                self.free.clear()
        if self._pumping or self.loop.is_closed():
            return
        if self._interrupt is not None:
            self.loop.call_soon(self._raise_interrupt, context=self._context)
        if self.buffer and not self._scheduled:
            self._pump_soon()

    def _raise_interrupt(self) -> None:
        """Pass a KeyboardInterrupt or SystemExit on to whoever runs the pump or the loop."""
        interrupt, self._interrupt = self._interrupt, None
        if self.buffer and not self._scheduled:
            self._pump_soon()
        if interrupt is not None:
            self.on_interrupt(interrupt)


def _raise(interrupt: BaseException) -> None:
    raise interrupt
