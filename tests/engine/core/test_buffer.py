"""Buffers give the queued events in the order of the queue's type."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    QueueType,
    Result,
)
from event_collector._core.buffer import Buffer, make_buffer
from tests.support import (
    Gate,
    in_loop,
    queue_of,
    until,
)

CONSUMERS = CollectorQueue([], min_consumers=0, max_consumers=1)._consumers


class Incomparable:
    """A value that refuses to be compared."""

    def __lt__(self, other: object) -> bool:
        raise AssertionError("values are never compared")

    __gt__ = __le__ = __ge__ = __eq__ = __lt__
    __hash__ = None  # type: ignore[assignment]


def event(number: int, priority: int | None = None) -> CollectorEvent:
    """The event with this number."""
    made = CollectorEvent()
    made.id, made.payload, made.accepted_at = (
        number,
        Payload(Incomparable(), priority=priority),
        0.0,
    )
    made._consumers = CONSUMERS
    return made


def popped(buffer: Buffer) -> CollectorEvent:
    """The next event, which is taken away."""
    first = buffer.first()
    buffer.take_first(buffer)
    return first


def emptied(buffer: Buffer) -> list[int]:
    """The numbers of the events in the order in which they come out."""
    return [popped(buffer).id for _ in range(len(buffer))]


priorities = st.lists(st.none() | st.integers() | st.integers(-2, 2), max_size=30)


default_priorities = st.integers() | st.integers(-2, 2)


@given(priorities, default_priorities)
def test_a_priority_buffer_gives_the_lowest_number_first(
    priorities: list[int | None], default: int
) -> None:
    """E and decision 20: by (priority, sequence), the default where none is said."""
    buffer = make_buffer(QueueType.PRIORITY, default)
    for number, priority in enumerate(priorities, 1):
        buffer.push(event(number, priority))
    ranks = [
        (default if priority is None else priority, number)
        for number, priority in enumerate(priorities, 1)
    ]
    assert emptied(buffer) == [number for _, number in sorted(ranks)]


@given(st.lists(st.none() | st.integers(-2, 2), max_size=40), default_priorities)
def test_a_priority_buffer_that_is_used_meanwhile_gives_the_least_of_what_it_holds(
    steps: list[int | None], default: int
) -> None:
    """Decision 20: after any pushes (an int) and pops (None), the next is the first in rank."""
    buffer = make_buffer(QueueType.PRIORITY, default)
    held: list[tuple[int, int]] = []
    for number, priority in enumerate(steps):
        if priority is not None:
            buffer.push(event(number, priority))
            held.append((priority, number))
        elif held:
            held.sort()
            assert popped(buffer).id == held.pop(0)[1]
        assert len(buffer) == len(held)


@given(st.lists(st.none() | st.just(0), max_size=40))
def test_fifo_and_lifo_take_from_either_end(steps: list[int | None]) -> None:
    """E: FIFO gives what waits longest, LIFO what came last; priorities do not count."""
    fifo, lifo = make_buffer(QueueType.FIFO, 0), make_buffer(QueueType.LIFO, 0)
    line: list[int] = []
    stack: list[int] = []
    for number, push in enumerate(steps):
        if push is not None:
            fifo.push(event(number, -number))
            lifo.push(event(number, -number))
            line.append(number)
            stack.append(number)
        elif line:
            assert popped(fifo).id == line.pop(0)
            assert popped(lifo).id == stack.pop()
    assert emptied(fifo) == line
    assert emptied(lifo) == stack[::-1]


@pytest.mark.parametrize("queue_type", QueueType)
def test_an_empty_buffer_is_false(queue_type: QueueType) -> None:
    """A buffer is as long as the events in it, and gives the very events."""
    buffer = make_buffer(queue_type, 0)
    assert not buffer
    it = event(1)
    buffer.push(it)
    assert buffer
    assert len(buffer) == 1
    assert popped(buffer) is it
    assert not buffer


def test_the_queue_types_are_fifo_priority_and_lifo() -> None:
    """E: the 3 types of asyncio.Queue, shown by their names (decision 26)."""
    assert [each.name for each in QueueType] == ["FIFO", "PRIORITY", "LIFO"]
    assert repr(QueueType.LIFO) == "QueueType.LIFO"


@pytest.mark.parametrize(
    ("queue_type", "order"),
    [
        (QueueType.FIFO, ["a", "b", "c", "d"]),
        (QueueType.LIFO, ["d", "c", "b", "a"]),
        (QueueType.PRIORITY, ["c", "b", "d", "a"]),
    ],
)
def test_one_consumer_takes_events_in_the_order_of_the_queue(
    queue_type: QueueType, order: list[str]
) -> None:
    """E: queue_type is an argument of the queue; with one consumer its order is seen."""
    taken: list[str] = []

    async def note(payload: Payload[Any], ctx: Context) -> Any:
        taken.append(payload.value)

    async def main() -> None:
        queue = CollectorQueue(
            [Collector("c", note)],
            min_consumers=1,
            max_consumers=1,
            queue_type=queue_type,
            default_priority=5,
        )
        async with queue:
            publisher = queue.get_publisher()
            for value, priority in [("a", 9), ("b", None), ("c", 0), ("d", 5)]:
                publisher.send(Payload(value, priority=priority))

    asyncio.run(main())
    assert taken == order


def test_the_default_priority_is_a_thousand() -> None:
    """Decision 20: payloads without a priority come between 999 and 1001, FIFO is the default."""
    queue = CollectorQueue([], min_consumers=0, max_consumers=1)
    assert queue.default_priority == 1000
    assert queue.queue_type is QueueType.FIFO


@in_loop
async def test_a_priority_spoilt_after_construction_is_refused_alone() -> None:
    """Decisions 10, 20: it is not accepted, and the events of others are not lost."""
    gate = Gate()
    async with queue_of(
        Collector("a", gate), max_consumers=1, queue_type=QueueType.PRIORITY
    ) as queue:
        publisher = queue.get_publisher()
        first, second = (publisher.send_nowait(Payload(number)) for number in range(2))
        spoilt: Payload[int] = Payload(2)
        spoilt.priority = "high"  # type: ignore[assignment]
        with pytest.raises(TypeError, match=r"^priority must be an int or None, got str: 'high'$"):
            publisher.send(spoilt)
        future = publisher.send_threadsafe(spoilt)
        gate.open()
        await publisher.wait()
        await until(future.done)
        assert isinstance(future.exception(), TypeError)
        assert first.done
        assert second.done
        assert queue.metrics().accepted == 2


class Ranked(int):
    """An int that is an int in all but its comparing."""

    def __lt__(self, other: object) -> bool:
        raise AssertionError("priorities are compared as plain ints")

    __gt__ = __le__ = __ge__ = __eq__ = __lt__
    __hash__ = int.__hash__


@in_loop
async def test_priorities_of_a_class_of_their_own_are_compared_as_ints() -> None:
    taken = []

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        taken.append(payload.value)
        return Ok(None)

    queue = queue_of(Collector("a", process), max_consumers=1, queue_type=QueueType.PRIORITY)
    async with queue:
        publisher = queue.get_publisher()
        queue.pause()
        for n in (3, 1, 2):
            publisher.send_nowait(Payload(n, priority=Ranked(n)))
        queue.resume()
        await publisher.wait()
    assert taken == [1, 2, 3]
