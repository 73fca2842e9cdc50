"""What records for a trace what a queue does from now on, at the lowest cost."""

import asyncio
import weakref
from collections import deque
from dataclasses import replace

from event_collector import CollectorEvent, CollectorQueue, Instrument
from event_collector_widgets.motion.trace import (
    Trace,
    TracedChange,
    TracedNote,
    traced,
    traced_collectors,
    traced_queue,
)
from event_collector_widgets.motion.traced import moment


class Changes(Instrument):
    """Keeps when the collectors of a queue changed, and what is to be said of it.

    Args:
        queue: The queue. It is not kept alive.
    """

    def __init__(self, queue: CollectorQueue) -> None:
        self.queue = traced_queue(queue)
        """The queue's parts, with the changes of the collectors so far."""
        self.notes: list[TracedNote] = []
        self._queue = weakref.ref(queue)

    def collectors_changed(self) -> None:
        """Keep what the collectors are from now on."""
        if (queue := self._queue()) is not None:
            change = TracedChange(_now(), traced_collectors(queue.collectors))
            self.queue = replace(self.queue, changes=(*self.queue.changes, change))

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
