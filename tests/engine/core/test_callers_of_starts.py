"""Those who start a queue are cancelled, at any moment: nothing stays open."""

import asyncio

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Ok,
    Payload,
)
from tests.engine.core.endings import Teardown, is_cut_off
from tests.support import (
    Gate,
    echo,
    in_loop,
    outcome,
    queue_of,
    settle,
    until,
)


@in_loop
async def test_a_start_goes_on_while_another_caller_waits_for_it() -> None:
    """Decision 18: the cancelled one raises at once."""
    log = Teardown()
    queue = queue_of(log.collector("a"))
    first, second = (asyncio.create_task(queue.init_queue()) for _ in range(2))
    await settle()
    first.cancel()
    await until(first.done)
    await second
    assert queue.running
    await queue.shut_down_queue()
    assert log == ["+a", "-a"]


@in_loop
async def test_a_start_that_nobody_waits_for_any_more_is_followed_by_a_new_one() -> None:
    """Decision 18: whoever comes while it is unwound has the queue started after that."""
    log = Teardown()
    queue = queue_of(log.collector("a"), log.collector("b"))
    first = asyncio.create_task(queue.init_queue())
    await until(lambda: log == ["+a"])
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    second = asyncio.create_task(queue.init_queue())
    await until(lambda: second.done() and first.done())
    assert first.cancelled()
    assert queue.running
    await queue.shut_down_queue()
    assert log == ["+a", "-a", "+a", "+b", "-b", "-a"]


@pytest.mark.parametrize("turns", range(60))
@in_loop
async def test_a_start_and_a_stop_cancelled_in_any_turn_leave_nothing_open(turns: int) -> None:
    """Decisions 14, 18, 19: whatever is under way then: each lifecycle that was entered is left,
    each event has its results, and the queue can be used again."""
    log = Teardown(2)
    queue = queue_of(log.collector("a", Gate()), log.collector("b"), max_consumers=1)
    events: list[CollectorEvent] = []

    async def use() -> None:
        async with queue:
            events.extend(queue.get_publisher().send_nowait(Payload(n)) for n in range(3))
            for _ in range(5):
                await asyncio.sleep(0)
            adding.append(asyncio.create_task(queue.add(log.collector("c"))))

    adding: list[asyncio.Task[None]] = []
    using = asyncio.create_task(use())
    for _ in range(turns):
        await asyncio.sleep(0)
    while not using.done():  # again and again, as an anyio scope does it
        using.cancel()
        await asyncio.sleep(0)
    assert using.cancelled() or not using.exception()
    await asyncio.gather(*adding, return_exceptions=True)
    assert not queue.running
    assert all(map(is_cut_off, events))
    assert sorted(one[1:] for one in log if one[0] == "+") == sorted(
        one[1:] for one in log if one[0] == "-"
    )
    for key in list(queue.collectors):
        await queue.remove(key)
    await queue.add(Collector("fresh", echo))
    async with queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]


@in_loop
async def test_a_start_cancelled_when_it_has_just_succeeded_is_undone() -> None:
    """Decision 19: nobody would know that it runs, and shut it down."""
    log = Teardown()
    queue = queue_of(log.collector("a"))
    starting = asyncio.create_task(queue.init_queue())
    await until(lambda: queue.running)
    assert not starting.done()
    starting.cancel()
    await until(starting.done)
    assert starting.cancelled()
    assert (queue.running, log) == (False, ["+a", "-a"])


@in_loop
async def test_a_start_that_somebody_else_relies_on_is_not_undone() -> None:
    """Decision 18: the queue runs for who has called in the same moment."""
    queue = queue_of(Teardown().collector("a"))
    starting = asyncio.create_task(queue.init_queue())
    await until(lambda: queue.running)
    assert not starting.done()
    starting.cancel()
    await queue.init_queue()
    await until(starting.done)
    assert queue.running
    await queue.shut_down_queue()
