"""Files of many events: they are the same in pieces, and others have their turn meanwhile."""

import asyncio
import csv
import io
import json
from collections.abc import Callable

import pytest
from event_collector_widgets.exports import export_csv, export_jsonl
from event_collector_widgets.panels.results.saving import LARGEST, PIECE, in_pieces, newest
from event_collector_widgets.selection import Selection

from event_collector import CollectorEvent, Payload
from tests.support import in_loop
from tests.widgets.benches import a_bench, collector, give


@in_loop
async def test_of_too_many_events_the_newest_are_taken() -> None:
    """It is told of how many."""
    async with a_bench() as bench:
        await give(bench, Payload(1))
        await give(bench, Payload(2))
        old, new = bench.history
        assert newest([old]) == ([old], "1 event")
        events: list[CollectorEvent] = [old, *[new] * LARGEST]
        assert newest(events) == ([new] * LARGEST, "the newest 100,000 of 100,001 events")


@pytest.mark.parametrize("export", [export_csv, export_jsonl])
@pytest.mark.parametrize("count", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
@in_loop
async def test_a_file_in_pieces_is_the_file(export: Callable[..., bytes], count: int) -> None:
    """However many pieces it was made in, it is what the export gives at one go."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await bench.publisher.send_all([Payload({"n": number}) for number in range(count)])
        await bench.publisher.wait()
        events = list(bench.history)
        content = await in_pieces(events, Selection(), export)
        assert content == export(events)
        if export is export_csv:
            assert len(list(csv.DictReader(io.StringIO(content.decode())))) == count
        else:
            assert [json.loads(line)["payload"]["n"] for line in content.splitlines()] == list(
                range(count)
            )


@in_loop
async def test_others_have_their_turn_while_a_file_is_made() -> None:
    """A burst goes on being processed."""
    async with a_bench() as bench:
        await bench.publisher.send_all([Payload(number) for number in range(4 * PIECE)])
        making = asyncio.ensure_future(in_pieces(list(bench.history), Selection(), export_csv))
        turns = 0
        while not making.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns >= 4
