"""Ok, Error and ResultList: what they hold, give, refuse and show."""

import asyncio
import re
from types import EllipsisType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Error, Ok, Result, ResultList

results = st.builds(Ok, st.integers()) | st.builds(Error, st.builds(ValueError, st.text()))
keys = st.none() | st.text(min_size=1)
keyed = st.lists(st.tuples(results, keys))


def raised(exception: Exception) -> Exception:
    """The exception, after it was raised here."""
    try:
        raise exception
    except Exception as exc:
        return exc


def test_a_result_is_matched_as_ok_or_error() -> None:
    """G: match tells Ok(value) from Error(exception)."""
    said: list[object] = []
    for result in (Ok(21), Error(ValueError("too hot"))):
        match result:
            case Error(exception):
                said.append(str(exception))
            case Ok(value):
                said.append(value)
    assert said == [21, "too hot"]


def test_a_result_is_an_ok_or_an_error_and_nothing_else() -> None:
    """H: a Result says whether the processing is Ok or an Error; isinstance knows it."""
    assert isinstance(Ok(1), Result)
    assert isinstance(Error(ValueError()), Result)
    assert not isinstance(1, Result)


def test_unwrap_gives_the_value_or_raises_the_exception() -> None:
    """H: whoever wants an exception to be raised has it raised, the same object."""
    failure = ValueError("too hot")
    assert Ok(21).unwrap() == 21
    with pytest.raises(ValueError, match=r"^too hot$") as caught:
        Error(failure).unwrap()
    assert caught.value is failure


def test_results_are_equal_when_what_they_hold_is() -> None:
    """An Ok is never equal to an Error or to its bare value."""
    failure = ValueError()
    assert Ok(1) == Ok(1)
    assert Ok(1) != Ok(2)
    assert Error(failure) == Error(failure)
    assert Error(failure) != Error(ValueError())
    assert Ok(failure) != Error(failure)
    assert (Ok(1) == 1) is False


@pytest.mark.parametrize("result", [Ok(1), Error(ValueError())])
def test_a_result_cannot_be_hashed(result: Result) -> None:
    """What it holds can change."""
    with pytest.raises(TypeError, match=r"^unhashable type: '(Ok|Error)'$"):
        hash(result)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "too hot",
            "Error() takes an exception, got str: 'too hot'; wrap it: Error(ValueError(...))",
        ),
        (
            ValueError,
            (
                "Error() takes an exception, got type: <class 'ValueError'>; "
                "wrap it: Error(ValueError(...))"
            ),
        ),
    ],
)
def test_an_error_of_something_else_than_an_exception_is_refused(
    value: object, message: str
) -> None:
    """H: an Error captures an exception, not its class and not a text."""
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        Error(value)  # type: ignore[arg-type]


def test_an_error_has_the_traceback_of_its_exception_as_text() -> None:
    """Decision 14: the exception with its traceback, and with what led to it."""
    failure = raised(ValueError("too hot"))
    failure.__cause__ = KeyError("sensor")
    lines = Error(failure).traceback.splitlines()
    assert lines[0] == "KeyError: 'sensor'"
    assert "in raised" in Error(failure).traceback
    assert lines[-1] == "ValueError: too hot"


def test_results_show_what_they_hold_in_one_line() -> None:
    """Decision 26: Ok(value), Error(type: what it says), and the list of them."""
    mixed = ResultList([Ok({"t": 21.5}), Error(ValueError("too\nhot")), Error(KeyError())])
    assert repr(mixed) == (
        "ResultList([Ok({'t': 21.5}), Error(ValueError: too hot), Error(KeyError)])"
    )
    assert repr(ResultList()) == "ResultList([])"


def test_an_undelivered_payload_gives_one_empty_ok() -> None:
    """Decision 13: undelivered is one Ok(None), not delivered, without keys."""
    nobody = ResultList.undelivered()
    assert nobody == [Ok(None)]
    assert nobody.first() == Ok(None)
    assert nobody.size() == 1
    assert nobody.delivered is False
    assert nobody.keys == []
    assert nobody.errors == []


def test_an_ok_of_none_from_a_collector_is_delivered() -> None:
    """Decision 13: what tells undelivered is `delivered`, not the value."""
    assert ResultList([Ok(None)], ["a"]).delivered is True
    assert ResultList([Ok(None)]).delivered is True
    assert ResultList().delivered is False


def test_first_of_an_empty_list_says_so() -> None:
    """G: first() gives the first item; a list made by hand may have none."""
    with pytest.raises(IndexError, match=r"^the ResultList is empty, it has no first result$"):
        ResultList().first()


@given(keyed)
def test_a_result_list_is_a_list_that_knows_keys(pairs: list[tuple[Result, str | None]]) -> None:
    """Decision 12: a list in order, with keys, size, oks and errors that agree with it."""
    plain = [result for result, _ in pairs]
    found = ResultList(plain, [key for _, key in pairs])
    assert isinstance(found, list)
    assert list(found) == plain == found
    assert found.keys == [key for _, key in pairs]
    assert found.size() == len(found) == len(plain)
    assert found.oks == [result for result in plain if isinstance(result, Ok)]
    assert found.errors == [result for result in plain if isinstance(result, Error)]
    if plain:
        assert found.first() is found[0] is plain[0]
        assert found[-1] is plain[-1]


@given(st.lists(results))
def test_iter_goes_through_all_results_both_ways(plain: list[Result]) -> None:
    """G: iter() yields each Result with `async for`; decision 12: and with a plain `for`."""

    async def go_through(found: ResultList) -> list[Result]:
        return [result async for result in found.iter()]

    found = ResultList(plain)
    assert asyncio.run(go_through(found)) == plain
    assert list(found.iter()) == plain


def test_an_iterator_goes_through_the_results_once() -> None:
    """G: iter() gives a generator-like object: what was taken is gone, another call starts anew."""
    found = ResultList([Ok(1), Ok(2)])
    once = found.iter()
    assert next(once) == Ok(1)
    assert asyncio.run(anext_of(once)) == Ok(2)
    assert asyncio.run(anext_of(once)) is ...
    assert list(once) == []
    assert list(found.iter()) == [Ok(1), Ok(2)]


async def anext_of(iterator: object) -> Result | EllipsisType:
    """The next result, or an ellipsis at the end."""
    return await anext(iterator, ...)  # type: ignore[call-overload, no-any-return]


def test_keys_are_none_where_nobody_told() -> None:
    """Decision 12: None where a custom router did not say, or a result was added by hand."""
    found = ResultList([Ok(1), Ok(2)])
    assert found.keys == [None, None]
    told = ResultList([Ok(1), Ok(2)], ["a", "b"])
    told.append(Ok(3))
    assert told.keys == ["a", "b", None]
    told.clear()
    assert told.keys == []


def test_results_that_are_none_are_refused() -> None:
    """Decision 12: a ResultList is a list of Results, with a key each."""
    message = "a ResultList holds Ok and Error, got int: 7; wrap it: Ok(value)"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        ResultList([Ok(1), 7])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"^got 2 results, but 1 keys$"):
        ResultList([Ok(1), Ok(2)], ["a"])


def test_raise_errors_raises_all_of_them_together() -> None:
    """Decision 12: raise_errors() raises an ExceptionGroup of the very exceptions."""
    hot, cold = ValueError("hot"), KeyError("cold")
    found = ResultList([Error(hot), Ok(1), Error(cold)])
    with pytest.raises(ExceptionGroup, match=r"^2 of 3 results are errors$") as caught:
        found.raise_errors()
    assert caught.value.exceptions == (hot, cold)


def test_raise_errors_without_errors_returns() -> None:
    """Decision 12: nothing to raise, undelivered included."""
    ResultList([Ok(1)]).raise_errors()
    ResultList.undelivered().raise_errors()
    ResultList().raise_errors()


def test_raise_errors_with_a_cancellation_raises_a_base_group() -> None:
    """Decision 14: an Error may hold a CancelledError, and no plain group holds that."""
    found = ResultList([Error(asyncio.CancelledError())])
    with pytest.raises(BaseExceptionGroup) as caught:
        found.raise_errors()
    assert not isinstance(caught.value, ExceptionGroup)


def test_a_result_says_whether_it_is_ok() -> None:
    """G: `ok` of an Ok is True, and of an Error False; it cannot be set."""
    assert Ok(None).ok is True
    assert Error(ValueError()).ok is False
    for result in (Ok(1), Error(ValueError())):
        with pytest.raises(AttributeError):
            result.ok = True  # type: ignore[misc]
