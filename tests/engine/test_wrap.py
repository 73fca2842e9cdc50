"""`queue.wrap`: something runs in a processor's place, until it is taken back."""

import asyncio
import itertools
import re
import threading
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Error,
    Ok,
    Payload,
    Processor,
    Result,
    ResultList,
    Router,
    SimpleRouter,
    UnknownCollectorError,
)
from tests.support import Log, Trace, echo, in_loop, in_virtual_time, outcome, queue_of, wait_a_turn


class Dispatching(Router):
    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


class Processing(Router):
    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        every = [one.process(payload) for one in self.collectors.values()]
        return ResultList(await asyncio.gather(*every), keys=list(self.collectors))


async def passes(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
    """Change nothing."""
    return await processor(payload, ctx)


def saying(word: str) -> Any:
    """What puts a word around the result."""

    async def around(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
        inner = await processor(payload, ctx)
        return Ok(f"{word}({inner.unwrap()})")

    return around


@pytest.mark.parametrize("router", [SimpleRouter, Dispatching, Processing])
@pytest.mark.parametrize("processor", [echo, wait_a_turn])
@pytest.mark.parametrize("carries", [False, True])
@in_loop
async def test_it_may_pass_change_raise_and_not_call(
    router: type[Router], processor: Any, carries: bool
) -> None:
    """What it gives is the result, and only of the collector with that key."""

    async def changes(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
        return await processor(Payload(payload.value + 1), ctx)

    async def raises(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
        await processor(payload, ctx)
        raise ValueError("by the wrap")

    async def leaves_out(payload: Payload[Any], ctx: Context, processor: Processor) -> Any:
        return 5

    queue = queue_of(
        Collector("a", processor), Collector("b", processor), router=router, carry_context=carries
    )
    async with queue:
        for around, expected in [(passes, Ok(1)), (changes, Ok(2)), (leaves_out, Ok(5))]:
            unwrap = queue.wrap("a", around)
            assert await outcome(queue, Payload(1)) == [expected, Ok(1)]
            unwrap()
        unwrap = queue.wrap("a", raises)
        error, other = await outcome(queue, Payload(1))
        assert (repr(error), other) == ("Error(ValueError: by the wrap)", Ok(1))
        unwrap()
        assert await outcome(queue, Payload(1)) == [Ok(1), Ok(1)]
    assert not queue._consumers.attendance.inside or carries
    first, second = queue.collectors.values()
    assert (first.processed, first.errors, second.processed) == (5, 1, 5)


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
@in_loop
async def test_of_several_the_last_is_the_outermost_and_any_may_go_first(
    order: tuple[int, ...],
) -> None:
    """Taken back in any order, twice too, and the same function given twice."""
    async with queue_of(Collector("a", echo)) as queue:
        again = saying("b")
        left = ["a", "b", "b"]
        unwraps = [queue.wrap("a", one) for one in (saying("a"), again, again)]
        gone: set[int] = set()

        async def check() -> None:
            said = "x"
            for place, word in enumerate(left):
                said = said if place in gone else f"{word}({said})"
            assert await outcome(queue, Payload("x")) == [Ok(said)]

        await check()
        for place in order:
            unwraps[place]()
            unwraps[place]()
            gone.add(place)
            await check()
        assert queue._consumers.attendance.wraps == {}


@pytest.mark.parametrize("outer", [False, True])
@in_loop
async def test_one_that_is_not_async_is_named_in_the_error(outer: bool) -> None:
    """It, and not the processor, also where another stands around it."""
    async with queue_of(Collector("a", echo)) as queue:
        queue.wrap("a", lambda payload, ctx, processor: 1)  # type: ignore[arg-type]
        if outer:
            queue.wrap("a", passes)
        (error,) = await outcome(queue, Payload(1))
    assert repr(error) == (
        "Error(TypeError: what wraps collector 'a' returned int, not an awaitable; "
        "write async def around(payload, ctx, processor))"
    )


@pytest.mark.parametrize("gives", ["process", "dispatch"])
@pytest.mark.parametrize("carries", [False, True])
@in_loop
async def test_what_a_router_gives_in_the_background_is_wrapped(gives: str, carries: bool) -> None:
    """Though the event is done, and no instrument is told of it any more."""
    results: list[Result] = []
    left: list[asyncio.Task[None]] = []
    trace = Trace()

    class InTheBackground(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            left.append(asyncio.create_task(self.later(payload)))
            return ResultList([], [])

        async def later(self, payload: Payload[Any]) -> None:
            await asyncio.sleep(0.001)
            if gives == "dispatch":
                results.extend(await self.dispatch(payload, self.collectors.values()))
            else:
                results.extend([await one.process(payload) for one in self.collectors.values()])

    queue = queue_of(
        Collector("a", echo),
        Collector("b", wait_a_turn),
        router=InTheBackground,
        carry_context=carries,
    )
    queue.wrap("a", saying("w"))
    queue.add_instrument(trace)
    async with queue:
        await outcome(queue, Payload(1))
        await asyncio.wait(left)
    assert results == [Ok("w(1)"), Ok(1)]
    assert [told[0] for told in trace.told] == ["accepted", "taken", "finished"]


@in_loop
async def test_it_is_taken_back_only_where_the_queue_runs() -> None:
    """Consumers rest on what is wrapped; a queue that does not run has no place."""
    queue = queue_of(Collector("a", echo))
    async with queue:
        unwrap = queue.wrap("a", saying("w"))
        with pytest.raises(RuntimeError, match=r"^unwrap\(\) was called outside the thread and"):
            await asyncio.to_thread(unwrap)
        assert await outcome(queue, Payload(1)) == [Ok("w(1)")]
    await asyncio.to_thread(unwrap)
    async with queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]


@in_loop
async def test_it_counts_from_the_next_payload_that_is_taken() -> None:
    """What is queued is wrapped, what is in service is not; and so when it is taken back."""
    async with queue_of(Collector("a", wait_a_turn), max_consumers=1) as queue:
        publisher = queue.get_publisher()
        first, second = (publisher.send_nowait(Payload(value)) for value in (1, 2))
        await asyncio.sleep(0)
        assert first.status == "in service"
        unwrap = queue.wrap("a", saying("w"))
        assert await second.wait() == [Ok("w(2)")]
        third, fourth = (publisher.send_nowait(Payload(value)) for value in (3, 4))
        await asyncio.sleep(0)
        assert third.status == "in service"
        unwrap()
        assert [await one.wait() for one in (first, third, fourth)] == [
            [Ok(1)],
            [Ok("w(3)")],
            [Ok(4)],
        ]


@in_loop
async def test_it_goes_by_the_key() -> None:
    """A collector that replaces the wrapped one is wrapped too; its lifecycle stays its own."""
    log = Log()
    async with queue_of(log.collector("a")) as queue:
        unwrap = queue.wrap("a", saying("w"))
        await queue.replace(log.collector("a"))
        assert await outcome(queue, Payload(1)) == [Ok("w(1)")]
        await queue.remove("a")
        await queue.add(log.collector("a"))
        assert await outcome(queue, Payload(1)) == [Ok("w(1)")]
        unwrap()
        assert await outcome(queue, Payload(1)) == [Ok(1)]
    assert log == ["+a", "+a", "-a", "-a", "+a", "-a"]


@in_virtual_time
async def test_timeout_limit_and_context_stay() -> None:
    """The time of the wrap counts, the limit holds, and it gets the collector's Context."""
    inside: list[int] = []
    now = [0]

    async def slow(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
        now[0] += 1
        inside.append(now[0])
        try:
            await asyncio.sleep(payload.value)
            assert ctx is collector.ctx
            return await processor(payload, ctx)
        finally:
            now[0] -= 1

    collector = Collector("a", echo, timeout=2, max_concurrency=1, ctx=Context(x=1))
    async with queue_of(collector) as queue:
        queue.wrap("a", slow)
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in (1, 50, 1)]
        first, second, third = [(await event.wait())[0] for event in events]
    assert (first, third) == (Ok(1), Ok(1))
    assert isinstance(second, Error)
    assert isinstance(second.exception, TimeoutError)
    assert inside == [1, 1, 1]
    assert (collector.processed, collector.errors) == (3, 1)


@in_loop
async def test_two_queues_that_share_a_collector_do_not_share_its_wrap() -> None:
    """Only the wrapped queue's payloads go through it."""
    shared = Collector("a", echo)
    async with queue_of(shared) as first, queue_of(shared) as second:
        first.wrap("a", saying("w"))
        assert await outcome(first, Payload(1)) == [Ok("w(1)")]
        assert await outcome(second, Payload(1)) == [Ok(1)]
        assert await shared.process(Payload(1)) == Ok(1)


@in_loop
async def test_it_may_call_the_processor_again() -> None:
    """For a retry, say."""
    tries: list[int] = []

    async def at_last(payload: Payload[Any], ctx: Context) -> Result:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        return Ok(len(tries))

    async def retry(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
        while True:
            try:
                return await processor(payload, ctx)
            except ConnectionError:
                await asyncio.sleep(0)

    async with queue_of(Collector("a", at_last)) as queue:
        queue.wrap("a", retry)
        assert await outcome(queue, Payload(1)) == [Ok(3)]


def test_a_queue_that_does_not_run_can_be_wrapped() -> None:
    """It counts when it is started, and after it was started again."""
    queue = queue_of(Collector("a", echo))
    queue.wrap("a", saying("w"))

    async def main() -> None:
        async with queue:
            assert await outcome(queue, Payload(1)) == [Ok("w(1)")]

    asyncio.run(main())
    asyncio.run(main())


def test_what_cannot_be_wrapped_or_wrap_is_refused() -> None:
    """An unknown key, what cannot be called, is not async, or takes other arguments."""
    queue = queue_of(Collector("a", echo))

    def plain(payload: Any, ctx: Any, processor: Any) -> None: ...

    with pytest.raises(UnknownCollectorError):
        queue.wrap("b", passes)
    for bad, message in [
        (3, "what wraps 'a' cannot be called: it is int 3; write async def around"),
        (plain, "what wraps 'a' is not async: plain() is a plain function"),
        (echo, "what wraps 'a' must take a payload, a context and a processor, but its arguments"),
    ]:
        with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
            queue.wrap("a", bad)  # type: ignore[arg-type]
    assert not queue._consumers.attendance.inside


@in_loop
async def test_another_thread_is_refused_while_the_queue_runs() -> None:
    """Only the queue's own thread and loop may wrap."""
    found: list[str] = []

    def call() -> None:
        try:
            queue.wrap("a", passes)
        except RuntimeError as exc:
            found.append(str(exc))

    async with queue_of(Collector("a", echo)) as queue:
        thread = threading.Thread(target=call)
        thread.start()
        await asyncio.to_thread(thread.join)
    assert found[0].startswith("wrap() was called outside the thread and event loop")
