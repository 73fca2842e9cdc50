"""Sendings: how payloads get into a workbench, in order, also before its queue is ready."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Hashable, Iterable
from typing import Any

from event_collector import CollectorEvent, CollectorQueue, EventPublisher, Payload, ResultList
from event_collector.queue import Sending
from event_collector_widgets.changes import Changes
from event_collector_widgets.kernel import OwnerLoop
from event_collector_widgets.names import Former
from event_collector_widgets.output import EARS


class BenchSending(Coroutine[Any, Any, CollectorEvent]):
    """What a workbench's `send` returns: awaiting it gives the event, its `wait` the results.

    It may be ignored, awaited, or given to `asyncio.create_task`, `gather` or `wait_for`. The
    payload is on its way already.

    Args:
        sending: That of the queue; a task that gives it where the queue is not ready yet.
    """

    __slots__ = ("_sending", "_steps", "asked")

    asked: bool
    """Whether somebody awaits it, and so gets what it raises."""

    def __init__(self, sending: "Sending | asyncio.Task[Sending]") -> None:
        self._sending = sending
        self._steps: Generator[Any, Any, CollectorEvent] | None = None
        self.asked = False

    async def wait(self) -> ResultList:
        """Wait until all results are in, and return them.

        Cancelled meanwhile, the payload stays accepted.

        Raises:
            Exception: As from `Workbench.send`, and from `CollectorEvent.wait`.
        """
        event = await self
        return await event.wait()

    def __await__(self) -> Generator[Any, Any, CollectorEvent]:
        self.asked = True
        if isinstance(self._sending, asyncio.Task):
            # Shielded: who is cancelled while it waits takes nothing back.
            sending: Sending = yield from asyncio.shield(self._sending).__await__()
        else:
            sending = self._sending
        return (yield from sending.__await__())

    def send(self, value: Any) -> Any:
        """For the event loop: go on."""
        return self._begun().send(value)

    def throw(self, *exc: Any) -> Any:
        """For the event loop: go on with an exception."""
        return self._begun().throw(*exc)

    def close(self) -> None:
        """For the event loop: give up. The payload is on its way all the same."""
        self._begun().close()

    def _begun(self) -> Generator[Any, Any, CollectorEvent]:
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Outbox:
    """Payloads that wait until they can be accepted, in the order in which they were sent.

    Args:
        loop: The loop in which they wait.
        lost: Gets what stopped a payload whose sender does not await it.
    """

    def __init__(self, loop: OwnerLoop, lost: Callable[[BaseException], object]) -> None:
        self._loop = loop
        self._lost = lost
        self._last: dict[Hashable, asyncio.Task[Sending]] = {}

    def waits(self, line: Hashable) -> bool:
        """Whether somebody waits in this line: nobody must overtake him."""
        return line in self._last

    def put(
        self, line: Hashable, ready: Callable[[], Awaitable[None]], accept: Callable[[], Sending]
    ) -> BenchSending:
        """Accept a payload as soon as those before it in its line are, and all is ready.

        Args:
            line: Of those in different lines none waits for another: a lifecycle sends while
                the senders outside wait for it.
            ready: Waits for what must be in its place before.
            accept: Has the queue accept it.
        """
        before = self._last.get(line)

        async def accepted() -> Sending:
            if before is not None:
                await asyncio.wait([before])
            await ready()
            return accept()

        def failed(error: BaseException) -> None:
            self._loop.soon(lambda: None if sending.asked else self._lost(error))

        task = self._last[line] = asyncio.Task(accepted(), loop=self._loop.loop)
        sending = BenchSending(task)

        def ended(task: asyncio.Task[Sending]) -> None:
            if self._last.get(line) is task:
                del self._last[line]
            if not task.cancelled() and (error := task.exception()) is not None:
                failed(error)

        task.add_done_callback(ended)
        return sending

    async def passed(self, line: Hashable) -> None:
        """Wait until those who wait in a line now are accepted, or cannot be."""
        if (last := self._last.get(line)) is not None:
            await asyncio.wait([last])

    async def drain(self, timeout: float | None) -> None:
        """Wait until all are accepted, or cannot be, for so many seconds at most."""
        if self._last:
            await asyncio.wait(self._last.values(), timeout=timeout)


class Sends:
    """For a Workbench: sending to its queue, as soon as the collectors are in their places."""

    queue: CollectorQueue
    loop: OwnerLoop
    _changes: Changes
    _former: Former
    _outbox: Outbox

    @property
    def publisher(self) -> EventPublisher:
        """The queue's publisher, for everything that a service would do with it."""
        EARS.heed()
        return self.queue.get_publisher()

    def send(self, payload: Payload[Any]) -> BenchSending:
        """Send a payload; await the return value for its event, or ignore it.

        It takes effect when it is called, in order, as the publisher's does: `bench.send(payload)`.
        Where a lifecycle is still being entered, the payload is accepted after that. Awaited, it
        gives the event: `event = await bench.send(payload)`; and its `wait()` gives the results:
        `results = await bench.send(payload).wait()`.

        A processor's own send waits for nothing: a lifecycle may be waiting for that processor.
        A lifecycle's own send waits for the lifecycles begun before that one.

        Raises:
            TypeError: It is not a Payload.
            QueueClosedError: The workbench was closed.
            RuntimeError: This is not the loop of the workbench.
            Exception: Awaited: what a lifecycle raised that was begun since the last `send` or
                `ready`. The payload is not sent then; where nobody awaits, a line says so.
        """
        self._check_open()
        line = self._changes.line()
        waits = self._outbox.waits(line) or self._changes.due()
        if waits and self._can_wait() and isinstance(payload, Payload):
            return self._outbox.put(line, self.ready, lambda: self.publisher.send(payload))
        return BenchSending(self.publisher.send(payload))

    async def send_all(
        self,
        payloads: Iterable[Payload[Any]],
        *,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> list[CollectorEvent]:
        """Send many payloads, as `send` does each; return their events when the last is accepted.

        Args:
            payloads: As for `EventPublisher.send_all`.
            progress: As for `EventPublisher.send_all`.

        Raises:
            Exception: As from `send` and `EventPublisher.send_all`.
        """
        self._check_open()
        if self._can_wait():
            await self._outbox.passed(self._changes.line())
            await self.ready()
        return await self.publisher.send_all(payloads, progress=progress)

    async def ready(self) -> None:
        """Wait until every collector that was begun is in its place.

        Raises:
            Exception: What a lifecycle raised; an ExceptionGroup if several did. It is raised once.
        """
        await self._changes.ready()

    def _can_wait(self) -> bool:
        """Whether what sends is not a processor, and runs in the workbench's loop."""
        if asyncio._get_running_loop() is not self.loop.loop:
            return False
        return not self.queue.current_events() and not self._former.in_service()

    def _check_open(self) -> None:
        """Raise that the workbench was closed, if it was."""
