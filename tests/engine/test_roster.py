"""The roster finds collectors by key and by topic, in order, and follows every change."""

import pickle
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Collector, Context, Payload, Roster, UnknownCollectorError

KEYS = list("abcdef")
TOPICS = ["hot", "cold", "wet"]
topics = st.lists(st.sampled_from(TOPICS))
asked_keys = st.lists(st.sampled_from([*KEYS, "nobody"]))
asked_topics = st.lists(st.sampled_from([*TOPICS, "silence"]))


async def echo(payload: Payload[Any], ctx: Context) -> Any:
    """Give the value back."""
    return payload.value


def collector(key: str, *topics: str) -> Collector:
    """A collector of a key and topics."""
    return Collector(key, echo, topics=topics)


@st.composite
def collector_lists(draw: st.DrawFn) -> list[Collector]:
    """Collectors with different keys, in any order, each with any topics."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True))
    return [collector(key, *draw(topics)) for key in keys]


changes = st.lists(
    st.tuples(st.sampled_from(["add", "replace", "remove"]), st.sampled_from(KEYS), topics),
    max_size=30,
)


def by_key(collectors: list[Collector], keys: list[str]) -> list[Collector]:
    """What `with_keys` is by definition."""
    return [collector for collector in collectors if collector.key in keys]


def by_topic(collectors: list[Collector], topics: list[str]) -> list[Collector]:
    """What `listening_to` is by definition."""
    return [collector for collector in collectors if set(collector.topics) & set(topics)]


def apply(change: tuple[str, str, list[str]], roster: Roster, model: dict[str, Collector]) -> None:
    """Make a change, if it can be made, to a roster and to a dict that stands for it."""
    verb, key, heard = change
    new = collector(key, *heard)
    if verb == "add" and key not in model:
        roster._add(new)
        model[key] = new
    elif verb == "replace" and key in model:
        assert roster._replace(new) is model[key]
        model[key] = new
    elif verb == "remove" and key in model:
        assert roster._remove(key) is model.pop(key)


def test_a_roster_is_a_read_only_mapping_in_order() -> None:
    """Decision 27: a mapping from key to Collector, in the order in which the queue got them."""
    collectors = [collector("b"), collector("a"), collector("c")]
    roster = Roster(collectors)
    assert isinstance(roster, Mapping)
    assert list(roster) == ["b", "a", "c"]
    assert list(roster.values()) == collectors
    assert len(roster) == 3
    assert roster["a"] is collectors[1]
    assert roster.get("nobody") is None
    assert "a" in roster
    assert "nobody" not in roster
    assert not hasattr(roster, "__setitem__")
    assert not hasattr(roster, "__delitem__")
    assert repr(roster) == "Roster(['b', 'a', 'c'])"


def test_a_roster_may_be_empty() -> None:
    """Decision 24: no collectors at all is fine."""
    roster = Roster()
    assert len(roster) == 0
    assert roster.everyone() == roster.with_keys(["a"]) == roster.listening_to(["hot"]) == ()


@given(collector_lists(), asked_keys, asked_topics)
def test_collectors_are_found_as_defined(
    collectors: list[Collector], keys: list[str], topics: list[str]
) -> None:
    """D and decision 16: by key and by topic, each once and in order, whatever is said twice."""
    roster = Roster(collectors)
    assert list(roster.everyone()) == collectors
    assert list(roster.with_keys(keys)) == by_key(collectors, keys)
    assert list(roster.listening_to(topics)) == by_topic(collectors, topics)


@given(collector_lists(), changes)
def test_a_changed_roster_equals_one_made_afresh(
    collectors: list[Collector], changes: list[tuple[str, str, list[str]]]
) -> None:
    """Decision 27: after any adding, replacing and removing, its answers are those of a new one."""
    roster, model = Roster(collectors), {one.key: one for one in collectors}
    for change in changes:
        apply(change, roster, model)
        fresh = Roster(model.values())
        assert list(roster.items()) == list(fresh.items())
        assert roster.everyone() == fresh.everyone()
        assert roster.with_keys(KEYS) == fresh.with_keys(KEYS)
        assert roster._by_topic.keys() == fresh._by_topic.keys()
        for topic in TOPICS:
            assert roster.listening_to([topic]) == fresh.listening_to([topic])


@given(
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(["comes", "does not"])), max_size=30)
)
def test_collectors_stand_as_they_were_given_whoever_is_overtaken(
    steps: list[tuple[str, str]],
) -> None:
    """Decision 12: a key seen first is given, seen again it comes in, or not, or goes."""
    roster, given, ways = Roster(), list[str](), dict[str, Any]()
    for key, how in steps:
        if key in roster:
            roster._remove(key)
            given.remove(key)
        elif (way := ways.pop(key, None)) is None:
            ways[key] = roster.place_for(key)
            ways[key].__enter__()
            given.append(key)
        else:
            if how == "comes":
                roster._add(collector(key, "hot"))
            else:
                given.remove(key)
            way.__exit__(None, None, None)
        there = [key for key in given if key not in ways]
        assert list(roster) == [one.key for one in roster.everyone()] == there
        assert [one.key for one in roster.listening_to(["hot"])] == there
        assert [one.key for one in roster.with_keys(KEYS)] == there


def test_a_replacement_takes_the_place_of_the_old_one() -> None:
    """Decision 27: the order stays; by topic too, where the old one did not listen."""
    roster = Roster([collector("a"), collector("b"), collector("c", "hot")])
    new = collector("a", "hot")
    roster._replace(new)
    assert list(roster) == ["a", "b", "c"]
    assert roster.listening_to(["hot"]) == (new, roster["c"])


def test_what_was_found_is_not_changed_later() -> None:
    """An answer is a reading: an event in service keeps the collectors that it was given to."""
    roster = Roster([collector("a", "hot")])
    found = (roster.everyone(), roster.with_keys(["a"]), roster.listening_to(["hot"]))
    roster._remove("a")
    roster._add(collector("b", "hot"))
    assert [[one.key for one in each] for each in found] == [["a"], ["a"], ["a"]]


class Untouchable(Collector):
    """A collector that must not be looked at."""

    __slots__ = ("guarded",)
    guarded: bool

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics that can be read while nobody guards them."""
        assert not getattr(self, "guarded", False)
        return super().topics


def test_finding_a_few_among_many_looks_at_those_few_only() -> None:
    """D: by key and by topic, the cost depends on how many match, not on how many there are."""
    crowd = [Untouchable(f"crowd-{number}", echo, topics=["crowd"]) for number in range(10_000)]
    roster = Roster([*crowd, collector("a", "hot"), collector("b", "hot")])
    for one in crowd:
        one.guarded = True
    assert [one.key for one in roster.with_keys(["b", "a"])] == ["a", "b"]
    assert [one.key for one in roster.listening_to(["hot", "cold"])] == ["a", "b"]


@pytest.mark.parametrize(
    ("collectors", "error", "message"),
    [
        (
            [collector("audit"), collector("audit")],
            ValueError,
            "two collectors have the key 'audit'; keys must be unique in a queue",
        ),
        (
            [echo],
            TypeError,
            (
                "collectors must be Collectors, got function: <function echo>; "
                "wrap it: Collector(key, processor)"
            ),
        ),
    ],
)
def test_wrong_collectors_are_refused(
    collectors: list[Any], error: type[Exception], message: str
) -> None:
    """Decision 24: two collectors with one key, and what is not a Collector."""
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Roster(collectors)


def test_a_str_is_no_list_of_keys_or_topics() -> None:
    """Decision 24: a str where a list of keys or topics belongs, for custom routers too."""
    roster = Roster([collector("a", "t")])
    keys = re.escape("keys must be a list of str, got 'a'; write ['a']")
    with pytest.raises(TypeError, match=f"^{keys}$"):
        roster.with_keys("a")
    topics = re.escape("topics must be a list of str, got 't'; write ['t']")
    with pytest.raises(TypeError, match=f"^{topics}$"):
        roster.listening_to("t")


def test_a_missing_key_is_a_key_error() -> None:
    """As in any mapping; what changes the queue names the keys that there are."""
    roster = Roster([collector("a")])
    with pytest.raises(KeyError, match=r"^'dor'$"):
        roster["dor"]
    with pytest.raises(UnknownCollectorError) as caught:
        roster._get("dor")
    assert str(caught.value) == "no collector has the key 'dor'; the queue's collectors are ['a']"


def test_a_roster_travels() -> None:
    """A custom router and its roster can be pickled, and find the same collectors there."""
    twin = pickle.loads(pickle.dumps(Roster([collector("b", "hot"), collector("a", "hot")])))
    assert list(twin) == ["b", "a"]
    assert twin.listening_to(["hot"]) == twin.everyone() == tuple(twin.values())
