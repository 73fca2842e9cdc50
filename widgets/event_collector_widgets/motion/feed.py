"""Feed: what a page is told of a workbench that runs, in batches that follow the clock."""

import math
from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import Any

from event_collector import CollectorEvent
from event_collector_widgets.motion.format import Writer, micros, plain
from event_collector_widgets.motion.trace import Trace, traced
from event_collector_widgets.motion.traced import TracedEvent
from event_collector_widgets.motion.watching import Changes
from event_collector_widgets.workbench import Workbench

BATCH = 50
"""How many payloads are told of at once while the queue works."""
PAUSED = "paused: no payload is taken until the queue is resumed, or one is let through"

IDLE_BATCH = 1_000
"""The same while it does not: nothing is kept waiting by it."""


class Feed:
    """Reads the history of a workbench, and tells what is new in it.

    The queue is told of no event by this: its history records them anyhow. While more has happened
    than is told of at once, the rest follows later; what is told is always all that had happened by
    one time, so that a page never sees a later thing before an earlier one.

    Args:
        bench: The workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.changes = Changes(bench.queue)
        bench.queue.add_instrument(self.changes)
        self._fresh: deque[CollectorEvent] = deque()
        self._last: CollectorEvent | None = None
        self._under_way: dict[int, tuple[CollectorEvent, int]] = {}
        """By place, the events that are not told to be done, and how much of them is told."""
        self._rows: list[Any] = []
        self._told = {"changes": 0, "notes": 0}
        self._tables: dict[str, int] = {}
        self._writer: Writer | None = None
        self._counts = (-1, -1)
        self.idle = False
        """Whether nothing was accepted or finished since the batch before the last one."""

    def close(self) -> None:
        """Watch no more. Closing twice is fine."""
        with suppress(ValueError, RuntimeError):
            self.bench.queue.remove_instrument(self.changes)

    def all(self) -> dict[str, Any]:
        """All that was told so far, as the JSON of a trace."""
        self._look()
        writer, queue = self._the_writer(), self.changes.queue
        self._told["changes"] = max(1, self._told["changes"])  # the first is how it began
        known = queue.changes[: self._told["changes"]]
        return {
            **plain((), queue, (), writer),
            "changes": writer.changes(replace(queue, changes=known)),
            "notes": writer.notes(self.changes.notes[: self._told["notes"]]),
            "events": self._rows,
        }

    def batch(self) -> dict[str, Any] | None:
        """What is new; None if nothing is."""
        self._look()
        self._the_writer()  # while the first event is there to count from
        events = [self._fresh.popleft() for _ in range(min(len(self._fresh), self._room()))]
        horizon = self._fresh[0].accepted_at if self._fresh else math.inf
        writer = self._the_writer()
        rows: list[Any] = []
        for event in events:
            self._under_way[len(self._rows)] = (event, 0)
            self._rows.append(None)
        for place, (event, known) in list(self._under_way.items()):
            told = until(traced_if_new(event, known), horizon)
            if told is None or (stage := stage_of(told)) <= known:
                continue
            self._rows[place] = writer.row(told)
            rows.append([place, self._rows[place]])
            self._under_way[place] = (event, stage)
            if stage == DONE:
                del self._under_way[place]
        return self._said(rows, horizon)

    def note(self) -> None:
        """Keep what is to be said of the workbench now, in words."""
        warnings = self.bench.warnings()
        if "paused" in warnings:
            warnings["paused"] = PAUSED
        words = [warnings[name] for name in ("closed", "paused", "blocked") if name in warnings]
        self.changes.note("; ".join(words))

    def state(self) -> dict[str, Any]:
        """What the page's buttons show."""
        warnings = self.bench.warnings()
        return {
            "paused": "paused" in warnings,
            "closed": "closed" in warnings,
            "behind": self.behind,
        }

    def nothing(self) -> dict[str, Any]:
        """A batch with nothing new."""
        names = ("routes", "ways", "texts", "changes", "notes", "events")
        return {name: [] for name in names}

    @property
    def behind(self) -> int:
        """How many payloads are accepted and not told of yet."""
        return len(self._fresh)

    def trace(self) -> Trace:
        """All of the history, as a trace, with the changes and the notes."""
        events = Trace.of(self.bench.history).events
        return Trace(events, self.changes.queue, tuple(self.changes.notes))

    def _look(self) -> None:
        """See which events are new. Older ones than the history keeps are gone."""
        for event in self.bench.history.after(self._last):
            self._fresh.append(event)
            self._last = event

    def _room(self) -> int:
        """How many may be told of now."""
        reading = self.bench.metrics()
        before, self._counts = self._counts, (reading.accepted, reading.finished)
        self.idle = before == self._counts
        return IDLE_BATCH if self.idle else BATCH

    def _the_writer(self) -> Writer:
        if self._writer is None:
            first = self._fresh[0].accepted_at if self._fresh else self.bench.loop.loop.time()
            self._writer = Writer(micros(first))
        return self._writer

    def _said(self, rows: list[Any], horizon: float) -> dict[str, Any] | None:
        queue, writer, told = self.changes.queue, self._the_writer(), self._told
        changes = [one for one in queue.changes if one.time is None or one.time <= horizon]
        notes = [one for one in self.changes.notes if one.time <= horizon]
        new_changes, new_notes = changes[told["changes"] :], notes[told["notes"] :]
        self._told = {"changes": len(changes), "notes": len(notes)}
        if not (rows or new_changes or new_notes):
            return None
        return {
            **writer.added(self._tables),
            "changes": writer.changes(replace(queue, changes=tuple(new_changes))),
            "notes": writer.notes(new_notes),
            "events": rows,
        }


ACCEPTED, TAKEN, DONE = 1, 2, 3


def stage_of(event: TracedEvent) -> int:
    """How far an event is told to be."""
    return DONE if event.finished is not None else TAKEN if event.taken is not None else ACCEPTED


def traced_if_new(event: CollectorEvent, known: int) -> TracedEvent | None:
    """An event as it is now, if that may be more than is known."""
    if known == ACCEPTED and event.taken_at is None and not event.done:
        return None
    return None if known == TAKEN and not event.done else traced(event)


def until(event: TracedEvent | None, horizon: float) -> TracedEvent | None:
    """An event as it was at a time."""
    if event is None or (event.finished or 0) <= horizon >= (event.taken or 0):
        return event
    event = replace(event, finished=None, results=())
    if event.taken is not None and event.taken > horizon:
        event = replace(event, taken=None, consumer=None)
    return event
