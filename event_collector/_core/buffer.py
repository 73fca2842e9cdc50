"""Buffers: where accepted events wait for a consumer, in the order of the queue's type."""

import enum
from collections import deque
from collections.abc import Callable, Iterable, Sequence, Sized
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

from event_collector._text import one_line
from event_collector.event import CollectorEvent


class QueueType(enum.Enum):
    """In which order consumers take the queued events."""

    __module__ = "event_collector.queue"  # where users, and their pickles, find it

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

    def push(self, event: CollectorEvent, /) -> None:
        """Add an event that is being accepted."""

    def put_back(self, event: CollectorEvent, /) -> None:
        """Add one that was accepted before, whatever its payload has become since: never raises."""

    at: int
    """Where the next event is, if it is not `ranked`: at the beginning or at the end."""
    ranked: bool
    """Whether it is a heap, and the next event the last of the three parts of its first item."""

    def first(self) -> CollectorEvent:
        """The next event, which stays; the buffer must not be empty."""

    @property
    def take_first(self) -> Callable[[Any], object]:
        """What takes the next event of this buffer away, which must not be empty: a function of
        the buffer. Whoever wants the event has asked for the `first` before: an interrupt between
        this call and whatever holds what it returns would lose it. The function is one of C: at
        the beginning of one of Python the interpreter may run a finalizer that sends, and another
        event would be the first by then.
        """

    def keep(self, wanted: Callable[[CollectorEvent], bool], /) -> None:
        """Drop all other events."""

    def rank_of(self, event: CollectorEvent, /) -> Any:
        """What an event is ordered by; the lowest goes first, and no two are alike."""

    def rank(self) -> Any:
        """That of the next event."""

    def events(self) -> Iterable[CollectorEvent]:
        """All events, in no order that is promised."""

    def oldest(self) -> float | None:
        """When the oldest event was accepted; None if it is empty. It is asked in any thread."""


class _Fifo(deque[CollectorEvent]):
    # The functions of C themselves, under our names: a method around them would cost each event
    # two calls in Python.
    at = 0
    ranked = False
    push = put_back = deque.append
    take_first = staticmethod(deque.popleft)

    def first(self) -> CollectorEvent:
        return self[0]

    def keep(self, wanted: Callable[[CollectorEvent], bool]) -> None:
        for event in [event for event in self if not wanted(event)]:
            self.remove(event)

    def rank_of(self, event: CollectorEvent) -> int:
        return event.id

    def rank(self) -> int:
        return self[0].id

    def events(self) -> Iterable[CollectorEvent]:
        return self

    def oldest(self) -> float | None:
        return _first(self)


class _Lifo(list[CollectorEvent]):
    at = -1
    ranked = False
    push = put_back = list.append
    take_first = staticmethod(list.pop)

    def first(self) -> CollectorEvent:
        return self[-1]

    def keep(self, wanted: Callable[[CollectorEvent], bool]) -> None:
        self[:] = filter(wanted, self)

    def rank_of(self, event: CollectorEvent) -> int:
        return -event.id

    def rank(self) -> int:
        return -self[-1].id

    def events(self) -> Iterable[CollectorEvent]:
        return self

    def oldest(self) -> float | None:
        return _first(self)


class _Priority(list[tuple[int, int, CollectorEvent]]):
    """A heap. The event's id breaks ties, so that events and values are never compared."""

    at = 0
    ranked = True
    take_first = staticmethod(heappop)

    def __init__(self, default_priority: int) -> None:
        super().__init__()
        self._default = default_priority

    def rank_of(self, event: CollectorEvent) -> tuple[int, int]:
        # Of an event that was accepted: a priority that was made wrong since counts as none.
        priority = event.payload.priority
        rank = int.__index__(priority) if isinstance(priority, int) else self._default
        return rank, event.id

    def push(self, event: CollectorEvent) -> None:
        # The rank is read once, here: a priority that is changed while the event waits must not
        # break the heap.
        priority = event.payload.priority
        if priority is None:
            priority = self._default
        elif not isinstance(priority, int):  # set after the payload was made
            raise TypeError(
                f"priority must be an int or None, got {type(priority).__name__}: "
                f"{one_line(priority)}"
            )
        # A plain int, whose comparing is nobody's own: a heap that is left half done loses events.
        heappush(self, (int.__index__(priority), event.id, event))

    def put_back(self, event: CollectorEvent) -> None:
        heappush(self, (*self.rank_of(event), event))

    def first(self) -> CollectorEvent:
        return self[0][2]

    def keep(self, wanted: Callable[[CollectorEvent], bool]) -> None:
        left = [each for each in self if wanted(each[2])]
        heapify(left)
        self[:] = left

    def rank(self) -> tuple[int, int]:
        return self[0][:2]

    def events(self) -> Iterable[CollectorEvent]:
        return [event for _, _, event in self]

    def oldest(self) -> float | None:
        # Of all: no order but that of the priorities is kept. A copy, made in one go.
        return min((event.accepted_at for _, _, event in self.copy()), default=None)


def _first(events: Sequence[CollectorEvent]) -> float | None:
    """When the first one was accepted, in the order of sending. Another thread may take it."""
    try:
        return events[0].accepted_at
    except IndexError:
        return None


def make_buffer(queue_type: QueueType, default_priority: int) -> Buffer:
    """An empty buffer of a type; `default_priority` is for payloads that have none."""
    if queue_type is QueueType.PRIORITY:
        return _Priority(default_priority)
    return _Fifo() if queue_type is QueueType.FIFO else _Lifo()
