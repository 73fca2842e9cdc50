"""read_mqtt: what a broker has kept while nobody read is read, however slow the queue is."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from tests.inputs.test_read_mqtt import until
from tests.inputs.test_read_mqtt_faults import mosquitto
from tests.support import in_loop

mqtt = pytest.importorskip("event_collector.inputs.mqtt")


@in_loop
async def test_a_reader_opens_though_what_was_kept_fills_the_queue(tmp_path: Path) -> None:
    """The kept messages come before the broker's answer; the queue is held, and none is lost."""
    gate, done = asyncio.Event(), []

    async def work(payload: Payload[Any], ctx: Context) -> Result:
        await gate.wait()
        done.append(payload.value)
        return Ok(None)

    async def read(broker: Any, *, held: bool) -> None:
        collectors = [Collector("work", work, topics=["temp/#"])]
        queue = CollectorQueue(collectors, min_consumers=1, max_consumers=1, max_queued=1)
        options = {"topics": ["temp/#"], "client_id": "reader"}
        address = f"127.0.0.1:{broker.port}"
        async with queue, mqtt.read_mqtt(queue, address=address, **options) as subscription:
            assert subscription.subscribed
            if held:
                gate.set()
                await until(lambda: len(done) == 40 and not subscription.unacknowledged)

    async with mosquitto(tmp_path) as (broker, sensor):
        await read(broker, held=False)
        for number in range(40):
            await sensor.publish("temp/a", str(number))
        await read(broker, held=True)
    assert done == list(range(40))
