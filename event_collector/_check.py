"""Checks of what a user passes: each raises at once, with the value and what to do."""

import enum
import functools
import inspect
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Iterable, Sequence
from opcode import opmap
from typing import Any, Final, Literal

from event_collector._text import one_line

LARGEST = sys.float_info.max
"""The largest finite float. Comparing with it is safe for an int of any size."""


class _Kept(enum.Enum):
    """Stands for an argument that is not given, where None says something."""

    KEEP = "as it is"

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = _Kept.KEEP
"""Leaves a limit as it is."""
type Keep = Literal[_Kept.KEEP]


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
        given = one_line(values)
        raise TypeError(f"{what}s must be a list of str, got {given}; write [{given}]")
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
    if (number := integer(value, what)) < at_least:
        raise ValueError(f"{what} must be >= {at_least}, got {one_line(value)}")
    return number


def integer(value: object, what: str) -> int:
    """An int, of any size and sign.

    Raises:
        TypeError: It is not an int, or is a bool.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} must be an int, got {type(value).__name__}: {one_line(value)}")
    return value


def at[T](events: Sequence[T], place: object, what: str) -> T:
    """The event at a place, from 0 on, or from -1 backwards.

    Args:
        events: All that there are.
        place: What was asked for.
        what: The name of the class that holds them.

    Raises:
        TypeError: `place` is not an int.
        IndexError: There are not so many.
    """
    if not isinstance(place, int):
        raise TypeError(
            f"a place in a {what} must be an int, got {type(place).__name__}: "
            f"{one_line(place)}; take a slice of list({what.lower()})"
        )
    try:
        return events[place]
    except IndexError:
        raise IndexError(f"the {what} has no event at {place}, it has {len(events)}") from None


def limits(low: object, high: object) -> tuple[int, int]:
    """`min_consumers` and `max_consumers`.

    Raises:
        TypeError: One of them is not an int.
        ValueError: One is too small, or the second is less than the first.
    """
    low = whole(low, "min_consumers", 0)
    high = whole(high, "max_consumers", 1)
    if high < low:
        raise ValueError(f"max_consumers must be >= min_consumers ({low}), got {high}")
    return low, high


def bound(value: object) -> int | None:
    """`max_queued`: an int of 1 or more, or None.

    Raises:
        TypeError: It is neither an int nor None.
        ValueError: It is smaller than 1.
    """
    return None if value is None else whole(value, "max_queued", 1)


def kind(value: object, of: type, what: str, advice: str, called: str = "") -> None:
    """An object of a class.

    Raises:
        TypeError: It is of another one.
    """
    if not isinstance(value, of):
        name = called or of.__name__
        article = "an" if name[0] in "AEIOUaeiou" else "a"
        raise TypeError(
            f"{what} must be {article} {name}, got {type(value).__name__}: "
            f"{one_line(value)}; {advice}"
        )


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


def gives_coroutines(processor: object) -> bool:
    """Whether a call certainly gives a coroutine."""
    function = processor.__func__ if isinstance(processor, types.MethodType) else processor
    return isinstance(function, types.FunctionType) and bool(
        function.__code__.co_flags & inspect.CO_COROUTINE
    )


_SEND = opmap.get("SEND")


def can_wait(function: Callable[..., object]) -> bool:
    """Whether a coroutine of this function can wait; one without an `await` cannot.

    Such a coroutine need not be watched step by step, which is a fifth of what an event costs.
    `await`, `async for` and `async with` all compile to the instruction SEND. Where that cannot
    be seen, the answer is yes, which is slower and never wrong. Every other byte of the code is
    an argument, and might look like it by chance.
    """
    code = getattr(function, "__code__", None)
    return code is None or _SEND is None or _SEND in code.co_code[::2]


def plain_function(value: object, what: str, takes: str) -> None:
    """Something that can be called, and does what it does at once.

    Raises:
        TypeError: It cannot be called, or is visibly async or a generator: nobody would await, or
            go through, what it returns, and nothing of it would run.
    """
    if not callable(value):
        raise TypeError(f"{what} must be {takes}, got {type(value).__name__}: {one_line(value)}")
    call = value if inspect.isroutine(value) else getattr(type(value), "__call__", None)  # noqa: B004
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(call):
        raise TypeError(
            f"{what} must not be async: nobody would await it; write def, "
            "and have it start a task if it has to wait"
        )
    yields = (inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if any(each(value) or each(call) for each in yields):
        raise TypeError(f"{what} must not yield: nobody would go through it; write a plain def")


def processor(key: str, processor: object) -> None:
    """An async function of a payload and a context, as far as can be seen without a call.

    Raises:
        TypeError: It cannot be called, is visibly not async, or does not take two arguments.
    """
    what, advice = f"processor of {key!r}", "pass an async function of a payload and a context"
    _async_function(processor, what, ("payload", "ctx"), advice)


def around(key: str, around: object) -> None:
    """An async function of a payload, a context and a processor, which wraps a processor.

    Raises:
        TypeError: It cannot be called, is visibly not async, or does not take three arguments.
    """
    what, advice = f"what wraps {key!r}", "write async def around(payload, ctx, processor)"
    _async_function(around, what, ("payload", "ctx", "processor"), advice)


def _async_function(value: object, what: str, arguments: tuple[str, ...], advice: str) -> None:
    if not callable(value):
        raise TypeError(
            f"{what} cannot be called: it is {type(value).__name__} {one_line(value)}; {advice}"
        )
    if fault := _why_not_async(value, ", ".join(arguments)):
        raise TypeError(f"{what} is not async: {fault}")
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return  # a callable that does not tell its signature
    try:
        signature.bind(*arguments)
    except TypeError:
        words = [f"a {'context' if name == 'ctx' else name}" for name in arguments]
        takes = f"{', '.join(words[:-1])} and {words[-1]}"
        raise TypeError(f"{what} must take {takes}, but its arguments are {signature}") from None


def _why_not_async(processor: Callable[..., object], takes: str) -> str | None:
    """What can be seen without a call; a function whose return is promised awaitable passes."""
    if inspect.iscoroutinefunction(processor):
        return None
    function: Any = processor
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, type):
        return f"{function.__name__} is a class; pass an instance with an async __call__"
    if not inspect.isroutine(function):
        function = type(function).__call__
    function = inspect.unwrap(function)
    name = getattr(function, "__name__", "it")
    if inspect.iscoroutinefunction(function):
        return None
    if inspect.isasyncgenfunction(function):
        return f"{name}() has a yield, which makes it a generator; return the result instead"
    if inspect.isgeneratorfunction(function):
        return f"{name}() is a generator; write async def {name}({takes}), without yield"
    if not isinstance(function, types.FunctionType | types.MethodType) or name == "<lambda>":
        return None  # nothing to be seen: an Error will tell, if need be
    if _promises_awaitable(function):
        return None
    return (
        f"{name}() is a plain function; write async def {name}({takes}), "
        "or annotate it -> Awaitable[Result] if that is what it returns"
    )


def _promises_awaitable(function: Callable[..., object]) -> bool:
    promise = inspect.get_annotations(function).get("return")
    if isinstance(promise, str):
        return promise.split("[")[0].rpartition(".")[2] in {
            "Awaitable",
            "Coroutine",
            "Future",
            "Task",
        }
    promised = typing.get_origin(promise) or promise
    return isinstance(promised, type) and issubclass(promised, Awaitable)


def lifecycle(key: str, lifecycle: object) -> None:
    """A function that gives an async context manager, as far as can be seen without a call.

    Raises:
        TypeError: It cannot be called, or gives something else.
    """
    fix = "write a function of the context that yields once, under @asynccontextmanager"
    if not callable(lifecycle):
        if hasattr(lifecycle, "__aenter__"):
            fix = "pass the function that makes it, not the async context manager itself"
        raise TypeError(
            f"lifecycle of {key!r} cannot be called: it is {type(lifecycle).__name__} "
            f"{one_line(lifecycle)}; {fix}"
        )
    if isinstance(lifecycle, type):
        bare = not hasattr(lifecycle, "__aenter__")
    else:
        bare = (
            inspect.isasyncgenfunction(lifecycle)
            or inspect.iscoroutinefunction(lifecycle)
            or inspect.isgeneratorfunction(inspect.unwrap(lifecycle))
        )
    if bare:
        name = getattr(lifecycle, "__name__", one_line(lifecycle))
        raise TypeError(f"lifecycle of {key!r} is not an async context manager: {name}; {fix}")
