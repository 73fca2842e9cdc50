"""The small parts of panels: menus that keep a choice, and names in a field."""

import ipywidgets as w
import pytest
from event_collector_widgets.panels.parts.fields import offer, split_names


@pytest.mark.parametrize(
    ("before", "after", "kept"), [(["a", "b"], ["c", "b"], "b"), (["a", "b"], ["c"], "c")]
)
def test_a_menu_keeps_what_was_chosen(before: list[str], after: list[str], kept: str) -> None:
    """Other options do not change the choice, unless it is gone."""
    menu = w.Dropdown(options=before, value="b")
    offer(menu, after)
    assert menu.value == kept
    offer(menu, [])
    assert menu.value is None


def test_a_menu_of_several_keeps_those_still_offered() -> None:
    """Only what is gone is taken out of the choice."""
    menu = w.SelectMultiple(options=["a", "b", "c"], value=("a", "c"))
    offer(menu, ["c", "d"])
    assert menu.value == ("c",)


def test_names_in_a_field_are_separated_by_commas() -> None:
    """Each once, without the spaces around them, and nothing empty."""
    assert split_names(" a, b c ,,a, ") == ["a", "b c"]
    assert split_names("") == []
