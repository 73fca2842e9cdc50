"""A CollectorEvent: its states, its times, its results, and those who wait for it."""

import asyncio
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    Result,
    ResultList,
)
from tests.support import (
    Gate,
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    run,
    settle,
    until,
)


async def sleep(payload: Payload[float], ctx: Context) -> Result:
    await asyncio.sleep(payload.value)
    return Ok(payload.value)


@in_loop
async def test_an_event_is_queued_then_in_service_then_done() -> None:
    """G, decisions 11, 26: status, done and repr tell how far it is."""
    gate = Gate()
    payload = Payload("x")
    async with queue_of(Collector("a", gate)) as queue:
        event = queue.get_publisher().send(payload).event
        assert event.payload is payload
        assert (event.status, event.done, event.consumer) == ("queued", False, None)
        assert repr(event) == "CollectorEvent(1, queued)"
        await until(lambda: gate.begun)
        assert (event.status, event.done, event.consumer) == ("in service", False, 1)
        assert repr(event) == "CollectorEvent(1, in service)"
        gate.open()
        await event.wait()
        assert (event.status, event.done, event.consumer) == ("done", True, 1)
        assert repr(event) == "CollectorEvent(1, done)"


@in_loop
async def test_the_result_is_none_until_it_is_there() -> None:
    """G, decision 11: get_result is awaited and never waits; `result` says the same."""
    gate = Gate()
    async with queue_of(Collector("a", gate), Collector("b", echo)) as queue:
        event = await queue.get_publisher().send(Payload(1))
        assert await event.get_result() is None
        await until(lambda: gate.begun)
        assert await event.get_result() is None
        assert event.result is None
        gate.open()
        results = await event.wait()
        assert isinstance(results, ResultList)
        assert results == [Ok(1), Ok(1)]
        assert await event.get_result() is results
        assert event.result is results
        assert await event.wait() is results


@in_virtual_time
async def test_times_are_the_loops_clock() -> None:
    """Decision 21: wait is accepted to taken, service taken to done, response their sum."""
    async with queue_of(Collector("a", sleep), max_consumers=1) as queue:
        start = asyncio.get_running_loop().time()
        first = await queue.get_publisher().send(Payload(2.0))
        second = await queue.get_publisher().send(Payload(3.0))
        await second.wait()
    assert (first.wait_time, first.service_time, first.response_time) == (0.0, 2.0, 2.0)
    assert (second.wait_time, second.service_time, second.response_time) == (2.0, 3.0, 5.0)
    assert second.accepted_at == start
    assert (second.taken_at, second.finished_at) == (start + 2.0, start + 5.0)


@in_virtual_time
async def test_the_service_of_an_event_ends_with_its_last_collector() -> None:
    """Decision 21: service lasts until all results are in; the collectors wait side by side."""

    async def twice(payload: Payload[float], ctx: Context) -> Result:
        await asyncio.sleep(2 * payload.value)
        return Ok(None)

    async with queue_of(Collector("a", twice), Collector("b", sleep)) as queue:
        event = await queue.get_publisher().send(Payload(2.0))
        results = await event.wait()
    assert event.service_time == 4.0
    assert results == [Ok(None), Ok(2.0)]


@in_loop
async def test_times_are_none_until_they_are_known() -> None:
    """Decision 21: a queued event has no wait time yet, one in service no service time."""
    gate = Gate()
    async with queue_of(Collector("a", gate)) as queue:
        event = queue.get_publisher().send_nowait(Payload(1))
        assert (event.wait_time, event.service_time, event.response_time) == (None, None, None)
        await until(lambda: gate.begun)
        assert event.wait_time is not None
        assert (event.service_time, event.response_time) == (None, None)
        gate.open()


@in_virtual_time
async def test_an_event_that_was_never_taken_has_no_wait_time() -> None:
    """Decisions 14, 21: cut off while queued, it is done without having been in service."""
    gate = Gate()
    queue = queue_of(Collector("a", gate), max_consumers=1, shutdown_timeout=5)
    async with queue:
        queue.get_publisher().send(Payload("blocks"))
        event = await queue.get_publisher().send(Payload("waits"))
    assert (event.status, event.consumer, event.taken_at) == ("done", None, None)
    assert (event.wait_time, event.service_time, event.response_time) == (None, None, 5.0)
    assert event.result is not None
    assert isinstance(event.result.errors[0].exception, QueueClosedError)


@in_loop
async def test_any_number_of_tasks_wait_for_an_event() -> None:
    """G: wait() blocks until the result is available, for each who waits."""
    gate = Gate()
    async with queue_of(Collector("a", gate)) as queue:
        event = await queue.get_publisher().send(Payload(1))
        waiting = [asyncio.create_task(event.wait()) for _ in range(50)]
        await until(lambda: gate.begun)
        assert not any(task.done() for task in waiting)
        gate.open()
        results = await asyncio.gather(*waiting)
    assert all(result is event.result for result in results)


@in_loop
async def test_a_cancelled_waiter_disturbs_nobody() -> None:
    """Decision 14: the event and the other waiters go on."""
    gate = Gate()
    async with queue_of(Collector("a", gate)) as queue:
        event = await queue.get_publisher().send(Payload(1))
        waiting = [asyncio.create_task(event.wait()) for _ in range(10)]
        await until(lambda: gate.begun)
        for task in waiting[::2]:
            task.cancel()
        await settle()
        assert [task.cancelled() for task in waiting] == [True, False] * 5
        gate.open()
        assert await asyncio.gather(*waiting[1::2]) == [[Ok(1)]] * 5
    assert event.result == [Ok(1)]


@in_virtual_time
async def test_a_wait_that_times_out_loses_nothing() -> None:
    """G: asyncio.wait_for may give up waiting; the result comes all the same."""
    async with queue_of(Collector("a", sleep)) as queue:
        event = await queue.get_publisher().send(Payload(10.0))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(event.wait(), 1)
        assert event.status == "in service"
        assert await event.wait() == [Ok(10.0)]


@in_loop
async def test_a_waiter_cancelled_in_the_turn_of_the_result_wakes_the_others() -> None:
    """Decision 14: nobody waits for ever, whenever another is cancelled."""
    gate = Gate()
    async with queue_of(Collector("a", gate)) as queue:
        event = await queue.get_publisher().send(Payload(1))
        waiting = [asyncio.create_task(event.wait()) for _ in range(3)]
        await until(lambda: gate.begun)
        gate.open()
        await until(lambda: event.done)
        waiting[0].cancel()
        await asyncio.wait(waiting)
    assert [task.cancelled() for task in waiting] == [True, False, False]


@in_loop
async def test_an_event_can_be_waited_for_after_the_shutdown() -> None:
    """G, decision 18: what was accepted has its result when the queue is shut down."""
    async with queue_of(Collector("a", echo)) as queue:
        event = queue.get_publisher().send(Payload(1)).event
    assert event.done
    assert await event.wait() == [Ok(1)]


def test_waiting_outside_the_queues_loop_is_refused() -> None:
    """Decision 9: another loop or thread is told to use send_threadsafe."""
    gate = Gate()

    def elsewhere(event: CollectorEvent) -> ResultList:
        return asyncio.run(event.wait())

    async def main() -> CollectorEvent:
        async with queue_of(Collector("a", gate)) as queue:
            event = await queue.get_publisher().send(Payload(1))
            await until(lambda: gate.begun)
            with pytest.raises(
                RuntimeError,
                match=r"^wait\(\) was called outside the queue's event loop; "
                r"from another thread use send_threadsafe\(payload\)\.result\(\)$",
            ):
                await asyncio.to_thread(elsewhere, event)
            gate.open()
        return event

    event = run(main())
    assert elsewhere(event) == [Ok(1)], "a result that is there is given anywhere"


@in_loop
async def test_a_processor_can_send_and_wait() -> None:
    """G: an event may be waited for inside of another one's processor."""
    queue: CollectorQueue

    async def factorial(payload: Payload[int], ctx: Context) -> Result:
        if payload.value == 0:
            return Ok(1)
        event = await queue.get_publisher().send(Payload(payload.value - 1))
        smaller: Any = (await event.wait()).first()
        return Ok(payload.value * smaller.value)

    queue = queue_of(Collector("a", factorial), max_consumers=6)
    async with queue:
        event = await queue.get_publisher().send(Payload(5))
        assert await event.wait() == [Ok(120)]


@in_loop
async def test_an_error_of_a_processor_does_not_raise_in_wait() -> None:
    """H: a collector always gives a Result, which says whether it is Ok or Error."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        return Error(LookupError("gone"))

    async with queue_of(Collector("a", fail), Collector("b", echo)) as queue:
        results = await (await queue.get_publisher().send(Payload(1))).wait()
        assert queue.metrics().errors == 1
    assert repr(results) == "ResultList([Error(LookupError: gone), Ok(1)])"
    assert results.keys == ["a", "b"]


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
