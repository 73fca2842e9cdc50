"""Sending again, and files of many events: what is told, and that others have their turn."""

import asyncio
import csv
import io
import json
from collections.abc import Callable

import pytest
from event_collector_widgets import failing
from event_collector_widgets.exports import export_csv, export_jsonl
from event_collector_widgets.panels.results.resending import PIECE, again, in_pieces, send_again

from event_collector import Delivery, Payload
from tests.support import in_loop
from tests.widgets.benches import a_bench, collector, give


@in_loop
async def test_what_was_sent_is_sent_again_and_accounted_for() -> None:
    """The same values the same way, as new payloads; the last line says what came of them."""
    async with a_bench(max_queued=2) as bench:
        await bench.put(collector("x"))
        await bench.put(collector("bad", failing))
        value = [1]
        await give(bench, Payload(value, Delivery.KEY, keys=["x"], topics=["t"], priority=3))
        await give(bench, Payload("b"))
        await give(bench, Payload(3, Delivery.TOPIC, topics=["none"]))
        events, said = list(bench.history), list[str]()
        await send_again(bench, events, said.append)
        assert said[-1] == "3 sent again: 1 Ok, 1 with errors (bad 1), 1 undelivered"
        sent = list(bench.history)[3:]
        assert [event.payload for event in sent] == [event.payload for event in events]
        assert all(new.payload is not old.payload for new, old in zip(sent, events, strict=True))
        assert sent[0].payload.value is value


def test_a_payload_with_what_no_payload_takes_is_refused() -> None:
    """What was set by hand is said, not sent."""
    payload = Payload(1)
    payload.delivery = "broadcast"  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"^delivery must be a Delivery, got str"):
        again(payload)


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
        content = await in_pieces(events, export)
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
        making = asyncio.ensure_future(in_pieces(list(bench.history), export_csv))
        turns = 0
        while not making.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns >= 4
