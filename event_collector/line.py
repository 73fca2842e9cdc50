"""The line: the events that wait, and which of them a consumer takes next, for whom."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from event_collector._text import one_line
from event_collector.buffer import Aside, Buffer
from event_collector.collector import Collector
from event_collector.pace import BLOCKED, Pace
from event_collector.router import Router, SimpleRouter
from event_collector.waiting import Room

if TYPE_CHECKING:
    from event_collector.consumer import Consumer
    from event_collector.data import Payload
    from event_collector.event import CollectorEvent

    type Route = Callable[[Payload[Any]], Sequence[Collector]]


class Line:
    """Holds the queued events and gives them to consumers, one by one.

    Args:
        make_buffer: Makes what events wait in.
        router: Which collectors get a payload.
        max_queued: Awaited senders wait while more events than this are queued.
        tell: Called when there may be an event to take that was not to be taken before.
    """

    def __init__(
        self,
        make_buffer: Callable[[], Buffer],
        router: Router,
        max_queued: int | None,
        tell: Callable[[], None],
    ) -> None:
        self.buffer = make_buffer()
        self.aside = Aside(self.buffer.rank_of, tell)
        """Events that are queued too, for collectors that are full."""
        self.router = router
        self.route = route_of(router)
        """The router's choice, if choosing is all that it does."""
        self.max_queued = max_queued
        self.room: Room | None = None
        """Where awaited senders wait; None without `max_queued`."""
        self.plain = False
        """Whether a consumer has nothing to heed but the order and the default router's choice."""
        self._own_route = type(router) is not SimpleRouter
        self._steps_left: int | None = None
        self._tell = tell
        self._last: tuple[Sequence[Collector], list[Collector]] = ((), [])

    def open(self, loop: AbstractEventLoop) -> None:
        """Begin anew in this loop: with no pause, and with nobody who waits for room."""
        self.room = None if self.max_queued is None else Room(loop, self.max_queued)
        self._steps_left = None
        self._replan()

    def __len__(self) -> int:
        """How many events are queued."""
        return len(self.buffer) + self.aside.count

    def has_more(self) -> bool:
        """Whether a consumer would find an event to take."""
        if self._steps_left == 0:
            return False
        return bool(self.buffer) or (self.aside.count > 0 and self.aside.ready())

    def events(self) -> "list[CollectorEvent]":
        """All queued events, in the order of their sending."""
        waiting = [*self.buffer.events(), *self.aside.events()]
        return sorted(waiting, key=lambda event: event.id)

    def take_all(self) -> "list[CollectorEvent]":
        """Take all events at once, for nobody."""
        events = self.events()
        self.aside.clear()
        while self.buffer:
            self.buffer.pop()
        if self.room is not None:
            self.room.let_go(0)
        return events

    # Pausing

    @property
    def paused(self) -> bool:
        """Whether consumers take events only as `step` allows."""
        return self._steps_left is not None

    def pause(self) -> None:
        """Give no more events."""
        self._steps_left = 0
        self._replan()

    def resume(self) -> None:
        """Give events again."""
        self._steps_left = None
        self._replan()
        self._tell()

    def step(self, count: int) -> None:
        """While paused: give so many more events."""
        self._steps_left = (self._steps_left or 0) + count
        self._tell()

    # What consumers ask for

    def take(self, consumer: "Consumer", now: float) -> "CollectorEvent | None":
        """The next event for a consumer, which is told who gets it; None if there is none now."""
        pace = consumer.pace
        while self._steps_left != 0:
            if self.aside.count and (found := self.aside.pop_before(self.buffer)) is not None:
                event, chosen = found
                consumer.chosen = chosen
                consumer.collector = chosen[0] if len(chosen) == 1 else None
                if self.set_aside(event, consumer):  # another of its collectors is full
                    if pace.slice.over(pace.time()):
                        break
                    continue
                self._replan()
            elif self.buffer:
                event = self.buffer.pop()
                self._choose(event, consumer)
                if self.set_aside(event, consumer):
                    if pace.slice.over(pace.time()):
                        break
                    continue
            else:
                break
            event.taken_at = now
            event.consumer = consumer.number
            consumer.event = event
            if self._steps_left is not None:
                self._steps_left -= 1
            if self.room is not None:
                self.room.let_go(len(self))
            return event
        consumer.event = None
        return None

    def set_aside(self, event: "CollectorEvent", consumer: "Consumer") -> bool:
        """If one of the collectors of an event is full: let the event wait for it."""
        chosen = consumer.chosen
        if not chosen:
            return False
        for collector in self._gated(chosen):
            if collector._gate is not None and collector._gate.full:
                event.taken_at = event.consumer = consumer.event = None
                self.aside.put(event, chosen, collector)
                self.plain = False
                return True
        return False

    def put_back(self) -> None:
        """Have the events that are set aside chosen for anew: a collector has come or gone."""
        if self.aside.count:
            waiting = self.events()
            self.aside.clear()
            while self.buffer:
                self.buffer.pop()
            for event in waiting:
                self.buffer.push(event)
            self._replan()
            self._tell()

    def _gated(self, chosen: Sequence[Collector]) -> list[Collector]:
        """Those with a limit. The last answer is kept: everyone is asked for again and again."""
        if chosen is not self._last[0]:
            self._last = chosen, [one for one in chosen if one._gate is not None]
        return self._last[1]

    def _choose(self, event: "CollectorEvent", consumer: "Consumer") -> None:
        """Ask the router who gets an event. What it raises is kept, for the event's result."""
        consumer.chosen = consumer.collector = None
        if self.route is None:
            return
        try:
            chosen = self.route(event.payload)
            if self._own_route:
                chosen = tuple(chosen)
                _watch(consumer, consumer.pace)
            for collector in chosen:
                if not isinstance(collector, Collector):
                    raise TypeError(
                        f"route() must return Collectors, got {type(collector).__name__}: "
                        f"{one_line(collector)}; take them from self.collectors.values()"
                    )
            consumer.collector = chosen[0] if len(chosen) == 1 else None
            consumer.chosen = chosen
        except BaseException as exc:
            consumer.chosen, consumer.fault = (), exc

    def _replan(self) -> None:
        self.plain = (
            not self._own_route
            and self.room is None
            and self._steps_left is None
            and self.aside.count == 0
        )


def route_of(router: Router) -> "Route | None":
    """The router's own choice, if choosing is all that it does.

    Such a router is asked for its choice alone: no coroutine of its own is needed then.
    """
    return router.route if isinstance(router, SimpleRouter) and router.only_chooses else None


def _watch(consumer: "Consumer", pace: Pace) -> None:
    """A router of the user's own has chosen: see whether it held the loop for too long."""
    now = pace.time()
    if now - pace.mark > BLOCKED:
        consumer.blame(now)
    pace.mark = now
