"""EventPublisher: the handle by which payloads get into a queue."""

from asyncio import _get_running_loop
from collections.abc import AsyncIterable, Callable, Coroutine, Generator, Iterable
from typing import TYPE_CHECKING, Any

from event_collector import _check
from event_collector._core.consumers import Consumers
from event_collector._core.lifespan import Lifespan
from event_collector._core.many import Many
from event_collector._core.outside import Call, in_own_thread
from event_collector._overriding import only_here
from event_collector._text import one_line
from event_collector.data import Payload, ResultList
from event_collector.errors import QueueClosedError, QueueFullError
from event_collector.event import CollectorEvent

_TURN = 256
"""An awaited sender makes way for others after this many events of the queue."""

if TYPE_CHECKING:
    import concurrent.futures

    _Sending = Coroutine[Any, Any, CollectorEvent]
else:
    _Sending = object


class Sending(_Sending):
    """What `send` returns: the event is accepted already, awaiting it gives the CollectorEvent.

    It may be ignored, awaited, or given to `asyncio.create_task`, `gather` or `wait_for`.
    """

    __slots__ = ("_steps", "event")

    event: CollectorEvent
    """The accepted event, there without awaiting."""

    def __init_subclass__(cls) -> None:
        only_here(Sending, cls)

    def __await__(self) -> Generator[Any, Any, CollectorEvent]:
        """Wait for room, or let others have their turn."""
        event = self.event
        consumers: Consumers = event._consumers  # type: ignore[assignment]  # those that accepted it
        now = event.accepted_at
        if (room := consumers.queued.room) is not None and len(consumers.queued) > room.limit:
            if _get_running_loop() is not consumers.loop:
                raise RuntimeError(
                    "a Sending was awaited outside the event loop in which the queue runs, where "
                    "it cannot wait for room; await it there (the payload is accepted)"
                )
            yield from room.wait()
        elif (
            event.id % _TURN == 0
            or (room is not None and room.going)  # nobody overtakes those who have waited
            or (now >= consumers.senders.end and consumers.senders.over(now))
        ):
            yield
        return event

    async def wait(self) -> ResultList:
        """Wait for room, then until all results are in, and return them.

        Cancelled meanwhile, the payload stays accepted.

        Raises:
            RuntimeError: As from `CollectorEvent.wait`.
            KeyboardInterrupt, SystemExit: A processor raised it while this waited.
        """
        await self
        return await self.event.wait()

    def send(self, value: Any) -> Any:
        """For the event loop: go on."""
        return self._begun().send(value)

    def throw(self, *exc: Any) -> Any:
        """For the event loop: go on with an exception."""
        return self._begun().throw(*exc)

    def close(self) -> None:
        """For the event loop: give up. The payload stays accepted."""
        self._begun().close()

    def __reduce_ex__(self, protocol: object) -> Any:
        raise TypeError(
            f"the Sending of event {self.event.id} cannot be copied or pickled: it waits for room "
            "in its queue; take its event, which can when it is done, or its event.payload"
        )

    def _begun(self) -> Generator[Any, Any, CollectorEvent]:
        if not hasattr(self, "_steps"):
            self._steps = self.__await__()
        return self._steps

    def __repr__(self) -> str:
        return f"Sending({self.event!r})"


# asyncio.create_task, gather and wait_for take coroutines, and ask for the interface by isinstance.
# Registered, not derived: a class that derives from an abstract one makes its objects slowly.
Coroutine.register(Sending)


class EventPublisher:
    """Sends payloads to its queue. `CollectorQueue.get_publisher` gives one."""

    def __init_subclass__(cls) -> None:
        only_here(EventPublisher, cls)

    def __init__(self, consumers: Consumers, lifespan: Lifespan, queue: object) -> None:
        self._consumers = consumers
        self._lifespan = lifespan
        self._queue = queue  # kept alive as long as somebody can send to it, and for nothing else

    def send(self, payload: Payload[Any]) -> Sending:
        """Accept a payload; await the return value for its event, or ignore it.

        The payload is accepted when this is called, awaited or not. Awaiting waits for room
        while more than `max_queued` events are queued: that is the backpressure. Cancelled while
        waiting, the payload stays accepted. In a processor it may be awaited for another queue;
        for its own, all consumers could come to wait for each other: there leave the await out.

        Args:
            payload: What to deliver, passed to the collectors as it is, never copied.

        Raises:
            TypeError: `payload` is not a Payload.
            QueueClosedError: The queue is not running.
            RuntimeError: This is not the thread and loop in which the queue runs.
        """
        if _get_running_loop() is not self._consumers.open_to or not isinstance(payload, Payload):
            self._refuse("send", payload)
        # No constructor of its own: one in Python takes as long again as all the rest of it.
        sending = Sending()
        sending.event = self._consumers.accept(payload)
        return sending

    def send_nowait(self, payload: Payload[Any]) -> CollectorEvent:
        """Accept a payload if there is room for it now, and return its event.

        Raises:
            QueueFullError: `max_queued` events are queued. The payload is not accepted.
            TypeError: `payload` is not a Payload.
            QueueClosedError: The queue is not running.
            RuntimeError: This is not the thread and loop in which the queue runs.
        """
        consumers = self._consumers
        if _get_running_loop() is not consumers.open_to or not isinstance(payload, Payload):
            self._refuse("send_nowait", payload)
        room = consumers.queued.room
        if room is not None and room.full(len(consumers.queued)):
            raise QueueFullError(room.limit)
        return consumers.accept(payload)

    def send_threadsafe(
        self, payload: Payload[Any], *, wait_for_room: bool = False, timeout: float | None = None
    ) -> "concurrent.futures.Future[ResultList]":
        """Send from any thread; the future is done when all results are in.

        It can be cancelled until the queue's loop has accepted the payload, not later. Do not wait
        for it in the queue's own thread: nothing could be processed meanwhile. If the loop was
        closed without a shutdown, it is done when the queue is next started, shut down or changed.
        A loop that is only stopped may run on: whoever waits then waits until it does.

        Args:
            payload: What to deliver, as with `send`.
            wait_for_room: Whether to block this thread until the payload is accepted, which is
                when fewer than `max_queued` events are queued: the backpressure for threads. They
                have their turns with each other and with `send_all`. Without, the payload is
                accepted as by `send`, whatever is queued.
            timeout: With `wait_for_room`: how many seconds that may take. None: as long as it
                takes.

        Raises:
            TypeError: `payload` is not a Payload, `wait_for_room` not a bool, or `timeout` not a
                number.
            ValueError: `timeout` is not above 0, not finite, or given without `wait_for_room`.
            QueueClosedError: The queue is not running, or was shut down while this waited, or its
                loop was closed. If it is shut down between this call and the acceptance without
                waiting, the future holds the error.
            QueueFullError: The payload was not accepted within `timeout` seconds. It never will be.
            RuntimeError: It was to wait in the queue's own thread: nothing would make room.
        """
        if not isinstance(payload, Payload):
            self._refuse("send_threadsafe", payload)
        _check.kind(wait_for_room, bool, "wait_for_room", "write True or False")
        if timeout is not None:
            timeout = _check.duration(timeout, "timeout")
            if not wait_for_room:
                raise ValueError(f"timeout={timeout:g} needs wait_for_room=True")
        self._lifespan.heed_loop()
        if not self._lifespan.running:
            raise self._lifespan.closed()
        if wait_for_room and in_own_thread(self._consumers):
            raise RuntimeError(
                "send_threadsafe(wait_for_room=True) was called in the queue's own thread, where "
                "nothing could make room meanwhile; await send() there"
            )
        call = Call(self._consumers, payload, self._not_running)
        try:
            call.make(for_room=wait_for_room)
            if wait_for_room:
                call.wait(timeout)
            return call.results
        finally:
            del call, payload  # what is raised leads back to here

    async def send_all(
        self,
        payloads: Iterable[Payload[Any]] | AsyncIterable[Payload[Any]],
        *,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> list[CollectorEvent]:
        """Send many payloads; return their events, in order, as soon as the last is accepted.

        Never more than `max_queued` events are queued by this: it waits for room before each. It
        hands over to others as an awaited `send` does. If it ends early, what was accepted stays
        accepted, and a note on the exception says how many payloads that were.

        Args:
            payloads: A list or another sequence is checked before the first is sent; what else
                can be iterated, with `for` or `async for`, as it goes.
            progress: Called with how many are accepted and how many there are (None where that
                is not known): at most ten times a second while that grows, also when the source
                rests then, and at the end, an early one too. For how many are done, count
                `Instrument.finished`.

        Raises:
            TypeError: `payloads` cannot be iterated, or one of them is not a Payload; `progress`
                cannot be called, or is async.
            QueueClosedError: The queue is not running, or was shut down meanwhile, though it may
                have been started again.
            RuntimeError: This is not the thread and loop in which the queue runs.
            Exception: Whatever the iterable, or `progress`, raised. What `progress` raises while
                the source rests comes with the next payload; at an early end it is only logged.
        """
        many = Many(self, self._consumers, progress)
        await many.send_all(payloads)
        return many.events

    async def wait(self) -> None:
        """Wait until every event that the queue has accepted so far is done.

        Raises:
            RuntimeError: It was called by a processor, which would wait for itself, or outside
                the loop in which the queue runs.
        """
        await self._lifespan.wait_for_all()

    def _not_running(self) -> QueueClosedError | None:
        self._lifespan.heed_loop()
        return None if self._lifespan.running else self._lifespan.closed()

    def _refuse(self, method: str, payload: object) -> None:
        if not isinstance(payload, Payload):
            raise TypeError(
                f"{method}() takes a Payload, got {type(payload).__name__}: {one_line(payload)}; "
                "wrap it: Payload(value)"
            )
        self._check_open(method)

    def _check_open(self, method: str) -> None:
        self._lifespan.heed_loop()
        if not self._lifespan.running:
            raise self._lifespan.closed()
        if _get_running_loop() is not self._consumers.open_to:
            raise RuntimeError(
                f"{method}() was called outside the thread and event loop in which the queue runs; "
                "use send_threadsafe()"
            )

    def __repr__(self) -> str:
        return f"EventPublisher({self._lifespan.of_queue()})"
