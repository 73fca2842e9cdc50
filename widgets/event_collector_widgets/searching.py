"""Searching: whether a text is in an event, or in what a row of the panels shows of it.

A history may be a million events long, so what is written is as little as can be, what is likely
to be found first.
"""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from event_collector import CollectorEvent, Delivery, Error, Result, ResultList
from event_collector._text import describe
from event_collector_widgets import shown

_LONGEST = 500
"""How many characters of what an Error says are searched."""

type Row = tuple[str | None, Result | None]
"""Of an event and one of its collectors: the key, and the result if there is one."""

_STATES = {
    "queued": "queued",
    "○ queued": "queued",
    "in service": "in service",
    "◐ in service": "in service",
    "ok": "Ok",
    "error": "Error",
    "✗ error": "Error",
    "✓ ok": "all Ok",
    "undelivered": "undelivered",
    "\u2013 undelivered": "undelivered",
}
"""What a row shows of a status, with its shape and without."""
_NUMBER = re.compile(r"#?([1-9][0-9]{0,17})")
_COUNT = re.compile(r"([1-9][0-9,]*) (ok|more errors?|errors?)")
_OF_DATES = frozenset("0123456789-")
"""One of these is in whatever part of a date that somebody looks for."""
_NOT_JSON = object()
"""Stands for what a text is JSON of that is not JSON."""
_SHOWN_ONE_BY_ONE = 3
"""Of up to so many results without an Error a row shows each, and does not count them."""


class Wanted:
    """A text that is looked for, upper and lower case alike.

    Of the users' own texts any part is found: of the payload's value, its keys and topics, the
    collector's key, an Ok's value, an Error's type and text (500 characters of it). Of the words
    that the panels put beside them only whole ones, since a letter of "broadcast" or "Error" would
    find every row: an event's number, a status, "4 Ok", "broadcast", "resent as 12".
    """

    __slots__ = (
        *("_broadcast", "_count", "_dated", "_json", "_keys", "_kinds"),
        *("_quoted", "_state"),
        *("number", "own", "resent", "text"),
    )

    text: str
    """In lower case."""
    number: int | None
    """The event's number that it may be."""
    resent: bool
    """Whether it may be what is told of an event that was resent."""
    own: bool
    """Whether it is a word of the panels', or may be."""

    def __init__(self, text: str) -> None:
        self.text = text.casefold()
        words = self.text.strip()
        number, count = _NUMBER.fullmatch(words), _COUNT.fullmatch(words)
        self.number = int(number[1]) if number else None
        self.resent = words.startswith("resent")
        self._state = _STATES.get(words, "")
        self._count = (int(count[1].replace(",", "")), count[2]) if count else None
        self._broadcast = words == "broadcast"
        self._json = _container(text)
        self._quoted = "'" in text or '"' in text
        self._keys: dict[str | None, bool] = {}
        """Of collectors' keys whether it is in them."""
        self._dated = not _OF_DATES.isdisjoint(self.text)
        self._kinds = frozenset(":,→") & frozenset(self.text)
        self.own = self.resent or self._broadcast or bool(self._state) or count is not None

    @property
    def is_json(self) -> bool:
        """Whether it is JSON of a list, an object or a text."""
        return self._json is not _NOT_JSON

    def narrows(self, other: "Wanted") -> bool:
        """Whether it is found only where the other is; but for the event of its `number`."""
        return other.text in self.text and not self.own and self._kinds <= other._kinds

    def in_payload(self, event: CollectorEvent) -> bool:
        """Whether it is in what was sent, or is the event's number. That takes the least."""
        wanted, payload = self.text, event.payload
        value = payload.value
        if wanted in _text(value) or self.number == event.id or self._shown(value):
            return True
        if self._json is not _NOT_JSON and _is_json(value, self._json):
            return True
        # Not keys and topics: of a million payloads each would keep a list that was made for this,
        # and the collection of garbage that so many new ones bring about takes a second.
        if (names := payload.names) and wanted in str([*names]).casefold():
            return True
        return bool(self._kinds) and self._in_way(event)

    def in_results(self, event: CollectorEvent, rows: list[Row], output: str, resent: str) -> bool:
        """Whether it is in what came of an event, or in what the panels say of it.

        Args:
            event: The event.
            rows: Those of its rows in which it may stand.
            output: What its processors have shown.
            resent: What is told of it where it was resent.
        """
        known = self._keys
        for key, result in rows:
            if key not in known:
                known[key] = self.text in _text(key)  # of some keys there are many events
            if known[key] or (result is not None and self._in_result(key, result)):
                return True
        if output and self.text in output.casefold():
            return True
        return self.own and self._said(event, rows, resent)

    def _said(self, event: CollectorEvent, rows: list[Row], resent: str) -> bool:
        """Whether it is what the panels say of an event."""
        if self._broadcast:
            return event.payload.delivery is Delivery.BROADCAST
        if self.resent:
            return self.text.strip() in resent.casefold()
        results = event.peek()
        if self._count is not None:
            return results is not None and self._counts(results)
        if self._state in ("Ok", "Error"):
            return any(
                isinstance(each, Error) == (self._state == "Error") for _, each in rows if each
            )
        now = shown.state(event)
        return now == "Ok" if self._state == "all Ok" else now == self._state

    def _counts(self, results: ResultList) -> bool:
        """Whether it is told of an event that there are so many Oks, or errors, or more of them."""
        assert self._count is not None
        count, what = self._count
        failed = len(results.errors)
        if what.startswith("more"):
            return failed > _SHOWN_ONE_BY_ONE and count == failed - 1
        if what != "ok":
            return count == failed
        counted = failed or len(results) > _SHOWN_ONE_BY_ONE
        return results.delivered and bool(counted) and count == len(results) - failed

    def _in_way(self, event: CollectorEvent) -> bool:
        """Whether it is in how the event was delivered."""
        if "→" in self._kinds:
            goes = f"→ {', '.join(map(str, event.payload.topics))}"
            return event.payload.delivery is Delivery.TOPIC and self.text.strip() in goes.casefold()
        return _safely(self.text, shown.way, event)

    def _in_result(self, key: str | None, result: Result) -> bool:
        """Whether it is in what is told of a result."""
        wanted = self.text
        if isinstance(result, Error):
            told = describe(result.exception, limit=_LONGEST).casefold()
            return wanted in told or _safely(wanted, shown.outcome, key, result, _LONGEST)
        value = result.value
        if value is not None and (wanted in _text(value) or self._shown(value)):
            return True
        return ":" in self._kinds and _safely(wanted, shown.outcome, key, result, _LONGEST)

    def _shown(self, value: object) -> bool:
        """Whether it is in what a row shows of a value, where that is not in its `str` already.

        Within one item of a dict, a row shows what its `str` has; but for dates.
        """
        kind = type(value)
        if kind is str:
            written = self._quoted or not value.isprintable()  # type: ignore[attr-defined]
            return written and _safely(self.text, repr, value)
        if kind is not dict:
            own = kind.__str__ is not kind.__repr__ and _text(value) != ""
            return own and _safely(self.text, repr, value)
        if self._kinds:
            return _safely(self.text, shown.items, value)
        if self._dated:
            for each in value.values():  # type: ignore[attr-defined]
                if isinstance(each, date):
                    return _safely(self.text, shown.items, value)
        return False


def _container(text: str) -> object:
    """The list, object or text that this is JSON of, or _NOT_JSON."""
    if text.lstrip()[:1] in ("{", "[", '"'):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return _NOT_JSON


def _is_json(value: Any, written: Any) -> bool:
    """Whether a value would be written as this JSON: a tuple as a list, a key as a text, nan as
    NaN; and true is not 1."""
    kind = type(written)
    if kind is dict:
        if type(value) is not dict or len(value) != len(written):
            return False
        keys = {each if type(each) is str else _key(each): value[each] for each in value}
        return keys.keys() == written.keys() and all(
            _is_json(keys[key], each) for key, each in written.items()
        )
    if kind is list:
        alike = type(value) in (list, tuple) and len(value) == len(written)
        return alike and all(map(_is_json, value, written))
    return type(value) is kind and (value == written or (value != value and written != written))


def _key(key: object) -> object:
    """A key as JSON writes it; any other that JSON does not know stays what it is."""
    return json.dumps(key) if key is None or type(key) in (bool, int, float) else key


def _safely(wanted: str, write: Callable[..., str], *of: object) -> bool:
    try:
        return wanted in write(*of).casefold()
    except Exception:  # a value of the user's own
        return False


def _text(cell: object) -> str:
    if cell is None:
        return ""
    try:
        return str(cell).casefold()
    except Exception:  # a value of the user's own
        return ""
