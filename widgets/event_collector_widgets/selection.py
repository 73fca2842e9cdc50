"""Selection: which events of a history are wanted, as a filter, in words, and as pandas code."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from event_collector import CollectorEvent, Delivery, Error, Result
from event_collector import _check as check
from event_collector._text import describe, one_line

STATUSES = ("queued", "in service", "Ok", "Error", "undelivered")
"""What a row of `History.to_frame` may say of itself."""

_OF_RESULTS = ("Ok", "Error")

_SEARCHED = ("collector", "payload", "keys", "topics", "value", "error")
"""The columns of `History.to_frame` in which a text is looked for."""

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
    type and text (500 characters of it): in what `str` makes of one of them, upper and lower case
    alike. None has no text, nor has what `str` fails for."""

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
        """Code for a cell: `frame`, the rows that fit of all that the history keeps.

        They are rows of just the events that `matches` without `output`: a DataFrame does not have
        what processors have shown. `to_frame` makes the events `retrieved`.
        """
        lines = [f"frame = {bench}.history.to_frame()"]
        delivery = None if self.delivery is None else self.delivery.value
        parts = (("collector", self.collector), ("status", self.status), ("delivery", delivery))
        lines += [f'frame = frame[frame["{name}"] == {part!r}]' for name, part in parts if part]
        if self.since is not None:
            lines.append(f'frame = frame[frame["accepted_at"] >= {self.since!r}]')
        if self.text:
            columns = ", ".join(f'"{name}"' for name in _SEARCHED)
            lines += [
                f"wanted = {self.text.casefold()!r}",
                f"columns = [{columns}]",
                'rows = frame.fillna({"collector": "", "error": ""})[columns]',
                "found = [",
                "    any(wanted in str(cell).casefold() for cell in row if cell is not None)",
                "    for row in rows.itertuples(index=False, name=None)",
                "]",
                "frame = frame.loc[found]",
            ]
        return "\n".join(lines)

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
        if output is not None and wanted in _text(output(event)):
            return True
        return any(wanted in _text(key) or wanted in _text(_told(result)) for key, result in rows)


_EVERYTHING = Selection()


def _told(result: Result | None) -> Any:
    """What a DataFrame has of a result."""
    if isinstance(result, Error):
        return describe(result.exception, limit=500)
    return None if result is None else result.value


def _text(cell: object) -> str:
    if cell is None:
        return ""
    try:
        return str(cell).casefold()
    except Exception:  # a value of the user's own
        return ""
