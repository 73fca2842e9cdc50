"""What the try-out panel shows of a trial: what differs, side by side, and nothing as HTML."""

import math
import re
from typing import Any

import ipywidgets as w
from event_collector_widgets import TryOutPanel
from event_collector_widgets.panels.try_out.outcomes import WINDOW
from event_collector_widgets.panels.try_out.tried import times_in_words
from event_collector_widgets.trial import Times

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
from tests.widgets.trial.trials import filled, forgiving


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
        times = r"[0-9.]+ .?s each now \(before: [0-9.]+ .?s\)"
        assert re.fullmatch(f"2 of 3 results differ: 1 error went, 1 error came; {times}", summary)
        assert shown(panel) == [
            ["2", "✓ error went", "-2", "✗ -2 is negative", "4"],
            ["3", "✗ error came", "300", "600", "✗ 300 is too large"],
        ]
        assert [row["state"] for row in panel.view.rows.rows] == ["ok", "error"]
        panel.view.kind.value = "all results"
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


@in_loop
async def test_the_rows_of_one_kind_of_change_can_be_shown() -> None:
    """With how many each has; what is chosen stays for the next trial."""
    async with a_panel(1, -2, -3, 300) as (_, panel):
        await panel.try_out()
        assert [label for label, _ in panel.view.kind.options] == [
            *("all differences (3)", "errors went (2)", "errors came (1)"),
            *("errors changed (0)", "values changed (0)", "all results (4)"),
        ]
        panel.view.kind.value = "error came"
        await eventually(lambda: [cells[0] for cells in shown(panel)] == ["4"])
        panel.view.kind.value = "value changed"
        await eventually(lambda: shown(panel) == [])
        panel.view.kind.value = "error went"
        await panel.try_out()
        assert [cells[0] for cells in shown(panel)] == ["2", "3"]


def test_what_a_trial_found_is_told_in_a_few_words() -> None:
    """And the times, as far as anybody knows them."""
    unknown = Times(math.nan, 5.56e-6, 0)
    assert times_in_words(unknown, 9) == "5.6 µs each now (before: not known)"
    told = "5.6 µs each now (about 4 µs before, mean of the latest)"
    assert times_in_words(unknown, 9, 4.01e-6) == told
    known = Times(1.234e-3, 5.56e-6, 3)
    assert times_in_words(known, 9) == "5.6 µs each now (before: 1.2 ms, known of 3)"


@in_loop
async def test_the_time_before_is_that_of_the_collector_where_the_events_do_not_tell() -> None:
    """An event that several collectors got has no time of one of them; the gauges have."""
    async with a_panel() as (bench, panel):
        await bench.put(collector("y"))
        await filled(bench, 1, -2)
        await panel.try_out()
        assert re.search(r"now \(about [0-9.]+ .?s before, mean of", panel.view.summary.text)


@in_loop
async def test_an_event_has_its_number_as_in_the_results() -> None:
    """Without commas."""
    async with a_panel(*[1] * 1_000, -2) as (_, panel):
        await panel.try_out()
        assert shown(panel)[0][0] == "1001"
        panel.view.rows.chosen = "1000"
        await settle()
        assert panel.view.sides.parts[0]["heading"] == "event 1001: payload"


@in_loop
async def test_no_label_has_the_tooltip_null() -> None:
    """ipywidgets makes the word of a missing tooltip."""
    async with a_panel(1) as (_, panel):
        fields = [each for each in everything_in(panel) if hasattr(each, "description")]
        assert all(each.tooltip is not None or isinstance(each, w.Button) for each in fields)
