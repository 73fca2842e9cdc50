"""PicturesPanel: drawn when asked for, of what the filter lets through, with code that runs."""

from typing import Any

import pytest
from event_collector_widgets.panels.parts.fields import Chosen
from event_collector_widgets.panels.pictures import FLOW, PICTURES, PicturesPanel
from event_collector_widgets.workbench import Workbench

from event_collector import Collector, Payload
from tests.support import in_loop
from tests.widgets.benches import NASTY, a_bench, double, eventually, give

pytest.importorskip("matplotlib")


async def _filled(bench: Workbench) -> None:
    await bench.put(Collector("double", double))
    for value in (1, NASTY, None):  # the last one fails
        await give(bench, Payload(value))


@pytest.mark.parametrize("name", PICTURES)
@in_loop
async def test_each_picture_is_drawn_of_the_whole_history(name: str) -> None:
    """It says of how many events; what stands in a payload is text."""
    async with a_bench() as bench:
        await _filled(bench)
        panel = PicturesPanel(bench)
        assert panel.picture.value == ""
        panel.menu.value = name
        await panel.draw()
        of = "the queue as it is now" if name == FLOW else "3 events"
        assert panel.status.text == f"drawn of {of}"
        assert "<svg" in panel.picture.value if name == FLOW else "<img" in panel.picture.value
        assert "<script" not in panel.picture.value
        assert "onerror=" not in panel.picture.value.replace("onerror=&quot;", "")


@pytest.mark.parametrize("name", PICTURES)
@in_loop
async def test_the_code_gives_the_same_picture(name: str) -> None:
    """It imports what the notebook has not imported, and nothing else."""
    names: dict[str, Any] = {}
    async with a_bench(namespace=names) as bench:
        names["bench"] = bench
        await _filled(bench)
        panel = PicturesPanel(bench)
        panel.menu.value = name
        drawn = await panel.draw()
        found, call = panel.code().splitlines()
        exec(found, names)
        assert repr(eval(call, names)) == repr(drawn)
        await panel.draw()
        assert panel.code() == call


@in_loop
async def test_it_draws_what_a_filter_lets_through() -> None:
    """And says so in the filter's own words."""
    async with a_bench() as bench:
        await _filled(bench)
        panel = PicturesPanel(bench)
        panel.over = lambda: Chosen(bench.history.latest(1), "status Error", "failed")
        drawn = await panel.draw()
        assert repr(drawn) == "Figure(timeline, 1 event)"
        assert panel.status.text == "drawn of 1 event with status Error"
        assert panel.code().endswith("timeline(failed)")


@in_loop
async def test_a_click_draws_and_an_error_is_shown_there() -> None:
    """A click goes through the workbench's loop."""
    async with a_bench() as bench:
        panel = PicturesPanel(bench)
        panel.draw_button.click()
        await eventually(lambda: panel.status.text == "drawn of 0 events")
        panel.over = lambda: 1 / 0  # type: ignore[assignment]
        panel.draw_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text.startswith("ZeroDivisionError")


@in_loop
async def test_it_is_drawn_as_wide_as_the_panel_in_the_page() -> None:
    """As wide as the page has told; where no page has told, as a cell would draw it."""
    async with a_bench() as bench:
        await _filled(bench)
        panel = PicturesPanel(bench)
        assert panel.status.measures
        widths = []
        for pixels in (0, 460, 100, 5_000):
            panel.status.width = pixels
            widths.append((await panel.draw()).get_figwidth())
        assert widths == [7.2, pytest.approx(416 / 96), 3.6, 9.0]
