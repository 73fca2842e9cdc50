"""Feed: what a page is told of a workbench that runs, in batches that follow the clock."""

import math
from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import Any

from event_collector import CollectorEvent, Metrics
from event_collector_widgets.motion.counting import Counts
from event_collector_widgets.motion.format import Writer, micros, plain
from event_collector_widgets.motion.trace import Trace, traced
from event_collector_widgets.motion.traced import TracedChange, TracedEvent, TracedQueue
from event_collector_widgets.motion.watching import Changes
from event_collector_widgets.workbench import Workbench

BATCH = 40
"""How many payloads are told of at once while the queue works."""
IDLE_BATCH = 400
"""The same while it does not: nothing is kept waiting by it."""
LATE = 0.4
"""Seconds that a payload waits to be told of, at most; then some stand for all."""
MOST = 1_000
"""So many payloads that are under way, or wait to be told of, are told one by one."""
BEFORE = 500
"""How many of those that came before it was opened are told one by one."""
KEPT = 20_000
"""How many payloads a page is told of before it begins anew."""
NOTED = ("closed", "paused", "blocked", "faults")
"""Of a workbench's warnings, those that a trace keeps; what is full is seen in the picture."""
PAUSED = "paused: no payload is taken until the queue is resumed, or one is let through"
TABLES = ("routes", "ways", "texts", "changes", "notes", "events", "taken", "done", "counts")
ENTRIES = 2_000
"""Of how many collectors the changes tell that are told at once, the last change excepted."""
LIMITS = ("max_consumers", "max_queued")


class Feed:
    """Reads the history of a workbench, and tells what is new in it.

    The queue is told of no event by this: its history records them anyhow. Payloads are told of one
    by one while they are few. Of many, some are told of, and the rest is counted, as the queue
    counts: so the counts are always those of the queue, and what it costs does not grow.

    What is told is always all that had happened by one time, so that a page never sees a later
    thing before an earlier one. A batch has the events that are new as rows, and what is new of
    known ones in columns: `taken` has places, times waited and consumers, `done` has places, times
    responded, ways and texts. `counts` has a time and what is to be added then: see `Counts.rest`.
    `limits` has the queue's limits, if they are others.

    Args:
        bench: The workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.counts = Counts(bench.history.given)
        """What the queue counts beyond what is told."""
        self.changes = Changes(bench.queue)
        bench.queue.add_instrument(self.changes)
        self._limits = limits_of(self.changes.queue)
        self.idle = False
        """Whether nothing was accepted or finished since the batch before the last one."""
        self._last: CollectorEvent | None = None
        self._seen = (-1, -1)
        self._early = bench.history.latest(BEFORE)
        """What there was when this was made, the newest first, until the first look: it may be
        cleared by then."""
        self._begin()

    def _begin(self) -> None:
        """Begin with the events that are there: what a page does not have, it is not told of."""
        self._fresh: deque[CollectorEvent] = deque()
        self._since: float | None = None
        self._under_way: dict[int, tuple[CollectorEvent, int]] = {}
        self._rows: list[Any] = []
        self._counts_told: list[Any] = []
        self._told = {"changes": 0, "notes": 0}
        self._tables: dict[str, int] = {}
        self._writer: Writer | None = None
        self._left_out = self._base = False
        self._first = True
        self._before = 0

    def close(self) -> None:
        """Watch no more. Closing twice is fine."""
        with suppress(ValueError, RuntimeError):
            self.bench.queue.remove_instrument(self.changes)

    @property
    def full(self) -> bool:
        """Whether so much is told that a page is quicker when it begins anew: see `again`."""
        return len(self._rows) >= KEPT

    def again(self) -> None:
        """Begin anew, with the events that came last."""
        self._begin()
        self.counts.again()
        self._last = None

    def all(self) -> dict[str, Any]:
        """All that was told so far, as the JSON of a trace, and `counts`."""
        self._look()
        writer, queue = self._the_writer(), self.changes.queue
        self._told["changes"] = max(1, self._told["changes"])  # the first is how it began
        known = queue.changes[: self._told_of(queue)]
        return {
            **plain((), replace(queue, **self._limits), (), writer),
            "changes": writer.changes(replace(queue, changes=known)),
            "notes": writer.notes(self.changes.notes[: self._told["notes"]]),
            "counts": list(self._counts_told),
            "events": list(self._rows),
        }

    def batch(self) -> dict[str, Any] | None:
        """What is new; None if nothing is."""
        reading = self.bench.metrics()
        self._look()
        self._the_writer()  # while the first event is there to count from
        fresh = self._chosen(reading)
        horizon = self._fresh[0].accepted_at if self._fresh else math.inf
        if self._fresh and self._since is None:
            self._since = self.bench.loop.loop.time()
        known, batch = list(self._under_way.items()), self.nothing()
        rows = [self._row(event, horizon) for event in fresh]
        batch["events"] = [[len(self._rows) - len(rows) + n, row] for n, row in enumerate(rows)]
        for place, (event, stage) in known:
            self._go_on(batch, place, event, stage, horizon)
        if self._left_out and not self._fresh:
            self._count(batch, reading)
        return self._said(batch, horizon)

    def _row(self, event: CollectorEvent, horizon: float) -> list[Any]:
        """Tell of an event for the first time."""
        told = until(traced(event), horizon)
        stage = stage_of(told)
        self.counts.tell(told, 0, stage)
        if stage < DONE:
            self._under_way[len(self._rows)] = (event, stage)
        self._rows.append(row := self._the_writer().row(told))
        return row

    def _go_on(
        self,
        batch: dict[str, Any],
        place: int,
        event: CollectorEvent,
        known: int,
        horizon: float,
    ) -> None:
        """Tell how much further an event is that is known, if it is."""
        if not (event.done or (known == ACCEPTED and event.taken_at is not None)):
            return
        told = until(traced(event), horizon)
        if (stage := stage_of(told)) <= known:
            return
        self.counts.tell(told, known, stage)
        row = self._rows[place] = self._the_writer().row(told)
        waited, responded, consumer, way, *texts = row[4:]
        if known < TAKEN and waited is not None:
            add(batch["taken"], place, waited, consumer)
        if stage == DONE:
            add(batch["done"], place, responded, way, texts)
            del self._under_way[place]
        else:
            self._under_way[place] = (event, stage)

    def _count(self, batch: dict[str, Any], reading: Metrics) -> None:
        """Tell what is counted beyond what is told."""
        rest = self.counts.rest(reading, self._cut_off(reading))
        if any(rest[:-1]) or rest[-1]:
            # What was before the first that is told comes before that.
            now = micros(self.bench.loop.loop.time()) - self._the_writer().start
            time, self._base = 0 if self._base else now, False
            self._counts_told.append([time, *rest])
            batch["counts"].append([time, *rest])

    def _cut_off(self, reading: Metrics) -> int:
        """How many events were cut off by a shutdown. It is asked when nobody needs the loop."""
        if self.bench.queue.running or reading.queued or reading.in_service:
            return 0
        return sum(event.taken_at is None and event.done for event in self.bench.history)

    def note(self) -> None:
        """Keep what is to be said of the workbench now, in words."""
        warnings = self.bench.warnings()
        if "paused" in warnings:
            warnings["paused"] = PAUSED
        words = [warnings[name] for name in NOTED if name in warnings]
        self.changes.note("; ".join(words))

    def state(self) -> dict[str, Any]:
        """What the page's buttons show."""
        queue = self.bench.queue
        return {
            "paused": queue.paused,
            "closed": not queue.running,
            "behind": self.behind,
            "faults": [[key, str(each)] for key, each in self.bench.faults.on.items()],
        }

    def nothing(self) -> dict[str, Any]:
        """A batch with nothing new."""
        return {name: [] for name in (*TABLES, "limits")}

    @property
    def behind(self) -> int:
        """How many payloads are accepted, and neither told of nor counted yet."""
        return len(self._fresh)

    def trace(self) -> Trace:
        """All of the history, as a trace, with the changes and the notes."""
        events = Trace.of(self.bench.history).events
        return Trace(events, self.changes.queue, tuple(self.changes.notes))

    def _look(self) -> None:
        """See which events are new. Older ones than the history keeps are counted only."""
        new = self.bench.history.after(self._last)
        if new:
            self._last = new[-1]
        if self._first:
            self._first = False
            cleared = [each for each in self._early if not new or each.id < new[0].id]
            new, self._early = cleared[::-1] + new, []
            accepted = self.counts.accepted(self.bench.metrics())
            self._left_out = accepted > min(len(new), BEFORE)
            self._base = self._left_out
            new = new[-BEFORE:]
            self._before = len(new)
        self._fresh.extend(new)

    def _chosen(self, reading: Metrics) -> list[CollectorEvent]:
        """The events to tell of now: the next ones; or some that stand for all, if it gets late."""
        before, self._seen = self._seen, (reading.accepted, reading.finished)
        self.idle = before == self._seen
        room = min(IDLE_BATCH if self.idle else BATCH, max(0, MOST - len(self._under_way)))
        # What was before is told at once: a page that waits for it in parts would be late by then.
        room, self._before = max(room, self._before), 0
        fresh = self._fresh
        late = self._since is not None and self.bench.loop.loop.time() - self._since > LATE
        if len(fresh) > room and (late or len(fresh) > MOST or not room):
            every = math.ceil(len(fresh) / room) if room else len(fresh) + 1
            self._fresh = deque(list(fresh)[every - 1 :: every])
            self._left_out = True
        chosen = [self._fresh.popleft() for _ in range(min(len(self._fresh), room))]
        if not self._fresh:
            self._since = None
        return chosen

    def _the_writer(self) -> Writer:
        if self._writer is None:
            first = self._fresh[0].accepted_at if self._fresh else self.bench.loop.loop.time()
            self._writer = Writer(micros(first))
        return self._writer

    def _said(self, batch: dict[str, Any], horizon: float) -> dict[str, Any] | None:
        queue, writer, told = self.changes.queue, self._the_writer(), self._told
        new = queue.changes[self._told_of(queue) :]
        changes = [one for one in new if one.time is not None and one.time <= horizon]
        left = len(new) - len(changes)
        notes = [one for one in self.changes.notes if one.time <= horizon]
        batch["changes"] = writer.changes(replace(queue, changes=last_of(changes)))
        batch["notes"] = writer.notes(notes[told["notes"] :])
        self._told = {"changes": self.changes.count - left, "notes": len(notes)}
        if (limits := limits_of(queue)) != self._limits:
            self._limits = limits
            batch["limits"] = [limits]
        if not any(batch.values()):
            return None
        return {**batch, **writer.added(self._tables)}

    def _told_of(self, queue: TracedQueue) -> int:
        """How many of the changes are told; the first is how it began, as far as that is kept."""
        return max(1, len(queue.changes) - (self.changes.count - self._told["changes"]))


ACCEPTED, TAKEN, DONE = 1, 2, 3


def stage_of(event: TracedEvent) -> int:
    """How far an event is told to be."""
    return DONE if event.finished is not None else TAKEN if event.taken is not None else ACCEPTED


def last_of(changes: list[TracedChange]) -> tuple[TracedChange, ...]:
    """The changes that are told of at once: the last ones, if they tell of very many collectors."""
    entries = 0
    for number, change in enumerate(reversed(changes)):
        entries += len(change.collectors)
        if number and entries > ENTRIES:
            return tuple(changes[len(changes) - number :])
    return tuple(changes)


def limits_of(queue: TracedQueue) -> dict[str, Any]:
    """The limits that a page knows of."""
    return {name: getattr(queue, name) for name in LIMITS}


def add(columns: list[Any], *cells: object) -> None:
    """Put a cell into each column."""
    if not columns:
        columns += [[] for _ in cells]
    for column, cell in zip(columns, cells, strict=True):
        column.append(cell)


def until(event: TracedEvent, horizon: float) -> TracedEvent:
    """An event as it was at a time."""
    if (event.finished or 0) <= horizon >= (event.taken or 0):
        return event
    event = replace(event, finished=None, results=())
    if event.taken is not None and event.taken > horizon:
        event = replace(event, taken=None, consumer=None)
    return event
