"""Laws that hold in every run, whatever is sent, raised, cancelled, changed and shut down."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    QueueFullError,
    QueueType,
    Result,
    Roster,
    SimpleRouter,
    UnknownCollectorError,
)
from tests.support import VirtualTimeLoop, queue_of, run

KEYS, TOPICS = "abcd", "xyz"
OUTCOMES = ["ok", "value", "raise", "raise cancelled", "cancel", "cancel and wait", "swallow"]


@dataclass(frozen=True)
class Send:
    payload: Payload[int]
    how: str
    pause: int
    """Turns of the loop before the next step."""
    behaviours: dict[str, tuple[int, str]]
    """By key: how many turns its processor waits, and what it does then."""
    waiters: tuple[int, ...]
    """After how many turns each waiter is cancelled; 0: it is not."""


@dataclass(frozen=True)
class Change:
    method: str
    key: str
    topics: list[str]
    fails: bool
    pause: int


@dataclass(frozen=True)
class Plan:
    collectors: dict[str, list[str]]
    steps: list[Send | Change]
    end: str
    settings: dict[str, Any]


def sends(outcomes: list[str]) -> st.SearchStrategy[Send]:
    payloads = st.builds(
        Payload,
        st.just(0),
        st.sampled_from(Delivery),
        keys=st.lists(st.sampled_from(KEYS), max_size=4),
        topics=st.lists(st.sampled_from(TOPICS), max_size=3),
        priority=st.none() | st.integers(-1, 1),
    )
    behaviour = st.tuples(st.integers(0, 3), st.sampled_from(outcomes))
    return st.builds(
        Send,
        payloads,
        st.sampled_from(["bare", "awaited", "nowait", "cancelled"]),
        st.integers(0, 2),
        st.fixed_dictionaries(dict.fromkeys(KEYS, behaviour)),
        st.lists(st.integers(0, 4), max_size=3).map(tuple),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    topics = st.lists(st.sampled_from(TOPICS), max_size=2)
    end = draw(st.sampled_from(["drained", "cut off", "cancelled"]))
    outcomes = OUTCOMES if end == "drained" else [*OUTCOMES, "hang"]
    changes = st.builds(
        Change,
        st.sampled_from(["add", "replace", "remove"]),
        st.sampled_from(KEYS),
        topics,
        st.booleans(),
        st.integers(0, 2),
    )
    return Plan(
        draw(st.dictionaries(st.sampled_from(KEYS), topics, max_size=4)),
        draw(st.lists(sends(outcomes) | sends(outcomes) | changes, max_size=14)),
        end,
        {
            "queue_type": draw(st.sampled_from(QueueType)),
            "min_consumers": draw(st.integers(0, 1)),
            "max_consumers": draw(st.integers(1, 4)),
            "max_queued": draw(st.none() | st.integers(1, 3)),
            "shutdown_timeout": draw(st.sampled_from([0, 0.5])) if end == "cut off" else None,
        },
    )


@dataclass
class Ledger:
    """What really happened, noted by routers, processors and lifecycles."""

    plan: Plan
    matching: dict[int, list[Collector]] = field(default_factory=dict)
    begun: Counter[tuple[int, int]] = field(default_factory=Counter)
    in_flight: Counter[int] = field(default_factory=Counter)
    entered: int = 0
    left: int = 0
    events: dict[int, CollectorEvent] = field(default_factory=dict)
    tasks: list[asyncio.Future[Any]] = field(default_factory=list)

    def router(self) -> type[SimpleRouter]:
        ledger = self

        class Noting(SimpleRouter):
            def route(self, payload: Payload[Any]) -> Sequence[Collector]:
                assert payload.value not in ledger.matching, "taken twice"
                expected = ledger.matching[payload.value] = matches(payload, self.collectors)
                chosen = super().route(payload)
                assert list(chosen) == expected
                return chosen

        return Noting

    def collector(self, key: str, topics: list[str], fails: bool = False) -> Collector:
        ctx = Context(open=False)

        @asynccontextmanager
        async def lifecycle(ctx: Context) -> AsyncIterator[None]:
            await asyncio.sleep(0)
            if fails:
                raise OSError("no disk")
            self.entered += 1
            ctx.open = True
            try:
                yield
            finally:
                ctx.open = False
                self.left += 1

        async def process(payload: Payload[int], ctx: Context) -> Any:
            self.begun[payload.value, id(ctx)] += 1
            self.in_flight[payload.value] += 1
            assert ctx.open, "processed outside of its lifecycle"
            try:
                send = self.plan.steps[payload.value]
                assert isinstance(send, Send)
                return await behave(*send.behaviours[key])
            finally:
                self.in_flight[payload.value] -= 1
                self.in_flight += Counter()

        return Collector(key, process, topics=topics, ctx=ctx, lifecycle=lifecycle)

    def check(self, queue: CollectorQueue) -> None:
        now = queue.metrics()
        assert now.accepted == now.queued + now.in_service + now.finished == len(self.events)
        assert now.in_service <= queue.max_consumers
        assert len(self.in_flight) <= queue.max_consumers


def matches(payload: Payload[Any], collectors: Roster) -> list[Collector]:
    """Said once more, in the plainest way."""
    if payload.delivery is Delivery.BROADCAST:
        return list(collectors.values())
    if payload.delivery is Delivery.KEY:
        return [one for one in collectors.values() if one.key in payload.keys]
    return [one for one in collectors.values() if set(one.topics) & set(payload.topics)]


async def behave(turns: int, outcome: str) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    if outcome == "raise":
        raise ValueError(outcome)
    if outcome == "raise cancelled":
        raise asyncio.CancelledError
    if outcome in ("cancel", "cancel and wait"):
        task.cancel()
    if outcome == "cancel and wait":
        await asyncio.sleep(0)
    if outcome == "swallow":
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
    if outcome == "hang":
        await asyncio.get_running_loop().create_future()
    return 5 if outcome == "value" else Ok(5)


async def wait_and_compare(event: CollectorEvent) -> None:
    assert await event.wait() is event.result


async def cancel_after(turns: int, task: asyncio.Task[Any]) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()


def send(step: Send, number: int, queue: CollectorQueue, ledger: Ledger) -> None:
    publisher, payload = queue.get_publisher(), step.payload
    payload.value = number
    if step.how == "nowait":
        try:
            event = publisher.send_nowait(payload)
        except QueueFullError:
            assert queue.metrics().queued >= (queue.max_queued or 0)
            return
    else:
        sending = publisher.send(payload)
        event = sending.event
        if step.how in ("awaited", "cancelled"):
            task = asyncio.create_task(sending)
            ledger.tasks.append(task)
            if step.how == "cancelled":
                ledger.tasks.append(asyncio.create_task(cancel_after(number % 3, task)))
    ledger.events[number] = event
    for turns in step.waiters:
        waiter = asyncio.create_task(wait_and_compare(event))
        ledger.tasks.append(waiter)
        if turns:
            ledger.tasks.append(asyncio.create_task(cancel_after(turns, waiter)))


async def change(step: Change, queue: CollectorQueue, ledger: Ledger) -> None:
    with suppress(ValueError, UnknownCollectorError, QueueClosedError, OSError):
        if step.method == "remove":
            await queue.remove(step.key)
        else:
            collector = ledger.collector(step.key, step.topics, step.fails)
            await getattr(queue, step.method)(collector)


async def end(queue: CollectorQueue, how: str) -> None:
    ending = asyncio.create_task(queue.shut_down_queue())
    if how == "cancelled":
        await cancel_after(2, ending)
    await asyncio.wait([ending])
    assert ending.cancelled() or ending.exception() is None


async def play(plan: Plan) -> None:
    ledger = Ledger(plan)
    collectors = [ledger.collector(key, topics) for key, topics in plan.collectors.items()]
    queue = queue_of(*collectors, router=ledger.router(), **plan.settings)
    await queue.init_queue()
    for number, step in enumerate(plan.steps):
        if isinstance(step, Send):
            send(step, number, queue, ledger)
        else:
            ledger.tasks.append(asyncio.create_task(change(step, queue, ledger)))
        for _ in range(step.pause):
            await asyncio.sleep(0)
            ledger.check(queue)
    await end(queue, plan.end)
    ledger.check(queue)
    if ledger.tasks:
        await asyncio.wait(ledger.tasks)
    check_the_end(queue, ledger)


def check_the_end(queue: CollectorQueue, ledger: Ledger) -> None:
    assert ledger.entered == ledger.left
    assert queue.metrics().finished == len(ledger.events)
    for task in ledger.tasks:
        assert task.cancelled() or task.exception() is None
    for number, event in ledger.events.items():
        check_results(event, ledger.matching.get(number), ledger)


def check_results(event: CollectorEvent, taken_by: list[Collector] | None, ledger: Ledger) -> None:
    results = event.result
    assert results is not None
    value = event.payload.value
    if taken_by is None:  # cut off while it was queued
        assert ledger.plan.end != "drained"
        assert isinstance(results.errors[0].exception, QueueClosedError)
    elif not taken_by:
        assert (list(results), results.delivered) == ([Ok(None)], False)
    else:
        assert results.keys == [one.key for one in taken_by]
        step = ledger.plan.steps[value]
        assert isinstance(step, Send)
        for collector, result in zip(taken_by, results, strict=True):
            assert_fits(result, step.behaviours[collector.key][1], ledger.plan.end)
    processed = {place for place in ledger.begun if place[0] == value}
    assert processed == {(value, id(one.ctx)) for one in taken_by or []}
    assert all(ledger.begun[place] == 1 for place in processed)


def assert_fits(result: Result, outcome: str, end: str) -> None:
    cut_off = isinstance(result, Error) and isinstance(result.exception, QueueClosedError)
    if cut_off:
        assert end != "drained"
    elif outcome in ("ok", "value", "cancel", "swallow"):
        assert result == Ok(5)
    else:
        expected = ValueError if outcome == "raise" else asyncio.CancelledError
        assert isinstance(result, Error)
        assert isinstance(result.exception, expected)


@given(plans())
@settings(max_examples=150, deadline=None, database=None)
def test_exactly_once_whatever_happens(plan: Plan) -> None:
    """Decisions 14, 16, 17, 18: one ResultList each, by each matching collector once, in order."""
    run(play(plan), loop_factory=VirtualTimeLoop, timeout=1e6)
