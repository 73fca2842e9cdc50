"""replay: sends what was recorded once more, with the same gaps."""

import copy
from itertools import pairwise
from typing import Any

from event_collector import _check
from event_collector._text import one_line
from event_collector.data import Payload
from event_collector.event import CollectorEvent
from event_collector.publisher import EventPublisher
from event_collector.recording.reader import Recording
from event_collector.simulation.sending import send_at


async def replay(
    recording: Recording, publisher: EventPublisher, speed: float | None = 1.0
) -> list[CollectorEvent]:
    """Send the payloads of a recording again; return their events when the last is accepted.

    Value, delivery, keys, topics and priority are the same, in the same order, and so are the gaps
    between them, on the loop's clock, the real or the virtual one. Each payload is a deep copy: a
    processor that changes one does not change the recording. While the queue is full
    (`max_queued`), it waits for room, and what comes next is sent late. The events need not be done
    then; `await publisher.wait()` waits for that, and so does the end of `async with queue`.

    Args:
        recording: What `read` gives. The events without a result are sent too.
        publisher: Where to send, `queue.get_publisher()`.
        speed: How many times faster than it was. None: one after the other, without any gap.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: `speed` is not above 0, or not finite.
        QueueClosedError: The queue is not running, or was shut down meanwhile.
        RuntimeError: This is not the loop in which the queue runs.
    """
    _check.kind(recording, Recording, "recording", "pass what read(path) gives")
    _check.kind(publisher, EventPublisher, "publisher", "pass queue.get_publisher()")
    payloads = [_copied(event.payload) for event in recording]
    if speed is None:
        return await publisher.send_all(payloads)
    return await send_at(publisher, _times(recording, _checked(speed)), payloads)


def _times(recording: Recording, speed: float) -> list[float]:
    """When each is sent, in seconds from the first. A queue that was started again in another loop
    has another clock, which may be behind: no gap is known there."""
    if not len(recording):
        return []
    times, slept = [0.0], 0.0
    first = recording[0].accepted_at
    for before, after in pairwise(recording):
        if after.accepted_at < before.accepted_at:
            slept, first = slept + before.accepted_at - first, after.accepted_at
        times.append((slept + after.accepted_at - first) / speed)
    return times


def _checked(speed: object) -> float:
    if not isinstance(speed, int | float) or isinstance(speed, bool):
        raise TypeError(
            f"speed must be a number, or None for no gaps, got {type(speed).__name__}: "
            f"{one_line(speed)}"
        )
    if not 0 < speed <= _check.LARGEST:
        raise ValueError(f"speed must be finite and above 0, got {speed}; None is without gaps")
    return float(speed)


def _copied(payload: Payload[Any]) -> Payload[Any]:
    """A deep copy; what a codec made may refuse that, and is the same object then."""
    try:
        return copy.deepcopy(payload)
    except Exception:
        return copy.copy(payload)
