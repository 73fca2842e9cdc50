"""Readings of a queue at one moment: counts, rates, times and Little's law."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import ceil, inf, nan
from typing import TYPE_CHECKING

from event_collector._frames import frame_of

if TYPE_CHECKING:
    import pandas as pd

WINDOW = 1_000
"""How many events, the latest ones, the rates and times of a reading look at."""

RECENT = 60.0
"""Seconds over which the recent rates of a reading are counted."""


@dataclass(frozen=True, slots=True)
class CollectorMetrics:
    """What one collector has done since it was made."""

    processed: int
    """Results given, Errors among them."""
    errors: int
    """Results that were Errors."""
    waiting: int = 0
    """Payloads that wait for a place under its `max_concurrency` now: queued for it, or in service
    in other collectors meanwhile. One for several collectors that are full waits for one at a
    time; a batch that waits counts once. 0 without `max_concurrency`."""
    in_service: int = 0
    """Payloads that its processor has begun and not ended; of a batch, all that are in it."""
    lifecycle_ended: bool = False
    """Whether its lifecycle has ended by itself while the queue ran: its payloads get an
    `Error(LifecycleEndedError)` until it is replaced, or the queue started again."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """A frozen reading of a queue.

    Counts go from the making of the queue. At every reading accepted = queued + in_service +
    finished. Rates and times look at a window: the latest 1,000 finished events (and the latest
    1,000 arrivals, for the arrival rate), however long ago. They are nan while there is nothing to
    tell them from. The recent rates, `oldest_wait_time` and `idle_time` tell of the moment.

    It may be read in any thread, such as that of an exporter.
    """

    accepted: int
    """Events accepted by a send."""
    queued: int
    """Events that wait for a consumer now."""
    in_service: int
    """Events that a consumer has taken and that are not done."""
    finished: int
    """Events with all their results in."""
    undelivered: int
    """Finished events that reached no collector."""
    errors: int
    """Error results, over all events and collectors."""
    consumers: int
    """Consumers open now: `min_consumers` at least, more with demand. An idle consumer holds no
    task: it is a place that the next event takes."""
    min_consumers: int
    """Consumers open when idle."""
    max_consumers: int
    """Consumers open at most, which is the most events in service at once."""
    window: float
    """Seconds from the first acceptance to the last finish in the window."""
    arrival_rate: float
    """Events accepted per second, between the first and the last arrival in the window."""
    throughput: float
    """Events finished per second of the window."""
    mean_wait_time: float
    """Seconds from accepted to taken, mean over the window."""
    p50_wait_time: float
    """Seconds; half of the events waited as long or less."""
    p99_wait_time: float
    """Seconds; 99 of 100 events waited as long or less."""
    mean_service_time: float
    """Seconds from taken to all results in, mean over the window."""
    p50_service_time: float
    """Seconds; half of the events were in service as long or less."""
    p99_service_time: float
    """Seconds; 99 of 100 events were in service as long or less."""
    mean_response_time: float
    """Seconds from accepted to all results in, mean over the window: W."""
    utilisation: float
    """The busy share of `max_consumers`, from 0 to 1: total service time over the consumers'
    time between the first taking and the last finish in the window."""
    mean_in_system: float
    """Events queued or in service, on average over the window: L = lambda W, with the throughput
    for lambda and the mean response time for W.

    J. D. C. Little, "A Proof for the Queuing Formula: L = lambda W", Operations Research 9(3),
    1961, pages 383 to 387. Over a window that begins and ends empty it holds exactly, as an
    operational law: P. J. Denning and J. P. Buzen, "The Operational Analysis of Queueing Network
    Models", ACM Computing Surveys 10(3), 1978, pages 225 to 261."""
    recent_arrival_rate: float
    """Events accepted per second, over the last 60 s of the loop's clock, or since the queue was
    started if that is less. 0 when nothing came, and in the very moment of the start; nan before
    the first start."""
    recent_throughput: float
    """Events finished per second, over the same time."""
    oldest_wait_time: float
    """Seconds since the oldest queued event was accepted; 0 when none is queued."""
    idle_time: float
    """Seconds since the last event was done, or since the queue was started if none was; 0 while
    events are queued or in service; nan before the first start."""
    collectors: Mapping[str, CollectorMetrics] = field(compare=False)
    """What each of the present collectors has done, by key, in order."""
    blocking: Mapping[str, float] = field(compare=False)
    """By key, the collectors whose processor has held the event loop for more than 0.1 s at one
    go, with the longest such time in seconds, since the collector came. Everything else waited
    meanwhile. What the interpreter took to collect garbage is left out; a pause of the machine
    cannot be told from what a processor does."""

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame with one row, and a column per field of a number, in order.

        Counts are int64; rates, times and shares float64.

        Raises:
            ImportError: pandas is not installed.
        """
        numbers = {int: "int64", float: "float64"}
        types = {each.name: numbers[each.type] for each in fields(self) if each.type in numbers}
        return frame_of(types, [[getattr(self, name) for name in types]])


class Tally:
    """What a queue counts as it goes: a few integers, and the times of the latest events.

    Only the queue's own thread changes it. Others read a `copy`.
    """

    __slots__ = (
        "accepted",
        "arrivals",
        "began",
        "errors",
        "finished",
        "rested",
        "second_ends",
        "seconds",
        "times",
        "undelivered",
        "wake",
    )

    def __init__(self) -> None:
        self.accepted = 0
        self.finished = 0
        self.undelivered = 0
        self.errors = 0
        self.arrivals: deque[float] = deque(maxlen=WINDOW)
        self.times: deque[tuple[float, float, float]] = deque(maxlen=WINDOW)
        """Accepted, taken and finished, of the latest finished events."""
        self.seconds: deque[tuple[float, int, int]] = deque(maxlen=ceil(RECENT) + 2)
        """Where seconds begin: when, and how many were accepted and finished before. What was
        counted between one and the next happened in the second after the one: see `tick`."""
        self.second_ends = -inf
        """From this reading of the clock on, whoever counts an event calls `tick` before."""
        self.wake: Callable[[float], object] | None = None
        """Told of each second in which something is counted, if anybody wants to know."""
        self.began: tuple[float, float, float] | None = None
        """The last of the times from before the latest start: they may be of another clock."""
        self.rested = nan
        """When the queue was started, or when the last event was done that nobody took."""

    def start(self, now: float) -> None:
        """The queue was started, perhaps in another loop with another clock."""
        self.seconds.clear()
        self.tick(now)
        self.began = self.times[-1] if self.times else None
        self.rested = now

    def tick(self, now: float) -> None:
        """The second is over; another begins with the event that is about to be counted.

        So seconds in which nothing happened cost nothing, neither time nor place. In a burst, an
        event pays for one comparison with `second_ends` when it comes, and one when it is done.
        """
        if not self.seconds or now >= self.seconds[-1][0] + 1.0:  # it may be asked for sooner
            self.seconds.append((now, self.accepted, self.finished))
        self.second_ends = self.seconds[-1][0] + 1.0
        if self.wake is not None:
            self.wake(now)

    def copy(self) -> "Tally":
        """The same at this moment, for any thread: the loop's may go on counting meanwhile.

        The finished events are read first and the accepted ones last, so that there are never
        more finished than accepted. A copy of a deque is made in one go, under the lock of the
        interpreter; going through the deque itself would fail when another thread appends.
        """
        own = Tally()
        own.finished, own.errors, own.undelivered = self.finished, self.errors, self.undelivered
        own.times, own.arrivals = self.times.copy(), self.arrivals.copy()
        own.seconds, own.began, own.rested = self.seconds.copy(), self.began, self.rested
        own.accepted = self.accepted
        return own


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of ordered values: the smallest that `percent` % do not exceed.

    nan where there are none. (ISO 21748 and most textbooks: the value at rank
    ceil(percent / 100 * n).)

    >>> percentile([1.0, 2.0, 3.0, 4.0], 50)
    2.0
    """
    return ordered[ceil(percent * len(ordered) / 100) - 1] if ordered else nan


def read(
    tally: Tally,
    *,
    in_service: int,
    consumer_limits: tuple[int, int],
    collectors: Mapping[str, CollectorMetrics],
    blocking: Mapping[str | None, float],
    now: float = nan,
    oldest: float | None = None,
) -> Metrics:
    """Make a reading of a tally that nobody changes meanwhile.

    Args:
        tally: The tally, or a copy of one that somebody may change.
        in_service: How many events are in service. The others that are not finished are queued.
        consumer_limits: `min_consumers` and `max_consumers`.
        collectors: What each collector has done, by key.
        blocking: See `Metrics.blocking`. None stands for a custom router, which is in the log only.
        now: The reading of the loop's clock; nan where the queue has not been started.
        oldest: When the oldest queued event was accepted; None where none is queued.
    """
    arrivals, times, n = tally.arrivals, tally.times, len(tally.times)
    waits = sorted(taken - accepted for accepted, taken, _ in times)
    services = sorted(finished - taken for _, taken, finished in times)
    last = max((finished for _, _, finished in times), default=nan)
    window = last - min((accepted for accepted, _, _ in times), default=nan)
    busy = last - min((taken for _, taken, _ in times), default=nan)
    throughput = _per(n, window)
    mean_response = _per(sum(waits) + sum(services), n)
    low, high = consumer_limits
    queued = tally.accepted - tally.finished - in_service
    recent_arrivals, recent_finishes = _recent_rates(tally, now)
    return Metrics(
        accepted=tally.accepted,
        queued=queued,
        in_service=in_service,
        finished=tally.finished,
        undelivered=tally.undelivered,
        errors=tally.errors,
        consumers=max(low, in_service),
        min_consumers=low,
        max_consumers=high,
        window=window,
        arrival_rate=_per(len(arrivals) - 1, arrivals[-1] - arrivals[0]) if arrivals else nan,
        throughput=throughput,
        mean_wait_time=_per(sum(waits), n),
        p50_wait_time=percentile(waits, 50),
        p99_wait_time=percentile(waits, 99),
        mean_service_time=_per(sum(services), n),
        p50_service_time=percentile(services, 50),
        p99_service_time=percentile(services, 99),
        mean_response_time=mean_response,
        utilisation=_per(sum(services), busy * high),
        mean_in_system=throughput * mean_response,
        recent_arrival_rate=recent_arrivals,
        recent_throughput=recent_finishes,
        oldest_wait_time=0.0 if oldest is None or not queued else max(0.0, now - oldest),
        idle_time=0.0 if queued or in_service else _idle_time(tally, now),
        collectors=collectors,
        blocking={key: longest for key, longest in blocking.items() if key is not None},
    )


def _recent_rates(tally: Tally, now: float) -> tuple[float, float]:
    """Events accepted, and finished, per second over the last seconds until now."""
    seconds, since = tally.seconds, now - RECENT
    if not seconds:
        return nan, nan
    at, accepted, finished = seconds[0]
    if at > since:  # it was started less long ago
        if now <= at:  # in the very moment of the start
            return 0.0, 0.0
        return (tally.accepted - accepted) / (now - at), (tally.finished - finished) / (now - at)
    begun = [second for second in seconds if second[0] <= since]
    at, accepted, finished = begun[-1]
    later = (*list(seconds)[len(begun) :], (now, tally.accepted, tally.finished))
    share = min(1.0, since - at)  # of what happened in that second, this much is too long ago
    accepted_since = tally.accepted - accepted - share * (later[0][1] - accepted)
    finished_since = tally.finished - finished - share * (later[0][2] - finished)
    return accepted_since / RECENT, finished_since / RECENT


def _idle_time(tally: Tally, now: float) -> float:
    """Seconds since the last event was done, where none is left."""
    if not tally.seconds:
        return nan  # it has not been started
    last = tally.times[-1] if tally.times else None
    since = tally.rested if last is None or last is tally.began else max(tally.rested, last[2])
    return max(0.0, now - since)


def _per(amount: float, of: float) -> float:
    return amount / of if of > 0 else nan
