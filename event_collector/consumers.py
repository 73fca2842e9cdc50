"""The competing consumers: they grow with demand, share the loop's time, and never exceed a bound.

A consumer is a numbered place for one event in service. It has a task only while it has an event:
starting one is cheaper than waking one that sleeps. The pump is one callback of the loop that
starts consumers, each in a task that runs at once, until the buffer is empty or the bound is
reached. Control comes back to the pump exactly when a processor waits, so the next consumer
starts then. A consumer that has finished its event takes the next one before it leaves.
"""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

from event_collector.buffer import Buffer
from event_collector.collector import Collector
from event_collector.consumer import Consumer, route_of
from event_collector.data import Error, Payload, ResultList
from event_collector.errors import QueueClosedError
from event_collector.event import CollectorEvent
from event_collector.metrics import Tally
from event_collector.router import Router
from event_collector.waiting import Barriers, Room, TimeSlice

logger = logging.getLogger("event_collector")

GRACE = 1.0
"""Seconds that a cancelled processor has to end before a forced shutdown gives it up."""

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
        self._free: list[int] = []
        self._barriers = Barriers()
        self._scheduled = self._pumping = False
        self._interrupt: BaseException | None = None
        self._cut_off: QueueClosedError | None = None
        self.open_to: object = CLOSED
        """The loop whose senders are accepted, or CLOSED."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work in this loop, and in the context that is current now; accept events."""
        self.loop = loop
        self.time = loop.time
        self._context = contextvars.copy_context()
        self._slice_over = TimeSlice(loop).over
        self._room = None if self.max_queued is None else Room(loop, self.max_queued)
        self._scheduled = False
        self._cut_off = None
        self.open_to = loop

    @property
    def accepting(self) -> bool:
        """Whether senders are accepted."""
        return self.open_to is not CLOSED

    # The way in

    def accept(self, payload: Payload[Any]) -> CollectorEvent:
        """Take a payload in, and see to it that a consumer comes."""
        tally = self.tally
        tally.accepted = number = tally.accepted + 1
        now = self.time()
        event = CollectorEvent(number, payload, now, self)
        self.buffer.push(event)
        tally.arrivals.append(now)
        if self.recorders:
            for record in self.recorders:
                record(event)
        if not self._scheduled and len(self.active) < self.limits[1]:
            self._pump_soon()
        return event

    def make_way(self, event: CollectorEvent) -> Generator[Any, Any, CollectorEvent]:
        """What an awaited sender does: wait for room, or let others have their turn."""
        if self._room is not None and len(self.buffer) > self._room.limit:
            yield from self._room.wait()
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

    def at_work_in(self, task: asyncio.Task[Any] | None) -> Consumer | None:
        """The consumer whose event's processor or router runs in this very task."""
        for consumer in self.active.values():
            if consumer.runs_in(task):
                return consumer
        return None

    async def wait_for_all(self) -> None:
        """Return when every event accepted so far is done."""
        tally = self.tally
        await self._barriers.wait(self.loop, tally.accepted, tally.accepted - tally.finished)

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
        active, free, most = self.active, self._free, self.limits[1]
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
                interrupt = None
                try:
                    results = await consumer.serve(event)
                except (KeyboardInterrupt, SystemExit) as exc:
                    interrupt = exc
                    results = consumer.all_failed(exc)
                if self._cut_off is not None:
                    results = _cut_off(results, self._cut_off)
                now = self.time()
                self._finish(event, results, now, interrupt)
                if (
                    interrupt is not None
                    or not self.buffer
                    or self.active.get(consumer.number) is not consumer
                    or task.cancelling()  # the next event must not feel it
                    or self._slice_over(now)
                ):
                    return
        finally:
            self._leave(consumer)

    def _take(self, consumer: Consumer, now: float) -> CollectorEvent:
        event = self.buffer.pop()
        event.taken_at = now
        event.consumer = consumer.number
        if self._room is not None:
            self._room.let_go(len(self.buffer))
        return event

    def _finish(
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
            if type(result) is Error:
                tally.errors += 1
        if interrupt is not None:
            if not event._wake(interrupt):
                self._interrupt = interrupt
        elif event._waiters:
            event._wake(None)
        if self._barriers:
            self._barriers.passed_by(event.id)

    def _leave(self, consumer: Consumer) -> None:
        if self.active.get(consumer.number) is consumer:
            del self.active[consumer.number]
            if self.active:
                heappush(self._free, consumer.number)
            else:
                self._free.clear()
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

    # The end

    async def stop(self, timeout: float | None) -> None:
        """Process what was accepted, for `timeout` seconds at most; then cut the rest off.

        Cancelled, it cuts off at once and raises the CancelledError after that.
        """
        try:
            async with asyncio.timeout(timeout):
                await self.wait_for_all()
        except TimeoutError:
            why = f"shut down before the event was processed (shutdown_timeout={timeout:g})"
            await self._cut(QueueClosedError(why, "send it again, or raise shutdown_timeout"))
        except asyncio.CancelledError:
            why = "shut down before the event was processed (the shutdown was cancelled)"
            await self._cut(QueueClosedError(why, "send it again"))
            raise

    async def _cut(self, cut_off: QueueClosedError) -> None:
        """Give every event that is not done an Error, and cancel the processors that are at it."""
        self._cut_off = cut_off
        while self.buffer:
            event = self.buffer.pop()
            self._finish(event, ResultList([Error(cut_off)]), self.time())
        if self._room is not None:
            self._room.let_go(0)
        at_work = list(self.active.values())
        tasks = [consumer.task for consumer in at_work if consumer.task is not None]
        for task in tasks:
            task.cancel()
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=GRACE)
        finally:
            for consumer in at_work:
                if self.active.pop(consumer.number, None) is consumer:
                    self._abandon(consumer, cut_off)
            self._free.clear()

    def _abandon(self, consumer: Consumer, cut_off: QueueClosedError) -> None:
        """Finish the event of a processor that does not let itself be cancelled."""
        event = consumer.event
        assert event is not None
        results = consumer.all_failed(cut_off)
        stuck = [
            f"collector {key!r}"
            for key, result in zip(results.keys, results, strict=True)
            if key is not None and result == Error(cut_off)
        ]
        logger.warning(
            "event %d was given up: %s did not end within %g s of being cancelled",
            event.id,
            ", ".join(stuck) or "the router",
            GRACE,
        )
        self._finish(event, results, self.time())


def _raise(interrupt: BaseException) -> None:
    raise interrupt


def _cut_off(results: ResultList, cut_off: QueueClosedError) -> ResultList:
    """The results of an event that a forced shutdown cancelled: what was cancelled, was cut off."""
    for place, result in enumerate(results):
        if isinstance(result, Error) and isinstance(result.exception, asyncio.CancelledError):
            results[place] = Error(cut_off)
    return results
