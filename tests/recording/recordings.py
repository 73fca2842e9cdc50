"""Recordings for tests: queues that are recorded, and files that are written by hand."""

import asyncio
import json
import os
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, EventPublisher, History, Payload
from event_collector.recording import Codec, Recording, read, record
from event_collector.recording.codec import Coding
from event_collector.recording.lines import FORMAT, line_of
from tests.support import echo, queue_of

CODEC: Codec = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "tuple": (tuple, list, tuple),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
}


async def recorded(
    path: Path,
    *payloads: Payload[Any],
    collectors: list[Collector] | None = None,
    codec: Codec | None = None,
) -> Recording:
    """What is read of a queue that has processed some payloads."""
    queue = queue_of(*([Collector("echo", echo)] if collectors is None else collectors))
    with record(queue, path, codec=codec):
        async with queue:
            await queue.get_publisher().send_all(list(payloads))
    return read(path, codec=codec)


async def run_recorded(
    path: Path,
    sending: Callable[[EventPublisher], Awaitable[object]],
    *collectors: Collector,
    codec: Codec | None = None,
) -> Recording:
    """What is read of a queue to which something is sent in some way."""
    queue = queue_of(*collectors)
    with record(queue, path, codec=codec):
        async with queue:
            await sending(queue.get_publisher())
    return read(path, codec=codec)


async def kept(*payloads: Payload[Any], collectors: list[Collector] | None = None) -> History:
    """The History of a queue that has processed some payloads."""
    queue = queue_of(*([Collector("echo", echo)] if collectors is None else collectors))
    history = History(queue)
    async with queue:
        await queue.get_publisher().send_all(list(payloads))
    return history


def header(version: object = FORMAT) -> dict[str, Any]:
    """The first line of a file."""
    return {"recording": version, "toolkit": "0.1.0", "queue": None}


def an_event(number: int, value: object = None, **more: Any) -> dict[str, Any]:
    """The line of an event that nobody got."""
    line = {
        "event": number,
        "payload": value,
        "delivery": "broadcast",
        "keys": [],
        "topics": [],
        "priority": None,
        "consumer": 1,
        "accepted_at": float(number),
        "taken_at": float(number),
        "finished_at": float(number),
        "results": [],
    }
    return line | more


def write_lines(path: Path, *lines: dict[str, Any]) -> Path:
    """A file with these lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def lines_in(path: Path) -> list[dict[str, Any]]:
    """The lines of a file, as JSON has them."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class HeldDisk:
    """A disk at which the recorder's thread waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, file: int, data: Any) -> int:
        """Hold the thread up."""
        if threading.current_thread().name == "event_collector recording":
            self.begun.set()
            assert self.go.wait(20)
        return self._write(file, data)


def as_text(recording: Recording, codec: Codec | None = None) -> list[str]:
    """All that there is of each event, as a text that can be compared."""
    coding = Coding(codec)
    return [line_of(event, coding) for event in recording]


async def all_done(queue: CollectorQueue) -> None:
    """Wait until every event has its results."""
    await asyncio.wait_for(queue.get_publisher().wait(), 20)
