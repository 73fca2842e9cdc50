"""read_lines: payloads from standard input, a line of JSON each."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO

import pytest

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from event_collector.inputs import read_lines
from tests.support import in_loop


class Seen:
    """A processor that keeps what it got."""

    def __init__(self) -> None:
        self.payloads: list[Payload[Any]] = []

    async def process(self, payload: Payload[Any], ctx: Context) -> Result:
        """Keep it."""
        self.payloads.append(payload)
        return Ok(None)


@asynccontextmanager
async def reading(seen: Seen, **options: Any) -> AsyncIterator[tuple[CollectorQueue, BinaryIO]]:
    """A running queue that reads from a pipe, and the pipe's other end."""
    there, here = os.pipe()
    options = {"min_consumers": 1, "max_consumers": 1, **options}
    queue = CollectorQueue([Collector("seen", seen.process, topics=["t"])], **options)
    with os.fdopen(there, "rb") as source, os.fdopen(here, "wb", buffering=0) as pipe:
        async with queue, read_lines(queue, source):
            yield queue, pipe
            pipe.close()


async def until(done: Any) -> None:
    """Wait for a state."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  # a log line tells no event
            await asyncio.sleep(0.001)


@in_loop
async def test_each_line_is_a_payload() -> None:
    """With what `Payload` takes; a line may come in parts, and the last has no end."""
    seen = Seen()
    async with reading(seen) as (_, pipe):
        pipe.write(b'{"value": {"temp": 39.0}, "topics": ["t"]}\n\n{"value": 2, "ke')
        await until(lambda: len(seen.payloads) == 1)
        pipe.write(b'ys": ["seen"], "priority": 3}\n{"value": null}')
        pipe.close()
        await until(lambda: len(seen.payloads) == 3)
    assert seen.payloads == [
        Payload({"temp": 39.0}, topics=["t"]),
        Payload(2, keys=["seen"], priority=3),
        Payload(None),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"nonsense", "JSONDecodeError"),
        (b"[1]", 'write {"value": ...}'),
        (b'{"temp": 1}', 'write {"value": ...}'),
        (b'{"value": 1, "topic": "t"}', "it has ['topic'], and may have"),
        (b'{"value": 1, "topics": "t"}', "must be a list of str"),
        (b"\xff\xfe", "JSONDecodeError"),
        (b'{"value": NaN}', "it has NaN; send null, or a text"),
    ],
)
def test_another_line_is_logged_with_its_number_and_left_out(
    line: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad line does not end the service."""
    seen = Seen()

    @in_loop
    async def run() -> None:
        async with reading(seen) as (_, pipe):
            pipe.write(b'{"value": 1}\n' + line + b'\n{"value": 2}\n')
            await until(lambda: len(seen.payloads) == 2)

    run()
    assert [payload.value for payload in seen.payloads] == [1, 2]
    (said,) = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert said.startswith("line 2 is not a payload (")
    assert why in said


def test_a_line_that_reached_no_collector_is_logged_with_its_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 13: it is not an error, but nobody else would ever know that it is lost."""
    seen = Seen()

    @in_loop
    async def run() -> None:
        async with reading(seen) as (_, pipe):
            pipe.write(b'{"value": 1, "topics": ["u"]}\n{"value": 2}\n')
            await until(lambda: len(seen.payloads) == 1)

    run()
    (said,) = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert said == "line 1 reached no collector: Payload(1, Delivery.TOPIC, topics=['u'])"


def test_at_its_end_the_input_says_how_many_were_accepted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And the block goes on: a service ends by a signal."""
    seen = Seen()

    @in_loop
    async def run() -> None:
        async with reading(seen) as (queue, pipe):
            pipe.write(b'{"value": 1}\n{"value": 2}\n')
            pipe.close()
            await until(lambda: "the input has ended: 2 payloads" in caplog.text)
            assert queue.running

    with caplog.at_level(logging.INFO, "event_collector"):
        run()


@in_loop
async def test_a_full_queue_holds_the_reading_up() -> None:
    """The backpressure: what is not read stays with who sends it."""
    seen = Seen()
    async with reading(seen, max_queued=3) as (queue, pipe):
        queue.pause()
        pipe.write(b'{"value": 1}\n' * 20)
        await until(lambda: queue.metrics().queued >= 3)
        await asyncio.sleep(0.05)  # more would come now, if anything did
        assert queue.metrics().accepted <= 4
        queue.resume()
        await until(lambda: len(seen.payloads) == 20)


@in_loop
async def test_nothing_is_taken_in_when_the_block_has_ended() -> None:
    """At most once: what was not accepted is not processed after the end."""
    seen = Seen()
    there, here = os.pipe()
    queue = CollectorQueue([Collector("s", seen.process)], min_consumers=1, max_consumers=1)
    with os.fdopen(there, "rb") as source, os.fdopen(here, "wb", buffering=0) as pipe:
        async with queue:
            async with read_lines(queue, source):
                pipe.write(b'{"value": 1}\n')
                await until(lambda: len(seen.payloads) == 1)
            pipe.write(b'{"value": 2}\n')
            pipe.close()
            await asyncio.sleep(0.05)
    assert [payload.value for payload in seen.payloads] == [1]
