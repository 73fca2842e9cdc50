"""Routers: which collectors get a payload, and why, and routers of one's own."""

import asyncio
import pickle
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    Explanation,
    Ok,
    Payload,
    Result,
    ResultList,
    Roster,
    Router,
    SimpleRouter,
)
from tests.support import in_loop, outcome, queue_of

names = st.lists(st.sampled_from("abcdx"))
payloads = st.builds(Payload, st.none(), st.sampled_from(Delivery), keys=names, topics=names)

BROADCAST = Payload(1)


async def echo(payload: Payload[Any], ctx: Context) -> Result:
    """Give the value back."""
    return Ok(payload.value)


PUMP = Collector("pump", echo, topics=["wet", "hot"])
rosters = st.lists(st.tuples(st.sampled_from("abcd"), names), unique_by=lambda pair: pair[0]).map(
    lambda pairs: Roster([Collector(key, echo, topics=topics) for key, topics in pairs])
)


async def fail(payload: Payload[Any], ctx: Context) -> Result:
    """Fail."""
    raise ValueError("too hot")


async def send(payload: Payload[Any], *collectors: Collector, router: type[Router]) -> ResultList:
    """The results of one payload in a queue of these collectors with a router."""
    queue = CollectorQueue(list(collectors), min_consumers=0, max_consumers=1, router=router)
    async with queue:
        return await (await queue.get_publisher().send(payload)).wait()


def deliver(payload: Payload[Any], router: type[Router] = SimpleRouter) -> ResultList:
    """The results of one payload with the collectors door, pump and lamp."""
    door = Collector("door", echo, topics=["cold"])
    lamp = Collector("lamp", echo, topics=["hot"])
    return asyncio.run(send(payload, door, PUMP, lamp, router=router))


@pytest.mark.parametrize(
    ("payload", "keys"),
    [
        (Payload(1), ["door", "pump", "lamp"]),
        (Payload(1, Delivery.KEY, keys=["pump"]), ["pump"]),
        (Payload(1, Delivery.KEY, keys=["lamp", "door", "lamp"]), ["door", "lamp"]),
        (Payload(1, Delivery.KEY, keys=["lamp", "nobody"]), ["lamp"]),
        (Payload(1, Delivery.TOPIC, topics=["hot"]), ["pump", "lamp"]),
        (Payload(1, Delivery.TOPIC, topics=["hot", "wet", "hot"]), ["pump", "lamp"]),
        (Payload(1, Delivery.TOPIC, topics=["silence", "cold"]), ["door"]),
        (Payload(1, Delivery.BROADCAST, keys=["door"], topics=["hot"]), ["door", "pump", "lamp"]),
        (Payload(1, Delivery.KEY, keys=["door"], topics=["hot"]), ["door"]),
        (Payload(1, Delivery.TOPIC, keys=["door"], topics=["hot"]), ["pump", "lamp"]),
    ],
)
def test_a_payload_goes_where_its_delivery_says(payload: Payload[Any], keys: list[str]) -> None:
    """D: by keys, by topics or to all; decision 16: to each once; decision 12: in order."""
    results = deliver(payload)
    assert results.keys == keys
    assert results == [Ok(1)] * len(keys)
    assert results.delivered is True


@pytest.mark.parametrize(
    "payload",
    [
        Payload(1, Delivery.KEY, keys=["nobody"]),
        Payload(1, Delivery.TOPIC, topics=["silence"]),
        Payload(1, Delivery.KEY),
        Payload(1, Delivery.TOPIC),
        Payload(1, Delivery.KEY, keys=[], topics=["hot"]),
        Payload(1, Delivery.TOPIC, keys=["door"], topics=[]),
        Payload(1, keys=[]),
        Payload(1, topics=()),
        Payload(1, Delivery.KEY, keys=["doo", "DOOR", "door "]),
    ],
)
def test_a_payload_that_matches_nobody_is_undelivered(payload: Payload[Any]) -> None:
    """D and decision 13: an empty Ok result, and not delivered."""
    results = deliver(payload)
    assert results == [Ok(None)]
    assert results.delivered is False
    assert results.keys == []


@given(rosters, payloads)
def test_route_gives_those_of_whom_explain_says_so(roster: Roster, payload: Payload[Any]) -> None:
    """D: the route and its explanation agree, in the order of the collectors, each once."""
    router = SimpleRouter(roster)
    route = router.route(payload)
    explained = router.explain(payload)
    assert [each.key for each in explained] == list(roster)
    assert [each.key for each in route] == [each.key for each in explained if each.receives]


@given(rosters, payloads)
def test_route_is_as_the_specification_defines_it(roster: Roster, payload: Payload[Any]) -> None:
    """D: KEY, TOPIC and BROADCAST, told in the plainest way."""
    wanted = {
        Delivery.BROADCAST: lambda one: True,
        Delivery.KEY: lambda one: one.key in payload.keys,
        Delivery.TOPIC: lambda one: any(topic in payload.topics for topic in one.topics),
    }[payload.delivery]
    assert list(SimpleRouter(roster).route(payload)) == [*filter(wanted, roster.values())]


@pytest.mark.parametrize(
    ("payload", "receives", "reason"),
    [
        (Payload(1), True, "a broadcast goes to every collector"),
        (Payload(1, Delivery.KEY, keys=["pump"]), True, "key is among ['pump']"),
        (Payload(1, Delivery.KEY, keys=["door"]), False, "key is not among ['door']"),
        (Payload(1, Delivery.KEY), False, "the payload has no keys"),
        (Payload(1, Delivery.TOPIC, topics=["hot", "wet"]), True, "listens to 'wet', 'hot'"),
        (Payload(1, Delivery.TOPIC, topics=["cold"]), False, "listens to none of ['cold']"),
        (Payload(1, Delivery.TOPIC), False, "the payload has no topics"),
    ],
)
def test_explain_says_why(payload: Payload[Any], receives: bool, reason: str) -> None:
    """D: for every collector, whether it would get the payload, and why."""
    router = SimpleRouter(Roster([PUMP]))
    assert router.explain(payload) == [Explanation("pump", receives, reason)]


def test_explain_says_that_a_collector_has_no_topics() -> None:
    """D: collectors must define the topics that they listen to."""
    router = SimpleRouter(Roster([Collector("deaf", echo)]))
    payload = Payload(1, Delivery.TOPIC, topics=["hot"])
    assert router.explain(payload) == [Explanation("deaf", False, "listens to no topic")]


class LastOnly(SimpleRouter):
    """Gives every payload to the last collector."""

    def route(self, payload: Payload[Any]) -> Sequence[Collector]:
        return self.collectors.everyone()[-1:]


def test_a_route_of_ones_own_is_followed_and_explained() -> None:
    """F: a subclass that chooses otherwise overrides `route` only; no reason is made up for it."""
    payload = Payload(1, Delivery.KEY, keys=["door"])
    assert deliver(payload, LastOnly).keys == ["lamp"]
    router = LastOnly(Roster([Collector("door", echo), Collector("lamp", echo)]))
    assert router.explain(payload) == [
        Explanation("door", False, "as LastOnly decides"),
        Explanation("lamp", True, "as LastOnly decides"),
    ]


@in_loop
async def test_a_route_of_the_objects_own_is_followed_and_explained() -> None:
    """F: at any moment, and until it is taken back; as with `handle_event` and `dispatch`."""
    everyone = [Explanation(key, True, "a broadcast goes to every collector") for key in "ab"]
    async with queue_of(Collector("a", echo), Collector("b", echo)) as queue:
        router = queue.router
        assert isinstance(router, SimpleRouter)
        assert (await outcome(queue, Payload(1))).keys == ["a", "b"]
        router.route = lambda payload: [queue.collectors["b"]]  # type: ignore[method-assign]
        assert (await outcome(queue, Payload(1))).keys == ["b"]
        assert router.explain(Payload(1))[0] == Explanation("a", False, "as SimpleRouter decides")
        del router.route
        assert (await outcome(queue, Payload(1))).keys == ["a", "b"]
        assert router.explain(Payload(1)) == everyone

        async def nothing(payload: Payload[Any]) -> ResultList:
            return ResultList.undelivered()

        router.handle_event = nothing  # type: ignore[method-assign]
        assert not (await outcome(queue, Payload(1))).delivered


def test_a_router_of_a_queue_travels() -> None:
    """What it tells its queue stays there."""
    queue = queue_of(Collector("a", echo))
    twin = pickle.loads(pickle.dumps(queue.router))
    assert isinstance(twin, SimpleRouter)
    twin.route = lambda payload: []  # type: ignore[method-assign]
    assert repr(twin) == "SimpleRouter(['a'])"


class Asked(SimpleRouter):
    """Keeps the values that it is asked about."""

    def __init__(self, collectors: Roster) -> None:
        super().__init__(collectors)
        self.values: list[Any] = []

    def route(self, payload: Payload[Any]) -> Sequence[Collector]:
        self.values.append(payload.value)
        return super().route(payload)


@in_loop
async def test_a_route_of_ones_own_is_asked_once_for_each_payload() -> None:
    """One that takes turns, or counts, would skip somebody otherwise."""
    async with queue_of(Collector("c", echo), router=Asked) as queue:
        for value in range(3):
            await outcome(queue, Payload(value))
    assert isinstance(queue.router, Asked)
    assert queue.router.values == [0, 1, 2]


class Twice(SimpleRouter):
    """Dispatches every payload twice."""

    async def dispatch(self, payload: Payload[Any], collectors: Iterable[Collector]) -> ResultList:
        chosen = list(collectors)
        return await super().dispatch(payload, chosen + chosen)


def test_a_dispatch_of_ones_own_is_used() -> None:
    """F: a subclass may dispatch otherwise, and choose alike."""
    results = deliver(Payload(1, Delivery.KEY, keys=["lamp"]), Twice)
    assert results.keys == ["lamp", "lamp"]


class ByLength(Router):
    """Gives a payload to the collectors whose key is as long as its value, without their keys."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        chosen = (one for one in self.collectors.values() if len(one.key) == payload.value)
        return ResultList([await one.process(payload) for one in chosen])


def test_a_custom_router_needs_handle_event_only() -> None:
    """F and decision 27: it sees the collectors, and what it returns are the results."""
    results = deliver(Payload(4), ByLength)
    assert results == [Ok(4)] * 3
    assert results.keys == [None] * 3


def test_an_empty_list_from_a_custom_router_is_undelivered() -> None:
    """F and decision 13: every event gets a result."""
    results = deliver(Payload(7), ByLength)
    assert results == [Ok(None)]
    assert results.delivered is False


class Everywhere(Router):
    """Dispatches to all that there are just now."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


def test_a_custom_router_dispatches_as_the_default_one_does() -> None:
    """F: `dispatch` gives the results with their keys, an Error among them stops nobody."""
    collectors = [Collector("a", fail), Collector("b", echo)]
    results = asyncio.run(send(BROADCAST, *collectors, router=Everywhere))
    assert results.keys == ["a", "b"]
    assert isinstance(results[0], Error)
    assert results[1] == Ok(1)


def test_dispatch_takes_any_iterable_of_collectors() -> None:
    """F: a view of the roster, a generator, one collector or none."""
    router = SimpleRouter(Roster([Collector("a", echo), Collector("b", echo)]))

    async def dispatched(keys: str) -> ResultList:
        return await router.dispatch(BROADCAST, (router.collectors[key] for key in keys))

    assert asyncio.run(dispatched("ba")).keys == ["b", "a"]
    assert asyncio.run(dispatched("b")).keys == ["b"]
    assert asyncio.run(dispatched("")).delivered is False


@pytest.mark.parametrize("count", [1, 2])
def test_an_interrupt_passes_through_dispatch(count: int) -> None:
    """Decision 15: KeyboardInterrupt reaches the caller, from one collector or from several."""
    interrupt = KeyboardInterrupt("now")

    async def stop(payload: Payload[Any], ctx: Context) -> Result:
        raise interrupt

    collectors = [Collector("stop", stop), Collector("b", echo)][:count]
    router = SimpleRouter(Roster(collectors))
    with pytest.raises(KeyboardInterrupt) as caught:
        asyncio.run(router.handle_event(BROADCAST))
    assert caught.value is interrupt


def test_a_custom_router_sees_the_collectors_live() -> None:
    """Decision 27: its mapping follows add, replace and remove, before and while it runs."""

    async def main() -> list[list[str | None]]:
        a, b = Collector("a", echo), Collector("b", echo)
        queue = CollectorQueue([a], min_consumers=0, max_consumers=1, router=Everywhere)
        await queue.add(b)
        said = [list[str | None](queue.router.collectors)]
        async with queue:
            for change in (queue.replace(Collector("a", echo)), queue.remove("b")):
                await change
                event = await queue.get_publisher().send(BROADCAST)
                said.append((await event.wait()).keys)
        assert queue.router.collectors is queue.collectors
        return said

    assert asyncio.run(main()) == [["a", "b"], ["a", "b"], ["a"]]


def test_a_router_without_handle_event_cannot_be_made() -> None:
    """F: Router is abstract; the queue's default is a SimpleRouter."""
    with pytest.raises(TypeError, match=r"abstract method 'handle_event'$"):
        Router(Roster())  # type: ignore[abstract]
    queue = CollectorQueue([], min_consumers=0, max_consumers=1)
    assert type(queue.router) is SimpleRouter


def test_a_router_shows_its_collectors_and_travels() -> None:
    """Decision 26: one line; and a router pickles, so that it can work elsewhere."""
    router = SimpleRouter(Roster([Collector("a", echo)]))
    assert repr(router) == "SimpleRouter(['a'])"
    twin = pickle.loads(pickle.dumps(router))
    assert [one.key for one in twin.route(BROADCAST)] == ["a"]
