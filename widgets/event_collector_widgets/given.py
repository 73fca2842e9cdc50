"""Given: how many results each collector of a queue has given, those too that are in it no more."""

import weakref
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import islice

from event_collector import Collector, CollectorEvent, CollectorQueue, Error, History, Instrument

type Way = tuple[str, str]
"""A collector's key, and "Ok" or "Error"."""


@dataclass(slots=True)
class Forgotten:
    """Of the events that are done, what is counted no more: see `Given.forget`."""

    finished: int = 0
    undelivered: int = 0
    cut_off: int = 0
    results: Counter[Way] = field(default_factory=Counter)

    def copy(self) -> "Forgotten":
        """The same, as it is now."""
        return Forgotten(self.finished, self.undelivered, self.cut_off, self.results.copy())

    def add(self, event: CollectorEvent) -> None:
        """Count one more event, which is done."""
        results = event.peek()
        assert results is not None
        self.finished += 1
        if event.taken_at is None:
            self.cut_off += 1
        elif not results.delivered:
            self.undelivered += 1
        else:
            for key, result in zip(results.keys, results, strict=True):
                self.results[str(key), "Error" if isinstance(result, Error) else "Ok"] += 1


@dataclass(slots=True)
class _Giver:
    """A collector, and how many results and Errors it had given when it was looked at."""

    collector: Collector
    processed: int
    errors: int
    last: list[CollectorEvent] | None = None
    """Of one that is in the queue no more, the events that it may still give results for."""

    @property
    def over(self) -> bool:
        """Whether it can give nothing more."""
        return self.last is not None and all(event.done for event in self.last)


class Given(Instrument):
    """How many results collectors have given, by key and outcome, from now on.

    A collector counts what it gives anyhow, so that this costs a queue nothing for an event: it
    looks when collectors come and go, and when it is read. Of a collector that is in another queue
    too, the results there are among these.

    Args:
        queue: The queue. It is not kept alive.
        history: Its events, the oldest first. They are not kept: a kept event leads to its queue,
            and that to here.
    """

    def __init__(self, queue: CollectorQueue, history: deque[CollectorEvent]) -> None:
        self._queue = weakref.ref(queue)
        self._history = weakref.ref(history)
        self._seen: dict[int, _Giver] = {}
        """By id the collectors that can give results: those in the queue, and those that have just
        left it. While it is kept, no other has its id."""
        self._given: Counter[Way] = Counter()
        self.forgotten = Forgotten()
        self._forgotten_through = 0
        """The number of the last event of the history that was forgotten last."""
        self._open: list[CollectorEvent] = []
        """Of those, the events that were not done then."""
        self._meet()

    def collectors_changed(self) -> None:
        """See which collectors have come and gone, and what they have given by now."""
        self._meet()

    def read(self) -> Counter[Way]:
        """What was given by now."""
        self._meet()
        return self._given

    def forget(self, events: list[CollectorEvent]) -> None:
        """Count no more what is done of these: all events that the history still has.

        Where it had room for less than all of them, all is forgotten that the queue has counted.
        """
        first = events[0].id if events else self._forgotten_through + 1
        if first > self._forgotten_through + 1:
            if (queue := self._queue()) is not None:
                reading, cut_off = queue.metrics(), self.forgotten.cut_off
                counts = reading.finished, reading.undelivered, cut_off
                self.forgotten = Forgotten(*counts, self.read().copy())
            self._open = [event for event in events if not event.done]
        else:
            self.forgotten = self.forgotten.copy()  # whoever has the one before goes on with that
            still_open = []
            for event in [*self._open, *events]:
                if event.done:
                    self.forgotten.add(event)
                else:
                    still_open.append(event)
            self._open = still_open
        if events:
            self._forgotten_through = events[-1].id

    def _meet(self) -> None:
        """What a collector has given before it came was elsewhere. One that goes is kept until it
        can give nothing more, and no longer.
        """
        if (queue := self._queue()) is None:
            return
        present = {id(one): one for one in queue.collectors.values()}
        for number, one in present.items():
            self._seen.setdefault(number, _Giver(one, one.processed, one.errors)).last = None
        gone = [giver for number, giver in self._seen.items() if number not in present]
        self._see_off(gone, queue.metrics().in_service if gone else 0)
        for number, giver in list(self._seen.items()):
            self._see(giver)
            if giver.over:
                del self._seen[number]

    def _see_off(self, gone: list[_Giver], count: int) -> None:
        """Note which events these may still give results for: those that are in service now."""
        fresh = [giver for giver in gone if giver.last is None]
        events = reversed(list(self._history() or ()) if count and fresh else [])
        under_way = (each for each in events if each.taken_at is not None and not each.done)
        last = list(islice(under_way, count))
        if len(last) == count:  # or the history is too short: what is left is seen at the next look
            for giver in fresh:
                giver.last = last

    def _see(self, giver: _Giver) -> None:
        """See what a collector has given since it was looked at."""
        one = giver.collector
        results, errors = one.processed - giver.processed, one.errors - giver.errors
        if results or errors:
            self._given[one.key, "Error"] += errors
            self._given[one.key, "Ok"] += results - errors
            giver.processed, giver.errors = one.processed, one.errors


class CountedHistory(History):
    """A history that knows what collectors have given, and what of it is forgotten.

    Args:
        queue, limit: As for every History.
    """

    def __init__(self, queue: CollectorQueue, limit: int) -> None:
        super().__init__(queue, limit)
        self.given = Given(queue, self._events)
        """What the collectors have given, those too that were replaced or removed."""
        queue.add_instrument(self.given)

    def clear(self) -> None:
        """Forget what was recorded, and go on recording."""
        self.given.forget(list(self))
        super().clear()
