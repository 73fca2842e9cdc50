"""Messages: what an MQTT broker delivers, the payloads it becomes, and what is subscribed to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from paho.mqtt import client as paho

from event_collector import _check
from event_collector._text import one_line
from event_collector.data import Payload
from event_collector.inputs.values import parsed


@dataclass(frozen=True, slots=True)
class Message:
    """What the broker delivered."""

    topic: str
    data: bytes
    retained: bool = False
    """Whether the broker had kept it, and delivers it because of the subscription."""
    again: bool = False
    """Whether the broker says that it has delivered it before."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was not processed well, and why."""

    message: Message
    error: str
    """An exception's type and what it said; of several, in a line each."""


def payload_of(message: Message, filters: Iterable[str]) -> Payload[Any]:
    """The payload of a message of JSON: to those who listen to its topic, or to a filter of it.

    Args:
        message: Its data is JSON in UTF-8, and becomes the value.
        filters: What was subscribed to. The payload's topics are the message's topic and those of
            these that match it: a collector with `topics=["+/temperature"]` gets it if that is one.

    Raises:
        ValueError: It is not JSON.
    """
    found = [each for each in filters if paho.topic_matches_sub(_unshared(each), message.topic)]
    return Payload(parsed(message.data), topics=list(dict.fromkeys([message.topic, *found])))


def _unshared(topic: str) -> str:
    """What "$share/group/filter" matches, of which the broker gives each message to one client."""
    return topic.split("/", 2)[2] if topic.startswith("$share/") else topic


_ADDRESS = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?")
"""An address of IPv6 has colons of its own, and stands in brackets."""


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of an address, 1883 if it has no port.

    Raises:
        TypeError: It is not a str.
        ValueError: It is not "host" or "host:port".
    """
    _check.name(address, "address")
    parts = _ADDRESS.fullmatch(address)
    port = int(parts[3] or 1883) if parts else 0
    if parts is None or not 0 < port < 65_536:
        raise ValueError(f'address must be "host", "host:port" or "[IPv6]:port", got {address!r}')
    return parts[1] or parts[2], port


def checked_text(text: str, what: str) -> str:
    """A text that MQTT can send; to others a broker says nothing, and hangs up.

    Raises:
        TypeError: It is not a str.
        ValueError: It is empty, is too long, or has a character that has no place there.
    """
    _check.name(text, what)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        size = 0
    if not 0 < size < 65_536 or "\0" in text:
        raise ValueError(
            f"{what} must be of at most 65,535 bytes in UTF-8, without \\0, got {one_line(text)}"
        )
    return text


def checked_filters(topics: Iterable[str]) -> list[str]:
    """What to subscribe to, each once.

    Raises:
        TypeError: It is not an iterable of strs.
        ValueError: There is none, or one has a wildcard where MQTT has none, or is not its text.
    """
    filters = list(dict.fromkeys(_check.names(topics, "topic")))
    if not filters:
        raise ValueError('there is no topic to subscribe to; give one, such as topics=["#"]')
    for each in filters:
        checked_text(each, "a topic")
        parts = each.split("/")
        if "#" in parts[:-1] or any(len(part) > 1 and set("+#") & set(part) for part in parts):
            raise ValueError(
                f"{each!r} is not a filter of MQTT: + stands for a whole level, # for all the rest"
            )
    return filters
