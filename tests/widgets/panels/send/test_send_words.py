"""What the Send panel says of a field names it as the page does, in no words of Python."""

import re
from typing import Any

import pytest
from event_collector_widgets import SendPanel

from event_collector import Delivery, QueueType
from tests.support import in_loop, settle
from tests.widgets.benches import a_bench, text
from tests.widgets.panels.send.sending import press

_PYTHON = re.compile(
    r"None\b|\w_\w|[<>]=|\b(int|str|float|dict|list|delimiter|Expecting|Extra|Unterminated)\b|Error"
)
"""What nobody can type there, or who knows no Python does not know."""

_NUMBERS = ["soon", "nan", "inf", "1_000", "1e400", "0x1", "1.5", "--1"]
_BAD: dict[str, tuple[str, list[str]]] = {
    "value.text": (
        "the value",
        [
            *("", " ", "{", "{'a': 1}", "[1,", "[1,]", '"a', '"a\nb"', '"\\x"', '"\\u12"', "1 2"),
            *("{1: 2}", '{"a" 1}', '{"a": 1 "b"}', "NaN", "1e999", "9" * 5_000),
            *('{"a": 1, "a": 2}', "[" * 10_000),
        ],
    ),
    "copies": ("copies", [*_NUMBERS, "", "0", "-1", "10001"]),
    "names.priority": ("priority", _NUMBERS),
    "names.others": ("and", ["", ",", " , ,"]),
    "templates.name": ("save as ...", ["", "  "]),
}
"""Of each field that is typed what it is called on the page, and what cannot be."""


def field_of(panel: SendPanel, name: str) -> Any:
    part, _, own = name.rpartition(".")
    return getattr(getattr(panel, part) if part else panel, own)


def assert_plain(told: str, typed: str, label: str) -> None:
    """It names the field, and says nothing that is not said on the page."""
    assert label in told
    assert not _PYTHON.search(told.replace(typed.strip() or "\0", "")), told


@pytest.mark.parametrize(
    ("name", "typed"), [(name, each) for name, (_, bad) in _BAD.items() for each in bad]
)
@in_loop
async def test_what_is_wrong_with_a_field_is_told_in_the_words_of_the_page(
    name: str, typed: str
) -> None:
    """Before the click and at it; nothing is sent, and no template saved."""
    async with a_bench(queue_type=QueueType.PRIORITY) as bench:
        panel = SendPanel(bench)
        if name == "names.others":
            panel.names.delivery.value = Delivery.TOPIC
        await settle()
        field_of(panel, name).value = typed
        await settle()
        label = _BAD[name][0]
        if name == "templates.name":
            press(panel, "save")
        else:
            assert_plain(text(panel.preview), typed, label)
            assert panel.send_button.disabled
            panel.send_button.click()
        await settle()
        assert panel.status.kind == "error"
        assert_plain(panel.status.text, typed, label)
        assert bench.metrics().accepted == 0
        assert not bench.templates


@pytest.mark.parametrize("cell", [7, 1.5, ["a", 7], {"a": 1}, b"x", [""]])
@pytest.mark.parametrize("by", ["keys", "topics", "delivery"])
@in_loop
async def test_what_is_wrong_with_a_cell_names_its_column_and_what_it_is_for(
    by: str, cell: object
) -> None:
    """ "keys from" and "topics from" are what the menus of the columns are called."""
    async with a_bench(namespace={"rows": [{"at": cell}]}) as bench:
        panel = SendPanel(bench)
        panel.value.source.value = "table"
        await settle()
        panel.value.menu.value = "rows"
        await settle()
        modes = {"keys": Delivery.KEY, "topics": Delivery.TOPIC, "delivery": "column"}
        panel.names.delivery.value = modes[by]
        await settle()
        menu = getattr(panel.names, f"{by}_column")
        menu.value = "at"
        await settle()
        told = text(panel.preview)
        assert told.startswith(f"row 1: the {menu.description} column 'at' must be ")
        assert not _PYTHON.search(told), told


@in_loop
async def test_every_field_that_is_typed_is_tried() -> None:
    """What has a value that is a text, and is not a menu."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        typed = {id(each) for each in panel.children if type(each).__name__ in ("Text", "Textarea")}
        assert typed == {id(field_of(panel, name)) for name in _BAD}
