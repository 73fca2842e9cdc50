"""Sending payloads again: how it goes, and what came of it."""

from collections.abc import Callable, Sequence
from typing import Any

from event_collector import CollectorEvent, Payload
from event_collector_widgets.panels.results.events import named, outcome
from event_collector_widgets.tables import accepted_of, account
from event_collector_widgets.workbench import Workbench

PAUSE = 0.2
"""Seconds between two lines of progress at least."""

type Say = Callable[[str], object]
type Pair = tuple[CollectorEvent, Payload[Any]]


def goes_as_before(old: CollectorEvent, payload: Payload[Any]) -> bool:
    """Whether a payload goes the way that an event's own went."""
    return payload.delivery is old.payload.delivery and payload.keys == old.payload.keys


async def send_one_again(
    bench: Workbench, old: CollectorEvent, payload: Payload[Any], say: Say
) -> CollectorEvent:
    """Send a payload of an event again, wait for its results, and tell what came of it.

    Args:
        bench: Where it is sent.
        old: What was sent before.
        payload: A new payload of it.
        say: Shows a line of text.

    Raises:
        QueueClosedError: The workbench was closed.
    """
    event = await bench.send(payload)
    bench.resent.link(old, event)
    told = f"event {old.id} sent again as event {event.id}"
    told += "" if goes_as_before(old, payload) else f", to {named(payload.keys)}"
    say(told)
    say(f"{told}: {outcome(await event.wait())}")
    return event


async def send_again(bench: Workbench, pairs: Sequence[Pair], say: Say) -> str:
    """Send payloads of events again, tell how it goes, and return what came of it in words.

    `bench.resent` knows of each that was accepted, also where sending ends early.

    Args:
        bench: Where they are sent.
        pairs: The events that were sent before, each with a new payload.
        say: Shows a line of text.

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
            bench.resent.link(old[id(event.payload)], event)
    said = bench.loop.loop.time()
    for number, event in enumerate(sent):
        if not event.done and bench.loop.loop.time() - said >= PAUSE:
            said = bench.loop.loop.time()
            say(f"{len(sent):,} sent again, {number:,} done")
        await event.wait()
    return account(sent)
