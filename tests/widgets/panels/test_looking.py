"""Looking: through a long history in slices, painted some times a second, and kept by nobody."""

import asyncio
import gc
import weakref

from event_collector_widgets import ResultsPanel
from event_collector_widgets.panels.looking import STALE
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Payload
from tests.support import in_loop, run
from tests.widgets.benches import a_bench, collector, eventually


@in_loop
async def test_a_long_history_is_looked_through_while_others_have_their_turn() -> None:
    """The count is that of a plain search, and the first rows are there before it is complete."""
    async with a_bench(history=100_000) as bench:
        await bench.put(collector("x"))
        await bench.publisher.send_all([Payload(f"value {number}") for number in range(60_000)])
        await bench.publisher.wait()
        panel = ResultsPanel(bench)
        panel.filters.text.value = "7"
        await eventually(lambda: panel.rows.where != "1 to 200 of 60,000")
        assert " that match so far, " in panel.rows.where
        assert len(panel.rows.rows) == 200
        naive = sum("7" in str(number) for number in range(60_000))
        await eventually(lambda: f"{naive:,} that match, 60,000 kept" in panel.rows.where)


@given(st.lists(st.sampled_from(["a", "b", "ab"]), max_size=40), st.integers(1, 20))
def test_the_count_is_that_of_a_plain_search(values: list[str], kept: int) -> None:
    """Law: also when the history has dropped what came first."""

    async def law() -> None:
        async with a_bench(history=kept) as bench:
            panel = ResultsPanel(bench)
            panel.filters.text.value = "a"
            for value in values:
                await bench.send(Payload(value))
            await bench.publisher.wait()
            found = [event.id for event in bench.history if "a" in event.payload.value]
            panel.refresh()
            assert [event.id for event in panel.events] == found[::-1]
            if found:
                matching = await panel._looking.all(panel.say)
                assert [event.id for event in matching] == found

    run(law())


@in_loop
async def test_a_panel_that_nobody_has_is_not_kept_by_its_timers() -> None:
    """Fault 5: neither by "last minute" nor by what it has still to look at."""
    async with a_bench() as bench:
        await bench.send(Payload(1))
        panel = ResultsPanel(bench)
        panel.filters.time.value = 60.0
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        kept = weakref.ref(panel._looking)
        assert panel._looking._timed
        panel.close_all()
        del panel
        gc.collect()
        assert kept() is None
    assert STALE < 60
