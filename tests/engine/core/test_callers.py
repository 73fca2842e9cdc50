"""Those who start and shut down a queue are cancelled, at any moment: the work goes to its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Result,
)
from tests.engine.core.endings import Teardown, is_cut_off
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


def test_an_anyio_scope_that_is_cancelled_leaves_everything_in_order(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 18: it cancels at every await. Processors end, lifecycles are left undisturbed in
    reverse order, nobody is blamed, and the scope swallows its own cancellation."""
    log = Teardown()

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(10):
                await asyncio.sleep(0)
            log.append("processor ended")
        return Ok(None)

    queue = queue_of(log.collector("a", process), log.collector("b"), max_consumers=1)
    events: list[CollectorEvent] = []

    async def main() -> None:
        with anyio.CancelScope() as scope:
            async with queue:
                events.extend(queue.get_publisher().send_nowait(Payload(n)) for n in range(3))
                await settle()
                scope.cancel()
                await anyio.sleep(60)
        assert scope.cancelled_caught
        log.append("after the block")

    run(main())
    assert log == ["+a", "+b", "processor ended", "-b", "-a", "after the block"]
    assert all(map(is_cut_off, events))
    assert caplog.messages == []
    assert not queue.running


def test_an_anyio_scope_that_is_cancelled_during_the_start_unwinds() -> None:
    """Decision 19: what was entered is left undisturbed, and the queue does not run."""
    log = Teardown()

    @asynccontextmanager
    async def never(ctx: Context) -> AsyncIterator[None]:
        try:
            await asyncio.Event().wait()
            yield
        finally:
            log.append("never entered")

    queue = queue_of(log.collector("a"), log.collector("b"), Collector("c", echo, lifecycle=never))

    async def main() -> None:
        async def cancel(scope: anyio.CancelScope) -> None:
            await until(lambda: log == ["+a", "+b"])
            await settle()
            scope.cancel()

        with anyio.CancelScope() as scope:
            cancelling = asyncio.create_task(cancel(scope))
            async with queue:
                raise AssertionError
        assert scope.cancelled_caught
        await cancelling

    run(main())
    assert log == ["+a", "+b", "never entered", "-b", "-a"]
    assert not queue.running


def test_an_anyio_scope_that_is_cancelled_during_a_change_leaves_what_it_entered() -> None:
    """Decision 19: a collector that nobody waits for any more is not added."""
    log = Teardown()
    queue = queue_of(log.collector("a"))

    async def main() -> None:
        async with queue:
            with anyio.CancelScope() as scope:
                asyncio.get_running_loop().call_soon(scope.cancel)
                await queue.add(log.collector("b"))
            assert scope.cancelled_caught
            assert list(queue.collectors) == ["a"]
            await queue.add(Collector("b", echo))

    run(main())
    assert log == ["+a", "-a"]


@in_loop
async def test_cancelling_the_only_caller_cuts_the_draining_off() -> None:
    """Decision 18: CancelledError is raised when the lifecycles are left, however often it is
    cancelled meanwhile."""
    log = Teardown()
    queue = queue_of(log.collector("a", Gate()), max_consumers=1)
    await queue.init_queue()
    events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(3)]
    closing = asyncio.create_task(queue.shut_down_queue())
    await settle()
    assert not any(event.done for event in events)
    for _ in range(5):
        closing.cancel()
        await asyncio.sleep(0)
    assert not closing.done()
    assert log == ["+a"]
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert log == ["+a", "-a"]
    assert all(map(is_cut_off, events))


@in_loop
async def test_a_cancelled_caller_changes_nothing_while_others_wait() -> None:
    """Decision 18: it raises at once; the last one who waits is the only one, and cuts off."""
    log, gate = Teardown(), Gate()
    queue = queue_of(log.collector("a", gate))
    await queue.init_queue()
    event = await queue.get_publisher().send(Payload(1))
    first, second = (asyncio.create_task(queue.shut_down_queue()) for _ in range(2))
    await until(lambda: gate.begun)
    await settle()
    first.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert first.cancelled()
    await settle()
    assert not event.done
    gate.open()
    await second
    assert event.result == [Ok(1)]
    assert log == ["+a", "-a"]


@in_loop
async def test_the_last_of_several_callers_is_the_only_one() -> None:
    """Decision 18: when all are cancelled, the draining is cut off, and the last one waits."""
    log = Teardown()
    queue = queue_of(log.collector("a", Gate()))
    await queue.init_queue()
    event = await queue.get_publisher().send(Payload(1))
    closing = [asyncio.create_task(queue.shut_down_queue()) for _ in range(3)]
    await settle()
    for task in closing:
        task.cancel()
    await until(lambda: all(task.done() for task in closing))
    assert all(task.cancelled() for task in closing)
    assert is_cut_off(event)
    assert log == ["+a", "-a"]


@in_virtual_time
async def test_a_cancelled_shutdown_gives_processors_their_grace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 14: nobody is blamed for not having ended in no time."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.9)
            return Ok("saved")
        return Ok(None)

    queue = queue_of(Collector("a", process))
    await queue.init_queue()
    event = await queue.get_publisher().send(Payload(1))
    closing = asyncio.create_task(queue.shut_down_queue())
    await settle()
    for _ in range(5):
        closing.cancel()
        await asyncio.sleep(0.1)
    await asyncio.wait([closing])
    assert event.result == [Ok("saved")]
    assert caplog.messages == []


@in_virtual_time
async def test_a_queue_within_a_timeout_ends_with_a_timeout_error() -> None:
    """Decision 18: the one CancelledError is asyncio's own, and is counted once."""
    log = Teardown()
    queue = queue_of(log.collector("a", Gate()))

    async def use() -> None:
        async with asyncio.timeout(5), queue:
            await queue.get_publisher().send(Payload(1)).wait()

    with pytest.raises(TimeoutError):
        await use()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    assert log == ["+a", "-a"]


def test_a_queue_of_queues_is_left_from_the_inside() -> None:
    """Decision 18: an anyio task group around two queues that share its cancellation."""
    log = Teardown()

    async def serve(queue: CollectorQueue) -> None:
        async with queue:
            queue.get_publisher().send(Payload(1))
            await anyio.sleep_forever()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for key in "ab":
                group.start_soon(serve, queue_of(log.collector(key, Gate())))
            await until(lambda: len(log) == 2)
            await settle()
            group.cancel_scope.cancel()

    run(main())
    assert sorted(log) == ["+a", "+b", "-a", "-b"]


@in_loop
async def test_a_teardown_goes_to_its_end_whoever_cancels_its_task() -> None:
    """Decision 18: the end of `asyncio.run` cancels all tasks, and somebody may do so again."""
    log, gate = list[str](), asyncio.Event()

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        yield
        log.append("leaving")
        await gate.wait()
        log.append("left")

    queue = queue_of(Collector("a", echo, lifecycle=slow))
    await queue.init_queue()
    known = asyncio.all_tasks()
    ending = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: log)
    (teardown,) = asyncio.all_tasks() - known - {ending}
    for _ in range(3):
        teardown.cancel()
        await settle()
    assert not ending.done()
    assert log == ["leaving"]
    gate.set()
    await ending
    assert log == ["leaving", "left"]
