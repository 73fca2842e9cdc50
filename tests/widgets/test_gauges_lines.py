"""The small lines of the gauges, as SVG text."""

import re
import xml.etree.ElementTree as ET
from math import inf, nan

import pytest
from event_collector_widgets.gauges import line
from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.benches import NASTY


def test_a_line_goes_from_left_to_right_and_from_nothing_up() -> None:
    """Issue 13: small inline SVG lines; the same values give the same text."""
    drawn = line([0, 5, 10], 102, 22, label="queued")
    assert drawn == line([0, 5, 10], 102, 22, label="queued")
    assert '<path d="M1.0 21.0 L51.0 11.0 L101.0 1.0"/>' in drawn
    root = ET.fromstring(drawn)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "queued: now 10, at most 10"
    assert root.attrib["stroke"] == "currentColor"
    assert [part.text for part in root if part.tag == "title"] == ["queued: now 10, at most 10"]


@pytest.mark.parametrize(
    ("values", "words", "paths"),
    [
        ([], "nothing yet", 0),
        ([nan, nan], "nothing yet", 0),
        ([3], "now 3 ev/s, at most 3 ev/s", 0),
        ([0, 0], "now 0 ev/s, at most 0 ev/s", 1),
        ([1, nan, 2, 3], "now 3 ev/s, at most 3 ev/s", 2),
        ([1234567, nan], "at most 1.23e+06 ev/s", 1),
        ([inf, 1], "now 1 ev/s, at most 1 ev/s", 1),
    ],
)
def test_gaps_and_nothing_are_drawn_and_told(values: list[float], words: str, paths: int) -> None:
    """nan is a gap, not a fall to 0."""
    root = ET.fromstring(line(values, unit=" ev/s"))
    assert root.attrib["aria-label"] == words
    assert len([part for part in root if part.tag == "path"]) == paths


def test_a_value_between_gaps_is_a_line_as_long_as_a_step() -> None:
    """Not a dot, which nobody would take for a second of a line."""
    drawn = line([nan, 5, nan, 0], 32, 22)
    assert '<path d="M6.0 1.0 L16.0 1.0"/>' in drawn
    assert '<path d="M26.0 21.0 L31.0 21.0"/>' in drawn


def test_words_of_a_line_are_text() -> None:
    """A key may hold HTML."""
    drawn = line([1], label=NASTY)
    assert "<script" not in drawn
    assert ET.fromstring(drawn).attrib["aria-label"].startswith(NASTY)


@given(st.lists(st.floats(width=32) | st.integers(-5, 10**9)))
def test_every_line_is_within_its_picture(values: list[float]) -> None:
    """Whatever the values are."""
    numbers = re.findall(r"[ML](\S+) (\S+?)(?=[ \"])", line(values, 50, 20))
    assert all(0 <= float(x) <= 50 and 0 <= float(y) <= 20 for x, y in numbers)
