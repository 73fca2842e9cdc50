"""The lifespan of a queue: started, running and shut down, in one event loop, a step at a time.

What may be done when is decided here and nowhere else. Consumers and members do as they are told.
"""

import asyncio
import enum
from asyncio import _get_running_loop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from event_collector._core.consumers import Consumers
from event_collector._core.inspection import settle
from event_collector._core.membership import Membership
from event_collector._core.shutdown import drain, forsake
from event_collector.errors import QueueClosedError
from event_collector.settling import SettleReport


class State(enum.Enum):
    """How far a queue is."""

    NEW = "not started"
    STARTING = "still starting"
    RUNNING = "running"
    CLOSING = "shutting down"
    CLOSED = "shut down"


class Lifespan:
    """Starts and stops consumers and their collectors, and says what can be done when.

    Args:
        consumers: The consumers of the queue.
        members: Its collectors, with their lifecycles.
        shutdown_timeout: See `CollectorQueue`.
    """

    def __init__(
        self, consumers: Consumers, members: Membership, shutdown_timeout: float | None
    ) -> None:
        self.state = State.NEW
        self._consumers = consumers
        self._members = members
        self._shutdown_timeout = shutdown_timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop of the last start or stop. It may be closed: see `_forsake`."""
        self._turn = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether sends are accepted."""
        return self.state is State.RUNNING

    def of_queue(self) -> str:
        """The queue in one line: its collectors, type, limits and state."""
        queued, (low, high) = self._consumers.queued, self._consumers.limits
        return (
            f"CollectorQueue({list(queued.router.collectors)!r}, {queued.queue_type.name}, "
            f"{low} to {high} consumers, {self.state.value})"
        )

    async def start(self) -> None:
        """See `CollectorQueue.init_queue`."""
        if self.state is State.RUNNING and self._loop is asyncio.get_running_loop():
            return
        async with self._my_turn("init_queue"):
            if self.state is State.RUNNING:
                return
            before, self.state = self.state, State.STARTING
            # Lifecycles first, then the consumers: no payload may meet a context that is not set
            # up. A send meanwhile is refused.
            try:
                await self._members.open()
            except BaseException:
                self.state = before
                raise
            self._consumers.open(asyncio.get_running_loop())
            self.state = State.RUNNING

    async def stop(self) -> None:
        """See `CollectorQueue.shut_down_queue`."""
        async with self._my_turn("shut_down_queue"):
            if self.state is not State.RUNNING:
                return
            self.state = State.CLOSING
            # In this order: nothing comes in; what is in is worked off, or cut off; only then are
            # the contexts closed that it is worked off with. Each step is made even if the one
            # before raised: a lifecycle that stays open would be lost for good.
            self._consumers.close()
            self._members.admit_nobody()
            cancelled: asyncio.CancelledError | None = None
            try:
                cancelled = await drain(self._consumers, self._shutdown_timeout)
            finally:
                try:
                    await self._members.close(cancelled)
                finally:
                    self.state = State.CLOSED

    async def wait_for_all(self) -> None:
        """See `EventPublisher.wait`."""
        if self.state in (State.NEW, State.CLOSED):
            return
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("wait() was called outside the event loop in which the queue runs")
        if self._consumers.at_work_in(asyncio.current_task()):
            raise RuntimeError(
                "wait() was called by a processor of this queue, which would wait for itself"
            )
        await self._consumers.wait_for_all()

    async def settle(self, timeout: float) -> SettleReport:
        """See `CollectorQueue.settle`."""
        if (
            self.state not in (State.NEW, State.CLOSED)
            and asyncio.get_running_loop() is not self._loop
        ):
            raise RuntimeError("settle() was called outside the event loop of the queue")
        return await settle(self._consumers, timeout)

    def check_here(self, method: str) -> None:
        """Raise unless the queue runs, and runs in this thread and loop."""
        if self.state is not State.RUNNING:
            raise self.closed()
        if _get_running_loop() is not self._loop:
            raise RuntimeError(
                f"{method}() was called outside the thread and event loop in which the queue runs; "
                f"use loop.call_soon_threadsafe(queue.{method})"
            )

    def check_place(self, method: str) -> None:
        """Raise if the queue has begun to run, and in another thread or loop than this."""
        if self.state in (State.NEW, State.CLOSED):
            return
        if self._loop is not None and self._loop.is_closed():
            return
        if _get_running_loop() is not self._loop:
            raise RuntimeError(
                f"{method}() was called outside the thread and event loop in which the queue runs; "
                f"call it there, from another thread with loop.call_soon_threadsafe()"
            )

    def closed(self) -> QueueClosedError:
        """The error of a queue that does not run."""
        advice = "enter it with 'async with queue:', or await queue.init_queue()"
        if self.state is State.CLOSING:
            advice = "send before it is shut down"
        return QueueClosedError(f"is {self.state.value}", advice)

    def members(self) -> Membership:
        """The collectors, for a change."""
        if self._loop is not None and self._loop.is_closed() and self._consumers.accepting:
            self._forsake("change")
        return self._members

    @asynccontextmanager
    async def _my_turn(self, method: str) -> AsyncIterator[None]:
        """One start or stop at a time, and only in the loop in which the queue runs.

        A second caller waits, and finds it done. A queue that was shut down may be started in
        another loop; then the lock is a new one, since the old one belongs to the old loop.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self.state not in (State.NEW, State.CLOSED):
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
        """End what an event loop has left behind that was closed while the queue ran in it.

        Nothing tells when a loop is closed. So it is found out at the next call: every event gets
        its Error then, and the lifecycles, whose tasks ended with their loop, are forgotten.
        """
        if self._loop is not None and not self._loop.is_closed():
            raise RuntimeError(
                f"{method}() was called in another event loop than the one in which the queue "
                "runs; shut it down there"
            )
        forsake(self._consumers)
        self._members.forget()
        self.state = State.CLOSED
