"""Ok, Error and ResultList pickle and copy, whatever exception they hold."""

import copy
import pickle
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from event_collector import (
    Collector,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    QueueFullError,
    ResultList,
    UnknownCollectorError,
    UnpicklableError,
)
from tests.exceptions import exceptions, told
from tests.support import echo, in_loop, queue_of

WAYS: list[Callable[[Any], Any]] = [
    lambda value: pickle.loads(pickle.dumps(value)),
    copy.copy,
    copy.deepcopy,
]


class FunctionHoldingError(Exception):
    """Holds a function of its own, which no pickle can take."""

    def __init__(self) -> None:
        super().__init__("holds a function")
        self.function = lambda: None


class RudeError(Exception):
    """Raises an error of its own when it is pickled."""

    def __reduce__(self) -> NoReturn:
        raise RuntimeError("not today")


def failed(exception: Exception) -> Error:
    """An Error of an exception that was raised, with its traceback."""
    try:
        raise exception
    except Exception as exc:
        return Error(exc)


@pytest.mark.parametrize("value", [None, 21.5, [1, {"a": 2}]])
def test_an_ok_travels(value: object) -> None:
    """Decision 25: an Ok pickles and copies."""
    for way in WAYS:
        assert way(Ok(value)) == Ok(value)


def test_an_error_travels_with_its_traceback_as_text() -> None:
    """Decision 25: the exception is made again, its traceback stays as it was, in text."""
    error = failed(ValueError("too hot"))
    text = error.traceback
    assert "in failed" in text
    for way in WAYS:
        twin = way(error)
        assert type(twin.exception) is ValueError
        assert twin.exception.args == ("too hot",)
        assert twin.traceback == text
        assert repr(twin) == "Error(ValueError: too hot)"


@pytest.mark.parametrize("exception", exceptions(), ids=repr)
def test_an_exception_comes_as_it_was_whatever_its_class_is_made_of(
    exception: BaseException,
) -> None:
    """Decision 25: also where its class takes other arguments than it passes on."""
    error = Error(exception)
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert told(twin.exception) == told(exception)


def test_an_error_travels_more_than_once() -> None:
    """Decision 25: the second pickle has the traceback of the first."""
    error = failed(ValueError("too hot"))
    twin = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(error))))
    assert twin.traceback == error.traceback


def test_a_shallow_copy_of_an_error_keeps_the_exception() -> None:
    """Decision 25: copy.copy loses nothing; the text is for what leaves the process."""
    for exception in (ValueError(), FunctionHoldingError()):
        assert copy.copy(failed(exception)).exception is exception


@pytest.mark.parametrize(
    ("exception", "description"),
    [
        (FunctionHoldingError(), "FunctionHoldingError: holds a function"),
        (RudeError("go away"), "RudeError: go away"),
    ],
)
def test_an_exception_that_cannot_travel_is_replaced(
    exception: Exception, description: str
) -> None:
    """Decision 25: one of the same description stands for it, with the traceback as text."""
    error = failed(exception)
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin.exception) is UnpicklableError
        assert twin.exception.description == description
        assert twin.traceback == error.traceback
        assert description in twin.traceback
        again = pickle.loads(pickle.dumps(twin))
        assert again.exception.description == description
    assert error.exception is exception


@pytest.mark.parametrize(
    "exception",
    [
        QueueClosedError("is shut down", "start it again"),
        QueueFullError(7),
        UnknownCollectorError("dor", ["door"]),
    ],
)
def test_an_error_of_the_packages_own_travels(exception: Exception) -> None:
    """Decision 25: the package's own exceptions are not replaced."""
    twin = pickle.loads(pickle.dumps(Error(exception)))
    assert type(twin.exception) is type(exception)
    assert str(twin.exception) == str(exception)


def test_a_result_list_travels_with_its_keys() -> None:
    """Decision 25: results, keys and whether it was delivered."""
    found = ResultList([Ok(1), failed(ValueError("too hot")), Ok([2])], ["a", "b", None])
    for way in WAYS:
        twin = way(found)
        assert type(twin) is ResultList
        assert twin is not found
        assert repr(twin) == repr(found)
        assert twin.keys == ["a", "b", None]
        assert twin.delivered is True


def test_an_undelivered_result_list_travels() -> None:
    """Decisions 13 and 25: it is undelivered still."""
    for way in WAYS:
        twin = way(ResultList.undelivered())
        assert twin == [Ok(None)]
        assert twin.delivered is False
        assert twin.keys == []


def test_a_copy_of_a_result_list_is_independent() -> None:
    """Decision 12: it is a list, and copies as one: what is appended to one is not in the other."""
    found = ResultList([Ok(1)], ["a"])
    twin = copy.copy(found)
    twin.append(Ok(2))
    assert found == [Ok(1)]
    assert found.keys == ["a"]
    assert twin.keys == ["a", None]
    assert twin[0] is found[0]
    assert copy.deepcopy(found)[0] is not found[0]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@in_loop
async def test_each_protocol_of_pickle_will_do(protocol: int) -> None:
    """The oldest ones refuse classes with slots by themselves."""
    async with queue_of(Collector("a", echo)) as queue:
        event = await queue.get_publisher().send(Payload([1], keys=["a"], priority=2))
        results = await event.wait()
    twin = pickle.loads(pickle.dumps(event, protocol))
    assert twin.result == results
    assert twin.result.keys == ["a"]
    assert twin.payload == event.payload
    for value in (Ok(1), Error(ValueError(1)), ResultList([Ok(1)], ["a"]), Payload(1)):
        again = pickle.loads(pickle.dumps(value, protocol))
        assert type(again) is type(value)
        assert again == value or isinstance(value, Error)
