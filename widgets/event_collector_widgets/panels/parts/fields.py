"""Small parts of panels: fields, menus and plain tables. No workbench in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import ipywidgets as w

from event_collector import CollectorEvent
from event_collector_widgets.panels.parts.menus import escaped


class Chosen(NamedTuple):
    """The events that something is made of: those that a filter lets through."""

    events: Sequence[CollectorEvent]
    words: str
    """Which they are, as "Error in 'validate'"; empty: all."""
    code: str
    """Code of one value for a cell that gives the same; empty: the workbench's history."""


def wide(**options: str) -> w.Layout:
    """A layout of its own for a field as wide as its panel."""
    return w.Layout(width="auto", **options)


def offer(menu: w.Dropdown | w.SelectMultiple, options: list[Any]) -> None:
    """Give a menu other options, keeping what is chosen as far as it is still offered."""
    if list(menu.options) == options:
        return
    chosen = menu.value
    values = [option[1] if isinstance(option, tuple) else option for option in options]
    with menu.hold_sync():
        menu.options = options
        if isinstance(menu, w.SelectMultiple):
            menu.value = tuple(value for value in chosen if value in values)
        elif values:
            menu.value = chosen if chosen in values else values[0]


def split_names(text: str) -> list[str]:
    """The names in a comma-separated field, each once, without the spaces around them."""
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def table(head: list[str], rows: list[list[str]], empty: str) -> str:
    """A small HTML table of plain texts, escaped; `empty` stands for no rows."""
    if not rows:
        return f'<div class="ec-empty">{escaped(empty)}</div>'
    cells = "".join(f'<th scope="col">{escaped(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="ec-table"><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>'
