"""Gauges: what the panels show of a queue and its collectors as numbers, and as small lines."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import isfinite, nan
from typing import Any

from event_collector import Collector, CollectorEvent, CollectorQueue, Instrument, Metrics
from event_collector.metrics import WINDOW, percentile

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
class Sample:
    """A point of the lines: what `Metrics` said at a moment."""

    at: float
    """Seconds of the loop's clock."""
    queued: int
    in_service: int
    recent_arrival_rate: float
    recent_throughput: float
    p50_wait_time: float
    p50_service_time: float


class Gauges:
    """Reads a queue whenever somebody looks; it has no timer, and calls nobody.

    Who shows it looks when something changed, and once a second as long as the last look says
    `moving`. Of what begins in service it learns by two hooks, see `Processing`; everything else
    is in the queue's own reading, so that a panel and a cell tell the same.

    Args:
        queue: The queue.
        time: The clock of the queue's loop.

    Raises:
        RuntimeError: The queue runs, and not in this thread and loop.
    """

    def __init__(self, queue: CollectorQueue, time: Callable[[], float]) -> None:
        self._queue = queue
        self._time = time
        self._processing = Processing(time)
        queue.add_instrument(self._processing)
        self.samples: deque[Sample] = deque()
        """At most one a second, of the last five minutes, the oldest first."""
        self.moving = False
        """Whether the next look would show something else, though nothing happens meanwhile."""

    def close(self) -> None:
        """Be told of nothing more."""
        self._queue.remove_instrument(self._processing)

    def look(self) -> Metrics:
        """Read the queue, and take a sample if the last one is a second old."""
        now, metrics = self._time(), self._queue.metrics()
        # Rates fall to 0 a minute after the last event. They are nan before the first start, when
        # nothing moves either.
        self.moving = bool(metrics.queued or metrics.in_service or _flows(metrics))
        if not self.samples or now - self.samples[-1].at >= EVERY:
            self._sample(now, metrics)
        return metrics

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
            busy = before.queued or before.in_service or _flows(before)
            skipped = round((sample.at - before.at) / EVERY) - 1
            values += [nan if busy else values[-1]] * max(0, skipped)
            values.append(float(getattr(sample, name)))
        return values[-seconds:]

    def _sample(self, now: float, metrics: Metrics) -> None:
        sample = Sample(
            now,
            metrics.queued,
            metrics.in_service,
            metrics.recent_arrival_rate,
            metrics.recent_throughput,
            metrics.p50_wait_time,
            metrics.p50_service_time,
        )
        self.samples.append(sample)
        while self.samples[0].at < now - KEPT:
            self.samples.popleft()


def _flows(reading: Metrics | Sample) -> bool:
    """Whether events came or went lately."""
    return reading.recent_arrival_rate > 0 or reading.recent_throughput > 0


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
