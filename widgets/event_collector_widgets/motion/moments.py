"""Where the payloads of a trace are at a time, for pictures that do not move.

The page has this in `static/frame.js`, where it is explained; a test holds both together.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.motion.traced import TracedCollector, TracedEvent, TracedQueue


@dataclass(slots=True)
class Moment:
    """Everything at one time."""

    time: float | None
    buffer: list[TracedEvent] = field(default_factory=list)
    """Those that wait, the next one first."""
    parked: list[TracedEvent] = field(default_factory=list)
    service: list[TracedEvent] = field(default_factory=list)
    """Those that consumers have."""
    router: list[TracedEvent] = field(default_factory=list)
    """Of these, those that are not divided."""
    inside: dict[str, list[TracedEvent]] = field(default_factory=dict)
    """By key, those in service in a collector."""
    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By key ("" where nobody told) and outcome, how many results were given."""
    undelivered: list[TracedEvent] = field(default_factory=list)
    cut_off: list[TracedEvent] = field(default_factory=list)
    accepted: int = 0
    finished: int = 0


def collectors_at(trace: Trace, time: float | None) -> tuple[TracedCollector, ...]:
    """The collectors at a time; None: in the beginning."""
    found: tuple[TracedCollector, ...] = ()
    for change in trace.queue.changes if trace.queue else ():
        if change.time is None or (time is not None and change.time <= time):
            found = change.collectors
    return found


def receivers(trace: Trace, event: TracedEvent, time: float | None) -> list[str]:
    """The keys of the collectors that get an event; none where nobody can tell before."""
    if trace.queue is None or not trace.queue.chooses:
        return []
    if event.finished is not None and event.taken is not None:
        return [one.collector for one in event.results if one.collector is not None]
    return [one.key for one in collectors_at(trace, time) if _gets(event, one)]


def _gets(event: TracedEvent, collector: TracedCollector) -> bool:
    if event.delivery == "key":
        return collector.key in event.keys
    if event.delivery == "topic":
        return any(topic in event.topics for topic in collector.topics)
    return event.delivery == "broadcast"


def at(trace: Trace, time: float | None) -> Moment:
    """Everything at a time; None: before anything happened."""
    found = Moment(time)
    waiting = []
    for event in trace.events:
        if time is None or event.accepted > time:
            continue
        found.accepted += 1
        if event.finished is not None and event.finished <= time:
            _done(found, event)
        elif event.taken is not None and event.taken <= time:
            _taken(found, trace, event)
        else:
            waiting.append(event)
    _wait(found, trace, waiting)
    return found


def _done(found: Moment, event: TracedEvent) -> None:
    found.finished += 1
    if event.taken is None:
        found.cut_off.append(event)
        return
    for one in event.results:
        if one.outcome == "undelivered":
            found.undelivered.append(event)
        else:
            found.results[one.collector or "", one.outcome] += 1


def _taken(found: Moment, trace: Trace, event: TracedEvent) -> None:
    found.service.append(event)
    keys = receivers(trace, event, event.taken)
    for key in keys:
        found.inside.setdefault(key, []).append(event)
    if not keys:
        found.router.append(event)


def _wait(found: Moment, trace: Trace, waiting: list[TracedEvent]) -> None:
    full = {
        one.key
        for one in collectors_at(trace, found.time)
        if one.max_concurrency is not None
        and len(found.inside.get(one.key, ())) >= one.max_concurrency
    }
    for event in sorted(waiting, key=rank_of(trace.queue)):
        parks = full and full & set(receivers(trace, event, found.time))
        (found.parked if parks else found.buffer).append(event)


def rank_of(queue: TracedQueue | None) -> Callable[[TracedEvent], Any]:
    """By what those that wait are ordered, the next one first."""
    if queue is None:  # known afterwards only
        return lambda event: (event.taken is None, event.taken or 0.0, event.id)
    if queue.order == "LIFO":
        return lambda event: -event.id
    if queue.order == "FIFO":
        return lambda event: event.id
    usual = queue.default_priority
    return lambda event: (usual if event.priority is None else event.priority, event.id)


def telling(trace: Trace) -> float | None:
    """The time that says most: at which the most kinds of places are taken.

    Kinds are those that wait, those in service, Oks, Errors, undelivered and cut off. Of several
    such times the one with the longest queue, and of these the first. None: nothing happened.
    """
    best: tuple[int, int] = (0, 0)
    time = None
    for moment, counts in counted(trace):
        score = sum(count > 0 for count in counts.values()), counts["waiting"]
        if score > best:
            best, time = score, moment
    return time


def counted(trace: Trace) -> Iterator[tuple[float, Counter[str]]]:
    """For each time at which something happened, what is counted after it."""
    steps: list[tuple[float, dict[str, int]]] = []
    for event in trace.events:
        steps.append((event.accepted, {"waiting": 1}))
        if event.taken is not None:
            steps.append((event.taken, {"waiting": -1, "service": 1}))
        if event.finished is not None:
            steps.append((event.finished, _ending(event)))
    counts: Counter[str] = Counter()
    for time, group in groupby(sorted(steps, key=itemgetter(0)), key=itemgetter(0)):
        for _, step in group:
            counts.update(step)
        yield time, counts


def _ending(event: TracedEvent) -> dict[str, int]:
    if event.taken is None:
        return {"waiting": -1, "cut off": 1}
    return {"service": -1, **{one.outcome: 1 for one in event.results}}
