"""Values and exceptions in one line of text, the same in every run."""

import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Delivery
from event_collector._text import describe, one_line

ROOT = Path(__file__).parents[2]


class Shy:
    """Cannot show itself."""

    def __repr__(self) -> str:
        raise RuntimeError("no picture please")


class Lines:
    """Shows itself in several lines."""

    def __repr__(self) -> str:
        return "first\n   second\u2028third\n"


@dataclass
class Note:
    """Holds a text."""

    text: str


class Plain:
    """Has the repr that Python gives, with an address."""


values = st.recursive(
    st.none() | st.integers() | st.text() | st.binary() | st.floats() | st.just(Lines()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(values, st.integers(10, 200))
def test_any_value_gives_one_line_within_the_limit(value: object, limit: int) -> None:
    """Decision 26: whatever the value, its text is one line and no longer than the limit."""
    text = one_line(value, limit)
    assert len(text.splitlines()) == 1
    assert len(text) <= limit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (21.5, "21.5"),
        ("two  spaces at 0x1F", "'two  spaces at 0x1F'"),
        ("line\nbreak", r"'line\nbreak'"),
        ({"b": 1, "a": [2, (3,)]}, "{'b': 1, 'a': [2, (3,)]}"),
        ({10, 9, 2}, "{2, 9, 10}"),
        (set(), "set()"),
        (frozenset("ba"), "frozenset({'a', 'b'})"),
        (Note("two  spaces"), "Note(text='two  spaces')"),
        (Lines(), "first second third"),
        (list(range(10)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        (dict.fromkeys(range(9)), "{" + "".join(f"{n}: None, " for n in range(8)) + "...}"),
        (OrderedDict(a=1), "OrderedDict({'a': 1})"),
    ],
)
def test_a_value_is_shown_as_it_is_written(value: object, text: str) -> None:
    """Decision 26: containers keep their order, sets are sorted, a user's text is not touched."""
    assert one_line(value) == text


def test_a_long_value_is_shortened() -> None:
    """A text is cut in its middle, and everything at the limit."""
    assert one_line("x" * 1000) == "'" + "x" * 37 + "..." + "x" * 38 + "'"
    assert one_line([1] * 8, limit=10) == "[1, 1, ..."


def test_a_deep_value_is_shortened() -> None:
    """Nesting ends somewhere, in lists and in dicts, and an empty dict is shown at any depth."""
    deep: object = {}
    for _ in range(6):
        deep = {"in": deep}
    assert one_line(deep, 500) == "{'in': " * 6 + "{}" + "}" * 6
    assert one_line({"in": deep}, 500) == "{'in': " * 6 + "{...}" + "}" * 6


def test_addresses_are_left_out() -> None:
    """Decision 26: no address of an object, wherever it is in the value."""
    assert one_line(Plain()) == f"<{__name__}.Plain object>"
    assert one_line([{"it": Plain()}]) == f"[{{'it': <{__name__}.Plain object>}}]"


def test_a_repr_that_fails_is_named() -> None:
    """A value that cannot show itself spoils neither the text nor what is beside it."""
    assert one_line(Shy()) == "<Shy whose repr raised RuntimeError>"
    assert one_line([1, Shy()]) == "[1, <Shy whose repr raised RuntimeError>]"


def test_a_set_without_an_order_of_its_own_is_ordered_by_text() -> None:
    """Decision 26: a set of different types, of enums or of sets is shown in one order."""
    assert one_line({None, "b", 1, "a"}) == "{'a', 'b', 1, None}"
    assert one_line(set(Delivery)) == "{Delivery.BROADCAST, Delivery.KEY, Delivery.TOPIC}"
    assert one_line({frozenset("b"), frozenset("a")}) == "{frozenset({'a'}), frozenset({'b'})}"


SHOW = """
from event_collector import *
words = {"pump", "valve", "door", "lamp", None, 3}
names = {"pump", "valve", "door", "lamp"}
payload = Payload({"set": words}, Delivery.TOPIC, keys=names, topics=frozenset(names))
print(payload, Ok(words), Error(KeyError("x")), ResultList([Ok(frozenset(names))]))
print(Collector("c", (lambda p, c: None), topics=names))
print(Payload({frozenset({"a", "b"}), frozenset({"c", "d"})}), Payload(object()))
"""


def test_reprs_are_the_same_in_every_run() -> None:
    """Decision 26: reprs with sets do not depend on the seed of Python's hashes."""
    shown = set()
    for seed in ("1", "2", "3", "4"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", SHOW], env=environment, capture_output=True, check=True
        )
        shown.add(run.stdout)
    assert len(shown) == 1
    assert b" at 0x" not in shown.pop()


@pytest.mark.parametrize(
    ("exception", "text"),
    [
        (ValueError("too  hot"), "ValueError: too  hot"),
        (ValueError(), "ValueError"),
        (KeyError("door"), "KeyError: 'door'"),
        (OSError("one\ntwo\n"), "OSError: one two"),
        (TypeError(f"no {Plain()!r} here"), f"TypeError: no <{__name__}.Plain object> here"),
        (ValueError(Shy()), "ValueError: its str raised RuntimeError"),
    ],
)
def test_an_exception_is_described_by_its_type_and_what_it_says(
    exception: Exception, text: str
) -> None:
    """Decision 26: one line, no addresses; an exception that cannot speak is named all the same."""
    assert describe(exception) == text


def test_a_long_description_is_cut_at_the_limit() -> None:
    """The limit counts the type's name too."""
    assert describe(ValueError("x" * 200), limit=20) == "ValueError: xxxxx..."
    assert len(describe(ValueError("x" * 200))) == 120
