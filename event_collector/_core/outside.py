"""Payloads from other threads: how one gets into the queue's loop, and waits there for room.

A `Call` belongs to two threads. The one that sends makes it, and may wait until the payload is
accepted; everything else happens in the queue's loop. What both may do is to end the waiting: the
loop by accepting the payload, the thread by giving up. Whoever has the lock first has done it, so
that a payload is never accepted after its sender was told that it is not.
"""

import asyncio
import threading
from asyncio import _get_running_loop
from collections.abc import Callable, Generator
from concurrent import futures
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from event_collector._core.consumers import Consumers
from event_collector.data import Payload, ResultList
from event_collector.errors import QueueClosedError, QueueFullError
from event_collector.event import CollectorEvent

LOOK = 0.5
"""Seconds from one look of a thread that waits to the next, whether the loop was closed."""


def _loop_closed() -> QueueClosedError:
    why = "is in an event loop that was closed"
    return QueueClosedError(why, "shut it down before its loop ends")


class Call:
    """One payload of another thread, from the sending to the results.

    Args:
        consumers: Who is to take it.
        payload: The payload.
        closed: Gives the error of a queue that does not run; None while it runs.
    """

    def __init__(
        self,
        consumers: Consumers,
        payload: Payload[Any],
        closed: Callable[[], QueueClosedError | None],
    ) -> None:
        self.results: futures.Future[ResultList] = futures.Future()
        self._consumers = consumers
        self._payload = payload
        self._closed = closed
        self._lock = threading.Lock()
        self._taken = self._given_up = False
        self._decided = threading.Event()
        """Set when it is accepted, or never will be."""
        self._fault: BaseException | None = None
        """Why it was not accepted."""
        self._waiting: asyncio.Task[Any] | None = None

    # In the thread that sends

    def make(self, *, for_room: bool) -> None:
        """Ask the queue's loop to accept the payload, now or when there is room.

        Raises:
            QueueClosedError: The queue was shut down meanwhile, or its loop was closed.
        """
        consumers, results = self._consumers, self.results
        outside = consumers.outside
        outside[results] = None
        # Whoever ends it may have taken it out already, in another thread.
        results.add_done_callback(lambda done: outside.pop(done, None))
        if for_room:  # done before it is accepted: the queue has ended with its loop
            decided = self._decided  # a future keeps its callbacks, which must not lead back here
            results.add_done_callback(lambda _: decided.set())
        try:
            if self._closed() is not None:  # shut down since: nobody may ever look at it again
                raise RuntimeError
            consumers.loop.call_soon_threadsafe(self._in_loop(for_room=for_room))
        except RuntimeError:
            consumers.outside.pop(results, None)
            if (closed := self._closed()) is not None:
                raise closed from None
            if not consumers.loop.is_closed():
                raise
            raise _loop_closed() from None

    def wait(self, timeout: float | None) -> None:
        """Block this thread until the payload is accepted.

        Raises:
            QueueFullError: It was not within so many seconds, and never will be.
            QueueClosedError: The queue was shut down, or its loop has ended.
            BaseException: What the acceptance raised.
        """
        try:
            self._wait_until_decided(timeout)
        finally:  # an interrupt ends the waiting too
            given_up = self._give_up()
        if given_up:
            raise QueueFullError(self._consumers.queued.max_queued, timeout)
        self._decided.wait()  # it is just being accepted
        fault, self._fault = self._fault, None
        try:
            if fault is not None:
                raise fault
            if not self._taken:
                self.results.result()  # raises why not
        finally:
            del fault, self  # what is raised leads back to here

    def _wait_until_decided(self, timeout: float | None) -> None:
        """Return when it is decided, the time is over, or nobody is left to decide it.

        A closed loop tells nobody. So whether it is closed is asked now and then; by that a wait
        of any length is one that the system's clocks can have, too.
        """
        ends = inf if timeout is None else monotonic() + timeout
        while not self._decided.wait(max(0.0, min(LOOK, ends - monotonic()))):
            if monotonic() >= ends:
                return
            if self._consumers.loop.is_closed():
                closed = self._closed()  # gives up what it has left behind, this call too
                if not self._decided.is_set():
                    self._refuse(closed or _loop_closed())

    def _give_up(self) -> bool:
        """End the waiting, unless it has ended; say so."""
        with self._lock:
            if self._taken or self._decided.is_set():
                return False
            self._given_up = True
        self._consumers.outside.pop(self.results, None)
        with suppress(RuntimeError):  # the loop was closed
            self._consumers.loop.call_soon_threadsafe(self._leave_line)
        return True

    # In the queue's loop

    def _in_loop(self, *, for_room: bool) -> Callable[[], None]:
        """What the loop is to call.

        A generator that has begun already: an interrupt that strikes as the loop calls it strikes
        within its `try`. A function that was struck as it is called would not know of it, and the
        thread would wait for ever. (The generator yields once more, and is dropped there.)
        """

        def steps() -> Generator[None]:
            try:
                yield
                if for_room:
                    self._ask()
                else:
                    self._accept()
            except (KeyboardInterrupt, SystemExit) as exc:
                self._struck(exc)
                raise
            yield

        begun = steps()
        next(begun)
        return begun.__next__

    def _struck(self, exc: BaseException) -> None:
        """An interrupt has struck the engine: nobody else would tell the thread."""
        if not self._decided.is_set() and self._waiting is None:
            self._fault = self._fault or exc
        if not self.results.done() and self._waiting is None:
            self.results.set_exception(exc)
        if self._waiting is None:
            self._decided.set()
        if (room := self._consumers.queued.room) is not None:  # its place is the next one's
            room.let_go(len(self._consumers.queued))

    def _ask(self) -> None:
        """Accept it if there is room, else wait in line, in a task."""
        queued = self._consumers.queued
        if queued.room is not None and queued.room.full(len(queued)) and self._closed() is None:
            # It has begun to wait when this returns: a task that is cancelled before its first step
            # does nothing at all, and the thread would not be told.
            asyncio.Task(self._wait_in_line(), loop=self._consumers.loop, eager_start=True)
        else:
            self._take()

    async def _wait_in_line(self) -> None:
        queued, waited = self._consumers.queued, None
        try:
            self._waiting = asyncio.current_task()
            # Not in one room twice: it has given the place away to this one.
            while (room := queued.room) is not waited and room is not None:
                if not room.full(len(queued)):
                    break
                await room.place(queued)
                waited = room
        except asyncio.CancelledError:
            if not self._given_up:  # the loop ends
                self._refuse(self._closed() or QueueClosedError("ended with its loop", "send anew"))
            raise
        finally:
            self._waiting = None  # the task, and its coroutine, lead back to here
        try:
            self._take()
        except (KeyboardInterrupt, SystemExit) as exc:
            self._struck(exc)
            raise
        finally:  # the thread may have given up, with its place given already
            if waited is not None:
                waited.pass_on(len(queued))

    def _leave_line(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def _take(self) -> None:
        """Accept it, unless the thread has given up."""
        with self._lock:
            if self._given_up:
                return
            self._taken = True
        if (closed := self._closed()) is not None:
            self._refuse(closed)
            return
        try:
            self._accept()
            if self.results.done() and self._consumers.outside.get(self.results) is None:
                self._fault = self.results.exception()
        finally:
            self._decided.set()

    def _refuse(self, why: QueueClosedError) -> None:
        self._fault = why
        self._consumers.outside.pop(self.results, None)
        self._decided.set()

    def _accept(self) -> None:
        results = self.results
        # Done: the queue was shut down, or has given up, and has ended it.
        if results.done() or not results.set_running_or_notify_cancel():
            return
        if (closed := self._closed()) is not None:
            results.set_exception(closed)
            return
        try:
            event = self._consumers.accept(self._payload)
        except Exception as exc:  # an interrupt, of a hook too: `_struck`
            results.set_exception(exc)
            return
        self._consumers.outside[results] = event
        event._add_waiter(caller=False).add_done_callback(pass_on_to(results, event))


def pass_on_to(
    results: futures.Future[ResultList], event: CollectorEvent
) -> Callable[[object], None]:
    """What passes an event's results on to a thread, when it is called with anything at all.

    A generator that has begun, as in `Call._in_loop`.
    """

    def pass_on() -> None:
        if event.done and not results.done():  # the queue may have ended it as it gave up
            found = event.result
            assert found is not None
            results.set_result(found)

    def steps() -> Generator[None, object]:
        try:
            yield
            pass_on()
        except (KeyboardInterrupt, SystemExit):  # the stop button strikes once
            pass_on()
            with results._condition:  # in the midst of that it had a result, and told nobody
                results._condition.notify_all()
            raise
        yield

    begun = steps()
    next(begun)
    return begun.send


def in_own_thread(consumers: Consumers) -> bool:
    """Whether this is the thread in which the queue's loop runs, or will go on to run.

    That is so within the loop; and where it was started, unless it runs in another thread now.
    """
    here = _get_running_loop()
    if here is consumers.loop:
        return True
    if consumers.thread != threading.get_ident():
        return False
    return here is not None or not consumers.loop.is_running()
