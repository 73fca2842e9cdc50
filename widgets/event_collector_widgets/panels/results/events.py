"""Events in words: how each was sent, how far it is, and what came of it, each in one short line.

A state is told by a word and a shape. None of it counts as somebody who has asked for the results.
"""

from collections.abc import Sequence

from event_collector import CollectorEvent, Delivery, Error, ResultList
from event_collector._text import describe, one_line
from event_collector_widgets.panels.parts.live import Row

LIMIT = 100
"""How many characters a cell of a table has at most."""

_FEW = 3
"""Up to so many results are shown one by one; of more it is told how many there are."""
_NAMED = 5
"""Of how many collectors that failed the keys are told."""


def way(event: CollectorEvent, limit: int = LIMIT) -> str:
    """How it was delivered: "broadcast", "key: audit", "topic: temperature, wind"."""
    payload = event.payload
    mode = payload.delivery
    if mode is Delivery.BROADCAST:
        return "broadcast"
    if not isinstance(mode, Delivery):
        return one_line(mode, limit)  # set by hand
    named = payload.keys if mode is Delivery.KEY else payload.topics
    return cut(f"{mode.value}: {', '.join(map(str, named))}", limit)


def status(event: CollectorEvent, results: ResultList | None) -> tuple[str, str]:
    """Its status with its shape, and the word for it that the style knows.

    Args:
        event: The event.
        results: What `event.peek()` gives.
    """
    if results is None:
        taken = event.taken_at is not None
        return ("◐ in service", "service") if taken else ("○ queued", "queued")
    if not results.delivered:
        return "\u2013 undelivered", "nobody"  # a dash
    failed, all_ = len(results.errors), len(results)
    if not failed:
        return "✓ Ok", "ok"
    return ("✗ Error" if all_ == 1 else f"✗ Error ({failed:,} of {all_:,})"), "error"


def outcome(results: ResultList) -> str:
    """What came of a payload, in one line: "26 Ok, 2 errors: audit, billing"."""
    if not results.delivered:
        return "it reached nobody"
    failed = [
        one_key(key)
        for key, result in zip(results.keys, results, strict=True)
        if isinstance(result, Error)
    ]
    fine = len(results) - len(failed)
    told = [f"{fine:,} Ok"] if fine or not failed else []
    if failed:
        told.append(f"{counted(len(failed), 'error')}: {', '.join(_first(failed))}")
    return ", ".join(told)


def in_short(results: ResultList | None) -> str:
    """What came of a payload, for a cell: a few results themselves, of many how many there are."""
    if results is None or not results.delivered:
        return ""
    if len(results) > _FEW:
        return cut(outcome(results), LIMIT)
    room = LIMIT // len(results)
    told = "; ".join(
        cut(f"{one_key(key)}: {_value(result, room)}", room)
        for key, result in zip(results.keys, results, strict=True)
    )
    return cut(told, LIMIT)


def row_of(event: CollectorEvent) -> Row:
    """Its row in the table: event, payload, delivery, status, results."""
    results = event.peek()
    shown, state = status(event, results)
    payload = one_line(event.payload.value, LIMIT)
    return Row(str(event.id), [str(event.id), payload, way(event), shown, in_short(results)], state)


def counted(count: int, what: str) -> str:
    """So many of something: "1 error", "1,234 errors"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def one_key(key: str | None) -> str:
    """A collector's key; a question mark where a router did not tell."""
    return "?" if key is None else cut(" ".join(key.split()) or "?", 40)


def cut(text: str, limit: int) -> str:
    """A text in one line, of so many characters at most."""
    flat = " ".join(text.splitlines()) if len(text.splitlines()) > 1 else text
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _first(names: Sequence[str]) -> list[str]:
    left = len(names) - _NAMED
    return [*names[:_NAMED], *([f"and {left:,} more"] if left > 0 else [])]


def _value(result: object, limit: int) -> str:
    if isinstance(result, Error):
        return describe(result.exception, limit)
    return one_line(getattr(result, "value", result), limit)
