"""The queued events, and which of them a consumer takes next, for whom."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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
from event_collector.router import Router, SimpleRouter

type Route = Callable[[Payload[Any]], Sequence[Collector]]


class Taken(NamedTuple):
    """An event for a consumer, and who gets it."""

    event: CollectorEvent
    chosen: Sequence[Collector] | None
    """The collectors that get it; None when a custom router decides."""
    fault: BaseException | None = None
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
        self.route = route_of(router)
        """The router's choice, if choosing is all that it does."""
        self.max_queued = max_queued
        self.room: Room | None = None
        """Where awaited senders wait; None without `max_queued`."""
        self.plain = False
        """Whether a consumer has nothing to heed but the order and the default router's choice.
        It may pop from the buffer itself then, see `Consumer.work`."""
        self._own_route = type(router) is not SimpleRouter
        self._steps_left: int | None = None
        self._attendance = attendance
        self._tell = tell
        self._keys: tuple[Sequence[Collector], list[str]] = ((), [])
        self._limited: tuple[Sequence[Collector], list[Collector]] = ((), [])

    def open(self, watch: Watch) -> None:
        """Begin anew in the loop of this watch: with no pause, and nobody who waits for room."""
        self._watch = watch
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
        return bool(self.buffer) or (self.parked.count > 0 and self.parked.ready())

    def oldest(self) -> float | None:
        """When the oldest queued event was accepted; None if none is queued. For any thread."""
        known = [self.buffer.oldest(), self.parked.oldest()]
        return min((each for each in known if each is not None), default=None)

    def events(self) -> list[CollectorEvent]:
        """All queued events, in the order of their sending."""
        waiting = [*self.buffer.events(), *self.parked.events()]
        return sorted(waiting, key=lambda event: event.id)

    def counts(self) -> dict[str, CollectorMetrics]:
        """What each collector has done, and how many payloads wait for it, by key, in order."""
        parked = self.parked.counts()
        return {
            key: CollectorMetrics(
                each.processed,
                each.errors,
                0 if each._limiter is None else parked.get(each, 0) + each._limiter.waiting,
                each.lifecycle_ended,
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

    def take(self, number: int, now: float) -> Taken | None:
        """The next event for the consumer of a number; None if there is none now."""
        while self._steps_left != 0 and (taken := self._next()) is not None:
            event, chosen = taken.event, taken.chosen
            if chosen and self.park(event, chosen):
                # Nobody takes it, so it is not counted, and the search goes on. Ten thousand
                # events for one full collector may lie here: not in one go.
                if self._watch.slice.over(self._watch.time()):
                    return None
                continue
            event.consumer = number
            event.taken_at = now
            if self._steps_left is not None:
                self._steps_left -= 1
            # After the event has left, and before anybody else runs: a sender who is let go
            # must find the room that is counted here.
            if self.room is not None:
                self.room.let_go(len(self))
            try:
                return taken
            finally:
                del taken, event  # what the router raised leads back to here
        return None

    def park(self, event: CollectorEvent, chosen: Sequence[Collector]) -> bool:
        """If one of the collectors of an event is full: let the event wait for it."""
        for collector in self._with_limits(chosen):
            if collector._limiter is not None and collector._limiter.full:
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
            for event in self._empty():
                self.buffer.push(event)
            self.replan()
            self._tell()

    def _next(self) -> Taken | None:
        """Whichever goes first: a parked event whose collector has room, or the buffer's next."""
        if self.parked.count and (found := self.parked.pop_before(self.buffer)) is not None:
            self.replan()  # it may have been the last one
            return Taken(*found)
        return self._choose(self.buffer.pop()) if self.buffer else None

    def _empty(self) -> list[CollectorEvent]:
        events = self.events()
        self.parked.clear()
        while self.buffer:
            self.buffer.pop()
        return events

    def _with_limits(self, chosen: Sequence[Collector]) -> list[Collector]:
        """Those with `max_concurrency`. Only the last answer is kept: a cache of all choices that
        there have been would grow for ever."""
        if chosen is not self._limited[0]:
            self._limited = chosen, [one for one in chosen if one._limiter is not None]
        return self._limited[1]

    def _choose(self, event: CollectorEvent) -> Taken:
        """Ask the router who gets an event. What it raises is kept, for the event's result."""
        if self.route is None:
            return Taken(event, None)
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
            return Taken(event, chosen)
        # Everything, the stop button too: the event has left the buffer, and must get a result.
        except BaseException as exc:
            return Taken(event, (), exc)
        finally:
            del event  # what the router raised leads back to here

    def replan(self) -> None:
        """See anew whether it is plain."""
        self.plain = (
            not self._own_route
            and self.room is None
            and self._steps_left is None
            and self.parked.count == 0
            and not self._attendance.outside
        )


def route_of(router: Router) -> Route | None:
    """The router's own choice, if choosing is all that it does.

    Such a router is asked for its choice alone: no coroutine of its own is needed then.
    """
    return router.route if isinstance(router, SimpleRouter) and router.only_chooses else None
