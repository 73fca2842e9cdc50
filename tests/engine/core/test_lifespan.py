"""The life of a queue: started, shut down and started again, in one loop after the other."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
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
    Log,
    echo,
    forever,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    run,
    settle,
    until,
)


@in_loop
async def test_starting_and_shutting_down_twice_is_fine() -> None:
    """Decision 18: both are idempotent, also at the same time; a lifecycle is entered once."""
    log = Log()
    queue = queue_of(log.collector("a"))
    await queue.shut_down_queue()
    await asyncio.gather(*(queue.init_queue() for _ in range(3)))
    await queue.init_queue()
    assert (queue.running, log) == (True, ["+a"])
    await asyncio.gather(*(queue.shut_down_queue() for _ in range(3)))
    await queue.shut_down_queue()
    assert (queue.running, log) == (False, ["+a", "-a"])


@in_loop
async def test_starts_and_shutdowns_take_turns() -> None:
    """Decision 18: called at the same time, each waits for the one before it."""
    log = Log()
    queue = queue_of(log.collector("a"))
    await asyncio.gather(
        queue.init_queue(), queue.shut_down_queue(), queue.init_queue(), queue.shut_down_queue()
    )
    assert (queue.running, log) == (False, ["+a", "-a", "+a", "-a"])


@in_loop
async def test_a_queue_can_be_started_again() -> None:
    """Decision 18: it works as before, and its counts go on."""
    queue = queue_of(Collector("a", echo))
    for value in range(3):
        async with queue:
            assert await outcome(queue, Payload(value)) == [Ok(value)]
    assert queue.metrics().finished == 3


def test_a_queue_can_be_started_again_in_another_loop() -> None:
    """Decision 18: each asyncio.run has a loop of its own."""
    queue = queue_of(Log().collector("a"), max_queued=1)

    async def use() -> ResultList:
        async with queue:
            return await outcome(queue, Payload(1))

    assert [run(use()), run(use())] == [[Ok(1)], [Ok(1)]]


def test_a_queue_is_not_shut_down_or_started_from_another_loop() -> None:
    """Decision 18: that is a RuntimeError, and the queue runs on in its own."""

    async def main() -> None:
        async with queue_of(Collector("a", echo)) as queue:
            for method in ("init_queue", "shut_down_queue"):
                message = (
                    f"{method}() was called in another event loop than the one in which the queue "
                    "runs; shut it down there"
                )
                with pytest.raises(RuntimeError, match=f"^{re.escape(message)}$"):
                    await asyncio.to_thread(asyncio.run, getattr(queue, method)())
            assert await outcome(queue, Payload(1)) == [Ok(1)]

    run(main())


@in_loop
async def test_an_exception_in_the_body_reaches_the_caller() -> None:
    """B: the queue is drained and shut down all the same."""
    queue = queue_of(Collector("a", echo))

    async def body() -> None:
        async with queue:
            queue.get_publisher().send(Payload(1))
            raise LookupError("of the body")

    with pytest.raises(LookupError, match=r"^of the body$"):
        await body()
    assert (queue.running, queue.collectors["a"].processed) == (False, 1)


def test_a_queue_whose_loop_ended_can_be_started_in_another() -> None:
    """Decisions 14, 18: what was left behind has an Error, and the queue works again."""
    queue = queue_of(Collector("a", Gate()))

    async def forget() -> Any:
        await queue.init_queue()
        return queue.get_publisher().send_nowait(Payload(1))

    left = asyncio.run(forget())

    async def again() -> ResultList:
        await queue.replace(Collector("a", echo))
        async with queue:
            return await outcome(queue, Payload(2))

    assert asyncio.run(again()) == [Ok(2)]
    assert left.done
    assert len(left.result.errors) == 1


def test_a_bounded_queue_can_be_started_again_though_a_sender_waited_in_an_ended_loop() -> None:
    """Decision 14: what it had accepted gets an Error, and nothing stays behind."""
    queue = queue_of(Collector("c", forever), max_consumers=1, max_queued=1)
    events: list[CollectorEvent] = []

    async def left_behind() -> None:
        await queue.init_queue()
        publisher = queue.get_publisher()
        sendings = [publisher.send(Payload(number)) for number in range(4)]
        events.extend(sending.event for sending in sendings)
        waiting.append(asyncio.ensure_future(sendings[-1]))
        await settle()
        assert not waiting[0].done()

    waiting: list[asyncio.Future[CollectorEvent]] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(left_behind())
    tasks = asyncio.all_tasks(loop)
    loop.close()
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]

    async def again() -> None:
        async with queue:
            for event in events:
                (error,) = (await event.wait()).errors
                assert isinstance(error.exception, QueueClosedError)
            assert (await queue.settle(1)).settled
            metrics = queue.metrics()
            assert (metrics.accepted, metrics.queued, metrics.finished) == (4, 0, 4)

    run(again())


@pytest.mark.parametrize("method", ["shut_down_queue", "init_queue"])
@in_loop
async def test_a_lifecycle_cannot_wait_for_its_own_queue(method: str) -> None:
    """Decision 19: it is told, instead of waiting for ever."""
    queue = queue_of()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        await getattr(queue, method)()
        yield

    await queue.add(Collector("a", echo, lifecycle=lifecycle))
    with pytest.raises(RuntimeError, match=rf"^{method}\(\) was called by a lifecycle of this"):
        await queue.init_queue()
    assert not queue.running


def test_events_that_an_ended_loop_left_queued_get_an_error() -> None:
    """Decision 14: every accepted event gets a result, if late."""
    queue = queue_of(Collector("c", echo))

    async def start() -> Any:
        await queue.init_queue()
        queue.pause()
        return queue.get_publisher().send(Payload(1)).event

    loop = asyncio.new_event_loop()
    event = loop.run_until_complete(start())
    loop.close()
    run(queue.init_queue())
    assert event.result is not None
    assert isinstance(event.result.errors[0].exception, QueueClosedError)
    run(queue.shut_down_queue())


def test_threads_that_wait_for_what_an_ended_loop_left_behind_are_told() -> None:
    """Decisions 9, 14: the future of `send_threadsafe` is done, as soon as anybody notices."""
    queue = queue_of(Collector("c", echo))
    publisher = queue.get_publisher()
    futures: list[Any] = []

    async def start() -> None:
        await queue.init_queue()
        futures.append(publisher.send_threadsafe(Payload("done")))
        await until(lambda: queue.metrics().finished == 1)
        queue.pause()
        futures.append(publisher.send_threadsafe(Payload("queued")))
        await until(lambda: queue.metrics().accepted == 2)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(start())
    futures.extend(publisher.send_threadsafe(Payload("too late")) for _ in range(2))
    futures[-1].cancel()
    loop.close()
    done, queued, refused, cancelled = futures
    assert not queued.done()
    assert not refused.done()
    run(queue.init_queue())
    assert done.result(0) == [Ok("done")]
    assert isinstance(queued.result(0).errors[0].exception, QueueClosedError)
    assert isinstance(refused.exception(0), QueueClosedError)
    assert cancelled.cancelled()
    assert not queue._consumers.outside
    run(queue.shut_down_queue())


def test_a_queue_can_be_started_again_though_somebody_waited_for_all_in_an_ended_loop() -> None:
    """Whoever waited in `publisher.wait()` ended with the loop."""
    queue = queue_of(Collector("c", echo))
    waiting: list[asyncio.Task[None]] = []

    async def start() -> CollectorEvent:
        await queue.init_queue()
        queue.pause()
        event = queue.get_publisher().send_nowait(Payload(1))
        waiting.append(asyncio.create_task(queue.get_publisher().wait()))
        await settle()
        return event

    loop = asyncio.new_event_loop()
    event = loop.run_until_complete(start())
    loop.close()
    waiting[0]._log_destroy_pending = False  # type: ignore[attr-defined]
    run(queue.init_queue())
    assert event.done
    assert not waiting[0].done()
    run(queue.shut_down_queue())


def test_no_consumer_of_an_ended_loop_works_in_the_next() -> None:
    """It would not know that loop's clock, nor what else goes on there."""

    async def current(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        return Ok(queue.current_event() if payload.value == "asks" else None)

    async def start(value: str) -> CollectorEvent:
        await queue.init_queue()
        event = await queue.get_publisher().send(Payload(value))
        await event.wait()
        return event

    queue = queue_of(Collector("c", current))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(start("asks nothing"))
    loop.close()
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        event = loop.run_until_complete(start("asks"))
        assert event.result == [Ok(event)]
        loop.run_until_complete(queue.shut_down_queue())


@in_virtual_time
async def test_a_queue_started_again_after_a_forced_shutdown_cuts_nothing_off() -> None:
    """Decision 14: a CancelledError is told as that, not as the shutdown of before."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == "hang":
            await asyncio.get_running_loop().create_future()
        raise asyncio.CancelledError

    queue = queue_of(Collector("c", process), shutdown_timeout=0)
    async with queue:
        queue.get_publisher().send(Payload("hang"))
        await settle()
    async with queue:
        error = (await outcome(queue, Payload("raise"))).first()
    assert isinstance(error, Error)
    assert isinstance(error.exception, asyncio.CancelledError)


@in_loop
async def test_a_cancelled_start_leaves_a_lifecycle_that_swallows_the_cancellation() -> None:
    """Decision 19: what was entered is left, whatever the lifecycle makes of being cancelled."""
    log: list[str] = []

    @asynccontextmanager
    async def stubborn(ctx: Context) -> AsyncIterator[None]:
        log.append("begun")
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            log.append("entered")
        yield
        log.append("left")

    queue = queue_of(Collector("c", echo, lifecycle=stubborn))
    starting = asyncio.create_task(queue.init_queue())
    await until(lambda: log)
    starting.cancel()
    await until(starting.done)
    assert starting.cancelled()
    assert log == ["begun", "entered", "left"]
