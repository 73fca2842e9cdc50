"""Gauges: numbers of a queue and its collectors at a moment, and lines of the last minutes."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from math import isnan, nan
from typing import Any

import pytest
from event_collector_widgets.gauges import (
    CollectorGauge,
    Gauges,
    Processing,
    QueueGauge,
    warning,
)
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Delivery,
    History,
    Ok,
    Payload,
    QueueType,
)
from tests.support import (
    Gate,
    VirtualTimeLoop,
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    run,
    settle,
    virtual_loop,
)
from tests.widgets.benches import a_bench, collector, give


@asynccontextmanager
async def gauged(
    *collectors: Collector, history: int = 10_000, **options: Any
) -> AsyncIterator[tuple[CollectorQueue, Gauges]]:
    """A queue that runs, and its gauges."""
    queue = queue_of(*collectors, **options)
    gauges = Gauges(queue, History(queue, history), asyncio.get_running_loop().time)
    async with queue:
        yield queue, gauges


def of(gauges: Gauges) -> dict[str, CollectorGauge]:
    """The collectors now."""
    return gauges.collectors(gauges.look().metrics)


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
        assert len(gauges._processing._of) == 1


@in_virtual_time
async def test_rates_are_of_the_last_seconds_and_fall_to_nothing() -> None:
    """Issue 13: arrival rate and throughput over the last seconds, not of the last thousand."""
    async with gauged(Collector("echo", echo)) as (queue, gauges):
        assert (gauges.look().arrival_rate, gauges.moving) == (0.0, False)
        for _ in range(40):
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(0.25)
            gauges.look()
        busy = gauges.look()
        assert busy.arrival_rate == pytest.approx(4.0, rel=0.1)
        assert busy.throughput == pytest.approx(4.0, rel=0.1)
        looks = 0
        while gauges.moving:
            await asyncio.sleep(1)
            gauges.look()
            looks += 1
        assert looks <= 7
        idle = gauges.look()
        assert (idle.arrival_rate, idle.throughput) == (0.0, 0.0)
        await asyncio.sleep(100)
        for _ in range(50):
            queue.get_publisher().send(Payload(1))
        await settle()
        assert gauges.look().arrival_rate == pytest.approx(0.5, rel=0.1)  # since the look before


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
        assert len(gauges._counts) < 60
        assert gauges.series("arrival_rate", 10) == pytest.approx([4.0] * 10)
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
async def test_the_oldest_queued_event_is_found_in_every_order(order: QueueType) -> None:
    """Issue 13: age of the oldest queued event."""
    gate, loop = Gate(), virtual_loop()
    how: dict[str, Any] = {"queue_type": order, "max_consumers": 1}
    async with gauged(Collector("gate", gate), **how) as (queue, gauges):
        assert isnan(gauges.look().oldest_age)
        for number in range(6):
            queue.get_publisher().send(Payload(number, priority=-number))
            await asyncio.sleep(1)
        while any(event.status != "done" for event in gauges._oldest._history):
            gauge = gauges.look()
            queued = [one for one in gauges._oldest._history if one.status == "queued"]
            if queued:
                assert gauge.oldest_age == loop.time() - queued[0].accepted_at
                assert not gauge.at_least
            gate.let_go(gate.begun[-1])
            await settle()
        assert isnan(gauges.look().oldest_age)


@in_virtual_time
async def test_an_age_says_at_least_where_the_history_was_too_short() -> None:
    """Never something that is not so: what went out unseen may be older."""
    gate = Gate()
    async with gauged(Collector("gate", gate), history=3, max_consumers=1) as (queue, gauges):
        for number in range(6):
            queue.get_publisher().send(Payload(number))
            await asyncio.sleep(1)
        gauge = gauges.look()
        assert (gauge.queued, gauge.oldest_age, gauge.at_least) == (5, 3.0, True)
        for number in range(4):
            gate.let_go(number)
            await settle()
        gauge = gauges.look()
        assert (gauge.queued, gauge.oldest_age, gauge.at_least) == (1, 1.0, False)
        gate.open()


@given(
    st.lists(st.sampled_from(["send", "let go", "look", "clear"]), max_size=60),
    st.sampled_from([2, 5, 1_000]),
)
def test_an_age_is_right_or_says_at_least(plan: list[str], limit: int) -> None:
    """Whenever somebody looks: exact, or a bound that says so."""

    async def main() -> None:
        gate = Gate()
        sent: list[CollectorEvent] = []
        async with gauged(Collector("g", gate), history=limit, max_consumers=2) as (queue, gauges):
            for what in plan:
                if what == "send":
                    sent.append(queue.get_publisher().send_nowait(Payload(len(sent))))
                elif what == "let go":
                    for value in [one for one in gate.begun if one not in gate.ended][-1:]:
                        gate.let_go(value)
                elif what == "clear":
                    gauges._oldest._history.clear()
                else:
                    check(gauges.look(), [one for one in sent if one.status == "queued"])
                await asyncio.sleep(1)
            check(gauges.look(), [one for one in sent if one.status == "queued"])
            gate.open()

    def check(gauge: QueueGauge, queued: list[Any]) -> None:
        age = gauge.at - queued[0].accepted_at if queued else nan
        if not gauge.at_least:
            assert repr(gauge.oldest_age) == repr(age)
        elif not isnan(gauge.oldest_age):
            assert gauge.oldest_age <= age

    run(main(), loop_factory=VirtualTimeLoop, timeout=1e6)


@in_loop
async def test_it_holds_no_more_than_what_may_be_queued() -> None:
    """One event that waits for ever under many that pass it by."""
    gate = Gate()
    stuck = Collector("stuck", gate, max_concurrency=1)
    async with gauged(stuck, Collector("echo", echo)) as (queue, gauges):
        publisher = queue.get_publisher()
        for _ in range(2):
            publisher.send(Payload(1, Delivery.KEY, keys=["stuck"]))
        for _ in range(40):
            for _ in range(100):
                await publisher.send(Payload(2, Delivery.KEY, keys=["echo"]))
            gauges.look()
        assert len(gauges._oldest._maybe) <= 1_100
        gate.open()


@in_loop
async def test_what_was_cut_off_is_in_service_no_more() -> None:
    """A processor may outlast a forced shutdown, or its loop; it is not counted for ever."""
    gate = Gate()
    queue = queue_of(Collector("gate", gate), shutdown_timeout=0)
    gauges = Gauges(queue, History(queue), asyncio.get_running_loop().time)
    async with queue:
        queue.get_publisher().send(Payload(1))
        await settle()
        assert of(gauges)["gate"].in_service == 1
    assert of(gauges)["gate"].in_service == 0


@in_loop
async def test_an_end_that_is_heard_too_late_is_no_fault() -> None:
    """A hook that raised would be the last that was heard of the queue."""
    processing = Processing(asyncio.get_running_loop().time)
    one = Collector("c", echo)
    queue = queue_of(one)
    history = History(queue)
    async with queue:
        await queue.get_publisher().send(Payload(1))
    processing.ended(history[0], one, Ok(1))
    processing.begun(history[0], one)
    assert processing.of(one).in_service() == 0  # one that a closed loop left never ends
    processing.begun(history[0], one)
    processing.keep([])
    processing.ended(history[0], one, Ok(1))


@in_loop
async def test_a_collector_that_blocks_is_told_in_words() -> None:
    """Fault 11: a warning where the collector stands."""

    async def spin(payload: Payload[Any], ctx: Any) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + 0.15
        while loop.time() < until:
            pass

    async with gauged(Collector("spin", spin), Collector("echo", echo)) as (queue, gauges):
        await queue.get_publisher().send(Payload(1)).wait()
        rows = of(gauges)
        said = (
            r"^blocks: its processor held the event loop for 0\.\d+ s, and everything else waited; "
        )
        assert re.match(said, rows["spin"].warning)
        assert rows["echo"].warning == ""
        assert warning(queue.metrics(), "nobody") == ""


@in_loop
async def test_the_workbench_knows_the_times_of_payloads_before_a_panel_is_shown() -> None:
    """A first look finds numbers, not dashes."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(1))
        assert of(bench.gauges)["x"].mean > 0
