"""Endpoint: what a caller is told, for whatever it sends. Each over a real server."""

import asyncio
from typing import Any

import fastapi
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from event_collector.inputs.http import App, Endpoint, request_id
from tests.inputs.serving import Desk, queue_for, served
from tests.support import in_loop


async def refuse(payload: Payload[Any], ctx: Context) -> Result:
    """Take numbers only."""
    if not isinstance(payload.value, int):
        raise ValueError(f"secret {payload.value!r}")
    return Ok(payload.value)


async def fail(payload: Payload[Any], ctx: Context) -> Result:
    """A fault of the service's own."""
    raise OSError("the disk at 10.0.0.7 is full")


@in_loop
async def test_the_answer_has_the_results_by_the_collectors_keys() -> None:
    """G: one result for each collector that got the payload."""
    queue = queue_for(Collector("a", Desk().process), Collector("b", Desk().process))
    async with served(queue) as client:
        answer = await client.post("/", json={"temp": 39.0})
    assert answer.status_code == 200
    assert answer.json() == {"results": {"a": {"temp": 39.0}, "b": {"temp": 39.0}}}
    assert answer.headers["content-type"] == "application/json"


@in_loop
async def test_a_custom_router_need_not_name_its_results() -> None:
    """F: they are numbered."""

    class Own(Router):
        async def handle_event(self, payload: Payload[Any]) -> Any:
            return ResultList([Ok(1), Ok(2)])

    async with served(queue_for(router=Own)) as client:
        answer = await client.post("/", json=0)
    assert answer.json() == {"results": {"0": 1, "1": 2}}


NOT_JSON = {
    b'{"temp":\n 39.O}': "line 2, column 4: Expecting ',' delimiter",
    b"": "line 1, column 1: Expecting value",
    b"NaN": "it has NaN; send null, or a text",
    b"[-1e999]": "it has -1e999, which no float can hold; send it as a text",
    b"[" * 100_000: "it is nested too deep",
    b'"\xff\xfe\xfa"': "'utf-8' codec can't decode",
    b"1" * 5_000: "Exceeds the limit",
}
"""Bodies, and what is said of them."""


@in_loop
async def test_what_is_not_json_is_400_with_its_place_and_not_accepted() -> None:
    """A poisoned body stops nobody: the next on the same connection is served."""
    queue = queue_for(Collector("a", Desk().process))
    async with served(queue) as client:
        for body, said in NOT_JSON.items():
            bad = await client.post("/", content=body)
            assert bad.status_code == 400
            assert bad.json()["error"].startswith(f"the body is not JSON: {said}")
        good = await client.post("/", json=1)
    assert good.json() == {"results": {"a": 1}}
    assert queue.metrics().accepted == 1


@in_loop
async def test_a_value_that_makes_no_payload_is_422_and_not_accepted() -> None:
    """It is JSON, and not what the service takes."""
    queue = queue_for(Collector("a", Desk().process))

    def app(queue: CollectorQueue) -> App:
        return Endpoint(queue, lambda value: Payload(value, topics=[value["city"]]))

    async with served(queue, app) as client:
        for value, said in [({}, "KeyError: 'city'"), ([], "TypeError: list indices"), (1, "Type")]:
            answer = await client.post("/", json=value)
            assert answer.status_code == 422
            assert answer.json()["error"].startswith(said)
    assert queue.metrics().accepted == 0


@in_loop
async def test_a_to_payload_that_is_at_fault_is_500_and_nothing_is_accepted() -> None:
    """It returns something else, or raises what is not the caller's fault; the next is served."""
    queue = queue_for(Collector("a", Desk().process))

    def to_payload(value: Any) -> Any:
        if value == "raise":
            raise OSError("the table of topics is gone")
        return Payload(value) if value == "good" else value

    async with served(queue, lambda queue: Endpoint(queue, to_payload)) as client:
        answers = [await client.post("/", json=value) for value in ("raise", "return", "good")]
    assert [answer.status_code for answer in answers] == [500, 500, 200]
    assert [answer.text for answer in answers[:2]] == ["Internal Server Error"] * 2
    assert queue.metrics().accepted == 1


@in_loop
async def test_a_failure_is_500_and_says_nothing_of_the_service() -> None:
    """H: the others' results are there; what the exception says is for the log."""
    queue = queue_for(Collector("store", fail), Collector("a", Desk().process))
    async with served(queue) as client:
        answer = await client.post("/", json=1)
    assert answer.status_code == 500
    assert answer.json() == {"results": {"a": 1}, "errors": {"store": "OSError"}}


@in_loop
async def test_a_failure_that_is_the_callers_fault_is_422_and_says_why() -> None:
    """Which exceptions those are, the service says; a fault of its own beside it is still 500."""
    validate, store = Collector("validate", refuse), Collector("store", fail, topics=["all"])

    def app(queue: CollectorQueue) -> App:
        return Endpoint(
            queue,
            lambda value: Payload(value) if value == "all" else Payload(value, keys=["validate"]),
            unprocessable=[ValueError],
        )

    async with served(queue_for(validate, store), app) as client:
        theirs = await client.post("/", json="x")
        both = await client.post("/", json="all")
    assert theirs.status_code == 422
    assert theirs.json() == {"results": {}, "errors": {"validate": "ValueError: secret 'x'"}}
    assert both.status_code == 500
    assert both.json()["errors"] == {"validate": "ValueError", "store": "OSError"}


@in_loop
async def test_a_result_that_is_not_json_is_500_and_was_processed() -> None:
    """A set, a nan: the caller is told not to send it again."""

    async def odd(payload: Payload[Any], ctx: Context) -> Result:
        return Ok({1, 2} if payload.value else float("nan"))

    queue = queue_for(Collector("odd", odd))
    async with served(queue) as client:
        for value in (0, 1):
            answer = await client.post("/", json=value)
            assert answer.status_code == 500
            assert answer.json() == {"error": "a result is not JSON; it was processed"}
    assert queue.metrics().finished == 2
    both = queue_for(Collector("odd", odd), Collector("store", fail))
    async with served(both) as client:
        answer = await client.post("/", json=1)
        assert answer.status_code == 500
        assert answer.json()["errors"] == {"store": "OSError"}


@in_loop
async def test_another_queue_that_is_closed_is_an_error_of_who_sends_to_it() -> None:
    """Not the end of this service, whose callers would take it for not known: 504."""
    other = queue_for(Collector("a", Desk().process))

    async def forward(payload: Payload[Any], ctx: Context) -> Result:
        await other.get_publisher().send(payload)
        return Ok(None)

    async with served(queue_for(Collector("forward", forward))) as client:
        answer = await client.post("/", json=1)
    assert answer.status_code == 500
    assert answer.json()["errors"] == {"forward": "QueueClosedError"}


@in_loop
async def test_a_full_queue_is_503_with_retry_after_and_nothing_is_accepted() -> None:
    """Decision 8: there is no room; who waits already gets its answer."""
    queue = queue_for(Collector("a", Desk().process), max_queued=2)

    async with served(queue, lambda queue: Endpoint(queue, retry_after=7)) as client:
        queue.pause()
        waiting = [asyncio.create_task(client.post("/", json=value)) for value in (1, 2)]
        while queue.metrics().queued < 2:  # noqa: ASYNC110  # paused: it stays
            await asyncio.sleep(0.001)
        full = await client.post("/", json=3)
        queue.resume()
        answers = await asyncio.gather(*waiting)
    assert (full.status_code, full.headers["retry-after"]) == (503, "7")
    assert full.json() == {"error": "the queue is full; send it again"}
    assert [answer.status_code for answer in answers] == [200, 200]
    assert queue.metrics().accepted == 2


@in_loop
async def test_a_queue_that_does_not_run_is_503_and_serves_again_when_it_does() -> None:
    """Decision 10: nothing is accepted meanwhile."""
    queue = queue_for(Collector("a", Desk().process))
    async with served(queue) as client:
        await queue.shut_down_queue()
        closed = await client.post("/", json=1)
        await queue.init_queue()
        again = await client.post("/", json=1)
    assert closed.status_code == 503
    assert closed.headers["retry-after"] == "1"
    assert closed.json() == {"error": "the queue is not running; send it again"}
    assert again.status_code == 200
    assert queue.metrics().accepted == 1


@in_loop
async def test_a_body_that_is_too_large_is_413_and_not_read() -> None:
    """Nobody can fill the memory."""
    queue = queue_for(Collector("a", Desk().process))
    async with served(queue, lambda queue: Endpoint(queue, max_bytes=10)) as client:
        large = await client.post("/", json="x" * 9)
        fits = await client.post("/", json="x" * 8)
    assert (large.status_code, fits.status_code) == (413, 200)
    assert large.json() == {"error": "the body has more than 10 bytes"}


@in_loop
async def test_another_method_is_405() -> None:
    """A payload is something new each time."""
    async with served(queue_for()) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@in_loop
async def test_a_processor_sees_the_id_of_its_own_request() -> None:
    """Decision 28: with carry_context each sees its own, however they overlap."""
    both = asyncio.Barrier(2)

    async def who(payload: Payload[Any], ctx: Context) -> Result:
        await both.wait()
        return Ok(request_id.get())

    queue = queue_for(Collector("who", who), carry_context=True, max_consumers=2)
    async with served(queue) as client:
        answers = await asyncio.gather(
            *(client.post("/", json=0, headers={"X-Request-ID": name}) for name in ("r1", "r2"))
        )
    assert [answer.json()["results"]["who"] for answer in answers] == ["r1", "r2"]
    assert [answer.headers["x-request-id"] for answer in answers] == ["r1", "r2"]
    assert request_id.get() == ""


@in_loop
async def test_without_carry_context_a_processor_sees_that_of_the_start() -> None:
    """Decision 28: the queue was started by nobody's request."""

    async def who(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(request_id.get())

    async with served(queue_for(Collector("who", who))) as client:
        answer = await client.post("/", json=0, headers={"X-Request-ID": "r1"})
    assert answer.json() == {"results": {"who": ""}}
    assert answer.headers["x-request-id"] == "r1"


@in_loop
async def test_an_id_that_is_missing_or_would_spoil_a_log_is_made() -> None:
    """White space, and more than 128 characters, are not passed on."""
    async with served(queue_for()) as client:
        for given in ({}, {"X-Request-ID": "a b"}, {"X-Request-ID": "x" * 129}):
            answer = await client.post("/", json=0, headers=given)
            assert len(answer.headers["x-request-id"]) == 32


@in_loop
async def test_starlette_and_fastapi_take_it_as_it_is() -> None:
    """A route beside others, in an app of theirs."""
    queue = queue_for(Collector("a", Desk().process))

    def starlette(queue: CollectorQueue) -> App:
        return Starlette(routes=[Route("/readings", Endpoint(queue), methods=["POST"])])

    def fast(queue: CollectorQueue) -> App:
        return fastapi.FastAPI(routes=[Route("/readings", Endpoint(queue), methods=["POST"])])

    for app in (starlette, fast):
        async with served(queue, app) as client:
            answer = await client.post("/readings", json=1)
            assert (await client.post("/other", json=1)).status_code == 404
        assert answer.json() == {"results": {"a": 1}}


@in_loop
async def test_what_is_not_http_is_refused() -> None:
    """A websocket has other words."""
    with pytest.raises(RuntimeError, match=r"^an Endpoint serves http, got 'websocket'$"):
        await Endpoint(queue_for())({"type": "websocket"}, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"to_payload": "x"}, "to_payload must be a function of the value, got 'x'"),
        ({"unprocessable": ["x"]}, "unprocessable must be a list of types of exceptions, got 'x'"),
        (
            {"allow_undelivered": 1},
            "allow_undelivered must be a bool, got int: 1; write True or False",
        ),
        ({"retry_after": -1}, "retry_after must be >= 0, got -1"),
        ({"max_bytes": 0}, "max_bytes must be >= 1, got 0"),
    ],
)
def test_wrong_arguments_are_refused_at_once(arguments: dict[str, Any], said: str) -> None:
    """Decision 24."""
    with pytest.raises((TypeError, ValueError)) as caught:
        Endpoint(queue_for(), **arguments)
    assert str(caught.value) == said


def test_what_is_not_a_queue_is_refused_with_what_to_do() -> None:
    """A workbench is what one has in a notebook."""
    with pytest.raises(TypeError, match=r"that of a workbench is bench\.queue"):
        Endpoint("bench")  # type: ignore[arg-type]
