"""The end of a queue's work: process what was accepted, then cut the rest off."""

import asyncio
from heapq import heappush
from typing import TYPE_CHECKING

from event_collector._core.consumers import Consumers
from event_collector._core.cut_off import not_ended
from event_collector._core.pump import CLOSED
from event_collector._core.undertaking import see_out
from event_collector._core.waiting import Barriers
from event_collector._log import logger
from event_collector.errors import QueueClosedError
from event_collector.event import CollectorEvent
from event_collector.results import Error

if TYPE_CHECKING:
    from event_collector._core.consumer import Consumer


GRACE = 1.0
"""Seconds that a cancelled processor has to end before a forced shutdown gives it up."""


class Ending:
    """Processes what was accepted, for `timeout` seconds at most; then cuts the rest off.

    It can be cut off at any moment, from anywhere. Whoever cancels the task in which it runs cuts
    the draining off, and nothing else.
    """

    def __init__(self, consumers: Consumers, timeout: float | None) -> None:
        self._consumers = consumers
        self._timeout = timeout
        self._at_work: list[Consumer] | None = None
        """Whose processors were cancelled; None while nothing is cut off."""
        self._deadline: asyncio.Timeout | None = None
        self._drained = False
        self._why: QueueClosedError | None = None

    async def run(self) -> None:
        """Return when every event is done, and no processor is at work, or is waited for."""
        try:
            await self._drain()
            await self._see_out()
        except (Exception, KeyboardInterrupt, SystemExit):
            # The stop button struck. Contexts stay open until nobody works with them all the same.
            self.cut_off(cancelled())
            await self._see_out()
            raise

    async def _see_out(self) -> None:
        self._drained = True
        at_work = self._at_work or []
        await see_out([one.task for one in at_work if one.task is not None], GRACE)
        for consumer in at_work:
            abandon(self._consumers, consumer)

    def cut_off_soon(self, why: QueueClosedError) -> None:
        """The loop is ending, and cancels all tasks: begin nothing more until `cut_off`, which
        cancels only those that are not cancelled yet. From outside of the loop, too."""
        if self._at_work is None and not self._drained:
            self._why = self._consumers.cut_off = why
            self._consumers.queued.pause()
            for consumer in list(self._consumers.active.values()):
                if (walk := consumer.dispatch) is not None:  # it may rest between two collectors
                    walk.next = len(walk.collectors)

    def cut_off(self, why: QueueClosedError) -> None:
        """Give every event that is not done an Error, and cancel the processors that are at it."""
        if self._at_work is not None or self._drained:
            return
        self._at_work = []  # first: hooks that are told of the Errors may come back here
        lost = self._why is not None
        try:
            self._at_work = cut_off_all(self._consumers, self._why or why, anew=not lost)
        except BaseException:  # the stop button strikes once
            self._at_work = cut_off_all(self._consumers, self._why or why, anew=not lost)
            raise
        self._consumers.queued.resume()
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(self._consumers.time())

    async def _drain(self) -> None:
        if self._at_work is not None:
            return
        try:
            try:
                async with asyncio.timeout(self._timeout) as self._deadline:
                    await self._consumers.wait_for_all()
            finally:
                self._deadline = None  # it is left, and cannot be moved any more
        except TimeoutError:
            self.cut_off(_too_late(self._timeout or 0))
        except asyncio.CancelledError:
            self.cut_off(cancelled())


def cancelled() -> QueueClosedError:
    """What the events hold that a cancelled shutdown cuts off."""
    why = "was shut down before the event was processed (the shutdown was cancelled)"
    return QueueClosedError(why, "send it again")


def left_behind() -> QueueClosedError:
    """What the events hold that the end of their loop cuts off."""
    why = "was not shut down before its event loop ended"
    return QueueClosedError(why, "send it again, and use 'async with queue:'")


def _too_late(timeout: float) -> QueueClosedError:
    why = f"was shut down before the event was processed (shutdown_timeout={timeout:g})"
    return QueueClosedError(why, "send it again, or raise shutdown_timeout")


def forsake(consumers: Consumers) -> None:
    """Give the events that an ended event loop has left behind an Error, and tell other threads."""
    closed = left_behind()
    if consumers.begun and not consumers.loop.is_closed():  # only stopped: somebody may run it on
        for consumer in list(consumers.active.values()):
            consumer.cancel()
    try:
        _end_all(consumers, closed)
    finally:
        tell_threads(consumers, closed)


def _end_all(consumers: Consumers, closed: QueueClosedError) -> None:
    """Give all that is left behind an Error; nobody waits."""
    consumers.open_to = CLOSED
    left = [one.event for one in consumers.active.values() if one.event is not None]
    # In a closed loop nobody can be woken. In one that is only stopped all are, here and below.
    if not consumers.begun or consumers.loop.is_closed():
        consumers.barriers = Barriers()
    elif consumers.queued.room is not None:
        consumers.queued.room.lift()
        consumers.queued.room.send_away(0)
    fault: BaseException | None = None
    for event in [*left, *consumers.queued.events()]:
        if consumers.loop.is_closed():  # futures of its cannot be woken; those of a stopped one can
            event._waiters = None
        try:
            consumers.finish(event, Error(closed), (None,), event.accepted_at)
        except BaseException as exc:  # the stop button: the others get theirs all the same
            consumers.finish(event, Error(closed), (None,), event.accepted_at)
            fault = fault or exc
    consumers.active.clear()
    consumers.free.clear()
    consumers.queued.close()
    interrupt, consumers.interrupt = consumers.interrupt, None
    try:
        if fault or interrupt:  # of a hook, for whoever found this out
            raise fault or interrupt  # type: ignore[misc]  # one of them is an exception
    finally:
        del fault, interrupt  # their tracebacks lead back to here


def cut_off_all(consumers: Consumers, cut_off: QueueClosedError, *, anew: bool) -> "list[Consumer]":
    """Give the queued events an Error and cancel the processors; return who is still at it."""
    consumers.cut_off = cut_off
    consumers.queued.pause()  # nobody takes one that is done
    for event in consumers.queued.events():
        consumers.finish(event, Error(cut_off), (None,), consumers.time())
    consumers.queued.take_all()
    consumers.pass_on_interrupt()
    at_work = list(consumers.active.values())
    for consumer in at_work:
        consumer.cancel(anew=anew)
    return at_work


def abandon(consumers: Consumers, consumer: "Consumer") -> None:
    """Give up a consumer that is still at work, and free its place; its event gets what there
    is of results, and what its processors return later is not heard."""
    if consumers.active.get(consumer.number) is not consumer:
        return
    event = consumer.event
    if event is not None and consumers.cut_off is not None:
        results, keys = consumer.all_failed(consumers.cut_off)
        _tell(event, not_ended(results, keys, consumers.cut_off))
        consumers.watch.gave_up[event.id] = consumers.cut_off
        consumers.finish(event, results, keys, consumers.time(), consumer.interrupt)
    consumer.event = consumer.interrupt = None
    del consumers.active[consumer.number]
    heappush(consumers.free, consumer.number)
    consumers.pass_on_interrupt()


def tell_threads(consumers: Consumers, closed: QueueClosedError) -> None:
    """End the futures of `send_threadsafe`: those of events that are done, and those that came too
    late to be accepted. Whether the loop comes to do so by itself, nobody knows."""
    for future, event in list(consumers.outside.items()):
        if future.done():
            continue
        if event is not None:
            if event.result is not None:
                future.set_result(event.result)
        # One that runs was struck by an interrupt as its payload was accepted.
        elif future.running() or future.set_running_or_notify_cancel():
            future.set_exception(closed)


def _tell(event: CollectorEvent, keys: list[str | None]) -> None:
    """Name the processors that did not let themselves be cancelled."""
    stuck = [f"collector {key!r}" for key in keys if key is not None]
    logger.warning(
        "event %d was given up: %s did not end within %g s of being cancelled",
        event.id,
        ", ".join(stuck) or "the router",
        GRACE,
    )
