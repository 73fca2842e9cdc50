"""Lifecycles that fail while the queue runs, and take time to be torn down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Error,
    LifecycleEndedError,
    Ok,
    Payload,
    Result,
)
from tests.support import echo, in_loop, in_virtual_time, outcome, queue_of, until


class Fails:
    """A lifecycle whose listener fails when it is told to; its `finally` waits until it may end."""

    def __init__(self) -> None:
        self.told, self.may_end = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        ctx.open = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.listen())
                yield
        finally:
            ctx.open = False
            await self.may_end.wait()

    async def listen(self) -> None:
        await self.told.wait()
        raise OSError("connection lost")

    def queue(self, **how: Any) -> CollectorQueue:
        async def process(payload: Payload[Any], ctx: Context) -> Result:
            return Ok(ctx.open)

        return queue_of(Collector("a", process, lifecycle=self.lifecycle), **how)


async def fail(queue: CollectorQueue, fails: Fails) -> None:
    """Let it fail, and wait until that has come up to the queue."""
    assert await outcome(queue, Payload(0)) == [Ok(True)]
    fails.told.set()
    await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)


@in_loop
async def test_a_lifecycle_has_failed_when_its_body_is_unwound(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 32: no payload goes into a context that is being closed; why is logged at once."""
    fails = Fails()
    queue = fails.queue()
    await queue.init_queue()
    await fail(queue, fails)
    (error,) = await outcome(queue, Payload(1))
    assert isinstance(error, Error)
    assert isinstance(error.exception, LifecycleEndedError)
    await until(lambda: "connection lost" in caplog.text)
    (record,) = caplog.records
    assert "the lifecycle of collector 'a' ended while the queue ran" in record.getMessage()
    (error,) = await outcome(queue, Payload(2))
    assert isinstance(error, Error)
    assert isinstance(error.exception.__cause__, ExceptionGroup)
    fails.may_end.set()
    with pytest.raises(ExceptionGroup):
        await queue.shut_down_queue()
    assert len(caplog.records) == 1, "what was told is not told again"


@in_loop
async def test_settle_names_a_lifecycle_that_is_torn_down() -> None:
    """Decision 31: from when it fails to when it has ended."""
    fails = Fails()
    async with fails.queue() as queue:
        await fail(queue, fails)
        for _ in range(2):
            (stuck,) = (await queue.settle(0.01)).lifecycles
            assert (stuck.collector, stuck.status) == ("a", "being left, since it failed,")
            assert stuck.place is not None
            assert stuck.place.function == "lifecycle"
        asyncio.get_running_loop().call_soon(fails.may_end.set)
        assert (await queue.settle(5)).settled
        await queue.remove("a")


@in_virtual_time
async def test_a_failed_lifecycle_has_the_limit_for_being_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 31: counted from when it fails; the shutdown raises what became of it."""
    fails, time = Fails(), asyncio.get_running_loop().time
    queue = fails.queue(lifecycle_timeout=5)
    await queue.init_queue()
    await fail(queue, fails)
    began = time()
    assert (await queue.settle(60)).settled
    assert time() - began == pytest.approx(5)
    late = "the lifecycle of collector 'a' was not left within lifecycle_timeout=5 s"
    assert [one.getMessage() for one in caplog.records][1:] == [late]
    with pytest.raises(TimeoutError, match=f"^{late}"):
        await queue.shut_down_queue()
    assert not queue.running


@in_virtual_time
async def test_a_shutdown_waits_for_a_lifecycle_that_is_torn_down() -> None:
    """Decisions 18, 31: for what is left of its time, and no longer."""
    fails, time = Fails(), asyncio.get_running_loop().time
    queue = fails.queue(lifecycle_timeout=5)
    await queue.init_queue()
    await fail(queue, fails)
    began = time()
    await asyncio.sleep(3)
    with pytest.raises(TimeoutError, match="of collector 'a' was not left within"):
        await queue.shut_down_queue()
    assert time() - began == pytest.approx(5)


@pytest.mark.parametrize("at_once", [True, False])
@in_loop
async def test_a_failed_lifecycle_that_is_torn_down_can_be_replaced(at_once: bool) -> None:
    """Decision 32: what it raised was logged; the new one goes on."""
    fails = Fails()
    async with fails.queue() as queue:
        await fail(queue, fails)
        if not at_once:
            await asyncio.sleep(0.01)
        replacing = asyncio.create_task(queue.replace(Collector("a", echo)))
        await until(lambda: queue.collectors["a"].processor is echo)
        assert await outcome(queue, Payload(3)) == [Ok(3)]
        assert not replacing.done()
        fails.may_end.set()
        await replacing
