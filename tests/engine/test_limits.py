"""A collector's own limit: how many payloads it has in service at once."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Router,
)
from tests.support import (
    Gate,
    VirtualTimeLoop,
    echo,
    forever,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    run,
    settle,
    until,
)


def to(key: str, value: object = None) -> Payload[Any]:
    """A payload for one collector."""
    return Payload(value, Delivery.KEY, keys=[key])


@given(
    st.lists(st.tuples(st.sampled_from("abx"), st.integers(0, 3)), max_size=20),
    st.integers(1, 3),
    st.integers(1, 5),
    st.sampled_from(QueueType),
    st.booleans(),
)
def test_a_limit_holds_and_nothing_is_lost(
    sent: list[tuple[str, int]],
    limit: int,
    max_consumers: int,
    queue_type: QueueType,
    custom: bool,
) -> None:
    """max_concurrency: never more than n in service, whoever sends what, and all are processed."""
    inside: Counter[str] = Counter()
    done: Counter[str] = Counter()

    def collector(key: str, most: int | None) -> Collector:
        async def process(payload: Payload[int], ctx: Context) -> Any:
            inside[key] += 1
            assert most is None or inside[key] <= most
            for _ in range(payload.value):
                await asyncio.sleep(0)
            inside[key] -= 1
            done[key] += 1

        return Collector(key, process, max_concurrency=most)

    async def main() -> None:
        settings: dict[str, Any] = {"router": everyone_named} if custom else {}
        async with queue_of(
            collector("a", limit),
            collector("b", limit),
            collector("x", None),
            max_consumers=max_consumers,
            queue_type=queue_type,
            **settings,
        ) as queue:
            publisher = queue.get_publisher()
            events = [publisher.send(payload_for(*one)).event for one in sent]
            await publisher.wait()
            assert queue.metrics().queued == queue.metrics().in_service == 0
            for event in events:
                assert event.result is not None
                assert event.result.errors == []

    run(main(), loop_factory=VirtualTimeLoop, timeout=1e6)
    wanted = Counter(key for name, _ in sent for key in (name if name != "x" else "abx"))
    assert done == wanted


def payload_for(name: str, turns: int) -> Payload[int]:
    """To one collector, or to all."""
    return Payload(turns) if name == "x" else Payload(turns, Delivery.KEY, keys=[name])


@router_that
async def everyone_named(router: Router, payload: Payload[Any]) -> Any:
    """A custom router that does what the default one does."""
    chosen = [one for one in router.collectors.values() if one.key in (payload.keys or "abx")]
    return await router.dispatch(payload, chosen)


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


def test_a_place_is_given_back_when_its_loop_is_closed() -> None:
    """Decision 18: a queue can be started again, and its collectors are not full for ever."""
    collector = Collector("c", forever_once(), max_concurrency=1)
    queue = queue_of(collector)

    async def leave_open() -> asyncio.Task[Any] | None:
        await queue.init_queue()
        queue.get_publisher().send(to("c", "stuck"))
        await settle()
        return queue._consumers.active[1].task

    loop = asyncio.new_event_loop()
    kept = loop.run_until_complete(leave_open())
    loop.close()

    async def again() -> None:
        async with queue:
            assert await outcome(queue, to("c", "again")) == [Ok("again")]

    run(again())
    assert kept is not None
    kept.get_loop().call_exception_handler = lambda _: None  # type: ignore[assignment, method-assign]


def forever_once() -> Any:
    """A processor that never ends for the first payload."""
    first = True

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        nonlocal first
        if first:
            first = False
            await asyncio.Event().wait()
        return Ok(payload.value)

    return process


@in_loop
async def test_many_events_for_a_full_collector_do_not_hold_the_loop() -> None:
    """One slice for the consumers, also while they set events aside."""
    gate, turns = Gate(), 0
    async with queue_of(Collector("c", gate, max_concurrency=1), max_consumers=2) as queue:
        publisher = queue.get_publisher()
        queue.pause()
        for number in range(20_000):
            publisher.send(to("c", number))
        queue.resume()
        while queue._consumers.queued.parked.count < 19_999:
            await asyncio.sleep(0)
            turns += 1
        assert turns > 5
        gate.open()


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


@in_loop
async def test_two_queues_share_the_places_of_a_collector() -> None:
    """The limit is the collector's, whoever it works for."""
    gate = Gate()
    collector = Collector("c", gate, max_concurrency=1)
    async with queue_of(collector) as one, queue_of(collector) as other:
        first = one.get_publisher().send(to("c", 1)).event
        await until(lambda: gate.begun)
        second = other.get_publisher().send(to("c", 2)).event
        await settle()
        assert gate.begun == [1]
        gate.open()
        await asyncio.gather(first.wait(), second.wait())
