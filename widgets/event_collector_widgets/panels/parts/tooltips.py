"""Tooltips of widgets that have none: the page would show "null" for them."""

import ipywidgets as w
from ipywidgets.widgets.widget_description import DescriptionWidget

_BUTTONS = w.ToggleButton | w.FileUpload
"""Their tooltip is their own, and there is no label."""


def without_null(box: w.Widget) -> None:
    """Give each field in a box that has no tooltip an empty one.

    ipywidgets writes the tooltip of a field into the title of its label as it is, so that a
    missing one becomes the word "null".
    """
    for each in getattr(box, "children", ()):
        field = isinstance(each, DescriptionWidget) and not isinstance(each, _BUTTONS)
        if field and each.tooltip is None:
            each.tooltip = ""
        without_null(each)
