"""CollectorQueue: starts, stops and changes what payloads flow through."""

import asyncio
import enum
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Final, Self

from event_collector import _check, metrics
from event_collector._text import one_line
from event_collector.buffer import QueueType, make_buffer
from event_collector.collector import Collector
from event_collector.consumers import CLOSED, Consumers
from event_collector.errors import QueueClosedError
from event_collector.event import CollectorEvent, Sending
from event_collector.membership import Membership
from event_collector.metrics import CollectorMetrics, Metrics
from event_collector.publisher import EventPublisher
from event_collector.roster import Roster
from event_collector.router import Router, SimpleRouter, make_router
from event_collector.shutdown import drain, forsake

__all__ = ["CollectorEvent", "CollectorQueue", "EventPublisher", "QueueType", "Sending"]


class _State(enum.Enum):
    NEW = "not started"
    STARTING = "still starting"
    RUNNING = "running"
    CLOSING = "shutting down"
    CLOSED = "shut down"


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
        TypeError: An argument is of the wrong type; `router` is no Router class.
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
        self._state = _State.NEW
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
            partial(make_buffer, queue_type, default_priority),
            self.router,
            limits=limits,
            max_queued=max_queued,
        )
        self._publisher = EventPublisher(self)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Lock()
        self._members = Membership(self.collectors, self._consumers)

    @property
    def running(self) -> bool:
        """Whether sends are accepted."""
        return self._state is _State.RUNNING

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
        return self._consumers.max_queued

    def get_publisher(self) -> EventPublisher:
        """The handle for sending, always the same. It works while the queue runs."""
        return self._publisher

    def metrics(self) -> Metrics:
        """A frozen reading of counts, rates and times."""
        return metrics.read(
            self._consumers.tally,
            queued=self._consumers.queued,
            in_service=len(self._consumers.active),
            consumer_limits=self._consumers.limits,
            collectors={
                key: CollectorMetrics(collector.processed, collector.errors)
                for key, collector in self.collectors.items()
            },
        )

    # Start and stop

    async def init_queue(self) -> None:
        """Enter the collectors' lifecycles, in order, and accept payloads. Running: do nothing.

        Raises:
            RuntimeError: It runs in another event loop.
            Exception: Whatever a lifecycle raised. Those already entered are left again.
        """
        if self._state is _State.RUNNING and self._loop is asyncio.get_running_loop():
            return
        async with self._my_turn("init_queue"):
            if self._state is _State.RUNNING:
                return
            before, self._state = self._state, _State.STARTING
            try:
                await self._members.open()
            except BaseException:
                self._state = before
                raise
            self._consumers.start(asyncio.get_running_loop())
            self._state = _State.RUNNING

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
        async with self._my_turn("shut_down_queue"):
            if self._state is not _State.RUNNING:
                return
            self._state = _State.CLOSING
            self._consumers.open_to = CLOSED
            self._members.closing = True
            cancelled: asyncio.CancelledError | None = None
            try:
                cancelled = await drain(self._consumers, self.shutdown_timeout)
            finally:
                try:
                    await self._members.close(cancelled)
                finally:
                    self._state = _State.CLOSED

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

    # Changes at run time

    async def add(self, collector: Collector) -> None:
        """Enter a collector's lifecycle, then let it have payloads, after all others.

        Raises:
            TypeError: It is no Collector.
            ValueError: The queue has a collector with that key, or is just getting one; or it is
                just being removed.
            Exception: Whatever its lifecycle raised. It is not added then.
        """
        await self._living().add(collector)

    async def replace(self, collector: Collector) -> Collector:
        """Put a collector in the place of the one with its key; return the old one.

        Its lifecycle is entered first: if that fails, the old one stays. Events already taken
        finish with the old one, whose lifecycle is left after the last of them.

        Raises:
            TypeError: It is no Collector.
            ValueError: It is the collector that is there, or shares its Context while one of them
                has a lifecycle; or that key is just being changed.
            UnknownCollectorError: No collector has its key.
            RuntimeError: The old collector's own processor called it and would wait for itself.
            Exception: Whatever a lifecycle raised.
        """
        return await self._living().replace(collector)

    async def remove(self, key: str) -> Collector:
        """Give a collector no more payloads; return it when its lifecycle is left.

        Events already taken finish with it first.

        Raises:
            UnknownCollectorError: No collector has that key.
            ValueError: That key is just being changed.
            RuntimeError: The collector's own processor called it and would wait for itself.
            Exception: Whatever its lifecycle raised. It is removed all the same.
        """
        return await self._living().remove(key)

    # Within

    @asynccontextmanager
    async def _my_turn(self, method: str) -> AsyncIterator[None]:
        """One start or stop at a time, and only in the loop in which the queue runs."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._state not in (_State.NEW, _State.CLOSED):
                self._forsake(method)
            self._loop, self._turn = loop, asyncio.Lock()
        self._check_not_within(method)
        async with self._turn:
            yield

    def _check_not_within(self, method: str) -> None:
        task = asyncio.current_task()
        if self._consumers.at_work_in(task):
            who = "processor"
        elif self._members.at_work_in(task):
            who = "lifecycle"
        else:
            return
        raise RuntimeError(
            f"{method}() was called by a {who} of this queue, which would wait for "
            f"itself; call it elsewhere, or asyncio.create_task(queue.{method}())"
        )

    def _forsake(self, method: str) -> None:
        """End what an event loop has left behind that was closed while the queue ran in it."""
        if self._loop is not None and not self._loop.is_closed():
            raise RuntimeError(
                f"{method}() was called in another event loop than the one in which the queue "
                "runs; shut it down there"
            )
        forsake(self._consumers)
        self._members.forget()
        self._state = _State.CLOSED

    def _living(self) -> Membership:
        if self._loop is not None and self._loop.is_closed() and self._consumers.accepting:
            self._forsake("change")
        return self._members

    def _closed(self) -> QueueClosedError:
        advice = "enter it with 'async with queue:', or await queue.init_queue()"
        if self._state is _State.CLOSING:
            advice = "send before it is shut down"
        return QueueClosedError(f"is {self._state.value}", advice)

    async def _wait_for_all(self) -> None:
        if self._state in (_State.NEW, _State.CLOSED):
            return
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("wait() was called outside the event loop in which the queue runs")
        if self._consumers.at_work_in(asyncio.current_task()):
            raise RuntimeError(
                "wait() was called by a processor of this queue, which would wait for itself"
            )
        await self._consumers.wait_for_all()

    def __repr__(self) -> str:
        low, high = self._consumers.limits
        return (
            f"CollectorQueue({list(self.collectors)!r}, {self.queue_type.name}, "
            f"{low} to {high} consumers, {self._state.value})"
        )

    def __del__(self) -> None:
        # An error in the constructor leaves an object without a state.
        if getattr(self, "_state", None) is _State.RUNNING:
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
