"""The collectors panel: a list, and a form that makes a collector of a function that exists."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import CollectorsPanel, echo
from event_collector_widgets.panels.collectors import SHOWN

from event_collector import Context, Ok, Payload, Result
from tests.support import Log, in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
    double,
    eventually,
    failed,
    from_another_thread,
    give,
    run_cell,
    text,
)


@in_loop
async def test_it_lists_key_topics_processed_and_errors() -> None:
    """Issue 3: a row for each collector, in order."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError("broken")

    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        assert text(panel.listing) == "none yet: define one below"
        await bench.put(collector("good", topics=["a", "b"]))
        await bench.put(collector("bad", fail))
        await give(bench, Payload(1))
        panel.refresh()
        assert text(panel.listing).split() == [
            *("key", "topics", "processed", "errors"),
            *("good", "a,", "b", "1", "0"),
            *("bad", "1", "1"),
        ]


@in_loop
async def test_it_lists_a_hundred_and_says_so() -> None:
    """A list that is cut tells how many there are."""
    async with a_bench() as bench:
        for number in range(SHOWN + 20):
            await bench.put(collector(f"c{number}"))
        panel = CollectorsPanel(bench)
        assert panel.listing.value.count("<tr>") == SHOWN + 1
        assert text(panel.listing).endswith("the first 100 of 120")


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
async def test_define_makes_a_collector_of_the_chosen_function() -> None:
    """By a click: key, topics and lifecycle are those of the form; the form keeps its contents."""
    log = Log()

    @asynccontextmanager
    async def life(ctx: Context) -> AsyncIterator[None]:
        log.append("open")
        yield

    async with a_bench(namespace={"double": double, "life": life}) as bench:
        panel = CollectorsPanel(bench)
        panel.processor.value, panel.key.value = "double", " twice "
        panel.topics.value, panel.lifecycle.value = "a, b,a", "life"
        panel.define_button.click()
        await eventually(lambda: "twice" in bench.collectors)
        await settle()
        made = bench.collectors["twice"]
        assert (made.processor, made.topics, made.lifecycle) == (double, ("a", "b"), life)
        assert log == ["open"]
        assert text(panel.status) == "added collector 'twice'"
        assert "twice" in text(panel.listing)
        assert (panel.key.value, panel.topics.value, panel.lifecycle.value) == (
            *(" twice ", "a, b,a"),
            "life",
        )


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
    """Issue 3: the button says beforehand that it will, and the panel that it has."""
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
        assert text(panel.status) == "replaced collector 'x'"
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
        assert failed(panel)
        assert text(panel.status) == f"OSError: no {NASTY}"
        assert await give(bench, Payload(2)) == [Ok(4)]


@in_loop
async def test_remove_takes_out_the_chosen_collector() -> None:
    """By a click, after its last payload; then there is nothing left to choose."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await bench.put(collector("y"))
        panel = CollectorsPanel(bench)
        panel.present.value = "y"
        panel.remove_button.click()
        await settle()
        assert [*bench.collectors] == ["x"]
        assert text(panel.status) == "removed collector 'y'"
        await panel.remove()
        assert (panel.present.value, panel.remove_button.disabled) == (None, True)
        with pytest.raises(ValueError, match="there is no collector to remove"):
            await panel.remove()


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
        panel.remove_button.click()
        await settle()
        assert text(panel.status) == "removing 'x' after its last payload ..."
        go_on.set()
        await eventually(lambda: text(panel.status) == "removed collector 'x'")


@in_loop
async def test_clicks_from_another_thread_work_as_well() -> None:
    """Notebook notes: defined and removed from a thread with a loop of its own."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        await from_another_thread(panel.define_button.click)
        await eventually(lambda: [*bench.collectors] == ["echo"])
        await eventually(lambda: panel.present.value == "echo")
        await from_another_thread(panel.remove_button.click)
        await eventually(lambda: text(panel.status) == "removed collector 'echo'")


@pytest.mark.parametrize("chosen", ["double", "gallery:echo"])
@pytest.mark.parametrize("topics", ["", "a, it's"])
@pytest.mark.parametrize("lifecycle", ["", "life"])
@in_loop
async def test_the_code_does_what_the_button_does(chosen: str, topics: str, lifecycle: str) -> None:
    """The line under the button is valid in a cell, and makes the same collector."""
    names = {"double": double, "life": Log().lifecycle("life")}
    async with a_bench(namespace=names) as bench, a_bench("other") as other:
        panel = CollectorsPanel(bench)
        panel.processor.value, panel.key.value = chosen, "it's"
        panel.topics.value, panel.lifecycle.value = topics, lifecycle
        made = await panel.define()
        await settle()
        assert text(panel.code_line) == panel.code()
        await run_cell(panel.code(), **names, bench=other)
        same = other.collectors["it's"]
        assert (same.key, same.processor) == (made.key, made.processor)
        assert (same.topics, same.lifecycle) == (made.topics, made.lifecycle)


@in_loop
async def test_typed_text_is_never_executed() -> None:
    """Issue 3: what is typed is a name, in the code too."""
    typed = "'); raise SystemExit('run') #"
    async with a_bench() as bench, a_bench("other") as other:
        panel = CollectorsPanel(bench)
        panel.key.value = panel.topics.value = typed
        made = await panel.define()
        assert (made.key, made.topics) == (typed, (typed,))
        await run_cell(panel.code(), bench=other)
        assert [*other.collectors] == [typed]


@in_loop
async def test_without_a_chosen_processor_it_says_so() -> None:
    """Nothing chosen is an error in words, and no code."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        panel.processor.value = None
        await settle()
        panel.define_button.click()
        await settle()
        assert text(panel.status) == "ValueError: choose a processor first"
        assert panel.code() == ""
