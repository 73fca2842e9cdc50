"""check of one value: equal, at most, at least, in one line."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from event_collector_widgets import check

from tests.widgets.course.test_checks import NAN, says


@pytest.mark.parametrize(
    ("value", "criterion", "line"),
    [
        (3, {"equals": 3}, "the value is 3"),
        (0.1 + 0.2, {"equals": 0.3, "name": "sum"}, "sum is 0.30000000000000004"),
        (NAN, {"equals": NAN}, "the value is nan"),
        (None, {"equals": None}, "the value is None"),
        (np.array([1.0, 2]), {"equals": [1, 2.0]}, "the value is array([1., 2.])"),
        ({"a": (1, 0.3)}, {"equals": {"a": (1, 0.1 + 0.2)}}, "the value is {'a': (1, 0.3)}"),
        (pd.DataFrame({"a": [1]}), {"equals": pd.DataFrame({"a": [1]})}, None),
        (2.0, {"at_most": 2, "name": "p99 wait in s"}, "p99 wait in s is 2.0, at most 2"),
        (np.float64(0.3), {"at_least": 0.1 + 0.2}, None),
    ],
)
def test_a_value_that_is_right(
    value: Any, criterion: Any, line: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says what it is."""
    check(value, **criterion)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert printed == f"right: {line}\n" if line else printed.startswith("right: ")


@pytest.mark.parametrize(
    ("value", "criterion", "error"),
    [
        (4, {"equals": 3, "name": "consumers"}, "consumers is 4, expected 3"),
        (None, {"equals": 3, "name": "consumers"}, "consumers is not set yet, expected 3"),
        (..., {"equals": None}, "the value is not set yet, expected None"),
        (None, {"at_most": 2.0}, "the value is not set yet, expected at most 2.0"),
        ("3", {"equals": 3}, "the value is '3', expected 3"),
        (True, {"equals": 1}, "the value is True, expected 1"),
        ((1, 2), {"equals": [1, 2]}, "the value is (1, 2), expected [1, 2]"),
        (NAN, {"equals": 1.0}, "the value is nan, expected 1.0"),
        (2.1, {"at_most": 2.0, "name": "p99"}, "p99 is 2.1, expected at most 2.0"),
        (NAN, {"at_most": 2.0}, "the value is nan, expected at most 2.0"),
        (0.5, {"at_least": 0.9}, "the value is 0.5, expected at least 0.9"),
        ("2", {"at_most": 2}, "the value is '2' (str), expected a number, at most 2"),
        (
            [0] * 20,
            {"equals": [0] * 11 + [1] + [0] * 8},
            "the value is 0 at place 12, expected 1 there",
        ),
        (np.array([1, 2]), {"equals": [1, 3]}, "the value is array([1, 2]), expected [1, 3]"),
    ],
)
def test_a_value_that_is_wrong(value: Any, criterion: Any, error: str) -> None:
    """What it is, and what it should be; None and `...` are not answers yet."""
    says(error, value, **criterion)


def test_values_that_look_alike_are_told_apart() -> None:
    """By their types, or in words."""

    class Thing:
        def __repr__(self) -> str:
            return "thing"

    class Other(Thing):
        pass

    says("the value is thing (Thing), expected thing (Other)", Thing(), equals=Other())
    says("the value is thing, expected another thing", Thing(), equals=Thing())
