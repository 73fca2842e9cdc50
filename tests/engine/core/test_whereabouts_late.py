"""`queue.current_event()` where the context does not tell: a late first call, an early end."""

import asyncio
from typing import Any

from event_collector import Collector, CollectorEvent, CollectorQueue, Context, Ok, Payload, Result
from tests.support import in_loop, in_virtual_time, queue_of


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
