"""A processor that would wait for itself for ever is told so, whoever made its task."""

import asyncio
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Error,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from tests.support import (
    echo,
    in_loop,
    outcome,
    queue_of,
    router_that,
    settle,
    until,
)


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_a_processor_that_waits_for_its_own_event_is_told(count: int) -> None:
    """Decision 14: it would wait for itself for ever; it gets an error instead."""
    events: list[CollectorEvent] = []

    async def own(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        return Ok(await events[0].wait())

    async with queue_of(*(Collector(f"{n}", own) for n in range(count))) as queue:
        events.append(queue.get_publisher().send_nowait(Payload(1)))
        results = await events[0].wait()
    message = (
        "wait() of event 1 was called by a processor of that very event, "
        "which would wait for itself; return a result instead"
    )
    assert [str(error.exception) for error in results.errors] == [message] * count


async def in_tasks(router: Router, payload: Payload[Any]) -> ResultList:
    """Give a payload to all collectors, each in a task of the router's own."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one.process(payload)) for one in router.collectors.values()]
    return ResultList([task.result() for task in tasks])


@pytest.mark.parametrize("what", ["event.wait", "publisher.wait", "shut_down_queue", "remove"])
@in_loop
async def test_a_processor_in_a_task_of_the_router_that_waits_for_itself_is_told(what: str) -> None:
    """Decision 14: nobody waits for ever, whoever made the task."""
    events: list[CollectorEvent] = []

    async def own(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        if what == "event.wait":
            await events[0].wait()
        elif what == "publisher.wait":
            await queue.get_publisher().wait()
        elif what == "remove":
            await queue.remove("a")
        else:
            await queue.shut_down_queue()
        return Ok(None)

    async with queue_of(Collector("a", own), router=router_that(in_tasks)) as queue:
        events.append(queue.get_publisher().send_nowait(Payload(1)))
        (error,) = (await events[0].wait()).errors
        assert "would wait for itself" in str(error.exception)


@in_loop
async def test_a_router_task_may_wait_for_another_event_with_the_same_payload() -> None:
    """It is not taken for a processor that waits for itself."""
    payload = Payload(1)
    second: list[CollectorEvent] = []

    async def wait_once(payload: Payload[Any], ctx: Context) -> Result:
        if not second:
            second.append(queue.get_publisher().send_nowait(payload))
            await until(lambda: second[0].status == "in service")
            return Ok((await second[0].wait()).size())
        await settle()
        return Ok("the second")

    async with queue_of(Collector("a", wait_once), router=router_that(in_tasks)) as queue:
        assert await outcome(queue, payload) == [Ok(1)]


@in_loop
async def test_a_processor_cannot_wait_for_all() -> None:
    """Decision 14: it would wait for itself for ever."""
    queue: CollectorQueue

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await queue.get_publisher().wait()
        return Ok(None)

    queue = queue_of(Collector("a", wait))
    async with queue:
        assert repr(await outcome(queue, Payload(1))) == (
            "ResultList([Error(RuntimeError: wait() was called by a processor of this queue, "
            "which would wait for itself)])"
        )


@in_loop
async def test_a_processor_cannot_wait_for_the_shutdown_of_its_queue() -> None:
    """Decision 14: it would wait for itself for ever; in a task of its own it may ask for it."""
    queue: CollectorQueue
    asked: list[asyncio.Task[None]] = []

    async def end(payload: Payload[str], ctx: Context) -> Result:
        if payload.value == "wrong":
            await queue.shut_down_queue()
        asked.append(asyncio.create_task(queue.shut_down_queue()))
        return Ok("asked")

    queue = queue_of(Collector("a", end), Collector("b", echo))
    await queue.init_queue()
    error = (await outcome(queue, Payload("wrong"))).first()
    assert isinstance(error, Error)
    assert str(error.exception) == (
        "shut_down_queue() was called by a processor of this queue, and would wait for itself; "
        "call it elsewhere, or asyncio.create_task(queue.shut_down_queue()), and do not wait for "
        "that"
    )
    assert await outcome(queue, Payload("right")) == [Ok("asked"), Ok("right")]
    await asyncio.gather(*asked)
    assert not queue.running
