"""A workbench's send: awaited it gives the event, and its `wait` the results."""

import asyncio
import gc

import pytest
from event_collector_widgets import Workbench

from event_collector import Payload, QueueClosedError
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import a_bench, collector


async def _bench(bench: Workbench) -> Workbench:
    await bench.put(collector("x"))
    return bench


@in_loop
async def test_it_is_awaited_for_the_event_or_for_the_results() -> None:
    """As the publisher's, so that code moves into a service unchanged."""
    async with a_bench() as bench:
        await _bench(bench)
        event = await bench.send(Payload(1))
        assert (await event.wait()).first().unwrap() == 2
        assert (await bench.send(Payload(2)).wait()).first().unwrap() == 4
        sending = bench.send(Payload(3))
        assert repr(sending) == "BenchSending()"
        sending.close()


@in_loop
async def test_it_works_wherever_a_coroutine_does() -> None:
    """In a task, in gather, within a time limit."""
    async with a_bench() as bench:
        await _bench(bench)
        first, second = await asyncio.gather(bench.send(Payload(1)), bench.send(Payload(2)))
        third = await asyncio.create_task(bench.send(Payload(3)))
        fourth = await asyncio.wait_for(bench.send(Payload(4)), 5)
        assert [each.id for each in (first, second, third, fourth)] == [1, 2, 3, 4]


@in_loop
async def test_cancelled_while_it_waits_the_payload_stays_accepted() -> None:
    """Decision 8: a cancelled sender loses nothing."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", gate))
        waiting = asyncio.create_task(bench.send(Payload(1)).wait())
        await settle()
        waiting.cancel()
        await asyncio.wait([waiting])
        gate.open()
        await bench.publisher.wait()
        assert bench.metrics().finished == 1


@in_loop
async def test_one_that_is_never_awaited_warns() -> None:
    """It has sent nothing, which must not go unnoticed."""
    async with a_bench() as bench:
        await _bench(bench)
        with pytest.warns(RuntimeWarning, match="never awaited"):
            _send_and_drop(bench)
        assert bench.metrics().accepted == 0


@in_loop
async def test_its_errors_are_those_of_a_send() -> None:
    """Decision 10: a wrong value, and a closed workbench."""
    async with a_bench() as bench:
        with pytest.raises(TypeError, match="wrap it"):
            await bench.send(3).wait()  # type: ignore[arg-type]
    with pytest.raises(QueueClosedError, match="run the workbench's cell again"):
        await bench.send(Payload(1)).wait()


def _send_and_drop(bench: Workbench) -> None:
    bench.send(Payload(1))
    gc.collect()
