"""Dispatch: one payload given to its collectors, each once, concurrently where they wait."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    Context,
    Error,
    Ok,
    Payload,
    Result,
    ResultList,
)
from event_collector._core.dispatch import Dispatch
from event_collector._core.slices import SLICE
from tests.support import (
    echo,
    in_virtual_time,
    outcome,
    queue_of,
    settle,
    virtual_loop,
    wait_a_turn,
)

PAYLOAD = Payload("it")


def run[T](main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a test's coroutine to its end."""
    return asyncio.run(main())


def collectors(*processors: Callable[..., Any]) -> list[Collector]:
    """Collectors with the names of their processors."""
    return [Collector(processor.__name__, processor) for processor in processors]


class _Hostile(type):
    def __getattr__(cls, name: str) -> object:
        raise RuntimeError("ask me nothing")


class Unanswering(metaclass=_Hostile):
    """A value whose class cannot be asked whether it can be awaited."""


async def fail(payload: Payload[Any], ctx: Context) -> Result:
    """Fail."""
    raise ValueError("too hot")


def test_results_are_in_the_order_of_the_collectors() -> None:
    """Decision 12: the order given, whichever processor ends first."""

    async def main() -> tuple[list[str], ResultList]:
        ended: list[str] = []
        second_ended = asyncio.Event()

        async def first(payload: Payload[Any], ctx: Context) -> str:
            await second_ended.wait()
            ended.append("first")
            return "first"

        async def second(payload: Payload[Any], ctx: Context) -> str:
            ended.append("second")
            second_ended.set()
            return "second"

        return ended, await Dispatch(PAYLOAD, collectors(first, second)).run()

    ended, results = run(main)
    assert ended == ["second", "first"]
    assert results == [Ok("first"), Ok("second")]
    assert results.keys == ["first", "second"]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_each_collector_gets_the_payload_once(behaviours: list[tuple[bool, bool]]) -> None:
    """Decision 16: whoever waits or fails, each processes it once, in a task that nobody shares."""

    async def main() -> None:
        got: list[int] = []

        def processor(number: int, waits: bool, fails: bool) -> Any:
            async def process(payload: Payload[Any], ctx: Context) -> Result:
                assert payload is PAYLOAD
                got.append(number)
                if waits:
                    await settle()
                if fails:
                    raise ValueError(number)
                return Ok(number)

            return process

        walk = Dispatch(
            PAYLOAD,
            [Collector(str(n), processor(n, *each)) for n, each in enumerate(behaviours)],
        )
        results = await walk.run()
        assert got == list(range(len(behaviours)))
        assert results.keys == [str(number) for number in got]
        assert [isinstance(result, Error) for result in results] == [f for _, f in behaviours]
        assert not walk.walkers

    run(main)


@in_virtual_time
async def test_where_no_processor_waits_one_task_does_it_all() -> None:
    """A new task begins where a processor waits, and only there, while its slice is not over."""
    tasks: list[object] = []

    async def note(payload: Payload[Any], ctx: Context) -> None:
        tasks.append(asyncio.current_task())

    async def wait(payload: Payload[Any], ctx: Context) -> None:
        await note(payload, ctx)
        await asyncio.sleep(0)

    await Dispatch(PAYLOAD, collectors(note, note, wait, note, note)).run()
    assert tasks[0] is tasks[1] is tasks[2]
    assert tasks[3] is tasks[4]
    assert tasks[2] is not tasks[3]


def test_a_failure_stops_nobody() -> None:
    """Decision 14: an exception is an Error in its place; the others go on."""

    async def main() -> ResultList:
        return await Dispatch(PAYLOAD, collectors(fail, echo)).run()

    results = run(main)
    assert repr(results) == "ResultList([Error(ValueError: too hot), Ok('it')])"


def test_a_processor_that_cancels_its_own_task_cancels_nobody_else() -> None:
    """Decision 14: the next collector must not feel it."""

    async def give_up(payload: Payload[Any], ctx: Context) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async def wait(payload: Payload[Any], ctx: Context) -> str:
        await asyncio.sleep(0)
        return "waited"

    async def main() -> ResultList:
        return await Dispatch(PAYLOAD, collectors(give_up, wait, echo)).run()

    results = run(main)
    assert results[1:] == [Ok("waited"), Ok("it")]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_kept_until_all_have_ended(kind: type[BaseException]) -> None:
    """Decision 15: the event is given an Error; what to raise is known to whoever runs it."""

    async def stop(payload: Payload[Any], ctx: Context) -> None:
        raise kind("now")

    async def main() -> tuple[ResultList, Dispatch]:
        walk = Dispatch(PAYLOAD, collectors(echo, stop, echo))
        return await walk.run(), walk

    results, walk = run(main)
    assert isinstance(results[1], Error)
    assert results[1].exception is walk.interrupt
    assert type(walk.interrupt) is kind
    assert [results[0], results[2]] == [Ok("it"), Ok("it")]


def test_cancelling_it_cancels_those_that_wait() -> None:
    """Cancelled, those at work end first, and are counted."""

    async def main() -> None:
        async def wait(payload: Payload[Any], ctx: Context) -> None:
            await asyncio.Event().wait()

        async def tidy(payload: Payload[Any], ctx: Context) -> str:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
            return "never"

        async def stubborn(payload: Payload[Any], ctx: Context) -> str:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "tidied up"
            return "never"

        everyone = collectors(echo, wait, tidy, stubborn)
        walk = Dispatch(PAYLOAD, everyone)
        task = asyncio.create_task(walk.run())
        await settle()
        assert len(walk.walkers) == 3
        assert walk.results == [Ok("it"), None, None, None]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not walk.walkers
        assert walk.keys == ["echo", "wait", "tidy", "stubborn"]
        assert [(one.processed, one.errors) for one in everyone] == [(1, 0), (1, 1), (1, 1), (1, 0)]

    run(main)


def test_what_is_not_known_yet_can_be_filled_in() -> None:
    """Decision 14: for an event that breaks off, an Error where there is no result yet."""

    async def main() -> None:
        async def wait(payload: Payload[Any], ctx: Context) -> None:
            await asyncio.Event().wait()

        walk = Dispatch(PAYLOAD, collectors(wait, echo))
        task = asyncio.create_task(walk.run())
        await settle()
        missing = TimeoutError()
        assert walk.so_far(missing) == [Error(missing), Ok("it")]
        assert walk.keys == ["wait", "echo"]
        task.cancel()
        await asyncio.wait([task])

    run(main)


@in_virtual_time
async def test_a_walk_that_makes_way_is_not_overtaken() -> None:
    """E: where no processor waits, each collector gets the payloads in the order of the queue."""
    got: dict[str, list[int]] = {"a": [], "b": [], "c": []}

    def processor(key: str) -> Any:
        async def process(payload: Payload[int], ctx: Context) -> None:
            got[key].append(payload.value)
            virtual_loop().advance(0.7 * SLICE)

        return process

    turns = virtual_loop().turns
    async with queue_of(*(Collector(key, processor(key)) for key in got)) as queue:
        for number in range(20):
            queue.get_publisher().send(Payload(number))
        await queue.get_publisher().wait()
    assert got == {key: list(range(20)) for key in "abc"}
    assert virtual_loop().turns - turns >= 20, "others had no turn in between"


@in_virtual_time
async def test_processors_can_await_the_same_future() -> None:
    """Decision 16: a connection that is just being made, say, that all of them wait for."""
    shared: asyncio.Future[str] = virtual_loop().create_future()
    virtual_loop().call_later(1, shared.set_result, "connected")

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(await shared)

    names = ("a", "b", "c")
    async with queue_of(*(Collector(name, process) for name in names)) as queue:
        events = [queue.get_publisher().send(Payload(number)).event for number in range(2)]
        for event in events:
            assert await event.wait() == [Ok("connected")] * 3


@in_virtual_time
async def test_an_event_for_many_collectors_makes_way_after_its_slice() -> None:
    """Decision 17: also between the collectors of one event."""
    loop = virtual_loop()
    given: list[str] = []
    beats: list[int] = []

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        loop.advance(SLICE / 4)
        given.append(payload.value)
        return Ok(None)

    async def heartbeat() -> None:
        while True:
            beats.append(len(given))
            await asyncio.sleep(0)

    async with queue_of(*(Collector(f"c{number}", compute) for number in range(100))) as queue:
        beating = asyncio.create_task(heartbeat())
        await outcome(queue, Payload(1))
        beating.cancel()
        await asyncio.wait([beating])  # or it is left behind where the loop ends at once
        await settle()
    assert len(given) == 100
    assert len(set(beats)) >= 20


@pytest.mark.parametrize("value", [Unanswering(), Ok(Unanswering())], ids=["bare", "in an Ok"])
def test_a_value_that_cannot_be_asked_is_an_error_of_its_own_collector(value: object) -> None:
    """Decision 12: the others' results are as they are, and each collector has one."""

    async def hostile(payload: Payload[Any], ctx: Context) -> Any:
        await asyncio.sleep(0)
        return value

    async def main() -> ResultList:
        given = [Collector("a", wait_a_turn), Collector("b", hostile), Collector("c", wait_a_turn)]
        async with queue_of(*given) as queue:
            return await outcome(queue, Payload(1))

    first, second, third = run(main)
    assert (first, third) == (Ok(1), Ok(1))
    assert isinstance(second, Error)
    assert str(second.exception) == "ask me nothing"
