"""The slice of a turn: how long the engine uses the loop before others have their turn."""

import asyncio
from typing import Any

from event_collector import (
    Collector,
    Instrument,
    Payload,
)
from event_collector._core.slices import SLICE, TimeSlice, clock
from event_collector.simulation import simulate
from tests.support import (
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    virtual_loop,
)


@in_virtual_time
async def test_a_slice_opens_with_the_first_question_and_ends_after_its_time() -> None:
    """Decision 17: one turn of the loop lends the engine a millisecond."""
    loop = virtual_loop()
    over = TimeSlice(loop).over
    assert not over(loop.time())
    loop.advance(SLICE / 2)
    assert not over(loop.time())
    loop.advance(SLICE / 2)
    assert over(loop.time())
    assert over(loop.time())


@in_virtual_time
async def test_a_new_turn_of_the_loop_is_a_new_slice() -> None:
    """Decision 17: it closes when the loop comes round."""
    loop = virtual_loop()
    over = TimeSlice(loop).over
    for _ in range(3):
        assert not over(loop.time())
        loop.advance(SLICE)
        assert over(loop.time())
        await asyncio.sleep(0)


@in_virtual_time
async def test_a_slice_has_the_length_that_it_is_given() -> None:
    """Senders have a slice of their own, half as long, so that consumers always have time."""
    loop = virtual_loop()
    short = TimeSlice(loop, SLICE / 2)
    assert not short.over(loop.time())
    loop.advance(SLICE / 2)
    assert short.over(loop.time())


def test_the_clock_is_that_of_the_loop() -> None:
    """Decision 21: a loop with a clock of its own is asked for it."""

    class OwnClock(asyncio.SelectorEventLoop):
        def time(self) -> float:
            return 42.0

    own = OwnClock()
    try:
        assert clock(own)() == 42.0
    finally:
        own.close()


@in_loop
async def test_a_heartbeat_goes_on_between_a_million_steps() -> None:
    """One slice for senders and one for consumers: others have their turn after that."""
    turns = 0
    loop = asyncio.get_running_loop()

    def beat() -> None:
        nonlocal turns
        turns += 1
        if running:
            loop.call_soon(beat)

    running = True
    async with queue_of(Collector("c", echo)) as queue:
        publisher = queue.get_publisher()
        beat()
        for number in range(20_000):
            await publisher.send(Payload(number))
        await publisher.wait()
        running = False
        assert turns >= 20_000 // 256
        await asyncio.sleep(0)


def test_simulated_turns_are_told_to_whoever_asks_for_them_however_late() -> None:
    """Decision 21: where no slice is ever used up, none is opened, until somebody wants to know."""

    async def turns_told(before: int, after: int) -> tuple[int, int]:
        told: list[int] = []

        class Counting(Instrument):
            def loop_turn(self) -> None:
                told.append(1)

        async with queue_of(Collector("echo", echo)) as queue:
            publisher = queue.get_publisher()
            for _ in range(before):
                await (await publisher.send(Payload(0))).wait()
                await asyncio.sleep(1)
            counting = Counting()
            queue.add_instrument(counting)
            for _ in range(after):
                await (await publisher.send(Payload(0))).wait()
                await asyncio.sleep(1)
            first = len(told)
            queue.remove_instrument(counting)
            await (await publisher.send(Payload(0))).wait()
            await asyncio.sleep(1)
            return first, len(told)

    assert simulate(lambda: turns_told(3, 4)) == (4, 4)
    assert simulate(lambda: turns_told(0, 2)) == (2, 2)


def test_a_slice_leaves_nothing_to_call_on_a_clock_that_stands_still() -> None:
    """A callback in each turn would be a tenth of what a simulated event takes."""

    async def callbacks_left() -> list[int]:
        loop = asyncio.get_running_loop()
        one = TimeSlice(loop)
        ready: Any = loop._ready  # type: ignore[attr-defined]
        before = len(ready)
        counts = [one.over(loop.time()) + len(ready) - before]
        one.tell_of_turns(wanted=True)
        counts.append(one.over(loop.time()) + len(ready) - before)
        return counts

    assert simulate(callbacks_left) == [0, 1]
