"""Whether two values are the same to a learner: floats nearly, and nan is nan."""

import math
from numbers import Real
from typing import Any

from event_collector import Error, Ok
from event_collector._text import one_line

RELATIVE = 1e-9
"""How far two floats may differ, as a part of the larger one."""
ABSOLUTE = 1e-12
"""How far two floats may differ near zero, in their own unit."""


def same(actual: Any, expected: Any) -> bool:
    """Whether two values are equal, by what they hold.

    A float is equal to a number that is as near as `math.isclose` has it, and nan to nan. A bool
    is not a number. Lists, tuples, dicts, Oks and ResultLists are compared part by part, Errors by
    their exceptions, and a numpy array or a pandas Series as the list of its values. What cannot
    be compared is different.
    """
    if actual is expected:
        return True
    try:
        return _same(_plain(actual), _plain(expected))
    except Exception:
        return False


def _same(actual: Any, expected: Any) -> bool:
    if isinstance(actual, bool) or isinstance(expected, bool):
        return type(actual) is type(expected) and actual == expected
    if isinstance(actual, Real) and isinstance(expected, Real):
        return near(actual, expected)
    for kind in (list, tuple):
        if isinstance(actual, kind) and isinstance(expected, kind):
            return len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(
            same(actual[key], expected[key]) for key in expected
        )
    if isinstance(actual, Ok) and isinstance(expected, Ok):
        return same(actual.value, expected.value)
    if isinstance(actual, Error) and isinstance(expected, Error):
        return type(actual.exception) is type(expected.exception) and repr(
            actual.exception
        ) == repr(expected.exception)
    if hasattr(actual, "equals"):  # a pandas table
        return bool(actual.equals(expected))
    return bool(actual == expected)


def near(actual: Real, expected: Real) -> bool:
    """Whether two numbers are equal, or one is a float and they are as good as equal."""
    if isinstance(actual, float) or isinstance(expected, float):
        if math.isnan(actual) or math.isnan(expected):
            return math.isnan(actual) and math.isnan(expected)
        return math.isclose(actual, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(actual == expected)


def two_texts(actual: object, expected: object) -> tuple[str, str]:
    """Both values in one line each, with what tells them apart if that is not seen in them."""
    first, second = one_line(actual), one_line(expected)
    if first != second:
        return first, second
    if type(actual) is not type(expected):
        return f"{first} ({type(actual).__name__})", f"{second} ({type(expected).__name__})"
    if isinstance(actual, list | tuple) and isinstance(expected, list | tuple):
        if len(actual) != len(expected):
            return f"{first} ({len(actual)} long)", f"{second} ({len(expected)} long)"
        for place, (one, other) in enumerate(zip(actual, expected, strict=True), 1):
            if not same(one, other):
                texts = two_texts(one, other)
                return f"{texts[0]} at place {place}", f"{texts[1]} there"
    return first, f"another {second}"


def _plain(value: Any) -> Any:
    """A value of Python's own for one of numpy, and a list for an array or a Series."""
    listed = None if isinstance(value, type) else getattr(value, "tolist", None)
    return value if listed is None else listed()
