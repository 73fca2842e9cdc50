"""The try-out panel: a version of a processor over past payloads, and what it would change."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ipywidgets as w
import pytest
from event_collector_widgets import TryOutPanel, Workbench
from event_collector_widgets.panels.outcomes import ALL, WINDOW
from event_collector_widgets.panels.parts import Chosen
from event_collector_widgets.panels.trial_form import FILTER, HISTORY

from event_collector import Context, Delivery, Ok, Payload, QueueClosedError, Result
from tests.support import Gate, Log, forever, in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    assert_harmless,
    collector,
    double,
    eventually,
    everything_in,
    from_another_thread,
    give,
    run_cell,
    text,
)
from tests.widgets.trial.trials import filled, forgiving, mended, strict


@asynccontextmanager
async def a_panel(
    *values: Any, options: dict[str, Any] | None = None, **names: Any
) -> AsyncIterator[tuple[Workbench, TryOutPanel]]:
    """A panel over a bench that has processed some values, strictly unless told otherwise."""
    names = {"mended": mended, **names}
    async with a_bench(namespace=names) as bench:
        names["bench"] = bench
        await filled(bench, *values, **(options or {}))
        panel = TryOutPanel(bench)
        panel.form.processor.value = "mended"
        yield bench, panel
        panel.close()


def shown(panel: TryOutPanel) -> list[list[str]]:
    """The cells of the rows in sight."""
    return [row["cells"] for row in panel.view.rows.rows]


def seen(widget: w.Widget) -> bool:
    """Whether a widget is not hidden."""
    return bool(widget.layout.display != "none")


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
        panel.view.which.value = ALL
        await eventually(lambda: len(shown(panel)) == 3)
        assert shown(panel)[2] == ["1", "= same", "1", "2", "2"]
        assert text(panel.view.told) == "mended in 'x', on the whole history"


@in_loop
async def test_the_queue_knows_nothing_of_it() -> None:
    """Issue 13: beside the queue."""
    async with a_panel(1, -2) as (bench, panel):
        before = bench.metrics().accepted
        trial = await panel.try_out()
        assert trial.progress == (2, 2)
        assert (bench.metrics().accepted, len(bench.history)) == (before, 2)


@in_loop
async def test_the_function_that_was_run_again_is_chosen() -> None:
    """The mended one, and marked; a choice that was made since then stays."""
    async with a_panel(1, strict=strict, mended=mended) as (_, panel):
        names = panel.bench.namespace
        labels = {value: label for label, value in panel.form.processor.options}
        assert labels["strict"] == "strict (the present one)"
        assert isinstance(names, dict)
        names["strict"] = again = _named("strict", mended)
        panel.refresh()
        assert panel.form.processor.value == "strict"
        assert panel.form.processor.label == "strict (run again since)"
        panel.form.processor.value = "mended"
        panel.refresh()
        assert panel.form.processor.value == "mended"
        panel.form.processor.value = "strict"
        assert (await panel.try_out()).progress == (1, 1)
        await panel.replace()
        assert panel.bench.collectors["x"].processor is again
        assert panel.form.processor.label == "strict (the present one)"


def _named(name: str, function: Any) -> Any:
    """Another function of that name that does the same."""

    @functools.wraps(function)
    async def made(payload: Payload[Any], ctx: Context) -> Result:
        result: Result = await function(payload, ctx)
        return result

    made.__name__ = name
    return made


@in_loop
async def test_at_first_the_collectors_own_processor_is_chosen() -> None:
    """A careless click runs nothing that has not run before; the gallery comes last."""
    async with a_bench(namespace={"another": mended, "strict": strict}) as bench:
        await filled(bench, 1)
        form = TryOutPanel(bench).form
        assert form.processor.value == "strict"
        values = [value for _, value in form.processor.options]
        assert values[:2] == ["another", "strict"]
        assert values[2:] == [f"gallery:{name}" for name in ("echo", "slow", "flaky", "failing")]


@in_loop
async def test_what_is_chosen_and_gone_stays_and_says_so() -> None:
    """Until it comes back; a click says what to do."""
    async with a_panel(1, readings=[1, -2]) as (bench, panel):
        panel.form.on.value = "readings"
        await bench.remove("x")
        bench.namespace.pop("mended")  # type: ignore[attr-defined]
        bench.namespace.pop("readings")  # type: ignore[attr-defined]
        panel.refresh()
        menus = (panel.form.collector, panel.form.processor, panel.form.on)
        assert [menu.label for menu in menus] == [
            *("x (not there)", "mended (not there)", "readings (not there)")
        ]
        assert panel.code() == ""
        panel.try_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert (
            panel.status.text == "ValueError: 'x' is not there any more; choose a collector that is"
        )
        await bench.put(collector("x"))
        with pytest.raises(ValueError, match="'mended' is not there any more; choose a processor"):
            await panel.try_out()
        panel.form.processor.value = "gallery:echo"
        with pytest.raises(ValueError, match="'readings' is not there any more; choose what to"):
            await panel.try_out()


@in_loop
async def test_without_a_collector_it_says_what_to_choose() -> None:
    """A first look at a new workbench."""
    async with a_bench() as bench:
        panel = TryOutPanel(bench)
        assert panel.static() == "<p>nothing was tried yet</p>"
        with pytest.raises(ValueError, match=r"^choose a collector first$"):
            await panel.try_out()
        with pytest.raises(ValueError, match=r"^nothing was tried yet; press Try out first$"):
            await panel.replace()


@in_loop
async def test_with_no_event_of_the_collector_it_says_so() -> None:
    """And is ready again."""
    async with a_panel() as (bench, panel):
        panel.try_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text == "ValueError: nothing was sent yet; send a payload first (Send)"
        await bench.put(collector("other"))
        await give(bench, Payload(1, Delivery.KEY, keys=["other"]))
        panel.try_button.click()
        await eventually(
            lambda: "none of 1 event is done and has a result of 'x'" in panel.status.text
        )
        assert not panel.try_button.disabled
        assert not seen(panel.view)


@in_loop
async def test_it_tries_a_table_of_the_notebook() -> None:
    """The present version is run too; a row has its number instead of an event's."""
    tables: dict[str, Any] = {"readings": [1, -2, 300], "one": 1, "word": "ab"}
    async with a_panel(**tables) as (_, panel):
        assert [label for label, _ in panel.form.on.options] == [HISTORY, "readings (3 rows)"]
        panel.form.on.value = "readings"
        assert panel.code() == "await bench.try_out(mended, key='x', on=readings)"
        await panel.try_out()
        assert [cells[:2] for cells in shown(panel)] == [
            ["2", "✓ error went"],
            ["3", "✗ error came"],
        ]
        panel.view.rows.chosen = "1"
        await settle()
        assert panel.view.sides.parts[0]["heading"] == "row 2: payload"


@in_loop
async def test_it_tries_what_the_filter_lets_through() -> None:
    """Offered only where there is one; the code is the filter's own."""
    async with a_panel(1, -2, 300) as (bench, panel):
        assert FILTER not in [value for _, value in panel.form.on.options]
        panel.over = lambda: Chosen(list(bench.history)[1:2], "status Error", "failed")
        panel.refresh()
        panel.form.on.value = FILTER
        assert panel.code() == "await bench.try_out(mended, key='x', on=failed)"
        assert (await panel.try_out()).progress.total == 1
        assert text(panel.view.told) == "mended in 'x', on events with status Error"


@pytest.mark.parametrize("on", [HISTORY, "readings"])
@pytest.mark.parametrize("processor", ["mended", "gallery:echo"])
@in_loop
async def test_the_code_gives_the_same_differences(processor: str, on: str) -> None:
    """A frame that is equal to that of the click, its times left out."""
    async with a_panel(1, -2, 300, readings=[5, -6]) as (bench, panel):
        panel.form.processor.value, panel.form.on.value = processor, on
        trial = await panel.try_out()
        *imports, call = panel.code().splitlines()
        assert bool(imports) == processor.startswith("gallery")
        code = "\n".join([*imports, f"frame = {call}"])
        ran = (await run_cell(code, **bench.namespace))["frame"]
        times = ["before_time", "after_time"]
        assert ran.drop(columns=times).to_dict() == trial.frame().drop(columns=times).to_dict()


def options_of(one: Any) -> tuple[Any, ...]:
    """What a collector is besides its processor and Context."""
    return (one.key, one.topics, one.lifecycle, one.timeout, one.max_concurrency)


@in_loop
async def test_one_click_replaces_the_collector() -> None:
    """Its Context goes on, and all else stays; the code does the same, and it says what it did."""
    ctx = Context(limit=3)
    options = {"topics": ["a", "b, c"], "ctx": ctx, "timeout": 2.5, "max_concurrency": 3}
    async with a_panel(1, -2, options=options) as (bench, panel):
        old = bench.collectors["x"]
        await panel.try_out()
        assert panel.replace_button.description == "Replace 'x' by this version"
        code = panel.replacing()
        assert panel.replace_code.code == code
        panel.replace_button.click()
        await eventually(lambda: bench.collectors["x"] is not old)
        await settle()
        new = bench.collectors["x"]
        assert (new.processor, new.ctx is ctx) == (mended, True)
        assert options_of(new) == options_of(old)
        assert panel.status.text == (
            "replaced collector 'x': it runs the mended that was tried, its Context goes on"
        )
        assert panel.replace_button.disabled
        assert panel.replace_button.description == "'x' runs this version"
        panel.refresh()
        assert panel.replace_code.code == code
        await run_cell(code, **bench.namespace)
        by_code = bench.collectors["x"]
        assert (by_code.processor, by_code.ctx is ctx) == (mended, True)
        assert options_of(by_code) == options_of(old)


@in_loop
async def test_a_collector_with_a_lifecycle_gets_a_new_context() -> None:
    """A shallow copy, which the lifecycle opens anew; the trial enters it only if told to."""
    log = Log()

    @asynccontextmanager
    async def life(ctx: Context) -> AsyncIterator[None]:
        log.append("open")
        yield
        log.append("close")

    shared: list[int] = []
    options = {"lifecycle": life, "ctx": Context(kept=shared)}
    async with a_panel(1, -2, options=options) as (bench, panel):
        old = bench.collectors["x"]
        assert not panel.form.lifecycle.disabled
        assert "shared with 'x': kept (list)" in text(panel.notes)
        await panel.try_out()
        assert log == ["open"]
        panel.form.lifecycle.value = True
        assert (
            panel.code() == "await bench.try_out(mended, key='x', on=bench.history, lifecycle=True)"
        )
        await panel.try_out()
        assert log == ["open", "open", "close"]
        code = panel.replacing()
        new = await panel.replace()
        assert new.ctx is not old.ctx
        assert new.ctx.kept is shared
        await run_cell(code, **bench.namespace)
        assert bench.collectors["x"].ctx is not new.ctx
        assert bench.collectors["x"].ctx.kept is shared
        assert bench.collectors["x"].lifecycle is life


@in_loop
async def test_without_a_lifecycle_the_box_is_disabled() -> None:
    """There is nothing to enter."""
    async with a_panel(1) as (_, panel):
        assert panel.form.lifecycle.disabled
        assert "nothing is shared" in text(panel.notes)
        assert "cannot be held back" in text(panel.notes)


@in_loop
async def test_no_code_is_shown_for_a_version_that_has_no_name_any_more() -> None:
    """It was run again after the trial: its name gives another one, the click does not."""
    async with a_panel(1, -2) as (bench, panel):
        await panel.try_out()
        bench.namespace["mended"] = forgiving  # type: ignore[index]
        panel.refresh()
        assert panel.replace_code.code == ""
        assert (await panel.replace()).processor is mended


@in_loop
async def test_cancel_keeps_what_is_there() -> None:
    """A processor that hangs does not hold it up."""

    async def hanging(payload: Payload[Any], ctx: Context) -> Result:
        return await forever(payload, ctx) if payload.value == 300 else Ok(0)

    async with a_panel(1, -2, 300, hanging=hanging) as (_, panel):
        panel.form.processor.value = "hanging"
        assert not seen(panel.cancel_button)
        panel.try_button.click()
        await eventually(lambda: seen(panel.cancel_button) and seen(panel.progress))
        await eventually(lambda: panel._running is not None and panel._running.progress.done == 2)
        assert panel.try_button.disabled
        panel.cancel_button.click()
        await eventually(lambda: not panel.try_button.disabled)
        assert not seen(panel.cancel_button)
        assert not seen(panel.progress)
        assert "cancelled after 2 of 3 payloads" in text(panel.view.told)
        assert panel.view.summary.text.startswith("2 of 2 results differ")


@in_loop
async def test_a_click_while_it_runs_starts_no_other() -> None:
    """Also one that was under way when the button was disabled, from another display."""
    gate = Gate()
    async with a_panel(1, gate=gate.__call__) as (_, panel):
        panel.form.processor.value = "gate"
        panel.try_button.click()
        panel.try_button.click()
        await eventually(lambda: panel.status.text.startswith("it is running: Cancel ends it"))
        first = panel._running
        assert await panel.try_out() is first
        gate.open()
        await eventually(lambda: panel._running is None)
        assert first is not None
        assert first.progress == (1, 1)


@in_loop
async def test_a_click_from_another_thread_runs_it_in_the_owners_loop() -> None:
    """As some kernels bring clicks."""
    loops: list[asyncio.AbstractEventLoop] = []

    async def asking(payload: Payload[Any], ctx: Context) -> Result:
        loops.append(asyncio.get_running_loop())
        return Ok(1)

    async with a_panel(1, asking=asking) as (_, panel):
        panel.form.processor.value = "asking"
        await from_another_thread(panel.try_button.click)
        await eventually(lambda: seen(panel.view))
        assert loops == [asyncio.get_running_loop()]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@in_loop
async def test_an_interrupt_reaches_who_clicked(kind: type[BaseException]) -> None:
    """And not the loop; what is there is kept."""

    async def struck(payload: Payload[Any], ctx: Context) -> Result:
        raise kind("now")

    async with a_panel(1, struck=struck) as (_, panel):
        panel.form.processor.value = "struck"
        panel.try_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text == f"{kind.__name__}: now"
        assert not panel.try_button.disabled


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
async def test_made_again_the_workbench_ends_the_trial() -> None:
    """What was chosen stays; what ran is cancelled, and the panel says so."""
    async with a_panel(1, forever=forever) as (old, panel):
        panel.form.processor.value = "forever"
        panel.try_button.click()
        await eventually(lambda: panel._running is not None)
        trial = panel._running
        assert trial is not None
        async with a_bench(old.name, namespace=old.namespace) as bench:
            await eventually(lambda: panel.bench is bench)
            await eventually(lambda: trial.ended)
            assert trial.cancelled
            assert panel.status.text.endswith("the trial that was running was cancelled")
            assert panel.form.collector.label == "x (not there)"
            assert panel.form.processor.value == "forever"
            assert not panel.try_button.disabled


@in_loop
async def test_made_again_the_workbench_takes_what_was_tried_with_it() -> None:
    """Its events are gone; the panel says so."""
    async with a_panel(1, -2) as (old, panel):
        await panel.try_out()
        async with a_bench(old.name, namespace=old.namespace) as bench:
            await eventually(lambda: panel.bench is bench)
            assert panel.status.text.endswith("what was tried went with it")
            assert (shown(panel), seen(panel.view)) == ([], False)
            await filled(bench, -5)
            panel.refresh()
            assert (await panel.try_out()).rows[0].payload.value == -5


@in_loop
async def test_a_closed_workbench_can_be_tried_on_and_not_changed() -> None:
    """Its history is still there."""
    async with a_panel(1, -2) as (bench, panel):
        await bench.close()
        await panel.try_out()
        assert panel.view.summary.text.startswith("1 of 2 results differ")
        panel.replace_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text.startswith(QueueClosedError.__name__)


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
async def test_the_loop_goes_on_and_the_progress_is_told_now_and_then() -> None:
    """Nothing freezes: with many events others have their turns, and few messages go out."""
    async with a_panel(*range(3_000), options={"processor": double}) as (_, panel):
        told: list[Any] = []
        panel.progress.observe(told.append, "value")
        loop = asyncio.get_running_loop()
        running = asyncio.create_task(panel.try_out())
        longest, began = 0.0, loop.time()
        last = began
        while not running.done():
            await asyncio.sleep(0)
            now = loop.time()
            longest, last = max(longest, now - last), now
        assert longest < 0.5
        assert len(told) <= 3 + (loop.time() - began) / 0.2
        assert (panel.progress.value, panel.progress.max) == (3_000, 3_000)
        assert panel.progress.description == "3,000 of 3,000"
