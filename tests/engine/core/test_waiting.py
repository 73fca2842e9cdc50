"""Waiting: for room in a bounded queue, for all events before a barrier, and awaited senders."""

import asyncio
import itertools
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from event_collector import (
    Collector,
    Payload,
)
from event_collector._core.slices import SLICE
from event_collector._core.waiting import Barriers, Room
from tests.support import (
    Gate,
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    settle,
    until,
    virtual_loop,
)


class RoomIn:
    """What an awaited sender waits for."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def __await__(self) -> Generator[Any, Any, None]:
        return self._room.wait()


async def wait_for_room(room: Room, name: str, gone: list[str]) -> None:
    await RoomIn(room)
    gone.append(name)


@dataclass
class Count:
    """How many events were accepted, and finished."""

    accepted: int
    finished: int


@in_loop
async def test_room_lets_go_in_order_and_as_many_as_it_has() -> None:
    """Decision 8: who waits longest goes first; more wait than are let go."""
    room = Room(asyncio.get_running_loop(), limit=2)
    gone: list[str] = []
    senders = [asyncio.create_task(wait_for_room(room, name, gone)) for name in "abcd"]
    await settle()
    for queued, expected in ((6, ""), (5, "a"), (4, "ab"), (2, "abcd"), (0, "abcd")):
        room.let_go(queued)
        await settle()
        assert "".join(gone) == expected
    await asyncio.gather(*senders)


@in_loop
async def test_a_sender_that_gives_up_makes_no_room() -> None:
    """Decision 8: its event stays queued, so the others wait for theirs."""
    room = Room(asyncio.get_running_loop(), limit=1)
    gone: list[str] = []
    senders = [asyncio.create_task(wait_for_room(room, name, gone)) for name in "abc"]
    await settle()
    senders[1].cancel()
    await settle()
    for queued, expected in ((4, ""), (3, ""), (2, "a"), (1, "ac")):
        room.let_go(queued)
        await settle()
        assert "".join(gone) == expected
    assert senders[1].cancelled()


async def wait_for_place(room: Room, name: str, queued: list[str]) -> None:
    await room.place(queued)
    queued.append(name)


@in_loop
async def test_who_comes_later_does_not_take_a_place_that_is_given_away() -> None:
    """Decision 8: who was let go has not sent yet, and the bound holds all the same."""
    loop = asyncio.get_running_loop()
    room = Room(loop, limit=2)
    queued = ["x", "y"]
    first = asyncio.create_task(wait_for_place(room, "first", queued))
    await settle()
    queued.remove("x")
    room.let_go(len(queued))
    late = asyncio.Task(wait_for_place(room, "late", queued), loop=loop, eager_start=True)
    await settle()
    assert queued == ["y", "first"]
    queued.remove("y")
    room.let_go(len(queued))
    await asyncio.gather(first, late)
    assert queued == ["first", "late"]


@in_loop
async def test_the_place_of_one_who_is_cancelled_as_it_gets_it_is_the_next_ones() -> None:
    """Nothing is sent, so nothing leaves the queue either that would let the next one go."""
    room = Room(asyncio.get_running_loop(), limit=1)
    queued = ["x"]
    first, second = (
        asyncio.create_task(wait_for_place(room, name, queued)) for name in ("first", "second")
    )
    await settle()
    queued.remove("x")
    room.let_go(len(queued))
    first.cancel()
    await settle()
    assert first.cancelled()
    assert queued == ["second"]
    await second


@in_loop
async def test_a_barrier_falls_with_the_last_of_its_events() -> None:
    """Decision 16: in whatever order they finish; later events do not count."""
    barriers = Barriers()
    loop = asyncio.get_running_loop()
    assert not barriers.lasts
    await barriers.wait(loop, Count(5, 5 - 0))
    first = asyncio.create_task(barriers.wait(loop, Count(2, 2 - 2)))
    second = asyncio.create_task(barriers.wait(loop, Count(3, 3 - 3)))
    await settle()
    fallen = []
    for number in (4, 2, 3, 1):
        assert barriers.lasts
        barriers.passed_by(number)
        await settle()
        fallen.append((first.done(), second.done()))
    assert fallen == [(False, False), (False, False), (False, False), (True, True)]
    assert not barriers.lasts


@in_loop
async def test_a_barrier_that_nobody_waits_for_any_more_is_gone() -> None:
    """Decision 16: cancelled, it leaves nothing behind."""
    barriers = Barriers()
    waiting = asyncio.create_task(barriers.wait(asyncio.get_running_loop(), Count(1, 1 - 1)))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not barriers.lasts
    barriers.passed_by(1)


@in_loop
async def test_an_awaited_sender_makes_way_for_others() -> None:
    """Decision 17: a loop of awaited sends does not keep the event loop to itself."""
    beats: list[int] = []

    async def heartbeat() -> None:
        while True:
            beats.append(queue.metrics().accepted)
            await asyncio.sleep(0)

    async with queue_of(Collector("a", echo)) as queue:
        beating = asyncio.create_task(heartbeat())
        for value in range(2000):
            await queue.get_publisher().send(Payload(value))
        beating.cancel()
        await asyncio.wait([beating])  # or it is left behind where the loop ends at once
        assert max(later - sooner for sooner, later in itertools.pairwise(beats)) <= 256


@in_virtual_time
async def test_a_slow_sender_makes_way_after_its_slice() -> None:
    """Decision 17: by the clock, too: a millisecond of sending, then others have their turn."""
    loop = virtual_loop()
    beats: list[int] = []

    async def heartbeat() -> None:
        while True:
            beats.append(queue.metrics().accepted)
            await asyncio.sleep(0)

    async with queue_of(Collector("a", echo)) as queue:
        beating = asyncio.create_task(heartbeat())
        for value in range(100):
            await queue.get_publisher().send(Payload(value))
            loop.advance(SLICE / 4)
        beating.cancel()
        await asyncio.wait([beating])  # or it is left behind where the loop ends at once
        assert max(later - sooner for sooner, later in itertools.pairwise(beats)) <= 5


@pytest.mark.parametrize("limit", [1, 2, 3])
@in_loop
async def test_a_sender_that_comes_later_does_not_overtake_those_who_were_just_let_go(
    limit: int,
) -> None:
    """Decision 8: room is given in order, also to those who have it and have not gone on yet."""
    gone: list[int] = []

    async def sender(value: int) -> None:
        await queue.get_publisher().send(Payload(value))
        gone.append(value)

    async with queue_of(Collector("a", echo), max_consumers=2, max_queued=limit) as queue:
        senders = [asyncio.create_task(sender(value)) for value in range(8)]
        for value in range(8, 30):
            await asyncio.sleep(0)
            senders.append(asyncio.create_task(sender(value)))
        await asyncio.gather(*senders)
        room = queue._consumers.queued.room
        assert room is not None
        assert not room.going
    assert gone == list(range(30))


@in_virtual_time
async def test_ten_thousand_senders_that_wait_for_room_are_let_go_in_order() -> None:
    """Decision 8: however many wait, each goes in its turn, and none twice."""
    gate = Gate()
    gone: list[int] = []

    async def sender(value: int) -> None:
        await queue.get_publisher().send(Payload(value))
        gone.append(value)

    async with queue_of(Collector("a", gate), max_consumers=1, max_queued=1) as queue:
        senders = [asyncio.create_task(sender(value)) for value in range(10_000)]
        await until(lambda: gate.begun)
        gate.open()
        await asyncio.gather(*senders)
    assert gone == list(range(10_000))


@in_loop
async def test_a_barrier_given_up_does_not_make_the_next_one_fall_early() -> None:
    """Decision 16: who waits for all events waits for those before another's barrier, too."""
    barriers, loop = Barriers(), asyncio.get_running_loop()
    first = asyncio.create_task(barriers.wait(loop, Count(2, 2 - 2)))
    second = asyncio.create_task(barriers.wait(loop, Count(3, 3 - 3)))
    await settle()
    first.cancel()
    await settle()
    for number in (1, 3, 2):
        assert not second.done()
        barriers.passed_by(number)
        await settle()
    assert second.done()


@in_loop
async def test_publisher_wait_waits_for_all_accepted_so_far() -> None:
    """Decision 16: for each of them, however they finish, and for none that come later."""
    gate = Gate()
    queue = queue_of(Collector("a", gate))
    await queue.get_publisher().wait()
    async with queue:
        publisher = queue.get_publisher()
        for value in range(3):
            publisher.send(Payload(value))
        waiting = asyncio.create_task(publisher.wait())
        await until(lambda: len(gate.begun) == 3)
        publisher.send(Payload("later"))
        gate.let_go(2)
        gate.let_go(0)
        await settle()
        assert not waiting.done()
        gate.let_go(1)
        await waiting
        assert (queue.metrics().finished, queue.metrics().in_service) == (3, 1)
        gate.open()
    await queue.get_publisher().wait()
