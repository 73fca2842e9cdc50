"""Cases in which an event, a waiter or a lifecycle was once left behind."""

import asyncio
import contextvars
import gc
import logging
import weakref
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
    QueueType,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import (
    Gate,
    echo,
    forever,
    in_loop,
    outcome,
    queue_of,
    router_that,
    run,
    settle,
    until,
)


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_a_processor_that_raises_generator_exit_gives_an_error(count: int) -> None:
    """Decision 14: like any other exception, and the next event is processed."""

    async def leave(payload: Payload[Any], ctx: Context) -> Result:
        raise GeneratorExit

    async with queue_of(*(Collector(f"{n}", leave) for n in range(count))) as queue:
        for number in range(3):
            results = await outcome(queue, Payload(number))
            assert [type(error.exception) for error in results.errors] == [GeneratorExit] * count


@pytest.mark.parametrize("chosen", [5, None, ["no collector"]])
@in_loop
async def test_a_route_that_returns_nonsense_gives_an_error(chosen: Any) -> None:
    """Decision 14: a router that fails gives one Error."""

    class Odd(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            return chosen

    async with queue_of(Collector("a", echo), router=Odd) as queue:
        results = await outcome(queue, Payload(1))
    assert len(results.errors) == 1


@in_loop
async def test_a_route_may_be_a_generator() -> None:
    """F: whatever gives the collectors in order will do."""

    class Lazy(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            return (collector for collector in self.collectors.values())

    async with queue_of(Collector("a", echo), Collector("b", echo), router=Lazy) as queue:
        assert (await outcome(queue, Payload(1))).keys == ["a", "b"]


@in_loop
async def test_a_priority_spoilt_after_construction_is_refused_alone() -> None:
    """Decisions 10, 20: it is not accepted, and the events of others are not lost."""
    gate = Gate()
    async with queue_of(
        Collector("a", gate), max_consumers=1, queue_type=QueueType.PRIORITY
    ) as queue:
        publisher = queue.get_publisher()
        first, second = (publisher.send_nowait(Payload(number)) for number in range(2))
        spoilt: Payload[int] = Payload(2)
        spoilt.priority = "high"  # type: ignore[assignment]
        with pytest.raises(TypeError, match=r"^priority must be an int or None, got str: 'high'$"):
            publisher.send(spoilt)
        future = publisher.send_threadsafe(spoilt)
        gate.open()
        await publisher.wait()
        await until(future.done)
        assert isinstance(future.exception(), TypeError)
        assert first.done
        assert second.done
        assert queue.metrics().accepted == 2


@in_loop
async def test_a_router_that_returns_an_unfinished_subclass_gives_an_error() -> None:
    """Decision 14: the waiter wakes, whatever the list is."""

    class Bare(ResultList):
        def __init__(self) -> None:
            pass

    async def handle(router: Router, payload: Payload[Any]) -> ResultList:
        bare = Bare()
        bare.append(Ok(1))
        return bare

    async with queue_of(Collector("a", echo), router=router_that(handle)) as queue:
        results = await outcome(queue, Payload(1))
    assert len(results.errors) == 1


@pytest.mark.parametrize("method", ["add", "replace"])
@in_loop
async def test_no_collector_comes_in_during_the_shutdown(method: str) -> None:
    """Decision 18: its lifecycle would be left before its payloads are."""
    gate = Gate()
    async with queue_of(Collector("a", gate), Collector("b", echo)) as queue:
        queue.get_publisher().send(Payload(1))
        await until(lambda: gate.begun)
        closing = asyncio.create_task(queue.shut_down_queue())
        await until(lambda: not queue.running)
        with pytest.raises(QueueClosedError, match=r"^the queue is shutting down; .* not added$"):
            await getattr(queue, method)(Collector("c" if method == "add" else "b", echo))
        gate.open()
        await closing


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


@in_loop
async def test_a_cancelled_shutdown_stays_cancelled_whatever_lifecycles_raise() -> None:
    """Decision 18: so that `asyncio.timeout` around it means what it says."""

    @asynccontextmanager
    async def bad(ctx: Context) -> AsyncIterator[None]:
        yield
        raise OSError("disk gone")

    queue = queue_of(Collector("a", Gate()), Collector("b", echo, lifecycle=bad))
    await queue.init_queue()
    queue.get_publisher().send(Payload(1))
    await asyncio.sleep(0)
    closing = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: not queue.running)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing


variable: contextvars.ContextVar[Any] = contextvars.ContextVar("variable", default="unset")


@in_loop
async def test_one_collector_does_not_see_what_another_has_set() -> None:
    """Decision 22: not even a value that cannot be compared."""

    class Odd:
        def __eq__(self, other: object) -> bool:
            raise ValueError("ambiguous")

        __hash__ = None  # type: ignore[assignment]

    async def change(payload: Payload[Any], ctx: Context) -> Result:
        before = variable.get()
        variable.set(Odd())
        return Ok(before)

    variable.set(Odd())
    start = variable.get()
    async with queue_of(Collector("a", change), Collector("b", change)) as queue:
        results = [await outcome(queue, Payload(number)) for number in range(3)]
    assert all(result.unwrap() is start for each in results for result in each)


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_an_error_that_nobody_keeps_is_freed_at_once(
    count: int, caplog: pytest.LogCaptureFixture
) -> None:
    """H: no reference cycle holds the exception, its frames and the payload."""
    caplog.set_level(logging.CRITICAL, logger="event_collector")  # a record would keep it

    class Value:
        pass

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError

    async with queue_of(*(Collector(f"{n}", fail) for n in range(count))) as queue:
        gc.collect()
        gc.disable()
        try:
            value = Value()
            alive = weakref.ref(value)
            queue.get_publisher().send(Payload(value))
            del value
            await queue.get_publisher().wait()
            await asyncio.sleep(0)
            assert alive() is None
        finally:
            gc.enable()


@in_loop
async def test_numbers_of_consumers_stay_within_the_bound_when_they_end_out_of_order() -> None:
    """Decision 17: a number is given again only when its consumer has ended."""
    gates = [Gate() for _ in range(3)]
    collectors = [Collector(f"{n}", gate) for n, gate in enumerate(gates)]

    class Turns(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            return [self.collectors[f"{payload.value % 3}"]]

    async with queue_of(*collectors, max_consumers=3, router=Turns) as queue:
        events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(3)]
        await until(lambda: queue.metrics().in_service == 3)
        gates[0].open()
        await until(lambda: events[0].done)
        events += [queue.get_publisher().send_nowait(Payload(n)) for n in (1, 2, 1)]
        await until(lambda: queue.metrics().in_service == 3)
        numbers = [event.consumer for event in events if not event.done]
        assert sorted(number for number in numbers if number) == [1, 2, 3]
        assert queue.metrics().queued == 2
        for gate in gates:
            gate.open()
        await queue.get_publisher().wait()


@in_loop
async def test_an_error_of_a_subclass_is_counted() -> None:
    """H: a subclass of Error is an Error."""

    class FaultError(Error):
        pass

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        return FaultError(ValueError())

    async with queue_of(Collector("a", fail)) as queue:
        await outcome(queue, Payload(1))
        assert queue.metrics().errors == queue.metrics().collectors["a"].errors == 1
