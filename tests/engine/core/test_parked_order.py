"""Parked events keep the order of the queue, among themselves and among all others."""

from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Delivery,
    Ok,
    Payload,
    QueueType,
    Result,
)
from tests.support import (
    Gate,
    in_loop,
    queue_of,
    settle,
    until,
)


def to(key: str, value: object, priority: int = 0) -> Payload[Any]:
    """A payload for one collector."""
    return Payload(value, Delivery.KEY, keys=[key], priority=priority)


@pytest.mark.parametrize(
    ("queue_type", "expected"),
    [
        (QueueType.FIFO, [3, 1, 2]),
        (QueueType.LIFO, [2, 1, 3]),
        (QueueType.PRIORITY, [1, 2, 3]),
    ],
)
@in_loop
async def test_those_that_wait_for_a_place_keep_the_order_of_the_queue(
    queue_type: QueueType, expected: list[int]
) -> None:
    """E: the buffer's order, also among events that waited for a full collector."""
    gate = Gate()
    async with queue_of(Collector("c", gate, max_concurrency=1), queue_type=queue_type) as queue:
        publisher = queue.get_publisher()
        publisher.send(to("c", 0))
        await until(lambda: gate.begun)
        for priority in (3, 1, 2):
            publisher.send(Payload(priority, Delivery.KEY, keys=["c"], priority=priority))
            await settle()
        gate.open()
        await publisher.wait()
        assert gate.ended == [0, *expected]


@pytest.mark.parametrize(
    ("queue_type", "expected"),
    [
        (QueueType.FIFO, [1, 2, 3, 4]),
        (QueueType.LIFO, [4, 3, 2, 1]),
        (QueueType.PRIORITY, [4, 3, 2, 1]),
    ],
)
@in_loop
async def test_those_sent_at_once_for_a_full_collector_keep_the_order_of_the_queue(
    queue_type: QueueType, expected: list[int]
) -> None:
    """E: consumers find all of them at once, each before the next one waits for a place."""
    gate = Gate()
    limited = Collector("c", gate, max_concurrency=1)
    async with queue_of(limited, queue_type=queue_type, max_consumers=9) as queue:
        publisher = queue.get_publisher()
        for value in (1, 2, 3, 4):
            publisher.send(Payload(value, Delivery.KEY, keys=["c"], priority=-value))
        await settle()
        gate.open()
        await publisher.wait()
        assert gate.ended == expected


@pytest.mark.parametrize(
    ("queue_type", "expected"),
    [
        (QueueType.FIFO, ["slow 0", "slow 1", "slow 2", "fast 3", "fast 4"]),
        (QueueType.PRIORITY, ["slow 0", "slow 1", "fast 3", "fast 4", "slow 2"]),
    ],
)
@in_loop
async def test_parked_events_keep_their_turn_among_all(
    queue_type: QueueType, expected: list[str]
) -> None:
    """E: parked for a full collector, an event goes neither before nor after its turn."""
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
async def test_of_events_parked_for_several_collectors_the_first_goes_first() -> None:
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
async def test_a_priority_spoilt_while_it_is_queued_loses_no_event() -> None:
    """Decision 14: events are put back when a collector comes; a wrong priority counts as none."""
    gate = Gate()
    limited = Collector("c", gate, max_concurrency=1)
    async with queue_of(limited, queue_type=QueueType.PRIORITY) as queue:
        publisher = queue.get_publisher()
        payloads = [to("c", number, number) for number in range(4)]
        events = [publisher.send(payload).event for payload in payloads]
        await until(lambda: gate.begun)
        payloads[2].priority = "high"  # type: ignore[assignment]
        await queue.add(Collector("other", gate))
        gate.open()
        await publisher.wait()
        assert gate.ended == [0, 1, 3, 2]
        assert [event.result for event in events] == [[Ok(number)] for number in range(4)]
