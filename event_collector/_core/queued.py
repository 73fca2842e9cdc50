"""The queued events, and which of them a consumer takes next, for whom."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from event_collector._core.attendance import Attendance
from event_collector._core.buffer import QueueType, make_buffer
from event_collector._core.parked import Parked
from event_collector._core.waiting import Room
from event_collector._core.watch import Watch
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.data import Payload
from event_collector.event import CollectorEvent
from event_collector.metrics import CollectorMetrics
from event_collector.router import Router, SimpleRouter, Told

type Route = Callable[[Payload[Any]], Sequence[Collector]]


class Taker(Protocol):
    """A consumer, as far as this knows it."""

    number: int
    event: CollectorEvent | None
    collector: Any
    chosen: Sequence[Collector] | None
    """The collectors that get the event; None when a custom router decides."""
    fault: BaseException | None
    """What the router raised instead of choosing."""


class Queued:
    """Holds the queued events and gives them to consumers, one by one.

    An event lies in the buffer, or it is parked: its collector is full, and it waits for room
    there without holding a consumer. Both count as queued.

    Args:
        queue_type: In which order consumers take them.
        default_priority: For payloads that have no priority.
        router: Which collectors get a payload.
        max_queued: Awaited senders wait while more events than this are queued.
        attendance: What is wanted of the processors besides their results.
        tell: Called when there may be an event to take that was not to be taken before.
    """

    def __init__(
        self,
        queue_type: QueueType,
        default_priority: int,
        router: Router,
        max_queued: int | None,
        attendance: Attendance,
        tell: Callable[[], None],
    ) -> None:
        self.buffer = make_buffer(queue_type, default_priority)
        self.queue_type = queue_type
        self.parked = Parked(self.buffer.rank_of, tell)
        """Events that are queued too, for collectors that are full."""
        self.router = router
        self.route: Route | None = None
        """The router's choice, if choosing is all that it does."""
        self.max_queued = max_queued
        self.room: Room | None = None
        """Where awaited senders wait; None without `max_queued`."""
        self.plain = False
        """Whether only the order counts, and the default router's choice: see `Consumer.work`."""
        self._own_route = False
        self._steps_left: int | None = None
        self._untold: Iterator[Any] = iter(())
        """Who is to be told still that the event was taken which was taken last."""
        self._attendance = attendance
        self._tell = tell
        self._keys: tuple[Sequence[Collector], list[str]] = ((), [])
        self._limited: tuple[Sequence[Collector], list[Collector]] = ((), [])
        self._heed_router()
        if isinstance(router, SimpleRouter):
            router._changed = Told(self._heed_router)

    def _heed_router(self) -> None:
        """See what the router does: the object may have got a method of its own. It is asked here
        from then on, and not by consumers, which know its choice from when they began."""
        self.route = route_of(self.router)
        simple = isinstance(self.router, SimpleRouter) and self.router.as_written
        self._own_route = self._own_route or not simple
        self.replan()

    def open(self, watch: Watch) -> None:
        """Begin anew in the loop of this watch: with no pause, and nobody who waits for room."""
        self._watch = watch
        self._own_route = False
        self._heed_router()
        self.room = None if self.max_queued is None else Room(watch.loop, self.max_queued)
        self._steps_left = None
        self.replan()

    def close(self) -> list[CollectorEvent]:
        """The loop has ended, and who waited for room ended with it: take all events."""
        self.room = None
        return self.take_all()

    def __len__(self) -> int:
        """How many events are queued."""
        return len(self.buffer) + self.parked.count

    def has_more(self) -> bool:
        """Whether a consumer would find an event to take."""
        if self._steps_left == 0:
            return False
        if self.buffer:
            return True
        return not self.plain and self.parked.count > 0 and self.parked.ready()

    def oldest(self) -> float | None:
        """When the oldest queued event was accepted; None if none is queued. For any thread."""
        known = [self.buffer.oldest(), self.parked.oldest()]
        return min((each for each in known if each is not None), default=None)

    def events(self) -> list[CollectorEvent]:
        """All queued events, in the order of their sending."""
        waiting = [*self.buffer.events(), *self.parked.events()]
        return sorted(waiting, key=lambda event: event.id)

    def counts(self, at_work: Mapping[Collector, int]) -> dict[str, CollectorMetrics]:
        """By key, in order: what each has done, and how many payloads wait for it and are in it."""
        parked = self.parked.counts()
        return {
            key: CollectorMetrics(
                each.processed,
                each.errors,
                0 if each._limiter is None else parked.get(each, 0) + each._limiter.waiting,
                at_work.get(each, 0),
                each._dead.among(self._attendance) is not None,
            )
            for key, each in self.router.collectors.items()
        }

    def take_all(self) -> list[CollectorEvent]:
        """Take all events at once, for nobody."""
        events = self._empty()
        if self.room is not None:
            self.room.let_go(0)
        return events

    # Pausing

    @property
    def paused(self) -> bool:
        """Whether consumers take events only as `step` allows."""
        return self._steps_left is not None

    @property
    def steps_left(self) -> int:
        """How many more events are given while it is paused; 0 where it is not."""
        return self._steps_left or 0

    def pause(self) -> None:
        """Give no more events."""
        self._steps_left = 0
        self.replan()

    def resume(self) -> None:
        """Give events again."""
        self._steps_left = None
        self.replan()
        self._tell()

    def step(self, count: int) -> None:
        """While paused: give so many more events."""
        self._steps_left = (self._steps_left or 0) + count
        self._tell()

    def bound(self, max_queued: int | None, *, running: bool) -> None:
        """Have another bound from now on; None: no bound, and who waits for room may go."""
        self.max_queued = max_queued
        if self.room is None:
            if running and max_queued is not None:  # else `open` makes the room
                self.room = Room(self._watch.loop, max_queued)
        elif self._watch.loop.is_closed():
            return  # nobody waits
        elif max_queued is None:
            self.room.lift()
            self.room = None
        else:
            self.room.limit = max_queued
            self.room.let_go(len(self))
        self.replan()

    # What consumers ask for

    def take(self, taker: Taker, now: float) -> CollectorEvent | None:
        """Give a consumer the next event, and who gets it; None if there is none now.

        The consumer holds it before it leaves here: an interrupt in between loses nothing.
        """
        taker.event = taker.collector = taker.chosen = None
        while self._steps_left != 0 and self._next(taker):
            event, chosen = taker.event, taker.chosen
            assert event is not None
            if chosen and self.park(event, chosen):
                taker.event = None
                # Nobody takes it, so it is not counted, and the search goes on. Ten thousand
                # events for one full collector may lie here: not in one go.
                if self._watch.slice.over(self._watch.time()):
                    return None
                continue
            event.consumer = taker.number
            if taken := self._attendance.hooks.taken:
                self._untold = iter(taken)
            event.taken_at = now
            if self._steps_left:  # none left, if the router has just paused the queue
                self._steps_left -= 1
            # After the event has left, and before anybody else runs: a sender who is let go
            # must find the room that is counted here.
            if self.room is not None:
                self.room.let_go(len(self))
            try:
                return event
            finally:
                del taker, event  # what the router raised leads back to here
        return None

    def tell_of(self, event: CollectorEvent | None) -> None:
        """Tell that an event was taken; told again, whoever was not told of it."""
        if event is not None:
            self._attendance.hooks.tell_of(self._untold, event)

    def park(self, event: CollectorEvent, chosen: Sequence[Collector]) -> bool:
        """If one of the collectors of an event is full: let the event wait for it."""
        for collector in self._with_limits(chosen):
            if collector._limiter is not None and collector._limiter.turns_away:
                event.taken_at = event.consumer = None
                self.parked.put(event, chosen, collector)
                self.plain = False
                return True
        return False

    def keys_of(self, chosen: Sequence[Collector]) -> list[str]:
        """Their keys. The last answer is kept: everyone is asked for again and again."""
        if chosen is not self._keys[0]:
            self._keys = chosen, [collector.key for collector in chosen]
        return self._keys[1]

    def choose_anew(self) -> None:
        """Have the events that are parked chosen for anew: a collector has come or gone."""
        if self.parked.count:
            events = self.events()
            try:
                self._put_back(events)
            except BaseException:  # the stop button strikes once: all are there, none twice
                self._put_back(events)
                raise
            finally:
                self.replan()
                self._tell()

    def _empty(self) -> list[CollectorEvent]:
        events = self.events()
        self.parked.clear()
        while self.buffer:
            self.buffer.take_first(self.buffer)
        return events

    def _put_back(self, events: list[CollectorEvent]) -> None:
        self._empty()
        for event in events:
            self.buffer.put_back(event)

    def _next(self, taker: Taker) -> bool:
        """Whichever goes first: a parked event whose collector has room, or the buffer's next."""
        if self.parked.count and (event := self.parked.before(self.buffer)) is not None:
            taker.event = event
            taker.chosen = self.parked.pop()
            self.replan()  # it may have been the last one
            return True
        if not self.buffer:
            return False
        buffer = self.buffer
        taker.event = event = buffer.first()
        buffer.take_first(buffer)
        self._choose(event, taker)
        del event, taker  # what the router raised leads back to here
        return True

    def holds(self, event: CollectorEvent) -> bool:
        """Whether an event is queued, however long it takes to find that out."""
        return event in self.buffer.events() or self.parked.holds(event)

    def mend(self) -> None:
        """Hold what is not done, and that once, wherever an interrupt has struck."""
        self.buffer.keep(_not_done)
        self.parked.mend(_not_done)
        if self.room is not None:
            self.room.let_go(len(self))
        self.replan()

    def _with_limits(self, chosen: Sequence[Collector]) -> list[Collector]:
        """Those with `max_concurrency`. Only the last answer is kept: a cache of all choices that
        there have been would grow for ever."""
        if chosen is not self._limited[0]:
            self._limited = chosen, [one for one in chosen if one._limiter is not None]
        return self._limited[1]

    def _choose(self, event: CollectorEvent, taker: Taker) -> None:
        """Ask the router who gets an event. What it raises is kept, for the event's result."""
        if self.route is None:
            return
        try:
            # In a context of its own: what it sets is not the processor's to see, nor the next's.
            if self._own_route:
                chosen = self._attendance.context_of(event).run(self.route, event.payload)
                chosen = tuple(chosen)
                self._watch.router_chose()
            else:
                chosen = self.route(event.payload)
            for collector in chosen:
                if not isinstance(collector, Collector):
                    raise TypeError(
                        f"route() must return Collectors, got {type(collector).__name__}: "
                        f"{one_line(collector)}; take them from self.collectors.values()"
                    )
            taker.chosen = chosen
        # Everything, the stop button too: the event has left the buffer, and must get a result.
        except BaseException as exc:
            taker.chosen, taker.fault = (), exc
        finally:
            del event, taker  # what the router raised leads back to here

    def replan(self) -> None:
        """See anew whether it is plain."""
        self.plain = (
            not self._own_route
            and self.room is None
            and self._steps_left is None
            and self.parked.count == 0
            and not self._attendance.outside
        )


def _not_done(event: CollectorEvent) -> bool:
    return not event.done


def route_of(router: Router) -> Route | None:
    """The router's own choice, if choosing is all that it does.

    Such a router is asked for its choice alone: no coroutine of its own is needed then.
    """
    return router.route if isinstance(router, SimpleRouter) and router.only_chooses else None
