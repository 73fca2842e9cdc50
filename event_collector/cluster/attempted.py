"""Attempted: how often an event was given to a worker, for those with whom that was not once."""

import weakref
from typing import Any

from event_collector import _check
from event_collector.event import CollectorEvent

KEPT = 10_000
"""So many events of a queue are remembered that were tried more than once, the latest."""

_by_queue: weakref.WeakKeyDictionary[Any, dict[tuple[int, str], int]] = weakref.WeakKeyDictionary()


def note(event: CollectorEvent, key: str, attempts: int) -> None:
    """An event was given to a worker for another time."""
    noted = _by_queue.setdefault(event._consumers, {})
    noted.pop((event.id, key), None)
    noted[event.id, key] = attempts
    if len(noted) > KEPT:
        del noted[next(iter(noted))]


def attempts(event: CollectorEvent, key: str) -> int:
    """How often an event was given to a worker, for the collector of this key: 1, unless one was
    lost with it.

    More than 1 says that its processor may have begun, or even ended, more than once. Each queue
    remembers this of the last 10,000 events that were tried again; a copy of an event, which
    belongs to no queue, says 1.

    Raises:
        TypeError: It is not a CollectorEvent, or the key is not a str.
    """
    _check.kind(event, CollectorEvent, "event", "give what send() returned when awaited")
    _check.name(key, "a collector's key")
    home = getattr(event, "_consumers", None)
    return 1 if home is None else _by_queue.get(home, {}).get((event.id, key), 1)
