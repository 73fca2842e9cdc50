"""`queue.set_limits`: limits that change, running or not."""

import asyncio
import re
import threading
from typing import Any

import pytest

from event_collector import Collector, Context, Instrument, Ok, Payload, QueueType, Result
from tests.support import Gate, echo, forever, in_loop, in_virtual_time, queue_of, settle, until


@in_loop
async def test_what_is_not_given_stays() -> None:
    """Each limit by itself, before the start, while it runs, and over a restart."""
    queue = queue_of(Collector("a", echo), min_consumers=1, max_consumers=4, max_queued=9)

    def limits() -> tuple[int, int, int | None]:
        return queue.min_consumers, queue.max_consumers, queue.max_queued

    queue.set_limits()
    assert limits() == (1, 4, 9)
    queue.set_limits(max_consumers=6)
    async with queue:
        assert limits() == (1, 6, 9)
        queue.set_limits(min_consumers=0)
        queue.set_limits(max_queued=None)
        assert (queue.metrics().min_consumers, queue.metrics().max_consumers) == (0, 6)
    async with queue:
        assert limits() == (0, 6, None)
    queue.set_limits(min_consumers=2, max_consumers=2, max_queued=1)
    assert limits() == (2, 2, 1)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"max_consumers": 0}, ValueError, "max_consumers must be >= 1, got 0"),
        (
            {"min_consumers": 5},
            ValueError,
            "max_consumers must be >= min_consumers (5), got 4",
        ),
        ({"max_queued": 0, "max_consumers": 9}, ValueError, "max_queued must be >= 1, got 0"),
        (
            {"max_queued": 2, "max_consumers": None},
            TypeError,
            "max_consumers must be an int, got NoneType: None",
        ),
        ({"min_consumers": -1, "max_queued": 3}, ValueError, "min_consumers must be >= 0, got -1"),
    ],
)
@in_loop
async def test_nothing_is_changed_if_one_is_wrong(
    wrong: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Checked as the constructor checks, all of them first."""
    async with queue_of(Collector("a", echo), max_consumers=4, max_queued=7) as queue:
        with pytest.raises(error, match=f"^{re.escape(message)}$"):
            queue.set_limits(**wrong)
        assert (queue.min_consumers, queue.max_consumers, queue.max_queued) == (1, 4, 7)


@pytest.mark.parametrize("queue_type", QueueType)
@in_loop
async def test_with_fewer_consumers_those_in_service_finish_and_none_begins(
    queue_type: QueueType,
) -> None:
    """None is begun above the limit; below it, the next one is."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=4, queue_type=queue_type) as queue:
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(8)]
        await settle()
        first = list(gate.begun)
        assert len(first) == 4
        queue.set_limits(max_consumers=2)
        for place, value in enumerate(first):
            assert queue.metrics().in_service == max(2, 4 - place)
            gate.let_go(value)
            await settle()
            assert events[value].done
        assert len(gate.begun) == 6
        assert queue.metrics().in_service == 2
        gate.open()
    assert sorted(gate.ended) == list(range(8))


@pytest.mark.parametrize("queue_type", QueueType)
@in_loop
async def test_with_more_consumers_more_begin_at_once(queue_type: QueueType) -> None:
    """With the next turn of the loop, and with numbers that nobody has."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1, queue_type=queue_type) as queue:
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(8)]
        await settle()
        queue.set_limits(max_consumers=5)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert queue.metrics().in_service == 5
        gate.open()
    assert all(event.result == [Ok(event.payload.value)] for event in events)


@pytest.mark.parametrize(("before", "after"), [(6, 2), (1, 4)])
@pytest.mark.parametrize("first", [True, False], ids=["before it waits", "after it waited"])
@in_loop
async def test_a_processor_may_change_them(before: int, after: int, first: bool) -> None:
    """In the midst of the starting of consumers: none above the new limit, all up to it."""
    gate = Gate()

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == 0:
            if not first:
                await asyncio.sleep(0)
                await until(lambda: queue.metrics().in_service == before)
            queue.set_limits(max_consumers=after)
        return await gate(payload, ctx)

    async with queue_of(Collector("a", process), max_consumers=before) as queue:
        for value in range(9):
            queue.get_publisher().send_nowait(Payload(value))
        most = after if first or after > before else before
        await until(lambda: queue.metrics().in_service == most)
        await settle()
        assert queue.metrics().in_service == most
        gate.open()


@in_loop
async def test_the_numbers_of_consumers_at_work_stay_unique() -> None:
    """Whatever the limits do meanwhile, and never above the highest that there were."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=6) as queue:
        publisher = queue.get_publisher()
        events = [publisher.send_nowait(Payload(value)) for value in range(40)]
        for number, limit in enumerate([6, 2, 5, 1, 6, 3, 4, 1, 2, 6]):
            queue.set_limits(max_consumers=limit)
            await settle()
            at_work = [one.consumer for one in events if one.status == "in service"]
            assert len(set(at_work)) == len(at_work)
            assert None not in at_work
            assert max(one or 0 for one in at_work) <= 6
            for value in [one for one in gate.begun if one not in gate.ended][number % 2 :: 2]:
                gate.let_go(value)
        gate.open()


@in_virtual_time
async def test_numbers_stay_unique_after_consumers_were_given_up() -> None:
    """A forced shutdown frees the places of those that it does not wait for."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value != "lingers":
            await asyncio.sleep(1)
            return Ok(None)
        try:
            await asyncio.sleep(3)
        except asyncio.CancelledError:
            await asyncio.sleep(30)
        return Ok(None)

    queue = queue_of(Collector("a", process), shutdown_timeout=2)
    publisher = queue.get_publisher()
    async with queue:
        for value in ("lingers", "ends"):
            publisher.send_nowait(Payload(value))
    async with queue:
        events = [publisher.send_nowait(Payload(value)) for value in range(3)]
        await settle()
        assert [event.consumer for event in events] == [1, 2, 3]
        assert queue.metrics().in_service == 3
    await asyncio.sleep(60)


@in_loop
async def test_a_lower_bound_keeps_waiting_senders_and_a_higher_one_lets_them_go() -> None:
    """As many as there is room for, in their order; None lets all go."""
    async with queue_of(Collector("a", forever), max_queued=2, shutdown_timeout=0) as queue:
        queue.pause()
        gone: list[int] = []

        async def send(value: int) -> None:
            await queue.get_publisher().send(Payload(value))
            gone.append(value)

        tasks = [asyncio.create_task(send(value)) for value in range(8)]
        await settle()
        assert gone == [0, 1]
        queue.set_limits(max_queued=1)
        await settle()
        assert gone == [0, 1]
        queue.set_limits(max_queued=4)
        await settle()
        assert gone == [0, 1, 2, 3, 4][: len(gone)]
        assert 4 <= len(gone) <= 5
        queue.set_limits(max_queued=None)
        await settle()
        assert gone == list(range(8))
        assert all(task.done() for task in tasks)
        assert queue.metrics().queued == 8


@in_loop
async def test_a_bound_can_be_set_where_there_was_none() -> None:
    """With events queued and senders at work: the next ones wait, until there is room."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1) as queue:
        publisher = queue.get_publisher()
        many = asyncio.create_task(publisher.send_all([Payload(value) for value in range(2000)]))
        await asyncio.sleep(0)
        queue.set_limits(max_queued=3)
        sender = asyncio.create_task(publisher.send(Payload("last")))
        await settle()
        assert not sender.done()
        assert not many.done()
        gate.open()
        await asyncio.gather(sender, many)
        assert queue.metrics().queued <= 4


@in_virtual_time
async def test_more_consumers_help_a_queue_that_is_being_shut_down() -> None:
    """At once too; and a bound that is lifted lets its senders go."""
    gate = Gate()
    queue = queue_of(Collector("a", gate), max_consumers=1, max_queued=2)
    async with queue:
        publisher = queue.get_publisher()
        sending = [asyncio.create_task(publisher.send(Payload(value))) for value in range(6)]
        await settle()
        stopping = asyncio.create_task(queue.shut_down_queue())
        await settle()
        assert queue.metrics().in_service == 1
        queue.set_limits(max_consumers=3, max_queued=None)
        await settle()
        assert queue.metrics().in_service == 3
        assert all(one.done() for one in sending)
        gate.open()
        await stopping


@in_loop
async def test_another_thread_is_refused_while_the_queue_runs() -> None:
    """Only the queue's own thread and loop may change them."""
    found: list[str] = []

    def call() -> None:
        try:
            queue.set_limits(max_consumers=3)
        except RuntimeError as exc:
            found.append(str(exc))

    async with queue_of(Collector("a", echo)) as queue:
        thread = threading.Thread(target=call)
        thread.start()
        await asyncio.to_thread(thread.join)
        assert queue.max_consumers == 10
    assert found[0].startswith("set_limits() was called outside the thread and event loop")


@in_loop
async def test_limits_changed_comes_with_each_change_that_counts() -> None:
    """The limits are the new ones by then; of what is refused it is not told."""
    seen: list[tuple[int, int | None]] = []

    class Limits(Instrument):
        def limits_changed(self) -> None:
            seen.append((queue.max_consumers, queue.max_queued))

    queue = queue_of(Collector("a", echo))
    queue.add_instrument(Limits())
    queue.set_limits(min_consumers=1, max_consumers=3)
    with pytest.raises(ValueError, match="max_consumers"):
        queue.set_limits(max_consumers=0)
    async with queue:
        queue.set_limits(max_queued=5)
    assert seen == [(3, None), (3, 5)]
