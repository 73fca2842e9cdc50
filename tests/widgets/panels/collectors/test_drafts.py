"""What the form of a collector says: lines of topics and context values, and a draft of it all."""

import json
import keyword
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets.panels.collectors.drafts import (
    LONGEST_VALUE,
    Draft,
    changed,
    not_in,
    read_context,
    read_topics,
    write_context,
    write_topics,
)
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Collector, Context
from tests.widgets.benches import double

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | FLOATS | st.text(max_size=8),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=4), one, max_size=3),
    max_leaves=8,
)
NAMES = st.from_regex(r"[a-z][a-z_0-9]{0,5}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and name != "self"
)


@given(st.lists(st.text(min_size=1, max_size=8), max_size=5, unique=True))
def test_topics_come_back_from_the_form_as_they_were(topics: list[str]) -> None:
    """Fault 15: with commas, quotes, spaces around them and line breaks too."""
    assert read_topics(write_topics(tuple(topics))) == tuple(topics)


def test_a_topic_stands_in_its_line_as_it_is() -> None:
    """Nobody quotes what needs no quotes; spaces around a line and empty lines mean nothing."""
    assert write_topics(("a, b", "it's")) == "a, b\nit's"
    assert read_topics("  a, b \n\n b\n a, b") == ("a, b", "b")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            '"a',
            "line 2 of the topics is not JSON: no closing quote for the text at character 1",
        ),
        ('"a" "b"', "line 2 of the topics is not JSON: something follows it at character 5"),
    ],
)
def test_a_topic_in_quotes_is_one_text(line: str, said: str) -> None:
    """A line that begins with a quote is JSON, and its mistake is told with its line."""
    with pytest.raises(ValueError, match=said):
        read_topics(f"x\n{line}")


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_context_values_come_back_from_the_form_as_they_were(values: dict[str, Any]) -> None:
    """The very same values, of the same types; what is too long to be shown is named beside."""
    text, others = write_context(Context(**values))
    back = read_context(text)
    assert repr({**back, **others}) == repr({**{n: values[n] for n in back}, **others})
    assert {*back, *others} == {*values}
    told = [json.dumps(each, ensure_ascii=False) for each in others.values()]
    told = [each if each.isprintable() else json.dumps(json.loads(each)) for each in told]
    assert all(len(each) > LONGEST_VALUE for each in told)


def test_what_a_page_cannot_show_stands_escaped_in_the_text() -> None:
    """Half a character would not even reach the page; a separator would look like two lines."""
    value = "\ud800\u2028\n"
    text, _ = write_context(Context(x=value, y="Zürich"))
    assert text == 'x = "\\ud800\\u2028\\n"\ny = "Zürich"'
    assert read_context(text)["x"] == value


class Number(int):
    """An int that is more than one."""


@pytest.mark.parametrize(
    "value",
    [(1, 2), {1: 2}, float("nan"), float("inf"), Number(3), object(), {1, 2}, "x" * LONGEST_VALUE],
)
def test_a_value_that_is_not_json_or_long_is_not_in_the_text(value: Any) -> None:
    """It would come back as another one. It stays with the collector."""
    text, others = write_context(Context(limit=40, odd=value))
    assert text == "limit = 40"
    assert others["odd"] is value


def test_a_value_that_leads_to_itself_is_not_in_the_text() -> None:
    """Nothing recurses without an end."""
    loop: list[Any] = []
    loop.append(loop)
    assert write_context(Context(loop=loop)) == ("", {"loop": loop})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("limit", "line 2 of the context must be name = JSON, such as limit = 40, got 'limit'"),
        ("limit =", "line 2 of the context must be name = JSON"),
        ("= 4", "line 2 of the context: '' cannot be the name of an attribute"),
        ("a b = 4", "'a b' cannot be the name"),
        ("class = 4", "'class' cannot be the name"),
        ("self = 4", "'self' cannot be the name"),
        ("__class__ = 4", "'__class__' cannot be the name"),
        ("x = 1", "line 2 of the context gives 'x' again; leave one of them out"),
        (
            "y = [1, 2",
            "line 2 of the context is not JSON: a comma or bracket is missing at character 6 of",
        ),
        (
            "y = seattle",
            "line 2 of the context is not JSON: a value is missing at character 1 of 'seattle'",
        ),
        ("y = NaN", "not JSON that can be used: NaN is not a number of JSON"),
        ("y = 1e999", "not JSON that can be used: Out of range"),
        (f"y = {'[' * 100_000}", "not JSON that can be used"),
        (f"y = {'9' * 5_000}", "not JSON that can be used: Exceeds the limit"),
    ],
)
def test_a_mistake_in_the_context_is_told_with_its_line(line: str, said: str) -> None:
    """And nothing of it is executed, whatever it says."""
    with pytest.raises(ValueError, match="line 2 of the context") as caught:
        read_context(f"x = 1\n{line}")
    assert said in str(caught.value)


def test_only_what_was_typed_is_a_change() -> None:
    """A running value has moved on since the form was filled: the form does not set it back."""
    filled = "seen = 17\nlimit = 40"
    assert changed(filled, filled) == {}
    assert changed("seen = 17\nlimit = 41\nnew = true", filled) == {"limit": 41, "new": True}
    assert changed("limit = 40", filled) == {}
    assert changed("seen = true", "seen = 1") == {"seen": True}


def test_a_value_that_the_context_has_is_not_a_change() -> None:
    """Nor is one that somebody has set meanwhile; but 1 is not true, and what is no JSON is."""
    ctx = Context(a=1, b=object(), c=[1])
    changes = {"a": 1, "b": 1, "c": [1], "d": None}
    assert not_in(ctx, changes) == {"b": 1, "d": None}
    assert not_in(ctx, {"a": True}) == {"a": True}


@asynccontextmanager
async def life(ctx: Context) -> Any:
    """A lifecycle."""
    yield


def drafted(**options: Any) -> Draft:
    """A draft of a collector that doubles."""
    return Draft("x", double, "double", **options)


def test_without_a_lifecycle_the_context_itself_goes_on() -> None:
    """What is in service with the old collector still writes to it."""
    old = Collector("x", double, ctx=Context(seen=1))
    assert drafted().collector(old).ctx is old.ctx


@pytest.mark.parametrize("was", [None, life])
@pytest.mark.parametrize("will", [None, life])
@pytest.mark.parametrize("changes", [{}, {"limit": 41}])
def test_else_a_new_context_begins_with_the_old_values(was: Any, will: Any, changes: Any) -> None:
    """A lifecycle opens and closes one context, and the old one must not see the new values."""
    odd = object()
    old = Collector("x", double, ctx=Context(limit=40, odd=odd), lifecycle=was)
    made = drafted(changes=changes, lifecycle=will, lifecycle_name="life").collector(old)
    assert vars(made.ctx) == {"limit": 40, "odd": odd, **changes}
    assert (made.ctx is old.ctx) == (not (was or will or changes))
    assert vars(old.ctx) == {"limit": 40, "odd": odd}


@given(
    topics=st.lists(st.text(min_size=1, max_size=4), max_size=3, unique=True),
    changes=st.dictionaries(NAMES, JSON, max_size=3),
    timeout=st.none() | st.floats(0.001, 1e6),
    limit=st.none() | st.integers(1, 100),
    lifecycle=st.sampled_from([None, life]),
    before=st.none() | st.dictionaries(NAMES, JSON, max_size=3),
)
def test_the_code_makes_the_same_collector(
    topics: Any, changes: Any, timeout: Any, limit: Any, lifecycle: Any, before: Any
) -> None:
    """The law of every draft: in the place of an old one, or of none."""
    draft = drafted(
        topics=tuple(topics),
        changes=changes,
        timeout=timeout,
        max_concurrency=limit,
        lifecycle=lifecycle,
        lifecycle_name="life",
    )
    old = None if before is None else Collector("x", double, ctx=Context(**before))
    made = draft.collector(old)
    names = {"Collector": Collector, "Context": Context, "double": double, "life": life, "old": old}
    same = eval(draft.code(old, "old"), names)
    for name in ("key", "processor", "topics", "lifecycle", "timeout", "max_concurrency"):
        assert getattr(same, name) == getattr(made, name)
    assert repr(vars(same.ctx)) == repr(vars(made.ctx))
    assert (same.ctx is made.ctx) == (made.ctx is (old and old.ctx))


def test_what_has_no_name_is_taken_from_the_old_collector() -> None:
    """A processor or lifecycle that was never in the notebook, or is not there any more."""
    old = Collector("x", double, lifecycle=life)
    code = Draft("x", double, None, lifecycle=life).code(old, "b.collectors['x']")
    assert code == (
        "Collector('x', b.collectors['x'].processor, ctx=Context(**vars(b.collectors['x'].ctx)), "
        "lifecycle=b.collectors['x'].lifecycle)"
    )


def test_it_tells_old_and_new() -> None:
    """Issue 13: a line for each thing that differs, and none for the others."""
    old = Collector("x", double, topics=["a", "cold"], ctx=Context(limit=40), max_concurrency=3)
    same = drafted(topics=("a", "cold"), max_concurrency=3)
    assert same.differences(old, repr) == []

    async def other(*_: Any) -> Any: ...

    draft = Draft(
        *("x", other, "other", ("a", "heat"), {"limit": 50, "new": []}, life, "life"),
        timeout=2.5,
    )
    assert draft.differences(old, lambda function: function.__name__) == [
        "processor: double -> other",
        "topics: + heat, - cold",
        "context limit: 40 -> 50",
        "context new: nothing -> []",
        "lifecycle: none -> life",
        "timeout: none -> 2.5",
        "max_concurrency: 3 -> none",
    ]


def test_another_function_that_is_named_alike_was_run_again() -> None:
    """Two functions of one name in one cell differ all the same."""

    async def other(*_: Any) -> Any: ...

    told = Draft("x", other, "other").differences(Collector("x", double), lambda _: "double")
    assert told == ["processor: double -> double, run again"]


def test_topics_in_another_order_are_the_same() -> None:
    """Their order means nothing."""
    old = Collector("x", double, topics=["a", "b"])
    assert drafted(topics=("b", "a")).differences(old, repr) == []
