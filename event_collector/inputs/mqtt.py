"""MQTT: payloads from a broker's topics, acknowledged when their results are there.

It needs paho-mqtt, which the extra `[services]` brings. This module is imported by who names it.

>>> from functools import partial
>>> from event_collector.inputs.mqtt import read_mqtt
>>> inputs = partial(read_mqtt, address="localhost", topics=["berlin/#"], client_id="weather")
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from paho.mqtt import client as paho

from event_collector import _check
from event_collector.data import Payload
from event_collector.inputs.mqtt_messages import (
    DeadLetter,
    Message,
    checked_filters,
    checked_text,
    host_and_port,
    payload_of,
)
from event_collector.inputs.mqtt_reader import Reader
from event_collector.queue import CollectorQueue

__all__ = ["DeadLetter", "Message", "Subscription", "payload_of", "read_mqtt"]


class Subscription:
    """How things stand with a broker, as `read_mqtt` gives it to its block."""

    __slots__ = ("_reader",)

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def subscribed(self) -> bool:
        """Whether the broker delivers now: False while the connection is lost."""
        return self._reader.subscribed

    @property
    def unacknowledged(self) -> int:
        """How many messages have come by this connection that are not acknowledged: their results
        are not in, they stand behind such a one, or they failed and there is no `dead_letter`."""
        return self._reader.unacknowledged

    def __repr__(self) -> str:
        state = "subscribed" if self.subscribed else "not connected"
        return f"Subscription({state}, {self.unacknowledged} unacknowledged)"


@asynccontextmanager
async def read_mqtt(
    queue: CollectorQueue,
    *,
    address: str,
    topics: Iterable[str],
    client_id: str,
    payload_of: Callable[[Message, list[str]], Payload[Any]] = payload_of,
    dead_letter: Callable[[DeadLetter], Awaitable[object]] | None = None,
    configure: Callable[[paho.Client], object] | None = None,
    close_timeout: float = 10.0,
) -> AsyncIterator[Subscription]:
    """Send what a broker delivers to a queue, and acknowledge it when all its results are Ok.

    It subscribes with QoS 1 in a session that the broker keeps (MQTT 3.1.1), and promises **at
    least once**: what was not acknowledged comes again when the connection is made anew, be it that
    the connection broke, that this process was killed, or that the broker was. So a processor may
    get a payload twice: what was in service as the connection broke is one of these. And where two
    of `topics` match a message, a broker may deliver it once for each. What a broker had promised
    to keep, and lost with its own end, nobody delivers.

    A message of which a result is an Error, which reaches no collector, or which is not a payload,
    goes to `dead_letter`. Where that returns, it is acknowledged. Without a `dead_letter` it is
    not, and a log line says so: it comes again with the next connection. Until then it takes one of
    the places that a broker has for what is not acknowledged, 20 in mosquitto, and when these are
    taken the broker delivers nothing more: give a `dead_letter` to a service that is to run on.

    Acknowledgements are sent in the order in which the messages came, as the protocol wants it: a
    slow one holds up those of the messages behind it, and nothing else.

    While the queue is full (`max_queued`), nothing is read. If that lasts longer than one and a
    half times the client's keepalive (60 s), the broker takes it for gone, and delivers anew.

    A connection that breaks is logged and tried again, after 1, 2, 4 up to 30 seconds. At the end
    of the block no more is taken in; what was is awaited for `close_timeout` seconds and
    acknowledged. The session stays: what is published meanwhile comes to the next who has its id.

    Args:
        queue: The queue, which runs.
        address: The broker's host, "host:port" or "[IPv6]:port". The port is 1883 unless given.
        topics: What to subscribe to; each may have the wildcards `+` and `#`. Where the broker
            knows shared subscriptions, "$share/group/berlin/#" has several services share the work.
        client_id: The session's name. Two clients with one name throw each other out.
        payload_of: Makes the payload of a message; it also gets `topics`. Runs in a thread of
            paho's. Unless given, `event_collector.inputs.mqtt.payload_of`.
        dead_letter: An async function that keeps what was not processed well. Runs in the queue's
            loop.
        configure: Gets the client before it connects, to set login, TLS, or a will:
            `lambda client: client.username_pw_set("name", "password")`.
        close_timeout: Seconds.

    Raises:
        TypeError: An argument is not of its type.
        ValueError: `address` has no port where one is begun; there is no topic, or one is wrong; or
            `client_id` is empty, or too long.
        ConnectionError: Nobody answers at the address, or the broker refuses the login or a topic;
            where it delivers what the session has kept before it says so, the log has it.
        TimeoutError: It does not answer within 10 s.
    """
    _check.kind(queue, CollectorQueue, "queue", "give the running queue")
    host, port = host_and_port(address)
    filters = checked_filters(topics)
    checked_text(client_id, "client_id")
    _check.seconds(close_timeout, "close_timeout")
    reader = Reader(queue, address, filters, client_id, payload_of, dead_letter)
    if configure is not None:
        configure(reader.client)
    await reader.open(host, port)
    try:
        yield Subscription(reader)
    finally:
        await reader.close(close_timeout)
