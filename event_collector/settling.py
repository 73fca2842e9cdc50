"""Settling: waiting until a queue has nothing to do, and saying what is stuck and where."""

import asyncio
import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from event_collector._text import one_line
from event_collector.collector import Collector, is_own
from event_collector.consumers import Consumers
from event_collector.data import Payload
from event_collector.dispatch import Dispatch
from event_collector.event import CollectorEvent
from event_collector.gate import Gate
from event_collector.watched import Watched, watched

if TYPE_CHECKING:
    from types import CodeType, FrameType

    import pandas as pd

LOOKED_AT = 200
"""Of how many events in service a report says where they wait."""

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
    """ "in service", "queued", or "waits for a place" where `max_concurrency` is reached."""
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
class SettleReport:
    """Whether a queue has settled, and if not, what is stuck."""

    settled: bool
    """Whether nothing was queued or in service. The report is true or false like this."""
    waited: float
    """Seconds until then, or until the timeout."""
    in_service: tuple[Stuck, ...] = ()
    """What is in service, the longest first: one for each collector that has not ended."""
    queued: tuple[CollectorEvent, ...] = ()
    """The events that no consumer has taken, the oldest first."""
    paused: bool = False
    """Whether consumers take nothing because of `pause()`."""
    _now: float = field(default=0.0, repr=False)
    _aside: dict[int, str] = field(default_factory=dict, repr=False)

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
        from event_collector.frames import settle_frame

        return settle_frame(self)

    def __str__(self) -> str:
        lines = [self._summary()]
        for kind in (self.in_service, tuple(map(self._waiting, self.queued[:SHOWN]))):
            lines += [f"  {one}" for one in kind[:SHOWN]]
        hidden = len(self.in_service) + len(self.queued) - (len(lines) - 1)
        if hidden:
            lines.append(f"  ... and {hidden} more; see to_frame()")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """For a notebook: the summary, and a table of what is stuck."""
        summary = html.escape(self._summary())
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
        paused = ", and the queue is paused" if self.paused else ""
        return f"not settled{after}: {events} in service, {len(self.queued)} queued{paused}"

    def _waiting(self, event: CollectorEvent) -> Stuck:
        key = self._aside.get(event.id)
        status = "queued" if key is None else "waits for a place"
        return Stuck(event.id, event.payload, status, key, self._now - event.accepted_at)


async def settle(consumers: Consumers, timeout: float) -> SettleReport:
    """See `CollectorQueue.settle`."""
    tally = consumers.tally
    if tally.finished == tally.accepted:
        return SettleReport(True, 0.0)
    began = consumers.time()
    try:
        async with asyncio.timeout(timeout):
            while tally.finished < tally.accepted:
                await consumers.wait_for_all()
    except TimeoutError:
        pass
    return report(consumers, consumers.time() - began)


def report(consumers: Consumers, waited: float) -> SettleReport:
    """What is not done at this moment. Of very many events, only the first have a place.

    Looking for a place takes some microseconds, and the caller wants to be told in time.
    """
    now = consumers.time()
    in_service = [
        Stuck(event.id, event.payload, status, key, now - _or(event.taken_at, now), *seen)
        for number, consumer in enumerate(consumers.active.values())
        if (event := consumer.event) is not None and not event.done
        for key, status, seen in _seen(consumer, look=number < LOOKED_AT)
    ]
    in_service.sort(key=attrgetter("seconds"), reverse=True)
    aside = consumers.line.aside.places()
    queued = consumers.line.events()
    settled = consumers.tally.finished == consumers.tally.accepted
    paused = consumers.line.paused
    return SettleReport(settled, waited, tuple(in_service), tuple(queued), paused, now, aside)


def _or(taken_at: float | None, now: float) -> float:
    return now if taken_at is None else taken_at


type _Seen = tuple[str | None, str, tuple[Place | None, tuple[Place, ...]]]

_BETWEEN: _Seen = (None, "in service", (None, ()))
"""What there is to see of an event whose processors have ended, before its consumer goes on."""


def _seen(consumer: Any, *, look: bool) -> "list[_Seen]":
    if look:
        return list(_at_work(consumer)) or [_BETWEEN]
    collector = consumer.collector
    return [_BETWEEN if collector is None else (collector.key, "in service", (None, ()))]


def _at_work(consumer: Any) -> Iterator[_Seen]:
    """Who has the event of a consumer, and where it waits."""
    walk: Dispatch | None = consumer.dispatch
    children = list(_in_children(consumer)) if consumer.chosen is None else []
    if walk is None or consumer.collector is not None:
        own = _follow(consumer.task.get_coro(), consumer)
        yield from (seen for seen in own if seen[0] is not None or not children)
    yield from children
    if walk is not None:
        yield from _in_walk(walk)


def _in_children(consumer: Any) -> Iterator[_Seen]:
    """Where a custom router gives the event's payload to collectors in tasks of its own."""
    for task, (payload, _) in list(consumer.pace.giving.items()):
        if payload is consumer.event.payload and task is not consumer.task:
            yield from _follow(task.get_coro(), Watched(consumer.pace))


def _in_walk(walk: Dispatch) -> Iterator[_Seen]:
    for task, walker in list(walk.walkers.items()):
        if walker.collector is not None:
            yield from _follow(task.get_coro(), walker)


def _follow(awaitable: Any, by: Watched) -> Iterator[_Seen]:
    """Go from a task's coroutine to what it waits for, and so on, to the innermost function."""
    collector, status, stack = by.collector, "in service", []
    while (step := _step(awaitable)) is not None:
        frame, awaitable = step
        if not is_own(frame.f_code):
            stack.append(Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        elif frame.f_code is _code(Collector.process):
            collector, stack = frame.f_locals["self"], []  # a custom router's frames end here
        elif frame.f_code is _code(Dispatch.run):
            yield from _in_walk(frame.f_locals["self"])
            return
        elif frame.f_code is _code(Gate.enter):
            status = "waits for a place"
    key = None if collector is None else collector.key
    yield key, status, (stack[0] if stack else None, tuple(stack))


def _step(awaitable: Any) -> "tuple[FrameType, Any] | None":
    """The frame of a coroutine or generator that waits, and what it waits for."""
    frame: FrameType | None = getattr(awaitable, "cr_frame", None)
    if frame is not None:
        return frame, awaitable.cr_await
    frame = getattr(awaitable, "gi_frame", None)
    if frame is None:
        return None
    if frame.f_code is _code(watched):
        return frame, frame.f_locals["steps"]
    return frame, awaitable.gi_yieldfrom


def _code(function: Callable[..., object]) -> "CodeType":
    code: CodeType = function.__code__
    return code


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
