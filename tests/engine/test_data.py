"""Payload, Delivery and Context: what they hold, refuse and show, and that they travel."""

import copy
import pickle
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Context, Delivery, Payload

names = st.lists(st.text(min_size=1))
payloads = st.builds(
    Payload,
    st.none() | st.integers() | st.text() | st.dictionaries(st.text(), st.integers()),
    st.sampled_from(Delivery),
    keys=names,
    topics=names,
    priority=st.none() | st.integers(),
)
WAYS: list[Callable[[Any], Any]] = [
    lambda value: pickle.loads(pickle.dumps(value)),
    copy.copy,
    copy.deepcopy,
]


def test_a_payload_is_a_broadcast_unless_told_otherwise() -> None:
    """D: simply Payload(data) goes to all collectors, with no keys, topics or priority."""
    payload = Payload({"data": "payload data"})
    assert payload.value == {"data": "payload data"}
    assert payload.delivery is Delivery.BROADCAST
    assert payload.keys == []
    assert payload.topics == []
    assert payload.priority is None


def test_a_payload_holds_what_it_is_given() -> None:
    """D: a value of any type, the delivery, keys, topics and priority."""
    value = object()
    payload = Payload(value, delivery=Delivery.KEY, keys=["a"], topics=["t", "u"], priority=0)
    assert payload.value is value
    assert payload.delivery is Delivery.KEY
    assert payload.keys == ["a"]
    assert payload.topics == ["t", "u"]
    assert payload.priority == 0


def test_the_deliveries_are_broadcast_key_and_topic() -> None:
    """D: Delivery is an enum of values BROADCAST, KEY, TOPIC."""
    assert [delivery.name for delivery in Delivery] == ["BROADCAST", "KEY", "TOPIC"]
    assert repr(Delivery.KEY) == "Delivery.KEY"
    assert pickle.loads(pickle.dumps(Delivery.TOPIC)) is Delivery.TOPIC


def test_keys_and_topics_may_come_in_any_iterable() -> None:
    """D: keys and topics are lists, whatever they were given in."""
    payload = Payload(1, Delivery.KEY, keys=("b", "a"), topics=np.array(["hot"]))
    assert payload.keys == ["b", "a"]
    assert payload.topics == ["hot"]
    assert Payload(1, keys=np.array(["b", "a"])).keys == ["b", "a"]


def test_the_names_are_looked_at_without_a_list_that_the_payload_keeps() -> None:
    """The keys, then the topics, also of a class whose keys come from elsewhere."""

    class Own(Payload[int]):
        @property
        def keys(self) -> list[str]:
            return ["mine"]

        @keys.setter
        def keys(self, keys: list[str]) -> None: ...

    payload = Payload(1)
    tracemalloc.start()
    grown = []
    for _ in range(3):  # another thread may have its turn in between
        before = tracemalloc.get_traced_memory()[0]
        assert not payload.names
        grown.append(tracemalloc.get_traced_memory()[0] - before)
    tracemalloc.stop()
    assert min(grown) < 50
    payload.keys.append("late")
    assert payload.names == ("late",)
    both = Payload(1, Delivery.BROADCAST, keys=["a"], topics=["t", "u"])
    assert both.names == ("a", "t", "u")
    assert Own(1, topics=["t"]).names == ("mine", "t")


@pytest.mark.parametrize("name", ["keys", "topics"])
def test_none_is_not_assigned_for_names(name: str) -> None:
    """It would reach nobody, without a word."""
    payload = Payload(1, **{name: ["a"]})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=f"^{name} must be a list of str, got None; assign "):
        setattr(payload, name, None)
    assert getattr(payload, name) == ["a"]


def test_payloads_do_not_share_their_lists() -> None:
    """A payload's lists are its own: not another payload's, not the caller's."""
    keys = ["a"]
    payload, other = Payload(1, keys=keys), Payload(1)
    other.keys.append("b")
    keys.append("c")
    assert payload.keys == ["a"]
    assert Payload(1).keys == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"delivery": "key"},
            TypeError,
            (
                "delivery must be a Delivery, got str: 'key'; "
                "use Delivery.BROADCAST, Delivery.KEY or Delivery.TOPIC"
            ),
        ),
        ({"keys": "a"}, TypeError, "keys must be a list of str, got 'a'; write ['a']"),
        ({"topics": "t"}, TypeError, "topics must be a list of str, got 't'; write ['t']"),
        ({"keys": [1]}, TypeError, "a key must be a str, got int: 1"),
        ({"topics": [""]}, ValueError, "a topic must not be empty"),
        ({"keys": None}, TypeError, "keys must be a list of str, got NoneType: None"),
        ({"priority": 1.5}, TypeError, "priority must be an int or None, got float: 1.5"),
        ({"priority": True}, TypeError, "priority must be an int or None, got bool: True"),
    ],
)
def test_wrong_metadata_is_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Decision 24: a str where a list belongs, what is not a Delivery, a wrong priority."""
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Payload(1, **arguments)


@given(payloads)
def test_a_payload_travels(payload: Payload[Any]) -> None:
    """Decision 25: a payload pickles and copies."""
    for way in WAYS:
        twin = way(payload)
        assert twin == payload
        assert twin is not payload


def test_a_copy_shares_the_value_and_a_deep_copy_does_not() -> None:
    """Decision 25: copies are Python's own, shallow and deep."""
    payload = Payload([1])
    assert copy.copy(payload).value is payload.value
    assert copy.deepcopy(payload).value is not payload.value


@given(payloads, payloads)
def test_payloads_are_equal_when_all_of_their_parts_are(
    one: Payload[Any], other: Payload[Any]
) -> None:
    """Value, delivery, keys, topics and priority all count."""
    parts = [(p.value, p.delivery, p.keys, p.topics, p.priority) for p in (one, other)]
    assert (one == other) == (parts[0] == parts[1])
    assert (one == 7) is False


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("value", 2),
        ("delivery", Delivery.TOPIC),
        ("keys", ["b"]),
        ("topics", []),
        ("priority", None),
    ],
)
def test_each_part_makes_payloads_differ(part: str, value: object) -> None:
    """One part that differs is enough."""
    payload = Payload(1, Delivery.KEY, keys=["a"], topics=["t"], priority=1)
    other = copy.copy(payload)
    setattr(other, part, value)
    assert other != payload


def test_a_payload_cannot_be_hashed() -> None:
    """It can change, as its value can."""
    with pytest.raises(TypeError, match=r"^unhashable type: 'Payload'$"):
        hash(Payload(1))


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (Payload(1), "Payload(1)"),
        (Payload("a\nb"), r"Payload('a\nb')"),
        (
            Payload({"t": 21.5}, Delivery.KEY, keys=["a", "b"]),
            "Payload({'t': 21.5}, Delivery.KEY, keys=['a', 'b'])",
        ),
        (
            Payload(None, Delivery.TOPIC, topics=["t"], priority=0),
            "Payload(None, Delivery.TOPIC, topics=['t'], priority=0)",
        ),
    ],
)
def test_a_payload_shows_what_was_said(payload: Payload[Any], text: str) -> None:
    """Decision 26: one line, with what differs from the default."""
    assert repr(payload) == text


def test_a_context_holds_what_is_set_on_it() -> None:
    """A: Context() is empty; any attribute can be set on it, read and deleted."""
    ctx = Context()
    assert repr(ctx) == "Context()"
    ctx.config_value = "seven"
    assert ctx.config_value == "seven"
    assert "config_value" in ctx
    assert repr(ctx) == "Context(config_value)"
    del ctx.config_value
    assert "config_value" not in ctx


def test_a_context_can_be_made_with_values() -> None:
    """A: a container of the collector's values, in the order in which they were set."""
    ctx = Context(limit=40, unit="C")
    ctx.seen = 0
    assert (ctx.limit, ctx.unit, ctx.seen) == (40, "C", 0)
    assert repr(ctx) == "Context(limit, unit, seen)"


@pytest.mark.parametrize(
    ("ctx", "known"), [(Context(), "nothing"), (Context(a=1, b=2), "a, b")], ids=["empty", "filled"]
)
def test_a_value_that_is_missing_is_named(ctx: Context, known: str) -> None:
    """A: who asks for a value that nobody set is told what there is and where to set it."""
    message = (
        f"the context has no 'repository', it has: {known}; set it in the lifecycle, "
        "or pass ctx=Context(repository=...) to the Collector"
    )
    with pytest.raises(AttributeError, match=f"^{re.escape(message)}$"):
        _ = ctx.repository
    assert getattr(ctx, "repository", None) is None


def test_a_context_travels() -> None:
    """Decision 25: a context pickles and copies, with its values."""
    ctx = Context(limit=40, seen=[1])
    for way in WAYS:
        twin = way(ctx)
        assert twin is not ctx
        assert vars(twin) == vars(ctx)
        twin.more = 1
        assert "more" not in ctx
    assert copy.copy(ctx).seen is ctx.seen
    assert copy.deepcopy(ctx).seen is not ctx.seen


def test_a_context_can_be_read_and_set_by_name() -> None:
    """A: for names that are not known before, `ctx[name]` is what `ctx.name` is."""
    ctx = Context(limit=40)
    ctx["seen"] = 1
    ctx["seen"] += 1
    assert (ctx["limit"], ctx.seen, ctx["seen"]) == (40, 2, 2)
    assert list(ctx) == ["limit", "seen"]
    del ctx["seen"]
    assert "seen" not in ctx
    assert bool(Context()) is True  # not a container that may be empty


def test_a_name_that_is_missing_is_a_key_error_with_the_same_words() -> None:
    """A: reading and deleting by name say what there is, as by attribute."""
    ctx = Context(a=1)
    message = (
        "the context has no 'b', it has: a; set it in the lifecycle, "
        "or pass ctx=Context(b=...) to the Collector"
    )
    with pytest.raises(KeyError) as read:
        ctx["b"]
    with pytest.raises(KeyError) as deleted:
        del ctx["b"]
    assert read.value.args == deleted.value.args == (message,)
    with pytest.raises(TypeError):
        ctx[0]  # type: ignore[index]


def test_a_context_of_a_subclass_gives_what_its_class_has() -> None:
    """A: a class with the types of its names, and with defaults."""

    class Limits(Context):
        limit: int = 40

    ctx = Limits(seen=0)
    assert (ctx.limit, ctx["limit"], ctx["seen"]) == (40, 40, 0)
    assert repr(ctx) == "Limits(seen)"
