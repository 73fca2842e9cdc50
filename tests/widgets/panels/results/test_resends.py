"""Resending from the panel: to whom, the question before many, what was resent as what."""

import asyncio

import pytest
from event_collector_widgets import ResultsPanel, failing
from event_collector_widgets.panels.results.resends import ALL, ASKED, FAILED, MOST

from event_collector import Delivery, Payload, QueueClosedError
from tests.support import in_loop, in_virtual_time, settle
from tests.widgets.benches import (
    a_bench,
    collector,
    eventually,
    give,
    run_cell,
)
from tests.widgets.panels.results.six_events import payloads, some


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
        await panel.resend_all()
        asked = "resend 1 payload (2 failed in collectors that are gone)? click again"
        assert panel.status.text == asked
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
        assert rows["5"][3:] == ["✗ Error", "resent as 7; bad: cannot process 'a'; 1 Ok"]
        assert rows["7"][3:] == ["✗ Error", "bad: cannot process 'a'"]
        assert panel.detail.title == "event 5: broadcast; ✗ Error (1 of 2); resent as 7"
        assert "resent as 7" in panel.static()
        panel.filters.state.value = "Error"
        await settle()
        await panel.resend_all()
        assert panel.status.text == "resend 2 payloads (1 was resent already)? click again"
        await panel.resend_all()
        assert panel.status.text == "2 sent again to those that failed: 2 with errors (bad 2)"
        assert [each.value for each in payloads(bench)[7:]] == ["b", "a"]
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[9:] == payloads(bench)[7:9]
        panel.filters.text.value = "nobody"
        panel.filters.text.value = "b"
        panel.filters.collector.value = "bad"
        panel.show(6)
        await panel.resend()
        panel.forget()
        assert not any("resent" in row["cells"][4] for row in panel.rows.rows)


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
        await says("Resend all")
        panel.filters.state.value = "Error"
        await says("Resend these 3")
        await bench.queue.remove("worse")
        panel.refresh()
        await says("Resend these 2")
        panel.resend_to.value = ALL
        await says("Resend these 3")
        panel.resend_to.value = FAILED
        for _ in range(2):  # they fail again: the label is the same the second time
            await says("Resend these 2")
            await panel.resend_all()
            assert panel.resend_button.description == "Resend 2?"
            await panel.resend_all()
            panel.refresh()
        panel.filters.text.value = "worse"
        await says("None to resend")
        panel.filters.only("")
        await says("Resend these 6")


@in_loop
async def test_where_all_were_resent_already_none_is() -> None:
    """It says how to resend one of them nevertheless."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.filters.delivery.value = Delivery.KEY
        panel.filters.text.value = "2"
        await settle()
        await panel.resend_all()
        await panel.resend_all()
        assert panel.status.text == "2 sent again: 2 Ok"
        panel.filters.time.value = 0.0
        found = panel.events
        for event in found:
            panel._resends.link(event, event)
        said = r"^nothing to resend: 2 were resent already; open a row to resend one$"
        with pytest.raises(ValueError, match=said):
            panel._resends.plan(found[-2:], bench.collectors)


@in_loop
async def test_resend_needs_an_open_row_and_an_open_workbench() -> None:
    """What is wrong is raised, and shown where the user clicked."""
    async with a_bench() as bench:
        panel = await some(bench)
        with pytest.raises(LookupError, match=r"^choose a row first$"):
            await panel.resend()
        with pytest.raises(LookupError, match=r"^choose a row first$"):
            await panel.edit()
        panel.show(1)
        await bench.close()
        with pytest.raises(QueueClosedError):
            await panel.resend()
        panel.detail._handle_custom_msg({"do": "resend", "key": ""}, [])
        await settle()
        assert (panel.status.kind, panel.status.text[:17]) == ("error", "QueueClosedError:")


@in_loop
async def test_all_that_match_are_resent_after_a_question() -> None:
    """The first click asks with the count, the second sends; the code does the same."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.filters.state.value = "Error"
        await settle()
        panel.resend_button.click()
        await settle()
        assert panel.status.text == "resend 2 payloads? click again"
        assert panel.resend_button.description == "Resend 2?"
        assert len(bench.history) == 6
        panel.resend_button.click()
        await eventually(lambda: "sent again to" in panel.status.text)
        assert panel.status.text == "2 sent again to those that failed: 2 with errors (bad 2)"
        expected = [Payload(each, Delivery.KEY, keys=["bad"], topics=["t"]) for each in "ab"]
        assert payloads(bench)[6:] == expected
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[8:] == expected


@pytest.mark.parametrize(("to", "told"), [(FAILED, ", 2 of them to those that failed"), (ALL, "")])
@in_loop
async def test_the_words_and_the_code_of_many_tell_where_they_went(to: str, told: str) -> None:
    """Those without an Error go as they were sent, whatever is chosen."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.resend_to.value = to
        await panel.resend_all()
        await panel.resend_all()
        assert panel.status.text == f"6 sent again{told}: 4 Ok, 2 with errors (bad 2)"
        assert payloads(bench)[6:10] == payloads(bench)[:4]
        assert (payloads(bench)[10:] == payloads(bench)[4:6]) is (to == ALL)
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[12:] == payloads(bench)[6:12]


@in_loop
async def test_the_button_says_of_how_many_it_is_while_a_filter_narrows() -> None:
    """The count when it is known, and the number in the question."""
    async with a_bench() as bench:
        panel = await some(bench)
        assert panel.resend_button.description == "Resend all"
        panel.filters.state.value = "Error"
        panel._looking.now()
        assert panel.resend_button.description == "Resend these 2"
        panel.filters.text.value = "none of them"
        panel._looking.now()
        assert panel.resend_button.description == "Resend these"
        panel.filters.text.value = panel.filters.state.value = ""
        panel._looking.now()
        assert panel.resend_button.description == "Resend all"


@in_virtual_time
async def test_a_question_is_forgotten() -> None:
    """With time, another filter, choice or workbench: nothing is sent by a late click."""
    async with a_bench() as bench:
        panel = await some(bench)
        await panel.resend_all()
        await asyncio.sleep(ASKED + 1)
        assert (panel.resend_button.description, panel.status.text) == ("Resend all", "")
        await panel.resend_all()
        panel.filters.state.value = "Ok"
        await settle()
        assert (panel.resend_button.description, panel.status.text) == ("Resend these 6", "")
        await panel.resend_all()
        assert panel.status.text == "resend 6 payloads? click again"
        panel.resend_to.value = ALL
        await settle()
        assert (panel.resend_button.description, panel.status.text) == ("Resend these 6", "")
        await panel.resend_all()
        panel.forget()
        await panel.resend_all()
        assert len(bench.history) == 6


@in_loop
async def test_nothing_and_too_many_are_not_resent() -> None:
    """Both are said in words."""
    async with a_bench(history=20_000) as bench:
        panel = ResultsPanel(bench)
        for action in (panel.resend_all, panel.to_csv):
            with pytest.raises(ValueError, match=r"^no event matches: there is nothing to take$"):
                await action()
        await bench.publisher.send_all([Payload(number) for number in range(MOST + 1)])
        said = "10,001 events match; 10,000 payloads at most are resent at once: narrow the filter"
        with pytest.raises(ValueError, match=f"^{said}$"):
            await panel.resend_all()
        panel.resend_button.click()
        await settle()
        assert (panel.status.text, panel.status.kind) == (said, "error")
        panel.filters.state.value = "Error"
        await settle()
        assert panel.status.text == ""
