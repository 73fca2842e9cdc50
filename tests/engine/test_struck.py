"""The stop button strikes the engine itself, at any reading of its clock."""

import asyncio
import contextlib
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Processor,
    Result,
    ResultList,
    SettleReport,
)
from tests.support import TIMEOUT, echo, queue_of


class StruckLoop(asyncio.SelectorEventLoop):
    """A loop whose clock raises KeyboardInterrupt once, as a signal does, when it is told to."""

    def __init__(self) -> None:
        self.readings_left = -1
        """How many readings there are before it; -1 for never."""
        super().__init__()
        self.set_exception_handler(lambda *_: None)  # struck tasks are told of late, to any test

    def time(self) -> float:
        if self.readings_left == 0:
            self.readings_left = -1
            raise KeyboardInterrupt
        self.readings_left -= self.readings_left > 0
        return super().time()


async def waits(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for a turn of the loop."""
    await asyncio.sleep(0)
    return Ok(payload.value)


async def flood(queue: CollectorQueue, loop: StruckLoop, readings: int) -> None:
    """Send some payloads while it strikes."""
    loop.readings_left = readings
    for value in range(5):
        await queue.get_publisher().send(Payload(value))
    await asyncio.sleep(0)


async def go_on(queue: CollectorQueue) -> tuple[ResultList, SettleReport]:
    """Wait until nothing is left to do, and send another one."""
    async with asyncio.timeout(TIMEOUT):
        report = await queue.settle(TIMEOUT / 2)
        results = await (await queue.get_publisher().send(Payload("last"))).wait()
        await queue.shut_down_queue()
        return results, report


@pytest.mark.parametrize("readings", range(40))
@pytest.mark.parametrize("processor", [echo, waits])
@pytest.mark.parametrize("count", [1, 2], ids=["one collector", "two collectors"])
def test_every_accepted_event_is_done_wherever_it_strikes(
    processor: Processor, count: int, readings: int
) -> None:
    """Decisions 14, 15: a result for each that was accepted, and the queue goes on working."""
    queue = queue_of(*(Collector(f"{number}", processor) for number in range(count)))
    with contextlib.closing(StruckLoop()) as loop:
        loop.run_until_complete(queue.init_queue())
        task = loop.create_task(flood(queue, loop, readings))
        with contextlib.suppress(KeyboardInterrupt):
            loop.run_until_complete(task)
        loop.readings_left = -1
        task.cancel()
        with contextlib.suppress(KeyboardInterrupt, RuntimeError):  # it may come a turn later
            loop.run_until_complete(asyncio.sleep(0))
        results, report = loop.run_until_complete(go_on(queue))
    assert results == [Ok("last")] * count
    assert report.settled, report
