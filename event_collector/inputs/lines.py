"""read_lines: payloads from standard input, a line of JSON each."""

import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from event_collector._log import logger
from event_collector._text import describe, one_line
from event_collector.data import Payload
from event_collector.errors import QueueClosedError
from event_collector.inputs.values import parsed
from event_collector.publisher import EventPublisher
from event_collector.queue import CollectorQueue

if TYPE_CHECKING:
    from concurrent.futures import Future

    from event_collector.results import ResultList


_PARTS = {"value", "keys", "topics", "priority"}


@asynccontextmanager
async def read_lines(queue: CollectorQueue, source: BinaryIO | None = None) -> AsyncIterator[None]:
    """Send each line of standard input to a queue, while the block runs.

    A line is an object of JSON with the arguments of `Payload`:

        {"value": {"temp": 39.0}, "topics": ["temperature"]}

    It may have "keys" in the place of "topics", or neither, which is a broadcast, and a
    "priority". A line that is something else is logged with its number, and left out; one that
    reached no collector, since none has its key or listens to its topic, is logged too. While the
    queue is full, nothing is read. At the end of the input a log line says how many payloads were
    accepted, and the block goes on.

    Each line is sent once, at most: what was read and not accepted when the block ends is lost, and
    so is what a process that is killed had accepted.

    Args:
        queue: The queue, which runs.
        source: Where to read: standard input unless given. It is not closed.
    """
    # A number of its own: a thread that still waits to read must not meet another file's.
    file = os.dup((sys.stdin if source is None else source).fileno())
    stopped = threading.Event()
    # A daemon: where no line comes, nothing can end a thread that reads, and the process must end.
    given = (file, queue.get_publisher(), stopped)
    threading.Thread(target=_take, args=given, name="read_lines", daemon=True).start()
    try:
        yield
    finally:
        stopped.set()


def _take(file: int, publisher: EventPublisher, stopped: threading.Event) -> None:
    """Read, and close the file."""
    try:
        _read(file, publisher, stopped)
    finally:
        os.close(file)


def _read(file: int, publisher: EventPublisher, stopped: threading.Event) -> None:
    """Send line after line, until the input ends, or nobody wants any more."""
    accepted = 0
    for number, line in enumerate(_lines(file), 1):
        if stopped.is_set():
            return
        if not line.strip():
            continue
        try:
            payload = _payload(line)
        except (TypeError, ValueError, RecursionError) as exc:
            said = one_line(line.decode("utf-8", "replace"))
            logger.warning("line %d is not a payload (%s): %s", number, describe(exc), said)
            continue
        try:
            sent = publisher.send_threadsafe(payload, wait_for_room=True)
        except QueueClosedError:
            return
        sent.add_done_callback(partial(_processed, number, payload))
        accepted += 1
    logger.info("the input has ended: %d payloads were accepted", accepted)


def _processed(number: int, payload: Payload[Any], sent: "Future[ResultList]") -> None:
    """Its results are there, or it was cut off, which the queue has told."""
    if sent.cancelled() or sent.exception() is not None:
        return
    results = sent.result()
    if not results.delivered and not results.errors:
        logger.warning("line %d reached no collector: %r", number, payload)


def _lines(file: int) -> Iterator[bytes]:
    """Lines by the file's number: `sys.stdin` has a lock, which must be free when Python ends."""
    begun = b""
    while chunk := os.read(file, 65_536):
        *whole, begun = (begun + chunk).split(b"\n")
        yield from whole
    if begun:
        yield begun


def _payload(line: bytes) -> Payload[Any]:
    """The payload that a line describes.

    Raises:
        TypeError, ValueError: It describes none.
    """
    parts = parsed(line)
    if not isinstance(parts, dict) or "value" not in parts:
        raise ValueError('write {"value": ...}, with "topics" or "keys"')
    if unknown := parts.keys() - _PARTS:
        raise ValueError(f"it has {sorted(unknown)}, and may have {sorted(_PARTS)}")
    return Payload(**parts)
