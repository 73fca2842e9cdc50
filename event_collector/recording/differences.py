"""compare: what differs between two recordings, by event and collector."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from event_collector import _check
from event_collector._frames import frame_of
from event_collector._text import describe
from event_collector.event import CollectorEvent
from event_collector.recording.aligning import pairs
from event_collector.recording.comparing import same, two_texts
from event_collector.recording.reader import Recording, amount
from event_collector.results import Error, Ok, Result

if TYPE_CHECKING:
    import pandas as pd

CHANGES = (
    "only in a",
    "only in b",
    "payload changed",
    "error came",
    "error went",
    "error changed",
    "value changed",
)
"""What can differ between a and b."""

_LONGEST = 10_000
"""So many characters of what two exceptions say are compared."""

_SHOWN = 20
"""So many differences are shown in a text, and how many there are more."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One thing that differs: a result of a collector, or an event as a whole."""

    change: str
    """One of "only in a", "only in b", "payload changed", "error came" (b has an Error where a has
    an Ok), "error went", "error changed" and "value changed"."""
    event_a: int | None
    """The id of the event in a; None where there is none."""
    event_b: int | None
    """The id of the event in b; None where there is none."""
    payload: Any
    """The payload's value: a's, or b's where a has no such event."""
    collector: str | None
    """The collector's key; None where nobody told, or where it is about the event as a whole."""
    a: Any
    """The Ok or Error in a, the payload if that has changed, or None."""
    b: Any
    """The same of b."""

    def __str__(self) -> str:
        ids = dict.fromkeys(f"event {n}" for n in (self.event_a, self.event_b) if n is not None)
        where = " / ".join(ids) + ("" if self.collector is None else f" in {self.collector!r}")
        if self.a is None or self.b is None:
            it = self.b if self.a is None else self.a
            return f"{where}: {self.change}" + ("" if it is None else f": {two_texts(it, it)[0]}")
        one, other = two_texts(self.a, self.b)
        return f"{where}: {self.change}: {one} -> {other}"


class Comparison:
    """What differs between two recordings. `compare` makes one; `str` shows it in lines."""

    def __init__(self, differences: list[Difference], events: int) -> None:
        self.differences = tuple(differences)
        """What differs, in the order of the events."""
        self.events = events
        """How many events were compared: those of the longer recording."""

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def summary(self) -> str:
        """One line: "3 differences in 120 events: 2 values changed, 1 error came"."""
        within = f"in {amount(self.events, 'event')}"
        if self.same:
            return f"no difference {within}"
        counts = Counter(each.change for each in self.differences)
        words = [
            f"{counts[change]:,} {_plural(change, counts[change])}"
            for change in CHANGES
            if counts[change]
        ]
        return f"{amount(len(self.differences), 'difference')} {within}: {', '.join(words)}"

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame with a row per difference, in the order of the events.

        The columns, in order:

        - `event_a`, `event_b` (Int64): the event's ids, missing where there is none
        - `collector` (string): the collector's key, missing where it is about the whole event
        - `change` (category): "only in a", "only in b", "payload changed", "error came",
          "error went", "error changed" or "value changed"
        - `payload` (object): the payload's value, of a where a has the event
        - `value_a`, `value_b` (object): what the Ok holds; the payload's value, if the payload
          has changed; else None
        - `error_a`, `error_b` (string): the exception in one line, missing where there is none

        Raises:
            ImportError: pandas is not installed.
        """
        rows = [
            (
                each.event_a,
                each.event_b,
                each.collector,
                each.change,
                each.payload,
                getattr(each.a, "value", None),
                getattr(each.b, "value", None),
                _error_text(each.a),
                _error_text(each.b),
            )
            for each in self.differences
        ]
        return frame_of(_TYPES, rows)

    def __bool__(self) -> bool:
        raise TypeError(
            "a Comparison is neither true nor false; ask .same, or see .summary() for what differs"
        )

    def __str__(self) -> str:
        lines = [self.summary(), *map(str, self.differences[:_SHOWN])]
        if (more := len(self.differences) - _SHOWN) > 0:
            lines.append(f"... {more:,} more")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Comparison({self.summary()})"


_TYPES = {
    "event_a": "Int64",
    "event_b": "Int64",
    "collector": "string",
    "change": list(CHANGES),
    "payload": object,
    "value_a": object,
    "value_b": object,
    "error_a": "string",
    "error_b": "string",
}
"""The columns of `Comparison.to_frame`."""


def compare(a: Recording, b: Recording, *, incomplete: bool = False) -> Comparison:
    """Compare two recordings, event by event, and collector by collector.

    Both are gone through in the order in which the events were accepted: record what you replay. An
    event is compared with the one that has the same payload, so one that is missing is one
    difference, whatever follows. Where others stand between two such, these are compared in their
    order, as payloads that have changed; so is all if more than 500 are in one alone.

    Of results, floats are equal within 1e-9 of their size, nan equals nan, and of Errors the
    exception's type and message count, addresses taken out. Of payloads, all that can be sent
    counts. When something happened, and by which consumer, does not.

    Args:
        a, b: What `read` gives.
        incomplete: Whether recordings that lack events are compared all the same. What is
            missing is "only in" the other.

    Raises:
        TypeError: `a` or `b` is not a Recording, or `incomplete` not a bool.
        ValueError: One of them lacks events, and `incomplete` is False.
    """
    for name, recording in (("a", a), ("b", b)):
        _check.kind(recording, Recording, name, "pass what read(path) gives")
    _check.kind(incomplete, bool, "incomplete", "write True or False")
    for recording in (a, b):
        if not (recording.complete or incomplete):
            raise ValueError(
                f"{recording.path!r} is not complete: {', '.join(recording.notes)}; "
                "pass incomplete=True to compare what is there"
            )
    found: list[Difference] = []
    for one, other in pairs(list(a), list(b)):
        found += _of_events(one, other)
    return Comparison(found, max(len(a), len(b)))


def _of_events(a: CollectorEvent | None, b: CollectorEvent | None) -> Iterator[Difference]:
    event = a or b
    assert event is not None
    ids = (None if a is None else a.id, None if b is None else b.id, event.payload.value)
    if a is None or b is None:
        yield Difference("only in b" if a is None else "only in a", *ids, None, None, None)
        return
    if not _same_payload(a, b):
        yield Difference("payload changed", *ids, None, a.payload, b.payload)
    ours, theirs = _results_of(a), _results_of(b)
    for who in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(who), theirs.get(who)
        if (change := _change_between(one, other)) is not None:
            yield Difference(change, *ids, who[0], one, other)


def _same_payload(a: CollectorEvent, b: CollectorEvent) -> bool:
    one, other = a.payload, b.payload
    names = ("delivery", "keys", "topics", "priority", "value")
    return all(same(getattr(one, name), getattr(other, name)) for name in names)


type _Who = tuple[str | None, int]
"""A collector's key, and which of its results: a router may ask it several times."""


def _results_of(event: CollectorEvent) -> dict[_Who, Result]:
    """None where the event is not done; where nobody got it, one that only another such equals."""
    results = event.peek()
    if results is None:
        return {}
    if not results.delivered:
        return {(None, -1): results.first()}
    seen: Counter[str | None] = Counter()
    found: dict[_Who, Result] = {}
    for key, result in zip(results.keys, results, strict=True):
        found[key, seen[key]] = result
        seen[key] += 1
    return found


def _change_between(a: Result | None, b: Result | None) -> str | None:
    """What differs between two results; None: nothing."""
    if a is None or b is None:
        return "only in b" if a is None else "only in a"
    if isinstance(a, Ok):
        if isinstance(b, Ok):
            return None if same(a.value, b.value) else "value changed"
        return "error came"
    if isinstance(b, Ok):
        return "error went"
    return None if _said(a) == _said(b) else "error changed"


def _said(error: Error) -> tuple[str, str, str]:
    kind = type(error.exception)
    return kind.__module__, kind.__qualname__, describe(error.exception, _LONGEST)


def _error_text(result: Any) -> str | None:
    return describe(result.exception, limit=500) if isinstance(result, Error) else None


def _plural(change: str, number: int) -> str:
    return change if number == 1 or change.startswith("only") else change.replace(" ", "s ", 1)
