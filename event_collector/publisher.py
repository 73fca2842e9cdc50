"""EventPublisher: the handle by which payloads get into a queue."""

import concurrent.futures
from asyncio import Future, _get_running_loop
from typing import TYPE_CHECKING, Any

from event_collector._text import one_line
from event_collector.data import Payload, ResultList
from event_collector.errors import QueueClosedError, QueueFullError
from event_collector.event import CollectorEvent, Sending

if TYPE_CHECKING:
    from event_collector.queue import CollectorQueue


class EventPublisher:
    """Sends payloads to its queue. `CollectorQueue.get_publisher` gives one."""

    def __init__(self, queue: "CollectorQueue") -> None:
        self._queue = queue
        self._consumers = queue._consumers

    def send(self, payload: Payload[Any]) -> Sending:
        """Accept a payload; await the return value for its event, or ignore it.

        The payload is accepted when this is called, awaited or not. Awaiting waits for room
        while more than `max_queued` events are queued: that is the backpressure. Cancelled while
        waiting, the payload stays accepted.

        Args:
            payload: What to deliver, passed to the collectors as it is, never copied.

        Raises:
            TypeError: `payload` is not a Payload.
            QueueClosedError: The queue is not running.
            RuntimeError: This is not the thread and loop in which the queue runs.
        """
        if _get_running_loop() is not self._consumers.open_to or not isinstance(payload, Payload):
            self._refuse("send", payload)
        return Sending(self._consumers.accept(payload))

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
        most = consumers.line.max_queued
        if most is not None and len(consumers.line) >= most:
            raise QueueFullError(most)
        return consumers.accept(payload)

    def send_threadsafe(self, payload: Payload[Any]) -> "concurrent.futures.Future[ResultList]":
        """Send from any thread; the future is done when all results are in.

        It can be cancelled until the queue's loop has accepted the payload, not later. Do not wait
        for it in the queue's own thread: nothing could be processed meanwhile.

        Raises:
            TypeError: `payload` is not a Payload.
            QueueClosedError: The queue is not running. If it is shut down between this call and
                the acceptance, the future holds the error.
        """
        if not isinstance(payload, Payload):
            self._refuse("send_threadsafe", payload)
        if not self._queue.running:
            raise self._queue._life.closed()
        results: concurrent.futures.Future[ResultList] = concurrent.futures.Future()
        try:
            self._consumers.loop.call_soon_threadsafe(self._accept_for, payload, results)
        except RuntimeError:
            if not self._consumers.loop.is_closed():
                raise
            raise QueueClosedError(
                "is in an event loop that was closed", "shut it down before its loop ends"
            ) from None
        return results

    async def wait(self) -> None:
        """Wait until every event that the queue has accepted so far is done.

        Raises:
            RuntimeError: It was called by a processor, which would wait for itself, or outside
                the loop in which the queue runs.
        """
        await self._queue._life.wait_for_all()

    def _accept_for(
        self, payload: Payload[Any], results: "concurrent.futures.Future[ResultList]"
    ) -> None:
        if not results.set_running_or_notify_cancel():
            return
        if not self._queue.running:
            results.set_exception(self._queue._life.closed())
            return
        try:
            event = self._consumers.accept(payload)
        except Exception as exc:
            results.set_exception(exc)
            return

        def pass_on(_: Future[None]) -> None:
            assert event.result is not None
            results.set_result(event.result)

        event._add_waiter(caller=False).add_done_callback(pass_on)

    def _refuse(self, method: str, payload: object) -> None:
        if not isinstance(payload, Payload):
            raise TypeError(
                f"{method}() takes a Payload, got {type(payload).__name__}: {one_line(payload)}; "
                "wrap it: Payload(value)"
            )
        if not self._queue.running:
            raise self._queue._life.closed()
        raise RuntimeError(
            f"{method}() was called outside the thread and event loop in which the queue runs; "
            "use send_threadsafe()"
        )

    def __repr__(self) -> str:
        return f"EventPublisher({self._queue!r})"
