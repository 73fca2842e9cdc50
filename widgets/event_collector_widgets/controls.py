"""Controls: what a person turns on a queue while it runs, and what it warns of."""

from event_collector import CollectorQueue, Metrics, SettleReport
from event_collector._check import KEEP, Keep
from event_collector_widgets.faults import Faults
from event_collector_widgets.kernel import is_app
from event_collector_widgets.numbers import duration

_NAMED = 3
"""So many collectors that have held the loop are named."""


class Controls:
    """The queue's switches, for a Workbench: pause, step, resume, settle, and the limits."""

    name: str
    queue: CollectorQueue
    faults: Faults
    _replaced: bool

    def metrics(self) -> Metrics:
        """A frozen reading of the queue."""
        return self.queue.metrics()

    def pause(self) -> None:
        """Have consumers take no more events; sends are still accepted.

        Raises:
            QueueClosedError: The workbench was closed.
        """
        self.queue.pause()
        self._changed()

    def step(self, n: int = 1) -> None:
        """While paused, have consumers take `n` more events.

        Raises:
            TypeError, ValueError: `n` is not a whole number of at least 1.
            RuntimeError: The queue is not paused.
        """
        self.queue.step(n)
        self._changed()

    def resume(self) -> None:
        """Have consumers take events again.

        Raises:
            QueueClosedError: The workbench was closed.
        """
        self.queue.resume()
        self._changed()

    async def settle(self, timeout: float = 10.0) -> SettleReport:
        """Wait until nothing is queued or in service, for `timeout` seconds at most.

        Raises:
            TypeError, ValueError: `timeout` is not a number of seconds.
        """
        return await self.queue.settle(timeout)

    def set_limits(
        self,
        *,
        min_consumers: int | Keep = KEEP,
        max_consumers: int | Keep = KEEP,
        max_queued: int | Keep | None = KEEP,
    ) -> None:
        """Change limits; what is not given stays.

        Raises:
            TypeError, ValueError: As from `CollectorQueue.set_limits`. Nothing is changed then.
        """
        self.queue.set_limits(
            min_consumers=min_consumers, max_consumers=max_consumers, max_queued=max_queued
        )
        self._changed()

    def warnings(self) -> dict[str, str]:
        """What keeps events from being processed now, in words: closed, paused, full, blocked.

        And "faults": what goes wrong on purpose.
        """
        queue, metrics = self.queue, self.queue.metrics()
        told = {}
        if not queue.running:
            told["closed"] = self._closed_in_words()
        if queue.paused:
            steps = queue.steps_left
            rest = ", and none is taken"
            if steps:
                are, them = ("is", "it") if steps == 1 else ("are", "them")
                rest = f"; the next {steps:,} {are} taken, and none after {them}"
            told["paused"] = f"paused: {metrics.queued:,} queued{rest} until Resume (Queue)"
        most = queue.max_queued
        if most is not None and metrics.queued >= most:
            told["full"] = f"full: {metrics.queued:,} queued of {most:,}, so senders wait for room"
        if metrics.blocking:
            told["blocked"] = (
                f"the event loop stood still for {_stood_still(metrics)} (a long computation in "
                "it, or a pause of the machine meanwhile): use await, or asyncio.to_thread for "
                "what computes"
            )
        if words := self.faults.words():
            told["faults"] = words
        return told

    def _closed_in_words(self) -> str:
        if self._replaced:
            return f"closed: another workbench named {self.name!r} is in its place; use that one"
        return f"closed: {'reload the page' if is_app() else "run the workbench's cell again"}"

    def _changed(self) -> None:
        """Have those who watch told of a change that the queue does not tell of."""


def _stood_still(metrics: Metrics) -> str:
    """For how long at most while which collectors ran, the longest first."""
    every = sorted(metrics.blocking.items(), key=lambda each: each[1], reverse=True)
    told = [f"{duration(longest)} while {key!r} ran" for key, longest in every[:_NAMED]]
    more = [f"{len(every) - _NAMED:,} more"] if len(every) > _NAMED else []
    return ", ".join([*told, *more])
