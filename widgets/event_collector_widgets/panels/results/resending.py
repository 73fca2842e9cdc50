"""Sending payloads again, and making files of many events, with the others having their turn."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from event_collector import CollectorEvent, Payload
from event_collector_widgets.tables import account
from event_collector_widgets.workbench import Workbench

PAUSE = 0.2
"""Seconds between two lines of progress at least."""
PIECE = 500
"""How many events are written at one go."""

type Say = Callable[[str], object]


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


async def send_again(bench: Workbench, events: Sequence[CollectorEvent], say: Say) -> None:
    """Send the payloads of these events again, and tell how it goes and what came of it.

    Raises:
        TypeError, ValueError: As from `again`. Nothing was sent then.
        QueueClosedError: The workbench was closed.
    """
    payloads = [again(event.payload) for event in events]
    sent = await bench.send_all(
        payloads, progress=lambda done, most: say(f"resending: {done:,} of {most:,}")
    )
    said = bench.loop.loop.time()
    for number, event in enumerate(sent):
        if not event.done and bench.loop.loop.time() - said >= PAUSE:
            said = bench.loop.loop.time()
            say(f"{len(sent):,} sent again, {number:,} done")
        await event.wait()
    say(account(sent).replace(" sent", " sent again", 1))


async def in_pieces(
    events: Sequence[CollectorEvent], export: Callable[[Sequence[CollectorEvent]], bytes]
) -> bytes:
    """What `export_csv` or `export_jsonl` gives for so many events that it takes long."""
    pieces = []
    header = export([])
    for begin in range(0, len(events), PIECE):
        piece = export(events[begin : begin + PIECE])
        pieces.append(piece.removeprefix(header) if begin else piece)
        await asyncio.sleep(0)
    return b"".join(pieces) or header
