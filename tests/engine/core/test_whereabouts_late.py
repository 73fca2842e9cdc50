"""`queue.current_event()` where the context does not tell: a late first call, an early end."""

import asyncio
import contextvars
import gc
import threading
import weakref
from typing import Any

import pytest

from event_collector import Collector, CollectorEvent, CollectorQueue, Context, Ok, Payload, Result
from tests.support import echo, in_loop, in_virtual_time, queue_of, settle


async def ask(queue: CollectorQueue) -> CollectorEvent | None:
    """The current event."""
    return queue.current_event()


@in_loop
async def test_the_first_to_ask_may_be_a_task_of_a_later_event() -> None:
    """The consumer goes on after a processor that has waited, and the next one starts a task."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        return Ok(None if payload.value == 1 else await asyncio.create_task(ask(queue)))

    async with queue_of(Collector("a", process), max_consumers=1) as queue:
        queue.get_publisher().send_nowait(Payload(1))
        event = queue.get_publisher().send_nowait(Payload(2))
        assert await event.wait() == [Ok(event)]


@pytest.mark.parametrize("way", ["task", "thread"])
@pytest.mark.parametrize("before", range(1, 4))
@in_loop
async def test_the_first_to_ask_may_come_after_processors_that_can_wait_and_did_not(
    before: int, way: str
) -> None:
    """All of them in one stay of a consumer: each has a mark of its own."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value < before:
            return Ok(None)
        if way == "thread":
            return Ok(await asyncio.to_thread(queue.current_event))
        return Ok(await asyncio.create_task(ask(queue)))

    async with queue_of(Collector("a", process), max_consumers=1) as queue:
        send = queue.get_publisher().send_nowait
        events = [send(Payload(value)) for value in range(before + 2)]
        for event in events[before:]:
            assert await event.wait() == [Ok(event)]


def in_a_thread(function: Any) -> None:
    """Call a function in another thread, while this one does nothing."""
    thread = threading.Thread(target=contextvars.copy_context().run, args=(function,))
    thread.start()
    thread.join()


@in_loop
async def test_a_thread_that_asks_first_changes_nothing_that_consumers_rest_on() -> None:
    """That is done in the loop, between their steps, or two would decide on one thing at once."""
    async with queue_of(Collector("a", echo)) as queue:
        in_a_thread(queue.current_event)
        assert not queue._consumers.attendance.inside
        await settle()
        assert queue._consumers.attendance.inside


def test_a_thread_may_ask_first_before_the_start_and_after_the_loop_has_ended() -> None:
    """The next start sees to it. A queue that is dropped meanwhile is not kept by it."""
    queue = queue_of(Collector("a", echo))
    in_a_thread(queue.current_event)

    async def look() -> bool:
        async with queue:
            return queue._consumers.attendance.inside

    assert asyncio.run(look())
    queue = queue_of(Collector("a", echo))
    assert not asyncio.run(look())
    in_a_thread(queue.current_event)
    assert asyncio.run(look())


@in_loop
async def test_a_thread_that_asks_keeps_no_queue() -> None:
    """Not even until the next turn of the loop."""
    gc.disable()
    try:
        queue = queue_of(Collector("a", echo))
        await queue.init_queue()
        await queue.shut_down_queue()
        await settle()
        there = weakref.ref(queue._consumers)
        in_a_thread(queue.current_event)
        del queue
        assert there() is None
    finally:
        gc.enable()


@in_loop
async def test_the_first_to_ask_may_be_the_second_processor_of_a_later_event() -> None:
    """None has waited before, and the first one does now: the second has a task of its own."""

    async def first(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == 2:
            await asyncio.sleep(0)
        return Ok(None)

    async def second(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(None if payload.value == 1 else queue.current_event())

    both = Collector("first", first), Collector("second", second)
    async with queue_of(*both, max_consumers=1) as queue:
        queue.get_publisher().send_nowait(Payload(1))
        event = queue.get_publisher().send_nowait(Payload(2))
        assert await event.wait() == [Ok(None), Ok(event)]


@in_virtual_time
async def test_a_processor_that_a_shutdown_gave_up_runs_for_nobody() -> None:
    """Its event is done, whatever it does."""
    told_late: list[CollectorEvent | None] = []

    async def stubborn(payload: Payload[Any], ctx: Context) -> Result:
        for _ in range(2):  # it is cancelled once
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                continue
        told_late.append(queue.current_event())
        return Ok(None)

    async with queue_of(Collector("a", stubborn), shutdown_timeout=1) as queue:
        event = queue.get_publisher().send_nowait(Payload(1))
    assert event.done
    assert told_late == []
    await asyncio.sleep(300)
    assert told_late == [None]
