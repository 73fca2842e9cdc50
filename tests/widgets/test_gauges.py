"""Gauges: numbers of a queue and its collectors at a moment, and lines of the last minutes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from math import isnan, nan
from typing import Any

import pytest
from event_collector_widgets.gauges import CollectorGauge, Gauges

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Delivery,
    Ok,
    Payload,
    QueueType,
)
from tests.support import (
    Gate,
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    settle,
    virtual_loop,
)
from tests.widgets.benches import a_bench, collector, give


@asynccontextmanager
async def gauged(
    *collectors: Collector, **options: Any
) -> AsyncIterator[tuple[CollectorQueue, Gauges]]:
    """A queue that runs, and its gauges."""
    queue = queue_of(*collectors, **options)
    gauges = Gauges(queue, asyncio.get_running_loop().time)
    async with queue:
        yield queue, gauges


def of(gauges: Gauges) -> dict[str, CollectorGauge]:
    """The collectors now."""
    return gauges.collectors(gauges.look())


async def take(payload: Payload[Any], ctx: Any) -> Any:
    """Take as many seconds as told; fail if they are none."""
    await asyncio.sleep(payload.value)
    if not payload.value:
        raise ValueError
    return Ok(None)


@in_loop
async def test_a_collector_tells_who_is_in_service_and_who_waits() -> None:
    """Issue 13: a row per collector with Ok, Error, in service, waiting for it."""
    gate = Gate()
    full = Collector("full", gate, max_concurrency=2)
    async with gauged(full, Collector("echo", echo, topics=["e"])) as (queue, gauges):
        for value in range(5):
            queue.get_publisher().send(Payload(value, Delivery.KEY, keys=["full"]))
        queue.get_publisher().send(Payload("x", Delivery.TOPIC, topics=["e"]))
        await settle()
        rows = of(gauges)
        assert [*rows] == ["full", "echo"]
        assert (rows["full"].in_service, rows["full"].waiting, rows["full"].ok) == (2, 3, 0)
        assert isnan(rows["full"].mean)
        assert (rows["echo"].in_service, rows["echo"].ok, rows["echo"].errors) == (0, 1, 0)
        gate.open()
        await queue.get_publisher().wait()
        assert (of(gauges)["full"].in_service, of(gauges)["full"].ok) == (0, 5)


@in_virtual_time
async def test_the_times_of_a_collector_are_its_own() -> None:
    """Issue 13: mean and p99 service time: not those of the others that the event went to."""

    async def slow(payload: Payload[Any], ctx: Any) -> Any:
        await asyncio.sleep(10)

    async with gauged(Collector("take", take), Collector("slow", slow)) as (queue, gauges):
        for seconds in (1, 2, 3, 0):
            queue.get_publisher().send(Payload(seconds))
        await queue.get_publisher().wait()
        rows = of(gauges)
        assert (rows["take"].mean, rows["take"].p99) == (1.5, 3.0)
        assert (rows["take"].ok, rows["take"].errors) == (3, 1)
        assert (rows["slow"].mean, rows["slow"].p99) == (10.0, 10.0)


@in_loop
async def test_a_replaced_collector_begins_anew_and_is_let_go() -> None:
    """What the old one did is not the new one's; nothing is kept of those that went."""
    async with gauged(Collector("c", echo)) as (queue, gauges):
        await queue.get_publisher().send(Payload(1))
        await queue.get_publisher().wait()
        assert of(gauges)["c"].ok == 1
        for _ in range(3):
            await queue.replace(Collector("c", echo))
            assert of(gauges)["c"].ok == 0
            assert isnan(of(gauges)["c"].mean)
        assert len(gauges._times._of) == 1


@in_virtual_time
async def test_rates_are_those_of_the_queue_and_fall_to_nothing() -> None:
    """Issue 13: what a cell reads of the last minute; it does not matter when somebody looked."""
    async with gauged(Collector("echo", echo)) as (queue, gauges):
        await asyncio.sleep(1)
        assert (gauges.look().recent_arrival_rate, gauges.moving) == (0.0, False)
        for _ in range(400):
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(0.25)
        busy = gauges.look()
        assert busy == queue.metrics()
        assert (busy.recent_arrival_rate, busy.recent_throughput) == (4.0, 4.0)
        looks = 0
        while gauges.moving:
            await asyncio.sleep(1)
            gauges.look()
            looks += 1
        assert 50 <= looks <= 62
        idle = gauges.look()
        assert (idle.recent_arrival_rate, idle.recent_throughput) == (0.0, 0.0)


@in_loop
async def test_nothing_moves_before_the_first_start() -> None:
    """Rates are not known then: that is not a reason to look again and again."""
    gauges = Gauges(queue_of(Collector("echo", echo)), asyncio.get_running_loop().time)
    assert isnan(gauges.look().recent_arrival_rate)
    assert not gauges.moving


@in_virtual_time
async def test_samples_are_a_second_apart_and_five_minutes_old_at_most() -> None:
    """Issue 13: small lines over the last minutes, bounded."""
    async with gauged(Collector("echo", echo)) as (queue, gauges):
        for _ in range(2_000):
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(0.25)
            gauges.look()
        times = [sample.at for sample in gauges.samples]
        assert 290 <= len(times) <= 301
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))
        assert times[-1] - times[0] <= 300.0
        assert gauges.series("recent_arrival_rate", 10) == pytest.approx([4.0] * 10)
        assert len(gauges.series("p50_wait_time")) <= 300
        with pytest.raises(AttributeError):
            gauges.series("latency")


@in_virtual_time
async def test_a_line_holds_while_idle_and_has_a_gap_where_nobody_looked() -> None:
    """A value a second: time that nobody showed is neither left out nor made up."""
    async with gauged(Collector("gate", Gate()), shutdown_timeout=0) as (queue, gauges):
        gauges.look()
        await asyncio.sleep(3)
        queue.get_publisher().send(Payload(1))
        await settle()
        gauges.look()
        await asyncio.sleep(3)
        gauges.look()
        assert repr(gauges.series("in_service")) == repr([0.0, 0.0, 0.0, 1.0, nan, nan, 1.0])


@pytest.mark.parametrize("order", QueueType)
@in_virtual_time
async def test_the_age_of_the_oldest_queued_event_is_right_in_every_order(order: QueueType) -> None:
    """Issue 13: age of the oldest queued event, whoever looked when, and however many went by."""
    gate, loop, sent = Gate(), virtual_loop(), list[CollectorEvent]()
    async with gauged(Collector("gate", gate), queue_type=order, max_consumers=1) as (
        queue,
        gauges,
    ):
        for number in range(6):
            sent.append(queue.get_publisher().send_nowait(Payload(number, priority=-number)))
            await asyncio.sleep(1)
        while queued := [one for one in sent if one.status == "queued"]:
            assert gauges.look().oldest_wait_time == loop.time() - queued[0].accepted_at
            gate.let_go(gate.begun[-1])
            await settle()
        assert gauges.look().oldest_wait_time == 0.0
        gate.open()


@in_loop
async def test_what_was_cut_off_is_in_service_no_more() -> None:
    """A processor may outlast a forced shutdown, or its loop; it is not counted for ever."""
    gate = Gate()
    queue = queue_of(Collector("gate", gate), shutdown_timeout=0)
    gauges = Gauges(queue, asyncio.get_running_loop().time)
    async with queue:
        queue.get_publisher().send(Payload(1))
        await settle()
        assert of(gauges)["gate"].in_service == 1
    assert of(gauges)["gate"].in_service == 0


@in_loop
async def test_the_workbench_knows_the_times_of_payloads_before_a_panel_is_shown() -> None:
    """A first look finds numbers, not dashes."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(1))
        assert of(bench.gauges)["x"].mean > 0
