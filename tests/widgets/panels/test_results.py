"""The results panel: the history as a table, newest first, and one event in full."""

import asyncio
from typing import Any

import pytest
from event_collector_widgets import ResultsPanel, Workbench, failing
from event_collector_widgets.notices import REPAINT
from event_collector_widgets.panels.results import _TABLE, SHOWN
from itables.widget import ITable

from event_collector import Context, Delivery, Error, Ok, Payload, Result
from tests.support import Gate, in_loop, in_virtual_time, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    assert_harmless,
    collector,
    eventually,
    from_another_thread,
    give,
    text,
)


def rows(panel: ResultsPanel) -> list[list[Any]]:
    """What the table shows."""
    frame: Any = panel.table.df
    shown: list[list[Any]] = frame.to_numpy().tolist()
    return shown


def ids(panel: ResultsPanel) -> list[int]:
    """The ids of the events in the table, from the top."""
    return [row[0] for row in rows(panel)]


def updates_of(panel: ResultsPanel) -> list[Any]:
    """A list that grows with each message that paints the table anew."""
    seen: list[Any] = []
    panel.table.observe(seen.append, "_dt_args")
    return seen


async def fill(bench: Workbench, count: int) -> None:
    """Have so many events done."""
    for number in range(count):
        await bench.send(Payload(number))
    await bench.publisher.wait()


@in_loop
async def test_the_newest_event_comes_first() -> None:
    """Issue 3: a row per event with its payload, its way, how it went and each result."""
    async with a_bench() as bench:
        await bench.put(collector("two", topics=["t"]))
        await bench.put(collector("bad", failing))
        await give(bench, Payload({"a": 1}, Delivery.KEY, keys=["none"]))
        await give(bench, Payload(2, Delivery.TOPIC, topics=["t", "u"]))
        await give(bench, Payload("x"))
        assert rows(ResultsPanel(bench)) == [
            [
                *(3, "'x'", "broadcast", "Error (1 of 2)"),
                "two: Ok('xx'); bad: Error(ValueError: cannot process 'x')",
            ],
            [2, "2", "topic: t, u", "Ok", "two: Ok(4)"],
            [1, "{'a': 1}", "key: none", "undelivered", ""],
        ]


@in_loop
async def test_an_event_is_shown_from_the_moment_it_is_sent() -> None:
    """Queued, in service and done, in the same row."""
    gate = Gate()
    async with a_bench(max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        await bench.send(Payload(1))
        await bench.send(Payload(2))
        await settle()
        panel = ResultsPanel(bench)
        assert [row[3] for row in rows(panel)] == ["queued", "in service"]
        gate.open()
        await bench.publisher.wait()
        panel.refresh()
        assert [row[3] for row in rows(panel)] == ["Ok", "Ok"]


@pytest.mark.parametrize(
    ("count", "limit", "said", "shown"),
    [
        (0, 10_000, "nothing was sent yet", 0),
        (3, 10_000, "all 3", 3),
        (SHOWN, 10_000, "all 200", SHOWN),
        (1_234, 10_000, "the newest 200 of 1,234", SHOWN),
        (1_234, 50, "the newest 50 of 1,234", 50),
    ],
)
@in_loop
async def test_it_shows_two_hundred_and_says_so(
    count: int, limit: int, said: str, shown: int
) -> None:
    """Issue 3: the table is cut, the note tells; the newest is always on top."""
    async with a_bench(history=limit) as bench:
        await bench.put(collector("x"))
        await fill(bench, count)
        panel = ResultsPanel(bench)
        assert text(panel.note) == said
        assert ids(panel) == list(range(count, count - shown, -1))


@in_loop
async def test_updating_the_table_equals_making_it_anew() -> None:
    """However wide the rows are, an update drops none of them and changes no option."""
    async with a_bench() as bench:
        for number in range(20):
            await bench.put(collector(f"collector {number:050}"))
        panel = ResultsPanel(bench)
        for number in range(SHOWN):
            await bench.send(Payload(f"{number:0100}"))
        await bench.publisher.wait()
        panel.refresh()
        anew = ITable(panel.table.df, **_TABLE)
        assert panel.table._dt_args == anew._dt_args
        assert (panel.table.classes, panel.table.style) == (anew.classes, anew.style)
        assert len(rows(panel)) == SHOWN


@in_loop
async def test_a_chosen_row_shows_the_payload_and_each_result() -> None:
    """Issue 3: choosing it in the table is enough."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await bench.put(collector("y"))
        await give(bench, Payload([1], Delivery.KEY, keys=["x", "y"], priority=3))
        panel = ResultsPanel(bench)
        assert text(panel.detail) == "choose a row to see all of it"
        panel.table.selected_rows = [0]
        await settle()
        said = " ".join(text(panel.detail).split())
        assert said == (
            "Event 1: key: x, y, Ok Payload([1], Delivery.KEY, keys=['x', 'y'], priority=3) "
            "x Ok([1, 1]) y Ok([1, 1])"
        )


@in_loop
async def test_an_error_shows_its_traceback() -> None:
    """Issue 3, decision 14: all of it, down to the line that raised."""
    async with a_bench() as bench:
        await bench.put(collector("x", failing))
        await give(bench, Payload("a"))
        panel = ResultsPanel(bench)
        panel.show(1)
        said = text(panel.detail)
        assert "x Error(ValueError: cannot process 'a')" in " ".join(said.split())
        assert "Traceback (most recent call last):" in said
        assert "in failing" in said
        assert "raise ValueError(" in said


@in_loop
async def test_a_click_from_another_thread_shows_the_row() -> None:
    """Notebook notes: the choice is made in the owner's loop."""
    async with a_bench() as bench:
        await give(bench, Payload(1))
        panel = ResultsPanel(bench)
        await from_another_thread(lambda: panel.table.set_trait("selected_rows", [0]))
        await eventually(lambda: text(panel.detail).startswith("Event 1: broadcast, undelivered"))


@in_loop
async def test_the_chosen_event_stays_chosen_when_others_come() -> None:
    """The row moves down with its event; gone from the table, its detail stays."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await fill(bench, 3)
        panel = ResultsPanel(bench)
        panel.show(2)
        for more, place in [(5, [6]), (SHOWN, [])]:
            await fill(bench, more)
            panel.refresh()
            await settle()
            assert panel.table.selected_rows == place
            assert text(panel.detail).startswith("Event 2:")


@in_loop
async def test_the_detail_follows_its_event() -> None:
    """An event chosen while it is in service shows its results when they are in."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", gate))
        event = await bench.send(Payload(1))
        panel = ResultsPanel(bench)
        panel.show(1)
        assert text(panel.detail).startswith("Event 1: broadcast, queued")
        gate.open()
        await event.wait()
        panel.refresh()
        assert text(panel.detail).startswith("Event 1: broadcast, Ok")


@in_loop
async def test_show_refuses_an_event_that_is_not_in_the_table() -> None:
    """The message says how many there are."""
    async with a_bench() as bench:
        await fill(bench, 2)
        panel = ResultsPanel(bench)
        with pytest.raises(LookupError, match=r"^event 9 is not among the latest 2$"):
            panel.show(9)


@in_loop
async def test_hostile_values_are_shown_as_text() -> None:
    """Issue 3: reprs with HTML, reprs that raise, many lines or no end: one escaped line."""

    class Raises:
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

    class Long:
        def __repr__(self) -> str:
            return f"{NASTY}\n" * 10_000

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no str")

    async def answer(payload: Payload[Any], ctx: Context) -> Result:
        if isinstance(payload.value, Raises):
            return Error(MuteError())
        return Ok(payload.value)

    async with a_bench() as bench:
        await bench.put(collector(NASTY, answer))
        for value in (Raises(), Long(), NASTY, float("nan"), "\ud800", object()):
            await give(bench, Payload(value))
        panel = ResultsPanel(bench)
        for row in rows(panel):
            assert "\n" not in row[1] + row[4]
            assert len(row[1] + row[4]) < 500
            assert " at 0x" not in row[1] + row[4]
            panel.show(row[0])
            assert_harmless(panel)
        assert rows(panel)[-1][1] == "<Raises whose repr raised RuntimeError>"
        assert "<script>" not in panel.table._dt_args["table_html"]


@in_loop
async def test_a_burst_of_sends_paints_some_times_a_second() -> None:
    """Notebook notes: never a message per payload; 10,000 sends make a few updates."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = ResultsPanel(bench)
        updates = updates_of(panel)
        began = asyncio.get_running_loop().time()
        await fill(bench, 10_000)
        await eventually(lambda: ids(panel)[:1] == [10_000])
        spent = asyncio.get_running_loop().time() - began
        assert 1 <= len(updates) <= spent / REPAINT + 2


@in_virtual_time
async def test_nothing_new_paints_nothing() -> None:
    """An idle workbench sends no message, and neither does a refresh without news."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = ResultsPanel(bench)
        await fill(bench, 3)
        await asyncio.sleep(2 * REPAINT)
        updates = updates_of(panel)
        panel.refresh()
        await asyncio.sleep(100 * REPAINT)
        assert updates == []
