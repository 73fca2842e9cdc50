"""A line of a queue's metrics in the log, again and again, while something happens."""

import weakref
from dataclasses import fields
from math import inf
from typing import TYPE_CHECKING

from event_collector import _check
from event_collector._core.consumers import Consumers
from event_collector._core.reading import read
from event_collector._log import logger
from event_collector.metrics import Metrics

if TYPE_CHECKING:
    import asyncio


NUMBERS = [each.name for each in fields(Metrics) if each.type in (int, float)]
"""The fields of a log record, beside `collectors`, the keys of the queue's collectors."""


class Reporter:
    """Writes the line of one queue.

    It has a timer only while something happens: the first event that is counted in a second wakes
    it, and an interval in which nothing was counted sends it to sleep. So an idle queue costs
    nothing, and a simulated clock does not leap from line to line for ever.

    Args:
        consumers: Those of the queue.
        interval: Seconds of the loop's clock between two lines.

    Raises:
        TypeError, ValueError: `interval` is not a number above 0, or not finite.
    """

    def __init__(self, consumers: Consumers, interval: float) -> None:
        # Weakly: the timer must not keep a queue alive that was dropped.
        self._consumers = weakref.ref(consumers)
        self._interval = _check.duration(interval, "report_interval")
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = (0, 0)
        """How many were accepted and finished at the last line."""

    def wake(self, now: float) -> None:
        """Something happens: write a line an interval from now, if none is due."""
        consumers = self._consumers()
        if consumers is None or consumers.loop.is_closed():
            return  # events that such a loop has left behind get their Errors: no line is due
        if self._timer is None or self._loop is not consumers.loop:
            self._loop = consumers.loop  # a timer in a loop that was closed would never come
            self._timer = consumers.loop.call_at(now + self._interval, self._tick)

    def end(self) -> None:
        """The queue was shut down: tell what has not been told."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._report()

    def _tick(self) -> None:
        self._timer = None
        consumers = self._consumers()
        if consumers is None:
            return
        if self._report():
            self.wake(consumers.time())
        else:
            consumers.tally.second_ends = -inf  # the next event that is counted wakes it

    def _report(self) -> bool:
        """Write a line if something was counted since the last one; say whether."""
        consumers = self._consumers()
        if consumers is None:
            return False
        now = read(consumers)
        if (now.accepted, now.finished) == self._told:
            return False
        self._told = (now.accepted, now.finished)
        numbers = {name: getattr(now, name) for name in NUMBERS}
        logger.info(line(now), extra={**numbers, "collectors": list(now.collectors)})
        return True


def line(now: Metrics) -> str:
    """A reading in one line of text."""
    return (
        f"accepted {now.accepted}, queued {now.queued}, in service {now.in_service}, "
        f"finished {now.finished}, errors {now.errors}, undelivered {now.undelivered}; "
        f"{now.recent_arrival_rate:.3g}/s in, {now.recent_throughput:.3g}/s out; "
        f"p99 wait {now.p99_wait_time:.3g} s, p99 service {now.p99_service_time:.3g} s, "
        f"oldest queued {now.oldest_wait_time:.3g} s"
    )
