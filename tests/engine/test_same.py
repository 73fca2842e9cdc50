"""Equality: what is the same object is equal, and every answer is a bool."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from event_collector import Error, Ok, Payload, ResultList
from event_collector._same import same


class Silent:
    """Cannot say whether it is equal to something."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no idea")

    __hash__ = None  # type: ignore[assignment]


class Evasive(Silent):
    """Says something that is neither true nor false."""

    def __eq__(self, other: object) -> Any:
        return pd.NA

    __hash__ = None


class Counted:
    """Is asked, and counts how often."""

    asked = 0

    def __eq__(self, other: object) -> bool:
        Counted.asked += 1
        return False

    __hash__ = None  # type: ignore[assignment]


nan = float("nan")
CANNOT_SAY: list[Any] = [
    np.arange(3),
    np.arange(1),
    np.array([]),
    pd.DataFrame({"a": [1, 2]}),
    pd.DataFrame(),
    pd.Series([1.0, 2.0]),
    {"reading": np.arange(3)},
    [pd.DataFrame({"a": [1]})],
    Silent(),
    Evasive(),
    nan,
    pd.NA,
]


@pytest.mark.parametrize("value", CANNOT_SAY, ids=lambda value: type(value).__name__)
def test_what_holds_the_same_object_is_equal(value: Any) -> None:
    """A value that cannot say whether it is equal is equal to itself all the same."""
    for made in (Payload, Ok):
        one, other = made(value), made(value)
        assert (one == one) is True
        assert (one == other) is True
        assert (one != other) is False
    assert (ResultList([Ok(value)]) == ResultList([Ok(value)])) is True


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(3), np.arange(3)),
        (np.arange(1), np.arange(1)),
        (np.array([]), np.array([])),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]})),
        (pd.Series([1]), pd.Series([2, 3])),
        ({"a": np.arange(3)}, {"a": np.arange(3)}),
        (Silent(), Silent()),
        (Evasive(), Evasive()),
        (np.arange(3), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_cannot_say_are_unequal(one: Any, other: Any) -> None:
    """It is False, whatever `==` of theirs gives or raises."""
    assert same(one, other) is False
    for made in (Payload, Ok):
        assert (made(one) == made(other)) is False
        assert (made(one) != made(other)) is True
    assert (ResultList([Ok(one)]) == ResultList([Ok(other)])) is False


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (np.float64(1), 1, True),
        (np.float64(1), 2, False),
        ([1, {"a": (2,)}], [1, {"a": (2,)}], True),
        ("a", b"a", False),
    ],
)
def test_values_that_can_say_are_asked(one: Any, other: Any, equal: bool) -> None:
    """A bool of another kind, as numpy's, is made one."""
    assert same(one, other) is equal
    assert (Ok(one) == Ok(other)) is equal
    assert (Payload(one) == Payload(other)) is equal


def test_errors_are_equal_if_their_exceptions_are() -> None:
    """Exceptions are equal if they are the same object, unless their class says otherwise."""

    class FaultError(Exception):
        def __eq__(self, other: object) -> Any:
            return np.arange(2)

        __hash__ = None  # type: ignore[assignment]

    exc = ValueError(1)
    assert (Error(exc) == Error(exc)) is True
    assert (Error(exc) == Error(ValueError(1))) is False
    assert (Error(FaultError()) == Error(FaultError())) is False
    assert (Error(exc) == Ok(exc)) is False


def test_the_same_payload_asks_its_value_nothing() -> None:
    """Identity comes first: to find a payload in a list costs no comparison of its value."""
    payload = Payload(Counted())
    assert payload in [payload]
    assert Ok(payload.value) == Ok(payload.value)
    assert Counted.asked == 0
    assert payload != Payload(Counted(), keys=["a"])
    assert Counted.asked == 0
    assert payload != Payload(Counted())
    assert Counted.asked == 1
