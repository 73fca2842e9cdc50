"""An event that is done can be copied and pickled; one that is not says why it cannot."""

import copy
import pickle
import re
from typing import Any

import pytest

from event_collector import Collector, CollectorEvent, Error, History, Ok, Payload
from tests.support import Gate, echo, in_loop, outcome, queue_of, until

WAYS: dict[str, Any] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


async def failing(payload: Payload[Any], ctx: Any) -> Any:
    """Raises."""
    raise ValueError("bad")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("carry_context", [False, True], ids=["", "carrying"])
@pytest.mark.parametrize("retrieved", [False, True], ids=["", "retrieved"])
@in_loop
async def test_an_event_that_is_done_travels(
    way: Any, carry_context: bool, retrieved: bool
) -> None:
    """Decision 25: with its payload, its results and their keys, and its times."""
    queue = queue_of(Collector("a", echo), Collector("b", failing), carry_context=carry_context)
    async with queue:
        event = await queue.get_publisher().send(Payload([1, "x"], priority=3))
        await queue.get_publisher().wait()
    if retrieved:
        assert event.result is not None
    twin = way(event)
    assert type(twin) is CollectorEvent
    assert twin is not event
    assert twin.retrieved is event.retrieved is retrieved
    for name in ("id", "accepted_at", "taken_at", "finished_at", "consumer", "status", "done"):
        assert getattr(twin, name) == getattr(event, name)
    assert (twin.wait_time, twin.service_time) == (event.wait_time, event.service_time)
    assert twin.payload == event.payload
    assert repr(twin) == repr(event)
    results = await twin.wait()
    assert results.keys == ["a", "b"]
    assert results.first() == Ok([1, "x"])
    assert isinstance(results[1], Error)
    assert "ValueError: bad" in results[1].traceback
    assert await twin.get_result() is results


@in_loop
async def test_what_a_copy_shares_is_what_copies_share() -> None:
    """Decision 25: copies are Python's own, shallow and deep."""
    async with queue_of(Collector("a", echo)) as queue:
        event = await queue.get_publisher().send(Payload([1]))
        await event.wait()
    assert copy.copy(event).payload is event.payload
    deep = copy.deepcopy(event)
    assert deep.payload is not event.payload
    assert deep.result is not None
    [result] = deep.result.oks
    assert result.value is deep.payload.value  # one object before, one afterwards


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@in_loop
async def test_an_event_that_is_not_done_says_why_it_cannot_travel(way: Any) -> None:
    """Decision 25: while it is queued, and while it is in service."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1) as queue:
        publisher = queue.get_publisher()
        first, second = await publisher.send(Payload(1)), await publisher.send(Payload(2))
        await until(lambda: gate.begun)
        for event, status in ((first, "in service"), (second, "queued")):
            message = (
                f"event {event.id} is {status}, and its way through the queue cannot be copied or "
                "pickled; await its wait() first, or take its payload"
            )
            with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
                way(event)
        gate.open()
        assert (await outcome(queue, Payload(3))).oks


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@in_loop
async def test_a_sending_says_that_it_cannot_travel_and_what_can(way: Any) -> None:
    """Decision 25: its twin would be without an event, or wait for room in no queue."""
    async with queue_of(Collector("a", echo)) as queue:
        sending = queue.get_publisher().send(Payload(1))
        await sending.wait()
        message = (
            "the Sending of event 1 cannot be copied or pickled: it waits for room in its queue; "
            "take its event, which can when it is done, or its event.payload"
        )
        with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
            way(sending)
        assert way(sending.event).payload == Payload(1)


@in_loop
async def test_a_history_travels_as_a_list_of_its_events() -> None:
    """Decision 25: what was recorded can be kept in a file."""
    queue = queue_of(Collector("a", echo))
    history = History(queue)
    async with queue:
        for number in range(3):
            await outcome(queue, Payload(number))
    twins = pickle.loads(pickle.dumps(list(history)))
    assert [twin.payload.value for twin in twins] == [0, 1, 2]


def test_an_event_whose_value_cannot_be_pickled_says_what_python_says() -> None:
    """Decision 25: of a payload, there is no more to say than of its value."""

    async def main() -> CollectorEvent:
        async with queue_of(Collector("a", echo)) as queue:
            event = await queue.get_publisher().send(Payload(lambda: 1))
            await event.wait()
            return event

    event = in_loop_result(main)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(event)
    assert copy.copy(event).payload is event.payload


def in_loop_result(main: Any) -> Any:
    """What a coroutine gives."""
    found: list[Any] = []

    @in_loop
    async def keep() -> None:
        found.append(await main())

    keep()
    return found[0]
