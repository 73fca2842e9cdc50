"""CollectorQueue: starts, stops and changes what payloads flow through."""

import warnings
from types import TracebackType
from typing import Final, Self

from event_collector import _check, metrics
from event_collector._core.buffer import QueueType
from event_collector._core.consumers import Consumers
from event_collector._core.lifespan import Lifespan
from event_collector._core.membership import Membership
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.event import CollectorEvent
from event_collector.metrics import CollectorMetrics, Metrics
from event_collector.publisher import EventPublisher, Sending
from event_collector.roster import Roster
from event_collector.router import Router, SimpleRouter, make_router
from event_collector.settling import SettleReport

__all__ = ["CollectorEvent", "CollectorQueue", "EventPublisher", "QueueType", "Sending"]


class CollectorQueue:
    """Takes payloads in and has consumers bring them to collectors.

    Use it as an async context manager, or call `init_queue` and `shut_down_queue`. It can be
    started again after it was shut down.

    Args:
        collectors: A list of Collectors with different keys. Their order is that of the results.
        min_consumers: Consumers open when idle, 0 or more.
        max_consumers: The most events in service at once, 1 or more. For processors that wait
            on a network or a disk, give what the other side can bear; for order, give 1.
        queue_type: In which order consumers take events.
        default_priority: The priority of payloads that have none, in a priority queue.
        router: The class of the router. It is called with the roster of collectors.
        max_queued: How many events may be queued before an awaited `send` waits and
            `send_nowait` refuses. None: no bound.
        shutdown_timeout: How many seconds a shutdown processes what was accepted before it cuts
            the rest off. None: until all is processed.

    Raises:
        TypeError: An argument is of the wrong type; `router` is not a Router class.
        ValueError: Two collectors have the same key; a number is negative or too small;
            `max_consumers` is less than `min_consumers`.
    """

    def __init__(
        self,
        collectors: list[Collector],
        *,
        min_consumers: int,
        max_consumers: int,
        queue_type: QueueType = QueueType.FIFO,
        default_priority: int = 1000,
        router: type[Router] = SimpleRouter,
        max_queued: int | None = None,
        shutdown_timeout: float | None = 10.0,
    ) -> None:
        if not isinstance(collectors, list):
            raise TypeError(
                f"collectors must be a list of Collector, got {type(collectors).__name__}: "
                f"{one_line(collectors)}; write [collector]"
            )
        limits = _limits(min_consumers, max_consumers)
        if not isinstance(queue_type, QueueType):
            raise TypeError(
                f"queue_type must be a QueueType, got {type(queue_type).__name__}: "
                f"{one_line(queue_type)}; use QueueType.FIFO, QueueType.PRIORITY or QueueType.LIFO"
            )
        if not isinstance(default_priority, int) or isinstance(default_priority, bool):
            raise TypeError(
                f"default_priority must be an int, got {type(default_priority).__name__}: "
                f"{one_line(default_priority)}"
            )
        if max_queued is not None:
            _check.whole(max_queued, "max_queued", 1)
        if shutdown_timeout is not None:
            shutdown_timeout = _check.seconds(shutdown_timeout, "shutdown_timeout")
        self.queue_type: Final = queue_type
        self.default_priority: Final = default_priority
        self.shutdown_timeout: Final = shutdown_timeout
        self.collectors: Final = Roster(collectors)
        """The collectors by key, in order, read-only and live."""
        self.router: Final = make_router(router, self.collectors)
        """The router, an object of the class that was given."""
        self._consumers = Consumers(
            queue_type,
            default_priority,
            self.router,
            limits=limits,
            max_queued=max_queued,
        )
        members = Membership(self.collectors, self._consumers)
        self._lifespan = Lifespan(self._consumers, members, self.shutdown_timeout)
        self._publisher = EventPublisher(self._consumers, self._lifespan)

    @property
    def running(self) -> bool:
        """Whether sends are accepted."""
        return self._lifespan.running

    @property
    def min_consumers(self) -> int:
        """Consumers open when idle."""
        return self._consumers.limits[0]

    @property
    def max_consumers(self) -> int:
        """The most events in service at once."""
        return self._consumers.limits[1]

    @property
    def max_queued(self) -> int | None:
        """How many events may be queued before senders wait; None: no bound."""
        return self._consumers.queued.max_queued

    def get_publisher(self) -> EventPublisher:
        """The handle for sending, always the same. It works while the queue runs."""
        return self._publisher

    def metrics(self) -> Metrics:
        """A frozen reading of counts, rates and times."""
        return metrics.read(
            self._consumers.tally,
            queued=len(self._consumers.queued),
            in_service=len(self._consumers.active),
            consumer_limits=self._consumers.limits,
            collectors={
                key: CollectorMetrics(collector.processed, collector.errors)
                for key, collector in self.collectors.items()
            },
            blocking={key: longest for key, longest in self._consumers.blocking.items() if key},
        )

    # Start and stop

    async def init_queue(self) -> None:
        """Enter the collectors' lifecycles, in order, and accept payloads. Running: do nothing.

        Raises:
            RuntimeError: It runs in another event loop.
            Exception: Whatever a lifecycle raised. Those already entered are left again.
        """
        await self._lifespan.start()

    async def shut_down_queue(self) -> None:
        """Process what was accepted, then leave the lifecycles in reverse order.

        Nothing is accepted any more. After `shutdown_timeout` seconds the events that are not done
        get an `Error(QueueClosedError)`, and processors still at work are cancelled. Every
        lifecycle is left, even if another one raised. Not running: do nothing.

        Raises:
            RuntimeError: A processor of this queue called it and would wait for itself, or the
                queue runs in another event loop.
            Exception: What a lifecycle raised; an ExceptionGroup if several did.
            asyncio.CancelledError: The caller was cancelled. What was not done was cut off at once,
                and the lifecycles are left.
        """
        await self._lifespan.stop()

    async def __aenter__(self) -> Self:
        await self.init_queue()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.shut_down_queue()

    # Pausing

    @property
    def paused(self) -> bool:
        """Whether consumers take events only as `step` allows."""
        return self._consumers.queued.paused

    def pause(self) -> None:
        """Have consumers take no more events until `resume` or a shutdown.

        Sends are accepted, and events in service go on. Paused already: take back the steps that
        no consumer has made use of.

        Raises:
            QueueClosedError: The queue is not running.
            RuntimeError: This is not the thread and loop in which the queue runs.
        """
        self._lifespan.check_here("pause")
        self._consumers.queued.pause()

    def resume(self) -> None:
        """Have consumers take events again. Not paused: do nothing.

        Raises:
            QueueClosedError: The queue is not running.
            RuntimeError: This is not the thread and loop in which the queue runs.
        """
        self._lifespan.check_here("resume")
        self._consumers.queued.resume()

    def step(self, n: int = 1) -> None:
        """While paused, have consumers take exactly `n` more events, queued now or sent later.

        They do so when the caller awaits something. Steps add up.

        Raises:
            TypeError: `n` is not an int.
            ValueError: `n` is less than 1.
            QueueClosedError: The queue is not running.
            RuntimeError: It is not paused, or this is not the thread and loop in which it runs.
        """
        _check.whole(n, "n", 1)
        self._lifespan.check_here("step")
        if not self.paused:
            raise RuntimeError("step() needs a paused queue; call pause() first")
        self._consumers.queued.step(n)

    async def settle(self, timeout: float) -> SettleReport:
        """Wait until nothing is queued or in service, for `timeout` seconds at most.

        Returns then, whatever happens, and says what is stuck, and where. Events that are accepted
        meanwhile count too. It cannot return while a processor holds the event loop.

        Raises:
            TypeError: `timeout` is not a number.
            ValueError: `timeout` is negative, infinite or not a number.
            RuntimeError: The queue runs in another event loop.
        """
        return await self._lifespan.settle(_check.seconds(timeout, "timeout"))

    # Changes at run time

    async def add(self, collector: Collector) -> None:
        """Enter a collector's lifecycle, then let it have payloads, after all others.

        Raises:
            TypeError: It is not a Collector.
            ValueError: The queue has a collector with that key, or is just getting one; or it is
                just being removed.
            Exception: Whatever its lifecycle raised. It is not added then.
        """
        await self._lifespan.members().add(collector)

    async def replace(self, collector: Collector) -> Collector:
        """Put a collector in the place of the one with its key; return the old one.

        Its lifecycle is entered first: if that fails, the old one stays. Events already taken
        finish with the old one, whose lifecycle is left after the last of them.

        Raises:
            TypeError: It is not a Collector.
            ValueError: It is the collector that is there, or shares its Context while one of them
                has a lifecycle; or that key is just being changed.
            UnknownCollectorError: No collector has its key.
            RuntimeError: The old collector's own processor called it and would wait for itself.
            Exception: Whatever a lifecycle raised.
        """
        return await self._lifespan.members().replace(collector)

    async def remove(self, key: str) -> Collector:
        """Give a collector no more payloads; return it when its lifecycle is left.

        Events already taken finish with it first.

        Raises:
            UnknownCollectorError: No collector has that key.
            ValueError: That key is just being changed.
            RuntimeError: The collector's own processor called it and would wait for itself.
            Exception: Whatever its lifecycle raised. It is removed all the same.
        """
        return await self._lifespan.members().remove(key)

    def __repr__(self) -> str:
        return self._lifespan.of_queue()

    def __del__(self) -> None:
        # An error in the constructor leaves an object without a life.
        if hasattr(self, "_lifespan") and self.running:
            warnings.warn(
                f"{self!r} was never shut down; use 'async with', or await shut_down_queue()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )


def _limits(min_consumers: object, max_consumers: object) -> tuple[int, int]:
    low = _check.whole(min_consumers, "min_consumers", 0)
    high = _check.whole(max_consumers, "max_consumers", 1)
    if high < low:
        raise ValueError(f"max_consumers must be >= min_consumers ({low}), got {high}")
    return low, high
