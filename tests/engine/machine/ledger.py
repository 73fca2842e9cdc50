"""The ledger: what really happens in a run, noted by its router, processors and lifecycles."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Delivery,
    Payload,
    QueueType,
    Result,
    ResultList,
    Roster,
    SimpleRouter,
)
from event_collector.settling import SettleReport
from tests.engine.machine.plan import Doing, Place, Plan
from tests.support import Interrupted


@dataclass
class Member:
    """A collector, and what there is to know about it."""

    place: Place
    ctx: Context
    entered: int = 0
    left: int = 0
    fails: bool = False
    """Whether the lifecycle fails when it is entered next."""
    inside: int = 0
    """How many payloads, or batches, are in service in it."""


@dataclass
class Run:
    """A processor at work on one payload."""

    doing: Doing
    began: float
    computed: float
    """How long all processors together had held the loop until then; once it has ended, meanwhile.
    Seconds."""
    ended: float | None = None
    returned: Any = None
    raised: BaseException | None = None


@dataclass
class Waiter:
    """Somebody who waits for an event."""

    event: CollectorEvent
    cancelled: bool
    """Whether it is, sooner or later."""
    task: asyncio.Task[None] = field(init=False)
    began: int = 0
    """In which turn of the loop it began to wait."""
    ended: int | None = None
    """In which turn it went on."""
    got: BaseException | None = None
    """The interrupt that was passed on to it."""

    @property
    def was_woken(self) -> bool:
        """Whether it really had to wait, and was woken."""
        return self.ended is not None and self.ended > self.began


@dataclass
class Stopping:
    """A shutdown: when it was begun, and whether it was cancelled."""

    began: float
    cancelled: bool = False


@dataclass
class Ledger:
    """What happened, and the faults that were found in it."""

    plan: Plan
    faults: list[str] = field(default_factory=list)
    events: dict[int, CollectorEvent] = field(default_factory=dict)
    """The accepted ones, by the number of their step."""
    results: dict[int, tuple[ResultList, list[Result]]] = field(default_factory=dict)
    """As they were when they were seen first."""
    matching: dict[int, list[Collector]] = field(default_factory=dict)
    """Who is to get each payload, as of its routing."""
    runs: dict[tuple[int, Collector], list[Run]] = field(default_factory=dict)
    members: dict[Collector, Member] = field(default_factory=dict)
    interrupts: dict[int, list[BaseException]] = field(default_factory=dict)
    """Raised by processors, by the number of the step."""
    unclaimed: list[BaseException] = field(default_factory=list)
    """Interrupts for which nobody waited."""
    waiters: list[Waiter] = field(default_factory=list)
    stops: list[Stopping] = field(default_factory=list)
    computed: float = 0.0
    """How long processors have held the loop, in seconds."""
    taken_before: int | None = None
    """How many events had been taken when the queue was paused last; None: it never was."""
    steps_allowed: int = 0
    moving: int = 0
    """How many lifecycles are being entered or left now."""

    def note(self, law: object, fault: str) -> None:
        """Note a fault, unless the law holds. Raising would only give the engine an Error."""
        if not law and fault not in self.faults:
            self.faults.append(fault)

    # Routing

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Be told of every choice of a SimpleRouter, also of that class itself: where it has that
        one, the queue takes a shorter way."""
        route, ledger = SimpleRouter.route, self

        def noting(self: SimpleRouter, payload: Payload[Any]) -> Sequence[Collector]:
            ledger.routed(payload, self.collectors)
            return route(self, payload)

        with (
            patch.object(SimpleRouter, "route", noting),
            patch.object(Roster, "_add", self._putting_back(Roster._add)),
            patch.object(Roster, "_remove", self._putting_back(Roster._remove)),
            patch.object(Roster, "_replace", self._putting_back(Roster._replace)),
        ):
            yield

    def watch(self, queue: CollectorQueue) -> None:
        """Keep the ledger of this queue."""
        self.queue = queue
        queue.add_instrument(Interrupted(self.unclaimed))

    def routed(self, payload: Payload[Any], roster: Roster) -> list[Collector]:
        """An event is taken: it is the one whose turn it is, and was not routed before."""
        number = payload.value
        self.note(number not in self.matching, f"payload {number} was routed twice")
        waiting = [
            event
            for other, event in self.events.items()
            if not event.done and (other == number or other not in self.matching)
        ]
        first = min(waiting, key=self.rank, default=None)
        in_order = first is not None and first.payload is payload
        self.note(in_order, f"payload {number} was taken out of order")
        self.matching[number] = matches(payload, roster)
        self.check(routing=True)
        return self.matching[number]

    def _putting_back[T](self, change: Callable[..., T]) -> Callable[..., T]:
        """Once a collector has come or gone, the events that waited for a place are routed anew."""

        def changing(*args: Any) -> T:
            returned = change(*args)
            for number, event in self.events.items():
                if event.status == "queued":
                    self.matching.pop(number, None)
            return returned

        return changing

    def rank(self, event: CollectorEvent) -> tuple[int, int]:
        """By what the queue orders the events, lowest first."""
        if self.plan.queue_type is QueueType.LIFO:
            return 0, -event.id
        if self.plan.queue_type is QueueType.PRIORITY and event.payload.priority is not None:
            return event.payload.priority, event.id
        return 1000, event.id

    def began(self, numbers: Sequence[int], collector: Collector, run: Run) -> None:
        """A processor has begun with a payload, or with a batch of them."""
        member = self.members[collector]
        for number in numbers:
            self.runs.setdefault((number, collector), []).append(run)
        self.note(member.ctx.open, f"payloads {numbers} were processed outside of the lifecycle")
        size = collector.batch_size or 1
        self.note(1 <= len(numbers) <= size, f"{collector!r} got {numbers} at once")
        if collector.batch_size is not None:
            named = [event.payload.value for event in self.queue.current_events()]
            self.note(named == list(numbers), f"it is told of {named}, and got {numbers}")
        member.inside += 1
        most = collector.max_concurrency
        self.note(most is None or member.inside <= most, f"{member.inside} in {collector!r}")
        self.check()

    # Laws at every moment

    def check(self, *, routing: bool = False) -> None:
        """What is true whenever anybody looks; an event that is just being routed is neither
        queued nor in service."""
        now, events = self.queue.metrics(), self.events.values()
        states = Counter(event.status for event in events)
        counted = (now.queued, now.in_service, now.finished)
        said = f"{now.accepted} accepted, {counted} queued, in service and finished"
        self.note(now.accepted == sum(counted), f"{said}, which does not add up")
        seen = (states["queued"], states["in service"], states["done"])
        self.note(now.accepted == len(events), f"{said}, but {len(events)} were sent")
        self.note(counted == seen or routing, f"{said}, but {dict(states)}")
        flying = {number for number, _ in self.at_work() if not self.done(number)}
        self.note(len(flying) <= self.plan.max_consumers, f"in flight at once: {sorted(flying)}")
        self.note(now.in_service <= self.plan.max_consumers, f"in service: {now.in_service}")
        for number, event in self.events.items():
            if event.result is not None:
                seen_first = self.results.setdefault(number, (event.result, list(event.result)))
                same = event.result is seen_first[0] and event.result == seen_first[1]
                self.note(same, f"event {event.id} got other results later")
        if self.taken_before is not None and self.queue.paused:
            taken = now.accepted - now.queued - self.taken_before
            most = self.steps_allowed
            self.note(taken <= most, f"{taken} taken while paused, {most} allowed")

    def check_report(self, report: SettleReport) -> None:
        """A report says which processors are at work, and which events are queued, and names the
        lifecycles that are being entered or left, which are those of its collectors."""
        named = {one.collector for one in report.lifecycles}
        with_one = {one.place.key for one in self.members.values() if one.place.lifecycle != "none"}
        self.note(named <= with_one, f"the report names the lifecycles of {named}")
        rows = [one for one in report.in_service if one.status == "in service"]
        told = {(one.event, one.collector) for one in rows if one.collector is not None}
        known = {(self.events[n].id, one.key) for n, one in self.at_work() if not self.done(n)}
        said = f"the report says {sorted(told)}, but {sorted(known)} are at work"
        self.note(known <= told, said)
        if self.computed == 0:  # else one may have ended, while its event waits for its turn
            self.note(told <= known, said)
        queued = sorted(one.id for one in self.events.values() if one.status == "queued")
        self.note([one.id for one in report.queued] == queued, f"queued are {queued}: {report}")

    def check_stopped(self) -> None:
        """When a queue was shut down, all is done, and only those may linger who were given up."""
        left = [event.id for event in self.events.values() if not event.done]
        self.note(not left, f"events {left} were not done when the queue was shut down")
        for number, collector in self.at_work():
            lingers = self.runs[number, collector][0].doing.then == "linger"
            self.note(lingers, f"{collector!r} was at work on {number} after the shutdown")

    def at_work(self) -> list[tuple[int, Collector]]:
        """The processors that have not ended, each with the number of its payload."""
        return [place for place, runs in self.runs.items() if any(r.ended is None for r in runs)]

    def stalled(self) -> str | None:
        """Which event could go on, but does not."""
        now = self.queue.metrics()
        steps_left = True
        if self.taken_before is not None and self.queue.paused:
            steps_left = now.accepted - now.queued < self.taken_before + self.steps_allowed
        for number, event in self.events.items():
            chosen = self.matching.get(number)
            free = steps_left and now.in_service < now.max_consumers
            if event.status == "queued" and free and all(map(self.has_room, chosen or ())):
                return f"event {event.id}, which a consumer could take"
            if event.status == "in service" and self.queue.running:
                for one in chosen or ():
                    if (number, one) not in self.runs and self.has_room(one):
                        return f"event {event.id}, which {one!r} could take"
        return None

    def has_room(self, collector: Collector) -> bool:
        """Whether a collector can take a payload now."""
        most = collector.max_concurrency
        return most is None or self.members[collector].inside < most

    def may_come_late(self, collector: Collector) -> bool:
        """Whether a collector may have to wait for an event that is in service: for a place, or
        for others to have their turn."""
        limited = collector.max_concurrency is not None or collector.batch_size is not None
        return limited or self.computed > 0

    def done(self, number: int) -> bool:
        """Whether an event has its results."""
        return number in self.events and self.events[number].done


def matches(payload: Payload[Any], collectors: Roster) -> list[Collector]:
    """Who gets a payload, said once more, in the plainest way."""
    if payload.delivery is Delivery.BROADCAST:
        return list(collectors.values())
    if payload.delivery is Delivery.KEY:
        return [one for one in collectors.values() if one.key in payload.keys]
    return [one for one in collectors.values() if set(one.topics) & set(payload.topics)]
