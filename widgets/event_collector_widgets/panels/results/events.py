"""Events in words: how each was sent, how far it is, and what came of it, each in one short line.

A state is told by a word and a shape. None of it counts as somebody who has asked for the results.
"""

from collections.abc import Sequence

from event_collector import CollectorEvent, Delivery, Error, Result, ResultList
from event_collector._text import one_line
from event_collector_widgets.panels.parts.in_rows import LIMIT, ROOM, WIDTH, cut, in_cell
from event_collector_widgets.panels.parts.live import Row
from event_collector_widgets.shown import said

_COLUMNS = 784
"""From how many pixels on a panel has a column for each cell of a row, as the style has it."""
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
    return ("✗ Error", "error") if results.errors else ("✓ Ok", "ok")


def of_how_many(results: ResultList | None) -> str:
    """How many of the results are Errors, after the status: " (1 of 4)"; empty of one, or none."""
    failed = 0 if results is None or len(results) == 1 else len(results.errors)
    return f" ({failed:,} of {len(results or ()):,})" if failed else ""


def outcome(results: ResultList) -> str:
    """What came of a payload, in one line: "26 Ok, 2 errors: audit, billing"."""
    if not results.delivered:
        return "it reached nobody"
    failed = [
        key for key, result in zip(results.keys, results, strict=True) if isinstance(result, Error)
    ]
    fine = len(results) - len(failed)
    told = [f"{fine:,} Ok"] if fine or not failed else []
    if failed:
        told.append(f"{counted(len(failed), 'error')}: {named(failed)}")
    return ", ".join(told)


def in_short(results: ResultList | None) -> str:
    """What came of a payload, for a cell: the Errors first, with what they say, and how many Oks.

    "validate: no reading: temp='39.O'; 3 Ok". Where nothing failed a few Oks are shown themselves.
    """
    if results is None or not results.delivered:
        return ""
    pairs = list(zip(results.keys, results, strict=True))
    failed = [(key, result) for key, result in pairs if isinstance(result, Error)]
    if failed:
        return _errors_in_short(failed, len(pairs) - len(failed))
    if len(pairs) > _FEW:
        return outcome(results)
    room = LIMIT // len(pairs)
    told = "; ".join(cut(f"{one_key(key)}: {_value(each, room)}", room) for key, each in pairs)
    return cut(told, LIMIT)


def room_of(width: int) -> int:
    """How many characters of a payload are in sight in a panel of so many pixels; 0: not known.

    In a wide one the payload has a column; in a narrow one what the event's number leaves it.
    """
    if width > _COLUMNS:
        return int((width - 290) * 6 / 11 / WIDTH)
    return max(ROOM, int((width - 125) / WIDTH))


def row_of(event: CollectorEvent, resent: str = "", room: int = ROOM) -> Row:
    """Its row in the table: event, payload, delivery, status, results.

    Args:
        event: The event.
        resent: What it was resent as, in words, which stands before the results.
        room: How many characters of the payload are in sight.
    """
    results = event.peek()
    shown, state = status(event, results)
    told = "; ".join(each for each in (resent, in_short(results)) if each)
    cells = [in_cell(event.payload.value, room), _goes(event), shown, cut(told, LIMIT)]
    return Row(str(event.id), [str(event.id), *cells], state)


def named(keys: Sequence[str | None]) -> str:
    """The keys of some collectors, the first five of them."""
    return ", ".join(_first([one_key(key) for key in keys]))


def counted(count: int, what: str) -> str:
    """So many of something: "1 error", "1,234 errors"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def one_key(key: str | None) -> str:
    """A collector's key; a question mark where a router did not tell."""
    return "?" if key is None else cut(" ".join(key.split()) or "?", 40)


def _first(names: Sequence[str]) -> list[str]:
    left = len(names) - _NAMED
    return [*names[:_NAMED], *([f"and {left:,} more"] if left > 0 else [])]


def _goes(event: CollectorEvent) -> str:
    """How it was delivered, compact: "→ temperature, wind" for topics."""
    if event.payload.delivery is not Delivery.TOPIC:
        return way(event)
    return f"→ {cut(', '.join(map(str, event.payload.topics)), LIMIT - 2)}"


def _errors_in_short(failed: Sequence[tuple[str | None, Error]], fine: int) -> str:
    """Errors with what they say, as far as there is room, and how many others there are."""
    shown = failed[:_FEW] if len(failed) <= _FEW else failed[:1]
    others = len(failed) - len(shown)
    tail = [counted(others, "more error")] if others else []
    tail += [f"{fine:,} Ok"] if fine else []
    room = (LIMIT - len("; ".join(["", *tail]))) // len(shown) - len("; ")
    told = [cut(f"{one_key(key)}: {said(error, room)}", room) for key, error in shown]
    return "; ".join([*told, *tail])


def _value(result: Result, limit: int) -> str:
    return one_line(getattr(result, "value", result), limit)
