"""CollectorQueue: starts, stops and changes what payloads flow through."""

import weakref
from collections.abc import Callable
from typing import ClassVar, Final, Self

from event_collector import _check
from event_collector._check import KEEP, Keep
from event_collector._core.attendance import Around, BatchAround
from event_collector._core.buffer import QueueType
from event_collector._core.consumers import Consumers
from event_collector._core.lifespan import Lifespan
from event_collector._core.membership import Membership
from event_collector._core.reading import read
from event_collector._overriding import OF_A_QUEUE, Unique
from event_collector.collector import Collector
from event_collector.event import CollectorEvent
from event_collector.instrument import Instrument, announce
from event_collector.metrics import Metrics
from event_collector.publisher import EventPublisher, Sending
from event_collector.roster import Roster
from event_collector.router import Router, SimpleRouter, make_router
from event_collector.settling import SettleReport

__all__ = ["CollectorEvent", "CollectorQueue", "EventPublisher", "QueueType", "Sending"]


class CollectorQueue(Unique):
    """Takes payloads in and has consumers bring them to collectors.

    An async context manager, or call `init_queue` and `shut_down_queue`; again and again.

    Args:
        collectors: A list of Collectors with different keys. Their order is that of the results.
        min_consumers: Consumers open when idle, 0 or more.
        max_consumers: The most events in service at once, 1 or more. For processors that wait on a
            network or a disk, give what the other side can bear; for order, 1.
        queue_type: In which order consumers take events.
        default_priority: The priority of payloads that have none, in a priority queue.
        router: The class of the router. It is called with the roster of collectors.
        max_queued: How many events may be queued before an awaited `send` waits and
            `send_nowait` refuses. None: no bound.
        shutdown_timeout: How many seconds a shutdown processes what was accepted before it cuts
            the rest off. None: until all is processed.
        lifecycle_timeout: How many seconds a lifecycle has to be entered, or to be left, before it
            is cancelled, and the caller gets a TimeoutError. None: as long as it takes.
        carry_context: Whether a processor, and a router, runs in a copy of the context in which
            its payload was sent, so that correlation ids, tracing spans and a notebook's output
            follow the payload. False: in a copy of that in which the queue was started.
        report_interval: How many seconds of the loop's clock lie between two lines of the metrics
            in the log, at level INFO, with the numbers in `extra`. None: no lines.

    What a processor sees of context variables: `notebooks/README.md`, "Context variables".

    Raises:
        TypeError: An argument is of the wrong type; `router` is not a Router class.
        ValueError: Two collectors have one key; a number is too small; `max_consumers` is less
            than `min_consumers`, or than the `batch_size` of a collector.
    """

    _not_asked: ClassVar = OF_A_QUEUE

    def __init__[C: Collector](
        self,
        collectors: list[Collector] | list[C],
        *,
        min_consumers: int,
        max_consumers: int,
        queue_type: QueueType = QueueType.FIFO,
        default_priority: int = 1000,
        router: type[Router] = SimpleRouter,
        max_queued: int | None = None,
        shutdown_timeout: float | None = 10.0,
        lifecycle_timeout: float | None = None,
        carry_context: bool = False,
        report_interval: float | None = None,
    ) -> None:
        _check.kind(collectors, list, "collectors", "write [collector]", "list of Collector")
        limits = _check.limits(min_consumers, max_consumers)
        types = "use QueueType.FIFO, QueueType.PRIORITY or QueueType.LIFO"
        _check.kind(queue_type, QueueType, "queue_type", types)
        _check.integer(default_priority, "default_priority")
        _check.bound(max_queued)
        if shutdown_timeout is not None:
            shutdown_timeout = _check.seconds(shutdown_timeout, "shutdown_timeout")
        if lifecycle_timeout is not None:
            lifecycle_timeout = _check.duration(lifecycle_timeout, "lifecycle_timeout")
        _check.kind(carry_context, bool, "carry_context", "write True or False")
        self.queue_type: Final = queue_type
        self.default_priority: Final = default_priority
        self.shutdown_timeout: Final = shutdown_timeout
        self.lifecycle_timeout: Final = lifecycle_timeout
        self.carry_context: Final = carry_context
        self.collectors: Final = Roster(collectors)
        """The collectors by key, in order, read-only and live."""
        self.router: Final = make_router(router, self.collectors)
        """The router, an object of the class that was given."""
        order = queue_type, default_priority
        self._consumers = Consumers(
            *order, self.router, limits=limits, max_queued=max_queued, carry_context=carry_context
        )
        members = Membership(self.collectors, self._consumers, lifecycle_timeout)
        self._lifespan = Lifespan(self._consumers, members, shutdown_timeout, report_interval)
        self._publisher: Callable[[], EventPublisher | None] = lambda: None
        announce(self)

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
        """Events that may be queued before senders wait; None: no bound."""
        return self._consumers.queued.max_queued

    def get_publisher(self) -> EventPublisher:
        """The handle for sending, always the same. It keeps the queue alive."""
        if (publisher := self._publisher()) is None:  # it holds the queue, which must not hold it
            publisher = EventPublisher(self._consumers, self._lifespan, self)
            self._publisher = weakref.ref(publisher)
        return publisher

    def metrics(self) -> Metrics:
        """A frozen reading of counts, rates and times. In any thread."""
        return read(self._consumers)

    # Start and stop

    async def init_queue(self) -> None:
        """Enter the collectors' lifecycles, in order, and accept payloads. Running: do nothing.

        Raises:
            RuntimeError: It runs in another event loop, or one of its lifecycles called this.
            LifecycleEndedError: A lifecycle was given up before, and its Context cannot be used.
            Exception: What a lifecycle raised, or a TimeoutError. Those entered are left again.
        """
        await self._lifespan.start()

    async def shut_down_queue(self) -> None:
        """Process what was accepted, then leave the lifecycles in reverse order.

        After `shutdown_timeout` seconds the events that are not done get an
        `Error(QueueClosedError)`, and processors still at work are cancelled. Every lifecycle is
        left, even if another raised. Not running: do nothing. Where `asyncio.run` ends while it
        runs, the same happens, but nothing is processed any more.

        Raises:
            RuntimeError: What it waits for called it (a processor, a task of its that one awaits,
                a lifecycle, what that has started), or has needed it for a minute. Or another loop.
            Exception: What a lifecycle raised, or a TimeoutError; an ExceptionGroup if several did.
            asyncio.CancelledError: The caller was cancelled. The only one cuts off what is not
                done, and gets this when all lifecycles are left; one of several gets it at once.
        """
        await self._lifespan.stop()

    async def __aenter__(self) -> Self:
        await self.init_queue()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.shut_down_queue()

    # Seams

    def add_instrument(self, instrument: Instrument) -> None:
        """Have an instrument told of what happens, until it is removed; in a hook: from the next
        event on.

        Raises:
            TypeError: It is not an Instrument; one of its hooks cannot be called, or is async.
            ValueError: It is an instrument of this queue already, or has no hook at all.
            RuntimeError: The queue runs, and not in this thread and loop.
        """
        _check.kind(instrument, Instrument, "instrument", "write a subclass of Instrument")
        self._lifespan.check_place("add_instrument")
        self._consumers.add_instrument(instrument)

    def remove_instrument(self, instrument: Instrument) -> None:
        """Tell an instrument of nothing more. Within a hook: of nothing but the hook's event.

        Raises:
            ValueError: It is not an instrument of this queue.
            RuntimeError: The queue runs, and not in this thread and loop.
        """
        self._lifespan.check_place("remove_instrument")
        if not self._consumers.remove_instrument(instrument):
            raise ValueError(f"{type(instrument).__name__} is not an instrument of this queue")

    def current_event(self) -> CollectorEvent | None:
        """The event for which the code that calls this runs; None if there is none.

        That is so in a processor and a router, and in the tasks and threads they start (by
        `asyncio.to_thread`, or with a copy of the context), while the event is not done. From the
        first call on, each processor runs in a context of its own, a microsecond or two longer.
        The first call may miss one, in a thread that a processor without any `await` starts.
        """
        return self._consumers.current_event()

    def current_events(self) -> list[CollectorEvent]:
        """In a batch all its events, as its payloads are in order; else `current_event`, if any."""
        return self._consumers.current_events()

    def wrap(self, key: str, around: Around | BatchAround) -> Callable[[], None]:
        """Run `await around(payload, ctx, processor)` in a processor's place, from now on.

        From the next payload that is taken, until what this returns is called. It goes by the key,
        also of who replaces it. Of several the last is outermost. Of a batch it gets the list.

        Raises:
            UnknownCollectorError: No collector has that key.
            TypeError: `around` is not an async function of three arguments.
            RuntimeError: The queue runs, and not in this thread and loop. From what it returns too.
        """
        self.collectors._get(key)
        _check.around(key, around)
        self._lifespan.check_place("wrap")
        return self._consumers.attendance.wrap(key, around, self._lifespan.check_place)

    def set_limits(
        self,
        *,
        min_consumers: int | Keep = KEEP,
        max_consumers: int | Keep = KEEP,
        max_queued: int | Keep | None = KEEP,
    ) -> None:
        """Change limits, running or not; what is not given stays.

        With a lower `max_consumers`, those in service finish, and none is begun above it; a higher
        one counts at once. With a lower `max_queued`, senders who wait go on waiting; None lets
        them go. The limits stay when the queue is started again.

        Raises:
            TypeError, ValueError: As from the constructor; nothing is changed.
            RuntimeError: The queue runs, and not in this thread and loop.
        """
        low = self.min_consumers if min_consumers is KEEP else min_consumers
        high = self.max_consumers if max_consumers is KEEP else max_consumers
        most = self.max_queued if max_queued is KEEP else max_queued
        limits, most = _check.limits(low, high), _check.bound(most)
        self._lifespan.check_place("set_limits")
        self._consumers.limit(limits, most)

    # Pausing

    @property
    def paused(self) -> bool:
        """Whether consumers take events only as `step` allows."""
        return self._consumers.queued.paused

    @property
    def steps_left(self) -> int:
        """While paused, how many more events consumers may take, as `step` allowed; else 0."""
        return self._consumers.queued.steps_left

    def pause(self) -> None:
        """Have consumers take no more events until `resume` or a shutdown.

        Sends are accepted, and events in service go on. Steps that nobody has used are taken back.

        Raises:
            QueueClosedError, RuntimeError: It is not running, or not in this thread and loop.
        """
        self._lifespan.check_here("pause")
        self._consumers.queued.pause()

    def resume(self) -> None:
        """Have consumers take events again. Raises what `pause` raises."""
        self._lifespan.check_here("resume")
        self._consumers.queued.resume()

    def step(self, n: int = 1) -> None:
        """While paused, have consumers take exactly `n` more events, queued now or sent later.

        They do so when the caller awaits something. Steps add up.

        Raises:
            TypeError, ValueError: `n` is not an int of at least 1.
            QueueClosedError, RuntimeError: As from `pause`; or it is not paused.
        """
        _check.whole(n, "n", 1)
        self._lifespan.check_here("step")
        if not self.paused:
            raise RuntimeError("step() needs a paused queue; call pause() first")
        self._consumers.queued.step(n)

    async def settle(self, timeout: float) -> SettleReport:
        """Wait until nothing is queued or in service, for `timeout` seconds at most.

        And no lifecycle is being entered or left. Returns then, whatever happens, and says what is
        stuck, and where. Sends meanwhile count too. It waits while a processor holds the loop.

        Raises:
            TypeError, ValueError, RuntimeError: `timeout` is wrong, or this is another loop.
        """
        return await self._lifespan.settle(_check.seconds(timeout, "timeout"))

    async def add(self, collector: Collector) -> None:
        """Enter a collector's lifecycle, then let it have payloads, after those given before it.

        Raises:
            TypeError: It is not a Collector.
            ValueError: The queue has a collector with that key, or just gets or removes one.
            Exception: Whatever its lifecycle raised. It is not added then.
        """
        await self._lifespan.members().add(collector)

    async def replace(self, collector: Collector) -> Collector:
        """Put a collector in the place of the one with its key; return the old one.

        Its lifecycle is entered first: if that fails, or takes longer than `lifecycle_timeout`, the
        old one stays. Events already taken finish with the old one; then its lifecycle is left.

        Raises:
            TypeError: It is not a Collector.
            ValueError: It is the collector that is there, or shares its Context while the queue
                runs and one of them has a lifecycle; or that key is just being changed.
            UnknownCollectorError: No collector has its key.
            RuntimeError: The old collector's own processor or lifecycle called it, which it awaits.
            Exception: Whatever a lifecycle raised.
        """
        return await self._lifespan.members().replace(collector)

    async def remove(self, key: str) -> Collector:
        """Give a collector no more payloads; return it when it has left its lifecycle.

        Raises:
            UnknownCollectorError: No collector has that key.
            ValueError: That key is just being changed.
            RuntimeError: The collector's own processor or lifecycle called it, which it awaits.
            Exception: Whatever its lifecycle raised. It is removed all the same.
        """
        return await self._lifespan.members().remove(key)

    def __repr__(self) -> str:
        return self._lifespan.of_queue()

    def __del__(self) -> None:
        if hasattr(self, "_lifespan"):  # it has none if its constructor raised
            self._lifespan.drop(self)
