"""Lifecycles that end by themselves, or call the queue that they belong to."""

import asyncio
import gc
import logging
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Delivery,
    Error,
    LifecycleEndedError,
    Ok,
    Payload,
    Result,
    Router,
)
from tests.support import (
    Gate,
    Log,
    eager_loop,
    echo,
    in_loop,
    outcome,
    queue_of,
    router_that,
    settle,
    until,
)


class Ends:
    """A lifecycle with a task group, of which a task fails or ends when it is told to."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.raises: BaseException | None = OSError("connection lost")

    @asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self.listen())
            ctx.open = True
            try:
                yield
            finally:
                ctx.open = False
                listening.cancel()

    async def listen(self) -> None:
        await self.told.wait()
        if self.raises is not None:
            raise self.raises

    def collector(self, **how: Any) -> Collector:
        return Collector("a", self.process, lifecycle=self.lifecycle, **how)

    @staticmethod
    async def process(payload: Payload[Any], ctx: Context) -> Result:
        assert ctx.open
        return Ok(payload.value)


def is_dead(result: Result) -> bool:
    """Whether a result says that the lifecycle has ended, and why."""
    assert isinstance(result, Error)
    exc = result.exception
    return isinstance(exc, LifecycleEndedError) and exc.key == "a" and exc.__cause__ is not None


@pytest.mark.parametrize("how", [{}, {"timeout": 5.0}, {"max_concurrency": 1}])
@in_loop
async def test_a_lifecycle_that_ends_by_itself_gives_errors_until_it_is_replaced(
    how: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Decision 32: its processor is not called with a dead context; the others go on."""
    ends, log = Ends(), Log()
    async with queue_of(ends.collector(**how), log.collector("b")) as queue:
        assert await outcome(queue, Payload(1)) == [Ok(1), Ok(1)]
        assert not queue.metrics().collectors["a"].lifecycle_ended
        ends.told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        (record,) = caplog.records
        assert "the lifecycle of collector 'a' ended while the queue ran" in record.getMessage()
        assert "connection lost" in caplog.text
        for delivery in (Delivery.BROADCAST, Delivery.KEY):
            results = await outcome(queue, Payload(2, delivery, keys=["a"]))
            assert is_dead(results[0])
        assert queue.collectors["a"].errors == 2
        assert len(caplog.records) == 1, "the payloads' Errors are not logged one by one"
        assert not queue.metrics().collectors["b"].lifecycle_ended
        await queue.replace(log.collector("a"))
        assert await outcome(queue, Payload(3)) == [Ok(3), Ok(3)]


@in_loop
async def test_a_lifecycle_that_ends_without_an_error_is_told_too() -> None:
    """Decision 32: whatever made it return."""
    told = asyncio.Event()

    class Returns:
        def __init__(self, ctx: Context) -> None: ...

        async def __aenter__(self) -> None:
            me = asyncio.current_task()
            assert me is not None
            self.ending = asyncio.create_task(self.end(me))

        async def end(self, me: asyncio.Task[Any]) -> None:
            await told.wait()
            me.cancel()

        async def __aexit__(self, *exc: object) -> bool:
            return True

    async with queue_of(Collector("a", echo, lifecycle=Returns)) as queue:
        told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        (error,) = await outcome(queue, Payload(1))
        assert isinstance(error, Error)
        assert isinstance(error.exception, LifecycleEndedError)
        assert error.exception.__cause__ is None


@in_loop
async def test_what_ended_a_lifecycle_is_raised_at_the_shutdown() -> None:
    """Decisions 18, 32: and the queue can be started again, with its collector alive."""
    ends = Ends()
    queue = queue_of(ends.collector())
    await queue.init_queue()
    ends.told.set()
    await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
    with pytest.raises(ExceptionGroup, match="unhandled errors in a TaskGroup"):
        await queue.shut_down_queue()
    ends.told.clear()
    async with queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        assert not queue.metrics().collectors["a"].lifecycle_ended


@in_loop
async def test_a_payload_that_waits_for_a_place_finds_the_lifecycle_ended() -> None:
    """Decision 32: it is asked when it has its place, also by a custom router."""
    ends, gate = Ends(), Gate()
    collector = Collector("a", gate, lifecycle=ends.lifecycle, max_concurrency=1)

    async def dispatch(router: Router, payload: Payload[Any]) -> Any:
        return await router.dispatch(payload, list(router.collectors.values()))

    async with queue_of(collector, router=router_that(dispatch)) as queue:
        events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(2)]
        await until(lambda: gate.begun)
        ends.told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        gate.open()
        assert await events[0].wait() == [Ok(0)]
        assert is_dead((await events[1].wait())[0])
        await queue.replace(Collector("a", echo))


@in_loop
async def test_a_dead_collector_with_instruments_and_wraps_is_not_called() -> None:
    """Decision 32: whichever way its payload goes."""
    ends = Ends()
    called: list[object] = []

    async def around(payload: Payload[Any], ctx: Context, processor: Any) -> Result:
        called.append(payload.value)
        result: Result = await processor(payload, ctx)
        return result

    async with queue_of(ends.collector()) as queue:
        queue.wrap("a", around)
        ends.told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        assert is_dead((await outcome(queue, Payload(1)))[0])
        assert called == []
        await queue.remove("a")


@in_loop
async def test_somebody_who_cancels_a_lifecycle_is_not_taken_for_the_shutdowns_caller() -> None:
    """Decision 18: a CancelledError is for who was cancelled: the caller gets another error."""
    queue = queue_of(Log().collector("a"))
    await queue.init_queue()
    (task,) = [one for one in asyncio.all_tasks() if one.get_name().endswith("lifecycle 'a'")]
    task.cancel()
    await settle()
    with pytest.raises(LifecycleEndedError, match="'a' was cancelled"):
        await queue.shut_down_queue()


def test_a_lifecycle_ended_error_travels() -> None:
    """Decision 25: an Error that holds it pickles."""
    error = LifecycleEndedError("a")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.key) == (str(error), "a")


@pytest.mark.parametrize("when", ["entered", "left"])
@pytest.mark.parametrize("method", ["init_queue", "shut_down_queue"])
@pytest.mark.parametrize("eager", [True, False], ids=["eager", "lazy"])
@in_loop
async def test_a_lifecycle_that_calls_its_own_queue_is_told(
    eager: bool, method: str, when: str
) -> None:
    """Decision 19: also under an eager task factory, where it runs within `create_task`, and
    whether it is entered or left."""
    if eager:
        eager_loop(asyncio.get_running_loop())
    queue = queue_of()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        if when == "entered":
            await getattr(queue, method)()
        yield
        await getattr(queue, method)()

    await queue.add(Collector("a", echo, lifecycle=lifecycle))
    with pytest.raises(RuntimeError, match=rf"^{method}\(\) was called by a lifecycle of this"):
        async with queue:
            pass
    assert not queue.running


@pytest.mark.parametrize("change", ["replace", "remove"])
def test_what_ended_a_lifecycle_is_told_once_where_its_collector_goes(change: str) -> None:
    """Decision 32: it was logged by then. asyncio, too, would say it, of a task nobody asked."""
    said: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: said.append(context["message"]))
        ends = Ends()
        async with queue_of(ends.collector()) as queue:
            ends.told.set()
            named = "event_collector lifecycle 'a'"
            await until(lambda: all(task.get_name() != named for task in asyncio.all_tasks()))
            if change == "replace":
                await queue.replace(Collector("a", echo))
            else:
                await queue.remove("a")
        del queue, ends
        gc.collect()

    logger = logging.getLogger("event_collector")
    logger.disabled = True  # a record would keep all of it
    try:
        asyncio.run(main())
        gc.collect()
    finally:
        logger.disabled = False
    assert said == []
