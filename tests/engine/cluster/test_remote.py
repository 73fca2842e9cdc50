"""A collector on a cluster: the same results, errors, lifecycle and accounting as here."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from event_collector import Collector, Context, Delivery, Error, Ok, Payload, Result
from event_collector.cluster import (
    ClusterClosedError,
    ClusterCollector,
    WorkerLostError,
    attempts,
    on_cluster,
)
from event_collector.simulation import simulate
from tests.engine.cluster.clusters import (
    Cluster,
    in_loop,
    lines_of,
    note,
    queue_on,
    results,
    sent,
    twice,
    who,
)


def on(client: Client, processor: Any, **arguments: Any) -> ClusterCollector:
    """A collector on the cluster, named after its processor."""
    names = ("chunk", "ordered_by", "max_attempts")
    remote = {name: arguments.pop(name) for name in names if name in arguments}
    return on_cluster(Collector(processor.__name__, processor, **arguments), client, **remote)


async def moody(payload: Payload[Any], ctx: Context) -> Result:
    """Do what the payload says."""
    match payload.value:
        case "raise":
            raise LookupError("nothing there")
        case "error":
            return Error(ValueError("as told"))
        case "lock":
            return Ok(threading.Lock())
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "leave":
            raise GeneratorExit
        case "misfit":
            logging.getLogger("of.a.user").warning("bad %d", "x")
        case "print":
            print("seen", payload.delivery.name)  # noqa: T201 - that is what is tested
            logging.getLogger("of.a.user").warning("careful")
    return Ok(payload.value)


@in_loop
async def test_results_come_back_in_place_from_every_worker(cluster: Cluster) -> None:
    """The README: the same results, from the workers' processes."""
    async with cluster.client() as client, queue_on(on(client, twice), on(client, who)) as queue:
        events = await sent(queue, *range(300))
        assert await results(events) == [Ok(2 * number) for number in range(300)]
        processes = {(await event.wait())[1].unwrap() for event in events}
    assert processes == set(cluster.pids().values())
    assert os.getpid() not in processes


@in_loop
async def test_what_goes_wrong_is_an_error_of_its_own_event(cluster: Cluster) -> None:
    """Decision 14: with the frames of the processor; its neighbours in the chunk are Ok. Words of
    a log line that do not fit are not an error of the event, as they are not here."""
    values = 1, "raise", "lock", "error", 2, threading.Lock(), "misfit", "leave"
    async with cluster.client() as client, queue_on(on(client, moody)) as queue:
        events = await sent(queue, *values)
        one, raised, lock, told, two, unsent, misfit, left = await results(events)
    assert misfit == Ok("misfit")
    assert isinstance(left, Error)
    assert isinstance(left.exception, GeneratorExit)
    assert (one, two) == (Ok(1), Ok(2))
    assert isinstance(raised, Error)
    assert isinstance(raised.exception, LookupError)
    assert 'raise LookupError("nothing there")' in raised.traceback
    assert __file__ in raised.traceback
    assert isinstance(told, Error)
    assert str(told.exception) == "as told"
    assert isinstance(lock, Error)
    assert "cannot be pickled to be sent back" in str(lock.exception)
    assert isinstance(unsent, Error)
    assert isinstance(unsent.exception, TypeError)


@in_loop
async def test_a_payload_that_kills_its_worker_is_the_only_one_to_blame(cluster: Cluster) -> None:
    """At least once: the others are tried again, and it is known how often."""
    async with cluster.client() as client, queue_on(on(client, moody, max_attempts=2)) as queue:
        events = await sent(queue, *range(40), "die", *range(40))
        said = await results(events)
    assert [result.unwrap() for result in said if isinstance(result, Ok)] == [*range(40)] * 2
    (lost,) = (result.exception for result in said if isinstance(result, Error))
    assert isinstance(lost, WorkerLostError)
    assert (lost.key, lost.attempts, len(set(lost.workers))) == ("moody", 2, 2)
    assert attempts(events[40], "moody") == 2
    assert {attempts(event, "moody") for event in events} <= {1, 2}


@asynccontextmanager
async def noted(ctx: Context) -> AsyncIterator[None]:
    """Note when it is entered and left, and where."""
    note(ctx, f"in {os.getpid()}")
    ctx.opened = os.getpid()
    yield
    note(ctx, f"out {os.getpid()}")


@asynccontextmanager
async def badly_left(ctx: Context) -> AsyncIterator[None]:
    """Raise as it is left."""
    yield
    raise OSError(f"no room for {ctx.name}")


@in_loop
async def test_what_a_lifecycle_raises_on_a_worker_as_it_is_left_comes_back(
    cluster: Cluster,
) -> None:
    """Decision 18: as from one here, with the worker, its frames and the collector's key."""
    async with cluster.client() as client:
        collector = on(client, opened, ctx=Context(name="it"), lifecycle=badly_left)
        with pytest.raises(ExceptionGroup, match="2 workers have left it badly") as told:
            async with queue_on(collector):
                pass
        local = Collector("local", opened, ctx=Context(name="it"), lifecycle=badly_left)
        with pytest.raises(OSError, match="no room for it") as here:
            async with queue_on(local):
                pass
    assert told.value.__notes__ == ["raised by the lifecycle of collector 'opened'"]
    assert here.value.__notes__ == ["raised by the lifecycle of collector 'local'"]
    for fault, address in zip(told.value.exceptions, cluster.pids(), strict=True):
        assert repr(fault) == repr(here.value)
        assert 'raise OSError(f"no room for {ctx.name}")' in Error(fault).traceback
        assert any(f"on worker {each}" in fault.__notes__ for each in cluster.pids()), address


async def opened(payload: Payload[Any], ctx: Context) -> Result:
    """What the lifecycle has put into the context."""
    return Ok(ctx.opened == os.getpid())


@in_loop
async def test_a_lifecycle_is_entered_and_left_once_on_each_worker(
    cluster: Cluster, tmp_path: Path
) -> None:
    """And not here: the Context here stays as it is."""
    path = tmp_path / "noted.txt"
    ctx = Context(path=str(path))
    async with cluster.client() as client:
        collector = on(client, opened, ctx=ctx, lifecycle=noted)
        async with queue_on(collector) as queue:
            assert await results(await sent(queue, *range(20))) == [Ok(True)] * 20
            pids = set(cluster.pids().values())
            assert sorted(lines_of(path)) == sorted(f"in {pid}" for pid in pids)
            await queue.remove("opened")
            assert sorted(lines_of(path)[2:]) == sorted(f"out {pid}" for pid in pids)
    assert "opened" not in ctx


@in_loop
async def test_what_is_shown_there_is_shown_here(
    cluster: Cluster, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Prints go to the streams here, log lines to the loggers here."""
    caplog.handler.setLevel(0)  # a LocalCluster's silence_logs has set it to CRITICAL
    async with cluster.client() as client, queue_on(on(client, moody)) as queue:
        event = await queue.get_publisher().send(Payload("print", Delivery.TOPIC, topics=[]))
        assert not (await event.wait()).delivered
        await results(await sent(queue, "print"))
    assert capsys.readouterr().out == "seen BROADCAST\n"
    logged = [each.message for each in caplog.records if each.name == "of.a.user"]
    assert logged == ["careful"]


async def patient(payload: Payload[Any], ctx: Context) -> Result:
    """Wait, and note that the wait was cancelled."""
    try:
        await asyncio.sleep(payload.value)
    except asyncio.CancelledError:
        note(ctx, "cancelled")
        raise
    return Ok("waited")


@in_loop
async def test_a_timeout_cancels_the_coroutine_on_the_worker(
    cluster: Cluster, tmp_path: Path
) -> None:
    """And what is quick in its chunk does not wait for it."""
    ctx = Context(path=str(tmp_path / "noted.txt"))
    async with cluster.client() as client:
        async with queue_on(on(client, patient, ctx=ctx, timeout=0.2)) as queue:
            late, quick = await results(await sent(queue, 60, 0))
        assert quick == Ok("waited")
        assert isinstance(late, Error)
        assert isinstance(late.exception, TimeoutError)
        assert "timeout of 0.2 s" in str(late.exception)
        assert lines_of(Path(ctx.path)) == ["cancelled"]


def test_what_cannot_work_is_refused_at_once(cluster: Cluster) -> None:
    """With the reason, before anything is sent."""
    collector = Collector("twice", twice)
    with cluster.synchronous_client() as client:

        async def simulated() -> None:
            on_cluster(collector, client)

        with pytest.raises(RuntimeError, match=r"under simulate\(\) there is no cluster"):
            simulate(simulated)
        with pytest.raises(ValueError, match="chunk must be >= 1, got 0"):
            on_cluster(collector, client, chunk=0)
        both: Any = {"batch_size": 2, "max_concurrency": 1}
        with pytest.raises(ValueError, match="has batch_size and max_concurrency; each worker"):
            on_cluster(Collector("twice", twice, **both), client)
        stuck = Collector("twice", twice, ctx=Context(lock=threading.Lock()))
        with pytest.raises(TypeError, match="the ctx of collector 'twice' cannot be pickled"):
            on_cluster(stuck, client)
    with pytest.raises(ClusterClosedError, match="the client is closed; connect a new Client"):
        on_cluster(collector, client)
    with pytest.raises(TypeError, match=r"client must be a distributed\.Client, got str: 'tcp'"):
        on_cluster(collector, "tcp")  # type: ignore[arg-type]


@in_loop
async def test_a_synchronous_client_works_as_well(cluster: Cluster) -> None:
    """It is driven by its own loop."""
    with cluster.synchronous_client() as client:
        async with queue_on(on(client, twice)) as queue:
            assert await results(await sent(queue, *range(50))) == [Ok(2 * n) for n in range(50)]
