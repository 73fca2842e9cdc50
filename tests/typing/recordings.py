"""Recordings as a user writes them. A type checker checks it strictly; a test runs it."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

from event_collector import Collector, CollectorEvent, CollectorQueue, Context, History, Ok, Payload
from event_collector.recording import (
    Codec,
    Comparison,
    Difference,
    Recorder,
    Recording,
    compare,
    read,
    record,
    replay,
    save,
)

if TYPE_CHECKING:
    import pandas as pd

CODEC: Codec = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "tuple": (tuple, list, tuple),
}


async def year(payload: Payload[datetime], ctx: Context) -> Ok[tuple[int]]:
    """A processor."""
    return Ok((payload.value.year,))


def make_queue() -> CollectorQueue:
    """A queue to be recorded."""
    return CollectorQueue([Collector("year", year)], min_consumers=1, max_consumers=1)


async def main(folder: Path) -> list[str]:
    """Record, save, read, replay and compare."""
    queue = make_queue()
    history = History(queue)
    with record(queue, folder / "a.jsonl", codec=CODEC, max_pending=10) as recorder:
        async with queue:
            await queue.get_publisher().send(Payload(datetime(2026, 1, 2, tzinfo=UTC)))
    assert_type(recorder, Recorder)
    save(history, str(folder / "a.jsonl"), codec=CODEC, overwrite=True)
    recording = read(folder / "a.jsonl", codec=CODEC)
    assert_type(recording, Recording)
    few = recording.filter(lambda event: event.payload.value.year > 2000)
    again = make_queue()
    with record(again, folder / "b.jsonl", codec=CODEC):
        async with again:
            events = await replay(few, again.get_publisher(), speed=None)
            assert_type(events, list[CollectorEvent])
    found = compare(few, read(folder / "b.jsonl", codec=CODEC))
    assert_type(found, Comparison)
    differences: tuple[Difference, ...] = found.differences
    values: list[Any] = [event.payload.value.year for event in recording]
    return [found.summary(), str(len(differences)), str(values), str(recorder.complete)]


def frames(recording: Recording, found: Comparison) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """What needs pandas."""
    return recording.to_frame(), found.to_frame()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        said = asyncio.run(main(Path(place)))
