"""Pausing: consumers stop taking events, go on, or take exactly so many."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorQueue,
    Delivery,
    Payload,
    QueueClosedError,
    QueueFullError,
    QueueType,
    SimpleRouter,
)
from tests.support import Gate, echo, in_loop, in_virtual_time, queue_of, run, settle, until


def send_all(queue: CollectorQueue, *values: Any) -> None:
    """Send values, without waiting."""
    for value in values:
        queue.get_publisher().send(Payload(value))


@in_loop
async def test_a_paused_queue_takes_nothing_and_accepts_everything() -> None:
    """Pause: sending goes on, consumers take no more, those in service go on."""
    gate = Gate()
    async with queue_of(Collector("c", gate)) as queue:
        send_all(queue, "before")
        await until(lambda: gate.begun)
        queue.pause()
        send_all(queue, "after", "later")
        gate.open()
        await settle()
        assert queue.paused
        assert gate.ended == gate.begun == ["before"]
        assert queue.metrics().queued == 2
        queue.resume()
        await queue.get_publisher().wait()
        assert not queue.paused
        assert gate.ended == ["before", "after", "later"]


@in_loop
async def test_waiting_for_an_event_does_not_undo_a_pause() -> None:
    """A waiter lends its time to the consumers, but a pause binds these too."""
    async with queue_of(Collector("c", echo)) as queue:
        queue.pause()
        event = await queue.get_publisher().send(Payload(1))
        waiting = asyncio.create_task(event.wait())
        await settle()
        assert event.status == "queued"
        queue.resume()
        assert (await waiting).first().unwrap() == 1


@given(st.lists(st.integers(1, 4), max_size=4), st.integers(0, 8), st.integers(1, 4), st.booleans())
def test_steps_take_exactly_so_many(
    steps: list[int], sent: int, max_consumers: int, limited: bool
) -> None:
    """Step: exactly n more events are taken, queued now or sent later; steps add up."""

    async def main() -> None:
        limit = 1 if limited else None
        collector = Collector("c", echo, max_concurrency=limit)
        async with queue_of(collector, max_consumers=max_consumers) as queue:
            queue.pause()
            send_all(queue, *range(sent))
            for count in steps:
                queue.step(count)
            assert queue.steps_left == sum(steps)
            await settle()
            assert queue.steps_left == max(0, sum(steps) - sent)
            assert queue.metrics().finished == min(sent, sum(steps))
            send_all(queue, *range(20))
            await settle()
            assert queue.metrics().finished == sum(steps)

    run(main())


@in_loop
async def test_steps_follow_the_order_of_the_queue() -> None:
    """E: step by step, a priority queue shows its order."""
    gate = Gate()
    gate.open()
    async with queue_of(Collector("c", gate), queue_type=QueueType.PRIORITY) as queue:
        queue.pause()
        for priority in (3, 1, 2):
            queue.get_publisher().send(Payload(priority, priority=priority))
        for expected in ([1], [1, 2], [1, 2, 3]):
            queue.step()
            await settle()
            assert gate.ended == expected


@in_loop
async def test_pausing_again_takes_back_the_steps_left() -> None:
    """What was allowed and not made use of is not allowed any more."""
    async with queue_of(Collector("c", echo)) as queue:
        queue.pause()
        queue.step(5)
        send_all(queue, 1)
        await settle()
        queue.pause()
        send_all(queue, 2)
        await settle()
        assert queue.metrics().finished == 1


@in_loop
async def test_an_event_that_waits_for_a_place_is_no_step() -> None:
    """Only what is really taken into service counts as a step."""
    gate = Gate()
    slow, fast = Collector("slow", gate, max_concurrency=1), Collector("fast", echo)
    async with queue_of(slow, fast) as queue:
        publisher = queue.get_publisher()
        first = publisher.send(Payload(1, Delivery.KEY, keys=["slow"])).event
        await until(lambda: gate.begun)
        queue.pause()
        second = publisher.send(Payload(2, Delivery.KEY, keys=["slow"])).event
        third = publisher.send(Payload(3, Delivery.KEY, keys=["fast"])).event
        queue.step()
        await until(lambda: third.done)
        gate.open()
        await until(lambda: first.done)
        await settle()
        assert second.status == "queued"
        queue.step()
        await until(lambda: second.done)


@pytest.mark.parametrize("steps", [None, 1, 3])
@in_loop
async def test_a_router_can_pause_its_queue(steps: int | None) -> None:
    """What it chooses for is taken, and nothing after that."""

    class Pausing(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Sequence[Collector]:
            if payload.value == 1:
                queue.pause()
            return super().route(payload)

    gate = Gate()
    gate.open()
    async with queue_of(Collector("c", gate), router=Pausing) as queue:
        if steps is not None:
            queue.pause()
            queue.step(steps)
        send_all(queue, 1, 2, 3)
        await settle()
        assert (gate.ended, queue.paused, queue.steps_left) == ([1], True, 0)
        queue.step()
        await settle()
        assert gate.ended == [1, 2]


@in_virtual_time
async def test_a_shutdown_ends_a_pause() -> None:
    """Decision 18: a shutdown drains, paused or not; started again, the queue is not paused."""
    queue = queue_of(Collector("c", echo))
    async with queue:
        queue.pause()
        event = queue.get_publisher().send(Payload(1)).event
    assert event.result is not None
    assert event.result.first().unwrap() == 1
    async with queue:
        assert not queue.paused


@in_loop
async def test_a_bound_holds_while_paused() -> None:
    """Decision 8: senders wait for room, send_nowait is refused, and steps let them go in order."""
    async with queue_of(Collector("c", echo), max_queued=1) as queue:
        publisher = queue.get_publisher()
        queue.pause()
        senders = [asyncio.create_task(publisher.send(Payload(number))) for number in range(3)]
        await settle()
        assert not any(sender.done() for sender in senders)
        with pytest.raises(QueueFullError, match="max_queued=1"):
            publisher.send_nowait(Payload("no"))
        queue.step()
        await settle()
        assert [sender.done() for sender in senders] == [True, True, False]


@pytest.mark.parametrize("method", ["pause", "resume", "step"])
def test_a_queue_that_does_not_run_is_refused(method: str) -> None:
    """Decision 10: at once, with what to do."""
    queue = queue_of(Collector("c", echo))
    with pytest.raises(QueueClosedError, match="is not started; enter it with 'async with"):
        getattr(queue, method)()


@pytest.mark.parametrize("method", ["pause", "resume", "step"])
@in_loop
async def test_another_thread_is_refused(method: str) -> None:
    """Decision 9: the queue's own thread and loop only."""
    async with queue_of(Collector("c", echo)) as queue:
        with pytest.raises(RuntimeError, match=f"loop.call_soon_threadsafe.queue.{method}."):
            await asyncio.to_thread(getattr(queue, method))


@in_loop
async def test_a_step_of_a_queue_that_is_not_paused_is_refused() -> None:
    """A step has no meaning where everything is taken anyway."""
    async with queue_of(Collector("c", echo)) as queue:
        with pytest.raises(RuntimeError, match=r"step\(\) needs a paused queue; call pause\(\)"):
            queue.step()


@pytest.mark.parametrize(
    ("n", "kind", "said"),
    [
        (0, ValueError, "n must be >= 1, got 0"),
        (-1, ValueError, "n must be >= 1, got -1"),
        (1.0, TypeError, "n must be an int, got float: 1.0"),
        (True, TypeError, "n must be an int, got bool: True"),
    ],
)
@in_loop
async def test_a_step_takes_a_number_of_events(n: Any, kind: type[Exception], said: str) -> None:
    """Decision 24: refused, never clamped."""
    async with queue_of(Collector("c", echo)) as queue:
        queue.pause()
        with pytest.raises(kind, match=said):
            queue.step(n)
