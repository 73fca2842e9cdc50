"""JSON that is typed: its value, the place of each mistake, and the same as Python code."""

import json
import math
import re
from typing import Any

import pytest
from event_collector_widgets.panels.parts.json_text import as_json, json_code, read_json
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: "Infinity" not in json.dumps(value))


@given(JSON)
def test_a_value_written_as_json_is_read_back_the_same(value: Any) -> None:
    """Types too: the text is what a person may change."""
    text = as_json(value)
    assert text is not None
    text.encode()
    assert repr(read_json(text)) == repr(value)


@given(JSON)
def test_the_code_gives_the_value(value: Any) -> None:
    """As a cell would: by Python's own reader."""
    code = json_code(json.dumps(value))
    assert code is not None
    assert repr(eval(code, {"json": json})) == repr(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n  "a": 1,\n  "b" 2}', "a colon is missing at line 3, column 7"),
        ('["NaN", NaN]', "NaN at line 1, column 9; write null, or a text"),
        (
            '{"\\"Infinity": 1,\n -Infinity: 2}',
            "a name in double quotes is missing at line 2, column 2",
        ),
        ("[1,\n-Infinity]", "-Infinity at line 2, column 1; write null"),
        ("[1.5,\n\n 1e999]", "a number at line 3, column 2 is too large; write it as a text"),
        ("[" + "9" * 5_000 + "]", "a number at line 1, column 2 has 5,000 digits"),
        (
            "[cold]",
            'a value is missing at line 1, column 2; texts need double quotes, as in "cold"',
        ),
        ("1 2", "something follows it at line 1, column 3"),
        ("[" * 100_000, "it is nested too deeply"),
        ("x" * 10_000_001, "the text has 10,000,001 characters, at most 10,000,000 are taken"),
    ],
    ids=range(10),
)
def test_a_mistake_is_told_with_its_line_and_column(text: str, said: str) -> None:
    """Both counted from 1; also where Python reads what JSON has not."""
    with pytest.raises(ValueError, match=re.escape(said)):
        read_json(text)


def test_quotes_are_spoken_of_only_where_a_text_may_be_meant() -> None:
    """A comma too many has nothing to do with them."""
    for text, meant in {"[1, 2,, 3]": False, "{'a': 1}": True, "[1,]": False, "[_a]": True}.items():
        with pytest.raises(ValueError, match="the value is not JSON") as raised:
            read_json(text)
        assert ("texts need double quotes" in str(raised.value)) is meant


@given(st.text())
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    """Nothing but a ValueError that says something, whatever is typed."""
    said = ""
    try:
        assert read_json(text) == json.loads(text)
    except ValueError as exc:
        said = str(exc)
    assert not said or re.match(
        r"the value is (?:not JSON.*: |empty; write JSON).+", said, re.DOTALL
    )


def test_what_json_has_not_is_not_written() -> None:
    """It would come back as something else, or not at all."""
    for value in ((1,), {1: 2}, math.nan, [math.inf], {"a": {1}}, b"x", 10**5_000):
        assert as_json(value) is None


def test_what_is_long_deep_or_without_end_is_not_written() -> None:
    """A field is no place for it; and looking takes no time without end."""
    circle: list[Any] = []
    circle.append(circle)
    doubled: list[Any] = []
    for _ in range(60):
        doubled = [doubled, doubled]
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]
    for value in (circle, doubled, deep, "x" * 300_000):
        assert as_json(value) is None


def test_code_of_deep_json_can_be_compiled() -> None:
    """Python takes 200 brackets in each other, JSON more."""
    text = "[" * 300 + "]" * 300
    code = json_code(text)
    assert code is not None
    assert eval(code, {"json": json}) == json.loads(text)
    assert json_code('"' + "x" * 200_000 + '"') is None


def test_a_name_that_stands_twice_is_refused_with_its_place() -> None:
    """Python would drop the first of the two values."""
    with pytest.raises(ValueError, match="gives 'a' again at line 2, column 15; leave one"):
        read_json('{"b": [{"a":1,\n "x":{"a":3}, "a" : 2}]}')
    assert read_json('{"a": {"a": ["a", "a"]}, "b": {"a": 1}}')["a"] == {"a": ["a", "a"]}
