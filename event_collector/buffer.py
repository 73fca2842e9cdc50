"""Buffers: where accepted events wait for a consumer, in the order of the queue's type."""

import enum
from collections import deque
from collections.abc import Sized
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Protocol

from event_collector._text import one_line

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


class _Fifo(deque["CollectorEvent"]):
    push = deque.append
    pop = deque.popleft


class _Lifo(list["CollectorEvent"]):
    push = list.append


class _Priority(list[tuple[int, int, "CollectorEvent"]]):
    """A heap. The event's id breaks ties, so that events and values are never compared."""

    def __init__(self, default_priority: int) -> None:
        super().__init__()
        self._default = default_priority

    def push(self, event: "CollectorEvent") -> None:
        priority = event.payload.priority
        if priority is None:
            priority = self._default
        elif not isinstance(priority, int):  # set after the payload was made
            raise TypeError(
                f"priority must be an int or None, got {type(priority).__name__}: "
                f"{one_line(priority)}"
            )
        heappush(self, (priority, event.id, event))

    def pop(self) -> "CollectorEvent":  # type: ignore[override]
        return heappop(self)[2]


def make_buffer(queue_type: QueueType, default_priority: int) -> Buffer:
    """An empty buffer of a type; `default_priority` is for payloads that have none."""
    if queue_type is QueueType.PRIORITY:
        return _Priority(default_priority)
    return _Fifo() if queue_type is QueueType.FIFO else _Lifo()
