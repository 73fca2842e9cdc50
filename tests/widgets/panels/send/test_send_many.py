"""The send panel while many are on their way: progress, waiting, Cancel, and copies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import SendPanel

from event_collector import Context
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import a_bench, collector, eventually, text
from tests.widgets.panels.send.tables import at_table, echo


@in_loop
async def test_while_many_wait_for_room_it_says_so_and_cancel_keeps_the_accepted() -> None:
    """Fault 9: how many are accepted, that they wait, and exactly how many stay."""
    gate = Gate()
    rows = list(range(100))
    async with a_bench(namespace={"rows": rows}, max_queued=5, max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        panel = await at_table(bench)
        panel.send_button.click()
        said = "6 of 100 sent; waits for room (5 queued of 5)"
        await eventually(lambda: panel.under_way.progress.description == said)
        assert (panel.under_way.progress.value, panel.under_way.progress.max) == (6, 100)
        assert panel.under_way.cancel_button.layout.display != "none"
        panel.send_button.click()
        await settle()
        assert panel.status.text == (
            "6 of 100 sent; waits for room (5 queued of 5), of what was sent "
            "before; wait for it, or cancel it"
        )
        panel.under_way.cancel_button.click()
        said = "cancelled: 6 of 100 were sent and stay, 94 were not"
        await eventually(lambda: panel.status.text == said)
        assert panel.under_way.progress.layout.display == "none"
        gate.open()
        await bench.publisher.wait()
        assert bench.metrics().finished == bench.metrics().accepted == 6


@in_loop
async def test_a_cancel_between_two_turns_counts_exactly() -> None:
    """What the queue has accepted is what the line says, wherever the cancel comes."""
    async with a_bench(namespace={"rows": list(range(3_000))}) as bench:
        await bench.put(collector("x", echo))
        panel = await at_table(bench)
        sending = asyncio.ensure_future(panel.send())
        await eventually(lambda: bench.metrics().accepted > 0)
        await panel.cancel()
        told = await sending
        accepted = bench.metrics().accepted
        assert told == (
            f"cancelled: {accepted:,} of 3,000 were sent and stay, {3_000 - accepted:,} were not"
        )
        assert 0 < accepted < 3_000


@in_loop
async def test_after_the_last_is_accepted_there_is_nothing_to_cancel() -> None:
    """The bar stays until they are done, and counts them."""
    gate = Gate()
    async with a_bench(namespace={"rows": [1, 2, 3]}) as bench:
        await bench.put(collector("x", gate))
        panel = await at_table(bench)
        panel.send_button.click()
        bar = panel.under_way.progress
        await eventually(lambda: bar.description == "3 sent, 0 done")
        assert panel.under_way.cancel_button.layout.display == "none"
        gate.let_go(1)
        await eventually(lambda: bar.description == "3 sent, 1 done")
        gate.open()
        await eventually(lambda: panel.status.text == "3 sent: 3 Ok")


@in_loop
async def test_a_send_that_waits_for_room_says_so() -> None:
    """Fault 9: eight clicks on a queue of five; each is accepted, and the line says so."""
    gate = Gate()
    async with a_bench(max_queued=5, max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        panel = SendPanel(bench)
        panel.value.text.value = "1"
        for _ in range(7):
            panel.send_button.click()
            await settle()
        said = "sent, waits for room: 6 queued of 5"
        await eventually(lambda: panel.status.text == said)
        panel.send_button.click()
        await eventually(lambda: panel.status.text == "2 sends wait for room: 7 queued of 5")
        gate.open()
        await bench.publisher.wait()
        await eventually(lambda: panel.status.text.startswith("event 8: x: Ok"))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        ("0", "copies must be a whole number of 1 or more, got '0'"),
        ("-1", "copies must be a whole number of 1 or more, got '-1'"),
        ("1.5", "copies must be a whole number of 1 or more, got '1.5'"),
        ("2e3", "copies must be a whole number of 1 or more, got '2e3'"),
        ("", "copies must be a whole number of 1 or more, got nothing"),
        ("10,001", "copies must be at most 10,000, got '10,001'"),
    ],
)
@in_loop
async def test_a_wrong_number_of_copies_is_refused(count: str, said: str) -> None:
    """Never clamped: told beforehand, and by the click."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        panel.copies.value = "2"
        await settle()
        panel.copies.value = count
        await settle()
        assert text(panel.preview) == said
        assert panel.send_button.disabled
        assert panel.send_button.description in ("Send", "Send 10,001 copies")
        with pytest.raises(ValueError, match=said):
            await panel.send()
        assert bench.metrics().accepted == 0


@in_loop
async def test_copies_are_sent_and_accounted_for() -> None:
    """n payloads alike, with one and the same value."""
    async with a_bench(namespace={"reading": {"a": 1}}) as bench:
        await bench.put(collector("x", echo))
        panel = SendPanel(bench)
        panel.copies.value = "1000"
        await settle()
        assert text(panel.preview).startswith("1,000 times")
        assert await panel.send() == "1,000 sent: 1,000 Ok"
        assert bench.metrics().finished == 1_000


@in_loop
async def test_a_click_is_answered_while_a_table_is_sent() -> None:
    """The loop is not held, and messages to the page are few."""
    rows = [{"n": number} for number in range(20_000)]
    async with a_bench(namespace={"rows": rows}, max_queued=100) as bench:
        await bench.put(collector("x", echo))
        panel = await at_table(bench)
        changes: list[Any] = []
        panel.under_way.progress.observe(changes.append, "description")
        loop = asyncio.get_running_loop()
        sending = asyncio.ensure_future(panel.send())
        turns, began = 0, loop.time()
        while not sending.done():
            await asyncio.sleep(0)
            turns += 1
        assert await sending == "20,000 sent: 20,000 Ok"
        assert turns > 50  # a click has its turn between two of these
        assert len(changes) <= 10 * (loop.time() - began) + 5


@in_loop
async def test_a_closed_workbench_ends_the_sending_with_its_count() -> None:
    """The error says how many were accepted."""
    gate = Gate()
    async with a_bench(
        namespace={"rows": list(range(50))}, max_queued=5, max_consumers=1, shutdown_timeout=0.05
    ) as bench:
        await bench.put(collector("x", gate))
        panel = await at_table(bench)
        panel.send_button.click()
        await eventually(lambda: bench.metrics().accepted == 6)
        await bench.close()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text.startswith("the queue is shutting down")
        assert panel.status.text.endswith("; 6 payloads were accepted")
        assert panel.under_way.progress.layout.display == "none"


@in_loop
async def test_a_send_that_waits_for_a_lifecycle_says_so() -> None:
    """The collector is being put in its place; the payload is sent when it is there."""
    opened = asyncio.Event()

    @asynccontextmanager
    async def slowly(ctx: Context) -> AsyncIterator[None]:
        await opened.wait()
        yield

    async with a_bench() as bench:
        bench.collector("x", lifecycle=slowly)(echo)
        panel = SendPanel(bench)
        panel.value.text.value = "1"
        panel.send_button.click()
        said = "waits until every collector is in its place: a lifecycle is being entered"
        await eventually(lambda: panel.status.text == said)
        assert bench.metrics().accepted == 0
        opened.set()
        await eventually(lambda: panel.status.text == "event 1: x: Ok(1)")
