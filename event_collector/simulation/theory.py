"""What queueing theory says of Poisson arrivals, exponential service times and c consumers."""

from event_collector import _check
from event_collector.simulation.numbers import above_zero, at_least_zero


def erlang_c(consumers: int, load: float) -> float:
    """The probability that an arrival finds all consumers busy, and waits (Erlang's C).

    With B(0) = 1 and B(k) = load * B(k - 1) / (k + load * B(k - 1)), and with c consumers,
    C = c * B(c) / (c - load * (1 - B(c))). B is the loss formula of A. K. Erlang, "Solution of
    some problems in the theory of probabilities of significance in automatic telephone
    exchanges", 1917, which has C too; see L. Kleinrock, Queueing Systems, volume 1, 1975,
    sections 3.4 and 3.5.

    Args:
        consumers: How many, 1 or more.
        load: Arrival rate times mean service time, in erlangs (no unit): the mean number of
            consumers that are busy.

    Returns:
        A probability, 0 to 1.

    Raises:
        TypeError: `consumers` is not an int, or `load` not a number.
        ValueError: `consumers` is less than 1; `load` is negative or not finite; or the load is
            not below the number of consumers, where the queue grows for ever.
    """
    _check.whole(consumers, "consumers", 1)
    load = at_least_zero(load, "load")
    if load >= consumers:
        raise ValueError(
            f"load >= consumers ({load:g} >= {consumers}): the queue grows for ever; "
            f"give it at least {int(load) + 1} consumers"
        )
    blocked = 1.0
    for number in range(1, consumers + 1):
        blocked = load * blocked / (number + load * blocked)
    return consumers * blocked / (consumers - load * (1 - blocked))


def mean_wait(rate: float, mean_service: float, *, consumers: int = 1) -> float:
    """The mean wait time in an M/M/c queue, in seconds: accepted to taken by a consumer.

    W = C * mean_service / (consumers - load) with Erlang's C (L. Kleinrock, Queueing Systems,
    volume 1, 1975, sections 3.2 and 3.5). It holds for every order that does not look at the
    service times, so for FIFO and LIFO alike. The mean response time is `mean_service` more.

    Args:
        rate: The arrival rate in payloads per second.
        mean_service: The mean service time in seconds.
        consumers: How many, 1 or more.

    Raises:
        TypeError: `rate` or `mean_service` is not a number; `consumers` is not an int.
        ValueError: `rate` or `mean_service` is not above 0 or not finite; `consumers` is less
            than 1; or the load is not below the number of consumers.
    """
    service = above_zero(mean_service, "mean_service", " s")
    load = above_zero(rate, "rate", " payloads per second") * service
    return erlang_c(consumers, load) * service / (consumers - load)
