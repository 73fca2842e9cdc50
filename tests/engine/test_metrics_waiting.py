"""How many payloads wait for a place under a collector's `max_concurrency`, in a reading."""

import asyncio
from typing import Any

from event_collector import Collector, CollectorQueue, Delivery, Payload
from tests.support import Gate, in_loop, queue_of, settle, until


def waiting(queue: CollectorQueue) -> dict[str, int]:
    """By key, how many wait."""
    return {key: each.waiting for key, each in queue.metrics().collectors.items()}


@in_loop
async def test_events_that_are_queued_for_a_full_collector_wait_for_it() -> None:
    """Issue 13: a row per collector with what waits for it; others, and without a limit, 0."""
    gate, other = Gate(), Gate()
    full = Collector("full", gate, max_concurrency=2)
    free = Collector("free", other)
    async with queue_of(full, free, max_consumers=3) as queue:
        publisher = queue.get_publisher()
        assert waiting(queue) == {"full": 0, "free": 0}
        for value in range(5):
            publisher.send(Payload(value, Delivery.KEY, keys=["full"]))
            publisher.send(Payload(value, Delivery.KEY, keys=["free"]))
        await until(lambda: len(gate.begun) == 2 and other.begun)
        await settle()
        for held in other.begun[:]:
            other.let_go(held)
        other.open()
        await settle()
        assert waiting(queue) == {"full": 3, "free": 0}
        assert queue.metrics().queued == 3
        gate.let_go(0)
        await settle()
        assert waiting(queue) == {"full": 2, "free": 0}
        gate.open()
        await publisher.wait()
        assert waiting(queue) == {"full": 0, "free": 0}


@in_loop
async def test_who_waits_for_a_place_while_in_service_counts_too() -> None:
    """Several who call `process`; one that is cancelled waits no more."""
    gate = Gate()
    full = Collector("full", gate, max_concurrency=1)
    async with queue_of(full) as queue:
        calls = [asyncio.create_task(full.process(Payload(value))) for value in range(4)]
        await settle()
        assert waiting(queue) == {"full": 3}
        calls[2].cancel()
        await settle()
        assert waiting(queue) == {"full": 2}
        gate.open()
        await asyncio.wait(calls)
        assert [call.cancelled() for call in calls] == [False, False, True, False]
        assert waiting(queue) == {"full": 0}


@in_loop
async def test_an_event_waits_for_one_full_collector_at_a_time() -> None:
    """It is counted once, where it waits."""
    gates = [Gate(), Gate()]
    collectors = [Collector(str(at), gate, max_concurrency=1) for at, gate in enumerate(gates)]
    async with queue_of(*collectors) as queue:
        publisher = queue.get_publisher()
        publisher.send(Payload("a"))
        publisher.send(Payload("b"))
        await settle()
        assert waiting(queue) == {"0": 1, "1": 0}
        gates[0].open()
        await settle()
        assert waiting(queue) == {"0": 0, "1": 1}
        gates[1].open()


def test_nobody_waits_in_a_loop_that_was_closed() -> None:
    """Those who did have ended with it."""
    full = Collector("full", Gate(), max_concurrency=1)
    queue = queue_of(full)
    left: list[Any] = []

    async def main() -> None:
        left.extend(asyncio.ensure_future(full.process(Payload(value))) for value in range(3))
        await settle()
        assert waiting(queue) == {"full": 2}

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    for task in left:
        task._log_destroy_pending = False
    loop.close()
    assert waiting(queue) == {"full": 0}
    for task in left:
        task.get_coro().close()
