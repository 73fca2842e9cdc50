"""Menus that keep what was chosen while it is not there, and texts that can go to the page."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as w

_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f]"
)

type Option = tuple[str, Any]
"""What a menu shows, and what it stands for; an empty text is nothing chosen."""


def sendable(text: str) -> str:
    """A text that can go to the page, and is read there as it is.

    What is not seen is shown as its escape, as Python's repr has it: controls, characters without
    a width, and those that turn the direction of the text after them, so that a key reads as
    another one. Half a pair of surrogates cannot go to the page at all. Line ends and tabs stay.
    """
    if text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: repr(found[0])[1:-1], text)


def escaped(text: str) -> str:
    """A text as HTML, in an element or an attribute: read as it is, and fit to go to the page."""
    return escape(sendable(text))


def options_of(names: Sequence[str]) -> list[Option]:
    """An option for each name."""
    return [(sendable(name), name) for name in names]


def offer_still(menu: w.Dropdown | w.SelectMultiple, options: list[Option]) -> None:
    """Offer other options. What is chosen and not among them stays, marked "(not there)"."""
    several = isinstance(menu, w.SelectMultiple)
    chosen = menu.value if several else (menu.value,)
    there = {value for _, value in options}
    gone = [each for each in chosen if each and each not in there]
    options = options + [(f"{sendable(str(each))} (not there)", each) for each in gone]
    if list(menu.options) == options:
        return
    with menu.hold_sync():
        menu.options = options
        if several:
            menu.value = chosen
        elif options:
            menu.value = chosen[0] if chosen[0] in there or gone else options[0][1]


def show(field: w.Widget, shown: bool) -> None:
    """Show a field, or do not."""
    field.layout.display = None if shown else "none"
