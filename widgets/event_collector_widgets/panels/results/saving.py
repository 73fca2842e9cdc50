"""Files of many events, made with the others having their turn."""

import asyncio
from collections.abc import Callable, Sequence

from event_collector import CollectorEvent
from event_collector_widgets.panels.results.events import counted
from event_collector_widgets.selection import Selection

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


def of_rows(selection: Selection) -> Selection:
    """What is asked of each row of an event that matches; all else was asked of the event."""
    return Selection(selection.collector, selection.status)


def code_of_file(name: str, export: str, selection: Selection, bench: str) -> str:
    """Code that writes the file that a click has had the browser save."""
    lines = [
        "from pathlib import Path",
        "",
        f"from event_collector_widgets.exports import {export}",
    ]
    events = f"{bench}.history" if selection.everything else selection.call(bench)
    if given := [f"{part}={value!r}" for part, value in of_rows(selection).given()]:
        lines.append("from event_collector_widgets.selection import Selection")
        events += f", Selection({', '.join(given)})"
    return "\n".join([*lines, "", f"Path({name!r}).write_bytes({export}({events}))"])


async def in_pieces(
    events: Sequence[CollectorEvent],
    wanted: Selection,
    export: Callable[[Sequence[CollectorEvent], Selection], bytes],
) -> bytes:
    """What `export_csv` or `export_jsonl` gives for so many events that it takes long."""
    pieces = []
    header = export([], wanted)
    for begin in range(0, len(events), PIECE):
        piece = export(events[begin : begin + PIECE], wanted)
        pieces.append(piece.removeprefix(header) if begin else piece)
        await asyncio.sleep(0)
    return b"".join(pieces) or header
