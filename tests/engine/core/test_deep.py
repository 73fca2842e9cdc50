"""Queues that wait for each other, and stacks that are used up: bounded depth, and never a hang."""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Error, Ok, Payload, Result
from tests.support import queue_of, run

DEEP = 400
"""More queues than a stack holds, if each runs in the step of the one before."""


async def _through(queues: list[CollectorQueue], in_tasks: bool, frames: int = 0) -> Result:
    """Send through a chain of queues, each of which waits for the next."""

    def processor(number: int) -> Callable[[Payload[Any], Context], Any]:
        async def ask_the_next(deeper: int) -> Any:
            if deeper:
                return await ask_the_next(deeper - 1)
            event = await queues[number + 1].get_publisher().send(Payload(1))
            return await event.wait()

        async def hop(payload: Payload[Any], ctx: Context) -> Result:
            if number + 1 == len(queues):
                return Ok(0)
            asking = ask_the_next(frames)
            results = await (asyncio.create_task(asking) if in_tasks else asking)
            return Ok(1 + results.first().unwrap())

        return hop

    count = len(queues)
    queues[:] = [queue_of(Collector("a", processor(n)), max_consumers=1) for n in range(count)]
    for queue in queues:
        await queue.init_queue()
    results = await queues[0].get_publisher().send_nowait(Payload(1)).wait()
    for queue in queues:
        await queue.shut_down_queue()
    return results.first()


@pytest.mark.parametrize("frames", [0, 100], ids=["few frames", "many frames"])
@pytest.mark.parametrize("in_tasks", [False, True], ids=["awaited", "in tasks"])
@pytest.mark.parametrize("eager", [False, True], ids=["lazy tasks", "eager tasks"])
def test_a_chain_of_queues_that_wait_for_each_other_may_be_long(
    eager: bool, in_tasks: bool, frames: int
) -> None:
    """Each is worked off in the step of the one before only while the stack is not deep."""

    async def main() -> None:
        if eager:
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        queues: list[Any] = [None] * (DEEP // (1 + frames // 10))
        assert await _through(queues, in_tasks, frames) == Ok(len(queues) - 1)

    run(main())


@pytest.mark.parametrize("opened", [False, True], ids=["a young turn", "a slice that is open"])
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("count", [1, 2])
def test_who_waits_with_no_stack_left_loses_no_event(
    count: int, fails: bool, opened: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in the engine the stack ends: the event is done, its place is free, others go on."""
    logging.disable(logging.CRITICAL)
    # Told of a coroutine that was never begun, where there is no stack left to hear of it.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if fails:
            raise ValueError
        return Ok(payload.value)

    async def deep(frames: int, waiting: Callable[[], Any]) -> None:
        if frames:
            await deep(frames - 1, waiting)
        else:
            await waiting()

    async def main() -> None:
        places = [Collector(f"{n}", process) for n in range(count)]
        async with queue_of(*places, max_consumers=1) as queue:
            publisher = queue.get_publisher()
            struck = 0
            for frames in range(850, 1000):
                if opened:
                    await publisher.send_nowait(Payload(0)).wait()
                else:
                    await asyncio.sleep(0)
                event = publisher.send_nowait(Payload(frames))
                try:
                    await deep(frames, event.wait)
                except RecursionError:
                    struck += 1
                results = await event.wait()
                assert len(results) in (1, count)
                assert fails or isinstance(results[0], Error) or results[0] == Ok(frames)
                after = await publisher.send_nowait(Payload("after")).wait()
                assert fails or after == [Ok("after")] * count
            assert struck > 0
            now = queue.metrics()
            assert (now.queued, now.in_service) == (0, 0)

    try:
        run(main())
    finally:
        logging.disable(logging.NOTSET)
