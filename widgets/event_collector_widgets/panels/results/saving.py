"""Files of many events, made with the others having their turn."""

import asyncio
from collections.abc import Callable, Sequence

from event_collector import CollectorEvent
from event_collector_widgets.panels.results.events import counted

LARGEST = 100_000
"""Of how many events a file is made at most."""
PIECE = 500
"""How many events are written at one go."""


def newest(events: Sequence[CollectorEvent]) -> tuple[Sequence[CollectorEvent], str]:
    """The newest events, as many as a file takes, and in words how many they are."""
    told = counted(len(events), "event")
    if len(events) <= LARGEST:
        return events, told
    return events[-LARGEST:], f"the newest {LARGEST:,} of {told}"


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
