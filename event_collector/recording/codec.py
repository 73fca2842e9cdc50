"""The way of values into JSON and back: those that JSON knows as they are, others by a codec."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from event_collector import _check
from event_collector._text import describe, one_line

type Codec = Mapping[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]]
"""For the types that JSON does not know: by a name of yours, the type, a function that makes of its
values what JSON knows, and one that makes them of that again. A line for each type:

    codec = {
        "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
        "tuple": (tuple, list, tuple),
        "Reading": (Reading, vars, lambda parts: Reading(**parts)),
    }

It goes by the very type: a value of a subclass needs a line of its own. What the first function
gives may hold values of other types in the codec. `record` calls it in the queue's loop, for
payloads as they are accepted."""

_JSON = (str, int, float, bool, type(None), list, dict)

_FLOAT, _DICT, _CODED = "$float", "$dict", "$codec"
"""An object with one of these keys, and no other, stands for what JSON does not know."""

_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

_ADVICE = "give codec={{{name!r}: ({name}, to_json, from_json)}}"

_to_text = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def to_text(value: Any) -> str:
    """A value of JSON as text in one line, all of it ASCII."""
    return "null" if value is None else _to_text(value)


class Coded(NamedTuple):
    """Stands for a value that was read without the codec that knows it."""

    name: str
    """What the codec calls its type."""
    value: Any
    """What the codec made of it."""


class Coding:
    """Makes JSON of values, and values of JSON.

    Kept as they are: None, bools, ints, floats (nan and the infinities too), strs (lone surrogates
    too), lists, and dicts, whatever their keys are. The types must be these very ones: a subclass,
    such as an enum or a number of numpy, is for the codec.

    Args:
        codec: For other types.

    Raises:
        TypeError: `codec` is not a mapping from names to a type and two functions.
        ValueError: It names a type twice, or one that JSON knows.
    """

    def __init__(self, codec: Codec | None, *, lenient: bool = False) -> None:
        self._by_type: dict[type, tuple[str, Callable[[Any], Any]]] = {}
        self._by_name: dict[str, Callable[[Any], Any]] = {}
        self._lenient = lenient
        """Whether what no codec knows is read as a `Coded`, and not refused."""
        if codec is None:
            return
        _check.kind(codec, Mapping, "codec", "write {name: (type, to_json, from_json)}", "mapping")
        for name, entry in codec.items():
            self._add(_check.name(name, "a name in the codec"), entry)

    def _add(self, name: str, entry: object) -> None:
        if (
            not isinstance(entry, tuple)
            or len(entry) != 3
            or not isinstance(entry[0], type)
            or not all(map(callable, entry[1:]))
        ):
            raise TypeError(
                f"codec[{name!r}] must be a type and two functions, got {one_line(entry)}; "
                "write (type, to_json, from_json)"
            )
        kind, to_json, from_json = entry
        if kind in _JSON:
            raise ValueError(
                f"codec[{name!r}] is for {kind.__name__}, which is recorded as it is; leave it out"
            )
        if kind in self._by_type:
            raise ValueError(
                f"codec[{name!r}] and codec[{self._by_type[kind][0]!r}] are both for "
                f"{kind.__name__}; leave one of them out"
            )
        self._by_type[kind] = name, to_json
        self._by_name[name] = from_json

    def encode(self, value: Any, where: str) -> Any:
        """What JSON knows, for a value. It may be the value itself.

        Args:
            value: Anything.
            where: What it is, for the error.

        Raises:
            TypeError: It, or something in it, is of a type that neither JSON nor the codec knows.
            ValueError: It cannot be written: it refers to itself, is nested too deep, or an int
                has too many digits; or the codec failed.
        """
        try:
            return value if _is_json(value) else self._encode(value, where)
        except RecursionError:
            raise ValueError(
                f"{where} refers to itself, or is nested too deep to be recorded: {one_line(value)}"
            ) from None

    def _encode(self, value: Any, where: str) -> Any:
        kind = type(value)
        if kind is list:
            return [self._encode(each, f"{where}[{n}]") for n, each in enumerate(value)]
        if kind is dict:
            return self._encode_dict(value, where)
        if kind is float and not math.isfinite(value):
            return {_FLOAT: str(value)}
        if kind in _JSON:
            return value
        if kind not in self._by_type:
            advice = _ADVICE.format(name=kind.__name__)
            raise TypeError(
                f"{where} is {kind.__name__}, which JSON does not know: {one_line(value)}; {advice}"
            )
        name, to_json = self._by_type[kind]
        try:
            made = to_json(value)
        except Exception as exc:
            raise ValueError(
                f"{where} cannot be recorded: codec[{name!r}] raised {describe(exc)} "
                f"for {one_line(value)}"
            ) from exc
        return {_CODED: [name, self._encode(made, where)]}

    def _encode_dict(self, value: dict[Any, Any], where: str) -> Any:
        if all(type(key) is str and key[:1] != "$" for key in value):
            return {
                key: self._encode(each, f"{where}[{one_line(key)}]") for key, each in value.items()
            }
        return {  # as pairs: JSON makes strs of all keys
            _DICT: [
                [
                    self._encode(key, f"{where}: a key"),
                    self._encode(each, f"{where}[{one_line(key)}]"),
                ]
                for key, each in value.items()
            ]
        }

    def decode(self, text: str | bytes) -> Any:
        """The value in a line of JSON.

        Raises:
            ValueError: It is not JSON, or holds what the codec does not know, or fails with.
        """
        return json.loads(text, object_hook=self._decode)

    def _decode(self, found: dict[str, Any]) -> Any:
        if len(found) != 1:
            return found
        ((mark, held),) = found.items()
        if mark[:1] != "$":
            return found
        if mark == _FLOAT and held in _FLOATS:
            return _FLOATS[held]
        if mark == _DICT:
            return dict(held)
        if mark == _CODED:
            return self._decode_coded(*held)
        raise ValueError(f"has {one_line(found)}, which this version does not know")

    def _decode_coded(self, name: str, held: Any) -> Any:
        if (from_json := self._by_name.get(name)) is None:
            if self._lenient:
                return Coded(name, held)
            raise ValueError(f"has a {name!r} of a codec; give codec= with {name!r} in it")
        try:
            return from_json(held)
        except Exception as exc:
            raise ValueError(
                f"cannot be read: codec[{name!r}] raised {describe(exc)} for {one_line(held)}"
            ) from exc


def _is_json(value: Any) -> bool:
    """Whether JSON gives back just this value; the usual case, and several times faster."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return True
    if kind is float:
        return math.isfinite(value)
    if kind is dict:
        for key, each in value.items():
            if type(key) is not str or key[:1] == "$" or not _is_json(each):
                return False
        return True
    return kind is list and all(map(_is_json, value))
