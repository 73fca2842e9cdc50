"""Endpoint: what a caller is told of a payload that reached no collector. Over a real server."""

from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Payload, ResultList, Router, SimpleRouter
from event_collector.inputs.http import App, Endpoint
from tests.inputs.serving import Desk, queue_for, served
from tests.support import in_loop


def by_topic(value: Any) -> Payload[Any]:
    """To those who listen to the value's topic."""
    return Payload(value, topics=[value["topic"]])


UNDELIVERED: dict[str, tuple[Payload[Any], str]] = {
    "topics": (Payload(1, topics=["snow"]), "none listens to a topic of ['snow']"),
    "keys": (Payload(1, keys=["b", "c"]), "none has a key of ['b', 'c']"),
    "no topic": (Payload(1, topics=[]), "none listens to a topic of []"),
}
"""Payloads that reach nobody, and what is said of them."""


@pytest.mark.parametrize("case", UNDELIVERED)
def test_what_reached_no_collector_is_422_and_says_what_it_asked_for(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """D and decision 13: it is not an error of the queue's, but a caller must know that it is lost.

    The collectors' own keys and topics are not for callers.
    """
    payload, said = UNDELIVERED[case]

    @in_loop
    async def run() -> None:
        queue = queue_for(Collector("secret", Desk().process, topics=["rain"]))
        async with served(queue, lambda queue: Endpoint(queue, lambda value: payload)) as client:
            answer = await client.post("/", json=0, headers={"X-Request-ID": "r1"})
        assert answer.status_code == 422
        assert answer.json() == {"error": f"it reached no collector: {said}"}
        assert queue.metrics().undelivered == 1

    with caplog.at_level("INFO", "event_collector"):
        run()
    assert f"event 1 of request 'r1': it reached no collector: {said}" in caplog.text


@in_loop
async def test_a_broadcast_to_nobody_and_a_router_that_chooses_nobody_are_422() -> None:
    """F: whoever decides, nobody has processed it; a router that raises is at fault itself."""

    class Own(Router):
        async def handle_event(self, payload: Payload[Any]) -> Any:
            return ResultList([])

    class Broken(Router):
        async def handle_event(self, payload: Payload[Any]) -> Any:
            raise LookupError

    for router, status in ((SimpleRouter, 422), (Own, 422), (Broken, 500)):
        async with served(queue_for(router=router)) as client:
            answer = await client.post("/", json=0)
        assert answer.status_code == status
        if status == 422:
            assert answer.json() == {"error": "it reached no collector: none takes it"}


@in_loop
async def test_to_payload_chooses_who_gets_it_and_reaching_nobody_can_be_allowed() -> None:
    """D: where that is as it should be, it is 200, without a result."""
    queue = queue_for(Collector("a", Desk().process, topics=["rain"]))

    def app(queue: CollectorQueue) -> App:
        return Endpoint(queue, by_topic, allow_undelivered=True)

    async with served(queue, app) as client:
        rain = await client.post("/", json={"topic": "rain"})
        snow = await client.post("/", json={"topic": "snow"})
    assert rain.json() == {"results": {"a": {"topic": "rain"}}}
    assert (snow.status_code, snow.json()) == (200, {"results": {}})
