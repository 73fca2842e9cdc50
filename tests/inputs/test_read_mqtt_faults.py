"""read_mqtt: at least once, whatever breaks: each promise by the fault that would break it."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Error, Ok, Payload, Result
from tests.inputs.brokers import Mosquitto, Sensor, a_broker, free_port
from tests.inputs.test_read_mqtt import Letters, until
from tests.support import in_loop

mqtt = pytest.importorskip("event_collector.inputs.mqtt")


class Work:
    """A processor that notes what it gets; some values it holds, "bad" is an Error."""

    def __init__(self, *held: int) -> None:
        self.begun: list[Any] = []
        self.held = {value: asyncio.Event() for value in held}

    async def process(self, payload: Payload[Any], ctx: Context) -> Result:
        """Note it, and wait if it is held."""
        self.begun.append(payload.value)
        if payload.value in self.held:
            await self.held[payload.value].wait()
        return Error(ValueError("bad")) if payload.value == "bad" else Ok(None)


class Reading:
    """A queue that reads, and the client by which it does."""

    def __init__(self, port: int, work: Work, **options: Any) -> None:
        self._address = f"127.0.0.1:{port}"
        self._options = {"topics": ["temp/#"], "client_id": "reader", **options}
        self.work = work
        self._client: Any = None
        self.subscription: Any = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator["Reading"]:
        """Read while the block runs."""
        collectors = [Collector("work", self.work.process, topics=["temp/#"])]
        queue = CollectorQueue(collectors, min_consumers=1, max_consumers=8)
        read = mqtt.read_mqtt(
            queue, address=self._address, configure=self._configure, **self._options
        )
        async with queue, read as self.subscription:
            yield self

    def _configure(self, client: Any) -> None:
        self._client = client
        client.reconnect_delay_set(0.05, 0.1)

    @property
    def connection(self) -> int:
        """Another number after each connection that was made or lost."""
        number: int = self.subscription._reader._connection
        return number

    def cut(self) -> None:
        """Break its connection, as a router that goes down does."""
        self._client.socket().shutdown(socket.SHUT_RDWR)


@asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[tuple[Mosquitto, Sensor]]:
    """A broker that keeps what it promises, and a sensor."""
    broker = Mosquitto(folder)
    await broker.start()
    try:
        async with Sensor(broker.port) as sensor:
            yield broker, sensor
    finally:
        broker.end()


def test_what_is_in_service_when_the_connection_breaks_comes_again(tmp_path: Path) -> None:
    """Twice, and not a third time: the second one is acknowledged."""
    work = Work(1)

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor):
            reading = Reading(broker.port, work)
            async with reading():
                await sensor.publish("temp/a", "1")
                await until(lambda: work.begun == [1])
                reading.cut()
                await until(lambda: work.begun == [1, 1])
                work.held[1].set()
            async with reading():
                await sensor.publish("temp/a", "2")
                await until(lambda: 2 in work.begun)

    run()
    assert work.begun == [1, 1, 2]


def test_what_is_acknowledged_does_not_come_again(tmp_path: Path) -> None:
    """To the next one with the session's name: at the end of a block all is acknowledged."""
    work = Work()

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor):
            for number in range(3):
                async with Reading(broker.port, work)():
                    await sensor.publish("temp/a", str(number))
                    await until(lambda: len(work.begun) > number)  # noqa: B023  # awaited here

    run()
    assert work.begun == [0, 1, 2]


def test_acknowledgements_go_in_order(tmp_path: Path) -> None:
    """So what is done behind one that is not comes again, too, when the connection breaks."""
    work = Work(1)

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor):
            reading = Reading(broker.port, work)
            async with reading():
                await sensor.publish("temp/a", "1")
                await sensor.publish("temp/a", "2")
                await until(lambda: work.begun == [1, 2])
                assert reading.subscription.unacknowledged == 2
                reading.cut()
                await until(lambda: len(work.begun) == 4)
                work.held[1].set()

    run()
    assert work.begun == [1, 2, 1, 2]


def test_what_is_published_while_nobody_reads_comes_to_the_next(tmp_path: Path) -> None:
    """The session stays with the broker."""
    work = Work()

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor):
            reading = Reading(broker.port, work)
            async with reading():
                pass
            for number in range(3):
                await sensor.publish("temp/a", str(number))
            async with reading():
                await until(lambda: len(work.begun) == 3)

    run()
    assert work.begun == [0, 1, 2]


def test_what_was_published_without_a_promise_is_not_acknowledged(tmp_path: Path) -> None:
    """It has no number, and a broker ends a connection that acknowledges one without."""
    work = Work()

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor):
            reading = Reading(broker.port, work)
            async with reading():
                connected = reading.connection
                for number in range(3):
                    await sensor.publish("temp/a", str(number), qos=0)
                await until(lambda: len(work.begun) == 3)
                await sensor.publish("temp/a", "3")
                await until(lambda: len(work.begun) == 4)
                await sensor.publish("temp/a", "4")
                await until(lambda: len(work.begun) == 5)
                assert reading.connection == connected

    run()
    assert work.begun == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("buried", [True, False])
def test_a_poisoned_message_comes_again_unless_it_is_buried(buried: bool, tmp_path: Path) -> None:
    """With a `dead_letter` that returns, it is acknowledged."""
    work, letters = Work(), Letters()

    @in_loop
    async def run() -> None:
        options = {"dead_letter": letters.keep} if buried else {}
        async with mosquitto(tmp_path) as (broker, sensor):
            reading = Reading(broker.port, work, **options)
            async with reading():
                await sensor.publish("temp/a", '"bad"')
                await sensor.publish("temp/a", "1")
                await until(lambda: 1 in work.begun)
                left = 0 if buried else 1
                await until(lambda: reading.subscription.unacknowledged == left)
            async with reading():
                await sensor.publish("temp/a", "2")
                await until(lambda: 2 in work.begun)

    run()
    assert work.begun == (["bad", 1, 2] if buried else ["bad", 1, "bad", 2])
    assert len(letters.kept) == buried


def test_where_burying_fails_the_message_comes_again(tmp_path: Path) -> None:
    """What no table has kept is not acknowledged."""
    work, asked = Work(), []

    async def broken(letter: Any) -> None:
        asked.append(letter)
        if len(asked) == 1:
            raise OSError("the disk is full")

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor):
            reading = Reading(broker.port, work, dead_letter=broken)
            async with reading():
                await sensor.publish("temp/a", '"bad"')
                await until(lambda: asked)
            async with reading():
                await until(lambda: len(asked) == 2)

    run()
    assert [letter.message.again for letter in asked] == [False, True]


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_ends_and_comes_back_delivers_what_was_not_acknowledged(
    by: signal.Signals, tmp_path: Path
) -> None:
    """The reader and the sensor connect again by themselves, when it is there."""
    work = Work(1)

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor), Reading(broker.port, work)():
            await sensor.publish("temp/a", "1")
            await until(lambda: work.begun == [1])
            await broker.saved()
            broker.end(by)
            work.held[1].set()  # processed while nobody can be told
            later = asyncio.create_task(sensor.publish("temp/a", "2"))
            await broker.start()
            await later
            await until(lambda: work.begun.count(1) == 2 and 2 in work.begun)

    run()
    assert sorted(work.begun) == [1, 1, 2]


_KILLED = """
import asyncio, sys
from event_collector import Collector, CollectorQueue
from event_collector.inputs.mqtt import read_mqtt

async def work(payload, ctx):
    print(payload.value, flush=True)
    await asyncio.Event().wait()

async def main():
    collectors = [Collector("work", work, topics=["temp/#"])]
    queue = CollectorQueue(collectors, min_consumers=1, max_consumers=8)
    address = f"127.0.0.1:{sys.argv[1]}"
    async with queue, read_mqtt(queue, address=address, topics=["temp/#"], client_id="reader"):
        print("reads", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_what_a_killed_process_had_in_service_comes_to_the_next(tmp_path: Path) -> None:
    """It had told nobody that it was done."""
    work = Work()

    @in_loop
    async def run() -> None:
        async with mosquitto(tmp_path) as (broker, sensor):
            killed = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _KILLED, str(broker.port)), stdout=subprocess.PIPE
            )
            assert killed.stdout is not None
            assert await killed.stdout.readline() == b"reads\n"
            await sensor.publish("temp/a", "1")
            assert await killed.stdout.readline() == b"1\n"
            killed.kill()
            await killed.wait()
            async with Reading(broker.port, work)():
                await until(lambda: work.begun == [1])

    run()
    assert work.begun == [1]


def test_two_filters_that_match_may_bring_a_message_twice() -> None:
    """So does amqtt: the protocol lets a broker deliver once for each subscription."""
    work = Work()

    @in_loop
    async def run() -> None:
        port = free_port()
        twice = Reading(port, work, topics=["temp/#", "+/a"])
        async with a_broker(port), Sensor(port) as sensor, twice():
            await sensor.publish("temp/a", "1")
            await until(lambda: len(work.begun) == 2)

    run()
    assert work.begun == [1, 1]


def test_a_broker_that_has_forgotten_all_is_subscribed_to_again() -> None:
    """amqtt keeps nothing: what is published from then on comes. The subscription tells both."""
    work = Work()

    @in_loop
    async def run() -> None:
        port = free_port()
        reading = Reading(port, work)
        async with AsyncExitStack() as stack:
            async with a_broker(port):
                await stack.enter_async_context(reading())
                assert repr(reading.subscription) == "Subscription(subscribed, 0 unacknowledged)"
            await until(lambda: not reading.subscription.subscribed)
            assert repr(reading.subscription) == "Subscription(not connected, 0 unacknowledged)"
            await stack.enter_async_context(a_broker(port))
            await until(lambda: reading.subscription.subscribed)
            sensor = await stack.enter_async_context(Sensor(port))
            await sensor.publish("temp/a", "1")
            await until(lambda: work.begun == [1])

    run()
    assert work.begun == [1]
