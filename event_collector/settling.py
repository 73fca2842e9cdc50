"""What `settle` tells: whether a queue has settled, and if not, what is stuck and where."""

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from event_collector._frames import frame_of
from event_collector._text import one_line
from event_collector.data import Payload
from event_collector.event import CollectorEvent

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
"""How many events of each kind the text of a report shows."""


class Place(NamedTuple):
    """A place in a program."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


@dataclass(frozen=True, slots=True)
class Stuck:
    """One event that is not done, and one collector that keeps it."""

    event: int
    """The event's id."""
    payload: Payload[Any]
    status: str
    """ "in service", "queued", or "waits for a place": `max_concurrency` is reached, or its batch
    still fills."""
    collector: str | None
    """The collector's key; None where no collector has the payload."""
    seconds: float
    """How long it has been in service, or queued."""
    place: Place | None = None
    """Where in the processor it waits; None where that cannot be seen."""
    stack: tuple[Place, ...] = ()
    """All that waits there, from the processor to the innermost function."""

    def __str__(self) -> str:
        within = "" if self.collector is None else f" in {self.collector!r}"
        where = "" if self.place is None else f", at {self.place}"
        return (
            f"event {self.event} {self.status}{within} for {self.seconds:.3g} s{where}: "
            f"{one_line(self.payload)}"
        )


@dataclass(frozen=True, slots=True)
class StuckLifecycle:
    """A collector's lifecycle that is just being entered or left."""

    collector: str
    """The collector's key."""
    status: str
    """ "being entered", "being left", or "being left, since it failed,"."""
    seconds: float
    """For how long."""
    stack: tuple[Place, ...] = ()
    """All that waits there, from the lifecycle to the innermost function."""

    @property
    def place(self) -> Place | None:
        """Where in the lifecycle it waits; None where that cannot be seen."""
        return self.stack[0] if self.stack else None

    def __str__(self) -> str:
        where = "" if self.place is None else f", at {self.place}"
        return (
            f"the lifecycle of collector {self.collector!r} is {self.status} for "
            f"{self.seconds:.3g} s{where}"
        )


@dataclass(frozen=True, slots=True)
class SettleReport:
    """Whether a queue has settled, and if not, what is stuck."""

    settled: bool
    """Whether nothing was queued or in service, and no lifecycle was being entered or left. The
    report is true or false like this."""
    waited: float
    """Seconds until then, or until the timeout."""
    in_service: tuple[Stuck, ...] = ()
    """What is in service, the longest first: one for each collector that has not ended."""
    queued: tuple[CollectorEvent, ...] = ()
    """The events that no consumer has taken, the oldest first."""
    paused: bool = False
    """Whether consumers take nothing because of `pause()`."""
    lifecycles: tuple[StuckLifecycle, ...] = ()
    """The lifecycles that are being entered or left."""
    _now: float = field(default=0.0, repr=False)
    _parked: dict[int, str] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return self.settled

    @property
    def stuck(self) -> tuple[Stuck, ...]:
        """Everything that is not done: what is in service, then what is queued."""
        return (*self.in_service, *map(self._waiting, self.queued))

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame with a row for each of `stuck`, in that order.

        Columns: `event` (int64), `status` (category), `collector` (string, missing where no
        collector has it), `payload` (object: the payload's value), `seconds` (float64), `file`
        (string), `line` (Int64), `function` (string), the last three missing where unknown.

        Raises:
            ImportError: pandas is not installed.
        """
        unknown = (None, None, None)
        return frame_of(
            _TYPES,
            (
                (
                    one.event,
                    one.status,
                    one.collector,
                    one.payload.value,
                    one.seconds,
                    *(one.place or unknown),
                )
                for one in self.stuck
            ),
        )

    def __str__(self) -> str:
        lines = [self._summary(), *(f"  {one}" for one in self.lifecycles)]
        known = len(lines)
        for kind in (self.in_service, tuple(map(self._waiting, self.queued[:SHOWN]))):
            lines += [f"  {one}" for one in kind[:SHOWN]]
        hidden = len(self.in_service) + len(self.queued) - (len(lines) - known)
        if hidden:
            lines.append(f"  ... and {hidden} more; see to_frame()")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """For a notebook: the summary, and a table of what is stuck."""
        summary = html.escape(self._summary())
        summary += "".join(f"<br>{html.escape(str(one))}" for one in self.lifecycles)
        shown = self.stuck if len(self.queued) <= SHOWN else self.in_service
        if not shown:
            return f"<p>{summary}</p>"
        rows = "".join(map(_html_row, shown[:100]))
        head = "".join(f"<th>{name}</th>" for name in ("event", "", "collector", "s", "where", ""))
        return f"<p>{summary}</p><table><tr>{head}</tr>{rows}</table>"

    def __repr__(self) -> str:
        return f"SettleReport({self._summary(times=False)})"

    def _summary(self, *, times: bool = True) -> str:
        after = f" after {self.waited:.3g} s" if times else ""
        if self.settled:
            return f"settled{after}"
        events = len({one.event for one in self.in_service})
        moving = f", {len(self.lifecycles)} lifecycles not ready" if self.lifecycles else ""
        paused = ", and the queue is paused" if self.paused else ""
        return f"not settled{after}: {events} in service, {len(self.queued)} queued{moving}{paused}"

    def _waiting(self, event: CollectorEvent) -> Stuck:
        key = self._parked.get(event.id)
        status = "queued" if key is None else "waits for a place"
        return Stuck(event.id, event.payload, status, key, self._now - event.accepted_at)


_TYPES = {
    "event": "int64",
    "status": ["in service", "waits for a place", "queued"],
    "collector": "string",
    "payload": object,
    "seconds": "float64",
    "file": "string",
    "line": "Int64",
    "function": "string",
}
"""The columns of `SettleReport.to_frame`."""


def _html_row(stuck: Stuck) -> str:
    cells = (
        stuck.event,
        stuck.status,
        stuck.collector or "",
        f"{stuck.seconds:.3g}",
        stuck.place or "",
        one_line(stuck.payload),
    )
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>"
