"""The JSON of a trace, version 1: what `Trace.to_json` writes, and the page and a file read.

    {"format": "event-collector-trace", "version": 1,
     "start": the loop's clock when the first event was accepted, in microseconds,
     "queue": null, or {"order", "default_priority", "min_consumers", "max_consumers",
                        "max_queued", "router", "chooses"},
     "changes": [[time, [[key, [topic, ..], max_concurrency], ..]], ..],
     "notes": [[time, text], ..],
     "keys": [the keys of collectors that results name],
     "events": [[id, text, delivery, keys, topics, priority,
                 accepted, waited, responded, consumer, results], ..]}

Times are whole microseconds: `accepted`, and those of changes and notes, since `start`; `waited`
from accepted to taken, `responded` from accepted to finished; null where that has not happened, and
for a change that holds from the beginning. `delivery` is one of b, k, t, o: broadcast, key, topic,
other. `results` is null until the event is finished; then of each result its collector's place in
the list of keys (-1: nobody told), its outcome (0: Ok, 1: Error, 2: undelivered) and its text. An
int that JavaScript cannot hold stands as a string of its digits.
"""

import json
from collections.abc import Sequence
from typing import Any

from event_collector_widgets.motion.traced import (
    Outcome,
    TracedChange,
    TracedCollector,
    TracedEvent,
    TracedNote,
    TracedQueue,
    TracedResult,
)

FORMAT, VERSION = "event-collector-trace", 1
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


class Table:
    """The keys that results name, each once, in the order in which they are first named."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def place(self, key: str | None) -> int:
        """The place of a key; -1 for None."""
        return -1 if key is None else self.places.setdefault(key, len(self.places))


def plain(
    events: Sequence[TracedEvent],
    queue: TracedQueue | None,
    notes: Sequence[TracedNote] = (),
    *,
    start: int | None = None,
    table: Table | None = None,
) -> dict[str, Any]:
    """What the JSON of a trace says.

    Args:
        events: Its events.
        queue: Its queue, where that is known.
        notes: Its notes.
        start: From when times are counted, in microseconds; the first event unless given.
        table: The keys that are known already, for one trace that is told in several parts.
    """
    table = table or Table()
    if start is None:
        start = micros(events[0].accepted) if events else 0
    rows = [row(event, start, table) for event in events]
    return {
        "format": FORMAT,
        "version": VERSION,
        "start": start,
        "queue": queue and {name: _safe(getattr(queue, name)) for name in _PARTS},
        "changes": [
            [
                None if one.time is None else micros(one.time) - start,
                [[each.key, each.topics, each.max_concurrency] for each in one.collectors],
            ]
            for one in (queue.changes if queue else ())
        ],
        "notes": [[micros(note.time) - start, note.text] for note in notes],
        "keys": list(table.places),
        "events": rows,
    }


def row(event: TracedEvent, start: int, table: Table) -> list[Any]:
    """What the JSON says of an event."""
    accepted = micros(event.accepted)
    results = [
        [table.place(one.collector), OUTCOMES.index(one.outcome), one.text] for one in event.results
    ]
    return [
        event.id,
        event.text,
        DELIVERIES.get(event.delivery, "o"),
        event.keys,
        event.topics,
        _safe(event.priority),
        accepted - start,
        None if event.taken is None else micros(event.taken) - accepted,
        None if event.finished is None else micros(event.finished) - accepted,
        event.consumer,
        None if event.finished is None else results,
    ]


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
    return json.dumps(plain(events, queue, notes), separators=(",", ":"))


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
    if said.get("version") != VERSION:
        raise ValueError(
            f"this trace has version {said.get('version')!r}, known is {VERSION}; "
            "update event-collector-toolkit"
        )
    try:
        return _parts(said)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as exc:
        raise ValueError(
            f"this trace is damaged: {type(exc).__name__}: {exc}; write it again with to_json()"
        ) from exc


def _parts(said: dict[str, Any]) -> Parts:
    start, keys = said["start"], said["keys"]
    changes = tuple(
        TracedChange(
            None if time is None else (time + start) / 1e6,
            tuple(TracedCollector(key, tuple(topics), most) for key, topics, most in collectors),
        )
        for time, collectors in said["changes"]
    )
    parts = said["queue"]
    if parts is not None:
        parts = {**parts, "default_priority": int(parts["default_priority"]), "changes": changes}
    return (
        tuple(_event(each, start, keys) for each in said["events"]),
        None if parts is None else TracedQueue(**parts),
        tuple(TracedNote((time + start) / 1e6, text) for time, text in said["notes"]),
    )


def _event(cells: list[Any], start: int, keys: list[str]) -> TracedEvent:
    number, text, letter, its_keys, topics, priority, since, waited, responded, consumer, given = (
        cells
    )
    accepted = since + start
    deliveries = {letter: name for name, letter in DELIVERIES.items()}
    return TracedEvent(
        number,
        text,
        deliveries.get(letter, "other"),
        tuple(its_keys),
        tuple(topics),
        None if priority is None else int(priority),
        accepted / 1e6,
        None if waited is None else (accepted + waited) / 1e6,
        None if responded is None else (accepted + responded) / 1e6,
        consumer,
        tuple(
            TracedResult(None if place < 0 else keys[place], OUTCOMES[outcome], said)
            for place, outcome, said in given or ()
        ),
    )
