"""A workbench's send: awaited it gives the event, and its `wait` the results."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from event_collector_widgets import Workbench

from event_collector import Context, Payload, QueueClosedError
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import a_bench, collector, double


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
async def test_it_takes_effect_when_it_is_called() -> None:
    """Decision 7: awaited or not, in order, and nobody warns."""
    async with a_bench() as bench:
        await _bench(bench)
        bench.send(Payload(1))
        assert bench.metrics().accepted == 1
        second = bench.send(Payload(2))
        third = await bench.send(Payload(3))
        assert ((await second).id, third.id) == (2, 3)
        gc.collect()
    assert [event.payload.value for event in bench.history] == [1, 2, 3]


@in_loop
async def test_it_takes_effect_in_order_before_the_queue_is_ready() -> None:
    """Decision 7: in the cell that makes the workbench; an awaited one overtakes nobody."""
    entered = asyncio.Event()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        await entered.wait()
        yield

    async with a_bench() as bench:
        bench.collector("x", lifecycle=lifecycle)(double)
        bench.send(Payload(1))
        bench.send(Payload(2))
        awaited = asyncio.create_task(bench.send_all([Payload(3), Payload(4)]))
        await settle()
        assert bench.metrics().accepted == 0
        entered.set()
        bench.send(Payload(5))
        await awaited
        await bench.send(Payload(6))
        sent = [event.payload.value for event in bench.history]
        assert (sent[:2], sorted(sent), sent[-1]) == ([1, 2], [1, 2, 3, 4, 5, 6], 6)
        assert (await bench.settle()).settled
        assert bench.metrics().undelivered == 0


@in_loop
async def test_what_waits_is_sent_before_the_workbench_closes() -> None:
    """Decision 18: `close` processes what was sent."""
    async with a_bench() as bench:
        bench.collector("x")(double)
        bench.send(Payload(1))
    assert [event.result.first().unwrap() for event in bench.history if event.result] == [2]


@in_loop
async def test_cancelled_while_a_lifecycle_is_entered_it_is_sent_all_the_same() -> None:
    """Decision 8: a cancelled sender loses nothing."""
    entered = asyncio.Event()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        await entered.wait()
        yield

    async with a_bench() as bench:
        bench.collector("x", lifecycle=lifecycle)(double)
        waiting = asyncio.create_task(bench.send(Payload(1)).wait())
        await settle()
        waiting.cancel()
        await asyncio.wait([waiting])
        entered.set()
        await bench.send(Payload(2)).wait()
        assert bench.metrics().accepted == 2


@in_loop
async def test_one_that_cannot_be_sent_says_so_where_nobody_awaits_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The awaited one raises, and prints nothing of its own."""

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        raise OSError("the disk is gone")
        yield

    async with a_bench() as bench:
        bench.collector("x", lifecycle=lifecycle)(double)
        bench.send(Payload(1))
        await settle()
        said = "Workbench('test', []): a payload was not sent: OSError: the disk is gone"
        assert said in capsys.readouterr().err
        bench.collector("x", lifecycle=lifecycle)(double)
        with pytest.raises(OSError, match="the disk is gone"):
            await bench.send(Payload(2))
        await settle()
        assert "a payload was not sent" not in capsys.readouterr().err
        assert bench.metrics().accepted == 0
        await bench.send(Payload(3))


@in_loop
async def test_its_errors_are_those_of_a_send() -> None:
    """Decision 10: a wrong value, and a closed workbench."""
    async with a_bench() as bench:
        with pytest.raises(TypeError, match="wrap it"):
            await bench.send(3).wait()  # type: ignore[arg-type]
    with pytest.raises(QueueClosedError, match="run the workbench's cell again"):
        await bench.send(Payload(1)).wait()
