"""The patterns of arrivals and service times."""

import math
import statistics
from collections.abc import Callable, Iterator
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector.simulation import (
    arrivals,
    bursty_arrivals,
    constant_arrivals,
    constant_times,
    daily_arrivals,
    exponential_times,
    lognormal_times,
)

MANY = 50_000


def bursts_of_four(rate: float, n: int, seed: int) -> list[float]:
    """Bursts, called as the other patterns are."""
    return bursty_arrivals(rate, n, seed, size=4)


def constant(rate: float, n: int, seed: int) -> list[float]:
    """Equal distances, called as the other patterns are."""
    return constant_arrivals(rate, n)


@pytest.mark.parametrize("pattern", [arrivals, bursts_of_four, daily_arrivals, constant])
@given(st.floats(0.001, 1000), st.integers(0, 50), st.integers())
def test_arrivals_are_so_many_and_in_order_and_the_same_for_a_seed(
    pattern: Callable[[float, int, int], list[float]], rate: float, n: int, seed: int
) -> None:
    """Seconds since the start, which is before the first."""
    times = pattern(rate, n, seed)
    assert len(times) == n
    assert all(0 < earlier <= later < math.inf for earlier, later in pairwise([*times, 1e99]))
    assert pattern(rate, n, seed) == times


@pytest.mark.parametrize("pattern", [arrivals, bursts_of_four, constant])
def test_the_mean_rate_is_the_one_that_was_asked_for(
    pattern: Callable[[float, int, int], list[float]],
) -> None:
    """In payloads per second."""
    assert MANY / pattern(2.5, MANY, 1)[-1] == pytest.approx(2.5, rel=0.02)


def test_poisson_arrivals_vary_as_much_as_their_mean() -> None:
    """The variance of the counts in equal spans is their mean."""
    counts = [0] * 5_000
    for time in arrivals(10.0, MANY, 2):
        counts[min(int(time), 4_999)] += 1
    assert statistics.variance(counts[:4_900]) == pytest.approx(10, rel=0.06)


def test_constant_arrivals_begin_after_one_distance() -> None:
    """The first at 1 / rate, the n-th at n / rate exactly."""
    assert constant_arrivals(4, 5) == [0.25, 0.5, 0.75, 1.0, 1.25]


def test_bursts_come_at_one_moment_and_the_last_has_the_rest() -> None:
    """Payloads of a burst have equal times."""
    times = bursts_of_four(1.0, 10, 3)
    assert [times.count(moment) for moment in dict.fromkeys(times)] == [4, 4, 2]


def test_daily_arrivals_peak_after_a_quarter_of_the_period() -> None:
    """The rate goes as 1 + swing * sin, and its mean over periods is the one asked for."""
    times = daily_arrivals(1.0, MANY, 4, swing=0.5, period=1000)
    assert MANY / times[-1] == pytest.approx(1.0, rel=0.02)
    quarters = [0] * 4
    for time in times:
        quarters[int(((time / 1000 + 0.125) % 1) * 4)] += 1
    share = [quarter / MANY * 4 for quarter in quarters]
    bend = 0.5 * math.sin(math.pi / 4) / (math.pi / 4)
    assert share == pytest.approx([1, 1 + bend, 1, 1 - bend], abs=0.04)


def test_a_seed_of_its_own_for_each_pattern() -> None:
    """With one seed for both, arrivals must not foretell the service times."""
    gaps = [later - earlier for earlier, later in pairwise([0.0, *arrivals(1.0, 2_000, 5)])]
    services = [*islice(exponential_times(1.0, 5), 2_000)]
    assert abs(statistics.correlation(gaps, services)) < 0.1
    assert arrivals(1.0, 5, 5) != arrivals(1.0, 5, 6)
    assert arrivals(1.0, 5, 5) != arrivals(1.0, 5, -5)


def test_the_random_numbers_are_those_of_every_python() -> None:
    """Pinned, so that notebooks show the same figures on 3.12 and 3.13."""
    pinned = [
        arrivals(1.0, 3, 1),
        daily_arrivals(1.0, 3, 1),
        [*islice(exponential_times(1.0, 1), 3)],
        [*islice(lognormal_times(1.0, 1), 3)],
    ]
    assert pinned == [pytest.approx(row, abs=1e-9) for row in PINNED]


PINNED = [
    [0.138631225674, 0.996307549741, 1.365790475638],
    [0.18097601755, 1.750293359077, 2.345788659935],
    [0.664417758935, 2.365920295531, 1.192037548746],
    [2.137342776801, 1.960997462812, 0.667726007791],
]


@pytest.mark.parametrize(
    ("times", "mean", "cv"),
    [
        (constant_times(2.0), 2.0, 0.0),
        (exponential_times(2.0, 6), 2.0, 1.0),
        (lognormal_times(2.0, 6), 2.0, 1.0),
        (lognormal_times(0.01, 6, cv=0.3), 0.01, 0.3),
    ],
)
def test_service_times_have_their_mean_and_spread(
    times: Iterator[float], mean: float, cv: float
) -> None:
    """In seconds; the coefficient of variation is the standard deviation over the mean."""
    drawn = [*islice(times, MANY)]
    assert min(drawn) > 0
    assert statistics.fmean(drawn) == pytest.approx(mean, rel=0.02)
    assert statistics.pstdev(drawn) / mean == pytest.approx(cv, rel=0.04)


WRONG: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: arrivals(0, 1, 1), ValueError, "rate must be above 0 payloads per second, got 0"),
    (lambda: arrivals(-1, 1, 1), ValueError, "rate must be a finite number above 0 payloads per"),
    (lambda: arrivals(math.inf, 1, 1), ValueError, "rate must be a finite number above 0"),
    (lambda: arrivals(10**400, 1, 1), ValueError, "rate must be a finite number above 0"),
    (lambda: arrivals("2", 1, 1), TypeError, "rate must be a number, got str: '2'"),  # type: ignore[arg-type]
    (lambda: arrivals(1, -1, 1), ValueError, "n must be >= 0, got -1"),
    (lambda: arrivals(1, 1.0, 1), TypeError, "n must be an int, got float: 1.0"),  # type: ignore[arg-type]
    (lambda: arrivals(1, 1, "a"), TypeError, "seed must be an int, got str: 'a'"),  # type: ignore[arg-type]
    (lambda: constant_arrivals(math.nan, 1), ValueError, "rate must be a finite number above 0"),
    (lambda: bursty_arrivals(1, 1, 1, size=0), ValueError, "size must be >= 1, got 0"),
    (lambda: daily_arrivals(1, 1, 1, swing=1.1), ValueError, "swing must be between 0 and 1, got"),
    (lambda: daily_arrivals(1, 1, 1, swing=-1), ValueError, "swing must be a finite number >= 0"),
    (lambda: daily_arrivals(1, 1, 1, period=0), ValueError, "period must be above 0 s, got 0"),
    (lambda: constant_times(0), ValueError, "mean must be above 0 s, got 0"),
    (lambda: exponential_times(-2, 1), ValueError, "mean must be a finite number above 0 s, got"),
    (lambda: exponential_times(1, True), TypeError, "seed must be an int, got bool: True"),
    (lambda: lognormal_times(1, 1, cv=0), ValueError, "cv must be above 0, got 0"),
    (lambda: lognormal_times(None, 1), TypeError, "mean must be a number, got NoneType"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("ask", "error", "said"), WRONG)
def test_bad_input_is_refused_at_once(
    ask: Callable[[], object], error: type[Exception], said: str
) -> None:
    """When the pattern is asked for, not when its first time is."""
    with pytest.raises(error) as caught:
        ask()
    assert str(caught.value).startswith(said)
