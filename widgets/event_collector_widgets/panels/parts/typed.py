"""Typed: whether all has arrived that was typed and chosen in the fields of a panel.

A page tells each field's changes by the field's own messages, and a click by the button's. They may
overtake each other: a field waits until the kernel has seen to its last change before it sends the
next, and JupyterLab sends the first message of each widget to the kernel's main shell, and those
that follow to a subshell, which is another thread. So before a click goes out the page says what
stands in the panel's fields, and asks again until that is what the kernel has.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import ipywidgets as w


def has_arrived(panel: w.Widget, seen: Iterable[Any]) -> bool:
    """Whether the fields of a panel have what the page sees in them, as `said.js` writes it."""
    here = Counter(said for part in _within(panel) if (said := _said(part)) is not None)
    return Counter(map(str, seen)) <= here


def _within(box: w.Widget) -> Iterator[w.Widget]:
    for part in getattr(box, "children", ()):
        yield part
        yield from _within(part)


def _said(field: w.Widget) -> str | None:
    """A field's kind and what stands in it, as the page writes it; None for what is not one."""
    match field:
        case w.Textarea():
            return f"text:{field.value}".replace("\r\n", "\n").replace("\r", "\n")
        case w.Text():  # a field of one line leaves out what would be more
            return f"text:{field.value}".replace("\r", "").replace("\n", "")
        case w.ToggleButton():
            return f"switch:{field.value}".lower()
        case w.Checkbox():
            return f"box:{field.value}".lower()
        case w.ToggleButtons():
            return f"choice:{field.label or ''}"
        case w.SelectMultiple():
            return "menu:" + "\n".join(sorted(field.label, key=_in_the_page))
        case w.Dropdown():
            return f"menu:{field.label or ''}"
    return None


def _in_the_page(label: str) -> bytes:
    """By what JavaScript sorts texts."""
    return label.encode("utf-16-be", "surrogatepass")
