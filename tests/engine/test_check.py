"""Checks of what a user passes: each refuses at once, with the value and what to do."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import _check

HUGE = f"1{'0' * 37}...{'0' * 39}"


def test_a_name_is_given_back() -> None:
    """A non-empty str passes as it is."""
    assert _check.name("door", "a key") == "door"


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (7, TypeError, "a key must be a str, got int: 7"),
        (None, TypeError, "a key must be a str, got NoneType: None"),
        (b"door", TypeError, "a key must be a str, got bytes: b'door'"),
        ("", ValueError, "a key must not be empty"),
    ],
)
def test_a_wrong_name_is_refused(value: object, error: type[Exception], message: str) -> None:
    """Decision 24: an empty or non-str key is refused."""
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        _check.name(value, "a key")


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["b", "a", "b"], ["b", "a", "b"]),
        (("b", "a"), ["b", "a"]),
        ((name for name in "ba"), ["b", "a"]),
        ({"b": 1, "a": 2}, ["b", "a"]),
        ({"b", "a", "c"}, ["a", "b", "c"]),
        (frozenset("bac"), ["a", "b", "c"]),
        ([], []),
    ],
)
def test_names_may_come_in_any_iterable(values: object, names: list[str]) -> None:
    """Names keep their order; those of a set are sorted, the same in every run (decision 26)."""
    assert _check.names(values, "key") == names


def test_names_are_a_new_list() -> None:
    """What the caller does to its list later changes nothing."""
    values = ["a"]
    assert _check.names(values, "key") is not values


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ("door", TypeError, "keys must be a list of str, got 'door'; write ['door']"),
        ("", TypeError, "keys must be a list of str, got ''; write ['']"),
        (b"door", TypeError, "keys must be a list of str, got bytes: b'door'"),
        (7, TypeError, "keys must be a list of str, got int: 7"),
        (None, TypeError, "keys must be a list of str, got NoneType: None"),
        (["door", 7], TypeError, "a key must be a str, got int: 7"),
        ({"door", 7}, TypeError, "a key must be a str, got int: 7"),
        (["door", ""], ValueError, "a key must not be empty"),
    ],
)
def test_wrong_names_are_refused(values: object, error: type[Exception], message: str) -> None:
    """Decision 24: a str where a list of keys belongs, and what else is not a list of str."""
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        _check.names(values, "key")


@given(st.integers(), st.integers())
def test_a_whole_number_passes_from_its_bound_on(value: int, at_least: int) -> None:
    """Decision 24: refused, never clamped."""
    if value >= at_least:
        assert _check.whole(value, "limit", at_least) == value
    else:
        message = f"limit must be >= {at_least}, got {value}"
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            _check.whole(value, "limit", at_least)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "limit must be an int, got bool: True"),
        (1.0, "limit must be an int, got float: 1.0"),
        ("1", "limit must be an int, got str: '1'"),
        (None, "limit must be an int, got NoneType: None"),
    ],
)
def test_what_is_no_whole_number_is_refused(value: object, message: str) -> None:
    """Decision 24: a bool, a float or a text is not taken for an int."""
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        _check.whole(value, "limit", 0)


@pytest.mark.parametrize("value", [0, 3, 0.25])
def test_seconds_are_given_back_as_a_float(value: float) -> None:
    """Decision 21: durations are float seconds."""
    seconds = _check.seconds(value, "timeout")
    assert type(seconds) is float
    assert seconds == value


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (-1, ValueError, "timeout must be a finite number of seconds >= 0, got -1"),
        (math.inf, ValueError, "timeout must be a finite number of seconds >= 0, got inf"),
        (math.nan, ValueError, "timeout must be a finite number of seconds >= 0, got nan"),
        (10**400, ValueError, f"timeout must be a finite number of seconds >= 0, got {HUGE}"),
        ("1", TypeError, "timeout must be a number of seconds, got str: '1'"),
        (True, TypeError, "timeout must be a number of seconds, got bool: True"),
    ],
)
def test_wrong_seconds_are_refused(value: object, error: type[Exception], message: str) -> None:
    """Decision 24: a negative, endless or meaningless duration."""
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        _check.seconds(value, "timeout")
