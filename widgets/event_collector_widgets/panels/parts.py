"""Small parts of panels: the style, fields and menus, tables, lines of code. No workbench in it."""

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

LONGEST_CODE = 2_000
"""How many characters of code are shown under a button at most."""

CSS = Path(__file__).with_name("panels.css")


def stylesheet() -> w.HTML:
    """The panels' style, to be laid beside them."""
    sheet = w.HTML(f"<style>{CSS.read_text(encoding='utf-8')}</style>")
    sheet.layout.display = "none"
    return sheet


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
        return f'<div class="ec-empty">{escape(empty)}</div>'
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="ec-table"><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>'


def code_line(code: str) -> str:
    """What a click does, as a line of code to copy into a cell."""
    if len(code) > LONGEST_CODE:
        return f'<div class="ec-note">code of {len(code):,} characters is not shown</div>'
    return f'<pre class="ec-code" title="the same in a cell">{escape(code)}</pre>' if code else ""
