"""The delivery of a payload that does not say one, and that of one that says a wrong one."""

import copy
import pickle
import re
from typing import Any

import pytest

from event_collector import Collector, Delivery, Payload
from tests.support import echo, in_loop, outcome, queue_of

NO_NAMES: list[Any] = [[], (), set(), iter(())]


@pytest.mark.parametrize(
    ("payload", "delivery"),
    [
        (Payload(1), Delivery.BROADCAST),
        (Payload(1, keys=["a"]), Delivery.KEY),
        (Payload(1, keys=("a", "b")), Delivery.KEY),
        (Payload(1, topics=["a"]), Delivery.TOPIC),
        (Payload(1, topics={"a", "b"}), Delivery.TOPIC),
    ],
)
def test_names_alone_say_how_a_payload_goes(payload: Payload[int], delivery: Delivery) -> None:
    """Decision 29: keys alone mean KEY, topics alone TOPIC, neither BROADCAST."""
    assert payload.delivery is delivery


@pytest.mark.parametrize("names", NO_NAMES, ids=lambda names: type(names).__name__)
def test_no_names_at_all_are_names_too(names: Any) -> None:
    """Decision 29: an empty list is given, and says KEY; it is not the same as none."""
    by_key = Payload(1, keys=names)
    assert (by_key.delivery, by_key.keys, by_key.topics) == (Delivery.KEY, [], [])
    by_topic = Payload(1, topics=names)
    assert (by_topic.delivery, by_topic.keys, by_topic.topics) == (Delivery.TOPIC, [], [])


@in_loop
async def test_a_payload_with_a_key_goes_to_nobody_else() -> None:
    """Decision 29: what is meant for one collector is not told to all."""
    audit, other = Collector("audit", echo), Collector("other", echo, topics=["t"])
    async with queue_of(audit, other) as queue:
        assert (await outcome(queue, Payload("secret", keys=["audit"]))).keys == ["audit"]
        assert (await outcome(queue, Payload("wet", topics=["t"]))).keys == ["other"]
        assert not (await outcome(queue, Payload("none", keys=[]))).delivered
        assert not (await outcome(queue, Payload("none", topics=[]))).delivered


@in_loop
async def test_keys_that_come_later_do_not_change_the_delivery() -> None:
    """Decision 29: it is settled when the payload is made."""
    payload = Payload("flood")
    payload.keys = ["audit"]
    assert payload.delivery is Delivery.BROADCAST
    async with queue_of(Collector("audit", echo), Collector("other", echo)) as queue:
        assert (await outcome(queue, payload)).keys == ["audit", "other"]


@in_loop
async def test_a_name_can_be_added_to_a_payload_that_has_one() -> None:
    """One name is kept without a list, which is there as soon as somebody asks for it."""
    key, topic = Payload(1, keys=["audit"]), Payload(1, topics=["nobody's"])
    key.keys.append("other")
    topic.topics.append("t")
    async with queue_of(Collector("audit", echo), Collector("other", echo, topics=["t"])) as queue:
        assert (await outcome(queue, key)).keys == ["audit", "other"]
        assert (await outcome(queue, topic)).keys == ["other"]


@in_loop
async def test_a_str_that_is_assigned_for_names_is_refused_and_shown() -> None:
    """It is not a list of one name, however one is kept."""
    payload = Payload(1, Delivery.KEY)
    payload.keys = "audit"  # type: ignore[assignment]
    shown: Any = payload.keys
    assert (shown, type(shown)) == ("audit", str)
    async with queue_of(Collector("audit", echo)) as queue:
        with pytest.raises(TypeError, match=r"^keys must be a list of str, got 'audit'; write "):
            (await outcome(queue, payload))[0].unwrap()


@pytest.mark.parametrize("given", [["a"], []])
def test_keys_and_topics_without_a_delivery_are_refused(given: list[str]) -> None:
    """Decision 29: nobody can tell what they mean together."""
    message = (
        "keys and topics are both given, and no delivery; "
        "choose Delivery.KEY, Delivery.TOPIC or Delivery.BROADCAST"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Payload(1, keys=["a"], topics=given)


def test_a_delivery_that_looks_at_what_is_not_given_is_refused() -> None:
    """Decision 29: KEY with nothing but topics, and TOPIC with nothing but keys."""
    message = (
        "Delivery.KEY goes by keys, and only topics are given; "
        "give keys=[...], or use Delivery.TOPIC"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Payload(1, Delivery.KEY, topics=["hot"])
    message = (
        "Delivery.TOPIC goes by topics, and only keys are given; "
        "give topics=[...], or use Delivery.KEY"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Payload(1, Delivery.TOPIC, keys=["audit"])


@pytest.mark.parametrize(
    ("payload", "delivery"),
    [
        (Payload(1, Delivery.BROADCAST, keys=["a"]), Delivery.BROADCAST),
        (Payload(1, Delivery.BROADCAST, topics=["a"]), Delivery.BROADCAST),
        (Payload(1, Delivery.KEY, keys=["a"], topics=["t"]), Delivery.KEY),
        (Payload(1, Delivery.TOPIC, keys=["a"], topics=["t"]), Delivery.TOPIC),
        (Payload(1, Delivery.KEY), Delivery.KEY),
        (Payload(1, Delivery.TOPIC), Delivery.TOPIC),
    ],
)
def test_a_delivery_that_is_given_is_respected(payload: Payload[int], delivery: Delivery) -> None:
    """Decision 29: whatever names stand beside it; custom routers may read them."""
    assert payload.delivery is delivery


@pytest.mark.parametrize("names", [{}, {"keys": ["a"]}, {"topics": ["a"]}])
@pytest.mark.parametrize("delivery", [None, "key", 1])
def test_what_is_not_a_delivery_is_refused_beside_names_too(
    delivery: Any, names: dict[str, Any]
) -> None:
    """Decision 24: None is not the same as not given."""
    with pytest.raises(TypeError, match=r"^delivery must be a Delivery, got "):
        Payload(1, delivery, **names)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (Payload(1, keys=["a"]), "Payload(1, Delivery.KEY, keys=['a'])"),
        (Payload(1, keys=[]), "Payload(1, Delivery.KEY)"),
        (Payload(1, topics=["a"]), "Payload(1, Delivery.TOPIC, topics=['a'])"),
        (Payload(1, Delivery.BROADCAST, keys=["a"]), "Payload(1, Delivery.BROADCAST, keys=['a'])"),
        (
            Payload(1, Delivery.BROADCAST, topics=["a"]),
            "Payload(1, Delivery.BROADCAST, topics=['a'])",
        ),
    ],
)
def test_a_payload_shows_a_delivery_that_its_names_would_not_mean(
    payload: Payload[int], text: str
) -> None:
    """Decisions 26 and 29: what is shown makes the same payload, if it is typed."""
    assert repr(payload) == text
    assert eval(text, {"Payload": Payload, "Delivery": Delivery}) == payload


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_copy_keeps_the_delivery_that_was_inferred(way: Any) -> None:
    """Decisions 25 and 29: and what was never given stays that."""
    for payload in (Payload(1, keys=["a"]), Payload(1, topics=[]), Payload(1)):
        twin = way(payload)
        assert twin == payload
        assert twin.delivery is payload.delivery


def test_a_payload_does_not_share_the_list_of_its_names() -> None:
    """A list of one name is copied like any other."""
    one, several = ["a"], ["a", "b"]
    payloads = [Payload(1, keys=one), Payload(1, topics=one), Payload(1, keys=several)]
    one.append("c")
    several.append("c")
    assert [p.keys or p.topics for p in payloads] == [["a"], ["a"], ["a", "b"]]


def test_a_payload_of_a_subclass_may_say_its_names_itself() -> None:
    """D: the router asks the payload, whatever its class."""

    class Late(Payload[int]):
        @property
        def keys(self) -> list[str]:
            return ["audit"]

        @keys.setter
        def keys(self, keys: list[str]) -> None:
            raise AttributeError("they are what they are")

    queue = queue_of(Collector("audit", echo), Collector("other", echo))
    told = queue.router.explain(Late(1, Delivery.KEY))  # type: ignore[attr-defined]
    assert [one.key for one in told if one.receives] == ["audit"]
