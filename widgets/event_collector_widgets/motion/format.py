"""The JSON of a trace, version 2: what `Trace.to_json` writes, and the page and a file read.

    {"format": "event-collector-trace", "version": 2,
     "start": the loop's clock when the first event was accepted, in microseconds,
     "queue": null, or {"order", "default_priority", "min_consumers", "max_consumers",
                        "max_queued", "router", "chooses"},
     "changes": [[time, [[key, [topic, ..], max_concurrency], ..]], ..],
     "notes": [[time, text], ..],
     "routes": [[delivery, [key, ..], [topic, ..], priority], ..],
     "ways": [[[key, outcome], ..], ..],
     "texts": [the texts of results],
     "events": {"id": [..], "text": [..], "route": [..], "accepted": [..], "waited": [..],
                "served": [..], "consumer": [..], "way": [..], "given": [..]}}

Times are whole microseconds: `accepted`, and those of changes and notes, since `start`; `waited`
from accepted to taken, `served` from taken to finished, or from accepted where it was never taken;
null where that has not happened, and for a change that holds from the beginning. What many events
have in common stands in a table once, and `route`, `way` and the texts of an event's results are
places in these, counted from 0. A column has a cell for each event; `given` one for each result, a
place in `texts`, those of the first event first. Of `id`, `accepted` and `given` each cell says by
how much it is more than the one before, the first by how much more than 0. Of a column, `text`
aside, in which two cells or more are all the same, that one stands alone, without a list. A
delivery is one of b, k, t, o: broadcast, key, topic, other. A way says of each result whose it is
(a collector's key, or null where nobody told) and how it ended (0: Ok, 1: Error, 2: undelivered);
it is null until the event is finished. An int that JavaScript cannot hold stands as a string of its
digits.

Version 1, which a page is told a live queue in, and which is read too, has events as rows:

     "events": [[id, text, route, accepted, waited, responded, consumer, way, text, ..], ..]

`responded` is from accepted to finished, and the places of the results' texts follow the way.
"""

import json
from collections.abc import Sequence
from typing import Any

from event_collector_widgets.motion.columns import packed, unpacked
from event_collector_widgets.motion.traced import (
    Outcome,
    TracedChange,
    TracedCollector,
    TracedEvent,
    TracedNote,
    TracedQueue,
    TracedResult,
)

FORMAT, ROWS, VERSION = "event-collector-trace", 1, 2
type Parts = tuple[tuple[TracedEvent, ...], TracedQueue | None, tuple[TracedNote, ...]]
"""What a trace is made of."""

DELIVERIES = {"broadcast": "b", "key": "k", "topic": "t"}
OUTCOMES: tuple[Outcome, ...] = ("Ok", "Error", "undelivered")
_PARTS = (
    *("order", "default_priority", "min_consumers", "max_consumers", "max_queued"),
    *("router", "chooses"),
)
_EXACT = 2**53
"""From here on JavaScript does not tell all ints apart."""


class Writer:
    """Writes events as rows, and keeps the tables that these refer to.

    Args:
        start: From when times are counted, in microseconds.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        self._routes: dict[tuple[Any, ...], int] = {}
        self._ways: dict[tuple[tuple[str | None, int], ...], int] = {}
        self._texts: dict[str, int] = {}

    def row(self, event: TracedEvent) -> list[Any]:
        """What the JSON says of an event."""
        accepted = micros(event.accepted)
        letter = DELIVERIES.get(event.delivery, "o")
        route = (letter, event.keys, event.topics, _safe(event.priority))
        given = tuple((one.collector, OUTCOMES.index(one.outcome)) for one in event.results)
        texts = [self._texts.setdefault(one.text, len(self._texts)) for one in event.results]
        done = event.finished is not None
        return [
            event.id,
            event.text,
            self._routes.setdefault(route, len(self._routes)),
            accepted - self.start,
            None if event.taken is None else micros(event.taken) - accepted,
            None if event.finished is None else micros(event.finished) - accepted,
            event.consumer,
            self._ways.setdefault(given, len(self._ways)) if done else None,
            *texts,
        ]

    def tables(self) -> dict[str, Any]:
        """The tables as they are now."""
        return {"routes": list(self._routes), "ways": list(self._ways), "texts": list(self._texts)}

    def added(self, before: dict[str, int]) -> dict[str, Any]:
        """What the tables have beyond these lengths, by name; which are brought up to date."""
        tables = self.tables()
        added = {name: entries[before.get(name, 0) :] for name, entries in tables.items()}
        before.update({name: len(entries) for name, entries in tables.items()})
        return added

    def changes(self, queue: TracedQueue | None) -> list[Any]:
        """What the JSON says of the collectors and their changes."""
        return [
            [
                None if one.time is None else micros(one.time) - self.start,
                [[each.key, each.topics, each.max_concurrency] for each in one.collectors],
            ]
            for one in (queue.changes if queue else ())
        ]

    def notes(self, notes: Sequence[TracedNote]) -> list[Any]:
        """What the JSON says of the notes."""
        return [[micros(note.time) - self.start, note.text] for note in notes]


def plain(
    events: Sequence[TracedEvent],
    queue: TracedQueue | None,
    notes: Sequence[TracedNote] = (),
    writer: Writer | None = None,
) -> dict[str, Any]:
    """What the JSON of a trace says, with events as rows: its version 1.

    Args:
        events: Its events.
        queue: Its queue, where that is known.
        notes: Its notes.
        writer: Who writes the rows, if more are to follow.
    """
    if writer is None:
        writer = Writer(micros(events[0].accepted) if events else 0)
    rows = [writer.row(event) for event in events]
    return {
        "format": FORMAT,
        "version": ROWS,
        "start": writer.start,
        "queue": queue and {name: _safe(getattr(queue, name)) for name in _PARTS},
        "changes": writer.changes(queue),
        "notes": writer.notes(notes),
        **writer.tables(),
        "events": rows,
    }


def micros(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * 1e6)


def _safe(value: Any) -> Any:
    large = isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT
    return str(value) if large else value


def written(
    events: Sequence[TracedEvent], queue: TracedQueue | None, notes: Sequence[TracedNote]
) -> str:
    """A trace as JSON."""
    said = plain(events, queue, notes)
    said |= {"version": VERSION, "events": packed(said["events"])}
    return json.dumps(said, separators=(",", ":"))


def read(text: str) -> Parts:
    """The trace that was written as this JSON.

    Raises:
        TypeError: `text` is not a str.
        ValueError: It is not a trace, or one of a later version.
    """
    if not isinstance(text, str):
        raise TypeError(f"from_json() takes a str, got {type(text).__name__}")
    try:
        said = json.loads(text)
    except ValueError as exc:
        raise ValueError(f"this is not a trace: it is not JSON ({exc})") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ValueError("this is not a trace; pass what Trace.to_json() wrote")
    if said.get("version") not in (ROWS, VERSION):
        raise ValueError(
            f"this trace has version {said.get('version')!r}, known are {ROWS} to {VERSION}; "
            "update event-collector-toolkit"
        )
    try:
        return _parts(said)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as exc:
        raise ValueError(
            f"this trace is damaged: {type(exc).__name__}: {exc}; write it again with to_json()"
        ) from exc


def _parts(said: dict[str, Any]) -> Parts:
    start = said["start"]
    changes = tuple(
        TracedChange(
            None if time is None else (time + start) / 1e6,
            tuple(TracedCollector(key, tuple(topics), most) for key, topics, most in collectors),
        )
        for time, collectors in said["changes"]
    )
    events = said["events"]
    rows = events if said["version"] == ROWS else unpacked(events, said["ways"])
    parts = said["queue"]
    if parts is not None:
        parts = {**parts, "default_priority": int(parts["default_priority"]), "changes": changes}
    return (
        tuple(_event(each, said) for each in rows),
        None if parts is None else TracedQueue(**parts),
        tuple(TracedNote((time + start) / 1e6, text) for time, text in said["notes"]),
    )


def _event(cells: list[Any], said: dict[str, Any]) -> TracedEvent:
    number, text, route, since, waited, responded, consumer, way, *texts = cells
    letter, keys, topics, priority = said["routes"][route]
    accepted = since + said["start"]
    deliveries = {letter: name for name, letter in DELIVERIES.items()}
    given = [] if way is None else said["ways"][way]
    return TracedEvent(
        number,
        text,
        deliveries.get(letter, "other"),
        tuple(keys),
        tuple(topics),
        None if priority is None else int(priority),
        accepted / 1e6,
        None if waited is None else (accepted + waited) / 1e6,
        None if responded is None else (accepted + responded) / 1e6,
        consumer,
        tuple(
            TracedResult(key, OUTCOMES[outcome], said["texts"][place])
            for (key, outcome), place in zip(given, texts, strict=True)
        ),
    )
