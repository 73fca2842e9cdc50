"""check: the first wrong payload, or the wrong value, in one line."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from event_collector_widgets import CheckError, check
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    History,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from tests.support import in_loop, in_virtual_time

ROOT = Path(__file__).parents[3]
NAN = float("nan")
NO_NUMBER = "Error(TypeError: unsupported operand type(s) for /: 'str' and 'int')"
TWICE = ResultList([Ok(50.0), Ok(50.0)])


async def convert(payload: Payload[Any], ctx: Context) -> Result:
    """Degrees Celsius to Fahrenheit."""
    return Ok(payload.value * 9 / 5 + 32)


async def sleep(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for as many seconds as the payload says."""
    await asyncio.sleep(payload.value)
    return Ok(payload.value)


def by_key(*keys: str) -> Payload[Any]:
    """A payload for these collectors."""
    return Payload(1, Delivery.KEY, keys=keys)


async def events_of(
    payloads: Sequence[Payload[Any]], *processors: Any, **options: Any
) -> list[CollectorEvent]:
    """Send payloads to a queue with the collectors `billing` and `audit`, and wait for all."""
    first, second = (*processors, convert, convert)[:2]
    collectors = [
        Collector("billing", first, topics=["rain"]),
        Collector("audit", second, topics=["rain", "sun"]),
    ]
    options = {"min_consumers": 1, "max_consumers": 1} | options
    async with CollectorQueue(collectors, **options) as queue:
        return [await queue.get_publisher().send(payload) for payload in payloads]


def says(error: str, *arguments: Any, **criteria: Any) -> None:
    """Assert that a check fails with exactly this line."""
    with pytest.raises(CheckError) as caught:
        check(*arguments, **criteria)
    assert str(caught.value) == error


@in_loop
async def test_payloads_that_went_where_they_should(capsys: pytest.CaptureFixture[str]) -> None:
    """A key, a list in whatever order, nobody; from a list, a History or an iterator."""
    payloads = [by_key("audit"), Payload(1), by_key("x")]
    wanted: list[Any] = ["audit", ["audit", "billing"], []]
    collectors = [Collector("billing", convert), Collector("audit", convert)]
    queue = CollectorQueue(collectors, min_consumers=1, max_consumers=1)
    with History(queue) as history:
        async with queue:
            sent = [await queue.get_publisher().send(payload) for payload in payloads]
    for events in (sent, history, iter(sent)):
        check(events, went_to=wanted)
        assert capsys.readouterr().out == "right: 3 payloads went where they should\n"
    check(sent[:1], went_to=lambda payload: payload.keys)
    assert capsys.readouterr().out == "right: 1 payload went where it should\n"


@pytest.mark.parametrize(
    ("payload", "expected", "error"),
    [
        (by_key("audit"), "billing", "(key 'audit') went to 'audit', expected 'billing'"),
        (by_key("b"), "billing", "(key 'b') went to nobody, expected 'billing'"),
        (by_key("a", "b"), ["audit"], "(keys 'a', 'b') went to nobody, expected 'audit'"),
        (by_key(), ["audit"], "(no key) went to nobody, expected 'audit'"),
        (Payload(1), [], "(broadcast 1) went to 'billing' and 'audit', expected nobody"),
        (Payload(1), "audit", "(broadcast 1) went to 'billing' and 'audit', expected 'audit'"),
        (
            Payload(1, Delivery.TOPIC, topics=["sun"]),
            lambda payload: ["x", "audit", "y"],
            "(topic 'sun') went to 'audit', expected 'x', 'audit' and 'y'",
        ),
        (
            by_key("audit"),
            ["audit"] * 2,
            "(key 'audit') went to 'audit', expected 'audit' and 'audit'",
        ),
    ],
)
@in_loop
async def test_the_first_payload_that_went_elsewhere(
    payload: Payload[Any], expected: Any, error: str
) -> None:
    """Its number, how it was addressed, where it went, and where it should have gone."""
    events = await events_of([by_key("audit"), payload, by_key("b")])
    says(f"payload 2 {error}", events, went_to=["audit", expected, "no check comes here"])


@in_loop
async def test_results_of_collectors_that_a_router_does_not_name() -> None:
    """A router that raises, or makes its own list, tells nobody's key."""

    class Broken(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            raise KeyError("x")

    events = await events_of([Payload(1)], router=Broken)
    gave = "ResultList([Error(KeyError: 'x')]) from collectors that nobody named"
    says(f"payload 1 (broadcast 1) gave {gave}, expected 'audit'", events, went_to=["audit"])


@in_loop
async def test_a_different_number_of_payloads() -> None:
    """No events at all are never right: a check of nothing says nothing."""
    events = await events_of([Payload(1)] * 3)
    says("3 payloads were sent, expected 4", events, went_to=["audit"] * 4)
    says("3 payloads were sent, expected 0", events, gave=[])
    says("1 payload was sent, expected 2", events[:1], finished=[1, 2])
    says("no payload was sent, expected 2", [], gave=[1, 2])
    says("no payload was sent, expected one at least", [], went_to=lambda payload: [])


@in_loop
async def test_an_event_that_is_not_done() -> None:
    """Queued, in service, or sent without awaiting."""
    going = asyncio.Event()

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await going.wait()
        return Ok(payload.value)

    queue = CollectorQueue([Collector("x", wait)], min_consumers=1, max_consumers=1)
    async with queue:
        publisher = queue.get_publisher()
        sent = [publisher.send(Payload(1)), publisher.send(Payload(2))]
        await asyncio.sleep(0)
        says("payload 1 is queued; await its wait() first", sent[1:], finished=[2])
        says("payload 1 is in service; await its wait() first", sent, went_to=["x", "x"])
        says("payload 1 is in service; await its wait() first", sent, gave=[1, 2])
        going.set()


@pytest.mark.parametrize(
    ("value", "expected", "error"),
    [
        (21.5, 70.0, "(21.5) gave Ok(70.7), expected Ok(70.0)"),
        (21.5, Ok(70.0), "(21.5) gave Ok(70.7), expected Ok(70.0)"),
        ("39.O", 3, f"('39.O') gave {NO_NUMBER}, expected Ok(3)"),
        ("39.O", Ok, f"('39.O') gave {NO_NUMBER}, expected an Ok"),
        (10, TypeError, "(10) gave Ok(50.0), expected Error(TypeError)"),
        (10, Error, "(10) gave Ok(50.0), expected an Error"),
        (10, None, "(10) gave Ok(50.0), expected Ok(None)"),
        (10, NAN, "(10) gave Ok(50.0), expected Ok(nan)"),
        (10, "50.0", "(10) gave Ok(50.0), expected Ok('50.0')"),
        (10, TWICE[:1], f"(10) gave Ok(50.0), expected Ok({TWICE[:1]})"),
        (10, ResultList(TWICE[:1]), f"(10) gave {TWICE}, expected {ResultList(TWICE[:1])}"),
    ],
)
@in_loop
async def test_the_first_payload_that_gave_something_else(
    value: Any, expected: Any, error: str
) -> None:
    """Its number, its value, what it gave, and what it should have given."""
    events = await events_of([Payload(0), Payload(value)])
    says(f"payload 2 {error}", events, gave=[32.0, expected])


@in_loop
async def test_payloads_that_gave_what_they_should(capsys: pytest.CaptureFixture[str]) -> None:
    """Floats nearly, nan, an Error's type, the first Ok behind an Error, a whole list, nobody."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError(payload.value)

    payloads: list[Payload[Any]]
    payloads = [Payload(21.5), Payload(NAN), *[Payload(10)] * 5, by_key("x"), by_key("x")]
    events = await events_of(payloads, fail)
    whole = ResultList([Error(ValueError(10)), Ok(50)])
    wanted = [70.7 + 1e-10, NAN, 50, Ok(50.0), ValueError, Error, whole]
    check(events, gave=[*wanted, None, ResultList.undelivered()])
    assert capsys.readouterr().out == "right: 9 payloads gave what they should\n"
    check(await events_of([Payload(10)] * 3, convert, fail), gave=[ValueError, Error, Ok])
    check(events[2:3], gave=[Ok])
    says("payload 1 (1) reached nobody, expected Ok(2)", events[-1:], gave=[2])
    says(
        "payload 1 (10) gave Error(ValueError: 10), expected Error(ValueError: 11)",
        events[2:3],
        gave=[Error(ValueError(11))],
    )
    delivered = await events_of([Payload(1)], lambda payload, ctx: asyncio.sleep(0))
    error = "payload 1 (1) gave ResultList([Ok(None), Ok(33.8)]), expected nobody to get it"
    says(error, delivered, gave=[ResultList.undelivered()])


@in_virtual_time
async def test_the_order_of_finishing(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the order of sending; payloads that are done at one instant stand in any order."""
    payloads = [Payload(seconds) for seconds in (3, 1, 2)]
    events = await events_of(payloads, sleep, sleep, max_consumers=3)
    check(events, finished=[1, 2, 3])
    assert capsys.readouterr().out == "right: 3 payloads were done in the expected order\n"
    error = "payload 2 in the order of finishing was 2, expected 3"
    says(error, events, finished=[1, 3, 2])
    tied = await events_of([*payloads, Payload(1.0)], sleep, sleep, max_consumers=4)
    tied[3].payload.value = "also 1"
    for first in ([1, "also 1"], ["also 1", 1]):
        check(tied, finished=[*first, 2, 3])
    error = "payload 2 in the order of finishing was 'also 1', expected 1"
    says(error, tied, finished=[1, 1, 2, 3])
    says(
        "all 2 payloads were done at the same instant, so that there is no order; "
        "have the processor wait for a while",
        [tied[1], tied[3]],
        finished=[1, "also 1"],
    )


@in_loop
async def test_a_value_that_was_not_awaited() -> None:
    """The coroutine is closed, so that no warning hides the line."""
    says("wait is a coroutine, not its result; await it first", convert(Payload(1), Context()),
         at_most=2, name="wait")  # fmt: skip
    says("what was given is a coroutine, not its result; await it first",
         convert(Payload(1), Context()), gave=[1])  # fmt: skip


@pytest.mark.parametrize(
    ("events", "error"),
    [
        (None, "the events are not set yet; give a History or a list of events"),
        (..., "the events are not set yet; give a History or a list of events"),
        (7, "the events are 7 (int); give a History or a list of events"),
        ("abc", "the events are 'abc' (str); give a History or a list of events"),
        (
            [Payload(1)],
            "item 1 of the events is Payload(1) (Payload); give what send() returns",
        ),
    ],
)
def test_what_is_no_list_of_events(events: Any, error: str) -> None:
    """A learner's mistake, not the exercise's: a CheckError."""
    says(error, events, gave=[1])


@in_loop
async def test_answers_that_are_not_set_yet() -> None:
    """A table or a function that a learner has not filled in."""
    events = await events_of([by_key("audit")])
    unset = "the answer for payload 1 (key 'audit') is not set yet; give a key, or [] for nobody"
    functions: list[Callable[[Any], Any]] = [lambda payload: None, lambda payload: ...]
    for answer in (None, ..., *functions):
        says(unset, events, went_to=[answer])
    for criterion in ("went_to", "gave", "finished"):
        error = f"{criterion} is not set yet; give a list with an item for each payload"
        says(error, events, **{criterion: None})
    says("the answer for payload 1 (1) is not set yet", events, gave=[...])


@in_loop
async def test_what_an_exercise_must_not_ask() -> None:
    """Exactly one criterion, of the right type: else the exercise itself is wrong."""
    events = await events_of([Payload(1)])
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "takes exactly one of went_to, gave, .*, at_least, got none"),
        ({"gave": [1], "went_to": ["a"]}, "got went_to and gave"),
        ({"went_to": "audit"}, "went_to takes a list .*, got str: 'audit'"),
        ({"gave": {1: 2}}, "gave takes a list .*, got dict"),
        ({"went_to": [3]}, r"went_to takes keys, got int for payload 1 \(broadcast 1\): 3"),
        ({"at_most": "2"}, "at_most takes a number, got str: '2'"),
        ({"gave": [1], "name": "x"}, "name is for equals, at_most and at_least, got it with gave"),
    ]
    for criteria, error in wrong:
        with pytest.raises(TypeError, match=error):
            check(events, **criteria)


def test_a_notebook_shows_one_line_and_its_cell_fails(tmp_path: Path) -> None:
    """The cell's output is an error as any other, with a short text in place of the traceback."""
    code = "from event_collector_widgets import check\ncheck(4, equals=3, name='consumers')"
    cell: Any = nbformat.v4.new_code_cell(code)  # type: ignore[no-untyped-call]
    notebook: Any = nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
    client = NotebookClient(notebook, timeout=60, kernel_name="python3")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "widgets")])
    with pytest.raises(CellExecutionError, match="CheckError: consumers is 4, expected 3"):
        client.execute(cwd=str(tmp_path), env={**os.environ, "PYTHONPATH": paths})
    (output,) = cell.outputs
    assert (output.output_type, output.ename) == ("error", "CheckError")
    assert output.traceback == ["CheckError: consumers is 4, expected 3"]
    assert issubclass(CheckError, AssertionError)
