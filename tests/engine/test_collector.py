"""A Collector processes payloads with its context and says how each one went."""

import asyncio
import copy
import functools
import logging
import pickle
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Error,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from tests.support import Trace, in_loop, queue_of, until


async def echo(payload: Payload[Any], ctx: Context) -> Result:
    """Give the value back."""
    return Ok(payload.value)


class Counter:
    """An object that processes."""

    async def __call__(self, payload: Payload[Any], ctx: Context) -> Result:
        return Ok("called")

    async def count(self, payload: Payload[Any], ctx: Context) -> Result:
        """A method that processes."""
        return Ok("method")

    @staticmethod
    async def static(payload: Payload[Any], ctx: Context) -> Result:
        """A function of the class that processes."""
        return Ok("static")


async def three(greeting: str, payload: Payload[Any], ctx: Context) -> Result:
    """Needs a word more than a processor."""
    return Ok(greeting)


def promised(payload: Payload[Any], ctx: Context) -> Awaitable[Result]:
    """Says that it returns something to await."""
    return echo(payload, ctx)


def promised_in_text(payload: Payload[Any], ctx: Context) -> "Coroutine[Any, Any, Result]":
    """Says so in a text."""
    return echo(payload, ctx)


@functools.wraps(echo)
def wrapped(payload: Payload[Any], ctx: Context) -> Awaitable[Result]:
    """Stands for an async function, as a decorator leaves it."""
    return echo(payload, ctx)


def process(collector: Collector, value: object = 1) -> Result:
    """The result of one payload."""
    return asyncio.run(collector.process(Payload(value)))


def test_a_collector_is_a_key_and_a_processor() -> None:
    """A: Collector(key, event_handler) is enough; it gets an empty Context of its own."""
    collector = Collector("demo-collector", echo)
    assert collector.key == "demo-collector"
    assert collector.processor is echo
    assert collector.topics == ()
    assert collector.lifecycle is None
    assert isinstance(collector.ctx, Context)
    assert vars(collector.ctx) == {}
    assert collector.ctx is not Collector("other", echo).ctx


def test_a_collector_takes_a_context_a_lifecycle_and_topics() -> None:
    """A: ctx, lifecycle and topics are given by name."""

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        yield

    ctx = Context(config_value=7)
    collector = Collector("c", echo, ctx=ctx, lifecycle=lifecycle, topics=["hot", "cold", "hot"])
    assert collector.ctx is ctx
    assert collector.lifecycle is lifecycle
    assert collector.topics == ("hot", "cold")


def test_the_processor_gets_the_payload_itself_and_the_context() -> None:
    """A: a processor is called with the payload and the collector's context, uncopied."""
    got: list[object] = []

    async def keep(payload: Payload[Any], ctx: Context) -> Result:
        got.extend([payload, ctx])
        return Ok(None)

    payload, ctx = Payload([1]), Context()
    asyncio.run(Collector("c", keep, ctx=ctx).process(payload))
    assert got[0] is payload
    assert got[1] is ctx


@pytest.mark.parametrize(
    ("processor", "value"),
    [
        (echo, 1),
        (Counter(), "called"),
        (Counter().count, "method"),
        (Counter.static, "static"),
        (functools.partial(three, "hello"), "hello"),
        (promised, 1),
        (promised_in_text, 1),
        (wrapped, 1),
        (lambda payload, _: echo(payload, Context()), 1),
    ],
)
def test_whatever_gives_an_awaitable_is_a_processor(processor: Any, value: object) -> None:
    """A: Processor is a Callable that gives an Awaitable[Result], async def or not."""
    assert process(Collector("c", processor)) == Ok(value)


def test_what_the_processor_returns_is_the_result() -> None:
    """H: the event handler decides what Ok and Error mean; its result is passed on as it is."""
    for result in (Ok(1), Error(ValueError("too hot"))):

        async def give(payload: Payload[Any], ctx: Context) -> Result:
            return result  # noqa: B023

        assert process(Collector("c", give)) is result


@pytest.mark.parametrize("value", [None, 21.5, {"a": 1}, ValueError("returned, not raised")])
def test_another_value_becomes_an_ok(value: object) -> None:
    """Decision 14: a processor that returns something else than a Result: Ok of it."""

    async def give(payload: Payload[Any], ctx: Context) -> Any:
        return value

    result = process(Collector("c", give))
    assert isinstance(result, Ok)
    assert result.value is value


def test_an_exception_becomes_an_error_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 14: the exception object, with its traceback from the processor on; it is logged."""
    failure = ValueError("too hot")

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise failure

    with caplog.at_level(logging.WARNING, logger="event_collector"):
        result = process(Collector("oven", fail))
    assert isinstance(result, Error)
    assert result.exception is failure
    assert failure.__traceback__ is not None
    assert failure.__traceback__.tb_frame.f_code.co_name == "fail"
    assert [record.getMessage() for record in caplog.records] == [
        "collector 'oven': the processor raised"
    ]
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[1] is failure


def test_a_cancellation_of_its_own_accord_becomes_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 14: a processor that raises CancelledError gives an Error."""

    async def give_up(payload: Payload[Any], ctx: Context) -> Result:
        raise asyncio.CancelledError

    result = process(Collector("c", give_up))
    assert isinstance(result, Error)
    assert type(result.exception) is asyncio.CancelledError
    assert caplog.records == []


@pytest.mark.parametrize("attended", [False, True])
@in_loop
async def test_whoever_is_cancelled_while_it_processes_does_not_go_on(attended: bool) -> None:
    """A router that asks one collector after the other ends with its event, and so does a caller
    outside a queue."""
    begun: list[str] = []

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        begun.append("begun")
        await asyncio.Event().wait()
        raise AssertionError

    class OneByOne(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            return ResultList([await one.process(payload) for one in self.collectors.values()])

    queue = queue_of(*(Collector(f"{n}", wait) for n in range(3)), router=OneByOne)
    if attended:
        queue.add_instrument(Trace())
    task = asyncio.create_task(queue.collectors["0"].process(Payload(1)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(task, 0.001)
    assert (queue.collectors["0"].processed, queue.collectors["0"].errors) == (1, 1)
    stop = asyncio.create_task(_drain(queue))
    await until(lambda: len(begun) == 2)
    stop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stop
    assert begun == ["begun"] * 2


async def _drain(queue: CollectorQueue) -> None:
    async with queue:
        queue.get_publisher().send_nowait(Payload(1))


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes_through(interrupt: type[BaseException]) -> None:
    """Decision 15: KeyboardInterrupt and SystemExit reach the caller, and count as no result."""

    async def stop(payload: Payload[Any], ctx: Context) -> Result:
        raise interrupt

    collector = Collector("c", stop)
    with pytest.raises(interrupt):
        process(collector)
    assert (collector.processed, collector.errors) == (0, 0)


def test_a_processor_that_turns_out_not_to_be_async_gives_an_error() -> None:
    """Decision 14: what no check could see beforehand is told by the result."""
    result = process(Collector("c", lambda payload, ctx: 42))  # type: ignore[arg-type, return-value]
    assert isinstance(result, Error)
    assert repr(result.exception) == repr(
        TypeError("processor of 'c' is not async: it returned 42 at once; define it with async def")
    )


def test_a_collector_counts_its_results() -> None:
    """H: results are counted, Errors among them, returned or raised."""

    async def judge(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == "raise":
            raise ValueError
        return Error(ValueError()) if payload.value == "return" else Ok(None)

    collector = Collector("c", judge)
    for value in ("fine", "raise", "return", "fine"):
        process(collector, value)
    assert (collector.processed, collector.errors) == (4, 2)


def test_a_collector_shows_its_key_and_topics() -> None:
    """Decision 26: one line, without the address of its processor."""
    assert repr(Collector("a", echo)) == "Collector('a')"
    assert repr(Collector("a", echo, topics=["t", "u"])) == "Collector('a', topics=['t', 'u'])"


def test_a_collector_travels_with_what_it_counted() -> None:
    """Decision 25: with a processor that a pickle can name, a Collector pickles and copies."""
    collector = Collector("a", echo, topics=["t"], ctx=Context(limit=[40]))
    process(collector)
    for twin in (
        pickle.loads(pickle.dumps(collector)),
        copy.copy(collector),
        copy.deepcopy(collector),
    ):
        assert repr(twin) == repr(collector)
        assert twin.processor is echo
        assert vars(twin.ctx) == vars(collector.ctx)
        assert twin.processed == 1
        assert process(twin, 5) == Ok(5)
    assert copy.copy(collector).ctx is collector.ctx
    assert copy.deepcopy(collector).ctx is not collector.ctx
    assert collector.processed == 1


def test_limits_can_be_read() -> None:
    """None where there is no limit."""
    limited, free = Collector("c", echo, timeout=2, max_concurrency=3), Collector("c", echo)
    assert (limited.timeout, limited.max_concurrency) == (2.0, 3)
    assert (free.timeout, free.max_concurrency) == (None, None)
