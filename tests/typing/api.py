"""The public API as a user writes it. A type checker checks it strictly; a test runs it."""

import asyncio
import concurrent.futures
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
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
    Instrument,
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
async def lifecycle(ctx: Context) -> AsyncGenerator[None]:
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


class Tracer(Instrument):
    """An instrument with every hook as a method."""

    def accepted(self, event: CollectorEvent) -> None:
        assert_type(event.retrieved, bool)

    def taken(self, event: CollectorEvent) -> None: ...

    def begun(self, event: CollectorEvent, collector: Collector) -> None:
        said.append(f"{collector.key} begins")

    def ended(self, event: CollectorEvent, collector: Collector, result: Result) -> None:
        said.append(f"{collector.key} ended: {read(result)}")

    def finished(self, event: CollectorEvent) -> None:
        assert_type(event.peek(), ResultList | None)

    def collectors_changed(self) -> None: ...

    def limits_changed(self) -> None: ...

    def interrupted(self, exc: BaseException) -> None: ...

    def loop_turn(self) -> None: ...

    def timed(self, collector: Collector, seconds: float) -> None: ...


class Counting(Instrument):
    """An instrument whose hooks are other callables."""

    def __init__(self) -> None:
        self.kept: deque[CollectorEvent] = deque(maxlen=10)
        self.accepted = self.kept.append
        self.finished = lambda event: event.payload.value


async def twice(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
    """Stands in a processor's place."""
    await processor(payload, ctx)
    return await processor(payload, ctx)


async def live() -> AsyncIterator[Payload[int]]:
    """Payloads that come as they come."""
    yield Payload(3)


def read_in() -> Iterator[Payload[str]]:
    """Payloads from a file, say."""
    yield Payload("four")


async def with_seams() -> None:
    """Instruments, many payloads, a wrap, limits, and the current event."""

    async def tell(payload: Payload[Any], ctx: Context) -> Result:
        event = queue.current_event()
        assert_type(event, CollectorEvent | None)
        return Ok(None if event is None else event.id)

    def progress(accepted: int, total: int | None) -> None:
        said.append(f"{accepted} of {total}")

    queue = CollectorQueue(
        [Collector("tell", tell)], min_consumers=0, max_consumers=1, carry_context=True
    )
    tracer, counting = Tracer(), Counting()
    queue.add_instrument(tracer)
    queue.add_instrument(counting)
    async with queue:
        publisher = queue.get_publisher()
        assert_type(await publisher.send(Payload(1)).wait(), ResultList)
        queue.remove_instrument(tracer)
        assert_type(await publisher.send_all([Payload(2)], progress=progress), list[CollectorEvent])
        await publisher.send_all(live(), progress=progress)
        await publisher.send_all(read_in())
        unwrap = queue.wrap("tell", twice)
        assert_type(unwrap, Callable[[], None])
        unwrap()
        queue.set_limits(min_consumers=1, max_consumers=3, max_queued=None)
        queue.set_limits(max_queued=5)
        assert_type(queue.max_queued, int | None)
    said.append(f"{len(counting.kept)} kept")


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
    await with_seams()
    said.append(f"priority: {metrics.accepted} accepted, {metrics.finished} finished")


if __name__ == "__main__":
    asyncio.run(main())
