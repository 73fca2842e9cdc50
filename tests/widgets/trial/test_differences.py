"""What counts as a difference between two results, and how it is told."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from event_collector_widgets.trial.differences import alike, change_between, in_words

from event_collector import Error, Ok


@dataclass
class Row:
    """Compared by its parts."""

    values: Any


class Plain:
    """Has no == of its own."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Raises:
    """Cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment]


class Odd:
    """Its == gives something that is not a bool."""

    def __eq__(self, other: object) -> Any:
        return "perhaps"

    __hash__ = None  # type: ignore[assignment]


ALIKE = [
    (1, 1.0),
    ("a", "a"),
    (math.nan, float("nan")),
    (np.float64("nan"), math.nan),
    (pd.NaT, pd.NaT),
    (pd.NA, pd.NA),
    ([1, float("nan")], [1, float("nan")]),
    ({"a": np.array([1.0, math.nan])}, {"a": np.array([1.0, math.nan])}),
    (np.array([[1, 2]]), np.array([[1.0, 2.0]])),
    (np.array([{"a": math.nan}], dtype=object), np.array([{"a": float("nan")}], dtype=object)),
    (np.array([]), np.array([])),
    (pd.DataFrame({"a": [1, None]}), pd.DataFrame({"a": [1, None]})),
    (pd.Series([1, 2]), pd.Series([1, 2])),
    (Row(np.array([1, 2])), Row(np.array([1, 2]))),
    (Plain([float("nan")]), Plain([float("nan")])),
    ((1, Ok([float("nan")])), (1, Ok([float("nan")]))),
    ({1, 2}, {2, 1}),
]

DIFFERENT = [
    (1, 2),
    (0.1 + 0.2, 0.3),
    (1, "1"),
    ([1, 2], (1, 2)),
    ([1, 2], [1, 2, 3]),
    ({"a": 1}, {"b": 1}),
    (np.array([1, 2]), np.array([1, 3])),
    (np.array([1, 2]), np.array([[1, 2]])),
    (np.array([1, 1]), 1),
    (np.array([1, 2, 3]), np.array([1, 2])),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
    (pd.DataFrame({"a": [1]}), None),
    (None, pd.DataFrame({"a": [1]})),
    (Row(1), Row(2)),
    (Plain(1), Plain(2)),
    (Plain(1), Row(1)),
    (Raises(), Raises()),
    (Odd(), Odd()),
    (math.nan, None),
    (math.nan, 1.0),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_values_are_alike_by_what_they_hold(one: Any, other: Any) -> None:
    """Nan is nan, and arrays and tables count as a whole; both ways round."""
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_values_differ(one: Any, other: Any) -> None:
    """What cannot be compared is different, and nothing is rounded."""
    assert not alike(one, other)
    assert not alike(other, one)


def test_what_has_become_of_a_result() -> None:
    """An error may go, come or change; the address of an object is not a change."""
    bad = Error(ValueError("bad"))
    assert change_between(Ok(1), Ok(1)) == "same"
    assert change_between(Ok(1), Ok(2)) == "value changed"
    assert change_between(bad, Ok(1)) == "error went"
    assert change_between(Ok(1), bad) == "error came"
    assert change_between(bad, Error(ValueError("bad"))) == "same"
    assert change_between(bad, Error(ValueError("worse"))) == "error changed"
    assert change_between(bad, Error(TypeError("bad"))) == "error changed"
    assert change_between(Error(KeyError(object())), Error(KeyError(object()))) == "same"


def test_a_class_that_was_defined_again_is_the_same_to_a_notebook() -> None:
    """Running the cell again makes another class of the same name."""

    def cell() -> Any:
        class ReadingError(Exception):
            pass

        @dataclass
        class Reading:
            value: int

        return ReadingError, Reading

    (error, reading), (error_again, reading_again) = cell(), cell()
    assert change_between(Error(error("low")), Error(error_again("low"))) == "same"
    assert alike(reading(1), reading_again(1))
    assert not alike(reading(1), reading_again(2))


def test_the_summary_is_one_line_in_words() -> None:
    """Issue 13: "12 of 17,884 results differ"."""
    counts = {"same": 17_872, "error went": 5, "value changed": 7}
    assert in_words(counts) == "12 of 17,884 results differ: 5 errors went, 7 values changed"
    assert in_words({"same": 1}) == "0 of 1 result differs"
    assert in_words({}) == "0 of 0 results differ"
    one = {"error came": 1, "error changed": 2}
    assert in_words(one) == "3 of 3 results differ: 1 error came, 2 errors changed"
