"""read_mqtt: what a broker delivers, acknowledged when all is well, with a real broker."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    Ok,
    Payload,
    Result,
)
from tests.inputs.brokers import Sensor, a_broker, free_port
from tests.support import in_loop

mqtt = pytest.importorskip("event_collector.inputs.mqtt")
host_and_port = pytest.importorskip("event_collector.inputs.mqtt_messages").host_and_port


class Seen:
    """A processor that keeps what it got; what is bad fails, and what is held waits."""

    def __init__(self) -> None:
        self.payloads: list[Payload[Any]] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def process(self, payload: Payload[Any], ctx: Context) -> Result:
        """Keep it."""
        self.payloads.append(payload)
        await self.hold.wait()
        if payload.value == "bad":
            return Error(ValueError("it is bad"))
        return Ok(None)

    @property
    def values(self) -> list[Any]:
        """What came."""
        return [payload.value for payload in self.payloads]


class Letters:
    """A table of dead letters."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    async def keep(self, letter: Any) -> None:
        """Keep one."""
        self.kept.append(letter)


async def until(done: Any) -> None:
    """Wait for a state."""
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110  # a client's thread tells no event
            await asyncio.sleep(0.002)


@asynccontextmanager
async def reading(
    seen: Seen, port: int, topics: list[str] | None = None, **options: Any
) -> AsyncIterator[CollectorQueue]:
    """A queue that reads from the broker at a port."""
    topics = topics or ["berlin/#"]
    listens = ["berlin/temp", "+/wind", "berlin/#"]
    collectors = [Collector("seen", seen.process, topics=listens)]
    room = options.pop("max_queued", None)
    queue = CollectorQueue(collectors, min_consumers=1, max_consumers=1, max_queued=room)
    options = {"address": f"127.0.0.1:{port}", "client_id": "tests", **options}
    async with queue, mqtt.read_mqtt(queue, topics=topics, **options):
        yield queue


async def not_read(port: int) -> None:
    """Try to read from what is not there, or does not let one in."""
    async with reading(Seen(), port):
        pass


@in_loop
async def test_a_message_is_a_payload_of_its_topic_and_of_the_filters_that_match_it() -> None:
    """Who listens to either gets it, by `Delivery.TOPIC`."""
    seen, port = Seen(), free_port()
    both = reading(seen, port, ["berlin/#", "+/wind"])
    async with a_broker(port), Sensor(port) as sensor, both:
        await sensor.publish("berlin/temp", json.dumps({"temp": 21.5}))
        await sensor.publish("paris/wind", "4")
        await until(lambda: len(seen.payloads) == 2)
    assert seen.payloads == [
        Payload({"temp": 21.5}, Delivery.TOPIC, topics=["berlin/temp", "berlin/#"]),
        Payload(4, Delivery.TOPIC, topics=["paris/wind", "+/wind"]),
    ]


def test_a_shared_subscription_is_matched_by_its_filter() -> None:
    """Services of one group share what comes; the topic has no trace of that."""
    message = mqtt.Message("berlin/temp", b"21.5")
    filters = ["$share/weather/berlin/#", "$share/weather/+/wind"]
    assert mqtt.payload_of(message, filters).topics == ["berlin/temp", filters[0]]


@pytest.mark.parametrize(
    ("topic", "data", "why"),
    [
        ("berlin/temp", b'"bad"', "ValueError: it is bad"),
        ("berlin/temp", b"nonsense", "JSONDecodeError"),
        ("berlin/temp", b"NaN", "it has NaN"),
        ("berlin/temp", b"1e999", "it has 1e999, which no float can hold"),
        ("paris/temp", b"1", "it reached no collector"),
    ],
)
def test_a_poisoned_message_is_a_dead_letter_and_the_next_one_is_processed(
    topic: str, data: bytes, why: str
) -> None:
    """It is acknowledged then, and does not come for ever."""
    seen, letters = Seen(), Letters()

    @in_loop
    async def run() -> None:
        port = free_port()
        everything = reading(seen, port, ["#"], dead_letter=letters.keep)
        async with a_broker(port), Sensor(port) as sensor, everything:
            await sensor.publish(topic, data)
            await sensor.publish("berlin/temp", "2")
            await until(lambda: letters.kept and 2 in seen.values)

    run()
    (letter,) = letters.kept
    assert (letter.message.topic, letter.message.data) == (topic, data)
    assert why in letter.error


def test_without_a_dead_letter_a_log_line_says_that_it_is_not_acknowledged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the topic, the data and the error."""
    seen = Seen()

    @in_loop
    async def run() -> None:
        port = free_port()
        async with a_broker(port), Sensor(port) as sensor, reading(seen, port):
            await sensor.publish("berlin/temp", '"bad"')
            await until(lambda: "is not acknowledged" in caplog.text)

    run()
    assert "a message of 'berlin/temp' was not processed well" in caplog.text
    assert "(ValueError: it is bad): b'\"bad\"'" in caplog.text


@in_loop
async def test_a_full_queue_holds_the_reading_up() -> None:
    """The backpressure: nothing is sent beyond `max_queued`, and all is in the end."""
    seen, port = Seen(), free_port()
    async with a_broker(port), Sensor(port) as sensor, reading(seen, port, max_queued=3) as queue:
        queue.pause()
        for number in range(20):
            await sensor.publish("berlin/temp", str(number))
        await until(lambda: queue.metrics().queued == 3)
        await asyncio.sleep(0.05)
        assert queue.metrics().queued == 3
        queue.resume()
        await until(lambda: len(seen.payloads) == 20)
    assert seen.values == list(range(20))


@in_loop
async def test_at_the_end_of_the_block_what_was_taken_is_awaited() -> None:
    """And acknowledged: so nothing is left that would come again."""
    seen, port = Seen(), free_port()
    seen.hold.clear()
    async with a_broker(port), Sensor(port) as sensor:
        async with reading(seen, port):
            await sensor.publish("berlin/temp", "1")
            await until(lambda: seen.values == [1])
            asyncio.get_running_loop().call_later(0.05, seen.hold.set)
        assert seen.hold.is_set()


def test_what_takes_too_long_at_the_end_is_told_and_not_awaited_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After `close_timeout`."""
    seen = Seen()

    @in_loop
    async def run() -> None:
        port = free_port()
        seen.hold.clear()
        async with a_broker(port), Sensor(port) as sensor:
            queue = CollectorQueue(
                [Collector("seen", seen.process)],
                min_consumers=1,
                max_consumers=1,
                shutdown_timeout=0,
            )
            read = partial(mqtt.read_mqtt, queue, topics=["#"], client_id="tests")
            options = {"payload_of": lambda message, filters: Payload(1), "close_timeout": 0.05}
            async with queue, read(address=f"127.0.0.1:{port}", **options):
                await sensor.publish("berlin/temp", "1")
                await until(lambda: seen.values == [1])

    run()
    assert "1 messages from" in caplog.text
    assert "had no results within 0.05 s" in caplog.text


@in_loop
async def test_nobody_at_the_address_is_an_error_at_once() -> None:
    """With the address, and what to do."""
    port = free_port()
    with pytest.raises(ConnectionError, match=f"no MQTT broker answers at '127.0.0.1:{port}'"):
        await not_read(port)


@in_loop
async def test_a_refused_login_is_an_error_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """It says how to set one. The log does not say that it is tried again."""
    port = free_port()
    async with a_broker(port, logins={}):
        with pytest.raises(ConnectionError, match="refused the connection: Not authorized; set"):
            await not_read(port)
    assert "tried again" not in caplog.text


@in_loop
async def test_what_is_not_a_broker_is_told_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port where somebody else listens."""
    monkeypatch.setattr("event_collector.inputs.mqtt_reader.ANSWER", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = r"did not answer as an MQTT broker within 0\.05 s"
        with pytest.raises(TimeoutError, match=said):
            await not_read(other.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"address": "host:port"}, "\"[IPv6]:port\", got 'host:port'"),
        ({"address": "[::1]1883"}, "address must be"),
        ({"address": "[::1"}, "address must be"),
        ({"address": ":1883"}, "address must be"),
        ({"address": ""}, "address must not be empty"),
        ({"topics": []}, "there is no topic to subscribe to"),
        ({"topics": "berlin/#"}, "topic"),
        ({"topics": ["berlin#"]}, "'berlin#' is not a filter of MQTT"),
        ({"topics": ["#/temp"]}, "'#/temp' is not a filter of MQTT"),
        ({"topics": ["berlin\0"]}, "a topic must be of at most 65,535 bytes in UTF-8, without"),
        ({"topics": ["\ud800"]}, "a topic must be of at most"),
        ({"client_id": ""}, "client_id must not be empty"),
        ({"client_id": "\xe9" * 40_000}, "client_id must be of at most"),
        ({"close_timeout": -1}, "close_timeout"),
        ({"queue": None}, "queue must be a CollectorQueue"),
    ],
)
def test_bad_arguments_are_refused_before_it_connects(options: dict[str, Any], said: str) -> None:
    """With the value, and what to do."""

    @in_loop
    async def run() -> None:
        async with CollectorQueue([], min_consumers=1, max_consumers=1) as queue:
            given = {"address": "localhost", "topics": ["#"], "client_id": "x", **options}
            with pytest.raises((TypeError, ValueError)) as caught:
                async with mqtt.read_mqtt(given.pop("queue", queue), **given):
                    pass
            assert said in str(caught.value)

    run()


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("broker", ("broker", 1883)),
        ("broker:8883", ("broker", 8883)),
        ("[::1]", ("::1", 1883)),
        ("[fe80::1]:8883", ("fe80::1", 8883)),
    ],
)
def test_an_address_has_a_host_and_a_port(address: str, parts: tuple[str, int]) -> None:
    """The port is that of MQTT unless given."""
    assert host_and_port(address) == parts


def test_whatever_payload_of_raises_is_a_dead_letter() -> None:
    """Also what would end the thread that reads, so that nothing came any more."""
    seen, letters = Seen(), Letters()

    def ends(message: Any, filters: list[str]) -> Payload[Any]:
        if message.data == b"end":
            raise SystemExit(3)
        return Payload(1, topics=["berlin/temp"])

    @in_loop
    async def run() -> None:
        port = free_port()
        options: dict[str, Any] = {"payload_of": ends, "dead_letter": letters.keep}
        async with a_broker(port), Sensor(port) as sensor, reading(seen, port, **options):
            await sensor.publish("berlin/temp", "end")
            await sensor.publish("berlin/temp", "1")
            await until(lambda: letters.kept and seen.values == [1])

    run()
    assert "SystemExit" in letters.kept[0].error
