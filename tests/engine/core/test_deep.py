"""Queues that wait for each other, and stacks that are used up: bounded depth, and never a hang."""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Error,
    Instrument,
    Ok,
    Payload,
    Result,
)
from tests.support import eager_loop, queue_of, run

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
            eager_loop(asyncio.get_running_loop())
        queues: list[Any] = [None] * (DEEP // (1 + frames // 10))
        assert await _through(queues, in_tasks, frames) == Ok(len(queues) - 1)

    run(main())


@pytest.mark.parametrize("turns", [False, True], ids=["who waits", "a turn of the loop"])
@pytest.mark.parametrize("opened", [False, True], ids=["a young turn", "a slice that is open"])
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("count", [1, 2])
def test_where_no_stack_is_left_no_event_is_lost(
    count: int, fails: bool, opened: bool, turns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in the engine the stack ends: the event is done, its place is free, others go on.

    Who waits there leaves the event to the loop. A loop that is run within another one, as by
    nest_asyncio2, may itself have nothing left.
    """
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

            async def turn() -> None:
                queue._consumers.start()

            struck = 0
            for frames in range(850, 1000):
                if opened:
                    await publisher.send_nowait(Payload(0)).wait()
                else:
                    await asyncio.sleep(0)
                event = publisher.send_nowait(Payload(frames))
                try:
                    await deep(frames, turn if turns else event.wait)
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


class _Everything(Instrument):
    """Is told of all there is of an event, and does nothing."""

    def __init__(self) -> None:
        for name in ("accepted", "taken", "begun", "ended", "finished"):
            setattr(self, name, lambda *what: None)


@pytest.mark.parametrize("told", [False, True], ids=["nobody is told", "an instrument is told"])
@pytest.mark.parametrize("count", [1, 3])
def test_who_waits_with_no_stack_left_has_nobody_else_wait_for_ever(count: int, told: bool) -> None:
    """Decision 14: a future whose callbacks find no stack to be scheduled in has forgotten them.

    So events that others wait for are not done there, nor is anything else that wakes somebody.
    """

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(payload.value)

    async def deep(frames: int, event: CollectorEvent) -> None:
        await (deep(frames - 1, event) if frames else event.wait())

    async def main() -> None:
        places = [Collector(f"{n}", process) for n in range(count)]
        async with queue_of(*places, max_consumers=1) as queue:
            if told:
                queue.add_instrument(_Everything())
            publisher = queue.get_publisher()
            for frames in range(940, 1000):
                queue.pause()
                event = publisher.send_nowait(Payload(frames))
                others = [asyncio.create_task(event.wait()), asyncio.create_task(publisher.wait())]
                await asyncio.sleep(0)
                queue.resume()
                with suppress(RecursionError):  # the waiter's own frames may be too many already
                    await deep(frames, event)
                _, waiting = await asyncio.wait(others, timeout=60)
                assert not waiting
                assert await event.wait() == [Ok(frames)] * count

    run(main())
