"""Gauges: what the panels show of a queue and its collectors as numbers, and as small lines."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import isfinite, nan
from typing import Any

from event_collector import Collector, CollectorEvent, CollectorQueue, History, Instrument, Metrics
from event_collector.metrics import WINDOW, percentile

RATES_OVER = 5.0
"""Seconds over which rates are counted."""
KEPT = 300.0
"""Seconds over which samples are kept."""
EVERY = 1.0
"""Seconds between two samples at least."""


@dataclass(frozen=True, slots=True)
class CollectorGauge:
    """One collector at a moment."""

    in_service: int
    """Payloads that its processor has begun and not ended."""
    waiting: int
    """Payloads that wait for a place under its `max_concurrency`."""
    ok: int
    """Results that were Oks."""
    errors: int
    """Results that were Errors."""
    mean: float
    """Seconds that its own processor took, mean over the latest 1,000; nan where none has ended."""
    p99: float
    """Seconds; 99 of 100 took as long or less."""
    warning: str
    """That it holds the event loop, in words; empty where it does not."""


@dataclass(frozen=True, slots=True)
class QueueGauge:
    """The queue at a moment."""

    at: float
    """Seconds of the loop's clock."""
    queued: int
    """Events that wait for a consumer, parked ones too."""
    in_service: int
    """Events that a consumer has taken and that are not done."""
    arrival_rate: float
    """Events accepted per second over the last 5 s, or since the look before that: 0 when idle."""
    throughput: float
    """Events finished per second, over the same time."""
    oldest_age: float
    """For how many seconds the oldest queued event waits; nan where none is queued, or known."""
    at_least: bool
    """Whether an older one may be queued, that went out of the history before anybody looked."""
    metrics: Metrics
    """The reading that it is made of, for everything else."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A point of the lines: see `QueueGauge`, and `Metrics` for the times."""

    at: float
    queued: int
    in_service: int
    arrival_rate: float
    throughput: float
    p50_wait_time: float
    p50_service_time: float


class Gauges:
    """Reads a queue whenever somebody looks; it has no timer, and calls nobody.

    Who shows it looks when something changed, and once a second as long as the last look says
    `moving`. Of what begins in service it learns by two hooks, see `Processing`; everything else
    is read from the counts when somebody looks.

    Args:
        queue: The queue.
        history: Its history, to find the oldest queued event.
        time: The clock of the queue's loop.

    Raises:
        RuntimeError: The queue runs, and not in this thread and loop.
    """

    def __init__(self, queue: CollectorQueue, history: History, time: Callable[[], float]) -> None:
        self._queue = queue
        self._time = time
        self._processing = Processing(time)
        queue.add_instrument(self._processing)
        self._oldest = _Oldest(history)
        self._counts: deque[tuple[float, int, int]] = deque()
        """Of the last looks: when, and how many were accepted and finished."""
        self.samples: deque[Sample] = deque()
        """At most one a second, of the last five minutes, the oldest first."""
        self.moving = False
        """Whether the next look would show something else, though nothing happens meanwhile."""

    def close(self) -> None:
        """Be told of nothing more."""
        self._queue.remove_instrument(self._processing)

    def look(self) -> QueueGauge:
        """Read the queue, and take a sample if the last one is a second old."""
        now, metrics = self._time(), self._queue.metrics()
        arrival_rate, throughput = self._rates(now, metrics)
        since, at_least = self._oldest.find(metrics.queued)
        age = now - since
        gauge = QueueGauge(
            now,
            metrics.queued,
            metrics.in_service,
            arrival_rate,
            throughput,
            age,
            at_least,
            metrics,
        )
        self.moving = bool(metrics.queued or metrics.in_service or arrival_rate or throughput)
        if not self.samples or now - self.samples[-1].at >= EVERY:
            self._sample(gauge)
        return gauge

    def collectors(
        self, metrics: Metrics, keys: Iterable[str] | None = None
    ) -> dict[str, CollectorGauge]:
        """By key, each collector of the queue, or those that have these keys.

        `look` gives the reading. Of 5,000 collectors a panel asks for the few that it shows.
        """
        present = self._queue.collectors
        self._processing.keep(present.values())
        gauges = {}
        for key in present if keys is None else keys:
            collector, counts = present.get(key), metrics.collectors.get(key)
            if collector is None or counts is None:  # it came since the reading, or has gone
                continue
            own = self._processing.of(collector)
            times = sorted(own.times)
            gauges[key] = CollectorGauge(
                own.in_service(),
                counts.waiting,
                counts.processed - counts.errors,
                counts.errors,
                sum(times) / len(times) if times else nan,
                percentile(times, 99),
                warning(metrics, key),
            )
        return gauges

    def series(self, name: str, seconds: int = 300) -> list[float]:
        """A value a second until the last look, for `line`, of the numbers of a Sample.

        Where nobody looked, the last value before holds if the queue was idle then, else it is nan.

        Raises:
            AttributeError: A Sample has no number of that name.
        """
        samples = list(self.samples)
        values = [float(getattr(sample, name)) for sample in samples[:1]]
        for before, sample in pairwise(samples):
            busy = before.queued or before.in_service or before.arrival_rate or before.throughput
            skipped = round((sample.at - before.at) / EVERY) - 1
            values += [nan if busy else values[-1]] * max(0, skipped)
            values.append(float(getattr(sample, name)))
        return values[-seconds:]

    def _rates(self, now: float, metrics: Metrics) -> tuple[float, float]:
        counts = self._counts
        while len(counts) > 1 and counts[1][0] <= now - RATES_OVER:
            counts.popleft()
        then, accepted, finished = counts[0] if counts else (now, 0, 0)
        if not counts or now - counts[-1][0] >= RATES_OVER / 50:  # a few dozen are enough
            counts.append((now, metrics.accepted, metrics.finished))
        if now <= then:
            return 0.0, 0.0
        seconds = now - then
        return (metrics.accepted - accepted) / seconds, (metrics.finished - finished) / seconds

    def _sample(self, gauge: QueueGauge) -> None:
        metrics = gauge.metrics
        sample = Sample(
            gauge.at,
            gauge.queued,
            gauge.in_service,
            gauge.arrival_rate,
            gauge.throughput,
            metrics.p50_wait_time,
            metrics.p50_service_time,
        )
        self.samples.append(sample)
        while self.samples[0].at < gauge.at - KEPT:
            self.samples.popleft()


def warning(metrics: Metrics, key: str) -> str:
    """What to know of a collector whose processor has held the event loop; else nothing."""
    longest = metrics.blocking.get(key)
    if longest is None:
        return ""
    return (
        f"blocks: its processor held the event loop for {longest:.2g} s, and everything else "
        "waited; await what takes long, or give it to asyncio.to_thread()"
    )


class Processing(Instrument):
    """Who is in service in each collector, and how long its latest processors took.

    Args:
        time: The clock of the queue's loop.
    """

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._of: dict[Any, _Own] = {}

    def begun(self, event: CollectorEvent, collector: Collector) -> None:
        """Note when."""
        own = self._of.get(collector)
        if own is None:
            own = self.of(collector)
        own.began[event] = self._time()

    def ended(self, event: CollectorEvent, collector: Collector, result: object) -> None:
        """Note how long it took."""
        own = self._of.get(collector)
        began = None if own is None else own.began.pop(event, None)
        # None: it was counted out before it ended, cut off; or a router gave it the event twice.
        if own is not None and began is not None:
            own.times.append(self._time() - began)

    def of(self, collector: Collector) -> "_Own":
        """What is known of a collector."""
        return self._of.setdefault(collector, _Own())

    def keep(self, collectors: Iterable[Collector]) -> None:
        """Forget those that have gone, as soon as nothing is in service in them."""
        gone = self._of.keys() - set(collectors)
        for one in gone:
            if not self._of[one].in_service():
                del self._of[one]


class _Own:
    """What one collector does."""

    __slots__ = ("began", "times")

    def __init__(self) -> None:
        self.began: dict[CollectorEvent, float] = {}
        self.times: deque[float] = deque(maxlen=WINDOW)

    def in_service(self) -> int:
        """How many have begun and not ended; those of a loop that was closed never end."""
        for event in [event for event in self.began if event.done]:
            self.began.pop(event, None)
        return len(self.began)


class _Oldest:
    """Finds the oldest queued event of a history: whatever the order, it is never an older one than
    at the last look, so each event is passed by once. An event pays nothing for it."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._newest: CollectorEvent | None = None
        self._maybe: deque[CollectorEvent] = deque()
        """Those that may be queued, the oldest first; the first of them is."""
        self._missed = False

    def find(self, queued: int) -> tuple[float, bool]:
        """When the oldest queued event was accepted (nan: none is), of so many that are queued; and
        whether an older one may be."""
        new = self._history.after(self._newest)
        if len(new) == len(self._history):  # what went out in between is not known
            self._missed = True
        if new:
            self._newest = new[-1]
            self._maybe.extend(new)
        maybe = self._maybe
        while maybe and not _is_queued(maybe[0]):
            maybe.popleft()
        if self._missed or len(maybe) > 2 * queued + WINDOW:
            maybe = self._maybe = deque(event for event in maybe if _is_queued(event))
            self._missed = self._missed and len(maybe) < queued
        return (maybe[0].accepted_at if maybe else nan), self._missed


def _is_queued(event: CollectorEvent) -> bool:
    return event.taken_at is None and event.finished_at is None


def line(
    values: Sequence[float], width: int = 120, height: int = 24, *, label: str = "", unit: str = ""
) -> str:
    """A small line as SVG text, from left to right, from 0 at the bottom to the highest at the top.

    A value that is not finite is a gap. The same values give the same text. Its words, for who
    hears it and for the pointer, tell the last value and the highest.
    """
    known = [value for value in values if isfinite(value)]
    top = max(known, default=0.0)
    told = f"{label}: " if label else ""
    told += (
        f"now {values[-1]:.3g}{unit}, at most {top:.3g}{unit}"
        if known and isfinite(values[-1])
        else f"at most {top:.3g}{unit}"
        if known
        else "nothing yet"
    )
    words = escape(told, quote=True)
    # The area under a line: a level one would look as if it underlined the number above it.
    paths = "".join(
        f'<path d="M{" L".join(points)}"/><polygon stroke="none" fill="currentColor" '
        f'fill-opacity="0.15" points="{_foot(points[0], height)} {" ".join(points)} '
        f'{_foot(points[-1], height)}"/>'
        for points in _stretches(values, width, height, top)
    )
    return (
        f'<svg class="ec-line" role="img" aria-label="{words}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" fill="none" stroke="currentColor" stroke-width="1.5" '
        f'stroke-linecap="round" stroke-linejoin="round"><title>{words}</title>{paths}</svg>'
    )


def _foot(point: str, height: int) -> str:
    """The point on the ground below another one."""
    return f"{point.partition(' ')[0]} {height}"


def _stretches(values: Sequence[float], width: int, height: int, top: float) -> list[list[str]]:
    """The points of each stretch without a gap; a single one is a line of no length: a dot."""
    step = (width - 2) / max(1, len(values) - 1)
    stretches: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if not isfinite(value):
            stretches.append([])
            continue
        share = max(0.0, value) / top if top > 0 else 0.0
        stretches[-1].append(f"{1 + at * step:.1f} {height - 1 - share * (height - 2):.1f}")
    return [points * 2 if len(points) == 1 else points for points in stretches if points]
