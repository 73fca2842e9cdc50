"""Gauges: what the panels show of a queue and its collectors as numbers, and as small lines."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import isfinite, nan
from typing import Any

from event_collector import Collector, CollectorQueue, Instrument, Metrics
from event_collector.metrics import WINDOW, percentile

KEPT = 300.0
"""Seconds over which samples are kept."""
EVERY = 1.0
"""Seconds between two samples at least."""


@dataclass(frozen=True, slots=True)
class CollectorGauge:
    """One collector at a moment."""

    in_service: int
    """Payloads that its processor has begun and not ended; of a batch, all that are in it."""
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
    `moving`. How long processors took it is told by a hook, see `Times`; everything else is in the
    queue's own reading, so that a panel and a cell tell the same.

    Args:
        queue: The queue.
        time: The clock of the queue's loop.

    Raises:
        RuntimeError: The queue runs, and not in this thread and loop.
    """

    def __init__(self, queue: CollectorQueue, time: Callable[[], float]) -> None:
        self._queue = queue
        self._time = time
        self._times = Times()
        queue.add_instrument(self._times)
        self.samples: deque[Sample] = deque()
        """At most one a second, of the last five minutes, the oldest first."""
        self.moving = False
        """Whether the next look would show something else, though nothing happens meanwhile."""

    def close(self) -> None:
        """Be told of nothing more."""
        self._queue.remove_instrument(self._times)

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
        self._times.keep(present.values())
        gauges = {}
        for key in present if keys is None else keys:
            collector, counts = present.get(key), metrics.collectors.get(key)
            if collector is None or counts is None:  # it came since the reading, or has gone
                continue
            times = sorted(self._times.of(collector))
            gauges[key] = CollectorGauge(
                counts.in_service,
                counts.waiting,
                counts.processed - counts.errors,
                counts.errors,
                sum(times) / len(times) if times else nan,
                percentile(times, 99),
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


class Times(Instrument):
    """How long the latest processors of each collector took.

    An event pays for one call of one hook, and for nothing else. That is why none is there for
    what begins.
    """

    def __init__(self) -> None:
        self._of: dict[Any, deque[float]] = {}

    def timed(self, collector: Collector, seconds: float) -> None:
        """Note how long it took."""
        try:
            self._of[collector].append(seconds)
        except KeyError:
            self.of(collector).append(seconds)

    def of(self, collector: Collector) -> deque[float]:
        """What is known of a collector: seconds, the latest 1,000."""
        return self._of.setdefault(collector, deque(maxlen=WINDOW))

    def keep(self, collectors: Iterable[Collector]) -> None:
        """Forget those that have gone."""
        for gone in self._of.keys() - set(collectors):
            del self._of[gone]


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
        f'viewBox="0 0 {width} {height}" preserveAspectRatio="none" fill="none" '
        f'stroke="currentColor" stroke-width="1.5" '
        f'stroke-linecap="round" stroke-linejoin="round"><title>{words}</title>{paths}</svg>'
    )


def _foot(point: str, height: int) -> str:
    """The point on the ground below another one."""
    return f"{point.partition(' ')[0]} {height}"


def _stretches(values: Sequence[float], width: int, height: int, top: float) -> list[list[str]]:
    """The points of each stretch without a gap; a single one is a level line as long as a step.

    Of one value alone no line is drawn yet: it would be a dot, or tell of a time before.
    """
    if len(values) < 2:
        return []
    step = (width - 2) / (len(values) - 1)
    stretches: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if not isfinite(value):
            stretches.append([])
            continue
        share = max(0.0, value) / top if top > 0 else 0.0
        stretches[-1].append(f"{1 + at * step:.1f} {height - 1 - share * (height - 2):.1f}")
    return [
        _level(points[0], step, width) if len(points) == 1 else points
        for points in stretches
        if points
    ]


def _level(point: str, step: float, width: int) -> list[str]:
    """A level line through a point that stands alone, half a step to each side of it."""
    x, y = map(float, point.split())
    return [
        f"{each:.1f} {y:.1f}" for each in (max(1.0, x - step / 2), min(width - 1.0, x + step / 2))
    ]
