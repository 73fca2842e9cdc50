"""A running queue as a whole: it delivers, orders, and tells what it is."""

import asyncio
import gc
from typing import Any, NoReturn

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    Ok,
    Payload,
    QueueType,
    Result,
    ResultList,
    SimpleRouter,
)
from tests.support import Gate, echo, in_loop, outcome, queue_of, run, settle, until


def three() -> CollectorQueue:
    return queue_of(
        Collector("a", echo, topics=["hot", "wet"]),
        Collector("b", echo, topics=["hot"]),
        Collector("c", echo),
    )


@in_loop
async def test_a_minimal_queue_works_as_a_context_manager() -> None:
    """B: collectors, min_consumers and max_consumers are all that a queue needs."""
    queue = CollectorQueue([Collector("a", echo)], min_consumers=1, max_consumers=1000)
    async with queue as entered:
        assert entered is queue
        assert await outcome(queue, Payload(1)) == [Ok(1)]


@in_loop
async def test_a_queue_is_started_and_shut_down_by_hand() -> None:
    """B: init_queue and shut_down_queue do what the context manager does."""
    queue = queue_of(Collector("a", echo))
    assert not queue.running
    await queue.init_queue()
    try:
        assert queue.running
        assert await outcome(queue, Payload(1)) == [Ok(1)]
    finally:
        await queue.shut_down_queue()
    assert not queue.running


@in_loop
async def test_a_service_sends_without_looking_back() -> None:
    """C: payloads sent in a loop, never awaited, are all processed."""
    gate = Gate()
    gate.open()
    async with queue_of(Collector("a", gate)) as queue:
        publisher = queue.get_publisher()
        for value in range(100):
            publisher.send(Payload(value))
    assert gate.ended == list(range(100))


@pytest.mark.parametrize(
    ("payload", "keys"),
    [
        (Payload(1), ["a", "b", "c"]),
        (Payload(1, Delivery.BROADCAST, keys=["a"], topics=["hot"]), ["a", "b", "c"]),
        (Payload(1, Delivery.KEY, keys=["b"]), ["b"]),
        (Payload(1, Delivery.KEY, keys=["c", "a"]), ["a", "c"]),
        (Payload(1, Delivery.KEY, keys=["c", "nobody"]), ["c"]),
        (Payload(1, Delivery.TOPIC, topics=["wet"]), ["a"]),
        (Payload(1, Delivery.TOPIC, topics=["hot"], keys=["c"]), ["a", "b"]),
    ],
)
@in_loop
async def test_a_payload_reaches_the_collectors_of_its_delivery(
    payload: Payload[int], keys: list[str]
) -> None:
    """D, decision 12: by key, by topic or to everyone, in the order of the collectors."""
    async with three() as queue:
        results = await outcome(queue, payload)
    assert results.keys == keys
    assert results == [Ok(1)] * len(keys)
    assert results.delivered


@pytest.mark.parametrize(
    "payload",
    [
        Payload(1, Delivery.KEY, keys=["nobody"]),
        Payload(1, Delivery.TOPIC, topics=["cold"]),
        Payload(1, Delivery.KEY),
        Payload(1, Delivery.TOPIC),
    ],
)
@in_loop
async def test_what_nobody_gets_is_one_empty_ok(payload: Payload[int]) -> None:
    """D, decision 13: no match, or an empty list, gives one Ok(None) that is not delivered."""
    async with three() as queue:
        results = await outcome(queue, payload)
        assert results.first() == Ok(None)
        assert (results.size(), results.keys, results.delivered) == (1, [], False)
        assert queue.metrics().undelivered == 1


@in_loop
async def test_a_queue_without_collectors_delivers_to_nobody() -> None:
    """Decisions 13, 24: an empty list of collectors is legal, and each send is undelivered."""
    async with queue_of() as queue:
        results = await outcome(queue, Payload(1))
    assert (list(results), results.delivered) == ([Ok(None)], False)


@in_loop
async def test_each_matching_collector_processes_once() -> None:
    """Decision 16: however many keys or topics of a collector match, it gets the payload once."""
    async with three() as queue:
        for payload in (
            Payload(1, Delivery.KEY, keys=["a", "a", "b", "a"]),
            Payload(1, Delivery.TOPIC, topics=["hot", "wet", "hot"]),
        ):
            assert (await outcome(queue, payload)).keys == ["a", "b"]
        assert [collector.processed for collector in queue.collectors.values()] == [2, 2, 0]


@in_loop
async def test_a_value_reaches_every_collector_as_it_is() -> None:
    """D: a value of any type is stored in the payload, the collectors get the same object."""
    value = object()
    async with three() as queue:
        results = await outcome(queue, Payload(value))
    assert all(isinstance(result, Ok) and result.value is value for result in results)


@in_loop
async def test_results_are_matched_as_the_specification_shows() -> None:
    """G: first() gives one result, iter() all of them, with async for and with for."""

    async def odd_only(payload: Payload[int], ctx: Context) -> Result:
        return Ok(payload.value) if payload.value % 2 else Error(ValueError("even"))

    async with queue_of(Collector("a", odd_only), Collector("b", echo)) as queue:
        results = await outcome(queue, Payload(2))
    match results.first():
        case Error(exception):
            assert repr(exception) == "ValueError('even')"
        case Ok(value):
            raise AssertionError(value)
    found = [result async for result in results.iter()]
    assert found == list(results.iter()) == list(results)
    assert found[1] == Ok(2)


@pytest.mark.parametrize(
    ("queue_type", "taken"),
    [
        (QueueType.FIFO, ["first", "b5", "c", "a1", "d1", "e"]),
        (QueueType.LIFO, ["first", "e", "d1", "a1", "c", "b5"]),
        (QueueType.PRIORITY, ["first", "a1", "d1", "c", "e", "b5"]),
    ],
)
@in_loop
async def test_one_consumer_takes_events_in_the_order_of_the_type(
    queue_type: QueueType, taken: list[str]
) -> None:
    """E, decision 20: FIFO, LIFO, or lowest priority first with ties in the order of sending."""
    gate = Gate()
    queue = queue_of(
        Collector("a", gate), max_consumers=1, queue_type=queue_type, default_priority=3
    )
    async with queue:
        publisher = queue.get_publisher()
        publisher.send(Payload("first"))
        await until(lambda: gate.begun)
        for value, priority in {"b5": 5, "c": None, "a1": 1, "d1": 1, "e": None}.items():
            publisher.send(Payload(value, priority=priority))
        gate.open()
    assert gate.ended == taken


@in_loop
async def test_priorities_never_compare_values() -> None:
    """Decision 20: payloads of one priority come in the order of sending, values untouched."""

    class Incomparable:
        def __lt__(self, other: object) -> NoReturn:
            raise AssertionError("compared")

        __gt__ = __eq__ = __lt__
        __hash__ = object.__hash__

    values = [Incomparable() for _ in range(20)]
    taken: list[int] = []

    async def note(payload: Payload[Incomparable], ctx: Context) -> Result:
        taken.append(id(payload.value))
        return Ok(None)

    queue = queue_of(Collector("a", note), max_consumers=1, queue_type=QueueType.PRIORITY)
    async with queue:
        for value in values:
            queue.get_publisher().send(Payload(value, priority=1))
    assert taken == [id(value) for value in values]


@in_loop
async def test_the_default_priority_is_1000() -> None:
    """Decision 20: a payload without a priority has 1000."""
    gate = Gate()
    async with queue_of(
        Collector("a", gate), max_consumers=1, queue_type=QueueType.PRIORITY
    ) as queue:
        for value, priority in {"late": 1001, "default": None, "early": 999}.items():
            queue.get_publisher().send(Payload(value, priority=priority))
        gate.open()
    assert gate.ended == ["early", "default", "late"]


@in_loop
async def test_a_reading_adds_up_at_every_step() -> None:
    """Decision 16: accepted = queued + in_service + finished, at every reading."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=2) as queue:
        publisher = queue.get_publisher()

        def counts() -> tuple[int, int, int, int]:
            now = queue.metrics()
            return now.accepted, now.queued, now.in_service, now.finished

        assert counts() == (0, 0, 0, 0)
        for value in range(5):
            publisher.send(Payload(value))
        assert counts() == (5, 5, 0, 0)
        await until(lambda: len(gate.begun) == 2)
        assert counts() == (5, 3, 2, 0)
        gate.let_go(0)
        await until(lambda: len(gate.begun) == 3)
        assert counts() == (5, 2, 2, 1)
        gate.open()
        await publisher.wait()
        assert counts() == (5, 0, 0, 5)


@in_loop
async def test_event_ids_count_from_one_in_each_queue() -> None:
    """Decision 26: ids are the same in every run, and go on after a restart."""
    for _ in range(2):
        queue = queue_of(Collector("a", echo))
        async with queue:
            ids = [queue.get_publisher().send(Payload(0)).event.id for _ in range(3)]
        assert ids == [1, 2, 3]
        async with queue:
            assert queue.get_publisher().send_nowait(Payload(0)).id == 4


@in_loop
async def test_a_repr_is_one_line_and_tells_the_state() -> None:
    """Decision 26: no addresses, no clock times."""
    gate = Gate()
    queue = queue_of(Collector("a", gate), queue_type=QueueType.LIFO)
    assert repr(queue) == "CollectorQueue(['a'], LIFO, 1 to 10 consumers, not started)"
    await queue.init_queue()
    publisher = queue.get_publisher()
    running = "CollectorQueue(['a'], LIFO, 1 to 10 consumers, running)"
    assert (repr(queue), repr(publisher)) == (running, f"EventPublisher({running})")
    assert repr(publisher.send(Payload(1))) == "Sending(CollectorEvent(1, queued))"
    ending = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: gate.begun)
    assert repr(queue) == "CollectorQueue(['a'], LIFO, 1 to 10 consumers, shutting down)"
    gate.open()
    await ending
    assert repr(queue) == "CollectorQueue(['a'], LIFO, 1 to 10 consumers, shut down)"


def test_a_queue_collected_while_running_warns() -> None:
    """B: a queue that nobody shuts down is loud."""

    async def start() -> None:
        await queue_of(Collector("a", echo)).init_queue()
        await settle()

    def forget() -> None:
        run(start())
        gc.collect()

    with pytest.warns(
        ResourceWarning,
        match=r"^CollectorQueue\(\['a'\], FIFO, 1 to 10 consumers, running\) was never shut down; "
        r"use 'async with', or await shut_down_queue\(\)$",
    ):
        forget()


@in_loop
async def test_a_queue_that_was_shut_down_or_never_started_does_not_warn() -> None:
    """B: only a running queue has something to shut down."""
    async with queue_of(Collector("a", echo)):
        pass
    queue_of(Collector("a", echo))
    gc.collect()


@in_loop
async def test_a_router_sees_the_collectors_live() -> None:
    """F, decision 27: `router.collectors` follows add and remove; it cannot be written to."""

    class Counting(SimpleRouter):
        seen: list[list[str]]

        def __init__(self, _: object) -> None:  # leaves the collectors to the queue
            self.seen = []

        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            self.seen.append(list(self.collectors))
            return await super().handle_event(payload)

    async with queue_of(Collector("a", echo), router=Counting) as queue:
        assert isinstance(queue.router, Counting)
        await outcome(queue, Payload(1))
        await queue.add(Collector("b", echo))
        await outcome(queue, Payload(2))
        await queue.remove("a")
        event: CollectorEvent = await queue.get_publisher().send(Payload(3))
        assert (await event.wait()).keys == ["b"]
        assert queue.router.seen == [["a"], ["a", "b"], ["b"]]
        with pytest.raises(TypeError):
            queue.router.collectors["c"] = Collector("c", echo)  # type: ignore[index]
