"""The end of a queue's work: process what was accepted, then cut the rest off."""

import asyncio
import logging

from event_collector._core.consumers import Consumers
from event_collector.errors import QueueClosedError
from event_collector.event import CollectorEvent

logger = logging.getLogger("event_collector")

GRACE = 1.0
"""Seconds that a cancelled processor has to end before a forced shutdown gives it up."""


async def drain(consumers: Consumers, timeout: float | None) -> asyncio.CancelledError | None:
    """Process what was accepted, for `timeout` seconds at most; then cut the rest off.

    Cancelled, it cuts off at once, and returns the CancelledError for the caller to raise.
    """
    try:
        async with asyncio.timeout(timeout):
            await consumers.wait_for_all()
    except TimeoutError:
        why = f"was shut down before the event was processed (shutdown_timeout={timeout:g})"
        await _cut(consumers, QueueClosedError(why, "send it again, or raise shutdown_timeout"))
    except asyncio.CancelledError as cancelled:
        why = "was shut down before the event was processed (the shutdown was cancelled)"
        await _cut(consumers, QueueClosedError(why, "send it again"))
        return cancelled
    return None


def forsake(consumers: Consumers) -> None:
    """Give the events that an ended event loop has left behind an Error, and tell other threads."""
    why = "was not shut down before its event loop ended"
    closed = QueueClosedError(why, "send it again, and use 'async with queue:'")
    waiting = list(consumers.outside.items())
    try:
        consumers.forsake(closed)
    finally:
        for future, event in waiting:
            if event is not None and event.result is not None:
                future.set_result(event.result)
            elif future.set_running_or_notify_cancel():  # its call to the loop was never made
                future.set_exception(closed)


async def _cut(consumers: Consumers, cut_off: QueueClosedError) -> None:
    """Give every event that is not done an Error, and cancel the processors that are at it."""
    at_work = consumers.cut_off_all(cut_off)
    tasks = [consumer.task for consumer in at_work if consumer.task is not None]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
    finally:  # cancelled once more, the caller does not wait at all
        for consumer in at_work:
            consumers.abandon(consumer, _tell)


def _tell(event: CollectorEvent, keys: list[str | None]) -> None:
    """Name the processors that did not let themselves be cancelled."""
    stuck = [f"collector {key!r}" for key in keys if key is not None]
    logger.warning(
        "event %d was given up: %s did not end within %g s of being cancelled",
        event.id,
        ", ".join(stuck) or "the router",
        GRACE,
    )
