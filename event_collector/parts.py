"""QueueParts: what a queue is made of, as plain values that outlive it."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from event_collector.collector import Collector
from event_collector.router import Router, SimpleRouter

if TYPE_CHECKING:
    from event_collector.queue import CollectorQueue, QueueType

CHANGES = 1_000
"""How many changes of collectors are kept at most; the oldest go out first."""
ENTRIES = 100_000
"""How many collectors these tell of at most, all changes together."""


@dataclass(frozen=True, slots=True)
class CollectorParts:
    """A collector, without its processor."""

    key: str
    topics: tuple[str, ...]
    max_concurrency: int | None
    batch_size: int | None


@dataclass(frozen=True, slots=True)
class CollectorsChange:
    """The collectors from a time on."""

    time: float | None
    """Seconds of the loop's clock; None: from the beginning, as far as that is kept."""
    collectors: tuple[CollectorParts, ...]
    """In the queue's order."""


@dataclass(frozen=True, slots=True)
class QueueParts:
    """What a queue is made of. It holds neither the queue nor a collector."""

    queue_type: "QueueType"
    default_priority: int
    min_consumers: int
    max_consumers: int
    max_queued: int | None
    router: str
    """The name of the router's class."""
    chooses: bool
    """Whether it chooses and dispatches as SimpleRouter does."""
    changes: tuple[CollectorsChange, ...]
    """How the collectors came and went; the first has the time None."""


def parts_of(queue: "CollectorQueue") -> QueueParts:
    """The parts as they are now."""
    return QueueParts(
        queue.queue_type,
        queue.default_priority,
        queue.min_consumers,
        queue.max_consumers,
        queue.max_queued,
        type(queue.router).__name__,
        _is_the_default(queue.router),
        (CollectorsChange(None, _of(queue.collectors.everyone())),),
    )


class KeptParts:
    """The parts of a queue, kept up to date by whoever is told of changes.

    They may be read in any thread.
    """

    def __init__(self, queue: "CollectorQueue") -> None:
        self._number, _ = queue.collectors._latest
        self._now = parts_of(queue)
        self._first = {one.key: one for one in self._now.changes[0].collectors}
        self._later: deque[_Later] = deque()
        """The changes since. One of a single collector holds that one, and not all: who adds or
        replaces thousands one by one would else make millions of entries."""

    def read(self) -> QueueParts:
        """The parts, with the changes so far."""
        later = self._later.copy()
        known = self._first.copy()
        changes, entries = [CollectorsChange(None, tuple(known.values()))], len(known)
        for change in later:
            known = change.after(known)
            changes.append(CollectorsChange(change.time, tuple(known.values())))
            entries += len(known)
        oldest = 0
        while entries > ENTRIES and oldest < len(changes) - 1:
            entries -= len(changes[oldest].collectors)
            oldest += 1
        changes[oldest] = replace(changes[oldest], time=None)
        return replace(self._now, changes=tuple(changes[oldest:]))

    def see_collectors(self, queue: "CollectorQueue") -> None:
        """Keep what the collectors are from now on."""
        now, roster = asyncio.get_running_loop().time(), queue.collectors
        number, key = roster._latest
        if number == self._number + 1 and key is not None:
            one = roster.get(key)
            change = _Later(now, {key: None if one is None else _part(one)}, whole=False)
        else:
            parts = _of(roster.everyone())
            change = _Later(now, {one.key: one for one in parts}, whole=True)
        self._number = number
        self._later.append(change)
        while len(self._later) >= CHANGES:
            # Read in another thread between these two, the first is made twice, which is as once.
            self._first = self._later[0].after(self._first)
            self._later.popleft()

    def see_limits(self, queue: "CollectorQueue") -> None:
        """Keep what the limits are from now on."""
        self._now = parts_of(queue)


@dataclass(frozen=True, slots=True)
class _Later:
    """A change of collectors."""

    time: float
    collectors: dict[str, CollectorParts | None]
    """None: it is there no more."""
    whole: bool
    """Whether these are all that there are; else the others are as before."""

    def after(self, before: dict[str, CollectorParts]) -> dict[str, CollectorParts]:
        """All collectors from then on, in the queue's order; those before may be changed to it."""
        if self.whole:
            return {key: one for key, one in self.collectors.items() if one is not None}
        for key, one in self.collectors.items():
            if one is None:
                before.pop(key, None)
            else:
                before[key] = one
        return before


def _of(collectors: Iterable[Collector]) -> tuple[CollectorParts, ...]:
    return tuple([_part(one) for one in collectors])


def _part(one: Collector) -> CollectorParts:
    return CollectorParts(one.key, tuple(one.topics), one.max_concurrency, one.batch_size)


def _is_the_default(router: Router) -> bool:
    return (
        isinstance(router, SimpleRouter)
        and router.only_chooses
        and type(router).route is SimpleRouter.route
    )
