"""The end of a queue's work: process what was accepted, then cut the rest off."""

import asyncio
import logging

from event_collector.consumer import Consumer
from event_collector.consumers import CLOSED, Consumers
from event_collector.data import Error, ResultList
from event_collector.errors import QueueClosedError
from event_collector.waiting import Barriers

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
    """Give the events that an ended event loop has left behind an Error; nobody waits for them."""
    why = "was not shut down before its event loop ended"
    cut_off = QueueClosedError(why, "send it again, and use 'async with queue:'")
    left = [consumer.event for consumer in consumers.active.values()]
    consumers.active.clear()
    consumers.free.clear()
    consumers.barriers = Barriers()
    consumers.open_to = CLOSED
    consumers.line.room = None  # the senders who wait there ended with their loop
    left.extend(consumers.line.take_all())
    for event in left:
        if event is not None:
            event._waiters = None
            consumers.finish(event, ResultList([Error(cut_off)]), event.accepted_at)


async def _cut(consumers: Consumers, cut_off: QueueClosedError) -> None:
    """Give every event that is not done an Error, and cancel the processors that are at it."""
    consumers.cut_off = cut_off
    for event in consumers.line.take_all():
        consumers.finish(event, ResultList([Error(cut_off)]), consumers.time())
    at_work = list(consumers.active.values())
    tasks = [consumer.task for consumer in at_work if consumer.task is not None]
    for consumer in at_work:
        consumer.cancel()
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
    finally:
        for consumer in at_work:
            if consumers.active.pop(consumer.number, None) is consumer:
                _abandon(consumers, consumer, cut_off)
        consumers.free.clear()


def _abandon(consumers: Consumers, consumer: Consumer, cut_off: QueueClosedError) -> None:
    """Finish the event of a processor that does not let itself be cancelled."""
    event, consumer.event = consumer.event, None
    if event is None:
        return
    results = consumer.all_failed(cut_off)
    stuck = [
        f"collector {key!r}"
        for key, result in zip(results.keys, results, strict=True)
        if key is not None and isinstance(result, Error) and result.exception is cut_off
    ]
    logger.warning(
        "event %d was given up: %s did not end within %g s of being cancelled",
        event.id,
        ", ".join(stuck) or "the router",
        GRACE,
    )
    consumers.finish(event, results, consumers.time())
