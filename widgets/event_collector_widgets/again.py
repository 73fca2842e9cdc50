"""Payloads sent again: new ones of the same values, to all or to those that failed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from event_collector import CollectorEvent, CollectorQueue, Delivery, Error, Payload
from event_collector_widgets.resent import Resent
from event_collector_widgets.selection import Output, Selection


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
    """A new payload of an event's value; with `collectors` only to those that failed.

    Args:
        event: What was sent.
        collectors: The keys of those that are there. By KEY to those of them that have an Error in
            the results; where there is none, there is no payload. None: it is sent the same way as
            before.

    Raises:
        TypeError, ValueError: As from `again`.
    """
    if collectors is None:
        return again(event.payload)
    if not (keys := _there(event, collectors)):
        return None
    payload = again(event.payload)
    payload.delivery, payload.keys = Delivery.KEY, keys
    return payload


def reaches(event: CollectorEvent, collectors: Collection[str]) -> bool:
    """Whether `payload_for` gives a payload: one that failed is there."""
    return bool(_there(event, collectors))


def _there(event: CollectorEvent, collectors: Collection[str]) -> list[str]:
    """The keys of those that failed and are there."""
    return [key for key in failed(event) or () if key is not None and key in collectors]


@dataclass(frozen=True)
class FailedOf(Selection):
    """Of the events that match a selection those that have an Error, of whatever collector."""

    @classmethod
    def of(cls, wanted: Selection) -> "FailedOf":
        """Of this selection."""
        parts = wanted.collector, wanted.status, wanted.delivery, wanted.since, wanted.text
        return cls(*parts)

    def matches(
        self, event: CollectorEvent, output: Output | None = None, resent: Output | None = None
    ) -> bool:
        """As of `Selection`, and it has an Error."""
        results = event.peek()
        if results is None or not any(isinstance(each, Error) for each in results):
            return False
        return super().matches(event, output, resent)


class Again:
    """For a Workbench: what is to be sent again, and what was."""

    queue: CollectorQueue
    resent: Resent
    """What events were resent as by a panel."""

    def to_failed(self, events: Iterable[CollectorEvent]) -> list[Payload[Any]]:
        """New payloads of the same values, by KEY to the collectors that failed.

        Of an event without an Error there is none, and none of one whose collectors that failed
        are not there any more.

        Args:
            events: What was sent.

        Raises:
            TypeError, ValueError: What was set on a payload by hand is not what a Payload takes.
        """
        payloads = (payload_for(event, self.queue.collectors) for event in events)
        return [payload for payload in payloads if payload is not None]
