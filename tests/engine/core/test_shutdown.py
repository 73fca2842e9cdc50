"""Shutting down: drained or cut off, every event gets its results, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from event_collector import (
    Collector,
    Context,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    Result,
    ResultList,
    Router,
)
from event_collector._core import shutdown
from tests.support import (
    Gate,
    Log,
    echo,
    forever,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    settle,
    until,
)

CUT_OFF = (
    "the queue was shut down before the event was processed (shutdown_timeout={}); "
    "send it again, or raise shutdown_timeout"
)


CANCELLED = (
    "the queue was shut down before the event was processed (the shutdown was cancelled); "
    "send it again"
)


async def sleep(payload: Payload[float], ctx: Context) -> Result:
    await asyncio.sleep(payload.value)
    return Ok(payload.value)


def is_cut_off(result: Result, message: str) -> bool:
    exception = result.exception if isinstance(result, Error) else None
    return isinstance(exception, QueueClosedError) and str(exception) == message


@in_virtual_time
async def test_a_shutdown_processes_what_was_accepted() -> None:
    """Decision 18: what is in flight and what is queued, both."""
    async with queue_of(Collector("a", sleep), max_consumers=1) as queue:
        events = [queue.get_publisher().send_nowait(Payload(1.0)) for _ in range(5)]
    assert [event.result for event in events] == [[Ok(1.0)]] * 5


@pytest.mark.parametrize("timeout", [None, 100_000.0])
@in_virtual_time
async def test_a_shutdown_waits_as_long_as_it_may(timeout: float | None) -> None:
    """Decision 18: None waits without a bound, a number of seconds up to that."""
    async with queue_of(Collector("a", sleep), shutdown_timeout=timeout) as queue:
        event = await queue.get_publisher().send(Payload(99_999.0))
    assert event.result == [Ok(99_999.0)]


@pytest.mark.parametrize("timeout", [0, 0.25, 10])
@in_virtual_time
async def test_the_timeout_cuts_off_what_is_not_done(timeout: float) -> None:
    """Decisions 14, 18: queued or in flight, each event gets an Error(QueueClosedError)."""
    queue = queue_of(Collector("a", sleep), max_consumers=1, shutdown_timeout=timeout)
    await queue.init_queue()
    flying = await queue.get_publisher().send(Payload(60.0))
    queued = await queue.get_publisher().send(Payload(0.0))
    waiting = [asyncio.create_task(event.wait()) for event in (flying, queued)]
    await until(lambda: flying.status == "in service")
    start = asyncio.get_running_loop().time()
    await queue.shut_down_queue()
    assert asyncio.get_running_loop().time() - start == timeout
    for results, keys in zip(await asyncio.gather(*waiting), (["a"], [None]), strict=True):
        assert results.keys == keys
        assert [is_cut_off(result, CUT_OFF.format(f"{timeout:g}")) for result in results] == [True]
    assert (queue.metrics().queued, queue.metrics().in_service) == (0, 0)


@in_loop
async def test_a_timeout_of_zero_does_not_hurt_an_idle_queue() -> None:
    """Decision 18: there is nothing to cut off."""
    async with queue_of(Collector("a", echo), shutdown_timeout=0) as queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]


@in_virtual_time
async def test_collectors_that_have_ended_keep_their_results() -> None:
    """Decision 14: of a broadcast that is cut off, only what is missing becomes an Error."""
    collectors = [Collector("quick", echo), Collector("slow", sleep), Collector("last", echo)]
    async with queue_of(*collectors, shutdown_timeout=1) as queue:
        event = await queue.get_publisher().send(Payload(60.0))
    assert event.result is not None
    assert event.result.keys == ["quick", "slow", "last"]
    assert (event.result[0], event.result[2]) == (Ok(60.0), Ok(60.0))
    assert is_cut_off(event.result[1], CUT_OFF.format(1))


@in_virtual_time
async def test_a_processor_may_end_in_its_own_way_when_it_is_cut_off() -> None:
    """Decision 14: what it returns or raises when it is cancelled is its result."""

    async def save(payload: Payload[str], ctx: Context) -> Result:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if payload.value == "raise":
                raise ValueError("not saved") from None
            return Ok("saved")
        return Ok("not reached")

    async with queue_of(Collector("a", save), shutdown_timeout=1) as queue:
        events = [queue.get_publisher().send_nowait(Payload(how)) for how in ("return", "raise")]
    assert [repr(event.result) for event in events] == [
        "ResultList([Ok('saved')])",
        "ResultList([Error(ValueError: not saved)])",
    ]


@pytest.mark.parametrize("others", [0, 1])
@in_virtual_time
async def test_a_processor_that_does_not_end_is_given_up(
    others: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Decisions 14, 18: after a second of grace; what it returns later changes nothing."""
    gate = Gate()

    async def stuck(payload: Payload[Any], ctx: Context) -> Result:
        while True:
            try:
                return await gate(payload, ctx)
            except asyncio.CancelledError:
                pass

    queue = queue_of(
        Collector("a", stuck), *[Collector("b", echo)] * others, max_consumers=1, shutdown_timeout=5
    )
    start = asyncio.get_running_loop().time()
    try:
        async with queue:
            event = await queue.get_publisher().send(Payload(1))
        assert asyncio.get_running_loop().time() - start == 6.0
        assert event.result is not None
        assert is_cut_off(event.result[0], CUT_OFF.format(5))
        assert list(event.result[1:]) == [Ok(1)] * others
        assert caplog.messages == [
            "event 1 was given up: collector 'a' did not end within 1 s of being cancelled"
        ]
        async with queue:
            gate.open()
            assert (await outcome(queue, Payload(2)))[0] == Ok(2)
            await until(lambda: sorted(gate.ended) == [1, 2])
            await settle()
    finally:
        gate.open()  # else a failed test would not end
    assert len(event.result) == 1 + others
    assert queue.metrics().finished == 2


@in_virtual_time
async def test_a_custom_router_is_cut_off_like_the_default_one() -> None:
    """Decisions 14, 18: its event gets an Error(QueueClosedError)."""

    async def dispatch(router: Router, payload: Payload[Any]) -> ResultList:
        return await router.dispatch(payload, list(router.collectors.values()))

    queue = queue_of(Collector("a", sleep), router=router_that(dispatch), shutdown_timeout=1)
    async with queue:
        event = await queue.get_publisher().send(Payload(60.0))
    assert event.result is not None
    assert all("shut down before the event was processed" in repr(one) for one in event.result)


@in_loop
async def test_a_shutdown_whose_caller_is_cancelled_cuts_off_at_once() -> None:
    """Decisions 14, 18: every event gets an Error, every lifecycle is left, no task remains."""
    log, gate = Log(), Gate()
    queue = queue_of(log.collector("a", gate), log.collector("b"), max_consumers=1)
    await queue.init_queue()
    events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(3)]
    ending = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: gate.begun)
    await settle()
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert (queue.running, log) == (False, ["+a", "+b", "-b", "-a"])
    for event in events:
        assert event.result is not None
        assert is_cut_off(event.result.first(), CANCELLED)


@in_loop
async def test_a_cancelled_shutdown_stays_cancelled_whatever_lifecycles_raise() -> None:
    """Decision 18: so that `asyncio.timeout` around it means what it says."""

    @asynccontextmanager
    async def bad(ctx: Context) -> AsyncIterator[None]:
        yield
        raise OSError("disk gone")

    queue = queue_of(Collector("a", Gate()), Collector("b", echo, lifecycle=bad))
    await queue.init_queue()
    queue.get_publisher().send(Payload(1))
    await asyncio.sleep(0)
    closing = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: not queue.running)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing


class OneAfterTheOther(Router):
    """Goes on, whatever comes of one of them."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        """See there."""
        all_of_them = list(self.collectors.values())
        first = await all_of_them[0].process(payload)
        return ResultList([first, *await self.dispatch(payload, all_of_them[1:2])])


class AllByThemselves(OneAfterTheOther):
    """The same, by another call."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        """See there."""
        return ResultList([await one.process(payload) for one in self.collectors.values()])


@pytest.mark.parametrize("router", [OneAfterTheOther, AllByThemselves])
@in_loop
async def test_a_router_that_was_given_up_begins_nothing_more(
    router: type[Router], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 18: the contexts are closed by then."""
    monkeypatch.setattr(shutdown, "GRACE", 0.01)
    gate, began = asyncio.Event(), list[str]()
    left = asyncio.Event()

    async def stubborn(payload: Payload[Any], ctx: Context) -> Result:
        try:
            await forever(payload, ctx)
        except asyncio.CancelledError:
            await gate.wait()
        return Ok(1)

    async def second(payload: Payload[Any], ctx: Context) -> Result:
        began.append("second")
        return Ok(2)

    class Told(router):  # type: ignore[valid-type, misc]
        """Says when it is through."""

        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            """See there."""
            try:
                return cast("ResultList", await super().handle_event(payload))
            finally:
                left.set()

    collectors = Collector("a", stubborn), Collector("b", second)
    queue = queue_of(*collectors, router=Told, shutdown_timeout=0)
    await queue.init_queue()
    event = queue.get_publisher().send_nowait(Payload(1))
    await until(lambda: event.taken_at is not None)
    await queue.shut_down_queue()
    gate.set()
    await left.wait()
    assert began == []
    assert event.result is not None
    assert isinstance(event.result.errors[0].exception, QueueClosedError)
