"""What a queue's own words mean on a cluster: batches, replacing, sharing, exits, consumers."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Result,
)
from event_collector.cluster import on_cluster
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
from tests.engine.cluster.test_remote import noted, on, opened

pytestmark = pytest.mark.long


async def of_many(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
    """How many came together."""
    return [Ok((payload.value, len(payloads))) for payload in payloads]


@in_loop
async def test_batches_are_made_on_the_worker(cluster: Cluster) -> None:
    """Its own `batch_size` is kept."""
    async with cluster.client() as client:
        collector = on(client, of_many, batch_size=4, chunk=10)
        assert (collector.batch_size, collector.original.batch_size) == (None, 4)
        async with queue_on(collector) as queue:
            said = [result.unwrap() for result in await results(await sent(queue, *range(100)))]
    assert [value for value, _ in said] == list(range(100))
    assert max(size for _, size in said) == 4


@in_loop
async def test_a_function_defined_again_replaces_the_one_there(cluster: Cluster) -> None:
    """While events are in flight: none is lost, and each ran in one of the two."""

    async def version(payload: Payload[Any], ctx: Context) -> Result:
        return Ok("first")

    async def second(payload: Payload[Any], ctx: Context) -> Result:
        return Ok("second")

    async with cluster.client() as client:
        queue = CollectorQueue(
            [on_cluster(Collector("it", version), client)], min_consumers=1, max_consumers=100
        )
        async with queue:
            events = await sent(queue, *range(1000))
            await queue.replace(on_cluster(Collector("it", second), client))
            events += await sent(queue, *range(1000))
            said = [result.unwrap() for result in await results(events)]
    assert said == sorted(said)
    assert set(said) == {"first", "second"}


@in_loop
async def test_one_with_the_same_context_replaces_it_while_the_queue_runs(
    cluster: Cluster, tmp_path: Path
) -> None:
    """As when a cell is run again: the Context here is nobody's on the workers."""
    ctx = Context(path=str(tmp_path / "noted.txt"))
    local = Collector("who", who, ctx=ctx)
    async with cluster.client() as client, queue_on(local) as queue:
        assert await results(await sent(queue, 1)) == [Ok(os.getpid())]
        await queue.replace(on_cluster(local, client))
        (there,) = await results(await sent(queue, 1))
        assert there != Ok(os.getpid())
        await queue.replace(on(client, who, ctx=ctx, lifecycle=noted))
        assert await results(await sent(queue, 1)) != [Ok(os.getpid())]
        await queue.replace(local)
        assert await results(await sent(queue, 1)) == [Ok(os.getpid())]


async def held(payload: Payload[Any], ctx: Context) -> Result:
    """Note when it begins and ends; in between wait for a file that the test writes."""
    note(ctx, f"begun {payload.value}")
    while not Path(ctx.go).exists():  # noqa: ASYNC110, ASYNC240 - of another process
        await asyncio.sleep(0.01)
    note(ctx, f"ended {payload.value}")
    return Ok(payload.value)


@in_loop
async def test_partition_keys_keep_their_order_when_the_collector_is_replaced(
    cluster: Cluster, tmp_path: Path
) -> None:
    """What the new one gets waits for what the old one has with the same key, and for no other."""
    ctx = Context(path=str(tmp_path / "noted.txt"), go=str(tmp_path / "go"))
    async with cluster.client() as client:
        old, new = (on(client, held, ctx=ctx, ordered_by=lambda of: of.value % 2) for _ in range(2))
        async with queue_on(old) as queue:
            events = await sent(queue, 0, 2, 4)
            await until(lambda: lines_of(Path(ctx.path)) == ["begun 0"])
            replacing = asyncio.create_task(queue.replace(new))
            await until(lambda: queue.collectors["held"] is new)
            events += await sent(queue, 6, 1, 8)
            await until(lambda: "begun 1" in lines_of(Path(ctx.path)))
            Path(ctx.go).touch()  # noqa: ASYNC240 - at once
            assert await results(events) == [Ok(number) for number in (0, 2, 4, 6, 1, 8)]
            await replacing
    ran = [line for line in lines_of(Path(ctx.path)) if not line.endswith("1")]
    assert ran == [f"{what} {number}" for number in (0, 2, 4, 6, 8) for what in ("begun", "ended")]


@in_loop
async def test_two_queues_of_a_loop_share_the_lifecycle(cluster: Cluster, tmp_path: Path) -> None:
    """Once per worker and collector; it is left with the last of them."""
    path = tmp_path / "noted.txt"
    async with cluster.client() as client:
        collector = on(client, opened, ctx=Context(path=str(path)), lifecycle=noted)
        async with queue_on(collector) as one:
            async with queue_on(collector) as two:
                assert await results(await sent(one, 1) + await sent(two, 2)) == [Ok(True)] * 2
            assert await results(await sent(one, 3)) == [Ok(True)]
            assert len(lines_of(path)) == 2
        assert len(lines_of(path)) == 4


async def leaving(payload: Payload[Any], ctx: Context) -> Result:
    """Want the process to end."""
    raise SystemExit(payload.value)


@in_loop
async def test_an_exit_comes_to_who_waits(cluster: Cluster) -> None:
    """Decision 15: and the worker lives on."""
    async with cluster.client() as client, queue_on(on(client, leaving)) as queue:
        before = cluster.pids()
        (event,) = await sent(queue, 3)
        with pytest.raises(SystemExit, match="3"):
            await event.wait()
        assert cluster.pids() == before


@in_loop
async def test_too_few_consumers_are_told(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """Once for a queue, with the number that is enough."""
    caplog.handler.setLevel(0)  # a LocalCluster's silence_logs has set it to CRITICAL
    async with cluster.client() as client, queue_on(on(client, twice, chunk=30), most=50) as queue:
        await results(await sent(queue, *range(100)))
    told = [each.message for each in caplog.records if "max_consumers" in each.message]
    assert len(told) == 1
    assert "max_consumers=50 is less than 2 workers x chunk=30" in told[0]
