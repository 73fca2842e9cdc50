"""Calls that would wait for ever, for a reason that lies in tasks of somebody else's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import Collector, CollectorEvent, CollectorQueue, Context, Ok, Payload, Result
from event_collector._core import awaiting
from tests.support import echo, in_loop, outcome, queue_of, until

type Call = Callable[[CollectorQueue], Awaitable[object]]

CALLS: dict[str, Call] = {
    "remove": lambda queue: queue.remove("a"),
    "replace": lambda queue: queue.replace(Collector("a", echo)),
    "shut_down_queue": lambda queue: queue.shut_down_queue(),
    "wait": lambda queue: queue.get_publisher().wait(),
}


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller is looked at again soon, and for no reason that ends by itself for long."""
    monkeypatch.setattr(awaiting, "LOOK", 0.001)
    monkeypatch.setattr(awaiting, "PATIENCE", 0.02)


async def one_by_one(task: asyncio.Task[Any]) -> None:
    """Wait as `as_completed` does it."""
    for each in asyncio.as_completed([task]):
        await each


WAYS: dict[str, Callable[[asyncio.Task[Any]], Awaitable[object]]] = {
    "awaited": lambda task: task,
    "gathered": asyncio.gather,
    "shielded": asyncio.shield,
    "waited for": lambda task: asyncio.wait([task]),
}
OWN = {**WAYS, "as completed": one_by_one}
del OWN["waited for"]  # it raises nothing
"""Of a task that was started for it, whoever waits for the next one counts too."""


def told(caught: "pytest.ExceptionInfo[RuntimeError]") -> bool:
    """Whether the error says that the caller would wait for itself."""
    return "would wait for itself" in str(caught.value)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("way", WAYS)
@in_loop
async def test_a_processor_that_waits_later_for_a_task_is_found(way: str, name: str) -> None:
    """Decision 14: the task may have been started long before, and by somebody else."""
    tasks: list[asyncio.Task[object]] = []
    go = asyncio.Event()

    async def call() -> None:
        await go.wait()
        with pytest.raises(RuntimeError) as caught:
            async with asyncio.timeout(5):
                await CALLS[name](queue)
        assert told(caught)

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        go.set()
        await WAYS[way](tasks[0])
        return Ok("told")

    async with queue_of(Collector("a", process)) as queue:
        tasks.append(asyncio.create_task(call()))
        assert await outcome(queue, Payload(1)) == [Ok("told")]
        await tasks[0]


@pytest.mark.parametrize("name", ["remove", "replace", "shut_down_queue"])
@in_loop
async def test_a_lifecycle_that_waits_for_the_task_that_ends_it_is_found(name: str) -> None:
    """Decision 19: whoever has started that task."""
    tasks: list[asyncio.Task[object]] = []

    async def call() -> None:
        with pytest.raises(RuntimeError) as caught:
            async with asyncio.timeout(5):
                await CALLS[name](queue)
        assert told(caught)

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        yield
        await tasks[0]

    async with queue_of(Collector("a", echo, lifecycle=lifecycle)) as queue:
        tasks.append(asyncio.create_task(call()))
        await tasks[0]
    assert not queue.running


@in_loop
async def test_a_lifecycle_that_waits_for_the_task_that_starts_its_queue_is_found() -> None:
    """Decision 19: it would be entered for ever."""
    tasks: list[asyncio.Task[object]] = []
    go = asyncio.Event()

    async def call() -> None:
        await go.wait()
        async with asyncio.timeout(5):
            await queue.init_queue()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        with pytest.raises(RuntimeError) as caught:
            await tasks[0]
        assert told(caught)
        yield

    queue = queue_of(Collector("a", echo, lifecycle=lifecycle))
    tasks.append(asyncio.create_task(call()))
    go.set()
    await asyncio.wait(tasks)
    await until(lambda: queue.running)
    await queue.shut_down_queue()


@pytest.mark.parametrize("way", OWN)
@in_loop
async def test_a_processor_that_waits_for_its_own_event_in_a_task_is_told(way: str) -> None:
    """Decision 14: as it is where it waits itself."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        event = queue.current_event()
        assert event is not None
        with pytest.raises(RuntimeError) as caught:
            async with asyncio.timeout(5):
                await OWN[way](asyncio.create_task(event.wait()))
        assert told(caught)
        return Ok("told")

    async with queue_of(Collector("a", process)) as queue:
        assert await outcome(queue, Payload(1)) == [Ok("told")]


@in_loop
async def test_of_two_events_that_wait_for_each_other_somebody_is_told() -> None:
    """Decision 14: and both come to their end."""
    events: list[CollectorEvent] = []
    said: list[str] = []
    go = asyncio.Event()

    async def process(payload: Payload[int], ctx: Context) -> Result:
        await go.wait()
        try:
            async with asyncio.timeout(5):
                await events[1 - payload.value].wait()
        except RuntimeError as exc:
            said.append(str(exc))
        return Ok(payload.value)

    async with queue_of(Collector("a", process)) as queue:
        events += [queue.get_publisher().send_nowait(Payload(n)) for n in range(2)]
        await until(lambda: all(event.taken_at is not None for event in events))
        go.set()
        for number, event in enumerate(events):
            assert await event.wait() == [Ok(number)]
    assert said


@pytest.mark.parametrize("name", ["shut_down_queue", "wait"])
@in_loop
async def test_a_call_is_refused_that_waits_for_itself_by_way_of_another_queue(name: str) -> None:
    """Decision 14: a processor waits for an event of the other queue, and that one's calls."""
    said: list[str] = []

    async def wait(one: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(5):
                await one
        except RuntimeError as exc:
            said.append(str(exc))

    async def pass_on(payload: Payload[Any], ctx: Context) -> Result:
        await wait(second.get_publisher().send(payload).event.wait())
        return Ok("passed on")

    async def call(payload: Payload[Any], ctx: Context) -> Result:
        await wait(CALLS[name](first))
        return Ok("called")

    first, second = queue_of(Collector("a", pass_on)), queue_of(Collector("b", call))
    async with first, second:
        assert await outcome(first, Payload(1)) == [Ok("passed on")]
    assert said
    assert "would wait for itself" in said[0]


@in_loop
async def test_who_waited_for_earlier_events_may_be_waited_for_in_a_later_one() -> None:
    """`wait()` waits for what was accepted before it, and for nothing that came since."""
    gate = asyncio.Event()
    waited: list[asyncio.Task[None]] = []

    async def process(payload: Payload[str], ctx: Context) -> Result:
        await (gate.wait() if payload.value == "earlier" else waited[0])
        return Ok(payload.value)

    async with queue_of(Collector("a", process)) as queue:
        publisher = queue.get_publisher()
        earlier = publisher.send_nowait(Payload("earlier"))
        waited.append(asyncio.create_task(publisher.wait()))
        await asyncio.sleep(0)
        later = publisher.send_nowait(Payload("later"))
        await until(lambda: later.taken_at is not None)
        await asyncio.sleep(0.01)  # it is looked at several times
        assert not waited[0].done()
        gate.set()
        assert await later.wait() == [Ok("later")]
        assert await earlier.wait() == [Ok("earlier")]


async def first_of_two(stop: asyncio.Task[object], work: asyncio.Task[object]) -> None:
    """The usual end of a processor's work: that it is done, or that all is to stop."""
    await asyncio.wait([stop, work], return_when=asyncio.FIRST_COMPLETED)


async def for_a_while(stop: asyncio.Task[object], work: asyncio.Task[object]) -> None:
    """With a time limit."""
    await asyncio.wait([stop], timeout=0.1)


async def whichever_comes(stop: asyncio.Task[object], work: asyncio.Task[object]) -> None:
    """The same, as they come."""
    for each in asyncio.as_completed([stop, work]):
        await each
        return


@pytest.mark.parametrize("wait", [first_of_two, for_a_while, whichever_comes])
@pytest.mark.parametrize("name", ["shut_down_queue", "wait"])
@in_loop
async def test_who_goes_on_without_a_call_does_not_have_it_refused(name: str, wait: Any) -> None:
    """A processor that waits for the end of its work, or of all, keeps nobody for ever."""
    stop: list[asyncio.Task[object]] = []
    go = asyncio.Event()

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        work = asyncio.create_task(asyncio.sleep(0.1, "worked"))
        go.set()
        await wait(stop[0], work)
        return Ok(await work)

    async def call() -> None:
        await go.wait()
        await CALLS[name](queue)

    queue = queue_of(Collector("a", process))
    await queue.init_queue()
    stop.append(asyncio.create_task(call()))
    event = queue.get_publisher().send_nowait(Payload(1))
    await stop[0]
    assert event.result == [Ok("worked")]
    await queue.shut_down_queue()


@in_loop
async def test_two_events_of_two_queues_may_wait_for_each_other_for_a_while() -> None:
    """The one that has a time limit goes on, and with it the other."""

    async def first(payload: Payload[Any], ctx: Context) -> Result:
        try:
            async with asyncio.timeout(0.1):
                await queues[1].get_publisher().send(payload).event.wait()
        except TimeoutError:
            return Ok("timed out")
        return Ok("heard")

    async def second(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(await events[0].wait())

    queues = queue_of(Collector("a", first)), queue_of(Collector("b", second))
    events: list[CollectorEvent] = []
    async with queues[0], queues[1]:
        events.append(queues[0].get_publisher().send_nowait(Payload(1)))
        assert await events[0].wait() == [Ok("timed out")]
        await queues[1].get_publisher().wait()


@in_loop
async def test_a_task_that_a_processor_leaves_behind_may_wait_for_all() -> None:
    """Decision 14: nobody waits for that task; under an eager task factory too."""
    tasks: list[asyncio.Task[None]] = []

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        async def after_all() -> None:
            await queue.get_publisher().wait()

        tasks.append(asyncio.create_task(after_all()))
        return Ok(1)

    async with queue_of(Collector("a", process)) as queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        await tasks[0]
