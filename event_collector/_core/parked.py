"""Parked events: queued too, but for a collector that is full, and in nobody's way."""

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from event_collector._core.buffer import Buffer
from event_collector.collector import Collector
from event_collector.event import CollectorEvent


class Parked:
    """Events that are queued for a collector that is full. They hold no consumer.

    A lane for each full collector, which holds the events that wait for it, and a heap of the
    lanes that have room. So 5,000 full collectors cost an event nothing: it is not asked of each
    whether it has room, each tells when it has.

    An event for several collectors waits in the lane of the first full one. When that has room,
    another may be full: it is parked again, there. It keeps its rank, and so its turn.

    Args:
        rank_of: What the queue's buffer orders events by.
        tell: Called when one of the collectors has room again.
    """

    def __init__(self, rank_of: Callable[[CollectorEvent], Any], tell: Callable[[], None]) -> None:
        self._rank_of = rank_of
        self._tell = tell
        self._lanes: dict[Collector, _Lane] = {}
        self._chosen: dict[int, Sequence[Collector]] = {}
        """By id of an event, who gets it: the router is not asked a second time. What is parked
        has its entry here, whatever else a lane holds."""
        self._ready: list[tuple[Any, _Lane]] = []
        """A heap of the lanes that may have room, by the rank of their first event."""

    def put(self, event: CollectorEvent, chosen: Sequence[Collector], full: Collector) -> None:
        """Park an event for these collectors, until the full one has room."""
        if full not in self._lanes:
            self._lanes[full] = _Lane(full, self._has_room)
        heappush(self._lanes[full].waiting, (self._rank_of(event), event))
        self._chosen[event.id] = chosen

    @property
    def count(self) -> int:
        """How many events there are."""
        return len(self._chosen)

    def holds(self, event: CollectorEvent) -> bool:
        """Whether an event is parked."""
        return event.id in self._chosen

    def ready(self) -> bool:
        """Whether one of the collectors has room."""
        ready = self._ready
        while ready:
            rank, lane = ready[0]
            if lane.waiting and lane.waiting[0][0] == rank and not lane.limiter.full:
                return True
            heappop(ready)  # it is told of again when it has room again
        return False

    def before(self, buffer: Buffer) -> CollectorEvent | None:
        """The next event whose collector has room, unless the buffer's next one goes first.

        It stays here: `pop` takes it away, when somebody holds it.
        """
        if not self.ready():
            return None
        rank, lane = self._ready[0]
        return None if buffer and buffer.rank() < rank else lane.waiting[0][1]

    def pop(self) -> Sequence[Collector]:
        """Take away what `before` has given, and say who gets it."""
        _, lane = heappop(self._ready)
        _, event = heappop(lane.waiting)
        if lane.waiting:
            heappush(self._ready, (lane.waiting[0][0], lane))
        else:
            self._close(lane)
        return self._chosen.pop(event.id)

    def mend(self, wanted: Callable[[CollectorEvent], bool]) -> None:
        """Hold what is wanted, each once, and know who has room, wherever an interrupt struck."""
        known: set[int] = set()
        for lane in list(self._lanes.values()):
            lane.waiting = [
                (rank, event)
                for rank, event in lane.waiting
                if event.id in self._chosen and wanted(event)
            ]
            heapify(lane.waiting)
            known.update(event.id for _, event in lane.waiting)
            if not lane.waiting:
                self._close(lane)
        self._chosen = {number: all_ for number, all_ in self._chosen.items() if number in known}
        self._ready = [(lane.waiting[0][0], lane) for lane in self._lanes.values()]
        heapify(self._ready)

    def places(self) -> dict[int, str]:
        """By id of an event, the key of the collector that it waits for."""
        return {event.id: one.key for one, lane in self._lanes.items() for _, event in lane.waiting}

    def counts(self) -> dict[Collector, int]:
        """How many events wait for each full collector."""
        return {one: len(lane.waiting) for one, lane in list(self._lanes.items())}

    def oldest(self) -> float | None:
        """When the oldest event was accepted; None if there is none. For any thread."""
        lanes = [lane.waiting.copy() for lane in list(self._lanes.values())]
        return min((event.accepted_at for lane in lanes for _, event in lane), default=None)

    def events(self) -> list[CollectorEvent]:
        """All events, in no order that is promised."""
        return [event for lane in self._lanes.values() for _, event in lane.waiting]

    def clear(self) -> None:
        """Forget all events."""
        for lane in list(self._lanes.values()):
            self._close(lane)
        self._chosen.clear()
        self._ready.clear()

    def _has_room(self, lane: "_Lane") -> None:
        if lane.waiting:  # an interrupt may have struck as one was parked in it
            heappush(self._ready, (lane.waiting[0][0], lane))
        self._tell()

    def _close(self, lane: "_Lane") -> None:
        if lane.tell in lane.limiter.on_room:
            lane.limiter.on_room.remove(lane.tell)
        lane.waiting = []
        del self._lanes[lane.collector]


class _Lane:
    """The events that wait for one collector."""

    def __init__(self, collector: Collector, has_room: "Callable[[_Lane], None]") -> None:
        assert collector._limiter is not None
        self.collector = collector
        self.waiting: list[tuple[Any, CollectorEvent]] = []
        """A heap, by rank: an event may come back to it that others of this lane follow."""
        self.limiter = collector._limiter
        self._has_room = has_room
        self.limiter.on_room.append(self.tell)

    def tell(self) -> None:
        """The collector has room. (A method: a function that the lane kept would be a cycle.)"""
        self._has_room(self)

    def __lt__(self, other: "_Lane") -> bool:
        return False  # of lanes with one rank, which are one lane told of twice
