"""Selection: which events of a history are wanted, as a filter, in words, and as pandas code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import isfinite

from event_collector import CollectorEvent, Delivery, Error, Result
from event_collector import _check as check
from event_collector._text import describe, one_line
from event_collector_widgets import shown

STATUSES = ("queued", "in service", "Ok", "Error", "undelivered")
"""What a row of `History.to_frame` may say of itself."""

_OF_RESULTS = ("Ok", "Error")

_LONGEST = 500
"""How many characters of what an Error says are searched."""

type Output = Callable[[CollectorEvent], str]
"""What the processors of an event have shown, as text."""


type _Row = tuple[str | None, Result | None]
"""Of an event and one of its collectors: the key, and the result if there is one."""


@dataclass(frozen=True)
class Selection:
    """The events that have a row of `History.to_frame` which fits all that is given.

    An event has a row for each collector that gave a result. One that is not done, or undelivered,
    has one row without a collector: so with a `collector`, only done events fit. `status` and
    `text` are asked of one and the same row: "Error" in "validate" is an Error that validate gave.

    Raises:
        TypeError: A part is of the wrong type.
        ValueError: `status` is not one of `STATUSES`, `collector` is empty, or `since` not finite.
    """

    collector: str | None = None
    """The key of the collector that gave the result."""
    status: str | None = None
    """One of `STATUSES`."""
    delivery: Delivery | None = None
    since: float | None = None
    """Accepted at this time or later, in seconds of the loop's clock."""
    text: str = ""
    """In the payload's value, its keys or topics, the collector's key, an Ok's value or an Error's
    type and text (500 characters of it), upper and lower case alike: in what `str` or `repr` makes
    of one of them, or in what a row of the panels shows: "city: seattle, temp: 39.O" of a dict,
    "topic: wind, rain", "validate: no reading". None has no text, nor has what `str` fails for."""

    def __post_init__(self) -> None:
        if self.collector is not None:
            check.name(self.collector, "collector")
        if self.status is not None and self.status not in STATUSES:
            raise ValueError(
                f"status must be one of {', '.join(map(repr, STATUSES))}, "
                f"got {one_line(self.status)}"
            )
        if self.delivery is not None:
            modes = "use Delivery.BROADCAST, Delivery.KEY or Delivery.TOPIC"
            check.kind(self.delivery, Delivery, "delivery", modes)
        if self.since is not None:
            if not isinstance(self.since, int | float) or isinstance(self.since, bool):
                raise TypeError(
                    f"since must be a float, got {type(self.since).__name__}: "
                    f"{one_line(self.since)}; give seconds of the loop's clock"
                )
            if not isfinite(self.since):
                raise ValueError(f"since must be finite, got {self.since}; leave it out for all")
        check.kind(self.text, str, "text", "leave it out for all")

    @property
    def everything(self) -> bool:
        """Whether every event fits, because nothing is given."""
        return self == _EVERYTHING

    def matches(self, event: CollectorEvent, output: Output | None = None) -> bool:
        """Whether an event fits as it is now. Looking does not make it `retrieved`.

        Args:
            event: An event of any history.
            output: Gives what its processors have shown, to look for the text there too.
        """
        if self.delivery is not None and event.payload.delivery is not self.delivery:
            return False
        if self.since is not None and event.accepted_at < self.since:
            return False
        if self.collector is None and self.status is None and not self.text:
            return True
        rows = self._rows(event)
        return bool(rows) and (not self.text or self._says(event, rows, output))

    def code(self, bench: str = "bench") -> str:
        """Code for a cell: `frame`, of the events that match the rows that fit: see `fits`.

        They are the rows of `exports.to_rows`. `to_frame` makes the events `retrieved`.
        """
        lines = [f"frame = {bench}.history.to_frame()"]
        delivery = None if self.delivery is None else self.delivery.value
        parts = (("collector", self.collector), ("status", self.status), ("delivery", delivery))
        lines += [f'frame = frame[frame["{name}"] == {part!r}]' for name, part in parts if part]
        if self.since is not None:
            lines.append(f'frame = frame[frame["accepted_at"] >= {self.since!r}]')
        if self.text:
            lines += [
                f"found = [event.id for event in {self.call(bench)}]",
                'frame = frame[frame["event"].isin(found)]',
            ]
        return "\n".join(lines)

    def call(self, bench: str = "bench") -> str:
        """Code of the list of events that match."""
        if self.everything:
            return f"list({bench}.history)"
        return f"{bench}.select({', '.join(f'{name}={part!r}' for name, part in self.given())})"

    def given(self) -> list[tuple[str, object]]:
        """The parts that are given, in their order, as arguments of `Workbench.select`."""
        delivery = None if self.delivery is None else self.delivery.value
        parts = (("collector", self.collector), ("status", self.status), ("delivery", delivery))
        more = (("since", self.since), ("text", self.text or None))
        return [(name, part) for name, part in (*parts, *more) if part is not None]

    def fits(self, collector: str | None, status: str) -> bool:
        """Whether of an event that matches a row fits: one of that collector and status.

        What else is asked for, the text too, is asked of the event.
        """
        return self.collector in (None, collector) and self.status in (None, status)

    def words(self) -> str:
        """The same in words: "Error in validate, text 'O'"; "all events" where nothing is given."""
        parts = [self.status or ""]
        if self.collector is not None:
            parts = [f"{self.status or 'results'} in {self.collector}"]
        if self.delivery is not None:
            parts.append(f"delivery {self.delivery.value}")
        if self.since is not None:
            parts.append(f"accepted since {self.since:.1f} s")
        if self.text:
            parts.append(f"text {self.text!r}")
        return ", ".join(part for part in parts if part) or "all events"

    def _rows(self, event: CollectorEvent) -> list[_Row]:
        """Those of the event's rows that fit `collector` and `status`."""
        collector, status = self.collector, self.status
        results = event.peek()
        if results is None or not results.delivered:
            now = event.status if results is None else "undelivered"
            fits = collector is None and (status is None or status == now)
            return [(None, None)] if fits else []
        if status is not None and status not in _OF_RESULTS:
            return []
        wrong = status == "Error"
        return [
            (key, result)
            for key, result in zip(results.keys, results, strict=False)
            if (collector is None or key == collector)
            and (status is None or isinstance(result, Error) is wrong)
        ]

    def _says(self, event: CollectorEvent, rows: list[_Row], output: Output | None) -> bool:
        wanted, payload = self.text.casefold(), event.payload
        if any(wanted in _text(cell) for cell in (payload.value, payload.keys, payload.topics)):
            return True
        if _shown(wanted, payload.value):
            return True
        # Only whole ways: a letter of "broadcast" is wanted by nobody.
        if (":" in wanted or "," in wanted) and _safely(wanted, shown.way, event):
            return True
        if output is not None and wanted in _text(output(event)):
            return True
        return any(_row_says(wanted, key, result) for key, result in rows)


_EVERYTHING = Selection()


def _row_says(wanted: str, key: str | None, result: Result | None) -> bool:
    """Whether the wanted text is in what is told of a result."""
    if wanted in _text(key):
        return True
    if isinstance(result, Error):
        told = describe(result.exception, limit=_LONGEST)
        return wanted in told.casefold() or _safely(wanted, shown.outcome, key, result, _LONGEST)
    if result is None:
        return False
    value = result.value
    if wanted in _text(value) or _shown(wanted, value):
        return True
    return ":" in wanted and _safely(wanted, shown.outcome, key, result, _LONGEST)


def _shown(wanted: str, value: object) -> bool:
    """Whether it is in what a row shows of a value, where that is not in its `str` already.

    A history may be a million events long, so what is written is as little as can be: within
    one item of a dict, a row shows what its `str` has; but for dates.
    """
    if type(value) is str:
        return not value.isprintable() and _safely(wanted, repr, value)
    if type(value) is not dict:
        own = type(value).__str__ is not type(value).__repr__ and _text(value) != ""
        return own and _safely(wanted, repr, value)
    if ":" in wanted or "," in wanted or any(isinstance(each, date) for each in value.values()):
        return _safely(wanted, shown.items, value)
    return False


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
