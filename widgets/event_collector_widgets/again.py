"""Payloads sent again: new ones of the same values, to all or to those that failed."""

from collections.abc import Collection, Iterable
from typing import Any

from event_collector import CollectorEvent, CollectorQueue, Delivery, Error, Payload


def again(payload: Payload[Any]) -> Payload[Any]:
    """A new payload of the same value, sent the same way.

    Raises:
        TypeError, ValueError: What was set on the payload by hand is not what a Payload takes.
    """
    return Payload(
        payload.value,
        payload.delivery,
        keys=payload.keys,
        topics=payload.topics,
        priority=payload.priority,
    )


def failed(event: CollectorEvent) -> list[str | None] | None:
    """The keys of the collectors whose result was an Error; None where there was no Error.

    A key is None where a router did not tell it.
    """
    if (results := event.peek()) is None or not results.errors:
        return None
    pairs = zip(results.keys, results, strict=True)
    return [key for key, result in pairs if isinstance(result, Error)]


def payload_for(
    event: CollectorEvent, collectors: Collection[str] | None = None
) -> Payload[Any] | None:
    """A new payload of an event's value, by KEY to the collectors that failed, if any has.

    Args:
        event: What was sent.
        collectors: The keys of those that are there. Where none of them has failed that has an
            Error in the results, there is no payload. None: it is sent the same way as before.

    Raises:
        TypeError, ValueError: As from `again`.
    """
    payload, keys = again(event.payload), failed(event)
    if collectors is None or keys is None:
        return payload
    payload.delivery = Delivery.KEY
    payload.keys = [key for key in keys if key is not None and key in collectors]
    return payload if payload.keys else None


def reaches(event: CollectorEvent, collectors: Collection[str]) -> bool:
    """Whether `payload_for` gives a payload: it did not fail, or one that failed is there."""
    keys = failed(event)
    return keys is None or any(key is not None and key in collectors for key in keys)


class Again:
    """For a Workbench: what is to be sent again."""

    queue: CollectorQueue

    def to_failed(self, events: Iterable[CollectorEvent]) -> list[Payload[Any]]:
        """New payloads of the same values, by KEY to the collectors that failed.

        Of an event without an Error it is sent the same way as before. Of one whose collectors
        that failed are not there any more there is none.

        Args:
            events: What was sent.

        Raises:
            TypeError, ValueError: What was set on a payload by hand is not what a Payload takes.
        """
        payloads = (payload_for(event, self.queue.collectors) for event in events)
        return [payload for payload in payloads if payload is not None]
