"""What a batch shows belongs to each of its events; a batching collector beside a workbench."""

# ruff: noqa: T201 - processors print here

import asyncio
from typing import Any

from event_collector_widgets.output.kept import Output

from event_collector import Collector, Context, Ok, Payload, Result
from tests.support import in_loop
from tests.widgets.benches import a_bench


async def count(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
    """A processor of batches that prints."""
    print(len(payloads), "at once")
    await asyncio.sleep(0)
    print("saved")
    return [Ok(payload.value) for payload in payloads]


@in_loop
async def test_what_a_batch_shows_is_kept_with_each_of_its_events() -> None:
    """All of it, and nothing of another batch."""
    async with a_bench() as bench:
        await bench.put(Collector("db", count, batch_size=3))
        events = await bench.send_all([Payload(value) for value in range(5)])
        await bench.settle(timeout=5)
        shown = [bench.output(event) for event in events]
    three, two = Output("3 at once\nsaved\n"), Output("2 at once\nsaved\n")
    assert shown == [{"db": three}] * 3 + [{"db": two}] * 2


@in_loop
async def test_the_decorator_makes_a_collector_of_batches() -> None:
    """It takes what `Collector` takes, and the function stays as it is."""
    async with a_bench() as bench:

        @bench.collector(batch_size=4, linger=0.5)
        async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
            return Ok(len(payloads))

        await bench.ready()
        made = bench.collectors["save"]
        assert (made.batch_size, made.linger) == (4, 0.5)
        assert (await (await bench.send(Payload(1))).wait()).first() == Ok(1)


@in_loop
async def test_a_version_of_a_batch_processor_is_tried_on_one_payload_at_a_time() -> None:
    """It gets each in a list of one: a past event says nothing of who was in its batch."""

    async def other(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
        return [Ok((len(payloads), payload.value)) for payload in payloads]

    async with a_bench() as bench:
        await bench.put(Collector("db", count, batch_size=3))
        await bench.send_all([Payload(value) for value in range(3)])
        await bench.settle(timeout=5)
        version: Any = other
        trial = await bench.trial(version, key="db").run()
    assert [row.before for row in trial.rows] == [Ok(value) for value in range(3)]
    assert [row.after for row in trial.rows] == [Ok((1, value)) for value in range(3)]
