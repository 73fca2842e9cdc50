"""What a queue counts, for a page that is not told of each payload one by one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from event_collector import Collector, CollectorEvent, CollectorQueue, Metrics
from event_collector_widgets.motion.traced import TracedEvent

NAMES = ("accepted", "taken", "finished", "undelivered", "cut off")


@dataclass(slots=True)
class Giver:
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


class Counts:
    """How far what a page is told falls behind what the queue counts.

    The queue and its collectors count anyhow, so that this costs no more for many payloads than
    for few. Of a collector that is in another queue too, the results there are among these.

    Args:
        queue: The queue.
        history: Its events, the oldest first.
    """

    def __init__(self, queue: CollectorQueue, history: Iterable[CollectorEvent]) -> None:
        self._queue = queue
        self._history = history
        self._told: Counter[Any] = Counter()
        """What the page knows of: by one of NAMES, or by the key and the outcome of results."""
        self._seen: dict[int, Giver] = {}
        """By id the collectors that can give results: those in the queue, and those that have just
        left it. While it is kept, no other has its id."""
        self._given: Counter[Any] = Counter()
        """By key and outcome, the results that collectors have given."""
        self._begun = False
        self._meet(first=True)

    def again(self) -> None:
        """The page begins anew, and knows of nothing."""
        self._told.clear()

    def meet(self) -> None:
        """See which collectors have come and gone, and what they have given by now."""
        self._meet()

    def tell(self, event: TracedEvent, known: int, stage: int) -> None:
        """The page is told of an event: that it has come from one stage to another."""
        told = self._told
        if known < 1 <= stage:
            told["accepted"] += 1
        if known < 2 <= stage and event.taken is not None:
            told["taken"] += 1
        if known < 3 <= stage:
            told["finished"] += 1
            if event.taken is None:
                told["cut off"] += 1
            else:
                for one in event.results:
                    undelivered = one.outcome == "undelivered"
                    told["undelivered" if undelivered else (one.collector, one.outcome)] += 1

    def rest(self, reading: Metrics, cut_off: int = 0) -> list[Any]:
        """What the page must add to what it counts, to count what the queue does.

        It counts as told then. In the order of NAMES; then, for each collector of which there is
        anything, its key and the Oks and the Errors.

        Args:
            reading: Of the queue.
            cut_off: How many events were cut off before a consumer took them.
        """
        cut_off = max(cut_off, self._told["cut off"])
        counted: Counter[Any] = Counter(
            {
                "accepted": reading.accepted,
                "taken": reading.in_service + reading.finished - cut_off,
                "finished": reading.finished,
                "undelivered": reading.undelivered,
                "cut off": cut_off,
            }
        )
        self._meet()
        if not self._begun:  # of those before, some may have been by collectors that are gone
            self._begun = True
            for way in [way for way in self._told if isinstance(way, tuple)]:
                self._given[way] = max(self._given[way], self._told[way])
        counted.update(self._given)
        more = {way: count - self._told[way] for way, count in counted.items()}
        self._told.update(more)
        keys = dict.fromkeys(way[0] for way in more if isinstance(way, tuple) and more[way])
        results = [[key, more.get((key, "Ok"), 0), more.get((key, "Error"), 0)] for key in keys]
        return [*(more[name] for name in NAMES), results]

    def _meet(self, *, first: bool = False) -> None:
        """Of a collector that comes later, what it has given before was elsewhere. One that goes is
        kept until it can give nothing more, and no longer.
        """
        present = {id(one): one for one in self._queue.collectors.values()}
        for number, one in present.items():
            given = (0, 0) if first else (one.processed, one.errors)
            self._seen.setdefault(number, Giver(one, *given)).last = None
        self._see_off([giver for number, giver in self._seen.items() if number not in present])
        for number, giver in list(self._seen.items()):
            self._see(giver)
            if giver.over:
                del self._seen[number]

    def _see_off(self, gone: list[Giver]) -> None:
        """Note which events these may still give results for: those that are in service now."""
        fresh = [giver for giver in gone if giver.last is None]
        count = self._queue.metrics().in_service if fresh else 0
        events = reversed(list(self._history) if count else [])
        under_way = (each for each in events if each.taken_at is not None and not each.done)
        last = list(islice(under_way, count))
        if len(last) == count:  # or the history is too short: what is left is seen at the next look
            for giver in fresh:
                giver.last = last

    def _see(self, giver: Giver) -> None:
        """See what a collector has given since it was looked at."""
        one = giver.collector
        results, errors = one.processed - giver.processed, one.errors - giver.errors
        if results or errors:
            self._given[one.key, "Error"] += errors
            self._given[one.key, "Ok"] += results - errors
            giver.processed, giver.errors = one.processed, one.errors
