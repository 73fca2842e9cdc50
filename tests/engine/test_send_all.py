"""`publisher.send_all`: many payloads, each when there is room."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Instrument,
    Ok,
    Payload,
    QueueFullError,
    Result,
)
from tests.support import (
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    virtual_loop,
    wait_a_turn,
)


def payloads(count: int) -> list[Payload[int]]:
    """So many payloads."""
    return [Payload(value) for value in range(count)]


async def one_by_one(many: list[Payload[int]]) -> AsyncIterator[Payload[int]]:
    """Each after a turn."""
    for payload in many:
        await asyncio.sleep(0)
        yield payload


class ByNumber:
    """What `for` goes through by `__getitem__` alone."""

    def __init__(self, many: list[Payload[int]]) -> None:
        self.many = many

    def __getitem__(self, number: int) -> Payload[int]:
        return self.many[number]


KINDS: dict[str, Callable[[list[Payload[int]]], Any]] = {
    "list": list,
    "tuple": tuple,
    "deque": deque,
    "iterator": iter,
    "generator": lambda many: (one for one in many),
    "mapping's values": lambda many: dict(enumerate(many)).values(),
    "async iterator": one_by_one,
    "items by number": ByNumber,
}
SIZED = ("list", "tuple", "deque", "mapping's values")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("max_queued", [None, 1, 3])
@in_virtual_time
async def test_it_sends_all_in_order_and_returns_their_events(
    kind: str, max_queued: int | None
) -> None:
    """Whatever the payloads come from; the last is accepted when it returns."""
    told: list[tuple[int, int | None]] = []
    many = payloads(20)
    async with queue_of(Collector("a", wait_a_turn), max_queued=max_queued) as queue:
        events = await queue.get_publisher().send_all(
            KINDS[kind](many), progress=lambda done, total: told.append((done, total))
        )
        assert [event.payload for event in events] == many
        assert [event.id for event in events] == list(range(1, 21))
        assert queue.metrics().accepted == 20
        assert await events[-1].wait() == [Ok(19)]
    assert told == [(20, 20 if kind in SIZED else None)]


@in_loop
async def test_nothing_to_send_is_fine() -> None:
    """No events, and one call of `progress`."""
    told: list[tuple[int, int | None]] = []
    async with queue_of(Collector("a", echo)) as queue:
        publisher = queue.get_publisher()
        assert await publisher.send_all([], progress=lambda *counts: told.append(counts)) == []
        assert await publisher.send_all(iter(())) == []
    assert told == [(0, 0)]


class Bound(Instrument):
    """Sees that what send_all sends never makes more queued than there may be."""

    def __init__(self, queue: CollectorQueue) -> None:
        self.queue = queue
        self.most = 0

    def accepted(self, event: CollectorEvent) -> None:
        if event.payload.topics == ["many"]:
            self.most = max(self.most, self.queue.metrics().queued)


@pytest.mark.parametrize("seed", range(25))
@in_virtual_time
async def test_never_more_are_queued_than_may_be(seed: int) -> None:
    """Several at once, ordinary senders beside, cancelled ones, pauses, a bound that changes."""
    chance = random.Random(seed)
    low, high = sorted(chance.sample(range(1, 8), 2))

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        return Ok(payload.value)

    queue = queue_of(
        Collector("a", process), max_consumers=chance.choice([1, 2, 5]), max_queued=low
    )
    bound = Bound(queue)
    queue.add_instrument(bound)
    publisher = queue.get_publisher()

    async def slowly(count: int) -> AsyncIterator[Payload[int]]:
        for value in range(count):
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            yield Payload(value, topics=["many"])

    async def beside() -> None:
        for value in range(30):
            await publisher.send(Payload(value))
            if chance.random() < 0.3:
                await asyncio.sleep(0)

    async with queue:
        many = [
            asyncio.create_task(publisher.send_all(slowly(chance.randrange(40)))) for _ in range(4)
        ]
        other = [asyncio.create_task(beside()) for _ in range(chance.randrange(3))]
        for _ in range(60):
            await asyncio.sleep(0)
            match chance.randrange(12):
                case 0:
                    many[0].cancel()
                case 1:
                    queue.pause()
                case 2 | 3 | 4:
                    queue.resume()
                case 5:
                    bound.most = 0
                    queue.set_limits(max_queued=high)
        queue.resume()
        await asyncio.wait([*many, *other], timeout=1000)
        assert all(task.done() for task in [*many, *other])
        assert bound.most <= (queue.max_queued or 0)
        assert sum(len(task.result()) for task in many if not task.cancelled()) <= 160
        await publisher.wait()


@in_virtual_time
async def test_progress_is_called_ten_times_a_second_at_most_and_at_the_end() -> None:
    """By the loop's clock; never for what is not accepted yet."""
    told: list[tuple[float, int, int | None]] = []
    loop = virtual_loop()

    async def timed(count: int, seconds: float) -> AsyncIterator[Payload[int]]:
        for value in range(count):
            await asyncio.sleep(seconds)
            yield Payload(value)

    def progress(accepted: int, total: int | None) -> None:
        assert accepted == queue.metrics().accepted
        told.append((loop.time(), accepted, total))

    async with queue_of(Collector("a", echo)) as queue:
        await queue.get_publisher().send_all(timed(1000, 1 / 256), progress=progress)
    times = [time for time, _, _ in told]
    gaps = [later - earlier for earlier, later in pairwise(times[:-1])]
    assert all(gap >= 0.1 for gap in gaps)
    assert 30 <= len(told) <= 40
    assert told[-1][1:] == (1000, None)
    assert [accepted for _, accepted, _ in told] == sorted(accepted for _, accepted, _ in told)


@in_virtual_time
async def test_progress_tells_what_was_accepted_while_the_source_rests_or_there_is_no_room() -> (
    None
):
    """Once, and no more while nothing is accepted."""
    told: list[tuple[float, int, int | None]] = []
    loop = virtual_loop()

    async def rests() -> AsyncIterator[Payload[int]]:
        for value in range(5):
            yield Payload(value)
        await asyncio.sleep(10)
        yield Payload(5)

    async def slow(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(10)
        return Ok(None)

    def progress(accepted: int, total: int | None) -> None:
        told.append((round(loop.time() - began, 1), accepted, total))

    async with queue_of(Collector("a", echo)) as queue:
        began = loop.time()
        await queue.get_publisher().send_all(rests(), progress=progress)
    assert told[0] == (0.1, 5, None)
    assert told[-1] == (10.0, 6, None)
    assert len(told) <= 3
    told.clear()
    async with queue_of(Collector("a", slow), max_consumers=1, max_queued=2) as queue:
        began = loop.time()
        await queue.get_publisher().send_all(payloads(4), progress=progress)
    assert told[0][0] == 0.1
    assert 0 < told[0][1] < 4
    assert told[-1][:2] == (10.0, 4)
    assert {total for _, _, total in told} == {4}


@in_loop
async def test_it_hands_over_to_others_as_send_does() -> None:
    """Others have their turn while many are sent without a bound."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with queue_of(Collector("a", echo)) as queue:
        task = asyncio.create_task(other())
        await queue.get_publisher().send_all(payloads(2560))
        assert turns >= 5
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize("others", ["send", "send_nowait"])
@in_virtual_time
async def test_it_has_its_turn_beside_those_who_send_again_and_again(others: str) -> None:
    """Who came first goes first: senders that keep the queue full wait behind it."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0.001)
        return Ok(None)

    queue = queue_of(Collector("a", process), max_consumers=1, max_queued=1)
    publisher = queue.get_publisher()

    async def again_and_again() -> None:
        while True:
            if others == "send":
                await publisher.send(Payload("other"))
                continue
            with contextlib.suppress(QueueFullError):
                publisher.send_nowait(Payload("other"))
            await asyncio.sleep(0.0001)

    async with queue:
        beside = [asyncio.create_task(again_and_again()) for _ in range(3)]
        await asyncio.sleep(0.01)
        async with asyncio.timeout(1):
            assert len(await publisher.send_all([Payload("mine")] * 5)) == 5
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)
