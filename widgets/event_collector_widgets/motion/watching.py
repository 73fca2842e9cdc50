"""What records for a trace what a queue does from now on, at the lowest cost."""

import asyncio
import weakref
from collections import deque

from event_collector import CollectorEvent, CollectorQueue, Instrument
from event_collector.parts import KeptParts
from event_collector_widgets.motion.trace import (
    Trace,
    TracedNote,
    TracedQueue,
    traced,
    traced_queue,
)
from event_collector_widgets.motion.traced import moment


class Changes(Instrument):
    """Keeps when the collectors of a queue changed, and what is to be said of it.

    Args:
        queue: The queue. It is not kept alive.
    """

    def __init__(self, queue: CollectorQueue) -> None:
        self._parts = KeptParts(queue)
        self._read: TracedQueue | None = None
        self.count = 1
        """How many times it was kept what the collectors are: at first, and since then."""
        self.notes: list[TracedNote] = []
        self._queue = weakref.ref(queue)

    @property
    def queue(self) -> TracedQueue:
        """The queue's parts, with the changes of the collectors so far; of many the last ones."""
        if self._read is None:
            self._read = traced_queue(self._parts.read())
        return self._read

    def collectors_changed(self) -> None:
        """Keep what the collectors are from now on."""
        if (queue := self._queue()) is not None:
            self._parts.see_collectors(queue)
            self._read = None
            self.count += 1

    def limits_changed(self) -> None:
        """Keep what the limits are from now on."""
        if (queue := self._queue()) is not None:
            self._parts.see_limits(queue)
            self._read = None

    def note(self, text: str) -> None:
        """Keep what is to be said of the queue from now on, if that is news."""
        if text != (self.notes[-1].text if self.notes else ""):
            self.notes.append(TracedNote(_now(), text))


class Watcher(Changes):
    """Keeps the events of a queue too.

    When an event was taken and finished is read from the event, when the trace is made: an event
    costs the queue one `append`.

    Args:
        queue: The queue. It is not kept alive.
        limit: How many events are kept; the oldest go out first.
    """

    def __init__(self, queue: CollectorQueue, limit: int = 100_000) -> None:
        super().__init__(queue)
        self.events: deque[CollectorEvent] = deque(maxlen=limit)
        self.accepted = self.events.append

    def trace(self) -> Trace:
        """What was recorded, as a trace; events that are under way as they are now."""
        return Trace(tuple(map(traced, self.events)), self.queue, tuple(self.notes))


def _now() -> float:
    return moment(asyncio.get_running_loop().time())
