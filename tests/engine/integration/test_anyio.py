"""The queue among anyio's own: its pytest fixtures, its task groups, its scopes."""

from collections.abc import AsyncIterator

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import TaskStatus

from event_collector import Collector, CollectorQueue, Ok, Payload
from tests.support import echo, queue_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The engine is asyncio's: see decision 21."""
    return "asyncio"


@pytest.fixture
async def queue() -> AsyncIterator[CollectorQueue]:
    """One that runs: anyio enters and leaves the fixture and the test in one task's loop."""
    async with queue_of(Collector("echo", echo), max_queued=2) as queue:
        yield queue


async def test_a_queue_of_a_fixture_serves_the_senders_of_a_task_group(
    queue: CollectorQueue,
) -> None:
    """Decision 16: each payload once, whichever task has sent it."""
    got: list[object] = []

    async def send(value: int) -> None:
        results = await queue.get_publisher().send(Payload(value)).wait()
        got.append(results.first().unwrap())

    async with anyio.create_task_group() as group:
        for value in range(50):
            group.start_soon(send, value)
    assert sorted(map(int, map(str, got))) == list(range(50))
    assert queue.metrics().finished == 50


async def test_a_collector_works_in_a_task_group_beside_its_queue() -> None:
    """A stage with a lifespan of its own: started by `group.start`, ended by the group's scope."""
    left: list[str] = []

    async def stage(*, task_status: TaskStatus[CollectorQueue]) -> None:
        async with queue_of(Collector("echo", echo)) as queue:
            task_status.started(queue)
            try:
                await anyio.sleep_forever()
            finally:
                left.append("stage")

    async with anyio.create_task_group() as group:
        queue = await group.start(stage)
        event = await queue.get_publisher().send(Payload("x"))
        assert await event.wait() == [Ok("x")]
        group.cancel_scope.cancel()
    assert left == ["stage"]
    assert not queue.running
    now = queue.metrics()
    assert (now.accepted, now.finished, now.in_service) == (1, 1, 0)


async def test_a_processor_may_open_a_task_group() -> None:
    """Its tasks end with it, and an error in one of them is the payload's Error."""

    async def halve(number: int, into: list[float]) -> None:
        await anyio.lowlevel.checkpoint()
        into.append(12 / number)

    async def process(payload: Payload[int], ctx: object) -> Ok[list[float]]:
        halves: list[float] = []
        async with anyio.create_task_group() as group:
            for number in range(payload.value, payload.value + 3):
                group.start_soon(halve, number, halves)
        return Ok(sorted(halves))

    async with queue_of(Collector("halve", process)) as queue:
        events = await queue.get_publisher().send_all([Payload(1), Payload(0), Payload(2)])
        first, failed, last = [(await event.wait()).first() for event in events]
        assert (first, last) == (Ok([4.0, 6.0, 12.0]), Ok([3.0, 4.0, 6.0]))
        with pytest.raises(ExceptionGroup) as raised:
            failed.unwrap()
        assert raised.group_contains(ZeroDivisionError)
