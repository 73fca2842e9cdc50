"""Numbers as a person reads them, and as a person types them."""

from math import nan

import pytest
from event_collector_widgets.numbers import count, duration, rate, typed_count, typed_number
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (nan, "–"),  # noqa: RUF001 - an en dash
        (0, "0 s"),
        (2e-9, "0.002 µs"),
        (4.56e-7, "0.456 µs"),
        (1.2345e-5, "12.3 µs"),
        (0.0009996, "1 ms"),
        (0.0523, "52.3 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (99.4, "99.4 s"),
        (99.6, "2 min"),
        (7_000, "117 min"),
        (7_200, "2 h"),
        (3.6e6, "1,000 h"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, told: str) -> None:
    """Three figures at most."""
    assert duration(seconds) == told


@given(st.floats(0, 1e9))
def test_no_duration_or_rate_is_told_with_an_exponent(value: float) -> None:
    """A person reads it."""
    assert "e" not in duration(value).replace("min", "")
    assert "e" not in rate(value)


@pytest.mark.parametrize(
    ("per_second", "told"),
    [(nan, "–"), (0, "0 /s"), (0.1234, "0.123 /s"), (12.34, "12.3 /s"), (210_249.1, "210,249 /s")],  # noqa: RUF001
)
def test_a_rate_is_per_second(per_second: float, told: str) -> None:
    """A dash where there is nothing to tell it from."""
    assert rate(per_second) == told


def test_a_noun_agrees_with_its_number() -> None:
    """1 event, 1,000 events."""
    assert [count(1, "event"), count(0, "event"), count(1_000, "event")] == [
        *("1 event", "0 events", "1,000 events")
    ]


@pytest.mark.parametrize(("text", "number"), [("", None), (" none ", None), (" 12 ", 12)])
def test_an_empty_field_says_none(text: str, number: int | None) -> None:
    """So does the word."""
    assert typed_number(text, "x", int) == number


def test_a_typed_number_may_have_commas() -> None:
    """As the panels show it."""
    assert typed_number("1,000", "x", int) == 1_000
    assert typed_number("2.5", "x", float) == 2.5
    assert typed_number("1e-3", "x", float) == 0.001


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(("2.5", int), ("two", int), ("1e3", int), ("1,5", int), ("1_000", int), ("1,0000", int)),
        *(("two", float), ("nan", float), ("inf", float), ("1e999", float), ("1_0", float)),
    ],
)
def test_what_is_not_a_number_is_told(text: str, kind: type[int]) -> None:
    """With the field's name, and the text."""
    kinds = "a whole number" if kind is int else "a number"
    with pytest.raises(ValueError, match=f"x must be {kinds}, or the field empty, got '{text}'"):
        typed_number(f" {text} ", "x", kind)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.7", "1e3", "none", "three"])
def test_how_many_is_never_guessed(text: str) -> None:
    """What is not a whole number of at least 1 is refused, with the value."""
    got = repr(text) if text else "nothing"
    said = f"^events must be a whole number of 1 or more, got {got}$"
    with pytest.raises(ValueError, match=said):
        typed_count(f" {text}", "events")
    assert typed_count(" 1,000 ", "events") == 1_000


def test_a_field_that_may_not_be_empty_does_not_offer_that() -> None:
    """And what is too much, or endless, is refused in a line."""
    with pytest.raises(ValueError, match=r"^x must be a whole number, got nothing$"):
        typed_number(" ", "x", int, needed=True)
    with pytest.raises(ValueError, match=r"^x must be a number, got 'none'$"):
        typed_number("none", "x", float, needed=True)
    with pytest.raises(ValueError, match=r"^x must be at most 1,000, got '1001'$"):
        typed_count("1001", "x", 1_000)
    with pytest.raises(ValueError, match=r"^x must be at most 1,000, got '9{20,40}\.\.\.$"):
        typed_count("9" * 3_000, "x", 1_000)
