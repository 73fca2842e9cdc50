"""Whether the kernel has what the page sees in a panel's fields."""

from typing import Any

import ipywidgets as w
import pytest
from event_collector_widgets.panels.parts.live import Said
from event_collector_widgets.panels.parts.typed import has_arrived

FIELDS = {
    "text:mine": lambda: w.Text("mine"),
    "text:one line": lambda: w.Text("one\n line"),
    "text:two\nlines": lambda: w.Textarea("two\r\nlines"),
    "menu:b": lambda: w.Dropdown(options=[("a", 1), ("b", 2)], value=2),
    "menu:": lambda: w.Dropdown(options=["a"], value=None),
    "menu:a\nc": lambda: w.SelectMultiple(options=["a", "b", "c"], value=["c", "a"]),
    "choice:key": lambda: w.ToggleButtons(options=["topic", "key"], value="key"),
    "switch:true": lambda: w.ToggleButton(value=True),
    "box:false": lambda: w.Checkbox(value=False),
}
"""What the page says of a field; and the field."""


@pytest.mark.parametrize("said", FIELDS, ids=repr)
def test_a_field_has_arrived_when_it_is_as_the_page_sees_it(said: str) -> None:
    """Wherever in the panel it stands."""
    panel = w.VBox([w.HTML("title"), w.HBox([FIELDS[said]()])])
    assert has_arrived(panel, [said])
    assert not has_arrived(panel, [said + "x"])


def test_each_field_is_one() -> None:
    """Another field that has the same text does not stand for it; hidden ones do no harm."""
    panel = w.VBox([w.Text("mine"), w.Text("m"), w.Button()])
    assert has_arrived(panel, ["text:mine"])
    assert not has_arrived(panel, ["text:mine", "text:mine"])


def test_the_line_of_a_panel_answers_whether_all_has_arrived() -> None:
    """To nobody but who asks; what else comes from a page is not answered."""
    line, field = Said("Panel"), w.Text("m")
    panel = w.VBox([field, line])
    line.hold_clicks(panel)
    sent: list[Any] = []
    line.send = lambda content, buffers=None: sent.append(content)
    asked = {"do": "ask", "of": 1, "typed": 4, "seen": ["text:mine"]}
    line._handle_custom_msg(asked, [])
    field.value = "mine"
    line._handle_custom_msg(asked, [])
    for other in (None, "ask", {"do": "ask"}, {"seen": "text:mine"}):
        line._handle_custom_msg(other, [])
    answer = {"do": "ask", "of": 1, "typed": 4, "seen": []}
    assert sent == [{**answer, "arrived": False}, {**answer, "arrived": True}]
