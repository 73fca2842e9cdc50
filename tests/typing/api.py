"""The public API as a user writes it. A type checker checks it strictly; a test runs it."""

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, assert_type

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    EventPublisher,
    Explanation,
    History,
    LifecycleManager,
    Metrics,
    Ok,
    Payload,
    Processor,
    QueueType,
    Result,
    ResultList,
    Router,
    Sending,
    SimpleRouter,
)

if TYPE_CHECKING:
    import pandas as pd


said: list[str] = []
"""What came out, line by line."""


async def double(payload: Payload[int], ctx: Context) -> Result:
    """A processor of one kind of payload."""
    ctx.seen += 1
    return Ok(payload.value * 2)


async def judge(payload: Payload[Any], ctx: Context) -> Result:
    """A processor that returns an Error."""
    if "limit" in ctx and payload.value > ctx.limit:
        return Error(ValueError("too hot"))
    return Ok(payload.value)


@asynccontextmanager
async def lifecycle(ctx: Context) -> AsyncIterator[None]:
    """Sets up what the processor counts with."""
    ctx.seen = 0
    yield
    del ctx.seen


class Loud(Router):
    """A custom router: `handle_event` and nothing else."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


class LastOnly(SimpleRouter):
    """A router that chooses otherwise."""

    def route(self, payload: Payload[Any]) -> Sequence[Collector]:
        return self.collectors.everyone()[-1:]


def make_collectors() -> list[Collector]:
    """Two collectors, with all that a collector takes."""
    processor: Processor = judge
    manager: LifecycleManager = lifecycle
    return [
        Collector("double", double, lifecycle=manager),
        Collector("judge", processor, topics=["hot"], ctx=Context(limit=40)),
    ]


def read(result: Result) -> str:
    """A result, taken apart."""
    match result:
        case Error(exception):
            assert_type(exception, BaseException)
            return repr(result)
        case Ok(value):
            return f"Ok({value})"


async def send_and_wait(publisher: EventPublisher) -> None:
    """One payload, and what became of it."""
    payload = Payload(21, delivery=Delivery.KEY, keys=["double"])
    assert_type(payload, Payload[int])
    assert_type(payload.value, int)
    assert_type(publisher.send(payload), Sending)
    event = await publisher.send(payload)
    assert_type(event, CollectorEvent)
    results = await event.wait()
    assert_type(results, ResultList)
    assert_type(results.first(), Result)
    assert_type(await event.get_result(), ResultList | None)
    assert_type(event.result, ResultList | None)
    assert_type(event.done, bool)
    assert_type(event.response_time, float | None)
    said.append(read(results.first()))


async def by_topic(publisher: EventPublisher) -> None:
    """Results one by one, both ways."""
    payload = Payload(99.5, delivery=Delivery.TOPIC, topics=["hot"])
    assert_type(payload, Payload[float])
    results = await publisher.send_nowait(payload).wait()
    async for result in results.iter():
        assert_type(result, Result)
        said.append(f"hot: {read(result)}")
    for result in results.iter():
        assert_type(result, Result)
    assert_type(results[0], Result)
    assert_type(results.oks, list[Ok[Any]])
    assert_type(results.errors, list[Error])
    assert_type(results.keys, list[str | None])
    assert_type(results.delivered, bool)
    assert_type(results.size(), int)


async def with_a_router(router: type[Router], value: int) -> ResultList:
    """A queue with all of its arguments, started and shut down by hand."""
    queue = CollectorQueue(
        make_collectors(),
        min_consumers=0,
        max_consumers=10,
        queue_type=QueueType.FIFO,
        default_priority=1000,
        router=router,
        max_queued=None,
        shutdown_timeout=None,
    )
    await queue.init_queue()
    try:
        event = await queue.get_publisher().send(Payload(value))
        return await event.wait()
    finally:
        await queue.shut_down_queue()


async def change(queue: CollectorQueue) -> None:
    """A queue's collectors change while it runs."""
    await queue.add(Collector("third", judge))
    assert_type(await queue.replace(Collector("third", judge)), Collector)
    assert_type(await queue.remove("third"), Collector)
    assert_type(queue.collectors["double"], Collector)
    assert isinstance(queue.router, SimpleRouter)
    assert_type(queue.router.explain(Payload(1)), list[Explanation])


async def in_a_priority_queue() -> Metrics:
    """Fire and forget; then metrics."""
    queue = CollectorQueue(
        make_collectors(), min_consumers=1, max_consumers=1, queue_type=QueueType.PRIORITY
    )
    async with queue as entered:
        assert_type(entered, CollectorQueue)
        publisher = queue.get_publisher()
        publisher.send(Payload(1, priority=0))
        await publisher.send(Payload(2))
        later = publisher.send_threadsafe(Payload(3))
        assert_type(later, concurrent.futures.Future[ResultList])
        await asyncio.wrap_future(later)
    return queue.metrics()


def frames(history: History, results: ResultList, metrics: Metrics) -> "list[pd.DataFrame]":
    """What can be made a DataFrame. (Only for the type checker: it needs pandas.)"""
    return [history.to_frame(), results.to_frame(), metrics.to_frame()]


async def main() -> None:
    """All of it."""
    queue = CollectorQueue(make_collectors(), min_consumers=1, max_consumers=10)
    history = History(queue)
    async with queue:
        publisher = queue.get_publisher()
        await send_and_wait(publisher)
        await by_topic(publisher)
        await change(queue)
        nobody = await (await publisher.send(Payload(None, Delivery.KEY, keys=["x"]))).wait()
    assert_type([event.id for event in history], list[int])
    said.append(str((await with_a_router(Loud, 1)).keys))
    mixed = [(await with_a_router(LastOnly, value)).first() for value in (1, 99)]
    said.append(str(mixed))
    said.append(f"undelivered: {list(nobody)}")
    metrics = await in_a_priority_queue()
    said.append(f"priority: {metrics.accepted} accepted, {metrics.finished} finished")


if __name__ == "__main__":
    asyncio.run(main())
