"""Buffers: where accepted events wait for a consumer, in the order of the queue's type."""

import enum
from collections import deque
from collections.abc import Callable, Iterable, Sequence, Sized
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol

from event_collector._text import one_line
from event_collector.collector import Collector

if TYPE_CHECKING:
    from event_collector.event import CollectorEvent


class QueueType(enum.Enum):
    """In which order consumers take the queued events."""

    FIFO = "fifo"
    """The one that waits longest first."""
    PRIORITY = "priority"
    """The lowest `Payload.priority` first; ties in the order of sending."""
    LIFO = "lifo"
    """The one that was sent last first."""

    def __repr__(self) -> str:
        return f"QueueType.{self.name}"


class Buffer(Sized, Protocol):
    """What a queue needs of a buffer; an empty one is false."""

    def push(self, event: "CollectorEvent", /) -> None:
        """Add an event."""

    def pop(self) -> "CollectorEvent":
        """Take the next event; the buffer must not be empty."""

    def rank_of(self, event: "CollectorEvent", /) -> Any:
        """What an event is ordered by; the lowest goes first, and no two are alike."""

    def rank(self) -> Any:
        """That of the next event."""

    def events(self) -> "Iterable[CollectorEvent]":
        """All events, in no order that is promised."""


class _Fifo(deque["CollectorEvent"]):
    push = deque.append
    pop = deque.popleft

    def rank_of(self, event: "CollectorEvent") -> int:
        return event.id

    def rank(self) -> int:
        return self[0].id

    def events(self) -> "Iterable[CollectorEvent]":
        return self


class _Lifo(list["CollectorEvent"]):
    push = list.append

    def rank_of(self, event: "CollectorEvent") -> int:
        return -event.id

    def rank(self) -> int:
        return -self[-1].id

    def events(self) -> "Iterable[CollectorEvent]":
        return self


class _Priority(list[tuple[int, int, "CollectorEvent"]]):
    """A heap. The event's id breaks ties, so that events and values are never compared."""

    def __init__(self, default_priority: int) -> None:
        super().__init__()
        self._default = default_priority

    def rank_of(self, event: "CollectorEvent") -> tuple[int, int]:
        priority = event.payload.priority
        if priority is None:
            priority = self._default
        elif not isinstance(priority, int):  # set after the payload was made
            raise TypeError(
                f"priority must be an int or None, got {type(priority).__name__}: "
                f"{one_line(priority)}"
            )
        return priority, event.id

    def push(self, event: "CollectorEvent") -> None:
        heappush(self, (*self.rank_of(event), event))

    def pop(self) -> "CollectorEvent":  # type: ignore[override]
        return heappop(self)[2]

    def rank(self) -> tuple[int, int]:
        return self[0][:2]

    def events(self) -> "Iterable[CollectorEvent]":
        return [event for _, _, event in self]


def make_buffer(queue_type: QueueType, default_priority: int) -> Buffer:
    """An empty buffer of a type; `default_priority` is for payloads that have none."""
    if queue_type is QueueType.PRIORITY:
        return _Priority(default_priority)
    return _Fifo() if queue_type is QueueType.FIFO else _Lifo()


class Aside:
    """Events that are queued for a collector that is full. They hold no consumer.

    Args:
        rank_of: What the queue's buffer orders events by.
        tell: Called when one of the collectors has room again.
    """

    def __init__(
        self, rank_of: "Callable[[CollectorEvent], Any]", tell: Callable[[], None]
    ) -> None:
        self.count = 0
        """How many events there are."""
        self._rank_of = rank_of
        self._tell = tell
        self._lanes: dict[Collector, _Lane] = {}
        self._chosen: dict[int, Sequence[Collector]] = {}
        self._ready: list[tuple[Any, _Lane]] = []
        """A heap of the lanes that may have room, by the rank of their first event."""

    def put(self, event: "CollectorEvent", chosen: Sequence[Collector], full: Collector) -> None:
        """Set an event for these collectors aside, until the full one has room."""
        if full not in self._lanes:
            self._lanes[full] = _Lane(full, self._has_room)
        heappush(self._lanes[full].waiting, (self._rank_of(event), event))
        self._chosen[event.id] = chosen
        self.count += 1

    def ready(self) -> bool:
        """Whether one of the collectors has room."""
        ready = self._ready
        while ready:
            rank, lane = ready[0]
            if lane.waiting and lane.waiting[0][0] == rank and not lane.gate.full:
                return True
            heappop(ready)  # it is told of again when it has room again
        return False

    def pop_before(self, buffer: Buffer) -> "tuple[CollectorEvent, Sequence[Collector]] | None":
        """The next event whose collector has room, unless the buffer's next one goes first."""
        if not self.ready():
            return None
        rank, lane = self._ready[0]
        if buffer and buffer.rank() < rank:
            return None
        heappop(self._ready)
        _, event = heappop(lane.waiting)
        self.count -= 1
        if lane.waiting:
            heappush(self._ready, (lane.waiting[0][0], lane))
        else:
            self._close(lane)
        return event, self._chosen.pop(event.id)

    def places(self) -> "dict[int, str]":
        """By id of an event, the key of the collector that it waits for."""
        return {event.id: one.key for one, lane in self._lanes.items() for _, event in lane.waiting}

    def events(self) -> "list[CollectorEvent]":
        """All events, in no order that is promised."""
        return [event for lane in self._lanes.values() for _, event in lane.waiting]

    def clear(self) -> None:
        """Forget all events."""
        for lane in list(self._lanes.values()):
            self._close(lane)
        self._chosen.clear()
        self._ready.clear()
        self.count = 0

    def _has_room(self, lane: "_Lane") -> None:
        heappush(self._ready, (lane.waiting[0][0], lane))
        self._tell()

    def _close(self, lane: "_Lane") -> None:
        del self._lanes[lane.collector]
        lane.gate.on_room.remove(lane.tell)


class _Lane:
    """The events that wait for one collector."""

    def __init__(self, collector: Collector, has_room: "Callable[[_Lane], None]") -> None:
        assert collector._gate is not None
        self.collector = collector
        self.waiting: list[tuple[Any, CollectorEvent]] = []
        """A heap, by rank: an event may come back to it that others of this lane follow."""
        self.gate = collector._gate
        self.tell = partial(has_room, self)
        self.gate.on_room.append(self.tell)

    def __lt__(self, other: "_Lane") -> bool:
        return False  # of lanes with one rank, which are one lane told of twice
