"""Trace: what happened in a queue, as plain values that go to a page or into a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from event_collector import (
    CollectorEvent,
    CollectorQueue,
    Error,
    History,
    Result,
)
from event_collector._text import describe, one_line
from event_collector.parts import CollectorParts, QueueParts, parts_of
from event_collector_widgets.motion.format import read, written
from event_collector_widgets.motion.frames import events_of_frame
from event_collector_widgets.motion.traced import (
    TEXT,
    TracedChange,
    TracedCollector,
    TracedEvent,
    TracedNote,
    TracedQueue,
    TracedResult,
    moment,
    names,
    short,
)

__all__ = [
    "Trace",
    "TracedChange",
    "TracedCollector",
    "TracedEvent",
    "TracedNote",
    "TracedQueue",
    "TracedResult",
    "traced",
    "traced_queue",
]

_PASS = "pass a History, the DataFrame of its to_frame(), or CollectorEvents"


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened in a queue: a frozen record of plain values, the same for the same history."""

    events: tuple[TracedEvent, ...]
    """In the order in which they were accepted."""
    queue: TracedQueue | None
    """None: the queue's parts are not known."""
    notes: tuple[TracedNote, ...] = field(default=())

    @classmethod
    def of(cls, source: object, *, queue: CollectorQueue | None = None) -> Self:
        """Read a History, the DataFrame of its `to_frame()`, or CollectorEvents.

        A History knows its queue's parts, also once the queue is gone. Of a DataFrame or of events
        they are not known, unless `queue` says them; those of a `queue` are read as they are now.

        Raises:
            TypeError: `source` is something else, or `queue` is not a CollectorQueue.
        """
        if queue is not None and not isinstance(queue, CollectorQueue):
            raise TypeError(f"queue must be a CollectorQueue, got {type(queue).__name__}")
        parts = None if queue is None else parts_of(queue)
        if parts is None and isinstance(source, History):
            parts = source.parts
        if hasattr(source, "columns") and hasattr(source, "iterrows"):
            events = events_of_frame(source)
        else:
            events = [traced(event) for event in _events(source)]
        events.sort(key=lambda event: (event.accepted, event.id))
        return cls(tuple(events), None if parts is None else traced_queue(parts))

    def without_values(self) -> Self:
        """The same without what was in the payloads and the results.

        Keys, topics, priorities, times and the classes of exceptions stay.
        """
        events = tuple(
            replace(
                event,
                text=f"payload {event.id}",
                results=tuple(
                    replace(one, text=one.text.partition(":")[0] if one.outcome == "Error" else "")
                    for one in event.results
                ),
            )
            for event in self.events
        )
        return replace(self, events=events, notes=self.notes)

    def to_json(self) -> str:
        """The trace as JSON, of ASCII only and the same for the same trace: see `motion.format`."""
        return written(self.events, self.queue, self.notes)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            TypeError: `text` is not a str.
            ValueError: It is not a trace, or one of a later version.
        """
        return cls(*read(text))

    def __repr__(self) -> str:
        done = sum(event.finished is not None for event in self.events)
        return f"Trace({len(self.events)} events, {done} done)"


def traced(event: CollectorEvent) -> TracedEvent:
    """An event as it is now. Its results do not count as retrieved by that."""
    payload, results = event.payload, event.peek()
    priority = payload.priority
    return TracedEvent(
        event.id,
        short(payload.value),
        str(getattr(payload.delivery, "value", "other")),
        names(payload.keys),
        names(payload.topics),
        priority if isinstance(priority, int) else None,
        moment(event.accepted_at),
        None if event.taken_at is None else moment(event.taken_at),
        None if event.finished_at is None or results is None else moment(event.finished_at),
        event.consumer,
        () if results is None else _results(results.keys, results, results.delivered),
    )


def _results(
    keys: Sequence[str | None], results: Iterable[Result], delivered: bool
) -> tuple[TracedResult, ...]:
    if not delivered:
        return (TracedResult(None, "undelivered", ""),)
    return tuple(
        TracedResult(key, "Error", describe(result.exception, TEXT))
        if isinstance(result, Error)
        else TracedResult(key, "Ok", short(result.value))
        for key, result in zip(keys, results, strict=True)
    )


def traced_queue(parts: QueueParts) -> TracedQueue:
    """The parts of a queue, as a trace tells them."""
    known: dict[int, TracedCollector] = {}
    for change in parts.changes:  # most collectors stand in most changes
        new = [one for one in change.collectors if id(one) not in known]
        known.update({id(one): _collector(one) for one in new})
    return TracedQueue(
        parts.queue_type.name,
        parts.default_priority,
        parts.min_consumers,
        parts.max_consumers,
        parts.max_queued,
        parts.router,
        parts.chooses,
        tuple(
            TracedChange(
                None if change.time is None else moment(change.time),
                tuple([known[id(one)] for one in change.collectors]),
            )
            for change in parts.changes
        ),
    )


def _collector(one: CollectorParts) -> TracedCollector:
    # How many payloads fill one that takes batches depends on how many are in each: none is said.
    most = one.max_concurrency if one.batch_size is None else None
    return TracedCollector(one.key, one.topics, most)


def _events(source: object) -> list[CollectorEvent]:
    if isinstance(source, CollectorQueue):
        raise TypeError(
            f"a Trace needs recorded events, got {one_line(source)}; "
            "make history = History(queue) before sending, and pass that"
        )
    if not isinstance(source, Iterable) or isinstance(source, str | bytes):
        raise TypeError(
            f"a Trace needs a History, got {type(source).__name__}: {one_line(source)}; {_PASS}"
        )
    events: list[Any] = list(source)
    for event in events:
        if not isinstance(event, CollectorEvent):
            raise TypeError(
                f"a Trace needs CollectorEvents, got {type(event).__name__}: "
                f"{one_line(event)}; {_PASS}"
            )
    return events
