"""The competing consumers: the way in for events, the states of all consumers, the way out.

The pump, which starts consumers, is what they derive from.
"""

import asyncio
import contextvars
import sys
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappush
from threading import get_ident
from typing import TYPE_CHECKING, Any

from event_collector._core import whereabouts
from event_collector._core.attendance import Attendance
from event_collector._core.buffer import QueueType
from event_collector._core.consumer import Consumer
from event_collector._core.cut_off import not_ended, without_cancelled
from event_collector._core.pump import Pump, weakly
from event_collector._core.queued import Queued
from event_collector._core.slices import SLICE, TimeSlice
from event_collector._core.waiting import Barriers
from event_collector._core.watch import IN_SERVICE, InService, Watch, how_changed
from event_collector.collector import Collector
from event_collector.data import Error, Ok, Payload, Result, ResultList
from event_collector.errors import QueueClosedError
from event_collector.event import CarryingEvent, CollectorEvent
from event_collector.instrument import Instrument
from event_collector.metrics import Tally
from event_collector.router import Router

if TYPE_CHECKING:
    from concurrent.futures import Future

CLOSED = object()
"""Stands for no loop at all, not even the None of a thread without one."""


class Consumers(Pump):
    """All consumers of one queue, and the one way in and out for its events.

    Args:
        queue_type: In which order they take events.
        default_priority: For payloads that have no priority.
        router: Which collectors get a payload.
        limits: `min_consumers` and `max_consumers`.
        max_queued: Awaited senders wait while more events than this are queued.
        carry_context: Whether processors run in the context of their payload's sender.
    """

    def __init__(
        self,
        queue_type: QueueType,
        default_priority: int,
        router: Router,
        *,
        limits: tuple[int, int],
        max_queued: int | None,
        carry_context: bool,
    ) -> None:
        self.tally = Tally()
        self.attendance = Attendance(carries=carry_context)
        self._carries = carry_context
        # Weakly: parts that hold the whole would keep it from being freed when it is dropped.
        tell = weakly(self.start_if_needed)
        queued = Queued(queue_type, default_priority, router, max_queued, self.attendance, tell)
        super().__init__(queued, limits, self.attendance.hooks)
        self.hooks.changed = weakly(self.see_anew)
        self.heard = False
        """Whether an instrument is told of what is accepted."""
        self.push = queued.buffer.push
        """The buffer's own function, looked up once: three attributes less for each event."""
        self.barriers = Barriers()
        self.blocking: dict[str | None, float] = {}
        """See `Watch.blocking`."""
        self.cut_off: QueueClosedError | None = None
        """What the events hold that a forced shutdown cuts off, once it does."""
        self.outside: dict[Future[ResultList], CollectorEvent | None] = {}
        """What threads wait for that have sent, with the event as soon as it is accepted."""
        self.open_to: object = CLOSED
        """The loop whose senders are accepted, or CLOSED."""

    # Its states: open, closed, cutting off, forsaken

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work in this loop, and in the context that is current now; accept events."""
        self.watch = watch = Watch(loop, self.blocking)
        watch.attendance = weakref.ref(self.attendance)
        self.hooks.watch = watch
        watch.slice.closed = weakly(self.turned)
        watch.runner_in = partial(whereabouts.runner_in, active=self.active)
        watch.changed = how_changed()
        self.outer = IN_SERVICE.get(None)
        self.attendance.base = context = contextvars.copy_context()
        context.run(IN_SERVICE.set, InService(watch, None, self.outer))
        self.senders = TimeSlice(loop, SLICE / 2)
        """The slice of the awaited senders, so that the consumers always have some time too."""
        self.queued.open(watch)
        self.start_in(watch, context)
        self.cut_off, self.begun = None, True
        self.tally.start(self.time())
        self.thread = get_ident()
        """In which it was opened, and its loop runs unless somebody goes on with it elsewhere."""
        self.see_anew()
        self.open_to = loop

    def close(self) -> None:
        """Accept nothing more, and work off what is queued, paused or not."""
        self.open_to = CLOSED
        self.spare.clear()
        if self.queued.room is not None:
            self.queued.room.send_away()
        self.queued.resume()

    def cut_off_all(self, cut_off: QueueClosedError, *, anew: bool) -> list[Consumer]:
        """Give the queued events an Error and cancel the processors; return who is still at it."""
        self.cut_off = cut_off
        for event in self.queued.take_all():
            self.finish(event, Error(cut_off), (None,), self.time())
        self.pass_on_interrupt()
        at_work = list(self.active.values())
        for consumer in at_work:
            consumer.cancel(anew=anew)
        return at_work

    def abandon(
        self, consumer: Consumer, tell: Callable[[CollectorEvent, list[str | None]], None]
    ) -> None:
        """Give up a consumer that is still at work, and free its place; its event gets what there
        is of results, and what its processors return later is not heard."""
        if self.active.get(consumer.number) is not consumer:
            return
        del self.active[consumer.number]
        heappush(self.free, consumer.number)
        event, consumer.event = consumer.event, None
        if event is not None and self.cut_off is not None:
            results, keys = consumer.all_failed(self.cut_off)
            tell(event, not_ended(results, keys, self.cut_off))
            self.finish(event, results, keys, self.time())
            self.pass_on_interrupt()

    def forsake(self, cut_off: QueueClosedError) -> None:
        """The event loop has ended: give all that it has left behind an Error; nobody waits."""
        self.open_to = CLOSED
        left = [one.event for one in self.active.values() if one.event is not None]
        self.active.clear()
        self.free.clear()
        self.barriers = Barriers()
        for event in [*left, *self.queued.close()]:
            if self.loop.is_closed():  # futures of its cannot be woken; those of a stopped one can
                event._waiters = None
            self.finish(event, Error(cut_off), (None,), event.accepted_at)
        interrupt, self.interrupt = self.interrupt, None
        try:
            if interrupt is not None:  # of a hook, for whoever found this out
                raise interrupt
        finally:
            del interrupt  # its traceback leads back to here

    @property
    def accepting(self) -> bool:
        """Whether senders are accepted."""
        return self.open_to is not CLOSED

    # Changes while it is open

    def limit(self, limits: tuple[int, int], max_queued: int | None) -> None:
        """Have other limits from now on. More consumers begin at once, fewer as they finish."""
        self.limits = limits
        self.crowded = len(self.active) > limits[1]
        self.queued.bound(max_queued, running=self.accepting)
        if self.begun:  # while it is shut down too: there may be queued events
            self.start_if_needed()

    def add_instrument(self, instrument: Instrument) -> None:
        """Tell an instrument of the events that are accepted from now on."""
        self.hooks.add(instrument, self.tally.accepted)
        self.see_anew()

    def remove_instrument(self, instrument: Instrument) -> bool:
        """Tell an instrument of nothing more; say whether it was told before."""
        known = self.hooks.remove(instrument)
        self.see_anew()
        return known

    def current_event(self) -> CollectorEvent | None:
        """See `CollectorQueue.current_event`."""
        event = whereabouts.event_here(self.watch) if self.begun else None
        if not self.attendance.asked:
            self.attendance.asked = True  # first: `open`, in another thread, looks after `begun`
            if self.begun:  # in the loop: consumers rest on it, so it is done between their steps
                self.in_loop(self.see_anew)
        return None if event is None or event.done else event

    def collectors_changed(self) -> None:
        """A collector has come or gone."""
        self.queued.choose_anew()
        self.hooks.tell(self.hooks.collectors_changed)

    def see_anew(self) -> None:
        """What is wanted of processors has changed: see whether the fast path will do."""
        self.attendance.count()
        self.heard = bool(self.hooks.accepted)
        self.heed_turns()
        self.queued.replan()

    # The way in

    def accept(self, payload: Payload[Any]) -> CollectorEvent:
        """Take a payload in, and see to it that a consumer comes."""
        tally, now = self.tally, self.time()
        if now >= tally.second_ends:
            tally.tick(now)
        number = tally.accepted + 1
        event: CollectorEvent
        if self._carries:
            event = CarryingEvent(number, payload, now, self)
            event._context = contextvars.copy_context()
        else:
            event = CollectorEvent(number, payload, now, self)
        # Pushed before it is counted: a priority that cannot be ordered raises here, and the
        # payload is then as if never sent.
        self.push(event)
        tally.accepted = number
        tally.arrivals.append(now)
        if not self.scheduled and len(self.active) < self.limits[1]:
            self.start_soon()
        # Last of all, when nothing is left to do: an interrupt in a hook loses no event.
        if self.heard:
            self.hooks.tell_of(self.hooks.accepted, event)
        return event

    async def wait_for(self, event: CollectorEvent) -> None:
        """Return when an event is done that was not when this was called."""
        if whereabouts.is_served_in(asyncio.current_task(), event, self.active, self.watch):
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
            if waiter.done() and not waiter.cancelled() and waiter.exception():
                # it was to be passed on to this one
                self.interrupt = self.interrupt or waiter.exception()
                self.pass_on_interrupt()
            raise
        finally:
            del waiter  # it has the interrupt, whose traceback leads back to here

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
        if not self.active:
            return None
        return whereabouts.consumer_in(task, self.active, self.watch)

    # The way out

    def finish(
        self,
        event: CollectorEvent,
        results: Result | list[Result],
        keys: Sequence[str | None] | None,
        now: float,
        interrupt: BaseException | None = None,
    ) -> None:
        """Give an event its results, once, and wake whoever waits for that.

        No keys at all say that it was not delivered.
        """
        if event._results is not None:
            return  # a forced shutdown did not wait for it
        if self.cut_off is not None:
            results = without_cancelled(results, self.cut_off)
        event._keys = keys
        event.finished_at = now
        event._results = results  # last: who sees in another thread that it is done sees the rest
        if self.attendance.carries or self.attendance.marks:
            self.attendance.forget(event)
        tally = self.tally
        if now >= tally.second_ends:
            tally.tick(now)
        tally.finished += 1
        if event.taken_at is not None:
            tally.times.append((event.accepted_at, event.taken_at, now))
        else:
            tally.rested = now
        if type(results) is not Ok:
            each = results if isinstance(results, list) else [results]
            tally.errors += len([1 for result in each if isinstance(result, Error)])
        if keys is None:
            tally.undelivered += 1
        if self.hooks.finished:
            try:
                self.hooks.tell_of(self.hooks.finished, event)
            except (KeyboardInterrupt, SystemExit) as exc:  # the consumer has to go on to its end
                interrupt = interrupt or exc
        if interrupt is not None:
            if not event._wake(interrupt) and self.interrupt is None:
                self.interrupt, self.interrupted = interrupt, event
            interrupt = None  # its traceback leads back to here
        elif event._waiters is not None:
            event._wake(None)
        if self.barriers.lasts:
            self.barriers.passed_by(event.id)

    def leave(self, consumer: Consumer) -> None:
        """A consumer ends, with or without its event done."""
        event = consumer.event
        if event is not None and (exc := sys.exception()) is not None:
            # the stop button struck the engine itself: between a processor and its result,
            if event._results is None:
                self.finish(event, *consumer.all_failed(exc), self.time())
            elif event._waiters is not None:  # or between that and those who wait for it
                event._wake(None)
        consumer.take_nothing()
        # Not one of a loop that was closed, and none after the queue was: it holds the queue.
        if len(self.spare) < 16 and consumer.watch is self.watch and self.open_to is not CLOSED:
            self.spare.append(consumer)
        if self.active.get(consumer.number) is consumer:  # else it was given up
            del self.active[consumer.number]
            if self.active:
                heappush(self.free, consumer.number)
            else:
                self.free.clear()
            if self.crowded:
                self.crowded = len(self.active) > self.limits[1]
        if self.pumping or self.loop.is_closed():
            return
        if self.interrupt is not None:
            self.pass_on_interrupt()
        if not self.scheduled and self.queued.has_more():
            self.start_soon()
