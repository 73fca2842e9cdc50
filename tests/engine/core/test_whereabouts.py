"""`queue.current_event()`: for which event the code runs that asks."""

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import Gate, echo, in_loop, in_virtual_time, queue_of, settle

CARRIES = pytest.mark.parametrize("carries", [False, True], ids=["its own context", "carried"])
FIRST = pytest.mark.parametrize("asked", [False, True], ids=["the first call", "asked before"])
WAYS = ("task", "child", "grandchild", "eager", "thread", "shielded", "late")


async def told(queue: CollectorQueue, way: str) -> CollectorEvent | None:
    """The current event, asked for from a task or thread that the caller starts."""
    loop = asyncio.get_running_loop()

    async def ask() -> CollectorEvent | None:
        return queue.current_event()

    async def ask_child() -> CollectorEvent | None:
        await asyncio.sleep(0)
        return await loop.create_task(ask())

    match way:
        case "child":
            return await loop.create_task(ask())
        case "grandchild":
            return await loop.create_task(ask_child())
        case "eager":
            return await asyncio.Task(ask(), loop=loop, eager_start=True)
        case "thread":
            return await asyncio.to_thread(queue.current_event)
        case "shielded":
            return await asyncio.wait_for(asyncio.shield(ask()), 5)
        case "late":
            await asyncio.sleep(0)
    return queue.current_event()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [1, 3], ids=["one collector", "three collectors"])
@CARRIES
@FIRST
@in_loop
async def test_a_processor_and_what_it_starts_have_its_event(
    way: str, count: int, carries: bool, asked: bool
) -> None:
    """Its own task, walkers, child tasks and theirs, threads, eager tasks; the first call too."""
    seen: list[tuple[object, CollectorEvent | None]] = []

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == 2:
            await asyncio.sleep(0)
        seen.append((payload, await told(queue, way)))
        return Ok(None)

    collectors = [Collector(f"{number}", process) for number in range(count)]
    queue = queue_of(*collectors, carry_context=carries, max_consumers=3)
    async with queue:
        if asked:
            assert queue.current_event() is None
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(5)]
        await queue.get_publisher().wait()
    assert len(seen) == 5 * count
    for payload, event in seen:
        assert event is events[payload.value]  # type: ignore[attr-defined]


def routers(seen: list[Any], way: str, queue: list[CollectorQueue]) -> dict[str, type[Router]]:
    """Routers that note what they are told, one way or another."""

    class Handling(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            seen.append((payload.value, await told(queue[0], way)))
            return await self.dispatch(payload, self.collectors.values())

    class Processing(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            seen.append((payload.value, await told(queue[0], way)))
            every = self.collectors.values()
            return ResultList(await asyncio.gather(*(one.process(payload) for one in every)))

    class InAChild(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            seen.append((payload.value, await told(queue[0], way)))
            return await asyncio.create_task(self.dispatch(payload, self.collectors.values()))

    class Choosing(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            seen.append((payload.value, queue[0].current_event()))
            return super().route(payload)

    return {one.__name__: one for one in (Handling, Processing, InAChild, Choosing)}


@pytest.mark.parametrize("name", ["Handling", "Processing", "InAChild", "Choosing"])
@pytest.mark.parametrize("way", WAYS)
@CARRIES
@in_loop
async def test_a_router_and_what_it_starts_have_its_event(
    name: str, way: str, carries: bool
) -> None:
    """Custom ones, the processors that they give the payload to, and a `route` of one's own."""
    seen: list[tuple[int, CollectorEvent | None]] = []
    queues: list[CollectorQueue] = []

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        seen.append((payload.value, await told(queues[0], way)))
        return Ok(None)

    queue = queue_of(
        Collector("a", process),
        Collector("b", process),
        router=routers(seen, way, queues)[name],
        carry_context=carries,
    )
    queues.append(queue)
    async with queue:
        queue.current_event()
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(3)]
        await queue.get_publisher().wait()
    assert len(seen) == 9
    for value, event in seen:
        assert event is events[value]


@CARRIES
@FIRST
@in_loop
async def test_it_is_none_when_the_event_is_done(carries: bool, asked: bool) -> None:
    """A task that a processor has left behind runs for nobody; nor does one that has sent."""
    left: list[asyncio.Task[Any]] = []
    gate = asyncio.Event()

    async def behind() -> tuple[Any, Any]:
        before = queue.current_event()
        await gate.wait()
        return before, queue.current_event()

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        left.append(asyncio.create_task(behind()))
        await asyncio.sleep(0)
        return Ok(None)

    async with queue_of(Collector("a", process), carry_context=carries) as queue:
        if asked:
            queue.current_event()
        event = queue.get_publisher().send_nowait(Payload(1))
        await event.wait()
        assert queue.current_event() is None
        gate.set()
        assert await left[0] == (event, None)
    assert queue.current_event() is None


@in_loop
async def test_a_task_left_behind_does_not_get_the_next_event() -> None:
    """The consumer goes on with another event in the same task; who was left behind does not."""
    left: list[asyncio.Task[Any]] = []
    second = asyncio.Event()

    async def behind() -> CollectorEvent | None:
        await second.wait()
        return queue.current_event()

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == 1:
            left.append(asyncio.create_task(behind()))
            await asyncio.sleep(0)
        else:
            second.set()
            await left[0]
        return Ok(None)

    async with queue_of(Collector("a", process), max_consumers=1) as queue:
        for value in (1, 2):
            queue.get_publisher().send_nowait(Payload(value))
        await queue.get_publisher().wait()
        assert await left[0] is None


@CARRIES
@in_loop
async def test_a_processor_that_sends_has_its_own_event_still(carries: bool) -> None:
    """A processor that sends to its own queue, and waits, has its own event and no other."""
    seen: dict[str, CollectorEvent | None] = {}

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        seen[f"{payload.value} before"] = queue.current_event()
        if payload.value == "outer":
            await queue.get_publisher().send_nowait(Payload("inner")).wait()
        seen[f"{payload.value} after"] = queue.current_event()
        return Ok(None)

    async with queue_of(Collector("a", process), carry_context=carries) as queue:
        outer = queue.get_publisher().send_nowait(Payload("outer"))
        await outer.wait()
    assert seen["outer before"] is seen["outer after"] is outer
    assert seen["inner before"] is seen["inner after"] is not outer
    assert seen["inner before"].payload.value == "inner"  # type: ignore[union-attr]


@CARRIES
@in_loop
async def test_two_queues_know_their_own_events(carries: bool) -> None:
    """Side by side, one fed by a processor of the other: nobody gets the other queue's event."""
    seen: list[tuple[Any, Any]] = []

    async def outer(payload: Payload[Any], ctx: Context) -> Result:
        await second.get_publisher().send_nowait(Payload(payload.value)).wait()
        seen.append((first.current_event(), second.current_event()))
        return Ok(None)

    async def inner(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        seen.append((first.current_event(), second.current_event()))
        return Ok(None)

    first = queue_of(Collector("outer", outer), carry_context=carries)
    second = queue_of(Collector("inner", inner), carry_context=carries)
    async with first, second:
        event = first.get_publisher().send_nowait(Payload(1))
        await event.wait()
    (of_first, of_second), (last_first, last_second) = seen
    assert of_first is None
    assert isinstance(of_second, CollectorEvent)
    assert (last_first, last_second) == (event, None)


@CARRIES
@in_loop
async def test_a_queue_started_in_a_processor_of_another_runs_for_both(carries: bool) -> None:
    """The inner queue's processors run for its events, and for the outer one that started it."""
    seen: list[tuple[Any, Any]] = []

    async def outer(payload: Payload[Any], ctx: Context) -> Result:
        async def inner(payload: Payload[Any], ctx: Context) -> Result:
            seen.append((first.current_event(), second.current_event()))
            await asyncio.sleep(0)
            seen.append((first.current_event(), second.current_event()))
            return Ok(None)

        second = queue_of(Collector("inner", inner), carry_context=carries)
        async with second:
            events.append(second.get_publisher().send_nowait(Payload(payload.value)))
            await events[-1].wait()
        return Ok(None)

    events: list[CollectorEvent] = []
    first = queue_of(Collector("outer", outer), carry_context=carries)
    async with first:
        first.current_event()
        for value in range(2):
            event = first.get_publisher().send_nowait(Payload(value))
            await event.wait()
            assert seen == [(event, events[-1])] * 2
            seen.clear()


def test_it_is_none_where_nothing_runs() -> None:
    """Never started, outside of any loop, in a foreign thread, after the shutdown."""
    queue = queue_of(Collector("a", echo))
    assert queue.current_event() is None
    found: list[Any] = []

    async def main() -> None:
        async with queue:
            thread = threading.Thread(target=lambda: found.append(queue.current_event()))
            thread.start()
            await asyncio.to_thread(thread.join)
            found.append(queue.current_event())

    asyncio.run(main())
    assert found == [None, None]
    assert queue.current_event() is None


def _steps(call: Callable[[], object]) -> int:
    """How many lines of Python a call takes."""
    lines, before = 0, sys.gettrace()

    def count(frame: Any, what: str, _: Any) -> Any:
        nonlocal lines
        lines += what == "line"
        return count

    sys.settrace(count)
    try:
        call()
    finally:
        sys.settrace(before)
    return lines


@CARRIES
@in_virtual_time
async def test_it_takes_as_long_with_ten_thousand_in_service_as_with_one(carries: bool) -> None:
    """Counted in lines of Python, in a processor and outside of one."""
    taken: dict[int, list[int]] = {}

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == "count":
            assert queue.current_event() is not None
            taken[queue.metrics().in_service] = [_steps(queue.current_event)]
            return Ok(None)
        return await gate(payload, ctx)

    gate = Gate()
    queue = queue_of(Collector("a", process), max_consumers=20_000, carry_context=carries)
    publisher = queue.get_publisher()
    async with queue:
        for more in (0, 10_000):
            for value in range(more):
                publisher.send_nowait(Payload(value))
            await settle()
            while queue.metrics().queued:
                await settle()
            await publisher.send_nowait(Payload("count")).wait()
            taken[more + 1].append(_steps(queue.current_event))
        gate.open()
    assert taken[1] == taken[10_001]


@in_loop
async def test_nothing_is_done_for_it_while_nobody_asks() -> None:
    """The queue keeps its fast path until the first call, and no mark is left after an event."""
    async with queue_of(Collector("a", echo)) as queue:
        attendance = queue._consumers.attendance
        await queue.get_publisher().send_nowait(Payload(1)).wait()
        assert (attendance.inside, attendance.marks) == (False, {})
        queue.current_event()
        await queue.get_publisher().send_nowait(Payload(1)).wait()
        assert (attendance.inside, attendance.marks) == (True, {})
