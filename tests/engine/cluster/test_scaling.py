"""adaptive: a cluster grows with a queue's load, and shrinks without losing what is at work."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster
from distributed.deploy.cluster import Cluster as AnyCluster

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from event_collector.cluster import adaptive, attempts, on_cluster
from tests.engine.cluster.clusters import in_loop, lines_of, note, queue_on, sent, until

WAY = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50, "asynchronous": True}


async def held(payload: Payload[Any], ctx: Context) -> Result:
    """Wait until a file says that the value may go on."""
    note(ctx, f"begun {payload.value}")
    while not Path(f"{ctx.path}.{payload.value}").exists():  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.01)
    return Ok(payload.value)


def started() -> Any:
    """A cluster of one worker in this loop."""
    make: Any = LocalCluster
    return make(n_workers=1, threads_per_worker=1, processes=True, **WAY)


def release(path: Path, *values: int) -> None:
    """Let payloads go on."""
    for value in values:
        Path(f"{path}.{value}").touch()


def workers(cluster: Any) -> list[str]:
    """The addresses of those that have arrived."""
    return list(cluster.scheduler_info["workers"])


@in_loop
async def test_it_grows_with_the_load_and_keeps_who_has_work(tmp_path: Path) -> None:
    """One worker for each chunk; the one that goes is one that has nothing."""
    path = tmp_path / "begun"
    made: Any = Client
    async with (
        started() as cluster,
        made(cluster, asynchronous=True) as client,
    ):
        collector = on_cluster(Collector("held", held, ctx=Context(path=path)), client, chunk=2)
        async with queue_on(collector) as queue:
            scaling = adaptive(cluster, queue, 1, 3, interval=0.05, wait_count=2)
            events = await sent(queue, *range(6))
            await until(lambda: len(workers(cluster)) == 3)
            await until(lambda: len(lines_of(path)) == 6)
            everybody = {of["name"]: at for at, of in cluster.scheduler_info["workers"].items()}
            chosen = await scaling.workers_to_close(0)
            with_work = [name for name in chosen if collector.loads.get(everybody[name])]
            await scaling.scale_down(list(everybody))  # chosen before they had got something
            release(path, *range(5))
            await asyncio.gather(*(event.wait() for event in events[:5]))
            (busy,) = [address for address, load in collector.loads.items() if load]
            await until(lambda: workers(cluster) == [busy])
            release(path, 5)
            assert (await events[5].wait()).first() == Ok(5)
            assert with_work == []
            assert [attempts(event, "held") for event in events] == [1] * 6
            assert len(lines_of(path)) == 6
            more = await sent(queue, *range(10, 16))
            await until(lambda: len(workers(cluster)) == 3)
            release(path, *range(10, 16))
            await asyncio.gather(*(event.wait() for event in more))
            scaling.stop()
    # What dask has begun as it was scaled ends after the cluster has said that it is closed.
    await until(lambda: not any("_correct_state" in repr(task) for task in asyncio.all_tasks()))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cluster": "it"}, "cluster must be one of distributed's clusters, got str: 'it'"),
        ({"queue": None}, "queue must be a CollectorQueue"),
        ({"minimum": -1}, "minimum must be >= 0"),
        ({"maximum": 0}, "maximum must be >= 1"),
        ({"minimum": 3, "maximum": 2}, "maximum must be >= 3"),
        ({"interval": 0}, "interval"),
        ({"wait_count": 0}, "wait_count must be >= 1"),
    ],
)
def test_bad_arguments_are_refused(given: dict[str, Any], said: str) -> None:
    """With the value, and before the cluster is told anything."""
    queue = CollectorQueue([], min_consumers=1, max_consumers=1)
    cluster = AnyCluster.__new__(AnyCluster)
    arguments = {"cluster": cluster, "queue": queue, "minimum": 1, "maximum": 2, **given}
    with pytest.raises((TypeError, ValueError)) as caught:
        adaptive(**arguments)
    assert said in str(caught.value)
