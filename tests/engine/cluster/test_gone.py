"""A client that goes before its queue: what it has on the workers is left, and told apart."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from event_collector import Collector, Context, Error, LifecycleEndedError, Ok
from event_collector.cluster import ClusterClosedError, gone, on_cluster, site
from tests.engine.cluster.clusters import (
    Cluster,
    in_loop,
    lines_of,
    queue_on,
    results,
    sent,
    twice,
    until,
)
from tests.engine.cluster.test_remote import noted, on

pytestmark = pytest.mark.long


@in_loop
async def test_a_client_closed_before_the_queue_leaves_nothing_on_the_workers(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Their lifecycles are left, and it is said that the client is closed."""
    ctx = Context(path=str(tmp_path / "noted.txt"))
    async with cluster.client() as client:
        async with queue_on(on(client, twice, ctx=ctx, lifecycle=noted)) as queue:
            assert await results(await sent(queue, 1)) == [Ok(2)]
            closing: Any = client.close
            await closing()
            (result,) = await results(await sent(queue, 1))
        assert isinstance(result, Error)
        assert str(result.exception) == "the client is closed; connect a new Client"
        assert isinstance(result.exception, ClusterClosedError)
        await until(
            lambda: (
                sum(line.startswith("out") for line in lines_of(Path(ctx.path)))
                == len(cluster.pids())
            )
        )
        assert not any(
            name.startswith(gone.PREFIX) for name in cluster.local.scheduler.worker_plugins
        )


async def die(address: str, path: str) -> None:
    """Start a queue, and end this process without a word."""
    made: Any = Client
    client = await made(address, asynchronous=True)
    collector = Collector("twice", twice, ctx=Context(path=path), lifecycle=noted)
    async with queue_on(on_cluster(collector, client)):
        os._exit(0)


@in_loop
async def test_a_process_that_dies_leaves_nothing_on_the_workers(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a time in which its client could have come back."""
    monkeypatch.setattr(gone, "GRACE", 0.1)  # the scheduler is in this process
    path = tmp_path / "noted.txt"
    given = (cluster.local.scheduler_address, str(path))
    code = f"import asyncio; from {__name__} import die; asyncio.run(die(*{given!r}))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0
    lines = lines_of(path)
    assert sum(line.startswith("in") for line in lines) == len(cluster.pids())
    await until(
        lambda: (
            sorted(lines_of(path)[len(lines) :])
            == sorted(line.replace("in", "out") for line in lines)
        )
    )


@in_loop
async def test_a_client_that_comes_back_keeps_what_it_has(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection broke, and dask has made it again."""
    monkeypatch.setattr(gone, "GRACE", 1.0)
    ended = asyncio.Event()
    begin = gone.LeaveWithClient._begin

    def told(self: Any, scheduler: Any, client: str) -> None:
        begin(self, scheduler, client)
        loop.call_soon_threadsafe(ended.set)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(gone.LeaveWithClient, "_begin", told)
    ctx = Context(path=str(tmp_path / "noted.txt"))
    async with (
        cluster.client() as client,
        queue_on(on(client, twice, ctx=ctx, lifecycle=noted)) as queue,
    ):
        made: Any = client
        made.scheduler_comm.comm.abort()
        await ended.wait()
        assert await results(await sent(queue, 1)) == [Ok(2)]
        assert not any(line.startswith("out") for line in lines_of(Path(ctx.path)))


@in_loop
async def test_a_client_that_was_away_for_too_long_is_told_so(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had was taken back: its payloads get an Error, and the queue ends as ever."""
    monkeypatch.setattr(site, "STRANGE", 0.3)
    async with cluster.client() as client:
        collector = on(client, twice)
        async with queue_on(collector) as queue:
            (fleet,) = collector._remote.fleets()
            await fleet.link.unregister(fleet.plugin.token)  # as the scheduler does
            (result,) = await results(await sent(queue, 1))
            assert isinstance(result, Error)
            assert isinstance(result.exception, LifecycleEndedError)
