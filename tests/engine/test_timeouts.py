"""A collector's time for one payload: what outlasts it is cancelled and gives an Error."""

import asyncio
import contextlib
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Delivery,
    Error,
    Ok,
    Payload,
    Result,
)
from tests.support import (
    echo,
    forever,
    in_virtual_time,
    outcome,
    queue_of,
    virtual_loop,
)


def to(key: str, value: object = None) -> Payload[Any]:
    """A payload for one collector."""
    return Payload(value, Delivery.KEY, keys=[key])


@in_virtual_time
async def test_a_processor_that_outlasts_its_timeout_is_cancelled() -> None:
    """Decision 14: its result is an Error(TimeoutError) that tells where it waited."""
    ended: list[float] = []

    async def note(payload: Payload[Any], ctx: Context) -> Result:
        try:
            return await forever(payload, ctx)
        finally:
            ended.append(asyncio.get_running_loop().time())

    async with queue_of(Collector("slow", note, timeout=2.5)) as queue:
        begun = virtual_loop().time()
        error = (await outcome(queue, Payload(1))).first()
    assert ended == [begun + 2.5]
    assert isinstance(error, Error)
    assert repr(error) == (
        "Error(TimeoutError: the processor of 'slow' did not end within its timeout of 2.5 s)"
    )
    assert "in forever" in error.traceback
    assert "event_collector" not in error.traceback.replace("test", "")


@in_virtual_time
async def test_a_processor_in_time_is_left_alone() -> None:
    """Its result is its own, and nothing cancels it later."""

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(payload.value)
        return Ok("in time")

    async with queue_of(Collector("c", wait, timeout=2)) as queue:
        assert await outcome(queue, Payload(1.9)) == [Ok("in time")]
        await asyncio.sleep(5)


@pytest.mark.parametrize("how", ["return", "raise", "go on", "cancel itself", "raise a group"])
@in_virtual_time
async def test_a_processor_that_ignores_its_timeout_gives_an_error_all_the_same(how: str) -> None:
    """It outlasted its timeout, whatever it makes of being cancelled."""

    async def stubborn(payload: Payload[Any], ctx: Context) -> Result:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(100)
        if how == "raise":
            raise ValueError("while tidying up")
        if how == "raise a group":
            raise BaseExceptionGroup("both", [asyncio.CancelledError()])
        if how == "cancel itself":
            raise asyncio.CancelledError
        if how == "go on":
            await asyncio.sleep(7)
        return Ok("late")

    async with queue_of(Collector("c", stubborn, timeout=1)) as queue:
        error = (await outcome(queue, Payload(1))).first()
        assert isinstance(error, Error)
        assert type(error.exception) is TimeoutError
        assert ("ValueError: while tidying up" in error.traceback) == (how == "raise")
        assert virtual_loop().time() == (8 if how == "go on" else 1)


@pytest.mark.parametrize("fails", [False, True])
@in_virtual_time
async def test_a_processor_that_blocks_beyond_its_timeout_gives_an_error(fails: bool) -> None:
    """It cannot be cancelled while it holds the loop, but it did outlast its timeout."""

    async def block(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(1.5)
        if fails:
            raise ValueError("late")
        return Ok("late")

    async with queue_of(Collector("c", block, timeout=1)) as queue:
        error = (await outcome(queue, Payload(1))).first()
    assert isinstance(error, Error)
    assert type(error.exception) is TimeoutError


@in_virtual_time
async def test_a_timeout_of_the_processors_own_stays_its_own() -> None:
    """A TimeoutError that it raises in time is told as it is."""

    async def inner(payload: Payload[Any], ctx: Context) -> Result:
        async with asyncio.timeout(1):
            return await forever(payload, ctx)

    async with queue_of(Collector("c", inner, timeout=5)) as queue:
        error = (await outcome(queue, Payload(1))).first()
        assert virtual_loop().time() == 1
    assert repr(error) == "Error(TimeoutError)"


@in_virtual_time
async def test_a_timeout_stops_neither_the_others_nor_the_next() -> None:
    """In a broadcast, only the collector that is late is cancelled; the consumer lives on."""
    slow, fast = Collector("slow", forever, timeout=1), Collector("fast", echo)
    async with queue_of(slow, fast, max_consumers=1) as queue:
        for number in range(3):
            results = await outcome(queue, Payload(number))
            assert isinstance(results[0], Error)
            assert results[1] == Ok(number)
        assert (slow.processed, slow.errors, fast.errors) == (3, 3, 0)


@in_virtual_time
async def test_a_forced_shutdown_is_no_timeout() -> None:
    """Decision 14: what a shutdown cuts off is told as that."""
    queue = queue_of(Collector("c", forever, timeout=50), shutdown_timeout=1)
    async with queue:
        event = queue.get_publisher().send(Payload(1)).event
    assert event.result is not None
    assert "QueueClosedError" in repr(event.result)


@in_virtual_time
async def test_waiting_for_a_place_does_not_count_towards_the_timeout() -> None:
    """The timeout is the processor's; a custom router's dispatch waits in front of it."""

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(1)
        return Ok(payload.value)

    limited = Collector("limited", wait, timeout=1.5, max_concurrency=1)
    results = await asyncio.gather(*(limited.process(Payload(number)) for number in range(4)))
    assert results == [Ok(number) for number in range(4)]
