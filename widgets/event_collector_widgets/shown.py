"""Shown: the texts by which panels show a payload, and its results, so that they can be found."""

from datetime import date
from typing import Any

from event_collector import CollectorEvent, Delivery, Error, Result
from event_collector._text import describe, one_line


def plain(value: object, limit: int | None = None) -> str:
    """A value in a dict: a text without its quotes, a date as it is read, all else as its repr.

    Args:
        value: The value, or a key.
        limit: Of how many characters no more is needed; None: all of it.
    """
    if type(value) is str:
        return repr(value if limit is None else value[: limit + 1])[1:-1]
    try:
        if isinstance(value, date):
            return str(value)
    except Exception:  # of a class derived from date
        return one_line(value)
    return repr(value) if limit is None else one_line(value, limit)


def items(value: dict[Any, Any]) -> str:
    """A dict as a row shows it, but all of it: "city: seattle, temp: 39.O"."""
    return ", ".join(f"{plain(key)}: {plain(each)}" for key, each in value.items())


def way(event: CollectorEvent) -> str:
    """To which names it was delivered: "key: audit", "topic: temperature, wind"; or nothing."""
    payload = event.payload
    names = payload.keys if payload.delivery is Delivery.KEY else payload.topics
    mode = getattr(payload.delivery, "value", payload.delivery)
    return f"{mode}: {', '.join(map(str, names))}" if names else ""


def state(event: CollectorEvent) -> str:
    """How far it is, or what came of it: queued, in service, Ok, Error or undelivered."""
    if (results := event.peek()) is None:
        return "queued" if event.taken_at is None else "in service"
    if not results.delivered:
        return "undelivered"
    return "Error" if results.errors else "Ok"


def said(error: Error, limit: int) -> str:
    """What an Error says; its exception's type too where the text alone is none, or a mere key."""
    told = describe(error.exception, limit)
    name = f"{type(error.exception).__name__}: "
    return told if isinstance(error.exception, KeyError) else told.removeprefix(name)


def outcome(key: str | None, result: Result | None, limit: int) -> str:
    """What came of it in a collector: "validate: no reading", "double: 4"."""
    if isinstance(result, Error):
        return f"{key}: {said(result, limit)}"
    return f"{key}: {getattr(result, 'value', None)!r}"
