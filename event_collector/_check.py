"""Checks of what a user passes: each raises at once, with the value and what to do."""

import sys
from collections.abc import Iterable

from event_collector._text import one_line

LARGEST = sys.float_info.max
"""The largest finite float. Comparing with it is safe for an int of any size."""


def name(value: object, what: str) -> str:
    """A non-empty str.

    Raises:
        TypeError: It is not a str.
        ValueError: It is empty.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, got {type(value).__name__}: {one_line(value)}")
    if not value:
        raise ValueError(f"{what} must not be empty")
    return value


def names(values: object, what: str) -> list[str]:
    """A list of non-empty strs, from any list, tuple, set or other iterable but a str.

    A set has no order that is the same in every run, so its strs are sorted.

    Raises:
        TypeError: It is a str, cannot be iterated, or holds something else than a str.
        ValueError: It holds an empty str.
    """
    if type(values) is list:  # the usual case, and the way of every payload that has keys
        for value in values:
            if type(value) is not str or not value:
                break
        else:
            return values.copy()
    if isinstance(values, str):
        raise TypeError(f"{what}s must be a list of str, got {values!r}; write [{values!r}]")
    if not isinstance(values, Iterable) or isinstance(values, bytes):
        raise TypeError(
            f"{what}s must be a list of str, got {type(values).__name__}: {one_line(values)}"
        )
    checked = [name(value, f"a {what}") for value in values]
    return sorted(checked) if isinstance(values, set | frozenset) else checked


def whole(value: object, what: str, at_least: int) -> int:
    """An int that is large enough.

    Raises:
        TypeError: It is not an int, or is a bool.
        ValueError: It is smaller than `at_least`.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} must be an int, got {type(value).__name__}: {one_line(value)}")
    if value < at_least:
        raise ValueError(f"{what} must be >= {at_least}, got {one_line(value)}")
    return value


def seconds(value: object, what: str, *, bound: str = ">= 0") -> float:
    """A duration: a finite number of seconds, 0 or more.

    Raises:
        TypeError: It is not a number.
        ValueError: It is negative, infinite or not a number.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(
            f"{what} must be a number of seconds, got {type(value).__name__}: {one_line(value)}"
        )
    if not 0 <= value <= LARGEST:
        raise ValueError(
            f"{what} must be a finite number of seconds {bound}, got {one_line(value)}"
        )
    return float(value)


def duration(value: object, what: str) -> float:
    """A finite number of seconds above 0.

    Raises:
        TypeError: It is not a number.
        ValueError: It is 0, negative, infinite or not a number.
    """
    if (checked := seconds(value, what, bound="above 0")) == 0:
        raise ValueError(f"{what} must be above 0 s, got {value}; use None for no limit")
    return checked
