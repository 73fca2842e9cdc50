"""The collectors panel: a form that makes a collector of a function that exists."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import CollectorsPanel, echo
from event_collector_widgets.panels.collectors.listed import WINDOW

from event_collector import Collector, Context, Ok, Payload
from tests.support import Log, in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
    double,
    eventually,
    everything_in,
    give,
    run_cell,
    text,
)
from tests.widgets.rows import press, the_same


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
    """By a click: all that the form says; then it is emptied, and the new row is chosen."""
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
            *("2.5", "4", "", ""),
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
        assert tuple(field.value for field in panel.form.fields) == ("double", *[""] * 8)
        assert panel.rows.chosen == "twice"


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
async def test_naming_another_key_shows_its_collector_but_keeps_what_was_typed() -> None:
    """Without Edit too; and the values of one collector are not taken for those of another."""
    async with a_bench(namespace={"double": double}) as bench:
        await bench.put(collector("x", topics=["a"], ctx=Context(limit=1), timeout=2))
        await bench.put(collector("y", topics=["b"], ctx=Context(limit=2)))
        panel = CollectorsPanel(bench)
        panel.processor.value, panel.key.value = "double", "x"
        await settle()
        assert tuple(field.value for field in panel.form.typed) == (
            *("a", "limit = 1", "", "2.0", "", "", ""),
        )
        panel.context.value = "limit = 1\nnew = 5"
        panel.key.value = "y"
        await settle()
        assert tuple(field.value for field in panel.form.typed) == (
            *("b", "limit = 1\nnew = 5", "", "", "", "", ""),
        )
        assert "context limit: 2 -> 1" in text(panel.note)
        made = await panel.define()
        assert vars(made.ctx) == {"limit": 1, "new": 5}


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
        said = "line 2 of the context is not JSON: a value is missing at character 1 of 'seattle'"
        assert (text(panel.note), panel.code_line.code) == (said, "")
        panel.define_button.click()
        await settle()
        assert (panel.status.kind, panel.status.text) == ("error", said)
        panel.context.value, panel.timeout.value = "", "soon"
        await settle()
        assert text(panel.note) == (
            "timeout must be a number above 0, or the field empty, got 'soon'"
        )
        panel.timeout.value = "-1"
        panel.define_button.click()
        await settle()
        assert panel.status.text.startswith("timeout must be a number above 0")
        assert not bench.collectors


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
        panel.key.value, panel.context.value = "again", f'x = "{typed}"'
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
        assert panel.status.text == "choose a processor first"
        assert panel.code() == ""


def opened(panel: CollectorsPanel) -> bool:
    """Whether the form is shown; the button that opens it is shown where it is not."""
    shown = [each.layout.display is None for each in (panel.form, panel.define_button, panel.note)]
    assert shown == [panel.new_button.layout.display == "none"] * 3
    return shown[0]


@in_loop
async def test_the_form_is_folded_away_until_it_is_asked_for() -> None:
    """The collectors have the room. It is open without any, by the button, and by Edit."""
    async with a_bench(namespace={"double": double}) as bench:
        panel = CollectorsPanel(bench)
        assert opened(panel)
        assert panel.cancel_button.layout.display == "none"
        await bench.put(collector("x", topics=["a"]))
        panel.refresh()
        assert not opened(panel)
        assert panel.code_line.code == ""
        panel.new_button.click()
        await settle()
        assert opened(panel)
        assert panel.processor.value == "double"  # the notebook's own that has no collector yet
        panel.define_button.click()
        await eventually(lambda: panel.status.text == "added collector 'double'")
        assert not opened(panel)
        assert panel.code_line.code.endswith("await bench.put(Collector('double', double))")
        press(panel, "edit", "x")
        await settle()
        assert opened(panel)
        panel.cancel_button.click()
        await settle()
        assert not opened(panel)


@in_loop
async def test_a_form_that_was_begun_is_not_folded_away_by_another_collector() -> None:
    """Which a cell may define meanwhile."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        panel.topics.value = "a"
        await bench.put(collector("x"))
        panel.refresh()
        assert opened(panel)
        panel.cancel_button.click()
        await settle()
        assert not opened(panel)
        assert panel.topics.value == ""


@in_loop
async def test_a_new_row_is_brought_to_sight_among_many() -> None:
    """In its window, and also where it has not in its key what was sought."""
    async with a_bench() as bench:
        for number in range(WINDOW):
            await bench.put(collector(f"c{number}"))
        panel = CollectorsPanel(bench)
        panel.find.value = "c1"
        panel.key.value = "new"
        await panel.define()
        await settle()
        assert panel.find.value == ""
        assert [row["key"] for row in panel.rows.rows] == [panel.rows.chosen] == ["new"]
        await panel.edit("c3")
        await settle()
        assert panel.rows.rows[0]["key"] == "c0"


@in_loop
async def test_every_field_and_button_has_words_for_the_pointer() -> None:
    """Without them the page writes "null" at the field's label."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        shown = [each for each in everything_in(panel) if getattr(each, "description", "")]
        assert len(shown) == 14
        assert [each.description for each in shown if not each.tooltip] == []


@in_loop
async def test_save_changes_can_be_clicked_only_where_something_differs() -> None:
    """Where something is wrong, it is said while it is typed."""
    async with a_bench(namespace={"double": double}) as bench:
        await bench.put(collector("x", topics=["a"]))
        panel = CollectorsPanel(bench)
        await panel.edit("x")
        assert panel.define_button.disabled
        for typed, disabled in (("b", False), ("a", True), ('"b', True)):
            panel.topics.value = typed
            await settle()
            assert panel.define_button.disabled is disabled
        panel.topics.value = "b"
        for typed in ("nan", "0", "-1"):
            panel.timeout.value = typed
            await settle()
            assert panel.define_button.disabled
            assert typed in text(panel.note)
        panel.timeout.value = "2"
        await settle()
        assert not panel.define_button.disabled
        panel.cancel_button.click()
        await settle()
        assert not panel.define_button.disabled
