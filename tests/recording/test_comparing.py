"""same: whether two values are equal by what they hold, floats nearly."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from event_collector import Error, Ok, ResultList
from event_collector.recording import same, two_texts
from event_collector.recording.codec import Coded

SAME: list[tuple[Any, Any]] = [
    (0.1 + 0.2, 0.3),
    ([{"a": (math.nan, 1e-13)}], [{"a": (math.nan, 0.0)}]),
    (1, 1.0),
    (Ok(0.1 + 0.2), Ok(0.3)),
    (ResultList([Ok(1)]), ResultList([Ok(1.0)])),
    (Error(ValueError("a")), Error(ValueError("a"))),
    (np.array([1.0, 2.0]), [1, 2]),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]})),
    (Coded("Reading", [0.1 + 0.2]), Coded("Reading", [0.3])),
]

DIFFERENT: list[tuple[Any, Any]] = [
    (True, 1),
    (0.3, 0.3001),
    ([1], (1,)),
    ([1], [1, 2]),
    ({"a": 1}, {"b": 1}),
    (Ok(1), Error(ValueError(1))),
    (Error(ValueError("a")), Error(TypeError("a"))),
    (math.nan, None),
    (Coded("a", [1]), Coded("b", [1])),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=repr)
def test_what_holds_the_same_is_the_same(one: Any, other: Any) -> None:
    """Both ways round."""
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=repr)
def test_what_holds_something_else_is_not(one: Any, other: Any) -> None:
    """Both ways round; a bool is not a number."""
    assert not same(one, other)
    assert not same(other, one)


def test_two_texts_tell_values_apart() -> None:
    """Also where what differs is cut off in both."""
    assert two_texts(1, "1") == ("1", "'1'")
    one, other = two_texts([0] * 50 + [1], [0] * 50 + [2])
    assert (one.endswith("at place 51"), other) == (True, "2 there")
