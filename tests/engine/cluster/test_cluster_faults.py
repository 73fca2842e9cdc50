"""What goes wrong on a cluster: killed, stopped and retired workers, a scheduler that is gone."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import dask.config
import pytest

from event_collector import (
    Context,
    Error,
    LifecycleEndedError,
    Ok,
    Payload,
    Result,
)
from event_collector.cluster import ClusterClosedError, attempts, looking
from tests.engine.cluster.clusters import (
    Cluster,
    in_loop,
    lines_of,
    note,
    queue_on,
    results,
    sent,
    twice,
    until,
)
from tests.engine.cluster.test_remote import noted, on, opened

pytestmark = pytest.mark.long


async def slow(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for a file that the test writes; note when it begins."""
    note(ctx, f"begun {payload.value} {os.getpid()}")
    while not Path(ctx.go).exists():  # noqa: ASYNC110, ASYNC240 - of another process
        await asyncio.sleep(0.01)
    return Ok(payload.value)


def held(folder: Path) -> Context:
    """A context for `slow`."""
    return Context(path=str(folder / "noted.txt"), go=str(folder / "go"))


@in_loop
async def test_a_worker_that_is_killed_loses_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """And its lifecycle is entered on the one that replaces it; nobody is blamed."""
    ctx = held(tmp_path)
    async with cluster.client() as client:
        collector = on(client, slow, ctx=ctx, lifecycle=noted)
        async with queue_on(collector) as queue:
            events = await sent(queue, *range(60))
            await until(lambda: len(lines_of(Path(ctx.path))) == 62)
            address, pid = next(iter(cluster.pids().items()))
            cluster.send_signal(signal.SIGKILL, address)
            Path(ctx.go).touch()  # noqa: ASYNC240 - at once
            assert await results(events) == [Ok(number) for number in range(60)]
            await until(lambda: len(cluster.pids()) == 2)
            new = set(cluster.pids().values()) - {pid}
            await until(lambda: {f"in {each}" for each in new} <= set(lines_of(Path(ctx.path))))
        lines = lines_of(Path(ctx.path))
    assert f"out {pid}" not in lines
    tried = [attempts(event, "slow") for event in events]
    assert set(tried) == {1, 2}
    begun = [line.split()[1] for line in lines if line.startswith("begun")]
    assert [begun.count(str(number)) for number in range(60)] == tried


@in_loop
async def test_a_stopped_worker_holds_up_only_what_it_has(cluster: Cluster, tmp_path: Path) -> None:
    """A worker that is slow is not lost: what it has is done when it goes on."""
    async with cluster.client() as client, queue_on(on(client, twice), most=200) as queue:
        await results(await sent(queue, 1))
        address, pid = next(iter(cluster.pids().items()))
        cluster.send_signal(signal.SIGSTOP, address)
        try:
            events = await sent(queue, *range(1000))
            await until(lambda: sum(event.done for event in events) >= 900)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert await results(events) == [Ok(2 * number) for number in range(1000)]
        assert {attempts(event, "twice") for event in events} == {1}


@in_loop
async def test_a_retired_worker_ends_what_it_has_begun(
    own_cluster: Cluster, tmp_path: Path
) -> None:
    """And leaves its lifecycle; nothing runs twice."""
    ctx = held(tmp_path)
    async with own_cluster.client() as client:
        collector = on(client, slow, ctx=ctx, lifecycle=noted)
        async with queue_on(collector) as queue:
            events = await sent(queue, *range(60))
            await until(lambda: len(lines_of(Path(ctx.path))) == 62)
            address, pid = next(iter(own_cluster.pids().items()))
            (fleet,) = collector._remote.fleets()
            site = fleet.sites[address]
            await client.retire_workers([address], close_workers=True, remove=True)
            await until(lambda: site.leaving or not site.items)
            Path(ctx.go).touch()  # noqa: ASYNC240 - at once
            assert await results(events) == [Ok(number) for number in range(60)]
            await until(lambda: f"out {pid}" in lines_of(Path(ctx.path)))
            assert await results(await sent(queue, 61)) == [Ok(61)]
        begun = [line for line in lines_of(Path(ctx.path)) if line.startswith("begun")]
    assert len(begun) == 61
    assert {attempts(event, "slow") for event in events} == {1}


@in_loop
async def test_a_forced_shutdown_cancels_the_coroutines_there(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Decision 18: what is not done in time is cut off, and its lifecycle left."""
    ctx = held(tmp_path)
    async with cluster.client() as client:
        collector = on(client, slow, ctx=ctx, lifecycle=noted)
        async with queue_on(collector, shutdown_timeout=0.1) as queue:
            events = await sent(queue, *range(10))
            await until(lambda: len(lines_of(Path(ctx.path))) == 12)
        assert all(isinstance(result, Error) for result in await results(events))
        lines = lines_of(Path(ctx.path))
    assert sum(line.startswith("out") for line in lines) == 2


@in_loop
async def test_a_scheduler_that_goes_away_leaves_nobody_waiting(
    own_cluster: Cluster, tmp_path: Path
) -> None:
    """Each event has a result, an Error that says so where there was no other."""
    ctx = held(tmp_path)
    async with (
        own_cluster.client(timeout=1) as client,
        queue_on(on(client, slow, ctx=ctx)) as queue,
    ):
        events = await sent(queue, *range(30))
        await until(lambda: len(lines_of(Path(ctx.path))) == 30)
        await asyncio.to_thread(own_cluster.local.close)
        said = await results(events)
        said += await results(await sent(queue, 31))
    errors = [result.exception for result in said if isinstance(result, Error)]
    assert {type(exc) for exc in errors} == {ClusterClosedError}
    assert all(str(exc).startswith("the scheduler is gone, and dask has given") for exc in errors)
    assert len(said) == 31


@in_loop
async def test_a_lifecycle_that_fails_on_a_worker_fails_the_start(cluster: Cluster) -> None:
    """Decision 19: its error reaches the caller."""
    async with cluster.client() as client:
        collector = on(client, opened, lifecycle=noted, ctx=Context(path="/nowhere/at/all"))
        with pytest.raises(FileNotFoundError, match="/nowhere/at/all"):
            async with queue_on(collector):
                raise AssertionError("it was started")


async def pid_and_lane(payload: Payload[Any], ctx: Context) -> Result:
    """Where it runs, and note it."""
    await asyncio.sleep(0.002 if payload.value % 3 else 0)
    note(ctx, str(payload.value))
    return Ok(os.getpid())


@in_loop
async def test_partition_keys_keep_their_order_also_after_a_death(
    cluster: Cluster, tmp_path: Path
) -> None:
    """One after the other on one worker; then on another, and still in order."""
    ctx = Context(path=str(tmp_path / "noted.txt"))
    async with cluster.client() as client:
        collector = on(
            client, pid_and_lane, ctx=ctx, chunk=10, ordered_by=lambda payload: payload.value % 5
        )
        async with queue_on(collector, most=200) as queue:
            first = [result.unwrap() for result in await results(await sent(queue, *range(100)))]
            assert all(len({*first[lane::5]}) == 1 for lane in range(5))
            events = await sent(queue, *range(100, 300))
            await events[50].wait()
            cluster.send_signal(signal.SIGKILL, next(iter(cluster.pids())))
            assert all(isinstance(result, Ok) for result in await results(events))
    ran = [int(line) for line in lines_of(Path(ctx.path))]
    for lane in range(5):
        mine = list(dict.fromkeys(number for number in ran if number % 5 == lane))
        assert mine == list(range(lane, 300, 5))


@asynccontextmanager
async def brittle(ctx: Context) -> AsyncIterator[None]:
    """End by itself when a file is there."""
    async with asyncio.TaskGroup() as group:

        async def fail() -> None:
            while not Path(ctx.go).exists():  # noqa: ASYNC110, ASYNC240 - of another process
                await asyncio.sleep(0.01)
            raise ConnectionError("the other side is gone")

        group.create_task(fail())
        yield


@in_loop
async def test_a_lifecycle_that_ends_by_itself_leaves_nobody_waiting(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Decision 32: its payloads get an Error that says so."""
    ctx = Context(go=str(tmp_path / "go"))
    async with cluster.client() as client:
        collector = on(client, twice, ctx=ctx, lifecycle=brittle)
        async with queue_on(collector) as queue:
            assert await results(await sent(queue, 1)) == [Ok(2)]
            Path(ctx.go).touch()  # noqa: ASYNC240 - at once
            while isinstance(last := (await results(await sent(queue, 1)))[0], Ok):
                pass
            (after,) = await results(await sent(queue, 1))
    for result in (last, after):
        assert isinstance(result, Error)
        assert isinstance(result.exception, LifecycleEndedError)


async def asleep(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for so long."""
    await asyncio.sleep(payload.value)
    return Ok(os.getpid())


@in_loop
async def test_a_worker_that_says_nothing_keeps_no_time_limit_waiting(
    own_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is the worker's to keep; where it hangs, it is kept here."""
    monkeypatch.setattr(looking, "QUIET", 1.0)
    async with own_cluster.client() as client:
        collector = on(client, asleep, timeout=1.5, chunk=5)
        async with queue_on(collector) as queue:
            pids = own_cluster.pids()
            address = next(iter(pids))
            own_cluster.send_signal(signal.SIGSTOP, address)
            try:
                said = await results(await sent(queue, *[0.01] * 10))
            finally:
                os.kill(pids[address], signal.SIGCONT)
    late = [result.exception for result in said if isinstance(result, Error)]
    assert 1 <= len(late) < 10
    assert {type(exc) for exc in late} == {TimeoutError}
    assert "says nothing" in str(late[0])


@in_loop
async def test_without_any_worker_it_waits_as_long_as_dask_is_told_to(
    own_cluster: Cluster,
) -> None:
    """For ever, unless configured."""
    async with own_cluster.client() as client, queue_on(on(client, twice)) as queue:
        await asyncio.to_thread(own_cluster.local.scale, 0)
        await until(lambda: not own_cluster.local.scheduler.workers)
        with dask.config.set({"distributed.scheduler.no-workers-timeout": "0.3 s"}):
            (result,) = await results(await sent(queue, 1))
        await asyncio.to_thread(own_cluster.local.scale, 1)
        assert await results(await sent(queue, 2)) == [Ok(4)]
    assert isinstance(result, Error)
    assert "has had no worker for 0.3 s" in str(result.exception)


async def computing(payload: Payload[Any], ctx: Context) -> Result:
    """Hold the loop that it runs in."""
    until = time.perf_counter() + payload.value
    while time.perf_counter() < until:
        pass
    return Ok(None)


@in_loop
async def test_a_processor_that_computes_leaves_the_worker_its_loop(cluster: Cluster) -> None:
    """Its heartbeats go on: the worker answers while the processor holds its own loop."""
    async with cluster.client() as client, queue_on(on(client, computing)) as queue:
        events = await sent(queue, 1.0, 1.0)
        answered = 0
        while not any(event.done for event in events):
            await client.run(os.getpid)
            answered += 1
        await results(events)
    assert answered > 3


@in_loop
async def test_a_queue_starts_while_a_worker_dies(cluster: Cluster) -> None:
    """The scheduler asks all workers then, and one of them does not answer any more."""
    async with cluster.client() as client:
        for _ in range(4):
            await until(lambda: len(cluster.pids()) == 2)
            cluster.send_signal(signal.SIGKILL, next(iter(cluster.pids())))
            async with queue_on(on(client, twice)) as queue:
                assert await results(await sent(queue, *range(20))) == [
                    Ok(2 * number) for number in range(20)
                ]
        await until(lambda: len(cluster.pids()) == 2)
