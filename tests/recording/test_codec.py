"""Values go into JSON and come back as they were, or are refused with where they are."""

import enum
import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from event_collector.recording.codec import Codec, Coded, Coding, to_text
from tests.recording.recordings import CODEC


@dataclass
class Reading:
    """A value of a user."""

    city: str
    celsius: float


def back(value: Any, codec: Codec | None = None) -> Any:
    """A value that went into a line and out of it."""
    coding = Coding(codec)
    return coding.decode(to_text(coding.encode(value, "payload")))


VALUES: list[Any] = [
    None,
    True,
    0,
    1,
    1.0,
    -0.0,
    2**70,
    1e308,
    "",
    "a\nb\u2028c\x00",
    "\ud800 alone",
    [],
    {},
    [1, [2.0, {"a": [None]}]],
    {1: "int", "1": "str"},
    {None: 1, 2.5: 2, False: 3},
    {"$float": "nan"},
    {"$dict": []},
    {"$codec": ["tuple", [1]], "b": 1},
    {"$": {"$x": [{"$y": 1}]}},
    math.inf,
    [-math.inf, {"a": math.inf}],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_json_knows_comes_back_as_it_was(value: Any) -> None:
    """An int is not a float, a key that is an int not a str, and our own marks are but keys."""
    read = back(value)
    assert repr(read) == repr(value)


def test_nan_comes_back() -> None:
    """JSON has none, and what reads it elsewhere must not stumble over one."""
    coding = Coding(None)
    text = to_text(coding.encode([math.nan], "payload"))
    assert "NaN" not in text
    assert math.isnan(coding.decode(text)[0])


@pytest.mark.parametrize(
    "value",
    [
        (1, (2, "a")),
        {"when": datetime(2026, 1, 2, tzinfo=UTC), "raw": b"\x00\xff"},
        [(datetime(2026, 1, 2, tzinfo=UTC),)],
        {(1, 2): (3,)},
    ],
    ids=repr,
)
def test_other_values_go_through_the_codec(value: Any) -> None:
    """What the codec gives goes through it again: a tuple of datetimes."""
    assert back(value, CODEC) == value


def test_the_codec_of_the_docstring_holds_for_a_dataclass() -> None:
    """A line for each type."""
    codec: Codec = {"Reading": (Reading, vars, lambda parts: Reading(**parts))}
    assert back([Reading("Oslo", 4.5)], codec) == [Reading("Oslo", 4.5)]


class Colour(enum.IntEnum):
    """An int that is more than one."""

    RED = 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            {"when": [0, (1, 2)]},
            (
                "event 1: payload['when'][1] is tuple, which JSON does not know: (1, 2); "
                "give codec={'tuple': (tuple, to_json, from_json)}"
            ),
        ),
        (
            {1: {2}},
            (
                "event 1: payload[1] is set, which JSON does not know: {2}; "
                "give codec={'set': (set, to_json, from_json)}"
            ),
        ),
        (
            {(1,): 2},
            (
                "event 1: payload: a key is tuple, which JSON does not know: (1,); "
                "give codec={'tuple': (tuple, to_json, from_json)}"
            ),
        ),
        (
            b"raw",
            (
                "event 1: payload is bytes, which JSON does not know: b'raw'; "
                "give codec={'bytes': (bytes, to_json, from_json)}"
            ),
        ),
    ],
)
def test_what_json_does_not_know_is_refused_with_where_it_is(value: Any, said: str) -> None:
    """Never silently made something else."""
    with pytest.raises(TypeError) as raised:
        Coding(None).encode(value, "event 1: payload")
    assert str(raised.value) == said


@pytest.mark.parametrize("value", [Colour.RED, OrderedDict(a=1), type("S", (str,), {})("a")])
def test_a_subclass_is_not_taken_for_what_json_knows(value: Any) -> None:
    """It would come back as another type."""
    with pytest.raises(TypeError, match="which JSON does not know"):
        Coding(None).encode([value], "payload")


def test_what_refers_to_itself_is_refused() -> None:
    """And does not end in the depths of a recursion."""
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueError, match="payload refers to itself, or is nested too deep"):
        Coding(None).encode(value, "payload")


def test_what_the_codec_raises_is_told_with_the_value() -> None:
    """On the way in and on the way out."""

    def fail(_: object) -> Any:
        raise RuntimeError("out of order")

    with pytest.raises(ValueError, match=r"payload\[0\] cannot be recorded: codec\['t'\] raised R"):
        Coding({"t": (tuple, fail, tuple)}).encode([()], "payload")
    coding = Coding({"t": (tuple, list, fail)})
    with pytest.raises(ValueError, match=r"cannot be read: codec\['t'\] raised RuntimeError: out"):
        coding.decode(to_text(coding.encode((), "payload")))


def test_without_the_codec_it_is_refused_or_kept_as_it_stands() -> None:
    """The command has no codec, and compares what a codec made."""
    text = to_text(Coding(CODEC).encode({"a": (1,)}, "payload"))
    with pytest.raises(ValueError, match="has a 'tuple' of a codec; give codec= with 'tuple' in"):
        Coding(None).decode(text)
    assert Coding(None, lenient=True).decode(text) == {"a": Coded("tuple", [1])}


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ([tuple], "codec must be a mapping, got list"),
        (
            {"t": tuple},
            r"codec\['t'\] must be a type and two functions, got <class 'tuple'>; write",
        ),
        ({"t": (tuple, list)}, "must be a type and two functions"),
        ({"t": (tuple, list, 1)}, "must be a type and two functions"),
        ({1: (tuple, list, tuple)}, "a name in the codec must be a str, got int: 1"),
    ],
)
def test_what_is_not_a_codec_is_refused(codec: Any, said: str) -> None:
    """At once, not with the first event."""
    with pytest.raises(TypeError, match=said):
        Coding(codec)


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ({"d": (dict, list, dict)}, r"codec\['d'\] is for dict, which is recorded as it is"),
        (
            {"a": (tuple, list, tuple), "b": (tuple, list, tuple)},
            r"codec\['b'\] and codec\['a'\] are both for tuple",
        ),
    ],
)
def test_a_codec_that_contradicts_itself_is_refused(codec: Any, said: str) -> None:
    """Nobody would know which line is asked."""
    with pytest.raises(ValueError, match=said):
        Coding(codec)


def test_a_mark_of_a_later_version_is_refused() -> None:
    """It stands for something, and not for itself."""
    with pytest.raises(ValueError, match="which this version does not know"):
        Coding(None).decode('{"$matrix": []}')
