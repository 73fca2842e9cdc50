"""What small faults in the engine would do to a user, each found by one that no test noticed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Delivery,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    QueueType,
    Result,
)
from event_collector._core.limiter import Limiter
from event_collector._core.slices import SLICE
from event_collector._core.waiting import Barriers
from tests.support import (
    Gate,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    run,
    settle,
    until,
    virtual_loop,
)


def to(key: str, value: object, priority: int = 0) -> Payload[Any]:
    """A payload for one collector."""
    return Payload(value, Delivery.KEY, keys=[key], priority=priority)


@in_loop
async def test_a_waiter_that_is_just_cancelled_does_not_keep_the_next_one_asleep() -> None:
    """Cancelling one who waits for an event changes nothing for the others."""
    gate = Gate()
    async with queue_of(Collector("c", gate)) as queue:
        event = queue.get_publisher().send(Payload(1)).event
        first, second = (asyncio.create_task(event.wait()) for _ in range(2))
        await until(lambda: gate.begun)
        await settle()
        gate.open()
        first.cancel()  # the event is done before it notices
        assert await second == [Ok(1)]
        assert first.cancelled()


@in_loop
async def test_a_barrier_given_up_does_not_make_the_next_one_fall_early() -> None:
    """Decision 16: who waits for all events waits for those before another's barrier, too."""
    barriers, loop = Barriers(), asyncio.get_running_loop()
    first = asyncio.create_task(barriers.wait(loop, last=2, remaining=2))
    second = asyncio.create_task(barriers.wait(loop, last=3, remaining=3))
    await settle()
    first.cancel()
    await settle()
    for number in (1, 3, 2):
        assert not second.done()
        barriers.passed_by(number)
        await settle()
    assert second.done()


@in_virtual_time
async def test_an_event_for_many_collectors_makes_way_after_its_slice() -> None:
    """Decision 17: also between the collectors of one event."""
    loop = virtual_loop()
    given: list[str] = []
    beats: list[int] = []

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        loop.advance(SLICE / 4)
        given.append(payload.value)
        return Ok(None)

    async def heartbeat() -> None:
        while True:
            beats.append(len(given))
            await asyncio.sleep(0)

    async with queue_of(*(Collector(f"c{number}", compute) for number in range(100))) as queue:
        beating = asyncio.create_task(heartbeat())
        await outcome(queue, Payload(1))
        beating.cancel()
        await settle()
    assert len(given) == 100
    assert len(set(beats)) >= 20


@in_virtual_time
async def test_waiting_for_a_place_does_not_count_towards_the_timeout() -> None:
    """The timeout is the processor's; a custom router's dispatch waits in front of it."""

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(1)
        return Ok(payload.value)

    limited = Collector("limited", wait, timeout=1.5, max_concurrency=1)
    results = await asyncio.gather(*(limited.process(Payload(number)) for number in range(4)))
    assert results == [Ok(number) for number in range(4)]


@in_loop
async def test_a_place_given_to_one_who_is_just_cancelled_is_free_again() -> None:
    """max_concurrency: no place is lost."""
    places = Limiter(1)
    place = await places.enter()
    waiting = asyncio.create_task(places.enter())
    await settle()
    places.leave(place)
    waiting.cancel()
    await settle()
    assert waiting.cancelled()
    assert not places.full


@in_loop
async def test_places_are_given_in_the_order_of_asking() -> None:
    """max_concurrency: who waits longest is next."""
    places = Limiter(1)
    place = await places.enter()
    asking = [asyncio.create_task(places.enter()) for _ in range(3)]
    await settle()
    for number in range(3):
        places.leave(place)
        await settle()
        assert [one.done() for one in asking] == [other <= number for other in range(3)]
        place = await asking[number]


@in_loop
async def test_room_that_another_queue_makes_is_noticed() -> None:
    """Two queues share a collector: one's end is the other's turn, with nobody waiting for it."""
    gate = Gate()
    collector = Collector("c", gate, max_concurrency=1)
    async with queue_of(collector) as one, queue_of(collector) as other:
        one.get_publisher().send(to("c", 1))
        await until(lambda: gate.begun)
        second = other.get_publisher().send(to("c", 2)).event
        await settle()
        gate.open()
        await settle()
        assert second.done


@pytest.mark.parametrize(
    ("queue_type", "expected"),
    [
        (QueueType.FIFO, ["slow 0", "slow 1", "slow 2", "fast 3", "fast 4"]),
        (QueueType.PRIORITY, ["slow 0", "slow 1", "fast 3", "fast 4", "slow 2"]),
    ],
)
@in_loop
async def test_events_set_aside_keep_their_turn_among_all(
    queue_type: QueueType, expected: list[str]
) -> None:
    """E: set aside for a full collector, an event goes neither before nor after its turn."""
    gate = Gate()
    begun: list[str] = []

    async def slow(payload: Payload[Any], ctx: Context) -> Result:
        begun.append(f"slow {payload.value}")
        return await gate(payload, ctx)

    async def fast(payload: Payload[Any], ctx: Context) -> Result:
        begun.append(f"fast {payload.value}")
        return Ok(None)

    collectors = Collector("slow", slow, max_concurrency=1), Collector("fast", fast)
    async with queue_of(*collectors, max_consumers=2, queue_type=queue_type) as queue:
        publisher = queue.get_publisher()
        for number in range(3):
            publisher.send(to("slow", number, priority=number))
        await settle()
        gate.let_go(0)
        await until(lambda: len(begun) == 2)
        await settle()
        gate.let_go(1)  # its consumer takes the next one before the pump comes
        for number in (3, 4):
            publisher.send(to("fast", number, priority=1))
        await until(lambda: len(begun) == 5)
        gate.open()
    assert begun == expected


@in_loop
async def test_of_events_set_aside_for_several_collectors_the_first_goes_first() -> None:
    """E: the order of the queue, whichever collector had been full."""
    gate = Gate()
    collectors = [Collector(key, gate, max_concurrency=1) for key in "ab"]
    async with queue_of(*collectors) as queue:
        for value in ("a0", "b0", "a1", "b1"):
            queue.get_publisher().send(to(value[0], value))
        await until(lambda: len(gate.begun) == 2)
        await settle()
        queue.pause()
        for value in ("b0", "a0"):
            gate.let_go(value)
            await settle()
        gate.open()
        for expected in (["a1"], ["a1", "b1"]):
            queue.step()
            await settle()
            assert gate.ended[2:] == expected


@in_loop
async def test_a_cancelled_start_leaves_a_lifecycle_that_swallows_the_cancellation() -> None:
    """Decision 19: what was entered is left, whatever the lifecycle makes of being cancelled."""
    log: list[str] = []

    @asynccontextmanager
    async def stubborn(ctx: Context) -> AsyncIterator[None]:
        log.append("begun")
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            log.append("entered")
        yield
        log.append("left")

    queue = queue_of(Collector("c", echo, lifecycle=stubborn))
    starting = asyncio.create_task(queue.init_queue())
    await until(lambda: log)
    starting.cancel()
    await until(starting.done)
    assert starting.cancelled()
    assert log == ["begun", "entered", "left"]


def test_events_that_an_ended_loop_left_queued_get_an_error() -> None:
    """Decision 14: every accepted event gets a result, if late."""
    queue = queue_of(Collector("c", echo))

    async def start() -> Any:
        await queue.init_queue()
        queue.pause()
        return queue.get_publisher().send(Payload(1)).event

    loop = asyncio.new_event_loop()
    event = loop.run_until_complete(start())
    loop.close()
    run(queue.init_queue())
    assert event.result is not None
    assert isinstance(event.result.errors[0].exception, QueueClosedError)
    run(queue.shut_down_queue())


@in_virtual_time
async def test_a_queue_started_again_after_a_forced_shutdown_cuts_nothing_off() -> None:
    """Decision 14: a CancelledError is told as that, not as the shutdown of before."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == "hang":
            await asyncio.get_running_loop().create_future()
        raise asyncio.CancelledError

    queue = queue_of(Collector("c", process), shutdown_timeout=0)
    async with queue:
        queue.get_publisher().send(Payload("hang"))
        await settle()
    async with queue:
        error = (await outcome(queue, Payload("raise"))).first()
    assert isinstance(error, Error)
    assert isinstance(error.exception, asyncio.CancelledError)
