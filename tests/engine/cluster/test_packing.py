"""Packing: what travels comes back as it was, and what cannot travel says so."""

import asyncio
import sys
import threading
import traceback
import types
from typing import Any, NoReturn

import pytest

from event_collector import Context, Delivery, Error, Ok, Payload, UnpicklableError
from event_collector.cluster import packing
from tests.exceptions import KeywordError, exceptions, told

PAYLOADS = [
    Payload(1),
    Payload((1, 2)),
    Payload({"a": [None]}),
    Payload("x", keys=["k"], priority=3),
    Payload(None, Delivery.TOPIC, topics=[]),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=repr)
def test_a_payload_travels_with_its_delivery(payload: Payload[Any]) -> None:
    """And a plain one takes no more than its value."""
    assert packing.unpack_payload(packing.pack_payload(payload)) == payload


def test_a_module_that_a_worker_does_not_have_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a payload, and of a processor, which travel by its name."""
    module: Any = types.ModuleType("only_here")
    monkeypatch.setitem(sys.modules, "only_here", module)
    exec("class Value:\n    pass\nasync def process(payload, ctx):\n    pass", vars(module))
    packed = packing.pack_payload(Payload(module.Value()))
    spec = packing.by_value(("it", module.process, Context(), None, None, None))
    monkeypatch.delitem(sys.modules, "only_here")
    for unpack, what in ((packing.unpack_payload, packed), (packing.unpack_collector, spec)):
        with pytest.raises(ModuleNotFoundError) as told:
            unpack(what)
        assert told.value.__notes__[0] == (
            "a worker does not have the module 'only_here': install it there, or if it is a file "
            "of yours, client.upload_file('only_here.py')"
        )


def test_plain_values_are_left_to_the_chunk() -> None:
    """One pickle for all of them; a subclass of theirs may be anybody's."""
    assert packing.pack(7) == 7
    assert type(packing.pack(True)) is bool

    class Mine(int):
        pass

    assert type(packing.unpack(packing.pack(Mine(7)))).__name__ == "Mine"


class RudeError(Exception):
    """Raises an error of its own when it is pickled."""

    def __reduce__(self) -> NoReturn:
        raise RuntimeError("not today")


def raised(exc: BaseException) -> Error:
    """An Error of an exception that was raised here, with a cause."""
    try:
        try:
            raise KeyError("before")
        except KeyError as cause:
            raise exc from cause
    except BaseException as caught:
        return Error(caught)


def there_and_back(result: Any) -> Any:
    """A result after its way."""
    return packing.unpack_result(*packing.pack_result(result))


def test_an_error_keeps_its_frames_and_its_cause() -> None:
    """With the source's lines, where the file is known."""
    came = there_and_back(raised(ValueError("as told")))
    assert isinstance(came.exception, ValueError)
    assert isinstance(came.exception.__cause__, KeyError)
    assert 'raise KeyError("before")' in came.traceback
    assert "raise exc from cause" in came.traceback


def test_an_exception_that_cannot_be_made_again_is_described() -> None:
    """Decision 25: as of every Error that is pickled."""
    came = there_and_back(raised(RudeError(1)))
    assert isinstance(came.exception, UnpicklableError)
    assert "RudeError: 1" in str(came.exception)
    assert "raise exc from cause" in came.traceback


@pytest.mark.parametrize("exception", exceptions(), ids=repr)
def test_an_exception_comes_as_it_was_whatever_its_class_is_made_of(
    exception: BaseException,
) -> None:
    """Decision 25: also where its class takes other arguments than it passes on."""
    assert told(there_and_back(raised(exception)).exception) == told(exception)


def test_an_exception_of_a_group_that_cannot_be_made_again_is_described() -> None:
    """The others of the group are as they were."""
    group = ExceptionGroup("several", [RudeError("rude"), KeywordError(1, two=2)])
    rude, other = there_and_back(raised(group)).exception.exceptions
    assert str(rude) == "RudeError: rude"
    assert told(other) == told(KeywordError(1, two=2))


def test_exceptions_of_a_group_keep_their_frames() -> None:
    """Those within it are what has happened."""
    within = raised(ValueError("within")).exception
    assert isinstance(within, ValueError)
    came = there_and_back(raised(ExceptionGroup("several", [within])))
    assert "raise exc from cause" in "".join(
        traceback.format_exception(came.exception.exceptions[0])
    )


def test_an_exception_that_is_its_own_context_ends() -> None:
    """A circle of contexts is cut."""
    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert str(there_and_back(Error(one)).exception.__context__) == "two"


def test_a_result_that_cannot_travel_is_an_error() -> None:
    """It says of what type it is."""
    came = there_and_back(Ok(threading.Lock()))
    assert "of type lock, cannot be pickled to be sent back" in str(came.exception)


def test_code_keeps_the_name_of_its_cell() -> None:
    """cloudpickle leaves it out; a traceback tells by it where the processor stands."""
    space: dict[str, Any] = {"__name__": "__main__"}
    source = "def outer():\n    def inner(): pass\n    return inner\n"
    exec(compile(source, "/tmp/ipykernel_1/22.py", "exec"), space)
    came = packing.unpack(packing.pack(space["outer"]))
    assert came.__code__.co_filename == "/tmp/ipykernel_1/22.py"
    assert came().__code__.co_filename == "/tmp/ipykernel_1/22.py"


def chained(links: int) -> Exception:
    """What a loop raises that tries again so often, each time from what it had before."""
    raised: Exception | None = None
    for number in range(links):
        try:
            raise OSError(number) from raised
        except OSError as exc:
            raised = exc
    assert raised is not None
    return raised


def test_a_chain_of_exceptions_travels_up_to_a_length() -> None:
    """However long it is, its event has its Error; the text of the traceback is whole."""
    error = packing.unpack_result(*packing.pack_result(Error(chained(1_000))))
    assert isinstance(error, Error)
    found, exc = 0, error.exception
    while exc is not None:
        assert str(exc) == str(999 - found)
        found, exc = found + 1, exc.__cause__  # type: ignore[assignment]
    assert found == packing.LINKS


class Ends:
    """A value that ends whoever packs it."""

    def __reduce__(self) -> Any:
        raise SystemExit(3)


class Cancels:
    """A value that cancels whoever unpacks it."""

    def __reduce__(self) -> Any:
        return _cancel, ()


def _cancel() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize("value", [Ends(), Cancels()], ids=["packed", "unpacked"])
def test_what_a_values_own_methods_raise_is_an_error_of_its_event(value: Any) -> None:
    """Whatever it is: nobody else waits for ever because of it."""
    error = packing.unpack_result(*packing.pack_result(Ok(value)))
    assert isinstance(error, Error)
    assert "pickled" in str(error.exception)
