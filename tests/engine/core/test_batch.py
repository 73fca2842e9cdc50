"""What a batch is: timed, cancelled and told of once, in a context of its own."""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Error,
    LifecycleEndedError,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from tests.engine.core.batching import Saves, to
from tests.support import (
    Trace,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    until,
    virtual_loop,
)

VARIABLE = contextvars.ContextVar("variable", default="unset")


def batching(saves: Any, size: int = 4, **how: Any) -> Collector:
    return Collector("db", saves, batch_size=size, **how)


@in_virtual_time
async def test_the_timeout_begins_with_the_processor() -> None:
    """Not while the batch lingers, nor while it waits for a place; and all get the Error."""
    saves = Saves(opened=False)

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(0.5)
        return Ok(None)

    collector = batching(saves, linger=2.0, timeout=1.5, max_concurrency=1)
    async with queue_of(collector, Collector("cpu", compute)) as queue:
        send = queue.get_publisher().send
        first, second = send(to("db", 1)).event, send(to("db", 2)).event
        for _ in range(10):
            send(to("cpu"))
        results = [await first.wait(), await second.wait()]
    errors = [one.first() for one in results]
    assert all(isinstance(one, Error) for one in errors)
    assert {str(one.exception) for one in errors if isinstance(one, Error)} == {
        "the processor of 'db' did not end within its timeout of 1.5 s"
    }
    assert saves.batches == [[1, 2]]


@in_loop
async def test_a_batch_runs_in_the_context_in_which_the_queue_was_started() -> None:
    """With `carry_context` too: it is nobody's alone. What it sets is not seen by the next."""
    seen: list[str] = []

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        seen.append(VARIABLE.get())
        VARIABLE.set("left behind")
        return Ok(None)

    for carry in (False, True):
        VARIABLE.set("started")
        async with queue_of(batching(save), carry_context=carry) as queue:
            VARIABLE.set("sent")
            await outcome(queue, Payload(1))
            await outcome(queue, Payload(1))
    assert seen == ["started"] * 4


@in_loop
async def test_a_batch_knows_its_events_in_order() -> None:
    """`current_event` is None in it; what it has started knows none any more when it is done."""
    told: list[tuple[list[CollectorEvent], CollectorEvent | None]] = []
    later: list[asyncio.Task[list[CollectorEvent]]] = []
    done = asyncio.Event()

    async def look() -> list[CollectorEvent]:
        await done.wait()
        return queue.current_events()

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        await asyncio.sleep(0)
        told.append((queue.current_events(), queue.current_event()))
        told.append((await asyncio.create_task(now()), queue.current_event()))
        later.append(asyncio.create_task(look()))
        return Ok(None)

    async def now() -> list[CollectorEvent]:
        return queue.current_events()

    queue = queue_of(batching(save), Collector("one", echo))
    async with queue:
        sent = [queue.get_publisher().send(to("db", value)).event for value in range(4)]
        await queue.get_publisher().wait()
        assert told == [(sent, None)] * 2
        done.set()
        assert await later[0] == []
    assert queue.current_events() == []


@in_loop
async def test_elsewhere_there_is_one_current_event_or_none() -> None:
    """`current_events` has the one that `current_event` gives."""
    seen: list[list[CollectorEvent]] = []

    async def look(payload: Payload[Any], ctx: Context) -> Result:
        seen.append(queue.current_events())
        await asyncio.sleep(0)
        seen.append(queue.current_events())
        return Ok(None)

    queue = queue_of(Collector("look", look))
    assert queue.current_events() == []
    async with queue:
        event = queue.get_publisher().send(Payload(1)).event
        await event.wait()
    assert seen == [[event], [event]]


@pytest.mark.parametrize("wrapped", [False, True])
@in_loop
async def test_instruments_are_told_of_each_event(wrapped: bool) -> None:
    """In the context in which the batch runs, before it begins and when it has ended."""

    class Tells(Trace):
        def begun(self, event: CollectorEvent, collector: Collector) -> None:
            super().begun(event, collector)
            VARIABLE.set(f"{VARIABLE.get()}, {event.id}")

        def ended(self, event: CollectorEvent, collector: Collector, result: Result) -> None:
            super().ended(event, collector, result)
            seen.append(VARIABLE.get())

    trace, seen = Tells(), list[str]()

    async def save(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
        seen.append(VARIABLE.get())
        await asyncio.sleep(0)
        return [Ok(VARIABLE.get()), Error(ValueError(1))]

    async def around(payloads: Any, ctx: Context, processor: Any) -> Any:
        seen.append(f"around {len(payloads)}")
        return await processor(payloads, ctx)

    VARIABLE.set("started")
    queue = queue_of(batching(save, size=2))
    queue.add_instrument(trace)
    if wrapped:
        queue.wrap("db", around)
    async with queue:
        events = [queue.get_publisher().send(Payload(value)).event for value in range(2)]
        await queue.get_publisher().wait()
    assert trace.of("begun") == [(1, "db"), (2, "db")]
    assert [told[:2] for told in trace.of("ended")] == [(1, "db"), (2, "db")]
    assert [told[0] for told in trace.of("finished")] == [1, 2]
    assert seen == [*(["around 2"] if wrapped else []), *["started, 1, 2"] * 3]
    assert events[0].result == [Ok("started, 1, 2")]


@in_loop
async def test_a_processor_that_would_wait_for_its_own_events_is_told_so() -> None:
    """For any event of its batch, for the queue's end, or for its own removal."""
    events: list[CollectorEvent] = []

    async def save(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
        await asyncio.sleep(0)
        waits = [
            events[2].wait(),
            queue.get_publisher().wait(),
            queue.shut_down_queue(),
            queue.remove("db"),
        ]
        said: list[Result] = []
        for one in waits:
            try:
                await one
            except RuntimeError as exc:
                said.append(Error(exc))
        return said

    queue = queue_of(batching(save))
    async with queue:
        events += [queue.get_publisher().send(Payload(value)).event for value in range(4)]
        results = [(await event.wait()).first() for event in events]
    assert [isinstance(one, Error) for one in results] == [True] * 4
    assert all("itself" in str(one.exception) for one in results if isinstance(one, Error))


@in_loop
async def test_a_lifecycle_that_has_ended_is_told_to_all() -> None:
    """Decision 32: the batch is not processed."""
    ends = asyncio.Event()

    @asynccontextmanager
    async def ending(ctx: Context) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            yield

    async def fails() -> None:
        await ends.wait()
        raise OSError("gone")

    saves = Saves()
    with suppress(BaseException):
        async with queue_of(batching(saves, lifecycle=ending)) as queue:
            ends.set()
            await until(lambda: queue.collectors["db"].lifecycle_ended)
            events = [queue.get_publisher().send(Payload(value)).event for value in range(2)]
            results = [await event.wait() for event in events]
    assert [type(one.errors[0].exception) for one in results] == [LifecycleEndedError] * 2
    assert saves.batches == []


@in_loop
async def test_outside_of_a_queue_a_payload_is_a_batch_by_itself() -> None:
    """`Collector.process` waits for nobody."""
    saves = Saves()
    assert await batching(saves).process(Payload(7)) == Ok(7)
    assert saves.batches == [[7]]


@in_loop
async def test_a_router_may_give_one_payload_in_many_parts() -> None:
    """Each part is in the batch, and the event is named for each."""
    named: list[list[int]] = []

    async def save(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
        named.append([event.id for event in queue.current_events()])
        return [Ok(payload.value) for payload in payloads]

    async def handle(router: Router, payload: Payload[Any]) -> ResultList:
        parts = [Payload(part) for part in payload.value]
        collector = router.collectors["db"]
        return ResultList(await asyncio.gather(*(collector.process(each) for each in parts)))

    queue = queue_of(batching(save), router=router_that(handle))
    async with queue:
        assert await outcome(queue, Payload("abcdef")) == [Ok(letter) for letter in "abcdef"]
    assert named == [[1] * 4, [1] * 2]


@in_virtual_time
async def test_settle_tells_where_a_batch_waits() -> None:
    """Each of its events is named, with the place in the processor."""
    saves = Saves(opened=False)
    async with queue_of(batching(saves, size=2)) as queue:
        for value in range(2):
            queue.get_publisher().send(Payload(value))
        report = await queue.settle(1.0)
        assert [(one.event, one.collector, one.status) for one in report.in_service] == [
            (1, "db", "in service"),
            (2, "db", "in service"),
        ]
        places = [one.place.function for one in report.in_service if one.place is not None]
        assert places == ["__call__"] * 2
        saves.open.set()


@in_virtual_time
async def test_who_holds_the_loop_in_a_batch_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Once, by its collector's key."""

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        virtual_loop().advance(0.3)
        await asyncio.sleep(0)
        return Ok(None)

    async with queue_of(batching(save), Collector("other", echo)) as queue:
        await asyncio.sleep(5)
        for value in range(4):
            queue.get_publisher().send(Payload(value))
        await queue.get_publisher().wait()
        assert set(queue.metrics().blocking) == {"db"}
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "the processor of collector 'db' held the event loop for 0.3 s, and everything else waited"
    ]
