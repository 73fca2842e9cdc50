"""Values written out in full: whole, and bounded, with the bound told and lifted."""

import ast
import time
from typing import Any

import pytest
from event_collector_widgets.panels.parts.written import LIMIT, MOST, in_full, shortened
from hypothesis import given
from hypothesis import strategies as st

_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple),
)


@given(_plain)
def test_what_is_written_is_the_value(value: Any) -> None:
    """Broken into lines or not, Python reads the same value from it."""
    text, note, more = in_full(value)
    assert ast.literal_eval(text) == value
    assert (note, more) == ("", False)


def test_what_does_not_fit_in_a_line_is_broken() -> None:
    """A key a line, and lists within dicts alike."""
    value = {"city": "seattle", "temps": list(range(40)), "none": ()}
    lines = in_full(value)[0].splitlines()
    assert lines[:4] == ["{", "  'city': 'seattle',", "  'temps': [", "    0,"]
    assert lines[-3:] == ["  ],", "  'none': ()", "}"]
    assert in_full({"city": "seattle"})[0] == "{'city': 'seattle'}"


def test_a_long_text_is_cut_and_the_cut_is_told_and_lifted() -> None:
    """Fault 4: all of it can be had."""
    value = "a" * 1_234_567
    text, note, more = in_full(value)
    assert text == repr("a" * LIMIT)
    assert (note, more) == ("20,000 of 1,234,567 characters", True)
    assert in_full(value, everything=True) == (repr(value), "", False)


def test_a_page_takes_five_million_characters() -> None:
    """What is lifted has an end too, which is told and offers no more."""
    text, note, more = in_full("a" * (MOST + 10), everything=True)
    assert len(text) == MOST
    assert (note, more) == ("5,000,000 of 5,000,012 characters, as many as a page takes", False)


def test_a_large_container_takes_no_time_until_it_is_asked_for() -> None:
    """Its beginning is shown; its whole text is not made for that."""
    value = {"rows": [{"hour": number, "temp": 39.4} for number in range(1_000_000)]}
    began = time.perf_counter()
    text, note, more = in_full(value)
    assert time.perf_counter() - began < 0.5
    assert text.startswith("{'rows': [{'hour': 0, 'temp': 39.4}, {'hour': 1")
    assert len(text) <= LIMIT
    assert (note, more) == ("shortened: it has more than 100,000 items and characters", True)


class _Raises:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class _NoText:
    def __repr__(self) -> str:
        return 3  # type: ignore[return-value]


def _in_itself() -> Any:
    value: list[Any] = ["x" * 100]
    value.append(value)
    return value


def _deep() -> Any:
    value: list[Any] = ["x" * 100]
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("made", [_Raises, _NoText, _in_itself, _deep])
@pytest.mark.parametrize("everything", [False, True])
def test_what_cannot_be_written_is_named(made: Any, everything: bool) -> None:
    """A repr that raises, a container in itself, one deeper than Python goes."""
    text, _, _ = in_full({"it": made(), "more": "y" * 100}, everything=everything)
    assert text
    assert len(text) < 5_000


def test_a_text_that_fits_is_left_alone() -> None:
    """Line ends and all."""
    assert shortened("a\nb") == ("a\nb", "", False)
    assert shortened("a" * 20_001) == ("a" * LIMIT, "20,000 of 20,001 characters", True)
