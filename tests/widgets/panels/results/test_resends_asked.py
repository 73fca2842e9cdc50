"""The question before many are resent: what it is about, what is left out, when it is dropped."""

import asyncio
from typing import Any

import pytest
from event_collector_widgets import ResultsPanel, failing
from event_collector_widgets.again import failed
from event_collector_widgets.panels.results.resends import ALL, ASKED, FAILED, MOST

from event_collector import Delivery, Payload
from tests.support import in_loop, in_virtual_time, settle
from tests.widgets.benches import (
    a_bench,
    collector,
    eventually,
    give,
    run_cell,
)
from tests.widgets.panels.results.six_events import later, payloads, shown, some


@in_loop
async def test_all_that_match_are_resent_after_a_question() -> None:
    """One click asks with the count, another one sends; the code does the same."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.filters.state.value = "Error"
        await settle()
        panel.resend_button.click()
        await settle()
        assert panel.status.text == "resend all 2 that match, to those that failed? click again"
        assert panel.confirm_button.description == "Resend 2?"
        assert len(bench.history) == 6
        later(panel)
        panel.confirm_button.click()
        await eventually(lambda: "sent again to" in panel.status.text)
        assert panel.status.text == "2 sent again to those that failed: 2 with errors (bad 2)"
        expected = [Payload(each, Delivery.KEY, keys=["bad"], topics=["t"]) for each in "ab"]
        assert payloads(bench)[6:] == expected
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[8:] == expected


@in_loop
async def test_a_double_click_asks_and_resends_nothing() -> None:
    """However late its second half is worked off: the button that asks does not answer."""
    async with a_bench() as bench:
        panel = await some(bench)
        for _ in range(2):
            panel.resend_button.click()
        await settle()
        later(panel)
        panel.resend_button.click()
        await settle()
        panel.confirm_button.click()
        await settle()
        assert len(bench.history) == 6
        assert panel.status.text.endswith("? click again")
        later(panel)
        panel.confirm_button.click()
        await eventually(lambda: "sent again" in panel.status.text)
        assert len(bench.history) == 8


FILTERS: dict[str, dict[str, Any]] = {
    "everything": {},
    "Ok and Error": {"collector": "x"},
    "by text": {"text": "cannot"},
    "some are resent": {"delivery": Delivery.BROADCAST},
}
"""What lets the Oks through, the Errors, or both."""


@pytest.mark.parametrize("filtered", FILTERS)
@pytest.mark.parametrize("to", [FAILED, ALL])
@in_loop
async def test_what_is_asked_is_what_is_sent_and_what_the_code_sends(
    to: str, filtered: str
) -> None:
    """Whatever the filter lets through: the count of the button, the question and the histories.

    To those that failed only what failed is sent, to the collectors whose result was an Error.
    """
    async with a_bench() as bench:
        panel = await some(bench)
        panel.resend_to.value = to
        for field, value in FILTERS[filtered].items():
            getattr(panel.filters, field).value = value
        if filtered == "some are resent":
            panel.show(5)
            await panel.resend()
        panel.refresh()
        matching = [each for each in bench.history if each in panel.events]
        old = [event for event in matching if event not in bench.resent]
        if to == FAILED:
            old = [event for event in old if failed(event)]
        number, begun = len(old), len(bench.history)
        label, count = panel.resend_button.description, len(matching)
        if to == FAILED or filtered != "everything":
            of = f"these {number}" if number == count else f"{number} of {count}"
            assert label == f"Resend {of}"
        await panel.ask_resending()
        which = f"all {count}" if count == number else f"{number} of the {count}"
        assert panel.status.text.startswith(f"resend {which} that match, ")
        assert panel.confirm_button.description == f"Resend {number}?"
        await panel.resend_all()
        sent = payloads(bench)[begun:]
        keys: list[Any] = [failed(event) for event in old]
        assert sent == [
            each.payload
            if to == ALL
            else Payload(each.payload.value, Delivery.KEY, keys=mine, topics=each.payload.topics)
            for each, mine in zip(old, keys, strict=True)
        ]
        await run_cell(panel.code_line.code, bench=bench)
        assert payloads(bench)[begun + number :] == sent


@in_loop
async def test_the_answer_counts_what_was_left_out() -> None:
    """Those without an Error, where only those that failed get it."""
    async with a_bench() as bench:
        panel = await some(bench)
        await panel.ask_resending()
        assert panel.status.text == (
            "resend 2 of the 6 that match, to those that failed (4 without an error)? click again"
        )
        await panel.resend_all()
        assert panel.status.text == (
            "2 sent again to those that failed: 2 with errors (bad 2); left out: 4 without an error"
        )
        panel.filters.state.value = "Ok"
        panel.filters.delivery.value = Delivery.KEY
        await settle()
        said = "nothing to resend: 4 without an error; resend to: all, as it was sent"
        with pytest.raises(ValueError, match=f"^{said}$"):
            await panel.ask_resending()
        assert panel.resend_button.description == "None to resend"


@in_virtual_time
async def test_a_question_is_forgotten() -> None:
    """With time, another filter, choice or workbench: nothing is sent by a late click."""
    async with a_bench() as bench:
        panel = await some(bench)
        await panel.ask_resending()
        await asyncio.sleep(ASKED + 1)
        assert (shown(panel), panel.status.text) == ((True, False), "")
        await panel.ask_resending()
        panel.filters.collector.value = "bad"
        await settle()
        assert (shown(panel), panel.status.text) == ((True, False), "")
        await panel.ask_resending()
        assert panel.status.text.startswith("resend all 2 that match")
        panel.resend_to.value = ALL
        await settle()
        assert (shown(panel), panel.status.text) == ((True, False), "")
        await panel.ask_resending()
        panel.forget()
        assert shown(panel) == (True, False)
        with pytest.raises(ValueError, match=r"^nothing was asked"):
            await panel.resend_all()
        assert len(bench.history) == 6


@in_loop
async def test_nothing_and_too_many_are_not_resent() -> None:
    """Both are said in words; of those that failed only they count."""
    async with a_bench(history=20_000) as bench:
        panel = ResultsPanel(bench)
        for action in (panel.ask_resending, panel.to_csv):
            with pytest.raises(ValueError, match=r"^no event matches: there is nothing to take$"):
                await action()
        await bench.publisher.send_all([Payload(number) for number in range(MOST + 1)])
        await bench.publisher.wait()
        await bench.put(collector("bad", failing))
        await give(bench, Payload(1))
        await panel.ask_resending()
        assert panel.status.text.startswith("resend 1 of the 10,002 that match, to those that ")
        panel.resend_to.value = ALL
        await settle()
        said = "10,002 events match; 10,000 payloads at most are resent at once: narrow the filter"
        with pytest.raises(ValueError, match=f"^{said}$"):
            await panel.ask_resending()
        panel.resend_button.click()
        await eventually(lambda: panel.status.text)
        assert (panel.status.text, panel.status.kind) == (said, "error")
        panel.filters.state.value = "Error"
        await eventually(lambda: not panel.status.text)


@pytest.mark.parametrize("action", ["to_frame", "to_csv", "to_jsonl", "resend"])
@in_loop
async def test_another_click_takes_the_question_back(action: str) -> None:
    """Its words make room for what the other click says: nobody could tell what would be sent."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.show(3)
        await panel.ask_resending()
        assert panel.confirm_button.layout.display != "none"
        await getattr(panel, action)()
        assert panel.confirm_button.layout.display == "none"
        assert panel.resend_button.layout.display != "none"


@in_loop
async def test_no_code_of_a_click_before_stands_beside_a_question_or_a_refusal() -> None:
    """The code that is shown does what the line above it says, or is not there."""
    async with a_bench() as bench:
        panel = await some(bench)
        await panel.to_frame()
        assert panel.code_line.code
        await panel.ask_resending()
        assert panel.code_line.code == ""
        panel.filters.text.value = "nobody has this"
        await settle()
        await panel.to_frame()
        assert panel.code_line.code
        with pytest.raises(ValueError, match=r"^no event matches"):
            await panel.to_csv()
        assert panel.code_line.code == ""
