"""What arrives how often over HTTP: each statement of the package, shown by a fault."""

import asyncio
import logging
from typing import Any

import httpx
import pytest

from event_collector import Collector, Context, Ok, Payload, Result
from tests.inputs.serving import Desk, leave, queue_for, raw, reached, request, served
from tests.support import in_loop


@in_loop
async def test_a_request_that_is_sent_twice_is_processed_twice() -> None:
    """The service cannot know that a caller means the same."""
    desk = Desk()
    async with served(queue_for(Collector("desk", desk.process))) as client:
        for _ in range(2):
            await client.post("/", json={"id": "r1"})
    assert desk.done == [{"id": "r1"}] * 2


@in_loop
async def test_with_an_id_and_a_collector_that_knows_it_a_duplicate_counts_once() -> None:
    """At least once, made once: the advice of the package, as it would be written."""
    booked: dict[str, int] = {}

    async def book(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value["id"] not in booked:
            booked[payload.value["id"]] = len(booked) + 1
        return Ok(booked[payload.value["id"]])

    async with served(queue_for(Collector("book", book))) as client:
        answers = [await client.post("/", json={"id": name}) for name in ("r1", "r2", "r1")]
    assert [answer.json()["results"]["book"] for answer in answers] == [1, 2, 1]


@in_loop
async def test_a_poisoned_payload_fails_for_its_caller_alone() -> None:
    """It raises in one collector, and is over; it does not come again."""

    async def brittle(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(1 / payload.value)

    queue = queue_for(Collector("brittle", brittle), Collector("desk", Desk().process))
    async with served(queue) as client:
        answers = await asyncio.gather(*(client.post("/", json=value) for value in (1, 0, 2)))
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert answers[1].json() == {"results": {"desk": 0}, "errors": {"brittle": "ZeroDivisionError"}}
    assert queue.metrics().accepted == 3


@in_loop
async def test_a_payload_that_hangs_is_over_after_the_collectors_timeout() -> None:
    """The caller gets an answer, and the next one is served."""
    desk = Desk(closed=True)
    queue = queue_for(Collector("desk", desk.process, timeout=0.05))
    async with served(queue) as client:
        hung = await client.post("/", json=1)
        desk.gate.set()
        answer = await client.post("/", json=2)
    assert (hung.status_code, hung.json()["errors"]) == (500, {"desk": "TimeoutError"})
    assert answer.json() == {"results": {"desk": 2}}


@in_loop
async def test_who_leaves_in_mid_flight_loses_the_answer_and_not_the_payload() -> None:
    """One was in service and one queued: both are processed, once, and nobody waits for them."""
    desk = Desk(closed=True)
    queue = queue_for(Collector("desk", desk.process))
    async with served(queue) as client:
        first = await raw(client, request("first"))
        await desk.begun.wait()
        second = await raw(client, request("second"))
        await reached(lambda: queue.metrics().accepted == 2)
        before = requests_in_flight()
        await leave(first)
        await leave(second)
        await reached(lambda: not requests_in_flight())
        desk.gate.set()
        answer = await client.post("/", json="third")
    assert len(before) == 2
    assert answer.status_code == 200
    assert desk.done == ["first", "second", "third"]


def requests_in_flight() -> list[str]:
    """The tasks in which uvicorn serves requests."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in names if "run_asgi" in name]


def test_who_has_left_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """By the event, so that its results can be found."""

    @in_loop
    async def run() -> None:
        desk = Desk(closed=True)
        async with served(queue_for(Collector("desk", desk.process))) as client:
            writer = await raw(client, request(1))
            await desk.begun.wait()
            await leave(writer)
            await reached(
                lambda: "the caller of event 1 has left; the event goes on" in caplog.text
            )
            desk.gate.set()

    with caplog.at_level(logging.INFO, "event_collector"):
        run()


@in_loop
async def test_who_leaves_before_the_body_has_ended_has_sent_nothing() -> None:
    """Half a payload is not accepted."""
    desk = Desk()
    queue = queue_for(Collector("desk", desk.process))
    async with served(queue) as client:
        whole = request({"half": "a payload"})
        writer = await raw(client, whole[:-5])
        await reached(requests_in_flight)
        await leave(writer)
        await reached(lambda: not requests_in_flight())
        await client.post("/", json="whole")
    assert desk.done == ["whole"]
    assert queue.metrics().accepted == 1


@in_loop
async def test_a_caller_whose_patience_ends_and_who_sends_again_is_served_twice() -> None:
    """At least once: it has no answer, but the payload was accepted."""
    desk = Desk(closed=True)
    queue = queue_for(Collector("desk", desk.process))
    async with served(queue) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/", json="r1", timeout=0.2)
        await desk.begun.wait()
        desk.gate.set()
        assert (await client.post("/", json="r1")).status_code == 200
    assert desk.done == ["r1", "r1"]
