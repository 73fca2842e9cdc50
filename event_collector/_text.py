"""Values in one line of text, the same in every run, for reprs, messages and tables.

A value is written piece by piece, and no further than it is shown: a gigabyte of bytes, a list of
lists of a million items and a dataclass that holds them cost what their first words cost. Only of
what writes itself, by a `__repr__` of its own, all is written, once, and then cut.
"""

import array
import re
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LIMIT = 120
_LEVELS = 6
"""So deep are containers shown that lie in each other."""
_ITEMS = 8
"""So many items of a container are shown."""
_LENGTH = 80
"""So many characters of a text are shown, and of what writes itself."""
_SORTED = 100
"""A set is shown in an order of its own, and for that looked through. A larger one is counted."""
_BITS = 10_000
"""An int of more bits is not written out: the time for that grows with their square."""
_LOOKED_AT = 4_000
"""So many characters of what a value says of itself are made one line, before it is cut."""
_CONTAINERS = (list, tuple, dict, set, frozenset, bytes, bytearray)
"""What an exception may have as its argument, and would write whole."""


class _Within(threading.local):
    """What is being written in this thread."""

    levels = _LEVELS
    """So many containers deep may go what is asked for in the `__repr__` that is called just now.

    A payload writes itself, and asks here for what it holds. Counted anew for each, one that holds
    itself twice would be written in twice as many copies with each level, and so for ever.
    """


_WITHIN = _Within()


def one_line(value: object, limit: int = _LIMIT) -> str:
    """The repr of a value in one line: no addresses, no line breaks, `limit` characters at most.

    Never raises: a repr that fails is named instead.
    """
    text = ""
    for piece in _pieces(value, _WITHIN.levels):
        text += piece
        if len(text) > limit:
            break
    return _shorten(text, limit)


def describe(exception: BaseException, limit: int = _LIMIT) -> str:
    """An exception as `ValueError: what it says`, in one line."""
    name = type(exception).__name__
    try:
        said = _flat(_said(exception, limit), limit).strip()
    except Exception as exc:
        said = f"its str raised {type(exc).__name__}"
    return _shorten(f"{name}: {said}" if said else name, limit)


def _said(exception: BaseException, limit: int) -> str:
    """The `str` of an exception; as much as is needed of one that only writes its argument."""
    writes = type(exception).__str__
    if writes in (BaseException.__str__, KeyError.__str__) and exception.args:
        said = exception.args[0] if len(exception.args) == 1 else exception.args
        if type(said) in _CONTAINERS:
            return one_line(said, 2 * limit)
        if type(said) is str and writes is BaseException.__str__:
            return said[: max(_LOOKED_AT, 2 * limit) + 1]
    return str(exception)


def _flat(text: str, limit: int) -> str:
    """Without addresses, and in one line. White space within one line means something: it stays.

    Of a long text, so much is looked at as is shown in any case, and what is more is cut.
    """
    whole = len(text) <= (most := max(_LOOKED_AT, 2 * limit))
    text = text if whole else text[:most]
    if text.splitlines() != [text]:
        text = " ".join(text.split())
    text = _ADDRESS.sub("", text)
    return text if whole else text[:limit] + "..."


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


type _Pieces = Iterator[str]


def _pieces(value: Any, level: int) -> _Pieces:
    """A value's text, piece by piece.

    Args:
        value: What is written.
        level: How many containers deep it may go.
    """
    if level < 0:
        yield "..."
        return
    try:
        shows = type(value).__repr__
        if (write := _WRITERS.get(shows)) is not None:
            yield from write(value, level)
        elif (code := getattr(shows, "__code__", None)) is _NAMED_TUPLE:
            yield from _parts(value, value._fields, level)
        elif code is _DATACLASS and _made_by_dataclass(shows):
            yield from _parts(value, [each.name for each in fields(value) if each.repr], level)
        else:
            yield _shorten(_flat(_by_itself(value, level), _LENGTH), _LENGTH)
    except Exception as exc:
        yield f"<{type(value).__name__} whose repr raised {type(exc).__name__}>"


def _by_itself(value: object, level: int) -> str:
    """What a value says of itself. What it asks for here goes on from this level."""
    before, _WITHIN.levels = _WITHIN.levels, level - 1
    try:
        return repr(value)
    finally:
        _WITHIN.levels = before


def _some(
    values: Iterable[Any], count: int, level: int, around: str, *, pairs: bool = False
) -> _Pieces:
    """The first items of a container, in its brackets.

    Args:
        values: The items.
        count: How many items there are.
        level: How many containers deep it may go, itself counted.
        around: What stands before them and after them, with a bar between.
        pairs: Whether each item is a key and a value.
    """
    begin, _, end = around.partition("|")
    yield begin
    if level <= 0 and count:
        yield f"...{end}"
        return
    for number, each in enumerate(islice(values, _ITEMS)):
        if number:
            yield ", "
        if pairs:
            yield from _pieces(each[0], level - 1)
            yield ": "
        yield from _pieces(each[1] if pairs else each, level - 1)
    yield f", ...{end}" if count > _ITEMS else end


def _parts(value: object, names: Sequence[str], level: int) -> _Pieces:
    """A dataclass or a named tuple: its name, and its fields by name."""
    yield f"{type(value).__qualname__}("
    if level <= 0 and names:
        yield "...)"
        return
    for number, name in enumerate(names[:_ITEMS]):
        yield f"{', ' if number else ''}{name}="
        yield from _pieces(getattr(value, name), level - 1)
    yield ", ...)" if len(names) > _ITEMS else ")"


# What a subclass without a repr of its own has changed, such as `__iter__`, its repr would not ask.


def _list(value: list[Any], level: int) -> _Pieces:
    return _some(list.__iter__(value), list.__len__(value), level, "[|]")


def _tuple(value: tuple[Any, ...], level: int) -> _Pieces:
    count = tuple.__len__(value)
    return _some(tuple.__iter__(value), count, level, "(|,)" if count == 1 else "(|)")


def _dict(value: dict[Any, Any], level: int, around: str = "{|}") -> _Pieces:
    return _some(dict.items(value), dict.__len__(value), level, around, pairs=True)


def _set(value: set[Any] | frozenset[Any], level: int) -> _Pieces:
    """In order, since the order in which a set is gone through differs from run to run."""
    name, count = type(value).__name__, len(value)
    if not count:
        return iter([f"{name}()"])
    if count > _SORTED:
        return iter([f"<{name} of {count:,}>"])
    if level <= 0:
        return iter(["{...}" if type(value) is set else f"{name}({{...}})"])

    def text_of(item: object) -> str:  # no deeper than it is written: each level is one less
        return "".join(_pieces(item, level - 1))

    ordered = sorted(value, key=text_of)  # for those that have no full order of their own
    with suppress(Exception):
        ordered = sorted(ordered)
    return _some(ordered, count, level, "{|}" if type(value) is set else f"{name}({{|}})")


def _deque(value: deque[Any], level: int) -> _Pieces:
    end = "" if value.maxlen is None else f", maxlen={value.maxlen}"
    return _some(value, len(value), level, f"{type(value).__name__}([|]{end})")


def _default_dict(value: defaultdict[Any, Any], level: int) -> _Pieces:
    yield f"{type(value).__name__}("
    yield from _pieces(value.default_factory, level - 1)
    yield from _dict(value, level, ", {|})")


def _ordered_dict(value: OrderedDict[Any, Any], level: int) -> _Pieces:
    return _dict(value, level, f"{type(value).__name__}({'{|}' if value else '|'})")


def _counter(value: Counter[Any], level: int) -> _Pieces:
    """The most frequent first, as it shows itself; a larger one as it was counted."""
    around = f"{type(value).__name__}({'{|}' if value else '|'})"
    return _dict(dict(value.most_common()) if len(value) <= _SORTED else value, level, around)


def _proxy(value: MappingProxyType[Any, Any], level: int) -> _Pieces:
    return _some(value.items(), len(value), level, "mappingproxy({|})", pairs=True)


def _view(value: Collection[Any], level: int) -> _Pieces:
    return _some(value, len(value), level, f"{type(value).__name__}([|])")


def _array(value: "array.array[Any]", level: int) -> _Pieces:
    around = ", [|]" if value else "|"
    return _some(value, len(value), level, f"array({value.typecode!r}{around})")


def _characters(value: Any, _: int) -> _Pieces:
    """A str or bytes, without its middle if it is long."""
    if (count := len(value)) > _LENGTH:
        value = value[:_LENGTH] + value[max(_LENGTH, count - _LENGTH) :]
    yield _without_middle(repr(value))


def _int(value: int, _: int) -> _Pieces:
    bits = value.bit_length()
    yield _without_middle(repr(value)) if bits <= _BITS else f"<int of {bits:,} bits>"


def _without_middle(text: str) -> str:
    if len(text) <= _LENGTH:
        return text
    begin = (_LENGTH - 3) // 2
    return f"{text[:begin]}...{text[begin + 3 - _LENGTH :]}"


def _made_by_dataclass(shows: Any) -> bool:
    """Whether a repr that is guarded against recursion is one that `@dataclass` has written."""
    return shows.__wrapped__.__code__.co_filename == "<string>"  # type: ignore[no-any-return]


@dataclass
class _Sample:
    """Tells what reprs look like that are made by `@dataclass`."""


class _Named(NamedTuple):
    """Tells the same of named tuples, which have one code for it."""


_DATACLASS: Any = _Sample.__repr__.__code__
_NAMED_TUPLE: Any = _Named.__repr__.__code__

_WRITERS: dict[Any, Callable[[Any, int], _Pieces]] = {
    list.__repr__: _list,
    tuple.__repr__: _tuple,
    dict.__repr__: _dict,
    set.__repr__: _set,
    frozenset.__repr__: _set,
    deque.__repr__: _deque,
    defaultdict.__repr__: _default_dict,
    OrderedDict.__repr__: _ordered_dict,
    Counter.__repr__: _counter,
    MappingProxyType.__repr__: _proxy,
    type({}.keys()).__repr__: _view,
    type({}.values()).__repr__: _view,
    type({}.items()).__repr__: _view,
    array.array.__repr__: _array,
    str.__repr__: _characters,
    bytes.__repr__: _characters,
    bytearray.__repr__: _characters,
    int.__repr__: _int,
}
"""How a value is written whose class has one of these reprs, of its own or inherited."""


def write_as_list(kind: type[list[Any]]) -> None:
    """Have a list with a repr of its own written like a list, with the name of its class."""
    around = f"{kind.__name__}([|])"
    _WRITERS[kind.__repr__] = lambda value, level: _some(
        list.__iter__(value), list.__len__(value), level, around
    )
