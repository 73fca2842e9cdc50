"""Workers that do not leave a lifecycle: the queue ends, they are named, and it is cancelled."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from event_collector import CollectorQueue, Context
from event_collector.cluster import home, leaving
from tests.engine.cluster.clusters import (
    Cluster,
    in_loop,
    lines_of,
    note,
    queue_on,
    twice,
    until,
)
from tests.engine.cluster.test_remote import noted, on
from tests.engine.cluster.test_starting import warnings_of

pytestmark = pytest.mark.long


@asynccontextmanager
async def held(ctx: Context) -> AsyncIterator[None]:
    """Wait for a file that the test writes: as it is entered, or as it is left."""

    async def wait(where: str) -> None:
        note(ctx, f"{where} {os.getpid()}")
        try:
            while not Path(ctx.go).exists():  # noqa: ASYNC110, ASYNC240 - of another process
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            note(ctx, "cancelled")
            raise
        note(ctx, f"done {os.getpid()}")

    if ctx.where == "in":
        await wait("in")
    yield
    await wait("out")


def context(folder: Path, where: str) -> Context:
    """What `held` works with."""
    return Context(path=str(folder / "noted.txt"), go=str(folder / "go"), where=where)


def patient(seconds: float) -> None:
    """On a worker: how long a lifecycle may take to be left."""
    home.PATIENCE = seconds


def threads() -> int:
    """On a worker: how many threads it has for collectors."""
    return sum(thread.name == "event_collector" for thread in threading.enumerate())


@asynccontextmanager
async def no_thread_left(client: Client) -> AsyncIterator[None]:
    """Wait until the workers have no more threads for collectors than before."""
    before = await client.run(threads)
    yield
    while any(  # noqa: ASYNC110 - of other processes
        now > before[at] for at, now in (await client.run(threads)).items()
    ):
        await asyncio.sleep(0.01)


@in_loop
async def test_workers_on_which_a_lifecycle_is_not_left_in_time_are_named(
    cluster: Cluster,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The queue waits for them for a time; a slow one goes on there."""
    caplog.handler.setLevel(0)  # a LocalCluster's silence_logs has set it to CRITICAL
    monkeypatch.setattr(leaving, "LEAVING", 0.2)
    monkeypatch.setattr(leaving, "ASK", 30.0)
    ctx = context(tmp_path, "out")
    async with cluster.client() as client, no_thread_left(client):
        async with queue_on(on(client, twice, ctx=ctx, lifecycle=held)):
            pass
        (told,) = warnings_of(caplog)
        workers = ", ".join(sorted(cluster.pids()))
        assert f"collector 'twice': its lifecycle is not left yet on workers {workers}; " in told
        Path(ctx.go).touch()  # noqa: ASYNC240 - at once
    assert "cancelled" not in lines_of(Path(ctx.path))


@in_loop
async def test_a_lifecycle_that_hangs_as_it_is_left_is_cancelled(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps no thread there for ever, and it is told on which worker that was."""
    monkeypatch.setattr(leaving, "LEAVING", 100.0)
    ctx = context(tmp_path, "out")
    async with cluster.client() as client, no_thread_left(client):
        await client.run(patient, 0.1)
        try:
            with pytest.raises(ExceptionGroup, match="2 workers have left it badly") as told:
                async with queue_on(on(client, twice, ctx=ctx, lifecycle=held)):
                    pass
        finally:
            await client.run(patient, 60.0)
    for fault in told.value.exceptions:
        assert isinstance(fault, TimeoutError)
        assert str(fault) == (
            "the lifecycle of collector 'twice' did not end in time, and was cancelled"
        )
        assert any(f"on worker {address}" in fault.__notes__ for address in cluster.pids())


@in_loop
async def test_a_lifecycle_that_hangs_as_it_is_entered_ends_with_the_start(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Decision 31: who gives up to start the queue leaves nothing on the workers."""
    ctx = context(tmp_path, "in")

    async def start() -> None:
        async with queue_on(on(client, twice, ctx=ctx, lifecycle=held)):
            raise AssertionError("it was started")

    async with cluster.client() as client, no_thread_left(client):
        starting = asyncio.create_task(start())
        await until(lambda: len(lines_of(Path(ctx.path))) == 2)
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting
    assert lines_of(Path(ctx.path)).count("cancelled") == 2


@in_loop
async def test_one_that_is_killed_as_the_queue_ends_does_not_keep_it_from_waiting_for_the_others(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their lifecycles are left when the queue has ended."""
    ctx, asked, ask = context(tmp_path, "out"), list[str](), leaving._state

    async def asking(link: Any, token: str, address: str, within: float) -> object:
        asked.append(address)
        return await ask(link, token, address, within)

    monkeypatch.setattr(leaving, "LEAVING", 100.0)
    monkeypatch.setattr(leaving, "_state", asking)
    killed, other = cluster.pids().values()
    async with cluster.client() as client:
        queue = CollectorQueue(
            [on(client, twice, ctx=ctx, lifecycle=held)], min_consumers=1, max_consumers=100
        )
        await queue.init_queue()
        ending = asyncio.create_task(queue.shut_down_queue())
        await until(lambda: len(lines_of(Path(ctx.path))) == 2)
        os.kill(killed, signal.SIGKILL)
        await until(lambda: len(asked) > 2 or ending.done())  # two at once: again, that is
        Path(ctx.go).touch()  # noqa: ASYNC240 - at once
        await ending
        assert f"done {other}" in lines_of(Path(ctx.path))


@in_loop
async def test_a_worker_that_is_stopped_as_the_queue_ends_is_named_and_leaves_when_it_goes_on(
    cluster: Cluster,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end waits for it for a time, and for no longer."""
    caplog.handler.setLevel(0)
    monkeypatch.setattr(leaving, "LEAVING", 0.2)
    ctx = Context(path=str(tmp_path / "noted.txt"))
    pids = cluster.pids()
    stopped = min(pids)
    async with cluster.client() as client:
        try:
            async with queue_on(on(client, twice, ctx=ctx, lifecycle=noted)):
                cluster.send_signal(signal.SIGSTOP, stopped)
            assert any(
                stopped in told and "did not say that its lifecycle is left" in told
                for told in warnings_of(caplog)
            )
        finally:
            os.kill(pids[stopped], signal.SIGCONT)
        await until(lambda: lines_of(Path(ctx.path)).count(f"out {pids[stopped]}") == 1)
