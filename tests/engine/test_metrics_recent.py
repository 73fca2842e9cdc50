"""What a reading tells of the moment: recent rates, the oldest queued event, and idleness."""

import asyncio
from math import isnan, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Metrics,
    Ok,
    Payload,
    QueueType,
)
from event_collector.metrics import RECENT, Tally, read
from tests.support import VirtualTimeLoop, echo, forever, in_virtual_time, queue_of, run


async def for_a_minute(payload: Payload[Any], ctx: Context) -> Any:
    """Take 100 s."""
    await asyncio.sleep(100)
    return Ok(None)


def reading(tally: Tally, now: float) -> Metrics:
    """What there is to read of a tally."""
    limits = (0, 1)
    return read(tally, in_service=0, consumer_limits=limits, collectors={}, blocking={}, now=now)


async def send_steadily(queue: CollectorQueue, seconds: int) -> None:
    """Send two payloads a second, half of them on the second."""
    for _ in range(seconds):
        for _ in range(2):
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(0.5)


@in_virtual_time
async def test_recent_rates_fall_when_nothing_comes_and_those_of_the_window_stay() -> None:
    """After idle hours a reading says that nothing happens; the window is that of the last load."""
    async with queue_of(Collector("a", echo)) as queue:
        await send_steadily(queue, 200)
        busy = queue.metrics()
        assert (busy.recent_arrival_rate, busy.recent_throughput) == (2, 2)
        await asyncio.sleep(30)
        half = queue.metrics()
        assert (half.recent_arrival_rate, half.recent_throughput) == (1, 1)
        await asyncio.sleep(3600)
        idle = queue.metrics()
        assert (idle.recent_arrival_rate, idle.recent_throughput) == (0, 0)
        assert idle.arrival_rate == busy.arrival_rate == pytest.approx(2)
        assert idle.throughput == busy.throughput
        await send_steadily(queue, 30)
        assert queue.metrics().recent_arrival_rate == 1


@in_virtual_time
async def test_a_queue_that_has_just_started_counts_from_its_start() -> None:
    """Ten seconds of two a second are two a second, not a third of one."""
    queue = queue_of(Collector("a", echo))
    before = queue.metrics()
    assert isnan(before.recent_arrival_rate)
    assert isnan(before.recent_throughput)
    async with queue:
        assert queue.metrics().recent_arrival_rate == 0
        await send_steadily(queue, 10)
        assert queue.metrics().recent_arrival_rate == 2
        assert queue.metrics().recent_throughput == 2


@in_virtual_time
async def test_the_end_of_a_long_processor_counts_when_it_comes() -> None:
    """Nothing happened for longer than the minute, and then an event is done."""
    async with queue_of(Collector("a", for_a_minute)) as queue:
        event = queue.get_publisher().send_nowait(Payload(1))
        await event.wait()
        now = queue.metrics()
        assert (now.recent_arrival_rate, now.recent_throughput) == (0, 1 / RECENT)


def test_a_queue_that_is_started_again_in_a_loop_with_another_clock_counts_anew() -> None:
    """What the old clock said is not compared with the new one."""
    queue = queue_of(Collector("a", echo))

    async def use(later: float, seconds: int) -> Metrics:
        await asyncio.sleep(later)
        async with queue:
            await asyncio.sleep(3)
            assert queue.metrics().idle_time == 3
            await send_steadily(queue, seconds)
            return queue.metrics()

    first = run(use(10_000, 100), loop_factory=VirtualTimeLoop, timeout=1e6)
    second = run(use(0, 17), loop_factory=VirtualTimeLoop, timeout=1e6)
    assert first.recent_arrival_rate == 2
    assert second.recent_arrival_rate == 34 / 20
    assert second.recent_throughput == 34 / 20
    assert second.accepted == 234


times = st.lists(st.floats(0, 200), min_size=1, max_size=200).map(sorted)


@given(times, times, st.floats(0, 200))
def test_recent_rates_miss_less_than_what_happened_in_one_second(
    arrivals: list[float], ends: list[float], later: float
) -> None:
    """Counted per second: only the second in which the minute began is shared out."""
    tally = Tally()
    tally.start(0.0)
    for at, what in sorted([(at, 0) for at in arrivals] + [(at, 1) for at in ends]):
        if at >= tally.second_ends:
            tally.tick(at)
        tally.accepted += what == 0
        tally.finished += what == 1
    now = max(arrivals[-1], ends[-1]) + later
    if now < RECENT:
        return
    found = reading(tally, now)
    for events, rate in (
        (arrivals, found.recent_arrival_rate),
        (ends, found.recent_throughput),
    ):
        least = sum(at > now - RECENT + 1 for at in events)
        most = sum(at >= now - RECENT - 1 for at in events)
        assert least - 1e-6 <= rate * RECENT <= most + 1e-6


def test_what_is_kept_for_the_rates_does_not_grow() -> None:
    """A minute of seconds, and no more."""
    tally = Tally()
    tally.start(0.0)
    for second in range(10_000):
        tally.tick(float(second))
    assert len(tally.seconds) < RECENT + 5
    assert tally.seconds[0][0] <= 9_999 - RECENT


@pytest.mark.parametrize("queue_type", QueueType)
@in_virtual_time
async def test_the_oldest_queued_event_is_found_whatever_the_order(queue_type: QueueType) -> None:
    """It says for how long the oldest one waits, and nothing of those that were taken."""
    async with queue_of(Collector("a", echo), queue_type=queue_type) as queue:
        publisher = queue.get_publisher()
        queue.pause()
        assert queue.metrics().oldest_wait_time == 0.0
        for priority in (5, 9, 1):
            publisher.send(Payload(1, priority=priority))
            await asyncio.sleep(10)
        assert queue.metrics().oldest_wait_time == 30.0
        queue.step()
        await asyncio.sleep(0)
        left = 20.0 if queue_type is QueueType.FIFO else 30.0
        assert queue.metrics().oldest_wait_time == left
        queue.resume()
        await publisher.wait()
        assert queue.metrics().oldest_wait_time == 0.0


@pytest.mark.parametrize("queue_type", QueueType)
@in_virtual_time
async def test_an_event_that_waits_for_a_full_collector_can_be_the_oldest(
    queue_type: QueueType,
) -> None:
    """It is queued, though not in the buffer."""
    full = Collector("full", forever, max_concurrency=1)
    queue = queue_of(full, Collector("a", echo), queue_type=queue_type, shutdown_timeout=0)
    async with queue:
        queue.get_publisher().send(Payload(1, Delivery.KEY, keys=["full"]))
        await asyncio.sleep(5)
        for _ in range(3):
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(7)
        now = queue.metrics()
        assert (now.queued, now.in_service, now.oldest_wait_time) == (3, 1, 21.0)
        assert queue.metrics().idle_time == 0.0


@in_virtual_time
async def test_idle_time_counts_from_the_last_end_and_not_while_something_is_there() -> None:
    """From the start, too, where nothing has come yet."""
    queue = queue_of(Collector("a", for_a_minute))
    assert isnan(queue.metrics().idle_time)
    async with queue:
        await asyncio.sleep(4)
        assert queue.metrics().idle_time == 4
        event = queue.get_publisher().send_nowait(Payload(1))
        assert queue.metrics().idle_time == 0
        await asyncio.sleep(50)
        assert queue.metrics().idle_time == 0
        await event.wait()
        assert queue.metrics().idle_time == 0
        await asyncio.sleep(6)
        assert queue.metrics().idle_time == 6
    await asyncio.sleep(1)
    assert queue.metrics().idle_time == 7


@in_virtual_time
async def test_an_event_that_is_cut_off_ends_the_work_too() -> None:
    """Though no consumer ever took it."""
    queue = queue_of(Collector("a", forever), max_consumers=1, shutdown_timeout=50)
    async with queue:
        for _ in range(2):
            queue.get_publisher().send(Payload(1))
        await asyncio.sleep(1)
    now = queue.metrics()
    assert (now.finished, now.idle_time) == (2, 0)
    assert now.recent_throughput == 2 / 51


def test_a_reading_of_a_queue_that_never_ran_tells_nothing_of_now() -> None:
    """There is no clock yet."""
    now = reading(Tally(), nan)
    assert isnan(now.recent_arrival_rate)
    assert isnan(now.recent_throughput)
    assert isnan(now.idle_time)
    assert now.oldest_wait_time == 0.0


@in_virtual_time
async def test_in_the_very_moment_of_the_start_nothing_was_quick() -> None:
    """No time has passed in which anything could have come, and what has come took none."""
    async with queue_of(Collector("echo", echo)) as queue:
        assert (queue.metrics().recent_arrival_rate, queue.metrics().recent_throughput) == (0, 0)
        await queue.get_publisher().send(Payload(1)).wait()
        assert (queue.metrics().recent_arrival_rate, queue.metrics().recent_throughput) == (0, 0)
