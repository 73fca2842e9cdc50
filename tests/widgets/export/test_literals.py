"""Literals: a value as Python writes it, in ruff's format, the same in every run."""

import datetime
import os
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from event_collector_widgets.export.literals import NoLiteralError, from_environment, literal
from hypothesis import given
from hypothesis import strategies as st

from event_collector.recording import same

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(st.integers() | st.text())
    ),
    max_leaves=10,
)


@given(PLAIN)
def test_a_literal_gives_the_value_again(value: Any) -> None:
    """Of every type, to the bit; nan is nan."""
    again = eval(literal(value).text, {"float": float, "frozenset": frozenset})
    assert type(again) is type(value)
    assert same(again, value)


@pytest.mark.parametrize(
    "value",
    [
        Path("/var/lib/x's.sqlite"),
        Decimal("1.50"),
        Fraction(1, 3),
        UUID(int=7),
        datetime.date(2010, 1, 2),
        datetime.datetime(2010, 1, 2, tzinfo=datetime.UTC),
        datetime.timedelta(hours=1),
        range(3),
        set(),
        frozenset(),
        (1,),
    ],
    ids=repr,
)
def test_it_knows_the_classes_of_the_standard_library(value: Any) -> None:
    """With the imports that they need."""
    text, imports = literal(value)
    names: dict[str, Any] = {}
    for each in imports:
        exec(
            f"from {each.module} import {each.name}" if each.name else f"import {each.module}",
            names,
        )
    assert eval(text, names) == value


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain", '"plain"'),
        ("it's", '"it\'s"'),
        ('say "x"', "'say \"x\"'"),
        ('it\'s "x"', "'it\\'s \"x\"'"),
        ("it's \"", '"it\'s \\""'),
        ("\\'", '"\\\\\'"'),
        ("\n", '"\\n"'),
    ],
)
def test_a_text_has_the_quotes_that_ruff_gives_it(text: str, quoted: str) -> None:
    """Double ones, unless those would have to be escaped more often."""
    assert literal(text).text == quoted
    assert eval(quoted) == text


@pytest.mark.parametrize(
    "value", [object(), [object()], {"a": sys}, lambda: 1, list(range(20_000))]
)
def test_what_has_none_is_refused_with_its_type(value: Any) -> None:
    """Or with how much it is."""
    with pytest.raises(NoLiteralError, match=r"it is a |it has more than 10,000 parts"):
        literal(value)


def test_what_refers_to_itself_is_refused() -> None:
    """It would have no end."""
    round_: list[Any] = []
    round_.append(round_)
    with pytest.raises(NoLiteralError, match=r"refers to itself|more than 10,000"):
        literal(round_)


def test_sets_are_the_same_in_every_run() -> None:
    """Whatever the hashes of texts are."""
    code = (
        "from event_collector_widgets.export.literals import literal\n"
        "print(literal({'b', 'a', 'c', 'd'}).text)"
    )
    said = {
        subprocess.check_output(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, text=True
        )
        for seed in ("1", "2", "3")
    }
    assert said == {'{"a", "b", "c", "d"}\n'}


def test_only_what_sounds_secret_is_taken_for_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A text may be the same by chance: a short one, or the name of a folder."""
    for name, value in {
        "API_TOKEN": "correct horse",
        "PLACE": "some place",
        "A_KEY": "short",
    }.items():
        monkeypatch.setenv(name, value)
    given = ["correct horse", "some place", "short", 3]
    assert list(map(from_environment, given)) == ["API_TOKEN", None, None, None]
