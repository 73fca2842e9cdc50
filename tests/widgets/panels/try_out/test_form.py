"""What the try-out panel offers: collectors, versions of a processor, and what to try it on."""

import functools
from typing import Any

import pytest
from event_collector_widgets import TryOutPanel
from event_collector_widgets.panels.parts.fields import Chosen
from event_collector_widgets.panels.try_out.form import FILTER, HISTORY

from event_collector import Context, Delivery, Payload, Result
from tests.support import in_loop, settle
from tests.widgets.benches import (
    a_bench,
    collector,
    double,
    eventually,
    give,
    text,
)
from tests.widgets.panels.try_out.tryouts import a_panel, seen, shown
from tests.widgets.trial.trials import filled, mended, strict


@in_loop
async def test_the_function_that_was_run_again_is_chosen() -> None:
    """The mended one, and marked; a choice that was made since then stays."""
    async with a_panel(1, strict=strict, mended=mended) as (_, panel):
        names = panel.bench.namespace
        labels = {value: label for label, value in panel.form.processor.options}
        assert labels["strict"] == "strict (the present one)"
        assert isinstance(names, dict)
        names["strict"] = again = _named("strict", mended)
        panel.refresh()
        assert panel.form.processor.value == "strict"
        assert panel.form.processor.label == "strict (run again since)"
        panel.form.processor.value = "mended"
        panel.refresh()
        assert panel.form.processor.value == "mended"
        panel.form.processor.value = "strict"
        assert (await panel.try_out()).progress == (1, 1)
        await panel.replace()
        assert panel.bench.collectors["x"].processor is again
        assert panel.form.processor.label == "strict (the present one)"


def _named(name: str, function: Any) -> Any:
    """Another function of that name that does the same."""

    @functools.wraps(function)
    async def made(payload: Payload[Any], ctx: Context) -> Result:
        result: Result = await function(payload, ctx)
        return result

    made.__name__ = name
    return made


@in_loop
async def test_at_first_a_function_that_runs_nowhere_is_chosen() -> None:
    """It was written to be tried; what other collectors run, the gallery and its own come after."""
    names: dict[str, Any] = {"another": mended, "strict": strict, "double": double}
    async with a_bench(namespace=names) as bench:
        await filled(bench, 1)
        await bench.put(collector("y"))
        form = TryOutPanel(bench).form
        assert form.processor.value == "another"
        assert [label for label, _ in form.processor.options] == [
            *("another", "double (runs in y)"),
            *(f"{name} (gallery)" for name in ("echo", "slow", "flaky", "failing")),
            "strict (the present one)",
        ]
        await bench.put(collector("z"))
        await bench.put(collector("v", mended))
        panel = TryOutPanel(bench)
        assert panel.form.processor.value == "strict"
        labels = [label for label, _ in panel.form.processor.options]
        assert labels[:2] == ["another (runs in v)", "double (runs in y and 1 more)"]


@in_loop
async def test_a_function_that_comes_later_is_chosen_until_the_user_chooses() -> None:
    """In a cell below the panel."""
    names: dict[str, Any] = {"strict": strict}
    async with a_bench(namespace=names) as bench:
        await filled(bench, 1)
        panel = TryOutPanel(bench)
        assert panel.form.processor.value == "strict"
        names["mine"] = mended
        panel.refresh()
        assert panel.form.processor.value == "mine"
        panel.form.processor.value = "gallery:echo"
        names["other"] = _named("other", mended)
        panel.refresh()
        assert panel.form.processor.value == "gallery:echo"


@in_loop
async def test_what_is_chosen_and_gone_stays_and_says_so() -> None:
    """Until it comes back; a click says what to do."""
    async with a_panel(1, readings=[1, -2]) as (bench, panel):
        panel.form.on.value = "readings"
        await bench.remove("x")
        bench.namespace.pop("mended")  # type: ignore[attr-defined]
        bench.namespace.pop("readings")  # type: ignore[attr-defined]
        panel.refresh()
        menus = (panel.form.collector, panel.form.processor, panel.form.on)
        assert [menu.label for menu in menus] == [
            *("x (not there)", "mended (not there)", "readings (not there)")
        ]
        assert panel.code() == ""
        panel.try_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text == "'x' is not there any more; choose a collector that is"
        await bench.put(collector("x"))
        with pytest.raises(ValueError, match="'mended' is not there any more; choose a version"):
            await panel.try_out()
        panel.form.processor.value = "gallery:echo"
        with pytest.raises(ValueError, match="'readings' is not there any more; choose what to"):
            await panel.try_out()


@in_loop
async def test_without_a_collector_it_says_what_to_choose() -> None:
    """A first look at a new workbench."""
    async with a_bench() as bench:
        panel = TryOutPanel(bench)
        assert panel.static() == "<p>nothing was tried yet</p>"
        with pytest.raises(ValueError, match=r"^choose a collector first$"):
            await panel.try_out()
        with pytest.raises(ValueError, match=r"^nothing was tried yet; press Try out first$"):
            await panel.replace()


@in_loop
async def test_with_no_event_of_the_collector_it_says_so() -> None:
    """And is ready again."""
    async with a_panel() as (bench, panel):
        panel.try_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text == "nothing was sent yet; send a payload first (Send)"
        await bench.put(collector("other"))
        await give(bench, Payload(1, Delivery.KEY, keys=["other"]))
        panel.try_button.click()
        await eventually(
            lambda: "none of 1 event is done and has a result of 'x'" in panel.status.text
        )
        assert not panel.try_button.disabled
        assert not seen(panel.view)


@in_loop
async def test_it_tries_a_table_of_the_notebook() -> None:
    """The present version is run too; a row has its number instead of an event's."""
    tables: dict[str, Any] = {"readings": [1, -2, 300], "one": 1, "word": "ab"}
    async with a_panel(**tables) as (_, panel):
        assert [label for label, _ in panel.form.on.options] == [HISTORY, "readings (3 rows)"]
        panel.form.on.value = "readings"
        assert panel.code() == "await bench.try_out(mended, key='x', on=readings)"
        await panel.try_out()
        assert [cells[:2] for cells in shown(panel)] == [
            ["2", "✓ error went"],
            ["3", "✗ error came"],
        ]
        panel.view.rows.chosen = "1"
        await settle()
        assert panel.view.sides.parts[0]["heading"] == "row 2: payload"


@in_loop
async def test_it_tries_what_the_filter_lets_through() -> None:
    """Offered only where there is one; the code is the filter's own."""
    async with a_panel(1, -2, 300) as (bench, panel):
        assert FILTER not in [value for _, value in panel.form.on.options]
        panel.over = lambda: Chosen(list(bench.history)[1:2], "status Error", "failed")
        panel.refresh()
        panel.form.on.value = FILTER
        assert panel.code() == "await bench.try_out(mended, key='x', on=failed)"
        assert (await panel.try_out()).progress.total == 1
        assert text(panel.view.told) == "mended in 'x', on events with status Error"


@in_loop
async def test_without_a_lifecycle_the_box_is_disabled() -> None:
    """There is nothing to enter."""
    async with a_panel(1) as (_, panel):
        assert panel.form.lifecycle.disabled
        assert "nothing is shared" in text(panel.notes)
        assert "cannot be held back" in text(panel.notes)
