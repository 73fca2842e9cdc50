"""Resending from the panel: to whom, how many, and what was resent as what."""

import asyncio
from typing import Any

import pytest
from event_collector_widgets import ResultsPanel, failing
from event_collector_widgets.panels.results.resends import ALL, FAILED

from event_collector import Context, Delivery, Payload, QueueClosedError, Result
from tests.support import Gate, in_loop, settle, until
from tests.widgets.benches import (
    a_bench,
    collector,
    eventually,
    give,
    run_cell,
)
from tests.widgets.panels.results.six_events import payloads, shown, some


@in_loop
async def test_resend_goes_to_those_that_failed_and_says_what_came_of_it() -> None:
    """A click on the button of the row that is open; the one that was fine does not run again."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.show(5)
        panel.detail._handle_custom_msg({"do": "resend", "key": ""}, [])
        await eventually(lambda: panel.status.text.endswith(": 1 error: bad"))
        assert panel.status.text == "event 5 sent again as event 7, to bad: 1 error: bad"
        expected = Payload("a", Delivery.KEY, keys=["bad"], topics=["t"])
        assert payloads(bench)[-1] == expected
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[-1] == expected
        assert len(bench.history) == 8


@in_loop
async def test_resend_goes_as_it_was_sent_where_that_is_chosen_or_nothing_failed() -> None:
    """The words and the code say so."""
    async with a_bench() as bench:
        panel = await some(bench)
        assert panel.resend_to.value == FAILED
        for number, to in ((5, ALL), (3, ALL), (3, FAILED)):
            panel.resend_to.value = to
            panel.show(number)
            event = await panel.resend()
            told = f"event {number} sent again as event {event.id}: "
            assert panel.status.text == told + ("1 Ok, 1 error: bad" if number == 5 else "1 Ok")
            assert event.payload == payloads(bench)[number - 1]
            await run_cell(panel.code_line.code, bench=bench)
            assert payloads(bench)[-1] == event.payload
            assert len(bench.history) == event.id + 1


@in_loop
async def test_what_failed_in_collectors_that_are_gone_is_not_resent_to_others() -> None:
    """It says which choice would do; many others are resent without it."""
    async with a_bench() as bench:
        panel = await some(bench)
        await bench.put(collector("worse", failing))
        await give(bench, Payload("c", Delivery.KEY, keys=["worse"]))
        await bench.queue.remove("bad")
        panel.show(5)
        said = (
            "no collector in which event 5 failed is there any more; resend to: all, as it was sent"
        )
        with pytest.raises(ValueError, match=f"^{said}$"):
            await panel.resend()
        panel.detail._handle_custom_msg({"do": "resend", "key": ""}, [])
        await settle()
        assert (panel.status.text, panel.status.kind) == (said, "error")
        panel.filters.state.value = "Error"
        await settle()
        await panel.ask_resending()
        assert panel.status.text == (
            "resend 1 of the 3 that match, to those that failed "
            "(2 failed in collectors that are gone)? click again"
        )
        await panel.resend_all()
        assert payloads(bench)[7:] == [Payload("c", Delivery.KEY, keys=["worse"])]
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[8:] == payloads(bench)[7:8]


@in_loop
async def test_what_was_resent_says_as_what_and_is_left_out_the_next_time() -> None:
    """In its row, in the open event, in the static form; another workbench knows nothing of it."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.show(5)
        await panel.resend()
        panel.refresh()
        rows = {row["key"]: row["cells"] for row in panel.rows.rows}
        assert rows["5"][3:] == ["✗ Error", "resent as 7: Error; bad: cannot process 'a'; 1 Ok"]
        assert rows["7"][3:] == ["✗ Error", "bad: cannot process 'a'"]
        assert panel.detail.title == "event 5: broadcast; ✗ Error (1 of 2); resent as 7: Error"
        assert "resent as 7: Error" in panel.static()
        panel.filters.state.value = "Error"
        await settle()
        await panel.ask_resending()
        assert panel.status.text == (
            "resend 2 of the 3 that match, to those that failed (1 was resent already)? click again"
        )
        await panel.resend_all()
        assert panel.status.text == (
            "2 sent again to those that failed: 2 with errors (bad 2); "
            "left out: 1 was resent already"
        )
        assert [each.value for each in payloads(bench)[7:]] == ["b", "a"]
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[9:] == payloads(bench)[7:9]
        panel.filters.text.value = "nobody"
        panel.filters.text.value = "b"
        panel.filters.collector.value = "bad"
    async with a_bench("another") as another:
        panel.moved(another)
        assert not any("resent" in row["cells"][4] for row in panel.rows.rows)


@in_loop
async def test_an_old_row_tells_what_came_of_it_as_soon_as_that_is_known() -> None:
    """The one that was resent, while its new event is not done and after that."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", failing))
        await give(bench, Payload(1))
        panel = ResultsPanel(bench)
        await bench.put(collector("x", gate))
        panel.show(1)
        resending = asyncio.ensure_future(panel.resend())
        await until(lambda: gate.begun)
        panel.refresh()
        assert panel.rows.rows[1]["cells"][4].startswith("resent as 2; x: ")
        gate.open()
        await resending
        panel.refresh()
        assert panel.rows.rows[1]["cells"][4].startswith("resent as 2: Ok; x: ")
        assert panel.detail.title.endswith("; resent as 2: Ok")


@in_loop
async def test_the_button_says_how_many_it_will_resend() -> None:
    """Not how many match: those that were resent, and those that nobody could get, do not count."""
    async with a_bench() as bench:
        panel = await some(bench)

        async def says(label: str) -> None:
            await eventually(lambda: panel.resend_button.description == label)

        await bench.put(collector("worse", failing))
        await give(bench, Payload("c", Delivery.KEY, keys=["worse"]))
        panel.refresh()
        await says("Resend 3 of 7")
        panel.filters.state.value = "Error"
        await says("Resend these 3")
        await bench.queue.remove("worse")
        panel.refresh()
        await says("Resend 2 of 3")
        panel.resend_to.value = ALL
        await says("Resend these 3")
        panel.resend_to.value = FAILED
        for matching in (3, 5):  # they fail again, and so there are as many the second time
            await says(f"Resend 2 of {matching}")
            await panel.ask_resending()
            assert panel.confirm_button.description == "Resend 2?"
            assert shown(panel) == (False, True)
            await panel.resend_all()
            assert shown(panel) == (True, False)
            panel.refresh()
        panel.filters.text.value = "worse"
        await says("None to resend")
        panel.filters.only("")
        await says("Resend 2 of 11")
        panel.resend_to.value = ALL
        await says("Resend 7 of 11")


@in_loop
async def test_the_button_follows_what_becomes_of_events() -> None:
    """One that is done later with an Error counts then, though as many match as before."""
    gate = Gate()
    async with a_bench() as bench:

        async def fail(payload: Payload[Any], ctx: Context) -> Result:
            await gate(payload, ctx)
            raise ValueError("late")

        await bench.put(collector("x", fail))
        panel = ResultsPanel(bench)
        assert panel.resend_button.description == "Resend failed"
        event = await bench.send(Payload(1))
        await until(lambda: gate.begun)
        panel.refresh()
        assert panel.resend_button.description == "None to resend"
        gate.open()
        await event.wait()
        panel.refresh()
        assert panel.resend_button.description == "Resend these 1"


@in_loop
async def test_where_all_were_resent_already_none_is() -> None:
    """It says how to resend one of them nevertheless."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.resend_to.value = ALL
        panel.filters.delivery.value = Delivery.KEY
        panel.filters.text.value = ": 2"
        await settle()
        await panel.ask_resending()
        assert panel.status.text == "resend the one that matches, as it was sent? click again"
        await panel.resend_all()
        assert panel.status.text == "1 sent again: 1 Ok"
        for event in list(bench.history):
            bench.resent.link(event, event)
        said = r"^nothing to resend: 2 were resent already; open a row to resend one$"
        await settle()
        with pytest.raises(ValueError, match=said):
            await panel.ask_resending()


@in_loop
async def test_resend_needs_an_open_row_and_an_open_workbench() -> None:
    """What is wrong is raised, and shown where the user clicked."""
    async with a_bench() as bench:
        panel = await some(bench)
        with pytest.raises(LookupError, match=r"^choose a row first$"):
            await panel.resend()
        with pytest.raises(LookupError, match=r"^choose a row first$"):
            await panel.edit()
        with pytest.raises(ValueError, match=r"^nothing was asked: press Resend 2 of 6 first$"):
            await panel.resend_all()
        panel.show(1)
        await bench.close()
        with pytest.raises(QueueClosedError):
            await panel.resend()
        panel.detail._handle_custom_msg({"do": "resend", "key": ""}, [])
        await settle()
        assert (panel.status.kind, panel.status.text[:20]) == ("error", "the queue was closed")
