"""Bare asyncio: what one writes by hand for the same work, with results and nothing else.

An `asyncio.Queue` of the right order, a consumer that takes from it, a future per event for the
result. Broadcast gathers the processors; a key or topic is looked up in a dict. Where processors
sleep there are as many consumers as allowed, or a task per event if all may run at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.observe import Bench
from benchmarks.spec import Spec

type Processor = Callable[["Payload", None], Coroutine[Any, Any, "Ok"]]
type Item = tuple[Any, ...]
"""Ends with the payload and the future; what is before them is the order."""


_QUEUES: dict[str, Callable[[], asyncio.Queue[Item]]] = {
    "FIFO": asyncio.Queue,
    "LIFO": asyncio.LifoQueue,
    "PRIORITY": asyncio.PriorityQueue,
}


class Payload:
    __slots__ = ("name", "value")

    def __init__(self, value: Any, name: str | None = None) -> None:
        self.value = value
        self.name = name


class Ok:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


async def noop(payload: Payload, ctx: None) -> Ok:
    return Ok(payload.value)


class _QueueBench(Bench):
    def __init__(self, spec: Spec, queue: asyncio.Queue[Item], gate: asyncio.Event) -> None:
        self._queue = queue
        self._gate = gate
        self._item = _maker(spec)
        self._loop = asyncio.get_running_loop()

    async def burst(self, count: int) -> None:
        put, item, future = self._queue.put, self._item, self._loop.create_future
        futures = []
        for number in range(count):
            result = future()
            await put(item(number, result))
            futures.append(result)
        for result in futures:
            await result

    async def round_trip(self, count: int) -> None:
        put, item, future = self._queue.put, self._item, self._loop.create_future
        for number in range(count):
            result = future()
            await put(item(number, result))
            await result

    async def fill(self, count: int) -> None:
        put, item, future = self._queue.put, self._item, self._loop.create_future
        for _ in range(count):
            await put(item(0, future()))

    async def keep(self, count: int) -> object:
        kept = [self._item(0, self._loop.create_future()) for _ in range(count)]
        for item in kept:
            await self._queue.put(item)
        await self._queue.join()
        return kept

    async def drain(self) -> None:
        self._gate.set()
        await self._queue.join()


class _TaskBench(Bench):
    """A task per event, for when all of them may run at once."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor

    async def burst(self, count: int) -> None:
        processor = self._processor
        tasks = [asyncio.create_task(processor(Payload(number), None)) for number in range(count)]
        for task in tasks:
            await task


@asynccontextmanager
async def opened(spec: Spec) -> AsyncIterator[Bench]:
    """Set up a queue and its consumers."""
    gate = asyncio.Event()
    processor = _processor(spec, gate)
    if spec.sleep and spec.max_consumers >= spec.events:
        yield _TaskBench(processor)
        return
    queue = _QUEUES[spec.order]()
    consume = _consumer(spec, processor)
    number = spec.max_consumers if spec.sleep else 1
    consumers = [asyncio.create_task(consume(queue)) for _ in range(number)]
    yield _QueueBench(spec, queue, gate)
    for consumer in consumers:
        consumer.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)


def _processor(spec: Spec, gate: asyncio.Event) -> Processor:
    async def sleeper(payload: Payload, ctx: None) -> Ok:
        await asyncio.sleep(spec.sleep)
        return Ok(payload.value)

    async def held_up(payload: Payload, ctx: None) -> Ok:
        await gate.wait()
        return Ok(payload.value)

    if spec.what == "queued":
        return held_up
    return sleeper if spec.sleep else noop


def _consumer(
    spec: Spec, processor: Processor
) -> Callable[[asyncio.Queue[Item]], Coroutine[Any, Any, None]]:
    by_name = {f"name {number}": processor for number in range(spec.collectors)}
    processors = list(by_name.values())

    async def one(queue: asyncio.Queue[Item]) -> None:
        while True:
            item = await queue.get()
            item[-1].set_result(await processor(item[-2], None))
            queue.task_done()

    async def named(queue: asyncio.Queue[Item]) -> None:
        while True:
            item = await queue.get()
            payload = item[-2]
            item[-1].set_result(await by_name[payload.name](payload, None))
            queue.task_done()

    async def all_of_them(queue: asyncio.Queue[Item]) -> None:
        while True:
            item = await queue.get()
            payload = item[-2]
            item[-1].set_result(await asyncio.gather(*(give(payload, None) for give in processors)))
            queue.task_done()

    if spec.delivery != "BROADCAST":
        return named
    return one if spec.collectors == 1 else all_of_them


def _maker(spec: Spec) -> Callable[[int, asyncio.Future[Any]], Item]:
    """Makes what is queued for a number. Names and priorities are spread, not in order."""
    if spec.order == "PRIORITY":
        return lambda number, result: (number * 7919 % 100, number, Payload(number), result)
    if spec.delivery == "BROADCAST":
        return lambda number, result: (Payload(number), result)
    count = spec.collectors
    names = [f"name {number}" for number in range(count)]
    return lambda number, result: (Payload(number, names[number * 7919 % count]), result)
