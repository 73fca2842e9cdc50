"""Selection: which events of a history are wanted, as a filter, in words, and as pandas code."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isfinite

from event_collector import CollectorEvent, Delivery, Error
from event_collector import _check as check
from event_collector._text import one_line
from event_collector_widgets.searching import Row, Wanted

STATUSES = ("queued", "in service", "Ok", "Error", "undelivered")
"""What a row of `History.to_frame` may say of itself."""

_OF_RESULTS = ("Ok", "Error")

_BETWEEN = re.compile(r"[;…\t\r\n]|\.\.\.")
"""What stands between what a row shows in one cell, and between cells where they were copied."""

type Output = Callable[[CollectorEvent], str]
"""What the processors of an event have shown, or what is told of it beside it, as text."""


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
    "→ wind, rain", "validate: no reading". Or it is what the panels say of the event: its number
    ("17", "#17"), its status ("error", "in service"), "4 Ok", "broadcast", "resent as 12".
    Text that was copied from a row may be of several of these: where it has a semicolon, the sign
    of what was cut, a tab or a new line, an event fits too that has each of the parts between them.
    JSON of a list, an object or a text finds the payloads that are written so. None has no text,
    nor has what `str` fails for."""
    _wanted: Wanted = field(init=False, repr=False, compare=False)
    _parts: tuple["Selection", ...] = field(init=False, repr=False, compare=False)

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
        object.__setattr__(self, "_wanted", Wanted(self.text))
        parts = [part for each in _BETWEEN.split(self.text) if (part := each.strip())]
        of_each = [] if self.text.strip() in parts else [replace(self, text=part) for part in parts]
        object.__setattr__(self, "_parts", tuple(of_each))

    @property
    def everything(self) -> bool:
        """Whether every event fits, because nothing is given."""
        return self == _EVERYTHING

    @property
    def of_resent(self) -> bool:
        """Whether its text may be what is told of an event that was resent."""
        return self._wanted.resent or any(part.of_resent for part in self._parts)

    @property
    def number(self) -> int | None:
        """The number of an event that its text may be."""
        return self._wanted.number

    def narrows(self, other: "Selection") -> bool:
        """Whether only events fit that fit the other; but for the one of its `number`.

        So it is where a letter was added to the text.
        """
        if not other.text or type(self) is not type(other) or self._parts or other._parts:
            return False
        return replace(self, text="") == replace(other, text="") and self._wanted.narrows(
            other._wanted
        )

    def matches(
        self, event: CollectorEvent, output: Output | None = None, resent: Output | None = None
    ) -> bool:
        """Whether an event fits as it is now. Looking does not make it `retrieved`.

        Args:
            event: An event of any history.
            output: Gives what its processors have shown, to look for the text there too.
            resent: Gives what is told of an event that was resent, to look there too.
        """
        if self._parts:  # where all of it stands, each part does; but for JSON, which is not sought
            if all(part.matches(event, output, resent) for part in self._parts):
                return True
            if not self._wanted.is_json:
                return False
        if self.delivery is not None and event.payload.delivery is not self.delivery:
            return False
        if self.since is not None and event.accepted_at < self.since:
            return False
        wanted = self._wanted
        if self.collector is None and self.status is None:
            if not self.text or wanted.in_payload(event):
                return True
            rows = self._rows(event)
        else:
            if not (rows := self._rows(event)):
                return False
            if not self.text or wanted.in_payload(event):
                return True
        said = "" if output is None else output(event)
        told = resent(event) if resent is not None and wanted.resent else ""
        return wanted.in_results(event, rows, said, told)

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

    def _rows(self, event: CollectorEvent) -> list[Row]:
        """Those of the event's rows that fit `collector` and `status`."""
        collector, status = self.collector, self.status
        results = event.peek()
        if results is None or not results.delivered:
            now = event.status if results is None else "undelivered"
            fits = collector is None and (status is None or status == now)
            return [(None, None)] if fits else []
        if collector is None and status is None:
            return list(zip(results.keys, results, strict=False))
        if status is not None and status not in _OF_RESULTS:
            return []
        wrong = status == "Error"
        return [
            (key, result)
            for key, result in zip(results.keys, results, strict=False)
            if (collector is None or key == collector)
            and (status is None or isinstance(result, Error) is wrong)
        ]


_EVERYTHING = Selection()
