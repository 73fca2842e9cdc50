"""Loops that are only stopped: a queue goes on in another one, and then the first is run again."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Ok,
    Payload,
    QueueClosedError,
    Result,
)
from tests.engine.core.endings import Finally
from tests.support import Gate, echo, forever, outcome, queue_of, settle, until

pytestmark = pytest.mark.filterwarnings("ignore:.*was never shut down:ResourceWarning")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The first loop."""
    first = asyncio.new_event_loop()
    yield first
    for task in asyncio.all_tasks(first):
        task.cancel()
    first.run_until_complete(settle())
    first.close()


def test_a_collector_with_places_works_in_the_next_loop(loop: asyncio.AbstractEventLoop) -> None:
    """max_concurrency: the queue that had it in the stopped loop has it no more."""
    queue = queue_of(Collector("a", echo, max_concurrency=1))
    loop.run_until_complete(queue.init_queue())

    async def use() -> None:
        async with queue:
            assert await outcome(queue, Payload(1)) == [Ok(1)]

    asyncio.run(use())


@pytest.mark.parametrize("in_batches", [False, True], ids=["", "in batches"])
def test_places_that_were_taken_in_the_first_loop_are_free_in_the_next(
    loop: asyncio.AbstractEventLoop, in_batches: bool
) -> None:
    """Decision 14: it may never be run on, and give them back."""
    events: list[CollectorEvent] = []

    async def work(payloads: Any, ctx: Context) -> Any:
        if not events:
            await forever(payloads, ctx)
        return Ok("done")

    batch_size = 1 if in_batches else None
    queue = queue_of(Collector("a", work, max_concurrency=1, batch_size=batch_size))

    async def begin() -> asyncio.Task[Result]:
        await queue.init_queue()
        events_before = [queue.get_publisher().send(Payload(0)).event for _ in range(2)]
        await until(lambda: events_before[0].status == "in service")
        waits = asyncio.create_task(queue.collectors["a"].process(Payload(1)))
        await settle()
        return waits

    async def use() -> None:
        async with queue:
            events.extend(queue.get_publisher().send(Payload(number)).event for number in (1, 2))
            assert (await queue.settle(5)).settled

    waits = loop.run_until_complete(begin())
    asyncio.run(use())
    assert [event.result for event in events] == [[Ok("done")], [Ok("done")]]
    loop.run_until_complete(settle())
    assert "in another event loop" in repr(waits.result())


def test_whoever_waited_in_the_first_loop_goes_on(loop: asyncio.AbstractEventLoop) -> None:
    """Decision 14: for room, for events, for all of them: nobody waits for ever."""
    queue = queue_of(Collector("a", forever), max_consumers=1, max_queued=1)
    publisher = queue.get_publisher()
    tasks: list[asyncio.Task[object]] = []

    async def send() -> None:
        await publisher.send(Payload(0))

    async def begin() -> None:
        await queue.init_queue()
        tasks.extend(asyncio.create_task(send()) for _ in range(4))
        tasks.append(asyncio.create_task(publisher.send_all([Payload(1), Payload(2)])))
        tasks.append(asyncio.create_task(publisher.wait()))
        await settle()
        assert not all(task.done() for task in tasks)

    async def use() -> None:
        async with queue:
            pass

    loop.run_until_complete(begin())
    asyncio.run(use())
    loop.run_until_complete(settle())
    assert all(task.done() for task in tasks)
    assert isinstance(tasks[4].exception(), QueueClosedError)


@pytest.mark.parametrize("restarted", [False, True], ids=["", "a start waits for it"])
def test_a_shutdown_of_the_first_loop_does_not_touch_the_second(
    loop: asyncio.AbstractEventLoop, restarted: bool
) -> None:
    """Decision 18: what is accepted in the second loop is processed."""
    gate = Gate()
    queue = queue_of(Collector("a", gate), max_consumers=1)
    ending: list[asyncio.Task[None]] = []

    async def begin() -> None:
        await queue.init_queue()
        queue.get_publisher().send(Payload(0))
        await until(lambda: gate.begun)
        ending.append(asyncio.create_task(queue.shut_down_queue()))
        if restarted:
            ending.append(asyncio.create_task(queue.init_queue()))
        await settle()

    loop.run_until_complete(begin())
    second = asyncio.new_event_loop()

    async def use() -> None:
        await queue.init_queue()
        events = [queue.get_publisher().send(Payload(number)).event for number in (1, 2)]
        await until(lambda: gate.begun == [0, 1])
        used.extend(events)

    async def end() -> None:
        gate.open()
        await queue.shut_down_queue()

    used: list[object] = []
    second.run_until_complete(use())
    loop.run_until_complete(settle())
    assert queue.running
    assert all(isinstance(task.exception(), QueueClosedError) for task in ending)
    second.run_until_complete(end())
    second.close()
    assert gate.ended == [1, 2]


def test_a_start_that_nobody_hears_of_in_the_first_loop_does_not_end_the_second(
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Cancelled in the moment in which it runs, its caller would have it shut down."""

    @asynccontextmanager
    async def in_two_turns(ctx: Context) -> AsyncIterator[None]:
        await asyncio.sleep(0)  # else an eager task is done at once
        yield

    queue = queue_of(Collector("a", echo, lifecycle=in_two_turns))
    start = loop.create_task(queue.init_queue())

    async def use() -> None:
        async with queue:
            start.cancel()
            await asyncio.to_thread(loop.run_until_complete, asyncio.wait([start]))
            assert await outcome(queue, Payload(1)) == [Ok(1)]

    while not queue.running:  # a turn at a time
        loop.call_soon(loop.stop)
        loop.run_forever()
    assert not start.done()
    asyncio.run(use())
    assert start.cancelled()


@pytest.mark.parametrize("change", ["add", "replace"])
def test_a_collector_on_its_way_in_does_not_come_into_the_second(
    loop: asyncio.AbstractEventLoop, change: str
) -> None:
    """Its lifecycle is open in the first loop, where the second could neither use nor leave it."""
    log, may_enter = Finally(), asyncio.Event()
    queue = queue_of(log.collector("a"))

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        await may_enter.wait()
        async with log.lifecycle("new")(ctx):
            yield

    new = Collector("a" if change == "replace" else "b", echo, lifecycle=slow)

    async def begin() -> asyncio.Task[object]:
        await queue.init_queue()
        task = asyncio.create_task(getattr(queue, change)(new))
        await settle()
        return task

    task = loop.run_until_complete(begin())
    second = asyncio.new_event_loop()
    second.run_until_complete(queue.init_queue())
    may_enter.set()
    loop.run_until_complete(settle())
    assert isinstance(task.exception(), QueueClosedError)
    assert [list(queue.collectors), new in queue.collectors.values()] == [["a"], False]
    second.run_until_complete(queue.shut_down_queue())
    second.close()
    assert log.index("-new") < log.index("-a")


def test_lifecycles_that_end_with_the_first_loop_do_not_end_in_the_second() -> None:
    """Decision 32: the queue has entered them anew, and payloads get their results."""
    log, first = Finally(), asyncio.new_event_loop()
    queue = queue_of(log.collector("a"))
    first.run_until_complete(queue.init_queue())

    async def clean_up() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def use() -> None:
        await queue.init_queue()
        await asyncio.to_thread(first.run_until_complete, clean_up())
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        await queue.shut_down_queue()

    asyncio.run(use())
    first.close()
    assert log == ["+a", "+a", "-a", "-a"]


STAYS = """
import asyncio
from contextlib import asynccontextmanager
from event_collector import Collector, CollectorQueue, Ok

async def echo(payload, ctx):
    return Ok(payload.value)

@asynccontextmanager
async def lifecycle(ctx):
    yield

a = Collector("a", echo, lifecycle=lifecycle)
queue = CollectorQueue([a], min_consumers=0, max_consumers=3)
with asyncio.Runner() as first:
    first.run(queue.init_queue())
    with asyncio.Runner() as second:
        second.run(queue.init_queue())
        if IN_GOOD_ORDER:
            second.run(queue.shut_down_queue())
    first.run(queue.init_queue())
print("left")
"""


@pytest.mark.parametrize("in_good_order", [True, False])
def test_a_loop_ends_that_a_queue_has_left_and_come_back_to(in_good_order: bool) -> None:
    """Decision 19: the lifecycle that it has left there hears of the end, like any task."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STAYS.replace("IN_GOOD_ORDER", str(in_good_order))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout == "left\n"


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("call", ["use", "shut_down_queue"])
def test_a_start_that_waits_for_its_turn_in_the_first_loop_does_not_go_on(
    call: str, before: int, turns: int
) -> None:
    """The queue was shut down there, and may be at work in the second by then."""
    queue = queue_of(Collector("a", echo), min_consumers=0)
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    first.run_until_complete(queue.init_queue())
    restart = [first.create_task(queue.shut_down_queue()), first.create_task(queue.init_queue())]
    first.run_until_complete(turned(before))

    async def use() -> None:
        async with queue:
            assert await outcome(queue, Payload(1)) == [Ok(1)]

    there = second.create_task(use() if call == "use" else queue.shut_down_queue())
    second.run_until_complete(turned(turns))
    first.run_until_complete(turned(turns))
    second.run_until_complete(asyncio.wait_for(there, 10))
    first.run_until_complete(asyncio.wait(restart, timeout=10))
    for task in restart:
        assert task.done()
        assert task.exception() is None or isinstance(task.exception(), QueueClosedError)
    second.run_until_complete(asyncio.wait_for(use(), 10))
    for loop in (first, second):
        loop.close()
    assert not queue.running


async def turned(count: int) -> None:
    """Let the loop come round."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("call", ["init_queue", "shut_down_queue"])
def test_what_is_left_behind_in_a_stopped_loop_is_not_told_as_an_error(call: str) -> None:
    """Nothing is wrong: the loop is run on, and ended as `asyncio.run` does it."""
    gate, told = asyncio.Event(), list[object]()

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        if call == "init_queue":
            await gate.wait()
        yield
        await gate.wait()

    queue = queue_of(Collector("a", echo, lifecycle=slow))

    async def begin() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        if call == "shut_down_queue":
            await queue.init_queue()
        begun.append(asyncio.create_task(getattr(queue, call)()))
        await settle()

    begun: list[asyncio.Task[object]] = []
    with asyncio.Runner() as first:
        first.run(begin())
        gate.set()
        with asyncio.Runner() as second:
            second.run(queue.init_queue())
            second.run(queue.shut_down_queue())
    assert told == []
