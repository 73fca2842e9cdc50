"""`event.retrieved`: whether anybody has asked for the results, and got them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    History,
    Ok,
    Payload,
    ResultList,
    Router,
)
from tests.support import Gate, Trace, echo, in_loop, queue_of, settle, until, wait_a_turn


async def by_result(event: CollectorEvent) -> object:
    return event.result


async def by_get_result(event: CollectorEvent) -> object:
    return await event.get_result()


async def by_wait(event: CollectorEvent) -> object:
    return await event.wait()


async def by_iteration(event: CollectorEvent) -> object:
    return [result async for result in (await event.wait()).iter()]


ASKING = pytest.mark.parametrize("ask", [by_result, by_get_result, by_wait, by_iteration])


class Dispatching(Router):
    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


@ASKING
@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("router", [None, Dispatching])
@pytest.mark.parametrize("attended", [False, True])
@in_loop
async def test_whoever_asks_for_the_results_has_retrieved_them(
    ask: Callable[[CollectorEvent], Awaitable[Any]], count: int, router: Any, attended: bool
) -> None:
    """By `result`, `get_result`, `wait`, or an iteration; one result, several, or undelivered."""
    places = [Collector(f"{number}", wait_a_turn) for number in range(count)]
    queue = queue_of(*places, **({} if router is None else {"router": router}))
    if attended:
        queue.add_instrument(Trace())
    async with queue:
        event = queue.get_publisher().send_nowait(Payload(1))
        assert event.result is None
        assert await event.get_result() is None
        assert not event.retrieved
        await until(lambda: event.done)
        assert not event.retrieved
        expected: list[Any] = [Ok(1)] * count or [Ok(None)]
        assert await ask(event) == expected
        assert event.retrieved


@in_loop
async def test_a_frame_and_the_future_of_a_thread_retrieve_them() -> None:
    """A History's frame only of what is in it."""
    pytest.importorskip("pandas")
    async with queue_of(Collector("a", echo)) as queue:
        earlier = queue.get_publisher().send_nowait(Payload(1))
        history = History(queue)
        future = queue.get_publisher().send_threadsafe(Payload(2))
        later = queue.get_publisher().send_nowait(Payload(3))
        await asyncio.wrap_future(future)
        await queue.get_publisher().wait()
        threaded = next(event for event in history if event.payload.value == 2)
        assert (threaded.retrieved, later.retrieved) == (True, False)
        history.to_frame()
        assert (earlier.retrieved, later.retrieved) == (False, True)


async def look(queue: CollectorQueue, history: History, event: CollectorEvent) -> None:
    """Look at all that an event shows, without asking for its results."""
    assert event.peek() == [Ok(1)]
    assert event.done
    assert (event.status, repr(event)) == ("done", "CollectorEvent(1, done)")
    assert (event.wait_time, event.service_time, event.response_time) != (None, None, None)
    assert [*history] == [event] == history.latest(1)
    queue.metrics()
    await queue.settle(1)
    await queue.get_publisher().wait()


@pytest.mark.parametrize("attended", [False, True])
@in_loop
async def test_whoever_only_looks_has_not_retrieved_them(attended: bool) -> None:
    """`peek`, repr, metrics, settle, a History, instruments, and a shutdown."""
    queue = queue_of(Collector("a", echo))
    history = History(queue)
    if attended:
        queue.add_instrument(Trace())
    async with queue:
        event = await queue.get_publisher().send(Payload(1))
        await until(lambda: event.done)
        await look(queue, history, event)
    assert not event.retrieved
    assert event.result == [Ok(1)]
    assert event.retrieved


@in_loop
async def test_what_peek_gives_is_a_copy() -> None:
    """Whatever is done to it, the results stay; before they are there, there is nothing."""
    gate = Gate()
    async with queue_of(Collector("a", gate), Collector("b", echo)) as queue:
        event = queue.get_publisher().send_nowait(Payload(1))
        await settle()
        assert event.peek() is None
        gate.open()
        await until(lambda: event.done)
        for _ in range(2):
            seen = event.peek()
            assert seen is not None
            assert (seen, seen.keys) == ([Ok(1), Ok(1)], ["a", "b"])
            seen.clear()
        results = await event.wait()
        assert results == event.peek() == [Ok(1), Ok(1)]
        assert results is event.result is not event.peek()


@in_loop
async def test_a_wait_that_gives_nothing_has_not_retrieved_them() -> None:
    """It was cancelled, or got an interrupt instead."""

    async def stops(payload: Payload[Any], ctx: Any) -> Any:
        await asyncio.sleep(0)
        raise KeyboardInterrupt

    gate = Gate()
    async with queue_of(Collector("a", gate)) as queue, queue_of(Collector("b", stops)) as other:
        event = queue.get_publisher().send_nowait(Payload(1))
        waiter = asyncio.create_task(event.wait())
        await settle()
        waiter.cancel()
        await asyncio.wait([waiter])
        gate.open()
        await until(lambda: event.done)
        assert not event.retrieved
        struck = other.get_publisher().send_nowait(Payload(1))
        with pytest.raises(KeyboardInterrupt):
            await struck.wait()
        assert struck.done
        assert not struck.retrieved
