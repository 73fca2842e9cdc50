"""What each payload of a batch gets of what the processor has returned or raised."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from event_collector import Collector, Context, Error, Ok, Payload, Result, ResultList
from tests.support import in_loop, queue_of


async def results_of(outcome: Callable[[list[Payload[Any]]], Any], count: int = 3) -> list[Result]:
    """The results of so many events whose processor returns, or raises, this."""

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Any:
        return outcome(payloads)

    async with queue_of(Collector("db", save, batch_size=8)) as queue:
        events = [queue.get_publisher().send(Payload(value)).event for value in range(count)]
        results = [await event.wait() for event in events]
        counts = queue.metrics().collectors["db"]
    assert counts.processed == count
    assert counts.errors == sum(len(one.errors) for one in results)
    assert all(one.keys == ["db"] for one in results)
    return [one.first() for one in results]


@in_loop
async def test_a_list_is_taken_apart() -> None:
    """One each, in order: what is not a Result becomes an Ok, an Error stays."""
    gone = Error(ValueError("gone"))
    assert await results_of(lambda _: [Ok("a"), gone, "c"]) == [Ok("a"), gone, Ok("c")]
    assert await results_of(lambda _: (1, 2, 3)) == [Ok(1), Ok(2), Ok(3)]


@pytest.mark.parametrize("one", [Ok("saved"), Error(OSError("full"))])
@in_loop
async def test_one_result_stands_for_all(one: Result) -> None:
    """A single Ok or Error is that of each."""
    assert await results_of(lambda _: one) == [one] * 3


ASK = "return a list of 3, one for each in order, or one Result for all"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (ResultList([Ok(1), Ok(2), Ok(3)]), "ResultList: ResultList([Ok(1), Ok(2), Ok(3)])"),
        ("abc", "str: 'abc'"),
        (None, "None"),
        (7, "int: 7"),
        ({"a": 1, "b": 2, "c": 3}, "dict: {'a': 1, 'b': 2, 'c': 3}"),
    ],
)
@in_loop
async def test_what_is_not_a_list_is_refused(given: Any, said: str) -> None:
    """Decision 24: with what came, and what to do; for each of the events."""
    results = await results_of(lambda _: given)
    assert [type(one.exception) for one in results if isinstance(one, Error)] == [TypeError] * 3
    expected = f"the processor of 'db' got 3 payloads and returned {said}; {ASK}"
    assert {str(one.exception) for one in results if isinstance(one, Error)} == {expected}


@in_loop
async def test_a_generator_is_refused() -> None:
    """Nobody would go through it."""
    results = await results_of(lambda payloads: (Ok(each) for each in payloads))
    said = {str(one.exception) for one in results if isinstance(one, Error)}
    assert len(said) == 1
    assert "got 3 payloads and returned generator: " in said.pop()


@pytest.mark.parametrize(("count", "came"), [(2, "2 results"), (4, "4 results"), (1, "1 result")])
@in_loop
async def test_a_wrong_number_is_refused(count: int, came: str) -> None:
    """Nobody can tell whose they are."""
    results = await results_of(lambda _: [Ok(1)] * count)
    said = [repr(one.exception) for one in results if isinstance(one, Error)]
    expected = f"the processor of 'db' got 3 payloads and returned {came}; {ASK}"
    assert said == [repr(ValueError(expected))] * 3


@in_loop
async def test_an_awaitable_in_the_list_is_the_error_of_its_event() -> None:
    """Decision 34: which await was forgotten."""

    async def later() -> int:
        return 1

    coroutine = later()
    results = await results_of(lambda _: [Ok(1), coroutine, Ok(3)])
    coroutine.close()
    assert results[::2] == [Ok(1), Ok(3)]
    assert isinstance(results[1], Error)
    assert "the coroutine of later() without awaiting it" in str(results[1].exception)


@in_loop
async def test_what_is_raised_is_an_error_of_each(caplog: pytest.LogCaptureFixture) -> None:
    """One Error each, all of the one exception; it is logged once, without our frames."""
    caplog.set_level(logging.WARNING, "event_collector")

    def fail(payloads: list[Payload[Any]]) -> Any:
        raise LookupError("no table")

    results = await results_of(fail)
    errors = [one for one in results if isinstance(one, Error)]
    assert len(errors) == 3
    assert len(set(map(id, errors))) == 3
    assert len({id(one.exception) for one in errors}) == 1
    assert "_core" not in errors[0].traceback
    assert "in fail" in errors[0].traceback
    assert [record.getMessage() for record in caplog.records] == [
        "collector 'db': a batch of 3 failed"
    ]


@in_loop
async def test_a_payload_by_itself_is_a_list_too() -> None:
    """A batch of one has a list of one, and may return one Result."""
    assert await results_of(lambda payloads: [len(payloads)], 1) == [Ok(1)]
    (refused,) = await results_of(lambda _: [1, 2], 1)
    assert isinstance(refused, Error)
    assert "got 1 payload and returned 2 results; return a list of 1" in str(refused.exception)
