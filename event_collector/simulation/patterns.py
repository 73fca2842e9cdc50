"""Patterns of arrivals and service times, the same in every run for the same seed.

Arrivals are lists of seconds since the start, in order. Service times are endless iterators of
seconds. Each pattern has random numbers of its own, also where two are given the same seed.
"""

import math
from collections.abc import Iterator
from itertools import repeat

from event_collector import _check
from event_collector.simulation.numbers import above_zero, at_least_zero, numbers_of

_PER_S = " payloads per second"
_S = " s"


def arrivals(rate: float, n: int, seed: int) -> list[float]:
    """Poisson arrivals: at random, each independent of all others.

    The times between them are exponential with mean `1 / rate` (Kleinrock, Queueing Systems,
    volume 1, 1975, section 2.4).

    Args:
        rate: The mean arrival rate in payloads per second.
        n: How many arrivals.
        seed: Another one gives other times.

    Returns:
        `n` times in seconds since the start, in order.

    Raises:
        TypeError: `rate` is not a number; `n` or `seed` is not an int.
        ValueError: `rate` is not above 0 or not finite; `n` is negative.
    """
    draw = numbers_of(seed, "arrivals").expovariate
    rate, now = above_zero(rate, "rate", _PER_S), 0.0
    return [now := now + draw(rate) for _ in range(_check.whole(n, "n", 0))]


def constant_arrivals(rate: float, n: int) -> list[float]:
    """Arrivals at equal distances, the first at `1 / rate`.

    Args:
        rate: The arrival rate in payloads per second.
        n: How many arrivals.

    Returns:
        `n` times in seconds since the start, in order.

    Raises:
        TypeError: `rate` is not a number; `n` is not an int.
        ValueError: `rate` is not above 0 or not finite; `n` is negative.
    """
    rate = above_zero(rate, "rate", _PER_S)
    return [number / rate for number in range(1, _check.whole(n, "n", 0) + 1)]


def bursty_arrivals(rate: float, n: int, seed: int, *, size: int) -> list[float]:
    """Bursts of payloads at the same moment; the bursts are Poisson with rate `rate / size`.

    The mean rate is that of `arrivals`. This is the batch arrival of queueing theory, M^[X]
    with a constant X (Kleinrock, Queueing Systems, volume 1, 1975, section 4.5).

    Args:
        rate: The mean arrival rate in payloads per second, over all bursts.
        n: How many arrivals. The last burst has what is left of them.
        seed: Another one gives other times.
        size: How many payloads a burst has, 1 or more.

    Returns:
        `n` times in seconds since the start, in order.

    Raises:
        TypeError: `rate` is not a number; `n`, `seed` or `size` is not an int.
        ValueError: `rate` is not above 0 or not finite; `n` is negative; `size` is less than 1.
    """
    rate = above_zero(rate, "rate", _PER_S)
    n, size = _check.whole(n, "n", 0), _check.whole(size, "size", 1)
    bursts = arrivals(rate / size, -(-n // size), seed)
    return [burst for burst in bursts for _ in range(size)][:n]


def daily_arrivals(
    rate: float, n: int, seed: int, *, swing: float = 0.8, period: float = 86_400
) -> list[float]:
    """Poisson arrivals whose rate goes up and down like a sine.

    At `t` seconds the rate is `rate * (1 + swing * sin(2 * pi * t / period))`: the mean at the
    start, most after a quarter of the period, least after three quarters. Made by thinning (Lewis
    and Shedler, Naval Research Logistics Quarterly 26, 1979).

    Args:
        rate: The mean arrival rate over a period, in payloads per second.
        n: How many arrivals.
        seed: Another one gives other times.
        swing: How far the rate goes up and down, as a part of the mean: 0 to 1.
        period: Seconds from one peak to the next.

    Returns:
        `n` times in seconds since the start, in order.

    Raises:
        TypeError: `rate`, `swing` or `period` is not a number; `n` or `seed` is not an int.
        ValueError: `rate` or `period` is not above 0 or not finite; `swing` is not between 0
            and 1; `n` is negative.
    """
    rate = above_zero(rate, "rate", _PER_S)
    n, period = _check.whole(n, "n", 0), above_zero(period, "period", _S)
    if at_least_zero(swing, "swing") > 1:
        raise ValueError(f"swing must be between 0 and 1, got {swing}; the rate cannot go below 0")
    random, turn, most = numbers_of(seed, "daily arrivals"), 2 * math.pi / period, 1 + swing
    times: list[float] = []
    now = 0.0
    while len(times) < n:
        now += random.expovariate(rate * most)
        if random.random() * most < 1 + swing * math.sin(turn * now):
            times.append(now)
    return times


def constant_times(mean: float) -> Iterator[float]:
    """The same service time without end.

    Args:
        mean: The service time in seconds.

    Raises:
        TypeError: `mean` is not a number.
        ValueError: `mean` is not above 0 or not finite.
    """
    return repeat(above_zero(mean, "mean", _S))


def exponential_times(mean: float, seed: int) -> Iterator[float]:
    """Exponential service times without end: many short ones, a few long ones.

    Args:
        mean: The mean service time in seconds.
        seed: Another one gives other times.

    Raises:
        TypeError: `mean` is not a number; `seed` is not an int.
        ValueError: `mean` is not above 0 or not finite.
    """
    draw = numbers_of(seed, "exponential times").expovariate
    rate = 1 / above_zero(mean, "mean", _S)
    return (draw(rate) for _ in repeat(None))


def lognormal_times(mean: float, seed: int, *, cv: float = 1.0) -> Iterator[float]:
    """Log-normal service times without end: like those of most real services.

    With s^2 = ln(1 + cv^2), the logarithm has the mean ln(mean) - s^2 / 2 and the variance s^2
    (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, volume 1, 1994,
    chapter 14).

    Args:
        mean: The mean service time in seconds.
        seed: Another one gives other times.
        cv: The coefficient of variation: the standard deviation as a part of the mean.

    Raises:
        TypeError: `mean` or `cv` is not a number; `seed` is not an int.
        ValueError: `mean` or `cv` is not above 0 or not finite.
    """
    draw = numbers_of(seed, "log-normal times").lognormvariate
    mean = above_zero(mean, "mean", _S)
    variance = math.log1p(above_zero(cv, "cv") ** 2)
    centre, spread = math.log(mean) - variance / 2, math.sqrt(variance)
    return (draw(centre, spread) for _ in repeat(None))
