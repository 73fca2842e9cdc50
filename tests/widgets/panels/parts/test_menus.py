"""Menus: what was chosen stays while it is not there, and texts that can go to the page."""

import ipywidgets as w
from event_collector_widgets.panels.parts.menus import offer_still, options_of, sendable
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.lists(st.sampled_from("abcdef"), unique=True)


@given(before=NAMES, after=NAMES, data=st.data())
def test_a_menu_of_several_keeps_its_choice_whatever_is_offered(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    """What is gone is marked, and is what it was when it comes back."""
    menu = w.SelectMultiple(options=options_of(before))
    chosen = tuple(name for name in before if data.draw(st.booleans()))
    menu.value = chosen
    offer_still(menu, options_of(after))
    assert set(menu.value) == set(chosen)
    marked = [label for label, _ in menu.options if label.endswith("(not there)")]
    assert marked == [f"{name} (not there)" for name in chosen if name not in after]
    offer_still(menu, options_of(before))
    assert menu.value == chosen
    assert list(menu.options) == options_of(before)


@given(before=NAMES, after=NAMES, data=st.data())
def test_a_menu_of_one_keeps_its_choice(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    """Nothing chosen is an option of its own, and stays that."""
    none = ("none", "")
    menu = w.Dropdown(options=[none, *options_of(before)], value="")
    menu.value = chosen = data.draw(st.sampled_from(["", *before]))
    offer_still(menu, [none, *options_of(after)])
    assert menu.value == chosen
    offer_still(menu, [none, *options_of(before)])
    assert menu.value == chosen
    assert list(menu.options) == [none, *options_of(before)]


def test_a_menu_without_a_choice_takes_the_first() -> None:
    """As it begins, and when nothing was there before."""
    menu = w.Dropdown()
    offer_still(menu, options_of(["a", "b"]))
    assert menu.value == "a"
    offer_still(menu, options_of([]))
    assert menu.value == "a"
    assert menu.options == (("a (not there)", "a"),)


@given(st.text(st.characters()))
def test_any_text_can_go_to_the_page(text: str) -> None:
    """What can be seen is not changed; what cannot is shown as its escape, as by `repr`."""
    sendable(text).encode()
    if text.isprintable():
        assert sendable(text) == text
    assert sendable("key\u202etxt\u200b\x1b\n\té") == "key\\u202etxt\\u200b\\x1b\n\té"
    assert sendable("ü\ud800") == "ü\\ud800"
