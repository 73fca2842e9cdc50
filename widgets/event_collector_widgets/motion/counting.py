"""What a queue counts, for a page that is not told of each payload one by one."""

from collections import Counter
from typing import Any

from event_collector import Metrics
from event_collector_widgets.given import Given
from event_collector_widgets.motion.traced import TracedEvent

NAMES = ("accepted", "taken", "finished", "undelivered", "cut off")


class Counts:
    """How far what a page is told falls behind what the queue counts.

    The queue and its collectors count anyhow, so that this costs no more for many payloads than
    for few. What was done and then cleared from the history before this was made is not counted.

    Args:
        given: What the collectors have given.
    """

    def __init__(self, given: Given) -> None:
        self._given = given
        self._before = given.forgotten
        self._told: Counter[Any] = Counter()
        """What the page knows of: by one of NAMES, or by the key and the outcome of results."""

    def again(self) -> None:
        """The page begins anew, and knows of nothing."""
        self._told.clear()

    def accepted(self, reading: Metrics) -> int:
        """How many accepted events of the queue are counted here."""
        return reading.accepted - self._before.finished

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
        before = self._before
        cut_off = max(cut_off, self._told["cut off"])
        finished = reading.finished - before.finished
        counted: Counter[Any] = Counter(
            {
                "accepted": self.accepted(reading),
                "taken": reading.in_service + finished - cut_off,
                "finished": finished,
                "undelivered": reading.undelivered - before.undelivered,
                "cut off": cut_off,
            }
        )
        given = self._given.read()
        counted.update({way: count - before.results[way] for way, count in given.items()})
        more = {way: count - self._told[way] for way, count in counted.items()}
        self._told.update(more)
        keys = dict.fromkeys(way[0] for way in more if isinstance(way, tuple) and more[way])
        results = [[key, more.get((key, "Ok"), 0), more.get((key, "Error"), 0)] for key in keys]
        return [*(more[name] for name in NAMES), results]
