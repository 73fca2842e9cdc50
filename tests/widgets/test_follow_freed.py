"""What is freed of a workbench that was replaced or closed, and what is no longer said of it."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
from event_collector_widgets import (
    CollectorsPanel,
    QueuePanel,
    SendPanel,
    Workbench,
)

from event_collector import CollectorEvent, Payload
from tests.support import in_loop, settle
from tests.widgets.benches import a_bench, collector, eventually, give
from tests.widgets.test_follow import PANELS

GONE = "the workbench was made again: the events of before are gone"


@in_loop
async def test_a_replaced_workbench_is_freed_with_its_events() -> None:
    """Issue 13: panels, changes and contexts keep nothing of it, nor does an event that is kept."""
    kept: list[CollectorEvent] = []
    gone: list[weakref.ref[Any]] = []
    before = _events()
    async with a_bench() as first:
        first._repr_mimebundle_()
        panel = SendPanel(first)
    del first
    for number in range(5):
        bench = Workbench("test", namespace={})
        bench.collector("x")(_later)
        for value in range(20):
            event = await bench.send(Payload(value))
        await bench.publisher.wait()
        panel.send_button.click()
        await settle()
        await bench.publisher.wait()
        gone += [weakref.ref(bench), weakref.ref(bench.history)]
        kept.append(event)
        assert bench.metrics().accepted == 21, number
    async with a_bench() as last:
        await last.ready()
        del bench
        await eventually(lambda: gc.collect() >= 0 and all(each() is None for each in gone))
        assert _events() - before == len(kept)
        last.displayed.close()
        panel.close()


async def _later(payload: Payload[Any], ctx: Any) -> Any:
    await asyncio.sleep(0)
    return payload.value


def _events() -> int:
    gc.collect()
    return sum(isinstance(each, CollectorEvent) for each in gc.get_objects())


@in_loop
async def test_a_closed_workbench_that_nobody_keeps_is_freed() -> None:
    """Its name alone does not keep it."""
    async with a_bench() as bench:
        known = weakref.ref(bench)
    del bench
    gc.collect()
    assert known() is None


@pytest.mark.parametrize("kind", PANELS)
@in_loop
async def test_that_it_was_made_again_is_said_until_somebody_clicks(kind: Any) -> None:
    """Its cell sends at once: a line that goes with the first event is gone before it is read."""
    async with a_bench() as first:
        panel = kind(first)
        panel.code_line.show("await bench.old()")
        async with a_bench() as second:
            await settle()
            assert panel.bench is second
            assert panel.status.text == GONE
            assert "old" not in panel.code_line.code
            panel.refresh()
            assert panel.status.text == GONE
            await give(second, Payload(1))
            panel.refresh()
            assert panel.status.text == GONE
            other = QueuePanel(second)
            other.pause_button.click()  # in whichever panel
            await settle()
            panel.refresh()
            assert panel.status.text == ""
            second.resume()
            panel.say("mine")
            panel.refresh()
            assert panel.status.text == "mine"


@in_loop
async def test_the_code_of_a_collector_that_went_is_not_shown_again() -> None:
    """It has put one into the workbench before."""
    async with a_bench() as first:
        panel = CollectorsPanel(first)
        await panel.define()
        assert "put(" in panel.code_line.code
        async with a_bench() as second:
            await settle()
            await second.put(collector("x"))
            panel.refresh()
            assert panel.code_line.code == ""
