"""What goes wrong in processors and routers: an Error, once, and nobody else feels it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Error,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from tests.support import (
    echo,
    in_loop,
    outcome,
    queue_of,
    router_that,
    run,
    settle,
    until,
    wait_a_turn,
)

type Handler = Callable[[Router, Payload[Any]], Awaitable[Any]]


@in_loop
async def test_an_exception_is_an_error_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """H, decisions 14, 23: the Error holds the exception object; the others go on; it is logged."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise LookupError("gone")

    with caplog.at_level(logging.WARNING, logger="event_collector"):
        async with queue_of(Collector("bad", fail), Collector("good", echo)) as queue:
            results = await outcome(queue, Payload(1))
    error = results.first()
    assert isinstance(error, Error)
    assert repr(error) == "Error(LookupError: gone)"
    assert "in fail" in error.traceback
    assert results[1] == Ok(1)
    assert "collector 'bad': the processor raised" in caplog.text


async def raise_cancelled(payload: Payload[Any], ctx: Context) -> Result:
    raise asyncio.CancelledError("of my own accord")


async def cancel_itself(payload: Payload[Any], ctx: Context) -> Result:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    return Ok("cancelled")


async def cancel_itself_and_wait(payload: Payload[Any], ctx: Context) -> Result:
    await cancel_itself(payload, ctx)
    await asyncio.sleep(0)
    return Ok("not reached")


async def swallow(payload: Payload[Any], ctx: Context) -> Result:
    try:
        return await cancel_itself_and_wait(payload, ctx)
    except asyncio.CancelledError:
        return Ok("swallowed")


@pytest.mark.parametrize("others", [0, 1, 2], ids=["alone", "then one", "between two"])
@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        (raise_cancelled, "Error(CancelledError: of my own accord)"),
        (cancel_itself, "Ok('cancelled')"),
        (cancel_itself_and_wait, "Error(CancelledError)"),
        (swallow, "Ok('swallowed')"),
    ],
)
@in_loop
async def test_a_cancellation_of_its_own_hits_nobody_else(
    processor: Any, expected: str, others: int
) -> None:
    """Decision 14: neither the next event nor the next collector feels it; consumers live on."""

    async def first_only(payload: Payload[int], ctx: Context) -> Result:
        chosen = processor if payload.value % 2 else wait_a_turn
        result: Result = await chosen(payload, ctx)
        return result

    collectors = [Collector("bad", first_only)]
    if others:
        collectors.append(Collector("next", wait_a_turn))
    if others == 2:
        collectors.insert(0, Collector("before", wait_a_turn))
    async with queue_of(*collectors, max_consumers=1) as queue:
        events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(1, 7)]
    for event in events:
        assert event.result is not None
        fine = f"Ok({event.payload.value})"
        said = dict(zip(event.result.keys, map(repr, event.result), strict=True))
        assert said.pop("bad") == (expected if event.payload.value % 2 else fine)
        assert set(said.values()) <= {fine}


@pytest.mark.parametrize("value", [None, 5, "text", ValueError("returned"), [Ok(1)]])
@in_loop
async def test_what_is_no_result_becomes_an_ok(value: object) -> None:
    """Decision 14: a processor that returns something else than a Result gives an Ok of it."""

    async def give(payload: Payload[Any], ctx: Context) -> Any:
        return payload.value

    async with queue_of(Collector("a", give)) as queue:
        assert await outcome(queue, Payload(value)) == [Ok(value)]


@in_loop
async def test_an_awaitable_that_is_no_coroutine_is_awaited() -> None:
    """A: a processor is a callable that returns any awaitable of a Result."""

    def promise(payload: Payload[Any], ctx: Context) -> Awaitable[Result]:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, Ok(payload.value))
        return future

    async with queue_of(Collector("a", promise), Collector("b", promise)) as queue:
        assert await outcome(queue, Payload(7)) == [Ok(7), Ok(7)]


async def raises(router: Router, payload: Payload[Any]) -> ResultList:
    raise LookupError("no way")


async def gives_nothing(router: Router, payload: Payload[Any]) -> None:
    return None


async def gives_an_ok(router: Router, payload: Payload[Any]) -> Result:
    return Ok(1)


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (raises, "LookupError: no way"),
        (
            gives_nothing,
            "TypeError: Custom.handle_event must return a ResultList, got NoneType: None",
        ),
        (
            gives_an_ok,
            "TypeError: Custom.handle_event must return a ResultList, got Ok: Ok(1)",
        ),
        (raise_cancelled, "CancelledError: of my own accord"),
    ],
)
@in_loop
async def test_a_router_that_fails_gives_one_error(handler: Handler, message: str) -> None:
    """F, decision 14: a router that raises, or does not return a ResultList, is one Error."""
    async with queue_of(Collector("a", echo), router=router_that(handler)) as queue:
        for _ in range(2):
            results = await outcome(queue, Payload(1))
            assert repr(results) == f"ResultList([Error({message})])"
            assert results.keys == [None]


@in_loop
async def test_an_empty_list_of_a_router_is_undelivered() -> None:
    """F, decision 13: a custom router that delivers to nobody gives one empty Ok as well."""

    async def nobody(router: Router, payload: Payload[Any]) -> ResultList:
        return ResultList()

    async with queue_of(Collector("a", echo), router=router_that(nobody)) as queue:
        results = await outcome(queue, Payload(1))
    assert (list(results), results.delivered, results.keys) == ([Ok(None)], False, [])


INTERRUPTS = pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
LATE = pytest.mark.parametrize("late", [False, True], ids=["at once", "after a wait"])


def interrupted_by(interrupt: type[BaseException], late: bool) -> Any:
    """A processor that raises an interrupt for the value "stop"."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if late:
            await asyncio.sleep(0)
        if payload.value == "stop":
            raise interrupt
        return Ok(payload.value)

    return process


@INTERRUPTS
@LATE
@in_loop
async def test_an_interrupt_reaches_the_caller_who_waits(
    interrupt: type[BaseException], late: bool
) -> None:
    """Decision 15: the event gets an Error, its caller the exception; the queue works on."""
    collector = Collector("a", interrupted_by(interrupt, late))
    async with queue_of(collector, max_consumers=1) as queue:
        event = await queue.get_publisher().send(Payload("stop"))
        after = await queue.get_publisher().send(Payload(1))
        with pytest.raises(interrupt):
            await event.wait()
        assert event.result is not None
        assert isinstance(event.result.errors[0].exception, interrupt)
        assert event.result.keys == ["a"]
        assert await after.wait() == [Ok(1)]
        assert await outcome(queue, Payload(2)) == [Ok(2)]


@INTERRUPTS
@LATE
def test_an_interrupt_that_nobody_waits_for_reaches_the_loops_runner(
    interrupt: type[BaseException], late: bool
) -> None:
    """Decision 15: run_until_complete raises it; the queue and the loop work afterwards."""
    queue = queue_of(Collector("a", interrupted_by(interrupt, late)))
    with asyncio.Runner(debug=False) as runner:
        loop = runner.get_loop()

        events: list[Any] = []

        async def send_and_linger() -> None:
            await queue.init_queue()
            publisher = queue.get_publisher()
            events.extend(publisher.send_nowait(Payload(value)) for value in ("stop", 1, 2))
            await until(lambda: False)

        with pytest.raises(interrupt):
            loop.run_until_complete(send_and_linger())
        assert isinstance(events[0].result.errors[0].exception, interrupt)
        assert loop.run_until_complete(events[2].wait()) == [Ok(2)]
        assert loop.run_until_complete(outcome(queue, Payload(3))) == [Ok(3)]
        loop.run_until_complete(queue.shut_down_queue())
    assert queue.metrics().finished == 4


@INTERRUPTS
@LATE
@in_loop
async def test_an_interrupt_among_several_collectors_spares_the_others(
    interrupt: type[BaseException], late: bool
) -> None:
    """Decisions 14, 15: the other collectors have processed the payload, and the event says so."""
    bad = Collector("bad", interrupted_by(interrupt, late))
    async with queue_of(Collector("a", echo), bad, Collector("z", wait_a_turn)) as queue:
        event = await queue.get_publisher().send(Payload("stop"))
        with pytest.raises(interrupt):
            await event.wait()
        assert event.result is not None
        first, error, last = event.result
        assert (first, last, event.result.keys) == (Ok("stop"), Ok("stop"), ["a", "bad", "z"])
        assert isinstance(error, Error)
        assert isinstance(error.exception, interrupt)
        assert await outcome(queue, Payload(1)) == [Ok(1)] * 3


@INTERRUPTS
@in_loop
async def test_an_interrupt_in_a_router_passes_through(interrupt: type[BaseException]) -> None:
    """Decision 15: from a custom router as from a processor."""

    async def stop_once(router: Router, payload: Payload[Any]) -> ResultList:
        if payload.value == "stop":
            raise interrupt
        return await router.dispatch(payload, list(router.collectors.values()))

    async with queue_of(Collector("a", echo), router=router_that(stop_once)) as queue:
        event = await queue.get_publisher().send(Payload("stop"))
        with pytest.raises(interrupt):
            await event.wait()
        assert event.result is not None
        assert isinstance(event.result.errors[0].exception, interrupt)
        assert await outcome(queue, Payload(1)) == [Ok(1)]


@in_loop
async def test_one_of_several_waiters_gets_the_interrupt() -> None:
    """Decision 15: the first who waits gets it, the others get the results with the Error."""
    collector = Collector("a", interrupted_by(KeyboardInterrupt, late=True))
    async with queue_of(collector) as queue:
        event = await queue.get_publisher().send(Payload("stop"))
        other = asyncio.create_task(event.wait())
        with pytest.raises(KeyboardInterrupt):
            await event.wait()
        assert (await other).errors


@in_loop
async def test_an_interrupt_for_a_waiter_that_is_cancelled_in_the_same_turn_is_not_lost() -> None:
    """Decision 15: it passes on to the loop then."""
    passed_on: list[BaseException] = []

    async def stop(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(waiting.cancel)
        raise KeyboardInterrupt

    async with queue_of(Collector("a", stop)) as queue:
        queue._consumers.on_interrupt = passed_on.append
        waiting = asyncio.create_task(queue.get_publisher().send_nowait(Payload(1)).wait())
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(lambda: passed_on)
        assert [type(one) for one in passed_on] == [KeyboardInterrupt]


async def in_tasks(router: Router, payload: Payload[Any]) -> ResultList:
    """Give a payload to all collectors, each in a task of the router's own."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one.process(payload)) for one in router.collectors.values()]
    return ResultList([task.result() for task in tasks])


@pytest.mark.parametrize("what", ["event.wait", "publisher.wait", "shut_down_queue", "remove"])
@in_loop
async def test_a_processor_in_a_task_of_the_router_that_waits_for_itself_is_told(what: str) -> None:
    """Decision 14: nobody waits for ever, whoever made the task."""
    events: list[CollectorEvent] = []

    async def own(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        if what == "event.wait":
            await events[0].wait()
        elif what == "publisher.wait":
            await queue.get_publisher().wait()
        elif what == "remove":
            await queue.remove("a")
        else:
            await queue.shut_down_queue()
        return Ok(None)

    async with queue_of(Collector("a", own), router=router_that(in_tasks)) as queue:
        events.append(queue.get_publisher().send_nowait(Payload(1)))
        (error,) = (await events[0].wait()).errors
        assert "would wait for itself" in str(error.exception)


@in_loop
async def test_a_router_task_may_wait_for_another_event_with_the_same_payload() -> None:
    """It is not taken for a processor that waits for itself."""
    payload = Payload(1)
    second: list[CollectorEvent] = []

    async def wait_once(payload: Payload[Any], ctx: Context) -> Result:
        if not second:
            second.append(queue.get_publisher().send_nowait(payload))
            await until(lambda: second[0].status == "in service")
            return Ok((await second[0].wait()).size())
        await settle()
        return Ok("the second")

    async with queue_of(Collector("a", wait_once), router=router_that(in_tasks)) as queue:
        assert await outcome(queue, payload) == [Ok(1)]


def test_a_runner_that_is_interrupted_ends_in_order() -> None:
    """Decisions 14, 15, 18: asyncio.run raises it, every event is done, the queue is shut down."""
    queue = queue_of(Collector("a", interrupted_by(KeyboardInterrupt, late=True)))

    async def main() -> None:
        async with queue:
            for value in (1, "stop", 2):
                queue.get_publisher().send(Payload(value))
            await asyncio.get_running_loop().create_future()

    with pytest.raises(KeyboardInterrupt):
        run(main())
    now = queue.metrics()
    assert (now.accepted, now.finished, queue.running) == (3, 3, False)


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_a_processor_that_waits_for_its_own_event_is_told(count: int) -> None:
    """Decision 14: it would wait for itself for ever; it gets an error instead."""
    events: list[CollectorEvent] = []

    async def own(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        return Ok(await events[0].wait())

    async with queue_of(*(Collector(f"{n}", own) for n in range(count))) as queue:
        events.append(queue.get_publisher().send_nowait(Payload(1)))
        results = await events[0].wait()
    message = (
        "wait() of event 1 was called by a processor of that very event, "
        "which would wait for itself; return a result instead"
    )
    assert [str(error.exception) for error in results.errors] == [message] * count
