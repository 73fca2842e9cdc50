"""The competing consumers: the way in for events, the states of all consumers, the way out.

The pump, which starts consumers, is what they derive from.
"""

import asyncio
import contextvars
import weakref
from collections.abc import Sequence
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any

from event_collector._core import whereabouts
from event_collector._core.attendance import Attendance
from event_collector._core.awaited import Awaited
from event_collector._core.batches import Batches
from event_collector._core.buffer import QueueType
from event_collector._core.consumer import Consumer
from event_collector._core.cut_off import without_cancelled
from event_collector._core.pump import CLOSED, weakly
from event_collector._core.queued import Queued
from event_collector._core.service import IN_SERVICE, in_service
from event_collector._core.slices import SLICE, TimeSlice
from event_collector._core.waiting import Barriers
from event_collector._core.watch import Watch, how_changed
from event_collector.collector import Collector
from event_collector.data import Error, Ok, Payload, Result, ResultList
from event_collector.event import CarryingEvent, CollectorEvent
from event_collector.instrument import Instrument
from event_collector.metrics import Tally
from event_collector.router import Router

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from event_collector._core.hooks import Hook
    from event_collector.errors import QueueClosedError


class Consumers(Awaited):
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
        router.collectors._check_batches(limits[1])
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

    # Its states: open, closed, cutting off, forsaken

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work in this loop, and in the context that is current now; accept events."""
        self.watch = watch = Watch(loop, self.blocking)
        watch.attendance = weakref.ref(self.attendance)
        can_take = weakref.WeakMethod(self.can_take)
        self.hooks.watch = watch
        watch.slice.closed = weakly(self.turned)
        watch.runner_in = partial(whereabouts.runner_in, active=self.active)
        watch.changed = how_changed()
        self.outer = IN_SERVICE.get(None)
        self.attendance.base = context = contextvars.copy_context()
        context.run(IN_SERVICE.set, in_service(watch, None, self.outer))
        self.batches = Batches(watch, context, lambda: bool((take := can_take()) and take()))
        watch.batches = weakref.ref(self.batches)
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
            self.queued.room.send_away(len(self.queued))
        self.queued.resume()
        self.batches.hurry()

    # Changes while it is open

    def limit(self, limits: tuple[int, int], max_queued: int | None) -> None:
        """Have other limits from now on. More consumers begin at once, fewer as they finish."""
        self.queued.router.collectors._check_batches(limits[1])
        self.limits = limits
        self.crowded = len(self.active) > limits[1]
        self.queued.bound(max_queued, running=self.accepting)
        if self.begun:  # while it is shut down too: there may be queued events
            self.start_if_needed()
        self.hooks.tell(self.hooks.limits_changed)

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

    def current_events(self) -> list[CollectorEvent]:
        """See `CollectorQueue.current_events`."""
        if self.begun and (events := whereabouts.batch_here(self.watch)) is not None:
            return list(events)
        event = self.current_event()
        return [] if event is None else [event]

    def send_off(self, collector: Collector) -> None:
        """A collector gets nothing more: do not wait for more in its batch. How long it held the
        loop is not to be put down to what has its key from now on."""
        self.blocking.pop(collector.key, None)
        if self.begun:
            self.batches.send_off(collector)

    def collectors_changed(self, told: "Iterator[Hook]") -> None:
        """A collector has come or gone. Parked events were chosen for those of before."""
        self.queued.choose_anew()
        self.hooks.tell(told)

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
        event: CollectorEvent
        if self._carries:
            event = CarryingEvent()
            event._context = contextvars.copy_context()
        else:
            event = CollectorEvent()
        event.payload = payload
        event.accepted_at = now
        event.taken_at = event.finished_at = event.consumer = None
        event._results = event._waiters = None
        event._consumers = self
        left = None  # who is still to be told
        try:
            # Numbered and counted in one go, with no call in between: at any call the interpreter
            # may run a finalizer or a signal's handler that sends, too, and has the next number.
            event.id = tally.accepted = tally.accepted + 1
            # A priority that cannot be ordered raises here: the payload is as if never sent.
            self.push(event)
            tally.arrivals.append(now)
            if not self.scheduled and len(self.active) < self.limits[1]:
                self.start_soon()
            # Last of all, when nothing is left to do: an interrupt in a hook loses no event.
            if self.heard:
                left = iter(self.hooks.accepted)
                self.hooks.tell_of(left, event)
        except BaseException:
            self._struck_at_the_door(event, left)
            raise
        return event

    def _struck_at_the_door(self, event: CollectorEvent, left: "Iterator[Hook] | None") -> None:
        """Something was raised as an event was accepted: it is, if it lies in the buffer."""
        tally = self.tally
        if self.queued.holds(event):
            if not (tally.arrivals and tally.arrivals[-1] is event.accepted_at):
                tally.arrivals.append(event.accepted_at)
            self.start_if_needed()
            if self.heard:
                self.hooks.tell_of(self.hooks.accepted if left is None else left, event)
        elif event.consumer is None and all(one.event is not event for one in self.active.values()):
            # It was counted, and is not accepted after all. Its number is free again, unless others
            # have come since, or wait for it: then it counts as done.
            barriers = self.barriers
            if tally.accepted == event.id and not (
                barriers.lasts and barriers.lasts[-1] >= event.id
            ):
                tally.accepted -= 1
            else:
                tally.finished += 1
                barriers.passed_by(event.id)

    # The way out

    def finish(
        self,
        event: CollectorEvent,
        results: Result | list[Result],
        keys: Sequence[str | None] | None,
        now: float,
        interrupt: BaseException | None = None,
    ) -> None:
        """Give an event its results, once, and wake who waits. No keys: it was not delivered."""
        if event._results is not None:
            return  # a forced shutdown did not wait for it
        if self.cut_off is not None:
            results = without_cancelled(results, self.cut_off)
        tally = self.tally
        if now >= tally.second_ends:
            tally.tick(now)
        errors, undelivered = tally.errors, tally.undelivered + (keys is None)
        if type(results) is not Ok:
            each = results if isinstance(results, list) else [results]
            errors += len([1 for result in each if isinstance(result, Error)])
        told = self.hooks.finished
        left = iter(told)
        event._keys = keys
        event.finished_at = now
        # The results last: who sees in another thread that it is done sees the rest. And the counts
        # follow at once, with nothing in between that an interrupt could strike.
        event._results = results
        tally.errors, tally.undelivered, tally.finished = errors, undelivered, tally.finished + 1
        try:
            if self.attendance.carries or self.attendance.marks:
                self.attendance.forget(event)
            if event.taken_at is not None:
                tally.times.append((event.accepted_at, event.taken_at, now))
            else:
                tally.rested = now
            if told:
                self.hooks.tell_of(left, event)
        except (KeyboardInterrupt, SystemExit) as exc:  # the consumer has to go on to its end
            interrupt = interrupt or exc
            self.hooks.tell_of(left, event)  # whoever is still to be told, if it struck before
        try:
            if interrupt is not None:
                if not event._wake(interrupt) and self.interrupt is None:
                    self.interrupt, self.interrupted = interrupt, event
            elif event._waiters is not None:
                event._wake(None)
            if self.barriers.lasts:
                self.barriers.passed_by(event.id)
        except BaseException:  # the stop button struck
            event._wake(None)
            self.mend()
            raise
        finally:
            interrupt = None  # its traceback leads back to here

    def struck(self, consumer: Consumer, exc: BaseException) -> None:
        """The stop button struck the engine itself, in a consumer's step."""
        self.queued.mend()
        event = consumer.event
        if event is not None:
            if self.queued.holds(event):  # it was just being taken, and is taken anew
                event.taken_at = event.consumer = consumer.event = None
            elif event._results is None:  # between a processor and its result,
                if event.taken_at is not None:
                    self.queued.tell_of(event)
                self.finish(event, *consumer.all_failed(exc), self.time())
            elif event._waiters is not None:  # or between that and those who wait for it
                event._wake(None)
        self.mend()

    def mend(self) -> None:
        """Put right what an interrupt has left half done, wherever it has struck.

        What is kept is made anew from what there is. Of results and their counts nothing is to be
        mended: between them there is no place where an interrupt is heeded.
        """
        super().mend()
        in_service = {one.event for one in self.active.values()}
        left = [
            event.id for event in (*self.queued.events(), *in_service) if event and not event.done
        ]
        self.barriers.mend(left)
