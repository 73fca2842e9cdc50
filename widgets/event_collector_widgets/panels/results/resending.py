"""Sending payloads again: to whom, whether they were already, and what came of it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from event_collector import CollectorEvent, Delivery, Error, Payload
from event_collector_widgets.panels.results.events import named, outcome
from event_collector_widgets.tables import accepted_of, account
from event_collector_widgets.workbench import Workbench

PAUSE = 0.2
"""Seconds between two lines of progress at least."""

type Say = Callable[[str], object]
type Link = Callable[[CollectorEvent, CollectorEvent], object]
type Pair = tuple[CollectorEvent, Payload[Any]]


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


def to_failed(events: Iterable[CollectorEvent], collectors: Collection[str]) -> list[Payload[Any]]:
    """New payloads of the same values, by KEY to the collectors that failed.

    Of an event without an Error it is sent the same way as before. Of one whose collectors that
    failed are not there any more there is none.

    Args:
        events: What was sent.
        collectors: The keys of those that are there, as `bench.collectors`.

    Raises:
        TypeError, ValueError: As from `again`.
    """
    payloads = (payload_for(event, collectors) for event in events)
    return [payload for payload in payloads if payload is not None]


def goes_as_before(old: CollectorEvent, payload: Payload[Any]) -> bool:
    """Whether a payload goes the way that an event's own went."""
    return payload.delivery is old.payload.delivery and payload.keys == old.payload.keys


async def send_one_again(
    bench: Workbench, old: CollectorEvent, payload: Payload[Any], say: Say, link: Link
) -> CollectorEvent:
    """Send a payload of an event again, wait for its results, and tell what came of it.

    Args:
        bench: Where it is sent.
        old: What was sent before.
        payload: A new payload of it.
        say: Shows a line of text.
        link: Is told of the event and the one it was sent again as.

    Raises:
        QueueClosedError: The workbench was closed.
    """
    event = await bench.send(payload)
    link(old, event)
    told = f"event {old.id} sent again as event {event.id}"
    told += "" if goes_as_before(old, payload) else f", to {named(payload.keys)}"
    say(told)
    say(f"{told}: {outcome(await event.wait())}")
    return event


async def send_again(bench: Workbench, pairs: Sequence[Pair], say: Say, link: Link) -> str:
    """Send payloads of events again, tell how it goes, and return what came of it in words.

    Args:
        bench: Where they are sent.
        pairs: The events that were sent before, each with a new payload.
        say: Shows a line of text.
        link: Is told of each event and the one it was sent again as, also where sending ends early.

    Raises:
        QueueClosedError: The workbench was closed.
    """
    payloads = [payload for _, payload in pairs]
    old = {id(payload): event for event, payload in pairs}
    sent: list[CollectorEvent] = []
    try:
        sent = await bench.send_all(
            payloads, progress=lambda done, most: say(f"resending: {done:,} of {most:,}")
        )
    finally:
        for event in sent or accepted_of(payloads, bench.history):
            link(old[id(event.payload)], event)
    said = bench.loop.loop.time()
    for number, event in enumerate(sent):
        if not event.done and bench.loop.loop.time() - said >= PAUSE:
            said = bench.loop.loop.time()
            say(f"{len(sent):,} sent again, {number:,} done")
        await event.wait()
    return account(sent)
