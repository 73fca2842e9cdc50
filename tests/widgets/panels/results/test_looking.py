"""Looking: through a long history in slices, painted some times a second, and kept by nobody."""

import asyncio
import gc
import weakref
from itertools import pairwise
from time import perf_counter
from typing import Any

from event_collector_widgets import ResultsPanel, Workbench
from event_collector_widgets.panels.results.filters import Filters
from event_collector_widgets.panels.results.looking import PAUSE, Looking
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Payload
from tests.support import in_loop, in_virtual_time, run, settle
from tests.widgets.benches import a_bench, collector, eventually


class Slow:
    """A value that takes a millisecond to say what it is, so that looking takes some repaints."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        end = perf_counter() + 0.001
        while perf_counter() < end:
            pass
        return f"value {self.number}"


class Told:
    """What a panel said of its rows: what passes too quickly to be polled is not missed."""

    def __init__(self, panel: ResultsPanel) -> None:
        self.where: list[str] = []
        self.said = asyncio.Event()
        panel.rows.observe(self._note, "where")

    def _note(self, change: dict[str, Any]) -> None:
        self.where.append(change["new"])
        self.said.set()


@in_loop
async def test_a_long_history_is_looked_through_while_others_have_their_turn() -> None:
    """The count is that of a plain search, and the first rows are there before it is complete."""
    async with a_bench(history=100_000) as bench:
        await bench.put(collector("x"))
        slow = [Payload(Slow(number)) for number in range(250)]  # longer than between two repaints
        quick = [Payload(f"value {number}") for number in range(250, 60_000)]
        await bench.publisher.send_all(slow + quick)
        await bench.publisher.wait()
        panel = ResultsPanel(bench)
        told = Told(panel)
        panel.filters.text.value = "7"
        naive = 1 + sum("7" in str(number) for number in range(60_000))  # and event 7
        await eventually(lambda: f"{naive:,} that match, 60,000 kept" in panel.rows.where)
        assert " that match; still counting, " in told.where[0]
        assert told.where[0].startswith("1 to 200 of at least ")


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
        naive = 1 + sum("7" in str(number) for number in range(60_000))  # and event 7
        await eventually(lambda: f"{naive:,} that match, 60,000 kept" in panel.rows.where)


@in_loop
async def test_typing_on_ends_a_look_and_goes_on_from_where_that_was() -> None:
    """How far it is, is told meanwhile; what did not fit before is not looked at again."""
    async with a_bench(history=10_000) as bench:
        await bench.publisher.send_all([Payload(Slow(number)) for number in range(300)])
        await bench.publisher.wait()
        panel = ResultsPanel(bench)
        told = Told(panel)
        panel.filters.text.value = "no such"
        await told.said.wait()
        assert panel.rows.where.startswith("none found yet; still looking, ")
        assert panel.rows.empty == "none found yet"
        before = panel._looking.window.matches
        looked_at = before.looked_at
        assert 0 < looked_at < 300
        panel.filters.text.value = "no such value"
        await eventually(lambda: panel._looking.window.matches is not before)
        assert panel._looking.window.matches.looked_at >= looked_at
        await eventually(lambda: panel.rows.where == "none of 300 kept")
        assert panel.rows.empty == "none of them matches"
        panel.filters.text.value = "value 299"
        await eventually(lambda: panel.rows.where == "1 to 1 of 1 that match, 300 kept")


@in_loop
async def test_an_emptied_history_does_not_say_that_nothing_was_sent() -> None:
    """With a filter and without: what was sent has left it."""
    async with a_bench() as bench:
        panel = ResultsPanel(bench)
        assert (panel.rows.where, panel.rows.empty) == ("", "nothing was sent yet")
        panel.filters.text.value = "7"
        panel.refresh()
        assert (panel.rows.where, panel.rows.empty) == ("", "nothing was sent yet")
        await bench.publisher.send_all([Payload(number) for number in range(3)])
        await bench.publisher.wait()
        bench.history.clear()
        for text in ("7", ""):
            panel.filters.text.value = text
            panel.refresh()
            told = "none kept; 3 older ones have left the history"
            assert (panel.rows.where, panel.rows.empty) == (told, "nothing is kept")


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
        self.looking = Looking(bench.loop, bench.history, self.filters, bench.resent, self.paint)
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


@in_virtual_time
async def test_whoever_tells_it_to_it_paints_five_times_a_second_at_most() -> None:
    """What is looked for paints too: a notice that comes right after it waits its time."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = ResultsPanel(bench)
        await asyncio.sleep(2 * PAUSE)
        loop, painted = asyncio.get_running_loop(), []
        panel.rows.observe(lambda _: painted.append(loop.time()), "rows")
        for number in range(100):
            await bench.send(Payload(number))
            panel.repaint()
            await asyncio.sleep(0.03)
        await asyncio.sleep(2 * PAUSE)
        assert panel.events[0].id == 100
        assert all(later - one > PAUSE - 1e-9 for one, later in pairwise(painted))
        assert len(painted) > 10
