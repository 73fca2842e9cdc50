"""The results panel: what it shows of the history, and how a row is opened and followed."""

import asyncio
import json
import threading
from typing import Any

import ipywidgets as w
import pytest
from event_collector_widgets import ResultsPanel, Workbench, failing
from event_collector_widgets.panels.results.looking import PAUSE, SHOWN, STALE

from event_collector import Context, Delivery, Error, Payload, Result
from tests.support import Gate, in_loop, in_virtual_time, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
    eventually,
    everything_in,
    from_another_thread,
    give,
)


def cells(panel: ResultsPanel) -> list[list[str]]:
    """What the table shows."""
    return [row["cells"] for row in panel.rows.rows]


def ids(panel: ResultsPanel) -> list[int]:
    """The ids of the events in the table, from the top."""
    return [int(row["key"]) for row in panel.rows.rows]


async def fill(bench: Workbench, *values: Any) -> None:
    """Have an event for each of these values done."""
    await bench.publisher.send_all([Payload(value) for value in values])
    await bench.publisher.wait()


def messages_of(panel: ResultsPanel) -> list[Any]:
    """A list that grows with each trait that any part of the panel sends."""
    seen: list[Any] = []
    for widget in everything_in(panel):
        widget.observe(
            lambda change: seen.append((change["owner"], change["name"])), list(widget.keys)
        )
    return seen


@in_loop
async def test_the_newest_event_comes_first() -> None:
    """A row per event with its payload, its way, how it went and each result."""
    async with a_bench() as bench:
        await bench.put(collector("two", topics=["t"]))
        await bench.put(collector("bad", failing))
        await give(bench, Payload({"a": 1}, Delivery.KEY, keys=["none"]))
        await give(bench, Payload(2, Delivery.TOPIC, topics=["t", "u"]))
        await give(bench, Payload("x"))
        panel = ResultsPanel(bench)
        assert cells(panel) == [
            ["3", "'x'", "broadcast", "✗ Error", "bad: cannot process 'x'; 1 Ok"],
            ["2", "2", "→ t, u", "✓ Ok", "two: 4"],
            ["1", "a: 1", "key: none", "\u2013 undelivered", ""],
        ]
        assert [row["state"] for row in panel.rows.rows] == ["error", "ok", "nobody"]


@in_loop
async def test_an_event_is_shown_from_the_moment_it_is_sent() -> None:
    """Queued, in service and done, in the same row. Looking retrieves nothing."""
    gate = Gate()
    async with a_bench(max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        await bench.send(Payload(1))
        await bench.send(Payload(2))
        await settle()
        panel = ResultsPanel(bench)
        assert [row[3] for row in cells(panel)] == ["○ queued", "◐ in service"]
        gate.open()
        await bench.publisher.wait()
        panel.refresh()
        assert [row[3] for row in cells(panel)] == ["✓ Ok", "✓ Ok"]
        panel.show(1)
        assert not any(event.retrieved for event in bench.history)


@pytest.mark.parametrize(
    ("count", "limit", "said", "shown"),
    [
        (0, 10_000, "", 0),
        (3, 10_000, "1 to 3 of 3", 3),
        (1_234, 10_000, "1 to 200 of 1,234", SHOWN),
        (1_234, 50, "1 to 50 of 50; 1,184 older ones have left the history", 50),
    ],
)
@in_loop
async def test_it_says_which_of_how_many_are_in_sight(
    count: int, limit: int, said: str, shown: int
) -> None:
    """Of those that are kept, and of those that were sent if they are more."""
    async with a_bench(history=limit) as bench:
        await fill(bench, *range(count))
        panel = ResultsPanel(bench)
        assert panel.rows.where == said
        assert ids(panel) == list(range(count, count - shown, -1))
        assert panel.rows.empty == ("none of them matches" if count else "nothing was sent yet")


@in_loop
async def test_two_hundred_at_a_time_with_older_and_newer() -> None:
    """Turning a page freezes and says so; the switch follows again, and so does the newest page."""
    async with a_bench() as bench:
        await fill(bench, *range(500))
        panel = ResultsPanel(bench)
        assert (panel.rows.more, panel.rows.newer) == (True, False)
        panel.rows._handle_custom_msg({"do": "more", "key": ""}, [])
        await settle()
        assert panel.rows.turns == ["older", "newer"]
        told = "rows 201 to 400 of 500; frozen while you page (newest: newer)"
        assert (ids(panel)[0], panel.rows.where) == (300, told)
        assert (panel.rows.newer, panel.freeze.value) == (True, True)
        panel.rows._handle_custom_msg({"do": "more", "key": ""}, [])
        await settle()
        assert (ids(panel), panel.rows.more) == (list(range(100, 0, -1)), False)
        panel.freeze.value = False
        await settle()
        assert ids(panel)[0] == 500
        for action in ("more", "newer"):
            panel.rows._handle_custom_msg({"do": action, "key": ""}, [])
            await settle()
        assert (ids(panel)[0], panel.rows.where) == (500, "1 to 200 of 500")
        assert (panel.rows.newer, panel.freeze.value) == (False, False)


@in_virtual_time
async def test_frozen_rows_stay_and_what_came_is_counted() -> None:
    """Issue 13: follow and freeze, with a count of what came since."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", gate))
        await bench.send(Payload(1))
        panel = ResultsPanel(bench)
        panel.freeze.value = True
        await settle()
        assert panel.freeze.description == "Frozen: 0 came since"
        gate.open()
        await fill(bench, *range(12))
        await asyncio.sleep(2 * PAUSE)
        assert (ids(panel), panel.freeze.description) == ([1], "Frozen: 12 came since")
        assert cells(panel)[0][3] == "✓ Ok"
        panel.freeze.value = False
        await settle()
        assert (ids(panel)[0], panel.freeze.description) == (13, "Freeze")


@in_virtual_time
async def test_what_was_typed_stays_while_events_stream_in() -> None:
    """Fault 3: no field is touched by a repaint, and the whole history is searched."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await fill(bench, "needle", *range(1_000))
        panel = ResultsPanel(bench)
        touched: list[Any] = []
        panel.filters.text.value = "need"
        panel.filters.text.observe(touched.append)
        for value in range(20):
            await fill(bench, value)
            await asyncio.sleep(PAUSE)
        assert (ids(panel), panel.rows.where) == ([1], "1 to 1 of 1 that match, 1,021 kept")
        assert (touched, panel.filters.text.value) == ([], "need")
        panel.filters.text.value = "nothing like it"
        await asyncio.sleep(2 * PAUSE)
        assert (ids(panel), panel.rows.empty) == ([], "none of them matches")


@in_virtual_time
async def test_the_last_minute_goes_on_while_nothing_happens() -> None:
    """Events leave it though nothing else asks for a repaint."""
    async with a_bench() as bench:
        await fill(bench, 1)
        await asyncio.sleep(30)
        await fill(bench, 2)
        panel = ResultsPanel(bench)
        panel.filters.time.value = 60.0
        await asyncio.sleep(1)
        assert ids(panel) == [2, 1]
        await asyncio.sleep(29 + STALE)
        assert ids(panel) == [2]
        await asyncio.sleep(31)
        assert ids(panel) == []


@in_loop
async def test_a_click_from_another_thread_opens_the_row() -> None:
    """Notebook notes: the choice is made in the owner's loop."""
    async with a_bench() as bench:
        await give(bench, Payload(1))
        panel = ResultsPanel(bench)
        await from_another_thread(lambda: panel.rows.set_trait("chosen", "1"))
        await eventually(lambda: panel.detail.title == "event 1: broadcast; \u2013 undelivered")
        await from_another_thread(lambda: panel.detail._handle_custom_msg({"do": "close"}, []))
        await eventually(lambda: panel.detail.title == "")
        assert panel.rows.chosen == ""


@in_loop
async def test_the_chosen_event_stays_open_when_others_come() -> None:
    """Fault 20: its row moves or leaves, the choice goes with the event."""
    async with a_bench(history=300) as bench:
        await fill(bench, *range(3))
        panel = ResultsPanel(bench)
        panel.show(2)
        for more in (5, SHOWN, SHOWN):
            await fill(bench, *range(more))
            panel.refresh()
            await settle()
            assert panel.rows.chosen == "2"
            assert panel.detail.title.startswith("event 2:")


@in_loop
async def test_a_row_that_has_left_the_window_can_be_chosen() -> None:
    """The page holds rows still under the mouse: what is clicked is the event that was seen."""
    async with a_bench() as bench:
        await fill(bench, *range(500))
        panel = ResultsPanel(bench)
        panel.rows.chosen = "7"
        await settle()
        assert panel.detail.title.startswith("event 7:")
        panel.rows.chosen = "501"
        await settle()
        assert panel.status.text == "event 501 is not among the 500 that are kept"


@in_loop
async def test_the_detail_follows_its_event() -> None:
    """An event opened while it is queued shows its results when they are in."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", gate))
        event = await bench.send(Payload(1))
        panel = ResultsPanel(bench)
        panel.show(1)
        assert panel.detail.title == "event 1: broadcast; ○ queued"
        gate.open()
        await event.wait()
        panel.refresh()
        assert panel.detail.title == "event 1: broadcast; ✓ Ok"
        assert [each["key"] for each in panel.detail.sections] == ["payload", "result 0", "times"]


@in_loop
async def test_a_long_payload_is_lifted_where_it_stands() -> None:
    """Until another row is opened."""
    async with a_bench() as bench:
        await fill(bench, "a" * 200_000, "b" * 200_000)
        panel = ResultsPanel(bench)
        panel.show(1)
        assert panel.detail.sections[0]["note"] == "20,000 of 200,000 characters"
        panel.detail._handle_custom_msg({"do": "lift", "key": "payload"}, [])
        await settle()
        assert panel.detail.sections[0]["text"] == repr("a" * 200_000)
        panel.show(2)
        assert panel.detail.sections[0]["note"] == "20,000 of 200,000 characters"


@in_loop
async def test_hostile_values_can_be_shown_and_opened() -> None:
    """Texts are sent as texts, and can be sent."""

    async def answer(payload: Payload[Any], ctx: Context) -> Result:
        return Error(ValueError(payload.value))

    async with a_bench() as bench:
        await bench.put(collector(f"{NASTY}\ud800", answer))
        for value in (NASTY, "\ud800", "</script>\u2028"):
            await give(bench, Payload(value, topics=[value]))
        panel = ResultsPanel(bench)
        for number in (1, 2, 3):
            panel.show(number)
            sent = (panel.rows.rows, panel.detail.sections, panel.filters.collector.get_state())
            json.dumps(sent, default=str, ensure_ascii=False).encode()
        made = [each for each in everything_in(panel) if isinstance(each, w.HTML)]
        assert made == [panel.heading, panel.warning]


async def until_said(panel: ResultsPanel, told: str) -> None:
    """Wait until the switch says something."""
    await eventually(lambda: panel.freeze.description == told)


@in_loop
async def test_a_repaint_does_not_undo_a_click_on_freeze() -> None:
    """Pages' messages come in a thread of their own: the panel may paint before it has heard."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = ResultsPanel(bench)
        await fill(bench, 1)
        for on in (True, False):
            click = threading.Thread(target=setattr, args=(panel.freeze, "value", on))
            click.start()
            click.join()
            panel.refresh()
            told = "Frozen: 0 came since" if on else "Freeze"
            await until_said(panel, told)
            assert panel.freeze.value is on


@in_loop
async def test_a_burst_paints_some_times_a_second() -> None:
    """Issue 13: at most five repaints a second, of two hundred rows at most."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = ResultsPanel(bench)
        painted: list[Any] = []
        panel.rows.observe(painted.append, "rows")
        began = asyncio.get_running_loop().time()
        await fill(bench, *range(10_000))
        await eventually(lambda: ids(panel)[:1] == [10_000])
        spent = asyncio.get_running_loop().time() - began
        assert 1 <= len(painted) <= spent / PAUSE + 2
        assert all(len(change["new"]) <= SHOWN for change in painted)


@in_virtual_time
async def test_nothing_new_sends_nothing() -> None:
    """An idle workbench sends no message, and neither does a refresh without news."""
    async with a_bench() as bench:
        await bench.put(collector("x", failing))
        panel = ResultsPanel(bench)
        await fill(bench, *range(3))
        panel.show(2)
        panel.filters.state.value = "Error"
        await asyncio.sleep(2 * PAUSE)
        seen = messages_of(panel)
        panel.refresh()
        await asyncio.sleep(100 * PAUSE)
        assert seen == []
