"""Workers that are stopped, or hang: a start goes on without them, and a log line says so."""

import asyncio
import logging
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from event_collector import Context, Ok, Payload, Result
from event_collector.cluster import ClusterClosedError, attempts, looking, starting
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
    who,
)
from tests.engine.cluster.test_remote import noted, on

pytestmark = pytest.mark.long


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What our own logger has warned of."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "event_collector" and record.levelno >= logging.WARNING
    ]


@in_loop
async def test_a_start_goes_on_without_a_stopped_worker(
    own_cluster: Cluster,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told in one line; and the worker has its part when it goes on, its lifecycle once."""
    caplog.handler.setLevel(0)  # a LocalCluster's silence_logs has set it to CRITICAL
    monkeypatch.setattr(starting, "ANSWER", 4.0)
    ctx = Context(path=str(tmp_path / "noted.txt"))
    pids = own_cluster.pids()
    stopped, other = pids
    async with own_cluster.client() as client:
        own_cluster.send_signal(signal.SIGSTOP, stopped)
        try:
            collector = on(client, who, ctx=ctx, lifecycle=noted)
            async with queue_on(collector) as queue:
                said = await results(await sent(queue, *range(100)))
                assert said == [Ok(pids[other])] * 100
                (told,) = warnings_of(caplog)
                assert f"worker {stopped} did not answer within 4 s" in told
                os.kill(pids[stopped], signal.SIGCONT)
                (fleet,) = collector._remote.fleets()
                await until(lambda: fleet.sites[stopped].retry_at == 0)
                while Ok(pids[stopped]) not in await results(await sent(queue, *range(100))):
                    pass
        finally:
            os.kill(pids[stopped], signal.SIGCONT)
    lines = lines_of(Path(ctx.path))
    assert sorted(lines) == sorted(f"{way} {pid}" for way in ("in", "out") for pid in pids.values())


@in_loop
async def test_a_start_with_no_worker_that_answers_fails(
    own_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the workers, and what to do."""
    monkeypatch.setattr(starting, "ANSWER", 0.1)
    monkeypatch.setattr(starting, "ASK", 0.5)
    pids = own_cluster.pids()
    async with own_cluster.client() as client:
        for address in pids:
            own_cluster.send_signal(signal.SIGSTOP, address)
        try:
            with pytest.raises(
                ClusterClosedError, match=r"did not answer within 0\.1 s, and no other"
            ):
                async with queue_on(on(client, twice)):
                    raise AssertionError("it was started")
        finally:
            for pid in pids.values():
                os.kill(pid, signal.SIGCONT)


async def held(payload: Payload[Any], ctx: Context) -> Result:
    """Note the process; wait for a file that the test writes."""
    note(ctx, f"{payload.value} {os.getpid()}")
    while not Path(ctx.go).exists():  # noqa: ASYNC110, ASYNC240 - of another process
        await asyncio.sleep(0.01)
    return Ok(payload.value)


@in_loop
async def test_keyed_payloads_that_wait_for_a_silent_worker_are_told_of_once(
    own_cluster: Cluster,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keys of which it has nothing go to the other; its own stay in order, and are tried once."""
    caplog.handler.setLevel(0)
    monkeypatch.setattr(looking, "QUIET", 3.0)
    ctx = Context(path=str(tmp_path / "noted.txt"), go=str(tmp_path / "go"))
    async with own_cluster.client() as client:
        collector = on(client, held, ctx=ctx, ordered_by=lambda payload: payload.value % 20)
        async with queue_on(collector) as queue:
            first = await sent(queue, *range(10))
            await until(lambda: len(lines_of(Path(ctx.path))) == 10)
            pid = int(lines_of(Path(ctx.path))[0].split()[1])
            (address,) = [at for at, each in own_cluster.pids().items() if each == pid]
            (fleet,) = collector._remote.fleets()
            own_cluster.send_signal(signal.SIGSTOP, address)
            try:
                await until(lambda: fleet.sites[address].silent)
                Path(ctx.go).touch()  # noqa: ASYNC240 - at once
                await results(await sent(queue, *range(10, 20)))
                behind = await sent(queue, 20)
                (told,) = warnings_of(caplog)
                assert f"worker {address} has said nothing for 3 s" in told
            finally:
                os.kill(pid, signal.SIGCONT)
            assert await results([*first, *behind]) == [*map(Ok, range(10)), Ok(20)]
            await until(lambda: not fleet.sites[address].silent)
    assert {attempts(event, "held") for event in first} == {1}
    assert warnings_of(caplog) == [told]
