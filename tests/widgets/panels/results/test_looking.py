"""Looking: through a long history in slices, painted some times a second, and kept by nobody."""

import gc
import weakref

from event_collector_widgets import ResultsPanel, Workbench
from event_collector_widgets.panels.results.filters import Filters
from event_collector_widgets.panels.results.looking import Looking
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Payload
from tests.support import in_loop, run, settle
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


@in_loop
async def test_a_burst_is_looked_through_to_its_end() -> None:
    """Also when nothing more comes that would ask for a repaint."""
    async with a_bench(history=100_000) as bench:
        panel = ResultsPanel(bench)
        panel.filters.text.value = "7"
        await settle()
        await eventually(lambda: not panel._looking._due)
        await bench.publisher.send_all([Payload(f"value {number}") for number in range(60_000)])
        await bench.publisher.wait()
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


class Painter:
    """Something that has itself painted."""

    def __init__(self, bench: Workbench) -> None:
        self.filters = Filters()
        self.looking = Looking(bench.loop, bench.history, self.filters, {}, self.paint)
        self.painted = 0

    def paint(self) -> None:
        """Count."""
        self.painted += 1


@in_loop
async def test_who_is_painted_is_not_kept_alive_by_timers() -> None:
    """Fault 5: neither by "last minute" nor by what there is still to look at."""
    async with a_bench() as bench:
        await bench.publisher.send_all([Payload(number) for number in range(10_000)])
        painter = Painter(bench)
        painter.filters.text.value, painter.filters.time.value = "7", 60.0
        painter.looking.soon()
        assert painter.painted == 1
        assert not painter.looking.window.matches.complete
        looking = weakref.ref(painter.looking)
        del painter
        gc.collect()
        assert looking() is None
