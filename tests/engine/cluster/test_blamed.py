"""Collectors that share workers: what ends a worker is not blamed on what another one had there."""

import asyncio
import os
import signal
from typing import Any

import pytest

from event_collector import Collector, Context, Error, Ok, Payload, Result
from event_collector.cluster import WorkerLostError, attempts, on_cluster
from tests.engine.cluster.clusters import Cluster, in_loop, queue_on


async def deadly(payload: Payload[Any], ctx: Context) -> Result:
    """End the worker."""
    os.kill(os.getpid(), signal.SIGKILL)
    return Ok(None)


async def slow(payload: Payload[Any], ctx: Context) -> Result:
    """Be there for a while."""
    await asyncio.sleep(1.0)
    return Ok(payload.value)


@pytest.mark.long
@in_loop
async def test_what_another_collector_ends_is_not_blamed_on_its_neighbour(
    cluster: Cluster,
) -> None:
    """Nobody is: lost once with the others, each is tried where nothing of another is."""
    async with cluster.client() as client:
        two: Any = [
            on_cluster(Collector(key, processor, topics=[key]), client, max_attempts=2)
            for key, processor in (("deadly", deadly), ("slow", slow))
        ]
        async with queue_on(*two) as queue:
            publisher = queue.get_publisher()
            fine = [await publisher.send(Payload(n, topics=["slow"])) for n in range(10)]
            bad = await publisher.send(Payload("x", topics=["deadly"]))
            for number, event in enumerate(fine):
                assert (await event.wait()) == [Ok(number)]
                assert attempts(event, "slow") <= 2
            (error,) = await bad.wait()
    assert isinstance(error, Error)
    assert isinstance(error.exception, WorkerLostError)
    assert error.exception.attempts == 2
