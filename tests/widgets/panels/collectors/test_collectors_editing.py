"""The collectors panel: editing what is there, and putting a newer function in its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import CollectorsPanel, echo

from event_collector import Collector, Context, Ok, Payload, Processor, Result
from tests.support import in_loop, settle
from tests.widgets.benches import a_bench, collector, double, eventually, give, run_cell, text
from tests.widgets.rows import buttons, cells, press, the_same


def validate(answer: str) -> Processor:
    """A function of that name, as if its cell were run again each time."""

    async def validate(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(answer)

    return validate


@asynccontextmanager
async def life(ctx: Context) -> AsyncIterator[None]:
    """A lifecycle that keeps something open."""
    ctx.connection = object()
    yield


MODEL = object()


def whole(processor: Processor, **others: Any) -> Collector:
    """A collector with all that a form can say."""
    options: dict[str, Any] = {
        "topics": ["a, b", "cold"],
        "ctx": Context(limit=40, model=MODEL),
        "timeout": 2.5,
        "max_concurrency": 4,
    }
    return Collector("validate", processor, **options | others)


def fields(panel: CollectorsPanel) -> tuple[str, ...]:
    """What stands in the form."""
    return tuple(field.value for field in panel.form.fields)


@in_loop
async def test_edit_opens_the_form_filled_in() -> None:
    """Issue 13: all of the collector; fault 15: a topic with a comma is one."""
    first = validate("first")
    async with a_bench(namespace={"validate": first, "life": life}) as bench:
        await bench.put(whole(first, lifecycle=life))
        panel = CollectorsPanel(bench)
        press(panel, "edit", "validate")
        await eventually(lambda: panel.form.editing == "validate")
        await settle()
        expected = ("validate", "validate", "a, b\ncold", "limit = 40", "life", "2.5", "4", "", "")
        assert fields(panel) == expected
        assert (panel.key.disabled, panel.define_button.description) == (True, "Save changes")
        assert panel.define_button.disabled
        assert panel.rows.chosen == "validate"
        told = text(panel.note)
        assert "nothing differs from what is there" in told
        assert "stays in the context: model = <object object>, connection = <object obj" in told


@in_loop
async def test_replace_without_a_difference_says_so_and_changes_nothing() -> None:
    """The collector stays, with its counts."""
    first = validate("first")
    async with a_bench(namespace={"validate": first}) as bench:
        await bench.put(whole(first))
        panel = CollectorsPanel(bench)
        await panel.edit("validate")
        before = bench.collectors["validate"]
        assert await panel.define() is before
        assert panel.status.text == "nothing differs: 'validate' stays as it is"
        assert bench.collectors["validate"] is before


@in_loop
async def test_old_and_new_are_shown_before_replace() -> None:
    """A line for each difference; and Replace does just that, and empties the form."""
    first = validate("first")
    async with a_bench(namespace={"validate": first, "double": double, "life": life}) as bench:
        await bench.put(whole(first))
        panel = CollectorsPanel(bench)
        await panel.edit("validate")
        numbers = ("", "5", "7", "0.5")
        typed = ("double", "validate", "a, b\nheat", "limit = 50\nnew = [1]", "life", *numbers)
        for field, value in zip(panel.form.fields, typed, strict=True):
            field.value = value
        await settle()
        assert [line.strip() for line in text(panel.note).split("  ") if line.strip()] == [
            "processor: validate -> double",
            "topics: + heat, - cold",
            "context limit: 40 -> 50",
            "context new: nothing -> [1]",
            "lifecycle: none -> life",
            "timeout: 2.5 -> none",
            "max_concurrency: 4 -> 5",
            "batch_size: none -> 7",
            "linger: none -> 0.5",
            "stays in the context: model = <object object>",
        ]
        made = await panel.define()
        assert made is bench.collectors["validate"]
        assert (made.topics, made.timeout, made.max_concurrency) == (("a, b", "heat"), None, 5)
        assert (made.batch_size, made.linger) == (7, 0.5)
        assert (made.ctx.limit, made.ctx.new, made.ctx.model) == (50, [1], MODEL)
        await settle()
        assert (panel.form.editing, panel.key.disabled) == (None, False)
        assert fields(panel)[1:] == ("",) * 8


@in_loop
async def test_cancel_leaves_the_collector_as_it_is() -> None:
    """And the form is there for another one."""
    async with a_bench(namespace={"double": double}) as bench:
        await bench.put(collector("x", topics=["a"]))
        panel = CollectorsPanel(bench)
        assert panel.cancel_button.layout.display == "none"
        await panel.edit("x")
        assert panel.cancel_button.layout.display is None
        panel.topics.value = "b"
        panel.cancel_button.click()
        await settle()
        assert bench.collectors["x"].topics == ("a",)
        assert fields(panel)[1:] == ("",) * 8
        assert (panel.form.editing, panel.define_button.description) == (None, "Define")


@in_loop
async def test_a_value_that_runs_on_is_not_set_back() -> None:
    """What the processor counted since the form was filled is not what was typed."""
    async with a_bench(namespace={"echo": echo}) as bench:
        await bench.put(Collector("x", echo, ctx=Context(seen=17, limit=40)))
        panel = CollectorsPanel(bench)
        await panel.edit("x")
        assert panel.context.value == "seen = 17\nlimit = 40"
        bench.collectors["x"].ctx.seen = 20
        panel.context.value = "seen = 17\nlimit = 50"
        await settle()
        assert "seen" not in text(panel.note)
        made = await panel.define()
        assert vars(made.ctx) == {"seen": 20, "limit": 50}


@in_loop
async def test_what_a_form_has_made_is_not_set_back_either() -> None:
    """Where one typed on meanwhile, the form still shows what the collector began with."""
    go_on = asyncio.Event()

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        await go_on.wait()
        yield

    async def counting(payload: Payload[Any], ctx: Context) -> Result:
        ctx.seen += 1
        return Ok(None)

    async with a_bench(namespace={"counting": counting, "slow": slow}) as bench:
        panel = CollectorsPanel(bench)
        panel.processor.value, panel.context.value = "counting", "seen = 0"
        panel.lifecycle.value = "slow"
        panel.define_button.click()
        await settle()
        panel.topics.value = "a"
        go_on.set()
        await eventually(lambda: panel.status.text == "added collector 'counting'")
        await give(bench, Payload(1))
        await settle()
        assert text(panel.note) == "topics: + a"
        assert (await panel.define()).ctx.seen == 1


@in_loop
async def test_a_value_that_is_typed_as_it_is_does_not_differ() -> None:
    """Whoever types what is there changes nothing."""
    async with a_bench(namespace={"double": double}) as bench:
        await bench.put(collector("x", ctx=Context(limit=40)))
        ctx = bench.collectors["x"].ctx
        panel = CollectorsPanel(bench)
        await panel.edit("x")
        ctx.limit = 41
        panel.context.value, panel.topics.value = "limit = 41", "a"
        await settle()
        assert "limit" not in text(panel.note)
        assert (await panel.define()).ctx is ctx


@in_loop
async def test_a_context_goes_on_where_no_value_was_changed() -> None:
    """The object itself: what is in service with the old collector still writes to it."""
    async with a_bench(namespace={"double": double}) as bench:
        await bench.put(collector("x", ctx=Context(seen=1)))
        ctx = bench.collectors["x"].ctx
        panel = CollectorsPanel(bench)
        await panel.edit("x")
        panel.topics.value = "a"
        assert (await panel.define()).ctx is ctx


@in_loop
async def test_a_processor_without_a_name_is_kept() -> None:
    """It was never in the notebook: the menu offers to leave it as it is, and so does the code."""
    hidden = validate("hidden")
    async with a_bench() as bench:
        await bench.put(whole(hidden, lifecycle=life))
        panel = CollectorsPanel(bench)
        await panel.edit("validate")
        assert ("validate (as it is)", "kept:") in panel.processor.options
        assert ("life (as it is)", "kept:") in panel.lifecycle.options
        panel.topics.value = "other"
        code = panel.code()
        assert "bench.collectors['validate'].processor" in code
        assert "lifecycle=bench.collectors['validate'].lifecycle" in code
        made = await panel.define()
        assert (made.processor, made.lifecycle, made.topics) == (hidden, life, ("other",))
        await settle()
        assert panel.processor.value == "gallery:echo"


@in_loop
async def test_a_function_that_was_run_again_is_offered_in_one_click() -> None:
    """Fault 10: the row says so, and one click puts it in the old one's place."""
    first, second = validate("first"), validate("second")
    namespace: dict[str, Any] = {"validate": first, "life": life}
    async with a_bench(namespace=namespace) as bench:
        await bench.put(whole(first, lifecycle=life))
        panel = CollectorsPanel(bench)
        assert (cells(panel, "validate")["note"], panel.rows.rows[0]["state"]) == ("", "")
        namespace["validate"] = second
        panel.refresh()
        assert cells(panel, "validate")["note"] == "validate is newer"
        assert buttons(panel, "validate") == ["Use the new validate", "Edit", "Remove"]
        press(panel, "use", "validate")
        await eventually(lambda: bench.collectors["validate"].processor is second)
        await eventually(lambda: panel.status.text.endswith("validate -> validate, run again"))
        assert the_same(
            bench.collectors["validate"],
            whole(second, lifecycle=life, ctx=bench.collectors["validate"].ctx),
        )
        assert bench.collectors["validate"].ctx.model is MODEL
        assert await give(bench, Payload(1)) == [Ok("second")]
        assert buttons(panel, "validate") == ["Edit", "Remove"]
        with pytest.raises(ValueError, match="the notebook has no newer processor for 'validate'"):
            await panel.use_new("validate")


@in_loop
async def test_another_function_of_the_name_is_not_a_newer_one() -> None:
    """A gallery's function and one's own echo; one that a function made, and one of a cell."""

    async def own(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(None)

    own.__name__ = own.__qualname__ = "echo"

    async def cells_own(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(None)

    async with a_bench(namespace={"echo": own, "validate": cells_own}) as bench:
        await bench.put(collector("x", echo))
        await bench.put(collector("y", validate("made by a function")))
        panel = CollectorsPanel(bench)
        assert [buttons(panel, key)[0] for key in "xy"] == ["Edit", "Edit"]


CHANGES = {
    "as it is": {},
    "another processor": {"processor": "double"},
    "of the gallery": {"processor": "gallery:flaky"},
    "topics": {"topics": "it's, one\n two "},
    "a context value": {"context": 'limit = 41\nname = "it\'s"'},
    "a lifecycle": {"lifecycle": "life"},
    "a lifecycle and a value": {"lifecycle": "life", "context": "limit = 41"},
    "limits": {"timeout": "0.5", "max_concurrency": ""},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("was", [None, life])
@pytest.mark.parametrize("there", [True, False])
@in_loop
async def test_the_code_does_what_the_button_does(there: bool, was: Any, changes: Any) -> None:
    """The code under the button is complete: defined or replaced, the same collector."""
    names: dict[str, Any] = {"double": double, "validate": validate("first"), "life": life}
    async with a_bench(namespace=names) as bench, a_bench("other") as other:
        for each in (bench, other) if there else ():
            await each.put(whole(names["validate"], lifecycle=was))
        panel = CollectorsPanel(bench)
        panel.processor.value, panel.key.value = "validate", "validate"
        if there:
            await panel.edit("validate")
        for name, value in changes.items():
            getattr(panel, name).value = value
        await settle()
        code = panel.code()
        assert panel.code_line.code == code
        made = await panel.define()
        await run_cell(code, **names, bench=other)
        drop_connections(made, other.collectors["validate"])
        assert the_same(made, other.collectors["validate"])


def drop_connections(*collectors: Collector) -> None:
    """Each lifecycle opens one of its own."""
    for one in collectors:
        vars(one.ctx).pop("connection", None)


@in_loop
async def test_the_code_of_the_rows_buttons_does_what_they_do() -> None:
    """Use the new one, then remove it."""
    first, second = validate("first"), validate("second")
    names: dict[str, Any] = {"validate": second, "life": life}
    async with a_bench(namespace=names) as bench, a_bench("other") as other:
        for each in (bench, other):
            await each.put(whole(first, lifecycle=life))
        panel = CollectorsPanel(bench)
        made = await panel.use_new("validate")
        await run_cell(panel.code_line.code, **names, bench=other)
        drop_connections(made, other.collectors["validate"])
        assert the_same(made, other.collectors["validate"])
        await panel.remove("validate")
        await run_cell(panel.code_line.code, **names, bench=other)
        assert (len(bench.collectors), len(other.collectors)) == (0, 0)


@in_loop
async def test_a_workbench_that_is_made_again_leaves_what_was_typed() -> None:
    """What was edited may not be there; the form says so, and can define it."""
    async with a_bench(namespace={"double": double}) as bench, a_bench("other") as other:
        await bench.put(collector("x", topics=["a"], ctx=Context(limit=1)))
        panel = CollectorsPanel(bench)
        await panel.edit("x")
        panel.topics.value = "b"
        panel.moved(other)
        assert panel.status.text.startswith("'x' was being edited; its workbench was made again")
        await settle()
        assert (panel.define_button.description, panel.key.disabled) == ("Define", False)
        assert fields(panel)[1:4] == ("x", "b", "limit = 1")
