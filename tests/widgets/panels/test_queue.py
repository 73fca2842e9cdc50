"""The queue panel: what it shows, in numbers, lines and words."""

import asyncio
import gc
import re
import weakref
from typing import Any

import pytest
from event_collector_widgets import QueuePanel

from event_collector import Payload, QueueType
from tests.support import in_loop, settle
from tests.widgets.benches import (
    a_bench,
    collector,
    eventually,
    everything_in,
    give,
    text,
)


def figures(panel: QueuePanel) -> dict[str, str]:
    """The numbers by their names."""
    found = re.findall(r"<dt>(.*?)</dt><dd><b>(.*?)</b>", panel.figures.value)
    return dict(found)


@in_loop
async def test_it_shows_counts_rates_times_and_the_oldest() -> None:
    """Issue 13: numbers beside each other, dashes where there is nothing to tell them from."""
    async with a_bench(max_consumers=4, min_consumers=2) as bench:
        await bench.put(collector("x"))
        panel = QueuePanel(bench)
        shown = figures(panel)
        assert (shown["queued"], shown["in service"], shown["oldest queued"]) == ("0", "0", "none")
        assert shown["consumers"] == "2 of 2 to 4"
        assert shown["wait, p50 · p99"] == "– · –"  # noqa: RUF001 - en dashes
        await give(bench, Payload(1))
        bench.pause()
        for number in range(3):
            await bench.send(Payload(number))
        await asyncio.sleep(0.01)
        panel.refresh()
        shown = figures(panel)
        assert shown["queued"] == "3"
        assert shown["arrival rate"].endswith(" /s")
        assert shown["oldest queued"].endswith(" ms")
        assert "s · " in shown["service, p50 · p99"]


@in_loop
async def test_each_line_tells_its_latest_value() -> None:
    """Issue 13: small lines, in words for those who hear the page."""
    async with a_bench() as bench:
        bench.pause()
        await bench.send(Payload(1))
        panel = QueuePanel(bench)
        labels = re.findall(r'<svg[^>]* aria-label="(.*?)"', panel.figures.value)
        assert labels[0] == "queued, last 5 minutes: now 1, at most 1"
        names, spans = zip(*(each.partition(":")[0].split(", ") for each in labels), strict=True)
        assert set(spans) == {"last 5 minutes"}
        assert [*names] == ["queued", "in service", "arrival rate", "throughput", "wait", "service"]


@in_loop
async def test_rates_fall_to_0_after_the_last_event_and_then_nothing_is_repainted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing tells of time that passes: the panel looks once more as long as something moves."""
    monkeypatch.setattr("event_collector.metrics.RECENT", 0.2)
    monkeypatch.setattr("event_collector_widgets.panels.queue.LATER", 0.05)
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = QueuePanel(bench)
        await give(bench, Payload(1))
        await eventually(lambda: figures(panel)["throughput"] != "0 /s")
        await eventually(lambda: figures(panel)["throughput"] == "0 /s")
        await eventually(lambda: not panel._due)
        sent: list[Any] = []
        for widget in everything_in(panel):
            widget.observe(sent.append)
        await asyncio.sleep(0.3)
        panel.refresh()
        assert sent == []
        assert not panel._due


@in_loop
async def test_it_looks_by_itself_only_where_nothing_else_repaints_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Issue 13: at most 5 repaints a second, and those are the workbench's notices under load."""
    monkeypatch.setattr("event_collector_widgets.panels.queue.LATER", 0.3)
    seen: list[float] = []

    class Counted(QueuePanel):
        def repaint(self) -> None:
            seen.append(bench.loop.loop.time())
            super().repaint()

    async with a_bench() as bench:
        bench.pause()
        await bench.send(Payload(1))
        panel = Counted(bench)
        await eventually(lambda: len(seen) == 2)  # the first notice, then its own look
        for _ in range(20):
            panel.refresh()
            await asyncio.sleep(0.03)
        assert len(seen) == 2
        await eventually(lambda: len(seen) == 3)
        assert seen[2] - seen[1] > 0.6


@in_loop
async def test_a_panel_that_is_dropped_is_not_kept_by_its_late_repaint() -> None:
    """The workbench may be made again and again."""
    async with a_bench() as bench:
        bench.pause()
        await bench.send(Payload(1))
        panel = QueuePanel(bench)
        assert panel._due
        there = weakref.ref(panel)
        panel.close()
        del panel
        await settle()
        gc.collect()
        assert there() is None


@in_loop
async def test_it_has_few_widgets() -> None:
    """Issue 13: 25 at most."""
    async with a_bench() as bench:
        assert len(everything_in(QueuePanel(bench))) <= 25


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "FIFO · SimpleRouter · history of 10,000 events · context carried"),
        ({"queue_type": QueueType.LIFO, "history": 5}, "LIFO · SimpleRouter · history of 5 events"),
        ({"queue_type": QueueType.PRIORITY}, "PRIORITY · default priority 1,000 · SimpleRouter"),
    ],
)
@in_loop
async def test_it_says_what_queue_it_is(options: dict[str, Any], told: str) -> None:
    """The type in a line; the default priority only where it has an effect."""
    async with a_bench(**options) as bench:
        assert text(QueuePanel(bench).kind).startswith(told)


@in_loop
async def test_it_says_that_a_processor_that_spins_cannot_be_interrupted_here() -> None:
    """Fault 24: where one looks for the button that would do it."""
    async with a_bench() as bench:
        told = text(QueuePanel(bench).spins)
        assert "while True: pass" in told
        assert "Interrupt or Restart" in told


@in_loop
async def test_the_static_form_has_counts_and_no_times() -> None:
    """The same in every run for the same history."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(1))
        static = QueuePanel(bench).static()
        assert "<tr><td>finished</td><td>1</td></tr>" in static
        assert "<tr><td>max queued</td><td>none</td></tr>" in static
        assert "svg" not in static
        assert " s<" not in static
