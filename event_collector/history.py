"""History: a bounded record of what happened in a queue, event by event."""

import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice, takewhile
from operator import is_not
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from event_collector import _check
from event_collector._frames import frame_of_columns
from event_collector.data import Delivery
from event_collector.event import CollectorEvent
from event_collector.instrument import Instrument
from event_collector.parts import KeptParts, QueueParts
from event_collector.queue import CollectorQueue
from event_collector.results import STATUS, Result, cells_of

if TYPE_CHECKING:
    import pandas as pd


class History:
    """Records every event that a queue accepts from now on; the oldest go out first.

    It keeps the events themselves, so that each tells how far it is: queued, in service or done.
    A queue that nobody records does nothing for it. A History that is closed, left as a
    context manager, or forgotten records no more; in another thread than the queue's, the queue
    forgets it with the next event.

    A History, its queue and whatever holds both are freed as soon as they are dropped. Errors are
    the exception: one keeps its traceback, and that the variables of whoever runs the loop, such
    as the function that calls `asyncio.run`. What these hold too, the garbage collector frees.

    It may be read in any thread. What is kept is its own, so `clear` and `close` may be called in
    any thread too; `History(queue)` in the queue's own while that runs.

    Args:
        queue: The queue to record, running or not.
        limit: How many events are kept, 1 or more.

    Raises:
        TypeError: `queue` is not a CollectorQueue, or `limit` not an int.
        ValueError: `limit` is less than 1.
        RuntimeError: The queue runs, and not in this thread and loop.
    """

    def __init__(self, queue: CollectorQueue, limit: int = 10_000) -> None:
        if not isinstance(queue, CollectorQueue):
            raise TypeError(f"a History records a CollectorQueue, got {type(queue).__name__}")
        self.limit = _check.whole(limit, "limit", 1)
        """How many events are kept at most."""
        self._events: deque[CollectorEvent] = deque(maxlen=limit)
        self._queue = weakref.ref(queue)
        self._parts = KeptParts(queue)
        recorder = _Recorder(queue, self._events, self._parts)
        queue.add_instrument(recorder)
        self._stop = weakref.finalize(self, recorder.stop)  # holds the recorder, and so nothing
        self._stop.atexit = False

    @property
    def queue(self) -> CollectorQueue | None:
        """The queue that it records; None once that is gone. A History does not keep it alive."""
        return self._queue()

    @property
    def parts(self) -> QueueParts:
        """What the queue was made of while this recorded, also once the queue is gone.

        Its type, limits and router, and how the collectors came and went, with the times: plain
        values. Of more than 1,000 changes the last are kept.
        """
        return self._parts.read()

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[CollectorEvent]:
        """The kept events, the oldest first."""
        return iter(list(self._events))

    def latest(self, count: int) -> list[CollectorEvent]:
        """The last `count` events, the newest first.

        Raises:
            TypeError: `count` is not an int.
            ValueError: `count` is negative.
        """
        _check.whole(count, "count", 0)
        return self._newest(partial(_first, count))

    def __getitem__(self, place: int) -> CollectorEvent:
        """The kept event at a place: 0 is the oldest, -1 the newest.

        Raises:
            TypeError: `place` is not an int; a slice is one of `list(history)`.
            IndexError: So many are not kept.
        """
        return _check.at(self._events, place, "History")

    def after(self, event: CollectorEvent | None) -> list[CollectorEvent]:
        """The events that were recorded after this one, the oldest first.

        For whoever looks again and again: it takes as long as there are new ones. All that are
        kept, if `event` is None or is not among them any more.
        """
        newer = self._newest(partial(takewhile, partial(is_not, event)))
        newer.reverse()
        return newer

    def _newest(
        self, some: Callable[[Iterator[CollectorEvent]], Iterable[CollectorEvent]]
    ) -> list[CollectorEvent]:
        """Some of the kept events, of all from the newest to the oldest.

        It takes as long as these are many. Going through a deque fails if it is changed, which the
        queue's thread may do before each step: then through a copy, which is made in one go.
        """
        try:
            return list(some(reversed(self._events)))
        except RuntimeError:
            return list(some(reversed(self._events.copy())))

    def clear(self) -> None:
        """Forget what was recorded, and go on recording."""
        self._events.clear()

    def close(self) -> None:
        """Record no more; what was recorded stays. Closing twice is fine."""
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame with a row per event and collector, the oldest event first.

        An event that is not done, or that reached no collector, has one row. The columns, in order:

        - `event` (int64): the event's id
        - `status` (category): "queued", "in service", "Ok", "Error" or "undelivered"
        - `collector` (string): the collector's key, missing where there is none or nobody told
        - `payload` (object): the payload's value, the same object
        - `delivery` (category): "broadcast", "key" or "topic"
        - `keys`, `topics` (object): the payload's lists
        - `priority` (Int64, or object if one needs more than 64 bits, or was set to something else
          later): missing where the payload has none
        - `value` (object): what an Ok holds, else None
        - `error` (string): the exception in one line, missing where there is none
        - `consumer` (Int64): the consumer's number, missing while queued
        - `accepted_at`, `taken_at`, `finished_at` (float64): seconds of the loop's clock, nan
          where that has not happened
        - `wait_time`, `service_time` (float64): seconds, nan where not known yet

        Raises:
            ImportError: pandas is not installed.
        """
        return _frame(list(self._events))

    def __repr__(self) -> str:
        return f"History({len(self)} of at most {self.limit} events)"


_TYPES = {
    "event": "int64",
    "status": ["queued", "in service", *STATUS],
    "collector": "string",
    "payload": object,
    "delivery": [delivery.value for delivery in Delivery],
    "keys": object,
    "topics": object,
    "priority": "Int64",
    "value": object,
    "error": "string",
    "consumer": "Int64",
    "accepted_at": "float64",
    "taken_at": "float64",
    "finished_at": "float64",
    "wait_time": "float64",
    "service_time": "float64",
}
"""The columns of `History.to_frame`."""


_OF_ROWS = ("status", "collector", "value", "error")
"""The columns whose cells may differ between the rows of an event."""


type _Times = tuple[int | None, float, float | None, float | None]
"""Of an event: its consumer, and when it was accepted, taken and finished."""


def _frame(events: list[CollectorEvent]) -> "pd.DataFrame":
    """A DataFrame with the rows of these events: one per result, or one that tells how far it is.

    It is made column by column, in a few passes over all events.
    """
    told: list[str | None] = []
    """Of each row, the collector's key."""
    given: list[Result | str] = []
    """Of each row, the result; or the status, where there is none."""
    counts: list[int] = []
    """Of each event, how many rows it has."""
    times: list[_Times] = []
    for event in events:
        # Asked for once, and the results first: another thread may go on with the event meanwhile.
        results = event.result
        taken_at, consumer = event.taken_at, event.consumer
        if consumer is None:  # it is just being parked
            taken_at = None
        finished_at = None if results is None else event.finished_at
        times.append((consumer, event.accepted_at, taken_at, finished_at))
        if results is None or (results and not results.delivered):
            told.append(None)
            status = "queued" if taken_at is None else "in service"
            given.append(status if results is None else "undelivered")
            counts.append(1)
        else:
            told += results.keys
            given += results
            counts.append(len(results))
    columns = _cells_of(events) | _cells_of_times(times) | {"collector": told} | cells_of(given)
    return frame_of_columns(_TYPES, columns, counts, _TYPES.keys() - set(_OF_ROWS))


def _cells_of(events: list[CollectorEvent]) -> dict[str, list[Any]]:
    """By column, what the rows of each event have in common."""
    payloads = [event.payload for event in events]
    return {
        "event": [event.id for event in events],
        "payload": [payload.value for payload in payloads],
        # Whatever it was set to by hand.
        "delivery": [
            payload.delivery.value if isinstance(payload.delivery, Delivery) else None
            for payload in payloads
        ],
        "keys": [payload.keys for payload in payloads],
        "topics": [payload.topics for payload in payloads],
        "priority": [payload.priority for payload in payloads],
    }


def _cells_of_times(times: list[_Times]) -> dict[str, list[Any]]:
    """By column, when what happened to each event, and by whom."""
    return {
        "consumer": [consumer for consumer, _, _, _ in times],
        "accepted_at": [accepted for _, accepted, _, _ in times],
        "taken_at": [taken for _, _, taken, _ in times],
        "finished_at": [finished for _, _, _, finished in times],
        "wait_time": [
            None if taken is None else taken - accepted for _, accepted, taken, _ in times
        ],
        "service_time": [
            None if taken is None or finished is None else finished - taken
            for _, _, taken, finished in times
        ],
    }


class _Recorder(Instrument):
    """What a queue holds of a History: nothing that leads back to it, or to the queue.

    Not even the events: they know their queue, which would be a cycle.
    """

    def __init__(
        self, queue: CollectorQueue, events: deque[CollectorEvent], parts: KeptParts
    ) -> None:
        self._queue = weakref.ref(queue)
        self._parts = parts  # plain values, which lead nowhere
        self._events: Callable[[], deque[CollectorEvent] | None] = weakref.ref(events)

    def accepted(self, event: CollectorEvent) -> None:
        """Record an event; if the History is gone or closed, be taken out."""
        if (events := self._events()) is not None:
            events.append(event)
        else:
            self.stop()

    def collectors_changed(self) -> None:
        """Keep what the collectors are from now on."""
        self._see(self._parts.see_collectors)

    def limits_changed(self) -> None:
        """Keep what the limits are from now on."""
        self._see(self._parts.see_limits)

    def _see(self, see: Callable[[CollectorQueue], None]) -> None:
        if self._events() is None:
            self.stop()
        elif (queue := self._queue()) is not None:
            see(queue)

    def stop(self) -> None:
        """Record no more, and be taken out: now if this is the place, else with the next event."""
        self._events = _nothing
        if (queue := self._queue()) is not None:
            # What is dropped may be found out in any thread, and is taken out in one only.
            with suppress(RuntimeError, ValueError):
                queue.remove_instrument(self)


def _first(count: int, events: Iterator[CollectorEvent]) -> Iterator[CollectorEvent]:
    return islice(events, count)


def _nothing() -> None:
    """In the place of a reference to what is there no more."""
