"""The window of events in sight: it follows the newest, or is frozen and turned like pages."""

from random import Random
from typing import Any

import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.panels.results.window import Window
from event_collector_widgets.selection import Selection
from hypothesis import given
from hypothesis import strategies as st

from event_collector import CollectorEvent, Payload
from tests.support import Gate, in_loop, run, settle
from tests.widgets.benches import a_bench, collector


async def fill(bench: Workbench, *values: Any) -> None:
    """Have an event for each of these values done."""
    await bench.publisher.send_all([Payload(value) for value in values])
    await bench.publisher.wait()


def look(window: Window) -> list[int]:
    """Look to the end; the ids of what is in sight."""
    while not window.look(1.0):
        pass
    assert [row.key for row in window.rows()] == [str(event.id) for event in window.events]
    return [event.id for event in window.events]


@in_loop
async def test_it_follows_the_newest_and_turns_pages() -> None:
    """A page down freezes it; what comes then is counted, and changes nothing that is in sight."""
    async with a_bench() as bench:
        window = Window(bench.history, Selection(), 3)
        assert (look(window), window.where()) == ([], "none kept")
        await fill(bench, *range(8))
        assert (look(window), window.more) == ([8, 7, 6], True)
        assert window.where() == "1 to 3 of 8"
        window.older()
        await fill(bench, *range(2))
        assert (look(window), window.frozen, window.came) == ([5, 4, 3], True, 2)
        told = "rows 6 to 8 of 10; frozen while you page (newest: newer)"
        assert (window.where(), window.paging) == (told, True)
        window.older()
        assert (look(window), window.more) == ([2, 1], False)
        window.older()
        assert look(window) == [2, 1]
        window.newer()
        assert look(window) == [5, 4, 3]
        window.newer()
        assert (look(window), window.frozen) == ([8, 7, 6], True)
        window.newer()
        assert (look(window), window.where()) == ([10, 9, 8], "1 to 3 of 10")
        await fill(bench, 1)
        assert (look(window), window.frozen, window.came) == ([11, 10, 9], False, 0)


@in_loop
async def test_what_was_frozen_by_hand_is_not_let_go_by_turning_pages() -> None:
    """Only what paging has frozen follows again with the newest, or with another selection."""
    async with a_bench() as bench:
        window = Window(bench.history, Selection(), 3)
        await fill(bench, *range(8))
        look(window)
        window.freeze()
        window.older()
        assert (look(window), window.where()) == ([5, 4, 3], "4 to 6 of 8")
        window.newer()
        assert (look(window), window.frozen) == ([8, 7, 6], True)
        window.follow()
        look(window)
        window.older()
        window.select(Selection(text="#2"))
        assert (look(window), window.frozen) == ([2], False)


@in_loop
async def test_what_has_left_the_history_is_counted() -> None:
    """After which are in sight, while paging too."""
    async with a_bench(history=5) as bench:
        window = Window(bench.history, Selection(), 3)
        await fill(bench, *range(6))
        look(window)
        assert window.where(5) == "1 to 3 of 5"
        assert window.where(6) == "1 to 3 of 5; 1 older one has left the history"
        window.older()
        look(window)
        assert window.where(1_009) == (
            "rows 4 to 5 of 5; frozen while you page (newest: newer); "
            "1,004 older ones have left the history"
        )


@in_loop
async def test_frozen_it_keeps_its_rows_and_tells_how_far_they_are() -> None:
    """Also rows that match no more, and events that the history has dropped."""
    gate = Gate()
    async with a_bench(history=3, max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        for value in range(3):
            await bench.send(Payload(value))
        await settle()
        window = Window(bench.history, Selection(status="queued"), 5)
        assert look(window) == [3, 2]
        window.freeze()
        gate.open()
        await bench.publisher.wait()
        await fill(bench, *range(3))
        assert look(window) == [3, 2]
        assert [row.cells[3] for row in window.rows()] == ["✓ Ok", "✓ Ok"]
        assert window.came == 0
        window.follow()
        assert look(window) == []


@in_loop
async def test_another_selection_keeps_it_frozen_where_it_was() -> None:
    """What came since stays out of sight, and is counted by the selection."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        window = Window(bench.history, Selection(), 3)
        await fill(bench, "a", "b", "a")
        look(window)
        window.freeze()
        await fill(bench, "a", "b", "b")
        window.select(Selection(text="b"))
        assert (look(window), window.came) == ([2], 2)
        assert window.where() == "3 to 3 of 3 that match, 6 kept"


@in_loop
async def test_an_event_out_of_sight_is_found() -> None:
    """By its number, in the history; the message says how many are kept."""
    async with a_bench(history=50) as bench:
        await fill(bench, *range(60))
        window = Window(bench.history, Selection(), 3)
        look(window)
        for number in (60, 58, 30, 11):
            assert window.find(number).id == number
        for number in (10, 61, 0):
            with pytest.raises(LookupError, match=f"^event {number} is not among the 50 that are"):
                window.find(number)


@in_loop
async def test_a_row_is_made_once_for_each_status() -> None:
    """A payload whose repr is slow is not asked again at each repaint."""

    class Counting:
        asked = 0

        def __repr__(self) -> str:
            type(self).asked += 1
            return "counting"

    async with a_bench() as bench:
        await fill(bench, Counting())
        window = Window(bench.history, Selection(), 3)
        look(window)
        before = Counting.asked
        for _ in range(5):
            look(window)
        assert Counting.asked == before


@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_pages_show_every_match_once_however_many_come(random: Random, size: int) -> None:
    """Law: paging down to the end while events come gives the matches at the freeze, in order."""

    async def law() -> None:
        async with a_bench(history=1_000) as bench:
            await bench.put(collector("x"))
            values = [random.choice("yz") for _ in range(random.randrange(25))]
            await fill(bench, *values)
            window = Window(bench.history, Selection(text="y"), size)
            expected = [number for number, value in enumerate(values, 1) if value == "y"][::-1]
            look(window)
            window.freeze()
            assert window.matches.count == len(expected)
            seen: list[CollectorEvent] = []
            for _ in range(30):
                look(window)
                assert len(window.events) <= size
                seen += window.events
                if not window.more:
                    break
                await fill(bench, *random.choices("yz", k=random.randrange(4)))
                window.older()
            assert [event.id for event in seen] == expected

    run(law())
