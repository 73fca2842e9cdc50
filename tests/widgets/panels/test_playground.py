"""The playground: the three panels laid out on one workbench, and how a workbench is displayed."""

import asyncio
import re
import time
from typing import Any

import pytest
from event_collector_widgets import (
    CollectorsPanel,
    Playground,
    ResultsPanel,
    SendPanel,
    failing,
)
from event_collector_widgets.notices import REPAINT

from event_collector import Context, Ok, Payload, Result
from event_collector._core.watch import BLOCKED
from tests.support import in_loop, in_virtual_time, settle
from tests.widgets.benches import a_bench, collector, everything_in, give, text

VIEW = "application/vnd.jupyter.widget-view+json"


@in_loop
async def test_it_lays_out_the_three_panels() -> None:
    """Issue 3: one of each, all on the same workbench."""
    async with a_bench() as bench:
        playground = Playground(bench)
        panels = (playground.collectors, playground.send, playground.results)
        assert [type(panel) for panel in panels] == [CollectorsPanel, SendPanel, ResultsPanel]
        assert all(panel.bench is bench for panel in panels)
        shown = everything_in(playground)
        assert all(panel in shown for panel in panels)


def test_it_takes_a_workbench() -> None:
    """What is not a workbench is refused."""
    with pytest.raises(TypeError, match="takes a Workbench, got NoneType"):
        Playground(None)  # type: ignore[arg-type]


@in_loop
async def test_displaying_a_workbench_shows_its_playground() -> None:
    """Issue 3, decision 26: a widget, and beside it a text that is the same in every run."""
    async with a_bench("weather") as bench:
        await bench.put(collector("x"))
        bundle: Any = bench._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        assert data["text/plain"] == "Playground(Workbench('weather', ['x']))"
        assert re.fullmatch("[0-9a-f]{32}", data[VIEW]["model_id"])


@in_loop
async def test_displayed_again_it_is_another_view_of_the_same() -> None:
    """No second set of widgets, and no second watcher."""
    async with a_bench() as bench:
        first, second = bench._repr_mimebundle_(), bench._repr_mimebundle_()
        assert first == second
        assert len(bench._notices._watchers) == 7  # one for each panel, and the strip


@in_virtual_time
async def test_a_click_shows_in_all_three_panels() -> None:
    """Data flows one way: a click calls the workbench, and every panel follows it."""
    async with a_bench() as bench:
        playground = Playground(bench)
        playground.collectors.define_button.click()
        await settle()
        playground.send.send_button.click()
        await settle()
        await bench.publisher.wait()
        await give(bench, Payload(1))
        await asyncio.sleep(2 * REPAINT)
        assert playground.collectors.rows.rows[0]["cells"][:4] == ["echo", "2", "2", "0"]
        assert [row["key"] for row in playground.results.rows.rows] == ["2", "1"]
        assert {"done": "2"}.items() <= {
            f["name"]: f["value"] for f in playground.strip.facts
        }.items()


@in_loop
async def test_the_numbers_above_lead_to_what_they_tell_of() -> None:
    """Errors to the results that are Errors, warnings to the panel that can change it."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(None))
        playground = Playground(bench)
        facts = {fact["name"]: fact["value"] for fact in playground.strip.facts}
        assert facts == {"queued": "0", "service": "0", "done": "1", "errors": "1"}
        click(playground, "errors")
        await settle()
        assert playground.results.filters.state.value == "Error"
        bench.pause()
        playground.refresh()
        assert playground.strip.facts[-1]["label"] == "⚠ paused"
        click(playground, "paused")
        await settle()
        assert playground.tabs.chosen == "queue"
        click(playground, "done")
        await settle()
        assert playground.results.filters.state.value == ""


TOLD_BY = {
    "paused": {"Send", "Collectors", "Try out", "Queue", "Pictures", "Results"},
    "full": {"Send", "Queue", "Results"},
    "blocked": {"Collectors", "Queue"},
}
"""In which panels each is told: what is queued waits, and cannot be tried out or drawn as done;
what sends has to wait; and where a collector can be mended, or is looked for."""


@in_loop
async def test_paused_full_and_blocked_are_told_in_every_panel_that_they_touch() -> None:
    """Issue 13, section 2: in each one's own words above, and nowhere else."""

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        time.sleep(1.5 * BLOCKED)  # noqa: ASYNC251 - what must not be done
        return Ok(None)

    async with a_bench(max_queued=1) as bench:
        await bench.put(collector("x", compute))
        await give(bench, Payload(1))
        bench.pause()
        await bench.send(Payload(2))
        playground = Playground(bench)
        said = bench.warnings()
        assert said.keys() == TOLD_BY.keys()
        for kind, names in TOLD_BY.items():
            told = {panel.title for panel in playground.panels if said[kind] in text(panel.warning)}
            assert told == names, kind
        bench.resume()
        playground.close()


@in_loop
async def test_errors_that_were_resent_are_counted_still_and_told_so() -> None:
    """What came of an event stays; the number alone would say that nothing was mended."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(None))
        playground = Playground(bench)
        assert playground.strip.facts[-1]["label"] == "Error result"
        playground.results.resend_button.click()
        await settle()
        await playground.results.resend_all()
        await bench.publisher.wait()
        playground.refresh()
        assert playground.strip.facts[-1]["label"] == "Error results, 1 event resent"


def click(playground: Playground, fact: str) -> None:
    """As the page tells of it."""
    content = {"do": "show", "key": fact}
    playground.strip._handle_custom_msg(content, [])


@in_loop
async def test_a_new_workbench_tells_in_a_line_what_to_do_at_each_first_step() -> None:
    """Issue 13: at first sight, until each was taken once; then it is silent."""
    async with a_bench() as bench:
        playground = Playground(bench)
        strip = playground.strip
        assert strip.hint.startswith("begin here: define a collector")
        assert strip.facts == []
        await bench.put(collector("x"))
        playground.refresh()
        assert strip.hint.startswith("next: send a payload (Send)")
        await give(bench, Payload(1))
        playground.refresh()
        assert strip.hint.startswith("next: click on a row in Results")
        playground.results.rows.chosen = "1"
        await settle()
        assert strip.hint == ""
        await give(bench, Payload(None))
        playground.refresh()
        assert strip.hint.startswith("next: mend the function in its cell")
        playground.tabs.chosen = "try"
        await settle()
        assert strip.hint == ""
        playground.try_out.form.processor.value = "gallery:echo"
        await playground.try_out.try_out()
        await playground.try_out.replace()
        playground.refresh()
        assert strip.hint.startswith("next: resend what failed (Results")
        playground.results.rows.chosen = "2"
        await settle()
        await playground.results.resend()
        playground.refresh()
        assert strip.hint == ""


@in_loop
async def test_the_line_goes_on_when_a_cell_has_mended_what_failed() -> None:
    """Its cell was run again, as the line had said: that is a mend, wherever it was put in."""
    async with a_bench() as bench:
        playground = Playground(bench)
        strip = playground.strip
        await bench.put(collector("x", failing))
        await bench.put(collector("y"))
        await give(bench, Payload(1))
        playground.results.rows.chosen = "1"
        await settle()
        playground.refresh()
        assert strip.hint.startswith("next: mend the function in its cell")
        await bench.put(collector("x"))
        playground.refresh()
        assert strip.hint.startswith("next: resend what failed (Results")
        await bench.remove("x")
        playground.refresh()
        assert strip.hint == ""
