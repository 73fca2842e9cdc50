"""Brokers on loopback, as the tests of MQTT need them, and who publishes to them."""

import asyncio
import logging
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

amqtt = pytest.importorskip("amqtt.broker", reason="the extra [services] is not installed")


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        port: int = it.getsockname()[1]
        return port


@asynccontextmanager
async def a_broker(port: int, *, logins: dict[str, str] | None = None) -> AsyncIterator[None]:
    """amqtt in this loop."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    login = "amqtt.plugins.authentication.AnonymousAuthPlugin"
    broker = amqtt.Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {login: {"allow_anonymous": logins is None}},
        }
    )
    await broker.start()
    try:
        yield
    finally:
        await broker.shutdown()


class Mosquitto:
    """A broker that is a process of its own, and keeps on disk what it has promised."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if found is None:
            pytest.skip("mosquitto is not installed")
        self.port = free_port()
        self._command = [found, "-c", str(folder / "mosquitto.conf")]
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
            f"persistence true\npersistence_location {folder}/\n"
        )
        self._kept = folder / "mosquitto.db"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(self._command, stdout=quiet, stderr=quiet)  # noqa: ASYNC220  # it returns at once
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.01)
                    continue
                writer.close()
                await writer.wait_closed()
                return

    async def saved(self) -> None:
        """Have it write down what it keeps, which it does by itself every half an hour."""
        assert self._process is not None
        self._kept.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(10):
            while not self._kept.exists():  # noqa: ASYNC110  # a file tells no event
                await asyncio.sleep(0.005)

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(10)
            self._process = None


class Sensor:
    """Publishes with QoS 1, and goes on where the broker was away."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._port = port

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._client.connect, "127.0.0.1", self._port)
        self._client.loop_start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def publish(self, topic: str, data: Any, qos: int = 1) -> None:
        """Return when the broker has it; with QoS 0, when it is sent."""
        self._client.publish(topic, data, qos=qos)
        async with asyncio.timeout(20):
            while self._client._out_messages:  # noqa: ASYNC110  # what the broker has not taken
                await asyncio.sleep(0.005)
