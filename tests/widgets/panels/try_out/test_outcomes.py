"""What the try-out panel shows of a trial: what differs, side by side, and nothing as HTML."""

from typing import Any

import ipywidgets as w
from event_collector_widgets import TryOutPanel
from event_collector_widgets.panels.try_out.outcomes import WINDOW

from event_collector import Context, Payload, Result
from tests.support import in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    assert_harmless,
    collector,
    double,
    eventually,
    everything_in,
    text,
)
from tests.widgets.panels.try_out.tryouts import a_panel, seen, shown
from tests.widgets.trial.trials import forgiving


async def clicked(panel: TryOutPanel) -> None:
    """Click on Try out, and wait for the end."""
    panel.try_button.click()
    await eventually(lambda: seen(panel.view) and not panel.try_button.disabled)


@in_loop
async def test_a_click_shows_what_differs_and_how() -> None:
    """Issue 13: the differences first, errors that went and came, by word and shape."""
    async with a_panel(1, -2, 300) as (_, panel):
        await clicked(panel)
        summary = panel.view.summary.text
        assert summary.startswith("2 of 3 results differ: 1 error went, 1 error came; per payload ")
        assert summary.count("s before, ") == 1
        assert summary.endswith("s now")
        assert shown(panel) == [
            ["2", "✓ error went", "-2", "✗ ValueError: -2 is negative", "4"],
            ["3", "✗ error came", "300", "600", "✗ ValueError: 300 is too large"],
        ]
        assert [row["state"] for row in panel.view.rows.rows] == ["ok", "error"]
        panel.view.all.value = True
        await eventually(lambda: len(shown(panel)) == 3)
        assert shown(panel)[2] == ["1", "= same", "1", "2", "2"]
        assert text(panel.view.told) == "mended in 'x', on the whole history"


@in_loop
async def test_a_row_opens_to_both_results_side_by_side() -> None:
    """The payload in full, the value, the exception with its traceback."""
    async with a_panel(1, -2) as (_, panel):
        await panel.try_out()
        panel.view.rows.chosen = "1"
        await eventually(lambda: panel.view.sides.parts)
        payload, before, after = panel.view.sides.parts
        assert (payload["heading"], payload["text"]) == ("event 2: payload", "-2")
        assert (before["said"], before["state"]) == ("ValueError: -2 is negative", "error")
        assert before["text"].startswith("Traceback")
        assert (after["said"], after["text"], after["state"]) == ("Ok", "4", "ok")
        assert not seen(panel.view.lift_button)
        await panel.try_out()
        assert panel.view.sides.parts == []


@in_loop
async def test_a_long_payload_is_cut_until_all_is_asked_for() -> None:
    """The limit is told, and can be lifted."""
    async with a_panel("x" * 30_000, options={"processor": double}, other=forgiving) as (_, panel):
        panel.form.processor.value = "other"
        await panel.try_out()
        panel.view.rows.chosen = "0"
        await eventually(lambda: seen(panel.view.lift_button))
        assert panel.view.sides.parts[0]["note"] == "20,000 of 30,002 characters"
        panel.view.lift_button.click()
        await eventually(lambda: not seen(panel.view.lift_button))
        assert panel.view.sides.parts[0]["text"] == repr("x" * 30_000)


@in_loop
async def test_rows_come_in_windows() -> None:
    """Two hundred at a time, with more and newer; the page asks for them."""
    async with a_panel(*range(-2 * WINDOW - 5, 0)) as (_, panel):
        await panel.try_out()
        rows = panel.view.rows
        assert (len(rows.rows), rows.newer, rows.more) == (WINDOW, False, True)
        assert rows.where == "1 to 200 of 405 differences"
        for _ in range(2):
            rows._handle_custom_msg({"do": "more", "key": ""}, [])
        await eventually(lambda: len(rows.rows) == 5)
        assert (rows.newer, rows.more, rows.where) == (True, False, "401 to 405 of 405 differences")
        rows._handle_custom_msg({"do": "newer", "key": ""}, [])
        await eventually(lambda: rows.where == "201 to 400 of 405 differences")


@in_loop
async def test_payloads_and_errors_are_texts() -> None:
    """Issue 13: HTML in a payload, a key or an exception is text everywhere."""

    async def nasty(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError(NASTY)

    async with a_bench(namespace={"nasty": nasty}) as bench:
        await bench.put(collector(NASTY))
        await bench.publisher.send_all([Payload(NASTY), Payload("\u2028")])
        await bench.publisher.wait()
        panel = TryOutPanel(bench)
        panel.form.processor.value = "nasty"
        await panel.try_out()
        panel.view.rows.chosen = "0"
        await settle()
        assert_harmless(panel)
        assert "<script" not in panel.static()
        assert "<img" not in panel.static()


@in_loop
async def test_the_static_form_has_the_summary_and_the_first_differences() -> None:
    """No times: it is the same in every run."""
    async with a_panel(*range(-12, 2)) as (_, panel):
        await panel.try_out()
        static = panel.static()
        summary = "mended in &#x27;x&#x27;, on the whole history: 12 of 14 results differ"
        assert static.startswith(f"<p>{summary}: 12 errors went</p><table")
        assert static.count("<tr>") == 11
        assert static.endswith("<p>the first 10 of 12</p>")
        assert "before, " not in static


@in_loop
async def test_it_is_small_and_repaints_nothing_that_did_not_change() -> None:
    """At most 25 widgets; a refresh sends nothing where all is as it was."""
    async with a_panel(1, -2) as (_, panel):
        await panel.try_out()
        everything = everything_in(panel)
        assert len([each for each in everything if isinstance(each, w.DOMWidget)]) <= 25
        changes: list[Any] = []
        for each in everything:
            each.observe(changes.append)
        panel.refresh()
        assert changes == []
