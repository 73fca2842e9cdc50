"""Packing: what travels between the queue and its workers, each value by itself.

What is packed is a plain value, or a tuple that holds bytes. So a chunk is one list of those, which
pickles at once whatever is in it, and dask sees nothing of it but one opaque `bytes`. A value that
cannot be packed, or that cannot be unpacked at the other end, concerns its own event only.
"""

import io
import pickle
import traceback
import types
from collections import ChainMap
from typing import Any, ClassVar, NamedTuple

import cloudpickle
from tblib import pickling_support

from event_collector._pickled import reduced
from event_collector._text import describe
from event_collector.collector import Collector
from event_collector.data import Context, Delivery, Error, Ok, Payload, Result
from event_collector.errors import UnpicklableError

pickling_support.install()  # as distributed does it: a traceback travels with its frames

_PLAIN = frozenset({int, float, str, bytes, bool, type(None)})
"""Types whose values need no packing. No subclass: that may be somebody's own."""


def dumps(value: Any) -> bytes:
    """Anything, pickled; by value what is defined in a notebook, or pickle cannot name.

    Raises:
        Exception: It cannot be pickled.
    """
    try:
        pickled = pickle.dumps(value, protocol=5)
    except Exception:
        pickled = b"__main__"
    if b"__main__" in pickled:  # pickle finds it there, and the other end would not
        return by_value(value)
    return pickled


def by_value(value: Any) -> bytes:
    """Anything, pickled by cloudpickle; and code says still from which file or cell it is.

    Raises:
        Exception: It cannot be pickled.
    """
    into = io.BytesIO()
    _Pickler(into, protocol=5).dump(value)
    return into.getvalue()


def _with_its_file(code: types.CodeType) -> tuple[Any, ...]:
    # cloudpickle leaves the name out, and a traceback would not tell the cell.
    make, arguments = cloudpickle.Pickler.dispatch_table[types.CodeType](code)[:2]
    return _made_in, (code.co_filename, make, arguments)


def _made_in(filename: str, make: Any, arguments: tuple[Any, ...]) -> types.CodeType:
    code: types.CodeType = make(*arguments)
    return code.replace(co_filename=filename)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # it has no types
    dispatch_table: ClassVar[Any] = ChainMap(
        {types.CodeType: _with_its_file}, cloudpickle.Pickler.dispatch_table
    )


def pack(value: Any) -> Any:
    """A value as it travels.

    What is defined in a notebook travels by value, by cloudpickle.

    Raises:
        Exception: It cannot be pickled.
    """
    return value if type(value) in _PLAIN else (dumps(value),)


def unpack(packed: Any) -> Any:
    """The value that was packed.

    Raises:
        Exception: It cannot be unpickled here.
    """
    return pickle.loads(packed[0]) if type(packed) is tuple else packed


def _say_what_to_do(exc: ModuleNotFoundError) -> None:
    if exc.name is not None:
        exc.add_note(
            f"a worker does not have the module {exc.name!r}: install it there, or if it is a file "
            f"of yours, client.upload_file('{exc.name.partition('.')[0]}.py')"
        )


def pack_payload(payload: Payload[Any]) -> Any:
    """A payload as it travels: most are a value and nothing else."""
    if (
        type(payload) is Payload
        and payload.delivery is Delivery.BROADCAST
        and payload.priority is None
        and not payload.keys
        and not payload.topics
    ):
        return pack(payload.value)
    return (dumps(payload), True)


def unpack_payload(packed: Any) -> Payload[Any]:
    """The payload that was packed.

    Raises:
        Exception: It cannot be unpickled here.
    """
    try:
        value = unpack(packed)
    except ModuleNotFoundError as exc:
        _say_what_to_do(exc)
        raise
    whole = type(packed) is tuple and len(packed) == 2
    return value if whole else Payload(value)


class _BarePickler(_Pickler):
    """Pickles an exception without what it has been raised with: that travels beside it.

    distributed has exceptions pickled with their tracebacks and contexts, to whatever depth these
    go, in a circle too. Those within this one, as in a group, are packed as it is, each by itself.
    """

    def __init__(self, into: io.BytesIO, exc: BaseException, seen: set[int]) -> None:
        super().__init__(into, protocol=5)
        self._bare, self._seen = exc, seen

    def reducer_override(self, obj: Any) -> Any:
        if obj is self._bare:
            return reduced(obj, within=lambda each: each)
        if isinstance(obj, BaseException):
            if id(obj) in self._seen:
                raise ValueError(f"a {type(obj).__name__} that is within itself")
            return _unpack_raised, (_pack_raised(obj, self._seen),)
        return super().reducer_override(obj)


class _Raised(NamedTuple):
    """An exception as it travels, with what pickle leaves out."""

    pickled: bytes | None
    """None: it cannot be pickled."""
    description: str
    text: str
    """The traceback as text, as it was where it was raised."""
    traceback: bytes | None
    cause: "tuple[Any, ...] | None"
    context: "tuple[Any, ...] | None"
    suppressed: bool


def pack_result(result: Result) -> tuple[str, Any]:
    """A result as it travels: its kind, and what it holds."""
    if isinstance(result, Ok):
        try:
            return "ok", pack(result.value)
        except BaseException as exc:  # such as SystemExit, in a method of the value's own
            kind = type(result.value).__name__
            text = f"its result, of type {kind}, cannot be pickled to be sent back: {describe(exc)}"
            problem = TypeError(f"{text}; return what pickle takes")
            problem.__cause__ = exc
            result = Error(problem)
    raised = result.exception
    kind = "struck" if isinstance(raised, KeyboardInterrupt | SystemExit) else "error"
    return kind, tuple(_pack_raised(raised, set()))


LINKS = 50
"""So many exceptions of a chain travel at most, causes and contexts; a loop that tries again for
hours makes longer ones."""


def _pack_raised(exc: BaseException, seen: set[int]) -> _Raised:
    first = not seen
    seen.add(id(exc))
    pickled: bytes | None
    try:
        into = io.BytesIO()
        _BarePickler(into, exc, seen).dump(exc)
        pickled = into.getvalue()
        pickle.loads(pickled)  # some can be pickled, and not be made again
    except BaseException:  # whatever an exception's own methods do: somebody waits for it
        pickled = None
    try:
        frames = pickle.dumps(exc.__traceback__)
    except BaseException:
        frames = None
    cause, context = (
        None
        if other is None or id(other) in seen or len(seen) >= LINKS
        else tuple(_pack_raised(other, seen))
        for other in (exc.__cause__, exc.__context__)
    )
    text = "".join(traceback.format_exception(exc, chain=first))  # the first has that of all
    suppressed = exc.__suppress_context__
    return _Raised(pickled, describe(exc), text, frames, cause, context, suppressed)


def unpack_result(kind: str, packed: Any) -> Result:
    """The result that was packed; an Error says by its traceback what happened on the worker."""
    if kind == "ok":
        try:
            return Ok(unpack(packed))
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # such as CancelledError, in a method of the value's own
            problem = TypeError(f"its result cannot be unpickled here: {describe(exc)}")
            problem.__cause__ = exc
            return Error(problem)
    return Error(_unpack_raised(_Raised(*packed)))


def _unpack_raised(raised: _Raised) -> BaseException:
    exc: BaseException
    try:
        if raised.pickled is None:
            raise TypeError
        exc = pickle.loads(raised.pickled)
        if not isinstance(exc, BaseException):
            raise TypeError
    except Exception:
        exc = UnpicklableError(raised.description)
    try:
        if raised.traceback is not None:
            exc.__traceback__ = pickle.loads(raised.traceback)
    except Exception:
        exc.add_note(f"on the worker:\n{raised.text}")
    if raised.cause is not None:
        exc.__cause__ = _unpack_raised(_Raised(*raised.cause))
    if raised.context is not None:
        exc.__context__ = _unpack_raised(_Raised(*raised.context))
    exc.__suppress_context__ = raised.suppressed
    return exc


def unpack_collector(spec: bytes) -> Collector:
    """The collector on the worker, which has no queue: what it is to wait for, its sender does.

    Raises:
        Exception: It cannot be unpickled here.
    """
    try:
        key, processor, ctx, lifecycle, timeout, batch_size = pickle.loads(spec)
    except Exception as exc:
        if isinstance(exc, ModuleNotFoundError):
            _say_what_to_do(exc)
        exc.add_note(f"while a collector was unpickled on a worker: {describe(exc)}")
        raise
    assert isinstance(ctx, Context)
    return Collector(
        key, processor, ctx=ctx, lifecycle=lifecycle, timeout=timeout, batch_size=batch_size
    )
