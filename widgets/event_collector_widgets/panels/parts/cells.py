"""Cells: a panel that a cell makes takes the place of the one that the cell made before.

ipywidgets keeps every widget until it is closed. A cell that makes a panel and is run again has
lost the output that showed the former one, which would be kept for nothing.
"""

import weakref
from typing import Any

import ipywidgets as w

from event_collector_widgets.kernel import running_cell
from event_collector_widgets.names import forget_outputs

_made: dict[tuple[str, type[w.Widget], str], tuple[str, "weakref.WeakSet[w.Widget]"]] = {}
"""By cell, class and workbench's name: the run, and what it has made."""


def made_here(panel: w.Widget, name: str) -> None:
    """Close those of its class for a workbench of this name that an earlier run has made here.

    Where the front end does not tell which cell it is, nothing is closed.
    """
    if (cell := running_cell()) is None:
        return
    place = (cell[0], type(panel), name)
    run, panels = _made.get(place, ("", None))
    if panels is None or run != cell[1]:
        former = list(panels or ())
        for each in former:
            each.close()
        forget_outputs(former)
        panels = weakref.WeakSet()
        _made[place] = (cell[1], panels)
    panels.add(panel)


def made_for_all(panel: w.Widget) -> None:
    """It belongs to no cell: none that is run again closes it."""
    for _, panels in _made.values():
        panels.discard(panel)


def close_parts(box: w.Widget) -> None:
    """Close all widgets in a widget, their layouts and styles too. It is not closed itself."""
    for part in parts_of(box):
        part.close()
        # A widget whose script is read from a file by anywidget is kept by that file for ever,
        # and would keep who observes it.
        part.unobserve_all()


def parts_of(box: w.Widget) -> list[w.Widget]:
    """All widgets in a widget, their layouts and styles too."""
    found: list[w.Widget] = []
    for name in box.keys:
        value: Any = getattr(box, name)
        for part in value if isinstance(value, list | tuple) else (value,):
            if isinstance(part, w.Widget):
                found += [*parts_of(part), part]
    return found
