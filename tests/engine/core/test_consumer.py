"""One consumer at work: whatever a processor does, a result, once, and nobody else feels it."""

import asyncio
import gc
import logging
import weakref
from collections.abc import Awaitable
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Error,
    Ok,
    Payload,
    Result,
)
from tests.support import (
    echo,
    in_loop,
    outcome,
    queue_of,
    wait_a_turn,
)


@in_loop
async def test_an_exception_is_an_error_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """H, decisions 14, 23: the Error holds the exception object; the others go on; it is logged."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise LookupError("gone")

    with caplog.at_level(logging.WARNING, logger="event_collector"):
        async with queue_of(Collector("bad", fail), Collector("good", echo)) as queue:
            results = await outcome(queue, Payload(1))
    error = results.first()
    assert isinstance(error, Error)
    assert repr(error) == "Error(LookupError: gone)"
    assert "in fail" in error.traceback
    assert results[1] == Ok(1)
    assert "collector 'bad': the processor raised" in caplog.text


async def raise_cancelled(payload: Payload[Any], ctx: Context) -> Result:
    raise asyncio.CancelledError("of my own accord")


async def cancel_itself(payload: Payload[Any], ctx: Context) -> Result:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    return Ok("cancelled")


async def cancel_itself_and_wait(payload: Payload[Any], ctx: Context) -> Result:
    await cancel_itself(payload, ctx)
    await asyncio.sleep(0)
    return Ok("not reached")


async def swallow(payload: Payload[Any], ctx: Context) -> Result:
    try:
        return await cancel_itself_and_wait(payload, ctx)
    except asyncio.CancelledError:
        return Ok("swallowed")


@pytest.mark.parametrize("others", [0, 1, 2], ids=["alone", "then one", "between two"])
@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        (raise_cancelled, "Error(CancelledError: of my own accord)"),
        (cancel_itself, "Ok('cancelled')"),
        (cancel_itself_and_wait, "Error(CancelledError)"),
        (swallow, "Ok('swallowed')"),
    ],
)
@in_loop
async def test_a_cancellation_of_its_own_hits_nobody_else(
    processor: Any, expected: str, others: int
) -> None:
    """Decision 14: neither the next event nor the next collector feels it; consumers live on."""

    async def first_only(payload: Payload[int], ctx: Context) -> Result:
        chosen = processor if payload.value % 2 else wait_a_turn
        result: Result = await chosen(payload, ctx)
        return result

    collectors = [Collector("bad", first_only)]
    if others:
        collectors.append(Collector("next", wait_a_turn))
    if others == 2:
        collectors.insert(0, Collector("before", wait_a_turn))
    async with queue_of(*collectors, max_consumers=1) as queue:
        events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(1, 7)]
    for event in events:
        assert event.result is not None
        fine = f"Ok({event.payload.value})"
        said = dict(zip(event.result.keys, map(repr, event.result), strict=True))
        assert said.pop("bad") == (expected if event.payload.value % 2 else fine)
        assert set(said.values()) <= {fine}


@pytest.mark.parametrize("value", [None, 5, "text", ValueError("returned"), [Ok(1)]])
@in_loop
async def test_what_is_no_result_becomes_an_ok(value: object) -> None:
    """Decision 14: a processor that returns something else than a Result gives an Ok of it."""

    async def give(payload: Payload[Any], ctx: Context) -> Any:
        return payload.value

    async with queue_of(Collector("a", give)) as queue:
        assert await outcome(queue, Payload(value)) == [Ok(value)]


@in_loop
async def test_an_awaitable_that_is_no_coroutine_is_awaited() -> None:
    """A: a processor is a callable that returns any awaitable of a Result."""

    def promise(payload: Payload[Any], ctx: Context) -> Awaitable[Result]:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, Ok(payload.value))
        return future

    async with queue_of(Collector("a", promise), Collector("b", promise)) as queue:
        assert await outcome(queue, Payload(7)) == [Ok(7), Ok(7)]


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_a_processor_that_raises_generator_exit_gives_an_error(count: int) -> None:
    """Decision 14: like any other exception, and the next event is processed."""

    async def leave(payload: Payload[Any], ctx: Context) -> Result:
        raise GeneratorExit

    async with queue_of(*(Collector(f"{n}", leave) for n in range(count))) as queue:
        for number in range(3):
            results = await outcome(queue, Payload(number))
            assert [type(error.exception) for error in results.errors] == [GeneratorExit] * count


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_an_error_that_nobody_keeps_is_freed_at_once(
    count: int, caplog: pytest.LogCaptureFixture
) -> None:
    """H: no reference cycle holds the exception, its frames and the payload."""
    caplog.set_level(logging.CRITICAL, logger="event_collector")  # a record would keep it

    class Value:
        pass

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError

    async with queue_of(*(Collector(f"{n}", fail) for n in range(count))) as queue:
        gc.collect()
        gc.disable()
        try:
            value = Value()
            alive = weakref.ref(value)
            queue.get_publisher().send(Payload(value))
            del value
            await queue.get_publisher().wait()
            await asyncio.sleep(0)
            assert alive() is None
        finally:
            gc.enable()


@in_loop
async def test_an_error_of_a_subclass_is_counted() -> None:
    """H: a subclass of Error is an Error."""

    class FaultError(Error):
        pass

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        return FaultError(ValueError())

    async with queue_of(Collector("a", fail)) as queue:
        await outcome(queue, Payload(1))
        assert queue.metrics().errors == queue.metrics().collectors["a"].errors == 1
