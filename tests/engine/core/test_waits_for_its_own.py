"""Tasks that a lifecycle or a processor has started, and that call for the end of what waits for
them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Error, Ok, Payload, Result
from event_collector._core import awaiting
from tests.support import echo, in_loop, outcome, queue_of, until

type Call = Callable[[CollectorQueue], Awaitable[object]]

CALLS: dict[str, Call] = {
    "remove": lambda queue: queue.remove("a"),
    "replace": lambda queue: queue.replace(Collector("a", echo)),
    "shut_down_queue": lambda queue: queue.shut_down_queue(),
}


async def told(call: Call, queue: CollectorQueue, said: list[str]) -> None:
    """Make a call, and note the error that it raises at once."""
    with pytest.raises(RuntimeError, match="would wait for itself") as caught:
        async with asyncio.timeout(2):
            await call(queue)
    said.append(str(caught.value))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("whose", ["its own", "a listener's", "a listener's child's"])
@in_loop
async def test_a_lifecycle_is_told_that_it_would_wait_for_itself(whose: str, name: str) -> None:
    """Decision 19: in its own task, and in those that it has started and waits for."""
    queue, said, go = queue_of(), list[str](), asyncio.Event()

    async def call() -> None:
        await told(CALLS[name], queue, said)

    async def listen() -> None:
        await go.wait()
        await (asyncio.create_task(call()) if "child" in whose else call())

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        if whose == "its own":
            try:
                async with asyncio.timeout(0.001):
                    yield
            except TimeoutError:
                await call()
        else:
            async with asyncio.TaskGroup() as group:
                group.create_task(listen())
                yield

    await queue.add(Collector("a", echo, lifecycle=lifecycle))
    async with queue:
        go.set()
        await until(lambda: said)
    assert "a" in queue.collectors
    assert not queue.running


@pytest.mark.parametrize("name", [*CALLS, "wait"])
@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_a_task_that_a_processor_waits_for_is_told(count: int, name: str) -> None:
    """Decision 14: it would wait for the event in whose service it is, which waits for it."""
    call: Call = CALLS.get(name, lambda queue: queue.get_publisher().wait())
    said: list[str] = []

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        async with asyncio.TaskGroup() as group:
            group.create_task(told(call, queue, said))
        return Ok("told")

    collectors = [Collector(key, process) for key in "ab"[:count]]
    async with queue_of(*collectors) as queue:
        assert await outcome(queue, Payload(1)) == [Ok("told")] * count
    assert len(said) == count


@pytest.mark.parametrize("whose", ["lifecycle", "processor"])
@in_loop
async def test_a_task_that_only_calls_the_queue_may_shut_it_down(whose: str) -> None:
    """Decision 14: it is what the error says to do instead; nobody waits for such a task."""
    asked: list[asyncio.Task[None]] = []
    go = asyncio.Event()

    async def listen() -> None:
        await go.wait()
        asked.append(asyncio.create_task(queue.shut_down_queue()))

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            yield

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if whose == "processor":
            asked.append(asyncio.create_task(queue.shut_down_queue()))
        else:
            go.set()
        await asyncio.sleep(0.001)
        return Ok(None)

    queue = queue_of(Collector("a", process, lifecycle=lifecycle))
    await queue.init_queue()
    assert await outcome(queue, Payload(1)) == [Ok(None)]
    go.set()
    await until(lambda: asked)
    await asked[0]
    assert not queue.running


@in_loop
async def test_a_task_that_outlives_its_processor_may_shut_the_queue_down() -> None:
    """Decision 14: nobody waits for it any more."""
    done, tasks = asyncio.Event(), list[asyncio.Task[None]]()

    async def later() -> None:
        await done.wait()
        await queue.shut_down_queue()

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        tasks.append(asyncio.create_task(later()))
        await asyncio.sleep(0)
        return Ok(None)

    queue = queue_of(Collector("a", process))
    await queue.init_queue()
    assert await outcome(queue, Payload(1)) == [Ok(None)]
    done.set()
    await tasks[0]
    assert not queue.running


@in_loop
async def test_a_lifecycles_listener_may_take_another_collector_out() -> None:
    """Nothing of that waits for it."""

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(take_out())
            yield

    async def take_out() -> None:
        await outcome(queue, Payload(1))
        await queue.remove("b")

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        return Error(ValueError())

    async def start() -> None:
        await queue.init_queue()
        await queue.add(Collector("a", wait, lifecycle=lifecycle))

    queue = queue_of(Collector("b", echo))
    await start()
    await until(lambda: "b" not in queue.collectors)
    await queue.shut_down_queue()


@pytest.mark.parametrize("keeps", ["nothing", "a set"])
@in_loop
async def test_a_task_that_a_processor_starts_and_leaves_may_shut_the_queue_down(
    keeps: str,
) -> None:
    """Decision 14: a payload that means the end is processed, and nobody waits for the task."""
    kept: set[asyncio.Task[None]] = set()
    ended = asyncio.Event()

    async def stop() -> None:
        await asyncio.sleep(0)
        await queue.shut_down_queue()
        ended.set()

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        task = asyncio.create_task(stop())
        if keeps == "a set":
            kept.add(task)
            task.add_done_callback(kept.discard)
        await asyncio.sleep(0.001)
        return Ok("the end")

    queue = queue_of(Collector("a", process))
    await queue.init_queue()
    assert await outcome(queue, Payload(1)) == [Ok("the end")]
    await ended.wait()
    assert not queue.running


WAYS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "awaits": asyncio.create_task,
    "gathers": asyncio.gather,
    "waits for": lambda work: asyncio.wait([asyncio.create_task(work)]),
    "shields": asyncio.shield,
    "awaits through another": lambda work: asyncio.create_task(through(work)),
}


async def through(work: Any) -> None:
    """Await in a task of its own."""
    await asyncio.create_task(work)


@pytest.mark.parametrize("way", WAYS)
@in_loop
async def test_however_a_processor_waits_for_a_task_it_is_told(way: str) -> None:
    """Decision 14: whatever asyncio has to wait with."""
    said: list[str] = []

    async def soon() -> None:
        await asyncio.sleep(0)
        await told(CALLS["shut_down_queue"], queue, said)

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        await WAYS[way](soon())
        return Ok("told")

    async with queue_of(Collector("a", process)) as queue:
        assert await outcome(queue, Payload(1)) == [Ok("told")]
    assert len(said) == 1


@pytest.mark.parametrize("way", WAYS)
@in_loop
async def test_however_a_lifecycle_waits_for_a_shutdown_that_it_calls_for_it_is_told(
    way: str,
) -> None:
    """Decision 14: in a task that does nothing else, too, which it was told to start."""

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        yield
        ended: Any = await WAYS[way](queue.shut_down_queue())
        if way == "waits for":
            [task] = ended[0]
            await task

    queue = queue_of(Collector("a", echo, lifecycle=lifecycle))
    await queue.init_queue()
    with pytest.raises(RuntimeError, match="would wait for itself"):
        await asyncio.wait_for(queue.shut_down_queue(), 20)
    assert not queue.running


@pytest.mark.parametrize("name", CALLS)
@in_loop
async def test_a_lifecycle_that_waits_later_for_a_call_for_its_end_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 14: as its listener made the call, nobody waited for it yet."""
    monkeypatch.setattr(awaiting, "LOOK", 0.001)
    go, said = asyncio.Event(), list[str]()
    calls: list[asyncio.Task[object]] = []

    async def listen() -> None:
        await go.wait()
        calls.append(asyncio.ensure_future(CALLS[name](queue)))

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            yield
        await told(lambda _: calls[0], queue, said)

    queue = queue_of(Collector("a", echo, lifecycle=lifecycle))
    async with queue:
        go.set()
        await until(lambda: said)
