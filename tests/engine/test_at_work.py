"""What each collector has at work, and how long its processor took: in every way to it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Instrument,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import (
    Gate,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    settle,
)


@router_that
async def dispatching(router: Router, payload: Payload[Any]) -> Any:
    """A custom router."""
    return await router.dispatch(payload, router.collectors.values())


@router_that
async def asking(router: Router, payload: Payload[Any]) -> Any:
    """A custom router that asks one after the other."""
    return ResultList([await one.process(payload) for one in router.collectors.values()])


@router_that
async def gathering(router: Router, payload: Payload[Any]) -> Any:
    """A custom router that has the collectors process the payload in tasks of its own."""
    collectors = router.collectors.values()
    return ResultList(await asyncio.gather(*(one.process(payload) for one in collectors)))


ROUTERS = [SimpleRouter, dispatching, asking, gathering]


class Times(Instrument):
    """Keeps what it is told of times."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []

    def timed(self, collector: Collector, seconds: float) -> None:
        """Keep it."""
        self.told.append((collector.key, seconds))


class Beside(Times):
    """The same, and is told of what begins and ends."""

    def begun(self, *what: Any) -> None:
        """Nothing."""

    def ended(self, *what: Any) -> None:
        """Nothing."""


def at_work(queue: CollectorQueue) -> dict[str, int]:
    """By key, how many payloads each has at work."""
    return {key: each.in_service for key, each in queue.metrics().collectors.items()}


@pytest.mark.parametrize("carries", [False, True])
@pytest.mark.parametrize("timing", [False, True])
@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("others", [0, 2])
@in_loop
async def test_what_has_begun_and_not_ended_is_at_work(
    others: int, router: type[Router], timing: bool, carries: bool
) -> None:
    """Of the collector that has it, whichever way it came, and of no other."""
    gate = Gate()
    collectors = [Collector("gate", gate), *(Collector(str(n), echo) for n in range(others))]
    async with queue_of(*collectors, router=router, carry_context=carries) as queue:
        if timing:
            queue.add_instrument(Times())
        idle = dict.fromkeys(at_work(queue), 0)
        for number in range(3):
            queue.get_publisher().send(Payload(number))
        await settle()
        assert at_work(queue) == {**idle, "gate": 3}
        gate.open()
        await queue.get_publisher().wait()
        assert at_work(queue) == idle


@pytest.mark.parametrize("router", ROUTERS)
@in_loop
async def test_what_waits_for_a_place_is_not_at_work(router: type[Router]) -> None:
    """Neither parked, nor in a router's hands."""
    gate = Gate()
    full = Collector("full", gate, max_concurrency=2)
    async with queue_of(full, Collector("echo", echo), router=router) as queue:
        for number in range(5):
            queue.get_publisher().send(Payload(number))
        await settle()
        assert at_work(queue) == {"full": 2, "echo": 0}
        gate.open()
        await queue.get_publisher().wait()
        assert at_work(queue) == {"full": 0, "echo": 0}


@in_loop
async def test_all_of_a_batch_are_at_work_from_when_it_begins() -> None:
    """While it waits for its place, none is."""
    gate = asyncio.Event()

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        await gate.wait()
        return Ok(None)

    batching = Collector("batch", save, batch_size=2, linger=60, max_concurrency=1)
    async with queue_of(batching, shutdown_timeout=0) as queue:
        send = queue.get_publisher().send
        for number in range(4):
            send(Payload(number))
        await settle()
        assert at_work(queue) == {"batch": 2}
        gate.set()
        await queue.get_publisher().wait()
        assert at_work(queue) == {"batch": 0}


@in_loop
async def test_a_processor_that_asks_another_collector_is_at_work_itself() -> None:
    """So is the other one."""
    inner = Collector("inner", gate := Gate())

    async def ask(payload: Payload[Any], ctx: Context) -> Result:
        return await inner.process(payload)

    async with queue_of(Collector("outer", ask), router=asking) as queue:
        queue.get_publisher().send(Payload(1))
        await settle()
        assert at_work(queue) == {"outer": 1}
        gate.open()


async def take(payload: Payload[Any], ctx: Context) -> Result:
    """Take so many seconds; fail if they are many."""
    await asyncio.sleep(payload.value)
    if payload.value > 2:
        raise ValueError(payload.value)
    return Ok(None)


@pytest.mark.parametrize("instrument", [Times, Beside])
@pytest.mark.parametrize("carries", [False, True])
@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("limit", [None, 1])
@pytest.mark.parametrize("others", [0, 1])
@in_virtual_time
async def test_a_time_is_that_of_the_processor_alone(
    others: int,
    limit: int | None,
    router: type[Router],
    carries: bool,
    instrument: Callable[[], Times],
) -> None:
    """Not of what it waited for before, nor of the other collectors; an Error's is told too."""
    times = instrument()
    collectors = [Collector("take", take, max_concurrency=limit)]
    collectors += [Collector("slow", slow) for _ in range(others)]
    async with queue_of(*collectors, router=router, carry_context=carries) as queue:
        queue.add_instrument(times)
        for seconds in (1, 2, 3):
            queue.get_publisher().send(Payload(seconds))
        await queue.get_publisher().wait()
    told = [(key, round(seconds, 6)) for key, seconds in times.told]
    slows = [("slow", 10.0)] * 3 * others
    assert sorted(told) == [*slows, ("take", 1.0), ("take", 2.0), ("take", 3.0)]


async def slow(payload: Payload[Any], ctx: Context) -> Result:
    """Take long."""
    await asyncio.sleep(10)
    return Ok(None)


@in_virtual_time
async def test_a_time_in_a_batch_is_that_of_the_batch() -> None:
    """For each of its payloads, from when it began."""

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        await asyncio.sleep(3)
        return Ok(None)

    times = Times()
    batching = Collector("save", save, batch_size=2, linger=5)
    async with queue_of(batching, carry_context=True) as queue:
        queue.add_instrument(times)
        queue.get_publisher().send(Payload(1))
        await asyncio.sleep(4)
        queue.get_publisher().send(Payload(2))
        await queue.get_publisher().wait()
    assert times.told == [("save", 3.0), ("save", 3.0)]


@pytest.mark.parametrize("carries", [False, True])
@in_loop
async def test_whoever_comes_in_the_middle_is_told_of_what_ends_from_then_on(carries: bool) -> None:
    """And nothing once it is removed; the queue is then as before."""
    times = Times()
    async with queue_of(Collector("echo", echo), carry_context=carries) as queue:
        before = queue._consumers.attendance.lean, queue._consumers.attendance.inside
        queue.add_instrument(times)
        await outcome(queue, Payload(1))
        queue.remove_instrument(times)
        await outcome(queue, Payload(2))
        assert [key for key, _ in times.told] == ["echo"]
        assert (queue._consumers.attendance.lean, queue._consumers.attendance.inside) == before


@pytest.mark.parametrize("carries", [False, True])
@in_loop
async def test_a_hook_that_raises_changes_no_result(
    carries: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told nothing more; a KeyboardInterrupt reaches who waits, when the event is done."""

    class Raising(Instrument):
        def __init__(self, what: BaseException) -> None:
            self.what = what

        def timed(self, collector: Collector, seconds: float) -> None:
            raise self.what

    async with queue_of(Collector("echo", echo), carry_context=carries) as queue:
        queue.add_instrument(Raising(ValueError("hook")))
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        assert "a hook of the instrument Raising raised" in caplog.text
        striking = Raising(KeyboardInterrupt())
        queue.add_instrument(striking)
        event = await queue.get_publisher().send(Payload(2))
        with pytest.raises(KeyboardInterrupt):
            await event.wait()
        queue.remove_instrument(striking)
        assert event.result == [Ok(2)]
        assert await outcome(queue, Payload(3)) == [Ok(3)]
