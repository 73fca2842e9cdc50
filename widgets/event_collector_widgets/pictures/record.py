"""What the pictures need to know of events, as arrays in the order of sending."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from event_collector import CollectorEvent, CollectorQueue, Error, History
from event_collector._text import one_line

type Floats = npt.NDArray[np.floating[Any]]
type Ints = npt.NDArray[np.int64]
type Bools = npt.NDArray[np.bool_]

_COLUMNS = (
    "event",
    "status",
    "collector",
    "payload",
    "consumer",
    "accepted_at",
    "taken_at",
    "finished_at",
)
_PASS = "pass a History, the DataFrame of its to_frame(), or CollectorEvents"


class Delivered(NamedTuple):
    """A result: which event it is of, in the order of sending, and who gave it."""

    event: int
    collector: str | None
    ok: bool


class Unit(NamedTuple):
    """A unit of time."""

    name: str
    seconds: float

    def of(self, seconds: Any) -> Any:
        """Seconds, one or an array, in this unit."""
        return seconds / self.seconds

    def text(self, seconds: float) -> str:
        """Seconds, in this unit, to three digits and with its name.

        >>> Unit("ms", 0.001).text(0.25), Unit("h", 3600.0).text(7.2e6)
        ('250 ms', '2,000 h')
        """
        value = self.of(seconds)
        return f"{value:,.0f} {self.name}" if value >= 100 else f"{value:.3g} {self.name}"


def unit(longest: float) -> Unit:
    """The unit in which times up to the longest, in seconds, are read most easily."""
    if longest < 1:
        return Unit("ms", 0.001)
    if longest < 300:
        return Unit("s", 1.0)
    return Unit("min", 60.0) if longest < 3 * 3600 else Unit("h", 3600.0)


@dataclass(frozen=True, slots=True)
class Record:
    """Events in the order of sending. Times are seconds since the first was accepted."""

    payloads: Sequence[Any]
    accepted: Floats
    taken: Floats
    """nan: not taken."""
    finished: Floats
    """nan: not done."""
    consumer: Ints
    """0: not taken."""
    failed: Bools
    """Whether any result is an Error."""
    undelivered: Bools
    deliveries: list[Delivered]

    @classmethod
    def of(cls, source: object) -> Self:
        """Read a History, a DataFrame or CollectorEvents.

        Raises:
            TypeError: It is something else.
        """
        if isinstance(source, pd.DataFrame):
            return cls._of_frame(source)
        return cls._of_events(_events(source))

    @classmethod
    def _of_events(cls, events: list[CollectorEvent]) -> Self:
        events = sorted(events, key=lambda event: (event.accepted_at, event.id))
        deliveries = []
        undelivered = np.zeros(len(events), dtype=bool)
        for place, event in enumerate(events):
            results = event.result
            if results is None:
                continue
            undelivered[place] = not results.delivered
            deliveries += [
                Delivered(place, key, not isinstance(result, Error))
                for key, result in zip(results.keys, results, strict=False)
            ]
        return cls._made(
            payloads=[event.payload.value for event in events],
            times=[_floats(events, name) for name in ("accepted_at", "taken_at", "finished_at")],
            consumer=np.array([event.consumer or 0 for event in events], dtype=np.int64),
            undelivered=undelivered,
            deliveries=deliveries,
        )

    @classmethod
    def _of_frame(cls, frame: pd.DataFrame) -> Self:
        if missing := [name for name in _COLUMNS if name not in frame.columns]:
            raise TypeError(
                f"the DataFrame has no column {', '.join(map(repr, missing))}; "
                "pass one of History.to_frame(), with all its columns"
            )
        by_event = frame.groupby(["accepted_at", "event"], sort=True)
        places = by_event.ngroup().to_numpy()
        once = frame.assign(_place=places).drop_duplicates("_place").sort_values("_place")
        status = frame["status"].astype(object).to_numpy()
        undelivered = np.zeros(len(once), dtype=bool)
        undelivered[places[status == "undelivered"]] = True
        keys = [None if pd.isna(key) else str(key) for key in frame["collector"]]
        return cls._made(
            payloads=list(once["payload"]),
            times=[
                once[name].to_numpy(dtype=float)
                for name in ("accepted_at", "taken_at", "finished_at")
            ],
            consumer=once["consumer"].fillna(0).to_numpy(dtype=np.int64),
            undelivered=undelivered,
            deliveries=[
                Delivered(int(place), key, said == "Ok")
                for place, key, said in zip(places, keys, status, strict=True)
                if said in ("Ok", "Error")
            ],
        )

    @classmethod
    def _made(
        cls,
        *,
        payloads: list[Any],
        times: list[Floats],
        consumer: Ints,
        undelivered: Bools,
        deliveries: list[Delivered],
    ) -> Self:
        start = times[0][0] if payloads else 0.0
        accepted, taken, finished = (column - start for column in times)
        failed = np.zeros(len(payloads), dtype=bool)
        failed[[one.event for one in deliveries if not one.ok]] = True
        return cls(
            payloads,
            accepted,
            taken,
            finished,
            consumer,
            failed,
            undelivered,
            _in_order(deliveries),
        )

    def __len__(self) -> int:
        return len(self.payloads)

    @property
    def end(self) -> float:
        """The last time that is known, in seconds."""
        times = np.concatenate([self.accepted, self.taken, self.finished])
        return float(np.nanmax(times)) if len(self) else 0.0

    @property
    def waits_until(self) -> Floats:
        """When each event's waiting ended: taken, or cut off in the queue; nan while it waits."""
        return np.where(np.isnan(self.taken), self.finished, self.taken)

    @property
    def consumers(self) -> int:
        """The highest number of a consumer."""
        return int(self.consumer.max(initial=0))

    def by_finish(self) -> Ints:
        """The places of the events that are done, in the order of finishing."""
        order = np.lexsort((np.arange(len(self)), self.waits_until, self.finished))
        return order[~np.isnan(self.finished[order])].astype(np.int64)


def _in_order(deliveries: list[Delivered]) -> list[Delivered]:
    """By event; those of one event as they came."""
    return sorted(deliveries, key=lambda one: one.event)


def _floats(events: list[CollectorEvent], name: str) -> Floats:
    return np.array([getattr(event, name) for event in events], dtype=float)  # None becomes nan


def _events(source: object) -> list[CollectorEvent]:
    if isinstance(source, CollectorQueue):
        raise TypeError(
            f"a picture needs recorded events, got {one_line(source)}; "
            "make history = History(queue) before sending, and pass that"
        )
    if not isinstance(source, Iterable) or isinstance(source, str | bytes):
        raise TypeError(
            f"a picture needs a History, got {type(source).__name__}: {one_line(source)}; {_PASS}"
        )
    events = list(source)
    for event in events if not isinstance(source, History) else ():
        if not isinstance(event, CollectorEvent):
            raise TypeError(
                f"a picture needs CollectorEvents, got {type(event).__name__}: "
                f"{one_line(event)}; {_PASS}"
            )
    return events
