"""Addressing: what the names of a table's rows say of their delivery."""

from typing import Any

import pytest
from event_collector_widgets.tables import Addressing

from event_collector import Delivery


@pytest.mark.parametrize(
    ("how", "delivery"),
    [
        ({}, Delivery.BROADCAST),
        ({"keys": ["k"]}, Delivery.KEY),
        ({"keys_column": "k"}, Delivery.KEY),
        ({"topics": ["t"]}, Delivery.TOPIC),
        ({"topics_column": "t"}, Delivery.TOPIC),
        ({"delivery": Delivery.BROADCAST, "keys": ["k"]}, Delivery.BROADCAST),
    ],
)
def test_names_alone_say_how_the_rows_find_their_collectors(
    how: dict[str, Any], delivery: Delivery
) -> None:
    """Decision 29: as with a Payload."""
    addressed = Addressing(**how)
    assert addressed.delivery is delivery
    assert [each.delivery for each in addressed.payloads([{"k": "a", "t": "b"}])] == [delivery]


def test_a_row_that_says_its_delivery_may_have_names_for_another() -> None:
    """Decision 29: a column says it for each row; one that goes by key and has none gets nobody."""
    how = Addressing(delivery_column="how", topics=["t"])
    rows = [{"how": "key"}, {"how": "topic"}, {"how": "broadcast"}]
    key, topic, everybody = how.payloads(rows)
    assert (key.delivery, key.keys, key.topics) == (Delivery.KEY, [], ["t"])
    assert (topic.delivery, topic.topics) == (Delivery.TOPIC, ["t"])
    assert everybody.delivery is Delivery.BROADCAST
