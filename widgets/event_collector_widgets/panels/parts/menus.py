"""Menus that keep what was chosen while it is not there, and texts that can go to the page."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as w

type Option = tuple[str, Any]
"""What a menu shows, and what it stands for; an empty text is nothing chosen."""


def sendable(text: str) -> str:
    """A text that can go to the page: half a pair of surrogates is shown as its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


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
