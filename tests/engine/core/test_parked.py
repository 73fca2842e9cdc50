"""Parked events: their collector is full, and they wait for it without holding a consumer."""

import asyncio
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Delivery,
    Ok,
    Payload,
    QueueFullError,
    QueueType,
    Result,
)
from tests.support import (
    Gate,
    echo,
    forever,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    settle,
    until,
)


def to(key: str, value: object = None) -> Payload[Any]:
    """A payload for one collector."""
    return Payload(value, Delivery.KEY, keys=[key])


@in_loop
async def test_others_go_on_while_a_collector_is_full() -> None:
    """Events for a full collector hold no consumer: they are queued, and others pass them."""
    gate = Gate()
    slow, fast = Collector("slow", gate, max_concurrency=1), Collector("fast", echo)
    async with queue_of(slow, fast, max_consumers=2) as queue:
        publisher = queue.get_publisher()
        waiting = [publisher.send(to("slow", number)).event for number in range(10)]
        assert (await outcome(queue, to("fast", "passed"))).first() == Ok("passed")
        assert gate.begun == [0]
        assert [event.status for event in waiting] == ["in service"] + ["queued"] * 9
        assert (queue.metrics().queued, queue.metrics().in_service) == (9, 1)
        gate.open()
        await publisher.wait()
        assert gate.ended == list(range(10))


@in_loop
async def test_two_full_collectors_of_one_event_hold_no_consumer() -> None:
    """Others go on, and the event keeps its place among those that wait for the second one."""
    first, second = Gate(), Gate()
    limited = [
        Collector(key, one, max_concurrency=1)
        for key, one in zip("ab", (first, second), strict=True)
    ]
    async with queue_of(*limited, Collector("free", echo), max_consumers=3) as queue:
        publisher = queue.get_publisher()
        publisher.send(to("b", "blocks b"))
        publisher.send(to("a", "blocks a"))
        both = [
            publisher.send(Payload(number, Delivery.KEY, keys=["a", "b"])).event
            for number in range(5)
        ]
        publisher.send(to("b", "later"))
        await settle()
        first.open()
        await settle()
        assert await outcome(queue, to("free", "passed")) == [Ok("passed")]
        assert [event.status for event in both] == ["queued"] * 5
        second.open()
        await publisher.wait()
        assert second.ended == ["blocks b", 0, 1, 2, 3, 4, "later"]
        assert first.ended == ["blocks a", 0, 1, 2, 3, 4]


@in_loop
async def test_a_broadcast_waits_for_a_full_collector_without_holding_a_consumer() -> None:
    """Others get what is for them alone, and nobody is overtaken for ever."""
    gate = Gate()
    slow, fast = Collector("slow", gate, max_concurrency=1), Collector("fast", echo)
    async with queue_of(slow, fast, max_consumers=2) as queue:
        publisher = queue.get_publisher()
        broadcasts = [publisher.send(Payload(number)).event for number in range(3)]
        key = publisher.send(to("slow", "key")).event
        broadcasts += [publisher.send(Payload(number)).event for number in range(3, 9)]
        assert await outcome(queue, to("fast", "passed")) == [Ok("passed")]
        assert queue.metrics().in_service == 1
        gate.open()
        await publisher.wait()
        assert gate.ended == [0, 1, 2, "key", 3, 4, 5, 6, 7, 8]
        assert key.result == [Ok("key")]
        assert all(one.result is not None and one.result.size() == 2 for one in broadcasts)


@in_loop
async def test_a_collector_that_is_added_gets_what_waits_for_a_place() -> None:
    """C: a payload is routed when it is taken; these are queued, like those before a consumer."""
    gate, seen = Gate(), list[object]()

    async def note(payload: Payload[Any], ctx: Context) -> Result:
        seen.append(payload.value)
        return Ok(None)

    async with queue_of(Collector("full", gate, max_concurrency=1), max_consumers=3) as queue:
        publisher = queue.get_publisher()
        for number in range(4):
            publisher.send(Payload(number))
        await settle()
        await queue.add(Collector("new", note))
        gate.open()
        await publisher.wait()
        assert seen == [1, 2, 3]


@pytest.mark.parametrize("queue_type", QueueType)
@in_loop
async def test_what_waits_for_a_place_goes_to_the_replacement(queue_type: QueueType) -> None:
    """Events that no consumer has taken are routed anew, in the order of the queue."""
    hung, gate = Gate(), Gate()
    gate.open()
    settings: dict[str, Any] = {"queue_type": queue_type, "max_consumers": 3}
    async with queue_of(Collector("c", hung, max_concurrency=1), **settings) as queue:
        publisher = queue.get_publisher()
        first = publisher.send(to("c", 0)).event
        await until(lambda: hung.begun)
        for number in (1, 2, 3):
            publisher.send(to("c", number))
            await settle()
        replacing = asyncio.create_task(queue.replace(Collector("c", gate, max_concurrency=1)))
        await until(lambda: len(gate.ended) == 3)
        assert gate.ended == ([3, 2, 1] if queue_type is QueueType.LIFO else [1, 2, 3])
        hung.open()
        await replacing
        assert await first.wait() == [Ok(0)]


@in_loop
async def test_what_waits_for_a_collector_that_is_removed_is_undelivered() -> None:
    """A paused queue lets it go too: nothing of it is in service."""
    gate = Gate()
    async with queue_of(Collector("c", gate, max_concurrency=1)) as queue:
        publisher = queue.get_publisher()
        events = [publisher.send(to("c", number)).event for number in range(3)]
        await until(lambda: gate.begun)
        await settle()
        queue.pause()
        removing = asyncio.create_task(queue.remove("c"))
        await settle()
        gate.open()
        await removing
        queue.resume()
        await publisher.wait()
        assert [one.result for one in events] == [[Ok(0)], [Ok(None)], [Ok(None)]]


@in_loop
async def test_many_events_for_a_full_collector_do_not_hold_the_loop() -> None:
    """One slice for the consumers, also while they park events: the last one comes after them."""
    gate, turns = Gate(), 0
    collectors = [Collector("c", gate, max_concurrency=1), Collector("fast", echo)]
    async with queue_of(*collectors, max_consumers=2) as queue:
        publisher = queue.get_publisher()
        queue.pause()
        for number in range(20_000):
            publisher.send(to("c", number))
        last = publisher.send(to("fast")).event
        queue.resume()
        while not last.done:
            await asyncio.sleep(0)
            turns += 1
        assert turns > 5
        assert (gate.begun, queue.metrics().queued) == ([0], 19_999)
        gate.open()


@in_loop
async def test_a_bounded_queue_counts_what_waits_for_a_place() -> None:
    """Decision 8: such events are queued, so they fill a bounded queue."""
    gate = Gate()
    async with queue_of(Collector("c", gate, max_concurrency=1), max_queued=2) as queue:
        publisher = queue.get_publisher()
        senders = [asyncio.create_task(publisher.send(to("c", n))) for n in range(6)]
        await settle()
        assert (queue.metrics().in_service, queue.metrics().queued) == (1, 5)
        assert not any(sender.done() for sender in senders)
        with pytest.raises(QueueFullError):
            publisher.send_nowait(to("c", "no"))
        gate.open()
        await asyncio.gather(*senders)


@in_virtual_time
async def test_a_shutdown_drains_what_waits_for_a_place() -> None:
    """Decision 18: queued events are processed, those of a full collector too."""

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(1)
        return Ok(payload.value)

    queue = queue_of(Collector("c", wait, max_concurrency=2))
    async with queue:
        publisher = queue.get_publisher()
        events = [publisher.send(to("c", number)).event for number in range(5)]
    assert [event.result for event in events] == [[Ok(number)] for number in range(5)]


@in_virtual_time
async def test_a_forced_shutdown_cuts_off_what_waits_for_a_place() -> None:
    """Decision 14: every accepted event gets a result, and the places are free afterwards."""
    collector = Collector("c", forever, max_concurrency=1)
    queue = queue_of(collector, shutdown_timeout=1)
    events: list[CollectorEvent] = []
    for _ in range(2):
        async with queue:
            publisher = queue.get_publisher()
            events += [publisher.send(to("c", number)).event for number in range(3)]
            await settle()
            assert queue.metrics().in_service == 1
    assert all("QueueClosedError" in repr(event.result) for event in events)


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
