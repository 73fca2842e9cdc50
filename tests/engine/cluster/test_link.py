"""A client that cannot be used, and workers that could not run a processor, are refused."""

import asyncio
import sys
from typing import Any

import pytest
from distributed import Client

from event_collector import Collector
from event_collector.cluster import on_cluster
from event_collector.cluster.link import OURS, Link, refuse_versions
from event_collector.cluster.plugin import CollectorPlugin
from tests.engine.cluster.clusters import Cluster, in_loop, twice

PYTHON = "{}.{}".format(*sys.version_info[:2])


def said(python: str, version: str | None) -> dict[str, Any]:
    """What dask tells of one worker, and of the client."""
    worker = {"host": {"python": python}, "packages": {OURS: version}}
    return {"workers": {"tcp://w": worker}, "client": {"packages": {OURS: "1.0"}}}


def test_workers_with_other_versions_are_refused() -> None:
    """With the worker, and both versions."""
    refuse_versions("it", said(f"{PYTHON}.99.final.0", "1.0"))
    with pytest.raises(RuntimeError, match=rf"worker tcp://w runs Python 3.1.0, and .* {PYTHON}"):
        refuse_versions("it", said("3.1.0", "1.0"))
    with pytest.raises(
        RuntimeError, match=r"tcp://w does not have event-collector-toolkit, .* 1.0"
    ):
        refuse_versions("it", said(f"{PYTHON}.0", None))
    with pytest.raises(RuntimeError, match=r"tcp://w has version 0.9 of event-collector-toolkit"):
        refuse_versions("it", said(f"{PYTHON}.0", "0.9"))


@in_loop
async def test_a_worker_that_comes_with_another_version_is_not_set_up(cluster: Cluster) -> None:
    """One that comes after the start is not looked at then; so it looks itself."""
    async with cluster.client() as client:
        plugin = CollectorPlugin("event_collector 'it'", b"")
        plugin.version = "0.0.1"
        link = Link(client)
        try:
            with pytest.raises(RuntimeError, match=rf"worker has {OURS} .*, and the queue 0\.0\.1"):
                await link.register(plugin)
        finally:
            await link.unregister(plugin.token)


@in_loop
async def test_an_asynchronous_client_of_another_loop_is_refused(cluster: Cluster) -> None:
    """At once: it could be driven by nobody here."""
    async with cluster.client() as client:

        async def elsewhere() -> None:
            on_cluster(Collector("twice", twice), client)

        with pytest.raises(RuntimeError, match="asynchronous one of another event loop; make it"):
            await asyncio.to_thread(asyncio.run, elsewhere())


@in_loop
async def test_a_client_that_was_not_awaited_is_refused(cluster: Cluster) -> None:
    """It is connected to nothing yet."""
    made: Any = Client
    client = made(cluster.local.scheduler_address, asynchronous=True)
    with pytest.raises(RuntimeError, match="not connected yet; await it first"):
        on_cluster(Collector("twice", twice), client)
    async with client:
        on_cluster(Collector("twice", twice), client)
