"""The watch over the loop: who holds it too long is named, and nobody else is blamed."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Instrument,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from event_collector._check import can_wait
from event_collector._core.watch import BLOCKED
from event_collector.service import current_services
from tests.support import (
    echo,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    virtual_loop,
)


def blocking(seconds: float, when: str) -> Callable[..., Any]:
    """A processor that holds the loop at its beginning, or after it has waited."""

    async def hold(payload: Payload[Any], ctx: Context) -> Any:
        if when == "after waiting":
            await asyncio.sleep(0)
        virtual_loop().advance(seconds)
        if when == "before waiting":
            await asyncio.sleep(0)

    async def at_once(payload: Payload[Any], ctx: Context) -> None:
        virtual_loop().advance(seconds)

    return at_once if when == "at once" else hold


@router_that
async def dispatching(router: Router, payload: Payload[Any]) -> Any:
    """A custom router."""
    return await router.dispatch(payload, router.collectors.values())


@router_that
async def gathering(router: Router, payload: Payload[Any]) -> Any:
    """A custom router that has the collectors process the payload in tasks of its own."""
    collectors = router.collectors.values()
    return ResultList(await asyncio.gather(*(one.process(payload) for one in collectors)))


@pytest.mark.parametrize("router", [SimpleRouter, dispatching, gathering])
@pytest.mark.parametrize("when", ["at once", "before waiting", "after waiting"])
@pytest.mark.parametrize("others", [0, 2])
@in_virtual_time
async def test_a_processor_that_blocks_is_named_once_in_the_log_and_in_the_metrics(
    when: str, others: int, router: type[Router], caplog: pytest.LogCaptureFixture
) -> None:
    """With its key, and with the longest time that it held the loop."""
    caplog.set_level(logging.WARNING, logger="event_collector")
    collectors = [Collector("guilty", blocking(0.25, when))]
    collectors += [Collector(f"{number}", echo) for number in range(others)]
    async with queue_of(*collectors, router=router) as queue:
        for number in range(3):
            await outcome(queue, Payload(number))
        metrics = queue.metrics()
    assert metrics.blocking == {"guilty": pytest.approx(0.25)}
    assert [record.getMessage() for record in caplog.records] == [
        (
            "the processor of collector 'guilty' held the event loop for 0.25 s, and "
            "everything else waited; await what takes long, or give it to asyncio.to_thread()"
        )
    ]


@in_virtual_time
async def test_the_longest_time_is_kept() -> None:
    """A later, longer time replaces it; a shorter one does not."""

    async def hold(payload: Payload[float], ctx: Context) -> Any:
        virtual_loop().advance(payload.value)

    async with queue_of(Collector("c", hold)) as queue:
        for seconds in (0.2, 0.4, 0.3):
            await outcome(queue, Payload(seconds))
        assert queue.metrics().blocking == {"c": pytest.approx(0.4)}


@pytest.mark.parametrize("replaced", [False, True])
@in_virtual_time
async def test_what_replaces_a_collector_is_not_blamed_for_it(replaced: bool) -> None:
    """Nor one that has its key after it was removed: whoever mends it sees that it is mended."""
    guilty, other = Collector("c", blocking(0.3, "at once")), Collector("d", blocking(0.2, "once"))
    async with queue_of(guilty, other) as queue:
        await outcome(queue, Payload(1))
        assert set(queue.metrics().blocking) == {"c", "d"}
        if replaced:
            await queue.replace(Collector("c", echo))
        else:
            await queue.remove("c")
        assert set(queue.metrics().blocking) == {"d"}


@pytest.mark.parametrize("when", ["at once", "before waiting", "after waiting"])
@in_virtual_time
async def test_a_processor_that_is_quick_or_awaits_is_not_named(
    when: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither for a time below the bound, nor for one that it waits, or that the loop is idle."""
    caplog.set_level(logging.WARNING, logger="event_collector")

    async def wait(payload: Payload[Any], ctx: Context) -> Any:
        await asyncio.sleep(10)

    collectors = [Collector("quick", blocking(BLOCKED * 0.9, when)), Collector("waits", wait)]
    async with queue_of(*collectors) as queue:
        for number in range(3):
            await outcome(queue, Payload(number))
            await asyncio.sleep(10)
        assert queue.metrics().blocking == {}
    assert caplog.records == []


@in_virtual_time
async def test_several_quick_processors_are_not_blamed_for_each_other() -> None:
    """Each is measured by itself."""
    collectors = [Collector(f"{n}", blocking(0.06, "at once")) for n in range(4)]
    async with queue_of(*collectors) as queue:
        await outcome(queue, Payload(1))
        assert queue.metrics().blocking == {}


@in_virtual_time
async def test_a_nested_processor_is_blamed_and_not_the_one_that_waits_for_it() -> None:
    """A processor that sends and waits lends its time to others, and is not guilty of theirs."""

    async def ask(payload: Payload[Any], ctx: Context) -> Any:
        await outcome(other, payload)

    async with (
        queue_of(Collector("guilty", blocking(0.2, "at once"))) as other,
        queue_of(Collector("innocent", ask)) as queue,
    ):
        await outcome(queue, Payload(1))
        assert list(other.metrics().blocking) == ["guilty"]
        assert queue.metrics().blocking == {}


@in_virtual_time
async def test_a_processor_that_blocks_and_then_waits_for_an_event_is_named() -> None:
    """It lends its time to other consumers while it waits, and is still watched."""

    async def hold_and_ask(payload: Payload[Any], ctx: Context) -> Any:
        virtual_loop().advance(0.3)
        await outcome(other, payload)

    async with (
        queue_of(Collector("innocent", blocking(0.05, "at once"))) as other,
        queue_of(Collector("guilty", hold_and_ask)) as queue,
    ):
        await outcome(queue, Payload(1))
        await outcome(other, Payload(2))
        assert queue.metrics().blocking == {"guilty": pytest.approx(0.3)}
        assert other.metrics().blocking == {}


@pytest.mark.parametrize("custom", [False, True])
@in_virtual_time
async def test_a_router_that_blocks_is_named_in_the_log(
    custom: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """And no collector is blamed for it."""
    caplog.set_level(logging.WARNING, logger="event_collector")

    class Choosing(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            virtual_loop().advance(0.3)
            return super().route(payload)

    @router_that
    async def handling(router: Router, payload: Payload[Any]) -> Any:
        results = await router.dispatch(payload, router.collectors.values())
        virtual_loop().advance(0.3)
        return results

    router = handling if custom else Choosing
    async with queue_of(Collector("c", echo), router=router) as queue:
        await outcome(queue, Payload(1))
        assert queue.metrics().blocking == {}
    assert "the router held the event loop for 0.3 s" in caplog.records[0].getMessage()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("waits", [False, True])
@in_virtual_time
async def test_a_processor_that_blocks_and_then_asks_another_collector_is_named(
    count: int, waits: bool
) -> None:
    """It has held the loop itself; the other one has not."""
    other = Collector("other", echo)

    async def hold(payload: Payload[Any], ctx: Context) -> Result:
        if waits:
            await asyncio.sleep(1)
        virtual_loop().advance(0.3)
        return await other.process(payload)

    collectors = [Collector(f"c{number}", hold) for number in range(count)]
    async with queue_of(*collectors) as queue:
        await outcome(queue, Payload(1))
        blocking = queue.metrics().blocking
    assert set(blocking) == {one.key for one in collectors}
    assert all(seconds == pytest.approx(0.3) for seconds in blocking.values())


@in_virtual_time
async def test_a_processor_deep_within_others_is_named_alone() -> None:
    """Each asks the next; the middle one holds the loop."""
    inner = Collector("inner", echo)

    async def hold(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(0.3)
        return await inner.process(payload)

    middle = Collector("middle", hold)

    async def ask(payload: Payload[Any], ctx: Context) -> Result:
        return await middle.process(payload)

    async with queue_of(Collector("outer", ask)) as queue:
        await outcome(queue, Payload(1))
        assert set(queue.metrics().blocking) == {"middle"}


@in_virtual_time
async def test_a_router_that_blocks_before_it_gives_the_payload_away_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whether it dispatches or asks the collectors itself."""

    async def dispatch(router: Router, payload: Payload[Any]) -> ResultList:
        virtual_loop().advance(0.3)
        return await router.dispatch(payload, list(router.collectors.values()))

    async def ask(router: Router, payload: Payload[Any]) -> ResultList:
        virtual_loop().advance(0.3)
        return ResultList([await one.process(payload) for one in router.collectors.values()])

    for handler in (dispatch, ask):
        async with queue_of(Collector("c", echo), router=router_that(handler)) as queue:
            await outcome(queue, Payload(1))
            assert queue.metrics().blocking == {}
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert all(one.startswith("the router held the event loop for 0.3 s") for one in said)


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("others", [0, 2])
@pytest.mark.parametrize("carries", [False, True])
@pytest.mark.parametrize("held", [0.0, 0.2])
@in_virtual_time
async def test_what_is_called_at_a_processors_end_is_not_its_doing(
    held: float, carries: bool, others: int, batched: bool, told: bool
) -> None:
    """A workbench draws the figures there that a processor has left open. Nobody else is blamed."""

    async def figure(payload: Any, ctx: Context) -> Result:
        current_services()[0].at_end(lambda: virtual_loop().advance(0.3))
        virtual_loop().advance(held)
        return Ok(None)

    size: dict[str, Any] = {"batch_size": 2} if batched else {}
    collectors = [Collector("figure", figure, **size)]
    collectors += [Collector(f"{number}", echo) for number in range(others)]
    async with queue_of(*collectors, carry_context=carries) as queue:
        queue.current_event()
        if told:
            queue.add_instrument(Told())
        for number in range(3):
            await outcome(queue, Payload(number))
        assert queue.metrics().blocking == ({"figure": pytest.approx(held)} if held else {})


class Told(Instrument):
    """Is told of what begins and ends."""

    def begun(self, event: CollectorEvent, collector: Collector) -> None:
        """Take no time."""

    def ended(self, event: CollectorEvent, collector: Collector, result: Result) -> None:
        """Take no time."""


@in_virtual_time
async def test_time_that_passes_outside_is_nobodys_fault() -> None:
    """A task of the router's own begins when others have used the loop."""

    async def later(router: Router, payload: Payload[Any]) -> ResultList:
        (one,) = router.collectors.values()
        await asyncio.sleep(1)
        task = asyncio.create_task(one.process(payload))
        virtual_loop().call_soon(virtual_loop().advance, 0.3)
        await asyncio.sleep(5)
        return ResultList([await task])

    async with queue_of(Collector("c", echo), router=router_that(later)) as queue:
        await outcome(queue, Payload(1))
        assert queue.metrics().blocking == {}


def test_what_can_wait_is_known_from_its_code() -> None:
    """Only a coroutine with an await can wait: the others need no watch between their steps."""

    async def iterates(payload: Payload[Any], ctx: Context) -> None:
        async for _ in payload.value:
            pass

    async def enters(payload: Payload[Any], ctx: Context) -> None:
        async with payload.value:
            pass

    async def awaits(payload: Payload[Any], ctx: Context) -> Result:
        return await echo(payload, ctx)

    assert all(map(can_wait, (iterates, enters, awaits)))
    assert not can_wait(echo)
