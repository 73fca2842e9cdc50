"""The collectors panel: a row for each, and a form that makes one of a function that exists."""

import asyncio
from typing import Any

import pytest
from event_collector_widgets import CollectorsPanel
from event_collector_widgets.numbers import duration
from event_collector_widgets.panels.collectors.listed import SCREENFUL, WINDOW

from event_collector import Context, Ok, Payload, Result
from tests.support import in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
    double,
    eventually,
    everything_in,
    from_another_thread,
    give,
    text,
)
from tests.widgets.rows import buttons, cells, press


@in_loop
async def test_it_lists_key_counts_and_topics() -> None:
    """Issue 13: a row for each collector, in order; a topic with a comma stands in quotes."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError("broken")

    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        assert (panel.rows.rows, panel.rows.empty) == ([], "none yet: define one below")
        await bench.put(collector("good", topics=["a, b", "c"]))
        await bench.put(collector("bad", fail))
        await give(bench, Payload(1))
        panel.refresh()
        assert [row["key"] for row in panel.rows.rows] == ["good", "bad"]
        good, bad = cells(panel, "good"), cells(panel, "bad")
        counted = ("done", "Ok", "Error")
        assert [good[name] for name in counted] == ["1", "1", "0"]
        assert [bad[name] for name in counted] == ["1", "0", "1"]
        assert (good["topics"], bad["topics"]) == (
            *("runs double · topics: 'a, b', c", "runs fail · no topics"),
        )
        assert [row["title"] for row in panel.rows.rows] == ["runs double", "runs fail"]
        assert buttons(panel, "good") == ["Edit", "Remove"]


@in_loop
async def test_many_collectors_are_shown_by_windows() -> None:
    """Issue 13: 5,000 collectors; more and newer go through them, as many at a time."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        for number in range(WINDOW + 50):
            await bench.put(collector(f"c{number}"))
        panel.refresh()
        assert len(panel.rows.rows) == WINDOW
        assert (panel.rows.where, panel.rows.newer, panel.rows.more) == (
            "1 to 200; of 250",
            False,
            True,
        )
        press(panel, "more")
        await settle()
        assert [row["key"] for row in panel.rows.rows] == [f"c{n}" for n in range(WINDOW, 250)]
        assert (panel.rows.where, panel.rows.newer, panel.rows.more) == (
            "201 to 250; of 250",
            True,
            False,
        )
        for number in range(WINDOW, 250):
            await bench.remove(f"c{number}")
        panel.refresh()
        assert (len(panel.rows.rows), panel.rows.newer) == (WINDOW, False)
        press(panel, "newer")
        await settle()
        assert panel.rows.rows[0]["key"] == "c0"


@in_loop
async def test_keys_can_be_found_when_there_are_many() -> None:
    """The field comes with more collectors than a screen shows, and stays while it is used."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        for number in range(SCREENFUL + 1):
            assert panel.find.layout.display == "none"
            await bench.put(collector(f"Key {number}"))
            panel.refresh()
        assert panel.find.layout.display is None
        panel.find.value = " kEy 1"
        await settle()
        assert [row["key"] for row in panel.rows.rows] == ["Key 1", "Key 10", "Key 11", "Key 12"]
        assert panel.rows.where == "1 to 4; 4 of 13 found"
        panel.find.value = "nothing"
        await settle()
        assert (panel.rows.rows, panel.rows.empty) == ([], "no such key")


@in_loop
async def test_a_collector_that_blocks_the_loop_says_so() -> None:
    """Fault 11: in its row and above, in words."""

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        import time

        time.sleep(0.15)  # noqa: ASYNC251 - what must not be done
        return Ok(None)

    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        await bench.put(collector("x", compute))
        await bench.put(collector("y"))
        await give(bench, Payload(1))
        panel.refresh()
        note = cells(panel, "x")["note"]
        still = duration(bench.metrics().blocking["x"])
        assert note == f"the event loop stood still for {still} while it ran"
        assert f"stood still for {still} while 'x' ran" in text(panel.warning)
        assert cells(panel, "y")["note"] == ""
        assert [row["state"] for row in panel.rows.rows] == ["warning", ""]


@in_loop
async def test_remove_asks_once_more_and_then_takes_the_collector_out() -> None:
    """What is in its context goes with it; so one click is not enough, nor a double click."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await bench.put(collector("y"))
        panel = CollectorsPanel(bench)
        press(panel, "remove", "y")
        press(panel, "remove_now", "y")
        await settle()
        assert [*bench.collectors] == ["x", "y"]
        assert [buttons(panel, key)[-1] for key in "xy"] == ["Remove", "Remove now"]
        asked = cells(panel, "y")
        assert (asked["topics"], asked["note"]) == ("", "remove it, with its context?")
        assert panel.code_line.code == "await bench.remove('y')"
        press(panel, "edit", "x")
        await settle()
        assert buttons(panel, "y")[-1] == "Remove"
        press(panel, "remove_now", "y")  # is not asked for any more
        await settle()
        press(panel, "remove", "y")
        await settle()
        panel._asked.ask("y", asyncio.get_running_loop().time() - 1)
        press(panel, "remove_now", "x")  # was not asked for
        await settle()
        assert [*bench.collectors] == ["x", "y"]


@in_loop
async def test_a_removal_that_is_not_confirmed_soon_must_be_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever comes back to the panel later has forgotten it; asked for again it counts anew."""
    questions = "event_collector_widgets.panels.parts.questions"
    monkeypatch.setattr(f"{questions}.DOUBLE_CLICK", 0.0)
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = CollectorsPanel(bench)
        panel._asked.seconds = 0.1
        press(panel, "remove", "x")
        await eventually(lambda: buttons(panel, "x")[-1] == "Remove now")
        panel._asked.seconds = 60.0
        press(panel, "remove", "x")  # the first one's end does not end this one
        await asyncio.sleep(0.2)
        assert buttons(panel, "x")[-1] == "Remove now"
        panel._asked.seconds = 0.1
        press(panel, "remove", "x")
        await eventually(lambda: buttons(panel, "x")[-1] == "Remove")
        assert cells(panel, "x")["note"] == ""
        press(panel, "remove_now", "x")
        await settle()
        assert [*bench.collectors] == ["x"]


@pytest.mark.parametrize("click", ["new_button", "define_button", "cancel_button"])
@in_loop
async def test_any_other_click_takes_a_removal_back(click: str) -> None:
    """The form's buttons as well as those of other rows."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = CollectorsPanel(bench)
        press(panel, "remove", "x")
        await eventually(lambda: buttons(panel, "x")[-1] == "Remove now")
        getattr(panel, click).click()
        await eventually(lambda: buttons(panel, "x")[-1] == "Remove")


@in_loop
async def test_a_replaced_collectors_row_says_how_many_were_done_before() -> None:
    """Its own counts begin at 0; several replacements add up, a removal ends it."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = CollectorsPanel(bench)
        for _ in range(2):
            await give(bench, Payload(1))
        await panel.edit("x")
        panel.topics.value = "a"
        await panel.define()
        row = cells(panel, "x")
        assert (row["done"], row["note"]) == ("0", "counted since it was replaced; 2 done before")
        assert panel.rows.rows[0]["state"] == ""  # nothing is wrong
        await give(bench, Payload(1))
        await bench.put(collector("x"))
        panel.refresh()
        assert cells(panel, "x")["note"] == "counted since it was replaced; 3 done before"
        await bench.remove("x")
        panel.refresh()
        await bench.put(collector("x"))
        panel.refresh()
        assert cells(panel, "x")["note"] == ""


@in_loop
async def test_a_removal_that_waits_says_so() -> None:
    """A collector with an event in service is gone only after it."""
    go_on = asyncio.Event()

    async def busy(payload: Payload[Any], ctx: Context) -> Result:
        await go_on.wait()
        return Ok(None)

    async with a_bench() as bench:
        await bench.put(collector("x", busy))
        panel = CollectorsPanel(bench)
        await bench.send(Payload(1))
        await settle()
        press(panel, "remove", "x")
        await settle()
        panel._asked.ask("x", asyncio.get_running_loop().time() - 1)
        press(panel, "remove_now", "x")
        await settle()
        assert panel.status.text == "removing 'x' after its last payload ..."
        go_on.set()
        await eventually(lambda: panel.status.text == "removed collector 'x'")
        assert (panel.rows.rows, panel.code_line.code) == ([], "await bench.remove('x')")
        await settle()
        panel.refresh()
        assert panel.code_line.code == "await bench.remove('x')"
        panel.key.value = "y"
        await settle()
        assert panel.code_line.code == panel.code() != "await bench.remove('x')"


@in_loop
async def test_clicks_from_another_thread_work_as_well() -> None:
    """Notebook notes: defined and edited from a thread with a loop of its own."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        await from_another_thread(panel.define_button.click)
        await eventually(lambda: [*bench.collectors] == ["echo"])
        await from_another_thread(lambda: press(panel, "edit", "echo"))
        await eventually(lambda: panel.form.editing == "echo")


@in_loop
async def test_nothing_is_sent_to_the_page_where_nothing_changed() -> None:
    """Issue 13: no repaint when nothing changed; and 25 widgets at most."""
    async with a_bench(namespace={"double": double}) as bench:
        await bench.put(collector("x", topics=["a"], ctx=Context(limit=1)))
        panel = CollectorsPanel(bench)
        await panel.edit("x")
        await settle()
        sent: list[Any] = []
        widgets = everything_in(panel)
        for widget in (*widgets, *(each.layout for each in widgets)):
            widget.observe(sent.append)
        panel.refresh()
        assert sent == []
        assert len(widgets) <= 25


@in_loop
async def test_names_are_text() -> None:
    """Keys, topics, context values and functions that look like HTML."""

    async def answer(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(None)

    answer.__name__ = NASTY
    async with a_bench() as bench:
        await bench.put(collector(NASTY, answer, topics=[NASTY], ctx=Context(x={NASTY}, y=NASTY)))
        panel = CollectorsPanel(bench)
        await panel.edit(NASTY)
        panel.context.value = "y = 1"
        await settle()
        assert NASTY[:20] in text(panel.note)
        for widget in (panel.note, panel.warning):
            assert "<img" not in widget.value
        assert_no_html(panel.static())


def assert_no_html(static: str) -> None:
    """Nothing of `NASTY` is HTML in a static form."""
    assert "<img" not in static
    assert "<script" not in static


@in_loop
async def test_the_static_form_is_a_table() -> None:
    """Keys, topics and counts; no times. The same for the same history."""
    async with a_bench() as bench:
        await bench.put(collector("x", topics=["a, b"]))
        await give(bench, Payload(1))
        static = CollectorsPanel(bench).static()
        expected = "<tr><td>x</td><td>&#x27;a, b&#x27;</td><td>1</td><td>1</td><td>0</td></tr>"
        assert expected in static
        assert "actions" not in static
