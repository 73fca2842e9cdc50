"""Where a queue stands: how far it is, in which loop, and what that allows."""

import asyncio
import enum
from asyncio import _get_running_loop

from event_collector._core import forked
from event_collector.errors import QueueClosedError


class State(enum.Enum):
    """How far a queue is."""

    NEW = "not started"
    STARTING = "still starting"
    RUNNING = "running"
    CLOSING = "shutting down"
    CLOSED = "shut down"


LEFT = "was not shut down before its event loop ended"
"""What became of a queue that nobody shut down."""


class Standing:
    """How far a queue is, and whether it is called in its own place."""

    def __init__(self) -> None:
        self.state = State.NEW
        self.left_behind = False
        """Whether it was never shut down, and its loop has ended, or is ending."""
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop of the last start or stop. It may be closed: see `heed_loop`."""
        self._forks = 0
        """By which its process is known: see `forked`."""

    @property
    def running(self) -> bool:
        """Whether sends are accepted."""
        return self.state is State.RUNNING

    @property
    def elsewhere(self) -> bool:
        """Whether its loop runs in another process, and here is only a copy that nobody runs. One
        that was stopped when this process was forked may go on here."""
        if self._forks == forked.count() or self._loop is None:
            return False
        return self._loop.is_running() and _get_running_loop() is not self._loop

    def check_here(self, method: str) -> None:
        """Raise unless the queue runs, and runs in this thread and loop."""
        self.heed_loop()
        if self.state is not State.RUNNING:
            raise self.closed()
        if _get_running_loop() is not self._loop:
            raise RuntimeError(
                f"{method}() was called outside the thread and event loop in which the queue runs; "
                f"use loop.call_soon_threadsafe(queue.{method})"
            )

    def check_place(self, method: str) -> None:
        """Raise if the queue has begun to run, and in another thread or loop than this."""
        self.heed_loop()
        if self.state in (State.NEW, State.CLOSED):
            return
        if _get_running_loop() is not self._loop:
            raise RuntimeError(
                f"{method}() was called outside the thread and event loop in which the queue runs; "
                f"call it there, from another thread with loop.call_soon_threadsafe()"
            )

    def closed(self) -> QueueClosedError:
        """The error of a queue that does not run."""
        if self.left_behind:
            return QueueClosedError(LEFT, "start it again, and use 'async with queue:'")
        advice = "enter it with 'async with queue:', or await queue.init_queue()"
        if self.state is State.CLOSING:
            advice = "send before it is shut down"
        return QueueClosedError(f"is {self.state.value}", advice)

    def heed_loop(self, here: asyncio.AbstractEventLoop | None = None) -> None:
        """See whether the queue's loop has ended without a word, and give up what it left behind.

        Nothing tells when a loop is closed that was run by hand. So it is found out at the next
        call. A loop that is only stopped may run again; it has ended as soon as the queue is to
        work in another, `here`.

        Raises:
            RuntimeError: The queue runs in the process that this one was forked from.
        """
        if self._loop is None or self.state in (State.NEW, State.CLOSED):
            return
        if self.elsewhere:
            raise RuntimeError(
                "the queue runs in another process, from which this one was forked, and has no "
                "loop here; make a queue in this process, or return what the other is to send"
            )
        moved = here is not None and here is not self._loop and not self._loop.is_running()
        if moved or self._loop.is_closed():
            self._forsake()

    def _forsake(self) -> None:
        """End what an event loop has left behind that was closed while the queue ran in it."""
        raise NotImplementedError
