"""send_at: payloads that are sent each at its time."""

import asyncio
from collections.abc import Iterable
from typing import Any

from event_collector._text import one_line
from event_collector.data import Payload
from event_collector.event import CollectorEvent
from event_collector.publisher import EventPublisher
from event_collector.simulation.numbers import at_least_zero


async def send_at(
    publisher: EventPublisher, times: Iterable[float], payloads: Iterable[Payload[Any]]
) -> list[CollectorEvent]:
    """Send each payload at its time, and return their events when the last one is accepted.

    The events need not be done then; `await publisher.wait()` waits for that. While the queue
    is full (`max_queued`), it waits for room, and what comes next is sent late. It works on a
    real clock too.

    Args:
        publisher: Where to send, `queue.get_publisher()`.
        times: Seconds after the call on the loop's clock, in order, such as `arrivals` gives.
        payloads: As many Payloads.

    Raises:
        TypeError: `publisher` is not an EventPublisher, a time is not a number, or a payload is not
            a Payload.
            Nothing is sent.
        ValueError: The lengths differ; a time is negative, not finite, or goes backwards.
            Nothing is sent.
        QueueClosedError: The queue is not running, or was shut down meanwhile.
    """
    if not isinstance(publisher, EventPublisher):
        raise TypeError(
            f"send_at() takes an EventPublisher, got {type(publisher).__name__}: "
            f"{one_line(publisher)}; pass queue.get_publisher()"
        )
    moments, to_send = _in_order(times), _all_payloads(payloads)
    if len(moments) != len(to_send):
        raise ValueError(
            f"send_at() needs as many times as payloads, got {len(moments)} times "
            f"and {len(to_send)} payloads"
        )
    loop = asyncio.get_running_loop()
    start = loop.time()
    events = []
    for moment, payload in zip(moments, to_send, strict=True):
        if start + moment > loop.time():
            await _until(loop, start + moment)
        events.append(await publisher.send(payload))
    return events


def _in_order(times: Iterable[float]) -> list[float]:
    moments: list[float] = []
    last = 0.0
    for number, time in enumerate(times):
        moment = at_least_zero(time, f"times[{number}]", " s")
        if moment < last:
            raise ValueError(
                f"times must not go backwards, but times[{number}] is {moment} after {last}; "
                "sort them"
            )
        moments.append(moment)
        last = moment
    return moments


def _all_payloads(payloads: Iterable[Payload[Any]]) -> list[Payload[Any]]:
    to_send = list(payloads)
    for number, payload in enumerate(to_send):
        if not isinstance(payload, Payload):
            raise TypeError(
                f"send_at() takes Payloads, but payloads[{number}] is {type(payload).__name__}: "
                f"{one_line(payload)}; wrap it: Payload(value)"
            )
    return to_send


async def _until(loop: asyncio.AbstractEventLoop, moment: float) -> None:
    """Wait until the clock shows this very moment; a sum of sleeps would be off by roundings."""
    waiter = loop.create_future()
    timer = loop.call_at(moment, _wake, waiter)
    try:
        await waiter
    except BaseException:
        timer.cancel()
        raise


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
