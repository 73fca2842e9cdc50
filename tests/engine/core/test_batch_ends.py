"""A batch that is cancelled, left, or struck: it ends once, and each of its events has a result."""

import asyncio
import contextvars
import gc
from contextlib import suppress
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
    Router,
)
from tests.engine.core.batching import Saves
from tests.support import (
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    run,
    settle,
    until,
)

VARIABLE = contextvars.ContextVar("variable", default="unset")


def batching(saves: Any, size: int = 4, **how: Any) -> Collector:
    return Collector("db", saves, batch_size=size, **how)


@pytest.mark.parametrize("turns", range(6))
@in_loop
async def test_one_that_is_cancelled_as_its_batch_begins_waits_for_nothing(turns: int) -> None:
    """Decision 14: it was not given to the processor, or it was; both end, in whatever turn."""
    tasks: list[asyncio.Task[Result]] = []
    saves = Saves()

    async def gives(router: Router, payload: Payload[Any]) -> ResultList:
        tasks.append(asyncio.create_task(router.collectors["db"].process(payload)))
        return ResultList([await tasks[-1]])

    queue = queue_of(batching(saves), max_consumers=4, router=router_that(gives))
    async with queue:
        events = [queue.get_publisher().send(Payload(value)).event for value in range(2)]
        await until(lambda: len(tasks) == 2)
        for _ in range(turns):
            await asyncio.sleep(0)
        tasks[0].cancel()
        for event in events:
            await event.wait()
        assert events[1].result == [Ok(1)]
    assert any(1 in batch for batch in saves.batches)


@in_virtual_time
async def test_a_forced_shutdown_cancels_a_batch_once() -> None:
    """It may end in good order; its events are cut off, and so are those that have not begun."""
    cancelled: list[str] = []

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(f"{len(payloads)}")
            await asyncio.sleep(0.5)  # a second one would strike here
            cancelled.append("ended")
            raise
        raise AssertionError

    queue = queue_of(batching(save, max_concurrency=1), max_consumers=8, shutdown_timeout=1.0)
    async with queue:
        events = [queue.get_publisher().send(Payload(value)).event for value in range(10)]
    assert cancelled == ["4", "ended"]
    for event in events:
        results = await event.wait()
        assert isinstance(results.errors[0].exception, QueueClosedError)


@in_virtual_time
async def test_a_batch_that_is_done_in_time_after_all_gives_its_results() -> None:
    """Cancelled by a forced shutdown, it may still return them, as any processor may."""

    async def save(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return [Ok(payload.value) for payload in payloads]

    async with queue_of(batching(save), shutdown_timeout=1.0) as queue:
        events = [queue.get_publisher().send(Payload(value)).event for value in range(4)]
    assert [event.result for event in events] == [[Ok(value)] for value in range(4)]


@in_loop
async def test_an_event_that_is_cut_off_before_the_start_leaves_the_batch() -> None:
    """Its payload is not processed; the others of the batch are."""
    saves = Saves(opened=False)

    async def handle(router: Router, payload: Payload[Any]) -> ResultList:
        try:
            async with asyncio.timeout(0 if payload.value == "late" else None):
                return await router.dispatch(payload, [router.collectors["db"]])
        except TimeoutError:
            return ResultList([Error(TimeoutError("the router's"))])

    collector = batching(saves, max_concurrency=1)
    async with queue_of(collector, router=router_that(handle)) as queue:
        send = queue.get_publisher().send
        first = send(Payload("first")).event
        await until(lambda: saves.batches)
        others = [send(Payload(value)).event for value in ("a", "late", "b")]
        await others[1].wait()
        saves.open.set()
        assert await first.wait() == [Ok("first")]
        results = [await event.wait() for event in others]
    assert saves.batches == [["first"], ["a", "b"]]
    assert results[0] == [Ok("a")]
    assert results[2] == [Ok("b")]
    assert str(results[1].errors[0].exception) == "the router's"


@in_loop
async def test_a_batch_that_everybody_leaves_does_not_run() -> None:
    """Nor does it keep its place from others."""
    saves = Saves(opened=False)

    async def handle(router: Router, payload: Payload[Any]) -> ResultList:
        async with asyncio.timeout(0 if payload.value == "late" else None):
            return await router.dispatch(payload, router.collectors.values())

    collector = batching(saves, max_concurrency=1)
    async with queue_of(collector, router=router_that(handle)) as queue:
        first = queue.get_publisher().send(Payload("first")).event
        await until(lambda: saves.batches)
        late = queue.get_publisher().send(Payload("late")).event
        assert isinstance((await late.wait()).errors[0].exception, TimeoutError)
        await settle()
        saves.open.set()
        await first.wait()
        assert await outcome(queue, Payload("next")) == [Ok("next")]
    assert saves.batches == [["first"], ["next"]]


@in_virtual_time
async def test_a_batch_is_cancelled_as_one() -> None:
    """Whoever cancels one of its events when it has begun, cancels what all of them wait for; who
    does it for the next one, does not strike what the processor does to end in good order."""
    tasks: dict[Any, asyncio.Task[Any] | None] = {}
    said: list[str] = []

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        try:
            said.append("begun")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.5)
            said.append("ended in good order")
        raise AssertionError

    async def handle(router: Router, payload: Payload[Any]) -> ResultList:
        tasks[payload.value] = asyncio.current_task()
        return await router.dispatch(payload, router.collectors.values())

    async with queue_of(batching(save, size=3), router=router_that(handle)) as queue:
        events = [queue.get_publisher().send(Payload(value)).event for value in range(3)]
        await until(lambda: said)
        for number in (1, 2):
            task = tasks[number]
            assert task is not None
            task.cancel()
            await settle()
        results = [await event.wait() for event in events]
    assert said == ["begun", "ended in good order"]
    assert all(isinstance(one.errors[0].exception, asyncio.CancelledError) for one in results)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@in_loop
async def test_an_interrupt_is_passed_on_once(kind: type[BaseException]) -> None:
    """Decision 15: to one who waits; each event has its Error, and the queue goes on."""

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        await asyncio.sleep(0)
        if payloads[0].value == "strike":
            raise kind
        return Ok(len(payloads))

    async with queue_of(batching(save)) as queue:
        events = [queue.get_publisher().send(Payload("strike")).event for _ in range(3)]
        got: list[type[BaseException]] = []
        for event in events:
            try:
                await event.wait()
            except (KeyboardInterrupt, SystemExit) as exc:
                got.append(type(exc))
        assert got == [kind]
        errors = [(await event.wait()).errors[0].exception for event in events]
        assert [type(one) for one in errors] == [kind] * 3
        assert await outcome(queue, Payload("go on")) == [Ok(1)]


def test_a_loop_that_is_closed_over_a_batch_leaves_nobody_waiting() -> None:
    """Decision 14: its events get an Error, also where the processor does not let go at once."""

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
        raise AssertionError

    async def begin() -> list[CollectorEvent]:
        await queue.init_queue()
        events = [queue.get_publisher().send(Payload(value)).event for value in range(6)]
        await settle()
        return events

    async def again() -> list[list[Any]]:
        saves = Saves()
        async with queue:
            await queue.replace(batching(saves))
            await outcome(queue, Payload("again"))
        return saves.batches

    queue = queue_of(batching(save, max_concurrency=1), max_consumers=8)
    loop = asyncio.new_event_loop()
    events = loop.run_until_complete(begin())
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()
    with pytest.raises(QueueClosedError, match="was not shut down before its event loop ended"):
        queue.get_publisher().send(Payload(1))
    errors = [event.result.errors[0] for event in events if event.result is not None]
    assert [type(one.exception) for one in errors] == [QueueClosedError] * 6
    gc.collect()
    assert run(again()) == [["again"]]
