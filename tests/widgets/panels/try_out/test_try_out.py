"""The try-out panel: runs a version of a processor beside the queue, and puts it in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets.panels.try_out.form import HISTORY

from event_collector import Context, Ok, Payload, Result
from tests.support import Gate, Log, forever, in_loop, settle
from tests.widgets.benches import (
    a_bench,
    double,
    eventually,
    from_another_thread,
    run_cell,
    text,
)
from tests.widgets.panels.try_out.tryouts import a_panel, seen, shown
from tests.widgets.trial.trials import filled, forgiving, mended


@in_loop
async def test_the_queue_knows_nothing_of_it() -> None:
    """Issue 13: beside the queue."""
    async with a_panel(1, -2) as (bench, panel):
        before = bench.metrics().accepted
        trial = await panel.try_out()
        assert trial.progress == (2, 2)
        assert (bench.metrics().accepted, len(bench.history)) == (before, 2)


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
async def test_a_version_that_was_run_again_must_be_tried_again() -> None:
    """Nothing else is put in than what was tried, by neither the click nor the code."""
    async with a_panel(1, -2) as (bench, panel):
        await panel.try_out()
        assert (panel.replace_button.button_style, panel.try_button.button_style) == ("primary", "")
        bench.namespace["mended"] = forgiving  # type: ignore[index]
        panel.refresh()
        said = "mended was run again since: Try out again"
        assert text(panel.view.told).startswith(said)
        assert panel.replace_code.code == ""
        assert panel.replace_button.disabled
        assert (panel.replace_button.button_style, panel.try_button.button_style) == ("", "primary")
        with pytest.raises(ValueError, match=said):
            await panel.replace()
        await panel.try_out()
        assert not panel.replace_button.disabled
        assert text(panel.view.told).startswith("mended in 'x'")
        assert (await panel.replace()).processor is forgiving


@in_loop
async def test_a_version_whose_name_is_gone_can_still_be_put_in() -> None:
    """It is what was tried; only no code gives it."""
    async with a_panel(1, -2) as (bench, panel):
        await panel.try_out()
        del bench.namespace["mended"]  # type: ignore[attr-defined]
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
        assert panel.view.summary.text.startswith(
            "2 of 2 results differ: 1 error went, 1 value changed"
        )


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
        assert panel.view.summary.text.startswith("1 of 2 results differ: 1 error went")
        panel.replace_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text.startswith("the queue was closed")


@in_loop
async def test_the_loop_goes_on_and_the_progress_is_told_now_and_then() -> None:
    """Nothing freezes: with many events others have their turns, and few messages go out."""
    async with a_panel(*range(3_000), options={"processor": double}) as (_, panel):
        told: list[Any] = []
        panel.progress.observe(told.append, "value")
        loop = asyncio.get_running_loop()
        running = asyncio.create_task(panel.try_out())
        turns, began = 0, loop.time()
        while not running.done():
            await asyncio.sleep(0)
            turns += 1
        assert turns > 50  # others have their turn between two of these
        assert len(told) <= 3 + (loop.time() - began) / 0.2
        assert (panel.progress.value, panel.progress.max) == (3_000, 3_000)
        assert panel.progress.description == "3,000 of 3,000"


@in_loop
async def test_the_progress_is_repainted_five_times_a_second_at_most() -> None:
    """However often a trial tells of it; the end is told in any case."""
    gate = Gate()
    async with a_panel(1, gate=gate.__call__) as (_, panel):
        panel.form.processor.value = "gate"
        panel.try_button.click()
        await eventually(lambda: panel._running is not None)
        for done in (3, 4, 5):
            panel._progress(done, 9)
        assert (panel.progress.value, panel.progress.description) == (3, "3 of 9")
        panel._progress(9, 9)
        assert panel.progress.value == 9
        gate.open()
        await eventually(lambda: panel._running is None)
