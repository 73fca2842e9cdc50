"""The playground: the three panels laid out on one workbench, and how a workbench is displayed."""

import asyncio
import re
from typing import Any

import pytest
from event_collector_widgets import CollectorsPanel, Playground, ResultsPanel, SendPanel
from event_collector_widgets.notices import REPAINT

from event_collector import Payload
from tests.support import in_loop, in_virtual_time, settle
from tests.widgets.benches import a_bench, collector, everything_in, give

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
        assert playground.strip.value.count("<b>2</b> done") == 1
