"""Pickling: what has slots goes through each protocol, and exceptions come out as they went in."""

from collections.abc import Callable
from types import FunctionType
from typing import Any, SupportsIndex


class Slotted:
    """A class with slots whose objects can be pickled with the oldest protocols, too.

    Python refuses that for protocols 0 and 1, though these can hold what it makes for protocol 2.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return super().__reduce_ex__(max(int(protocol), 2))


_HEAP_TYPE = 1 << 9
"""A flag of classes that are made while a program runs, as by `class`."""


def reduced(exc: BaseException, within: Callable[[BaseException], Any]) -> Any:
    """How an exception is pickled, as `__reduce__` has it, so that it is made again as it was.

    Python's own way calls the class with `args`, which are what was passed on to `Exception`. An
    `__init__` of one's own takes others: it raises then or, worse, makes other words of them. A
    class that has a `__reduce__` of its own is left to that.

    Args:
        exc: The exception.
        within: What stands for each exception of a group.
    """
    kind = type(exc)
    if isinstance(kind.__reduce__, FunctionType) or kind.__reduce_ex__ is not object.__reduce_ex__:
        return exc.__reduce_ex__(5)
    itself: Any = exc.__reduce__()
    _, args, *state = itself
    if isinstance(exc, BaseExceptionGroup):  # its `args` may be anything
        args = exc.message, [within(each) for each in exc.exceptions]
    return made_again, (kind, args, state[0] if state else None)


def made_again(kind: type[BaseException], args: tuple[Any, ...], state: Any) -> BaseException:
    """An exception of these parts, without a call of its class's own methods."""
    builtin = next(base for base in kind.__mro__ if not base.__flags__ & _HEAP_TYPE)
    make: Any = builtin
    exc: BaseException = make.__new__(kind, *args)
    make.__init__(exc, *args)
    if state is not None:
        exc.__setstate__(state)
    return exc


class Again:
    """Stands for an exception in a pickle, which makes that again."""

    __slots__ = ("_exc",)

    def __init__(self, exc: BaseException) -> None:
        self._exc = exc

    def __reduce__(self) -> Any:
        return reduced(self._exc, Again)
