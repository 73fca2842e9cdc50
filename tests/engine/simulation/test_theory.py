"""The engine on the virtual clock against queueing theory."""

import asyncio
import heapq
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Result,
)
from event_collector.simulation import (
    arrivals,
    constant_arrivals,
    constant_times,
    erlang_c,
    exponential_times,
    mean_wait,
    send_at,
    simulate,
)

N = 100_000


type Times = list[tuple[float, float, float]]
"""For each event: accepted, taken and finished at, in seconds."""


def run(sent_at: list[float], services: Iterator[float], consumers: int) -> Times:
    """Send payloads through a real queue, and read the times of their events."""

    async def serve(payload: Payload[int], ctx: Context) -> Result:
        await asyncio.sleep(next(services))
        return Ok(None)

    async def main() -> list[CollectorEvent]:
        queue = CollectorQueue(
            [Collector("serve", serve)],
            min_consumers=1,
            max_consumers=consumers,
            shutdown_timeout=None,
        )
        async with queue:
            return await send_at(queue.get_publisher(), sent_at, map(Payload, range(len(sent_at))))

    times = []
    for event in simulate(main):
        assert event.taken_at is not None
        assert event.finished_at is not None
        assert event.wait_time == event.taken_at - event.accepted_at
        times.append((event.accepted_at, event.taken_at, event.finished_at))
    return times


def recursion(sent_at: list[float], services: Iterator[float], consumers: int) -> Times:
    """The same by arithmetic alone (Kiefer and Wolfowitz, 1955; Lindley, 1952, for one)."""
    free_at = [0.0] * consumers
    times = []
    for accepted, service in zip(sent_at, services, strict=False):
        taken = max(accepted, heapq.heappop(free_at))
        heapq.heappush(free_at, taken + service)
        times.append((accepted, taken, taken + service))
    return times


def mean_of_waits(times: Times) -> float:
    """Seconds from accepted to taken."""
    return fmean(taken - accepted for accepted, taken, _ in times)


class PoissonRuns(NamedTuple):
    """Runs of an M/M/c queue with a mean service time of 1 s, which differ in the seed only."""

    utilisation: float
    consumers: int
    seed: int
    runs: list[Times]


@pytest.fixture(
    scope="module",
    params=[
        (utilisation, consumers, seeds)
        for consumers in (1, 4)
        for utilisation, seeds in ((0.5, [4]), (0.8, [4]), (0.95, [2, 4]))
    ],
    ids=lambda param: f"{param[0]} of {param[1]}",
)
def poisson(request: pytest.FixtureRequest) -> PoissonRuns:
    """At 0.95 the mean of one run is off by a tenth as a rule, so two are averaged."""
    utilisation, consumers, seeds = request.param
    runs = [
        run(arrivals(utilisation * consumers, N, seed), exponential_times(1.0, seed), consumers)
        for seed in seeds
    ]
    return PoissonRuns(utilisation, consumers, seeds[0], runs)


def test_poisson_queues_wait_as_erlang_says(poisson: PoissonRuns) -> None:
    """The mean wait of M/M/1 and M/M/4 is within 3 % of theory."""
    rate = poisson.utilisation * poisson.consumers
    theory = mean_wait(rate, 1.0, consumers=poisson.consumers)
    assert fmean(map(mean_of_waits, poisson.runs)) == pytest.approx(theory, rel=0.03)


def test_every_event_is_taken_and_done_when_arithmetic_says(poisson: PoissonRuns) -> None:
    """None of 100,000 is off by a rounding."""
    sent_at = arrivals(poisson.utilisation * poisson.consumers, N, poisson.seed)
    services = exponential_times(1.0, poisson.seed)
    assert poisson.runs[0] == recursion(sent_at, services, poisson.consumers)


def test_the_patterns_wait_as_erlang_says_over_many_seeds() -> None:
    """By arithmetic, which the queue follows to the bit: no seed needs to be chosen for this."""
    measured = fmean(
        mean_of_waits(recursion(arrivals(0.95, N, seed), exponential_times(1.0, seed), 1))
        for seed in range(1, 25)
    )
    assert measured == pytest.approx(mean_wait(0.95, 1.0), rel=0.03)


def test_littles_law_holds_to_four_digits(poisson: PoissonRuns) -> None:
    """L = lambda W (Little, 1961): the number in the system over time against the times."""
    times = poisson.runs[0]
    changes = sorted(
        change for accepted, _, finished in times for change in ((accepted, 1), (finished, -1))
    )
    area, inside = 0.0, 0
    for (moment, change), (following, _) in pairwise(changes):
        inside += change
        area += inside * (following - moment)
    span = changes[-1][0] - changes[0][0]
    response = fmean(finished - accepted for accepted, _, finished in times)
    assert area / span == pytest.approx(N / span * response, rel=1e-4)
    assert area / span > poisson.utilisation * poisson.consumers * 0.97


@pytest.mark.parametrize(
    ("service", "consumers", "waits"),
    [
        (0.75, 1, [0.0] * 8),
        (1.0, 1, [0.0] * 8),
        (1.5, 1, [0.5 * number for number in range(8)]),
        (2.0, 2, [0.0] * 8),
        (2.5, 2, [0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 1.5, 1.5]),
    ],
)
def test_without_chance_every_wait_is_exact(
    service: float, consumers: int, waits: list[float]
) -> None:
    """D/D/c with an arrival each second: no wait, or one that grows by what is missing."""
    times = run(constant_arrivals(1.0, 8), constant_times(service), consumers)
    assert [taken - accepted for accepted, taken, _ in times] == waits
    assert [accepted for accepted, _, _ in times] == [*map(float, range(1, 9))]
    assert {finished - taken for _, taken, finished in times} == {service}


def test_one_consumer_waits_with_the_probability_that_it_is_busy() -> None:
    """C(1, load) is the load itself, and the wait of M/M/1 has a short formula."""
    for load in (0.0, 0.25, 0.5, 0.99):
        assert erlang_c(1, load) == pytest.approx(load)
    assert mean_wait(8.0, 0.1) == pytest.approx(0.8 * 0.1 / (1 - 0.8))


def test_erlang_c_is_the_formula_of_the_books() -> None:
    """With its factorials written out, as Kleinrock has it."""
    for consumers in (2, 5, 10):
        for load in (0.1, 1.0, 0.9 * consumers):
            top = load**consumers / math.factorial(consumers) * consumers / (consumers - load)
            below = sum(load**number / math.factorial(number) for number in range(consumers))
            assert erlang_c(consumers, load) == pytest.approx(top / (below + top))


def test_erlang_c_works_with_thousands_of_consumers() -> None:
    """Without a factorial that no float can hold."""
    assert 0 < erlang_c(5_000, 4_900) < erlang_c(5_000, 4_990) < 1


@pytest.mark.parametrize("load", [2, 2.5])
def test_a_load_that_cannot_be_served_is_refused(load: float) -> None:
    """There is no mean wait then, and the message says how many would do."""
    said = rf"^load >= consumers \({load} >= 2\): the queue grows for ever; give it at least 3 "
    with pytest.raises(ValueError, match=said):
        erlang_c(2, load)
    with pytest.raises(ValueError, match=said):
        mean_wait(load / 2, 2.0, consumers=2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: erlang_c(0, 0.5), "consumers must be >= 1, got 0"),
        (lambda: erlang_c(1, -1), "load must be a finite number >= 0, got -1"),
        (lambda: mean_wait(0, 1), "rate must be above 0 payloads per second, got 0"),
        (lambda: mean_wait(1, 0), "mean_service must be above 0 s, got 0"),
    ],
)
def test_other_bad_input_is_refused(wrong: Callable[[], object], said: str) -> None:
    """With the value."""
    with pytest.raises(ValueError, match="^" + said):
        wrong()


def test_a_run_sees_each_service_time_once() -> None:
    """The processors take the times in the order in which events are taken."""
    times = run([0.0] * 5, iter([5.0, 4.0, 3.0, 2.0, 1.0]), 2)
    assert [finished - taken for _, taken, finished in times] == [5, 4, 3, 2, 1]
