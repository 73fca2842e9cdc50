"""What the form of a collector says of a field names it as the page does."""

import re
from typing import Any

import pytest
from event_collector_widgets import CollectorsPanel

from tests.support import in_loop, settle
from tests.widgets.benches import a_bench, text

_PYTHON = re.compile(r"None\b|\w_\w|>=|\bint\b|\bstr\b|\bfloat\b|Error")
"""What nobody can type there, or who knows no Python does not know."""

_NUMBERS = ["soon", "-1", "nan", "inf", "1_000", "1e400", "0x1"]
_BAD = {
    "topics": ['"torn', '"" ', '"a" b'],
    "context": ["limit", "limit =", "limit = x", "1 = 2", "a = 1\na = 2", "class = 1"],
    "timeout": [*_NUMBERS, "0"],
    "max_concurrency": [*_NUMBERS, "0", "1.5"],
    "batch_size": [*_NUMBERS, "0", "1.5"],
    "linger": [*_NUMBERS, "0.5"],
}
"""Bad input for each field that is typed; a linger alone is bad too. Any text can be a key."""


def label_of(field: Any) -> str:
    """A field's label without its unit."""
    return re.split("[,:]", field.description)[0]


def form_labels(panel: CollectorsPanel) -> list[str]:
    return [label_of(each) for each in panel.form.typed]


@pytest.mark.parametrize(
    ("name", "typed"), [(n, each) for n, all_ in _BAD.items() for each in all_]
)
@in_loop
async def test_what_is_wrong_with_a_field_is_told_in_the_words_of_the_page(
    name: str, typed: str
) -> None:
    """Before the click and at it: the field's label, and no word of Python."""
    async with a_bench() as bench:
        panel = CollectorsPanel(bench)
        field = getattr(panel.form, name)
        field.value = typed
        await settle()
        label = label_of(field)
        told = text(panel.note)
        assert label in told
        rest = told.replace(typed, "")
        for each in form_labels(panel):
            rest = rest.replace(each, "")
        assert not _PYTHON.search(rest), told
        panel.define_button.click()
        await settle()
        assert (panel.status.kind, panel.status.text) == ("error", told)
        assert not bench.collectors


@in_loop
async def test_every_field_that_is_typed_is_tried() -> None:
    async with a_bench() as bench:
        form = CollectorsPanel(bench).form
        menus = {id(form.lifecycle)}
        assert {id(each) for each in form.typed} - menus == {id(getattr(form, n)) for n in _BAD}
