"""The limiter of a collector: never more payloads in service than it allows, and no place lost."""

import asyncio
import threading
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    Context,
    Delivery,
    Ok,
    Payload,
    QueueType,
    Result,
    Router,
)
from event_collector._core.limiter import Limiter
from tests.support import (
    TIMEOUT,
    Gate,
    VirtualTimeLoop,
    in_loop,
    outcome,
    queue_of,
    router_that,
    run,
    settle,
    tasks_but_keepers,
    until,
)


def to(key: str, value: object = None) -> Payload[Any]:
    """A payload for one collector."""
    return Payload(value, Delivery.KEY, keys=[key])


def payload_for(name: str, turns: int) -> Payload[int]:
    """To one collector, or to all."""
    return Payload(turns) if name == "x" else Payload(turns, Delivery.KEY, keys=[name])


@router_that
async def everyone_named(router: Router, payload: Payload[Any]) -> Any:
    """A custom router that does what the default one does."""
    chosen = [one for one in router.collectors.values() if one.key in (payload.keys or "abx")]
    return await router.dispatch(payload, chosen)


@given(
    st.lists(st.tuples(st.sampled_from("abx"), st.integers(0, 3)), max_size=20),
    st.integers(1, 3),
    st.integers(1, 5),
    st.sampled_from(QueueType),
    st.booleans(),
)
def test_a_limit_holds_and_nothing_is_lost(
    sent: list[tuple[str, int]],
    limit: int,
    max_consumers: int,
    queue_type: QueueType,
    custom: bool,
) -> None:
    """max_concurrency: never more than n in service, whoever sends what, and all are processed."""
    inside: Counter[str] = Counter()
    done: Counter[str] = Counter()

    def collector(key: str, most: int | None) -> Collector:
        async def process(payload: Payload[int], ctx: Context) -> Any:
            inside[key] += 1
            assert most is None or inside[key] <= most
            for _ in range(payload.value):
                await asyncio.sleep(0)
            inside[key] -= 1
            done[key] += 1

        return Collector(key, process, max_concurrency=most)

    async def main() -> None:
        settings: dict[str, Any] = {"router": everyone_named} if custom else {}
        async with queue_of(
            collector("a", limit),
            collector("b", limit),
            collector("x", None),
            max_consumers=max_consumers,
            queue_type=queue_type,
            **settings,
        ) as queue:
            publisher = queue.get_publisher()
            events = [publisher.send(payload_for(*one)).event for one in sent]
            await publisher.wait()
            assert queue.metrics().queued == queue.metrics().in_service == 0
            for event in events:
                assert event.result is not None
                assert event.result.errors == []

    run(main(), loop_factory=VirtualTimeLoop, timeout=1e6)
    wanted = Counter(key for name, _ in sent for key in (name if name != "x" else "abx"))
    assert done == wanted


@in_loop
async def test_two_queues_share_the_places_of_a_collector() -> None:
    """The limit is the collector's, whoever it works for."""
    gate = Gate()
    collector = Collector("c", gate, max_concurrency=1)
    async with queue_of(collector) as one, queue_of(collector) as other:
        first = one.get_publisher().send(to("c", 1)).event
        await until(lambda: gate.begun)
        second = other.get_publisher().send(to("c", 2)).event
        await settle()
        assert gate.begun == [1]
        gate.open()
        await asyncio.gather(first.wait(), second.wait())


def forever_once() -> Any:
    """A processor that never ends for the first payload."""
    first = True

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        nonlocal first
        if first:
            first = False
            await asyncio.Event().wait()
        return Ok(payload.value)

    return process


def test_a_place_is_given_back_when_its_loop_is_closed() -> None:
    """Decision 18: a queue can be started again, and its collectors are not full for ever."""
    collector = Collector("c", forever_once(), max_concurrency=1)
    queue = queue_of(collector)

    async def leave_open() -> None:
        await queue.init_queue()
        queue.get_publisher().send(to("c", "stuck"))
        await settle()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave_open())
    (kept,) = tasks_but_keepers(loop)
    loop.close()

    async def again() -> None:
        async with queue:
            assert await outcome(queue, to("c", "again")) == [Ok("again")]

    run(again())
    assert kept is not None
    kept.get_loop().call_exception_handler = lambda _: None  # type: ignore[assignment, method-assign]


@in_loop
async def test_a_place_given_to_one_who_is_just_cancelled_is_free_again() -> None:
    """max_concurrency: no place is lost."""
    places = Limiter(1)
    place = object()
    await places.enter(place)
    waiting = asyncio.create_task(places.enter(object()))
    await settle()
    places.leave(place)
    waiting.cancel()
    await settle()
    assert waiting.cancelled()
    assert not places.full


@in_loop
async def test_places_are_given_in_the_order_of_asking() -> None:
    """max_concurrency: who waits longest is next."""
    places = Limiter(1)
    given = [object() for _ in range(4)]
    await places.enter(given[0])
    asking = [asyncio.create_task(places.enter(place)) for place in given[1:]]
    await settle()
    for number in range(3):
        places.leave(given[number])
        await settle()
        assert [one.done() for one in asking] == [other <= number for other in range(3)]


def test_a_queue_may_be_collected_while_another_one_claims() -> None:
    """Garbage is collected wherever Python pleases: a collected queue releases what it has."""
    other, limiter = Limiter(1), Limiter(1)
    loop, gone = asyncio.new_event_loop(), asyncio.new_event_loop()
    other.claim(gone)

    class Asked(asyncio.SelectorEventLoop):
        def is_closed(self) -> bool:
            other.release(gone)
            return super().is_closed()

    asked = Asked()
    limiter.claim(asked)
    claiming = threading.Thread(target=limiter.claim, args=(loop,), daemon=True)
    claiming.start()
    claiming.join(TIMEOUT)
    for each in (loop, gone, asked):
        each.close()
    assert not claiming.is_alive()
    assert other.claim(loop)
