"""The filters: fields that keep what was chosen, what they select, and the same as code."""

from typing import Any

import pytest
from event_collector_widgets.panels.results.filters import Filters
from event_collector_widgets.selection import Selection

from event_collector import Delivery, Payload
from tests.support import in_loop
from tests.widgets.benches import NASTY, a_bench, collector, give, run_cell


def test_at_first_they_let_everything_through() -> None:
    """Each menu says what it is about."""
    filters = Filters()
    assert filters.selection(100.0) == Selection()
    labels = [field.options[0][0] for field in filters.fields[:4]]
    assert labels == ["any collector", "any status", "any delivery", "any time"]
    assert all(field.description for field in filters.fields)


def test_what_is_chosen_is_selected() -> None:
    """All five together; the time is counted back from now."""
    filters = Filters()
    filters.offer(["x", "y"])
    filters.collector.value, filters.state.value = "y", "Error"
    filters.delivery.value, filters.time.value = Delivery.KEY, 60.0
    filters.text.value = "O"
    assert filters.selection(100.0) == Selection("y", "Error", Delivery.KEY, 40.0, "O")


def test_a_collector_that_is_gone_stays_chosen_and_is_marked() -> None:
    """The history still has its results. It is not marked any more when it comes back."""
    filters = Filters()
    filters.offer(["x", "y"])
    filters.collector.value = "y"
    filters.offer(["x"])
    assert filters.collector.value == "y"
    assert filters.collector.label == "y (not there)"
    filters.forget()
    filters.offer(["z"])
    assert [label for label, _ in filters.collector.options] == [
        "any collector",
        "z",
        "y (not there)",
    ]
    filters.offer(["z", "y"])
    assert (filters.collector.value, filters.collector.label) == ("y", "y")
    filters.collector.value = ""
    filters.forget()
    filters.offer(["z"])
    assert [value for _, value in filters.collector.options] == ["", "z"]


def test_a_key_of_any_kind_can_be_chosen() -> None:
    """Blank, with line ends, long: the menu shows a short line, and selects the key itself."""
    filters = Filters()
    keys = [" ", NASTY, f"a\nb{'c' * 100}"]
    filters.offer(keys)
    for key in keys:
        filters.collector.value = key
        assert filters.selection(0.0).collector == key
    assert all(0 < len(label) <= 40 for label, _ in filters.collector.options)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(collector="y"),
        Selection(status="Error", text="'\"\\ \u2028"),
        Selection(delivery=Delivery.KEY),
        Selection(since=0.0, text="1"),
    ],
)
@in_loop
async def test_the_code_gives_the_same_events(selection: Selection) -> None:
    """Run in a cell, over the same history."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await bench.put(collector("y"))
        for value in (1, None, "'\"\\ \u2028", 21):
            await give(bench, Payload(value))
            await give(bench, Payload(value, Delivery.KEY, keys=["x"]))
        code = selection.call()
        cell: dict[str, Any] = await run_cell(f"events = {code}", bench=bench)
        assert cell["events"] == [event for event in bench.history if selection.matches(event)]
