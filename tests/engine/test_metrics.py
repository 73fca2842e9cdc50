"""A reading of a queue: counts, rates, times and Little's law, checked against known numbers."""

import asyncio
import dataclasses
from collections.abc import Sequence
from math import isnan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorMetrics,
    CollectorQueue,
    Context,
    Delivery,
    Metrics,
    Payload,
)
from event_collector.metrics import WINDOW, Tally, percentile, read

TIMES = [
    "window",
    "arrival_rate",
    "throughput",
    "mean_wait_time",
    "p50_wait_time",
    "p99_wait_time",
    "mean_service_time",
    "p50_service_time",
    "p99_service_time",
    "mean_response_time",
    "utilisation",
    "mean_in_system",
]


def reading(times: Sequence[tuple[float, float, float]], high: int = 1) -> Metrics:
    """A reading of finished events with these times: accepted, taken and finished."""
    tally = Tally()
    tally.start(0.0)
    for accepted, taken, finished in times:
        tally.accepted += 1
        tally.finished += 1
        tally.arrivals.append(accepted)
        tally.times.append((accepted, taken, finished))
    now, limits = max((each[2] for each in times), default=0.0), (0, high)
    return read(tally, in_service=0, consumer_limits=limits, collectors={}, blocking={}, now=now)


async def judge(payload: Payload[Any], ctx: Context) -> Any:
    """Fail if told so."""
    if payload.value == "fail":
        raise ValueError


def test_a_reading_without_events_has_nothing_to_tell() -> None:
    """Decision 21: counts are 0; rates and times are nan, and warn of nothing."""
    metrics = reading([])
    for name in TIMES:
        assert isnan(getattr(metrics, name)), name
    assert (metrics.accepted, metrics.finished, metrics.errors, metrics.undelivered) == (0,) * 4


def test_the_numbers_of_a_known_schedule() -> None:
    """Decision 21: wait is accepted to taken, service taken to finished, response their sum."""
    metrics = reading([(0.0, 0.0, 4.0), (1.0, 4.0, 6.0), (2.0, 6.0, 8.0), (8.0, 8.0, 10.0)])
    assert metrics.window == 10.0
    assert metrics.arrival_rate == 3 / 8
    assert metrics.throughput == 0.4
    assert metrics.mean_wait_time == 7 / 4
    assert (metrics.p50_wait_time, metrics.p99_wait_time) == (0.0, 4.0)
    assert metrics.mean_service_time == 2.5
    assert (metrics.p50_service_time, metrics.p99_service_time) == (2.0, 4.0)
    assert metrics.mean_response_time == 17 / 4
    assert metrics.utilisation == 1.0
    assert metrics.mean_in_system == pytest.approx(1.7)


def test_utilisation_counts_from_the_first_taking_over_all_consumers() -> None:
    """Utilisation: total service time over what the consumers had time for."""
    metrics = reading([(0.0, 2.0, 4.0), (0.0, 2.0, 3.0)], high=4)
    assert metrics.utilisation == 3 / (2 * 4)


def test_one_event_alone_has_no_arrival_rate() -> None:
    """A rate needs two arrivals at different times; a time of 0 gives no rate."""
    assert isnan(reading([(1.0, 1.0, 2.0)]).arrival_rate)
    at_once = reading([(1.0, 1.0, 1.0), (1.0, 1.0, 1.0)])
    assert isnan(at_once.arrival_rate)
    assert isnan(at_once.throughput)
    assert isnan(at_once.utilisation)
    assert at_once.mean_response_time == 0.0


steps = st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))


@given(st.lists(steps, min_size=1, max_size=20))
def test_littles_law_holds_for_any_schedule(schedule: list[tuple[int, int, int]]) -> None:
    """L = lambda W: the mean number in the system, counted second by second, is mean_in_system."""
    times = [(float(a), float(a + w), float(a + w + s)) for a, w, s in schedule]
    metrics = reading(times)
    start, end = int(min(t[0] for t in times)), int(max(t[2] for t in times))
    if start == end:
        assert isnan(metrics.mean_in_system)
        return
    inside = sum(
        sum(accepted <= second < finished for accepted, _, finished in times)
        for second in range(start, end)
    )
    assert metrics.mean_in_system == pytest.approx(inside / (end - start))
    assert metrics.mean_response_time == pytest.approx(
        metrics.mean_wait_time + metrics.mean_service_time
    )


@given(st.lists(st.floats(0, 100), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(
    values: list[float], percent: int
) -> None:
    """Nearest rank: a value of the list, with enough at or below it and no smaller one so."""
    found = percentile(sorted(values), percent)
    assert found in values

    def enough(value: float) -> bool:
        return 100 * sum(each <= value for each in values) >= percent * len(values)

    assert enough(found)
    assert not any(enough(value) for value in values if value < found)


def test_the_percentile_of_nothing_is_nan() -> None:
    """There is nothing to tell it from."""
    assert isnan(percentile([], 50))


def test_rates_and_times_look_at_the_latest_events_only() -> None:
    """The window holds 1,000 events: what was before is counted, but not looked at."""
    slow = [(0.0, 500.0, 1000.0)] * 5
    fast = [(1000.0 + n, 1000.0 + n, 1001.0 + n) for n in range(WINDOW)]
    metrics = reading(slow + fast)
    assert metrics.finished == 1005
    assert metrics.window == 1000.0
    assert metrics.mean_wait_time == 0.0
    assert metrics.throughput == 1.0
    assert metrics.arrival_rate == pytest.approx(1.0)


@pytest.mark.parametrize(("in_service", "consumers"), [(0, 2), (1, 2), (3, 3), (5, 5)])
def test_consumers_are_the_fewest_or_as_many_as_are_at_work(
    in_service: int, consumers: int
) -> None:
    """Decision 17: from min_consumers up with demand."""
    metrics = read(
        Tally(), in_service=in_service, consumer_limits=(2, 5), collectors={}, blocking={}
    )
    assert metrics.consumers == consumers
    assert (metrics.min_consumers, metrics.max_consumers) == (2, 5)
    assert metrics.in_service == in_service


def test_a_reading_is_frozen() -> None:
    """A reading tells of one moment: it cannot be set, and does not follow the queue."""
    metrics = reading([])
    with pytest.raises(dataclasses.FrozenInstanceError):
        metrics.accepted = 1  # type: ignore[misc]

    async def main() -> None:
        queue = CollectorQueue([Collector("c", judge)], min_consumers=0, max_consumers=1)
        before = queue.metrics()
        async with queue:
            queue.get_publisher().send(Payload(1))
        assert (before.accepted, queue.metrics().accepted) == (0, 1)
        assert before.collectors["c"] == CollectorMetrics(0, 0)

    asyncio.run(main())


def test_a_queue_counts_what_happens_to_its_events() -> None:
    """Accepted = queued + in service + finished; undelivered, errors and each collector's own."""

    async def main() -> None:
        queue = CollectorQueue(
            [Collector("a", judge), Collector("b", judge)], min_consumers=0, max_consumers=1
        )
        async with queue:
            publisher = queue.get_publisher()
            publisher.send(Payload("fail"))
            publisher.send(Payload("fail", Delivery.KEY, keys=["b"]))
            publisher.send(Payload("fine", Delivery.TOPIC, topics=["silence"]))
            before = queue.metrics()
            assert (before.accepted, before.queued, before.finished) == (3, 3, 0)
            await publisher.wait()
            after = queue.metrics()
        assert (after.accepted, after.queued, after.in_service, after.finished) == (3, 0, 0, 3)
        assert (after.undelivered, after.errors) == (1, 3)
        assert dict(after.collectors) == {"a": CollectorMetrics(1, 1), "b": CollectorMetrics(2, 2)}
        assert after.mean_response_time == pytest.approx(
            after.mean_wait_time + after.mean_service_time
        )

    asyncio.run(main())


def test_readings_are_equal_when_their_numbers_are() -> None:
    """A reading is compared by its numbers, but not by what single collectors did."""
    times = [(0.0, 1.0, 2.0), (1.0, 2.0, 4.0)]
    changed = dataclasses.replace(reading(times), collectors={"c": CollectorMetrics(1, 0)})
    assert reading(times) == reading(times) == changed
    assert reading(times) != reading([(0.0, 1.0, 2.0), (1.0, 2.0, 5.0)])
