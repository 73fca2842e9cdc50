"""Tooltips: a field that has none gets an empty one, which the page does not show as "null"."""

import ipywidgets as w
from event_collector_widgets.panels.parts.tooltips import without_null


def test_what_has_no_tooltip_gets_an_empty_one_however_deep() -> None:
    """A tooltip stays, and a button shows its description where it has none."""
    text, told, button = w.Text(), w.Text(tooltip="a name"), w.Button(description="Go")
    without_null(w.VBox([w.HBox([text, told, button]), html := w.HTML()]))
    assert [each.tooltip for each in (text, told, button, html)] == ["", "a name", None, ""]
