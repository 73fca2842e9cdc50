"""The collectors panel: a row for each, and a form that makes one of a function that exists."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import CollectorsPanel, echo
from event_collector_widgets.panels.collectors import SCREENFUL, WINDOW

from event_collector import Collector, Context, Ok, Payload, Result
from tests.support import Log, in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
    double,
    eventually,
    everything_in,
    from_another_thread,
    give,
    run_cell,
    text,
)


def cells(panel: CollectorsPanel, key: str) -> dict[str, str]:
    """What a collector's row shows, by column."""
    row = next(each for each in panel.rows.rows if each["key"] == key)
    return {
        column["label"]: cell for column, cell in zip(panel.rows.columns, row["cells"], strict=True)
    }


def buttons(panel: CollectorsPanel, key: str) -> list[str]:
    """The labels of a row's buttons."""
    row = next(each for each in panel.rows.rows if each["key"] == key)
    return [each["label"] for each in row["actions"]]


def window(panel: CollectorsPanel) -> tuple[str, bool, bool]:
    """Which rows are shown, and whether there are others before and after them."""
    return (panel.rows.where, panel.rows.newer, panel.rows.more)


def press(panel: CollectorsPanel, do: str, key: str = "") -> None:
    """Click a button in the rows, as the page tells of it."""
    panel.rows._handle_custom_msg({"do": do, "key": key}, [])


def the_same(one: Collector, other: Collector) -> bool:
    """Whether two collectors were made of the same."""
    names = ("key", "processor", "topics", "lifecycle", "timeout", "max_concurrency")
    same = [getattr(one, name) == getattr(other, name) for name in names]
    return all(same) and vars(one.ctx) == vars(other.ctx)


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
        assert (good["topics"], bad["topics"]) == ("topics: 'a, b', c", "no topics")
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
        assert cells(panel, "x")["note"].startswith("blocked the loop for 1")
        assert cells(panel, "y")["note"] == ""
        assert [row["state"] for row in panel.rows.rows] == ["warning", ""]
        assert "'x' held the event loop for 0." in text(panel.warning)


@in_loop
async def test_the_menu_has_the_notebooks_functions_then_the_gallery() -> None:
    """Issue 3: what was defined since is offered too, and what was chosen stays so."""
    namespace: dict[str, Any] = {"double": double}
    async with a_bench(namespace=namespace) as bench:
        panel = CollectorsPanel(bench)
        gallery = [f"gallery:{name}" for name in ("echo", "slow", "flaky", "failing")]
        assert [value for _, value in panel.processor.options] == ["double", *gallery]
        assert panel.processor.value == "gallery:echo"
        panel.processor.value = "double"
        namespace["another"] = double
        panel.refresh()
        assert [value for _, value in panel.processor.options] == ["another", "double", *gallery]
        assert panel.processor.value == "double"


@in_loop
async def test_a_function_that_is_not_there_any_more_stays_chosen_and_says_so() -> None:
    """It is not exchanged for another one silently, and counts again when it is back."""
    namespace: dict[str, Any] = {"double": double}
    async with a_bench(namespace=namespace) as bench:
        panel = CollectorsPanel(bench)
        panel.processor.value = "double"
        del namespace["double"]
        panel.refresh()
        assert ("double (not there)", "double") in panel.processor.options
        assert (panel.processor.value, panel.code()) == ("double", "")
        with pytest.raises(ValueError, match="double is not there any more; choose another proc"):
            await panel.define()
        namespace["double"] = double
        panel.refresh()
        assert (await panel.define()).processor is double


@in_loop
async def test_define_makes_a_collector_of_the_form() -> None:
    """By a click: all that the form says; the form keeps its contents."""
    log = Log()

    @asynccontextmanager
    async def life(ctx: Context) -> AsyncIterator[None]:
        log.append("open")
        yield

    async with a_bench(namespace={"double": double, "life": life}) as bench:
        panel = CollectorsPanel(bench)
        typed = (
            "double",
            " twice ",
            "a, b\nc\na, b",
            'limit = 40\ncity = "seattle"',
            "life",
            "2.5",
            "4",
        )
        for field, value in zip(panel.form.fields, typed, strict=True):
            field.value = value
        panel.define_button.click()
        await eventually(lambda: "twice" in bench.collectors)
        await settle()
        made = bench.collectors["twice"]
        expected = Collector(
            *("twice", double),
            topics=["a, b", "c"],
            ctx=Context(limit=40, city="seattle"),
            lifecycle=life,
            timeout=2.5,
            max_concurrency=4,
        )
        assert the_same(made, expected)
        assert log == ["open"]
        assert panel.status.text == "added collector 'twice'"
        assert tuple(field.value for field in panel.form.fields) == typed


@in_loop
async def test_the_key_is_the_functions_name_unless_given() -> None:
    """The empty field shows the name that will be taken."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        panel.processor.value = "gallery:flaky"
        await settle()
        assert panel.key.placeholder == "flaky"
        assert (await panel.define()).key == "flaky"


@in_loop
async def test_define_replaces_the_collector_of_that_key() -> None:
    """The button says beforehand that it will, and the panel that it has."""
    async with a_bench(namespace={"double": double}) as bench:
        await bench.put(collector("x", echo))
        panel = CollectorsPanel(bench)
        panel.processor.value = "double"
        assert panel.define_button.description == "Define"
        panel.key.value = "x"
        await settle()
        assert panel.define_button.description == "Replace"
        panel.define_button.click()
        await settle()
        assert panel.status.text == "replaced collector 'x'"
        assert await give(bench, Payload(2)) == [Ok(4)]


@in_loop
async def test_a_lifecycle_that_fails_is_shown_and_changes_nothing() -> None:
    """Decision 19: the error stands where the user clicked, the old collector stays."""
    life = Log().lifecycle("x", enter=OSError(f"no {NASTY}"))
    async with a_bench(namespace={"life": life}) as bench:
        await bench.put(collector("x"))
        panel = CollectorsPanel(bench)
        panel.key.value, panel.lifecycle.value = "x", "life"
        panel.define_button.click()
        await settle()
        assert (panel.status.kind, panel.status.text) == ("error", f"OSError: no {NASTY}")
        assert await give(bench, Payload(2)) == [Ok(4)]


@in_loop
async def test_a_mistake_in_the_form_is_told_before_and_at_the_click() -> None:
    """With its line, where one looks; and nothing is made."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        panel.context.value = "limit = 40\ncity = seattle"
        await settle()
        said = "line 2 of the context is not JSON: Expecting value at 1 of 'seattle'"
        assert (text(panel.note), panel.code_line.code) == (said, "")
        panel.define_button.click()
        await settle()
        assert (panel.status.kind, panel.status.text) == ("error", f"ValueError: {said}")
        panel.context.value, panel.timeout.value = "", "soon"
        await settle()
        assert text(panel.note) == "timeout must be a number or empty, got 'soon'"
        panel.timeout.value = "-1"
        panel.define_button.click()
        await settle()
        assert panel.status.text.startswith("ValueError: timeout must be a finite number")
        assert not bench.collectors


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
        assert panel.code_line.code == "await bench.remove('y')"
        press(panel, "edit", "x")
        await settle()
        panel.refresh()
        assert buttons(panel, "y")[-1] == "Remove"
        press(panel, "remove_now", "y")  # is not asked for any more
        await settle()
        press(panel, "remove", "y")
        await settle()
        panel._asked = ("y", panel._asked[1] - 1)
        press(panel, "remove_now", "x")  # was not asked for
        await settle()
        assert [*bench.collectors] == ["x", "y"]


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
        panel._asked = ("x", panel._asked[1] - 1)
        press(panel, "remove_now", "x")
        await settle()
        assert panel.status.text == "removing 'x' after its last payload ..."
        go_on.set()
        await eventually(lambda: panel.status.text == "removed collector 'x'")
        assert (panel.rows.rows, panel.code_line.code) == ([], "await bench.remove('x')")


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
async def test_typed_text_is_never_executed() -> None:
    """What is typed is a name or a value, in the code too."""
    typed = "'); raise SystemExit('run') #"
    async with a_bench() as bench, a_bench("other") as other:
        panel = CollectorsPanel(bench)
        panel.key.value = panel.topics.value = typed
        panel.context.value = f'x = "{typed}"'
        made = await panel.define()
        assert (made.key, made.topics, made.ctx.x) == (typed, (typed,), typed)
        panel.key.value = "again"
        await run_cell(panel.code(), bench=other)
        assert [*other.collectors] == ["again"]
        assert other.collectors["again"].ctx.x == typed


@in_loop
async def test_without_a_chosen_processor_it_says_so() -> None:
    """Nothing chosen is an error in words, and no code."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        panel.processor.value = None
        await settle()
        panel.define_button.click()
        await settle()
        assert panel.status.text == "ValueError: choose a processor first"
        assert panel.code() == ""


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
