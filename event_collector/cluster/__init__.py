"""Beyond one machine: the same collectors, on the workers of a Dask cluster.

It needs the extra `[cluster]`, here and on each worker, in the same version, with the same minor
version of Python. This script starts two workers itself:

    import asyncio

    from distributed import Client, LocalCluster

    from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
    from event_collector.cluster import on_cluster

    two = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}


    async def primes(payload: Payload[int], ctx: Context) -> Result:
        return Ok(sum(all(n % d for d in range(2, n)) for n in range(2, payload.value)))


    async def main() -> None:
        async with (
            LocalCluster(**two, asynchronous=True) as cluster,
            Client(cluster, asynchronous=True) as client,
        ):
            collector = on_cluster(Collector("primes", primes), client)
            async with CollectorQueue([collector], min_consumers=1, max_consumers=100) as queue:
                publisher = queue.get_publisher()
                events = [await publisher.send(Payload(n)) for n in range(1_000, 1_040)]
                print([(await event.wait()).first().unwrap() for event in events])


    if __name__ == "__main__":  # each worker reads this file as it starts, and must not run it
        asyncio.run(main())

A cluster that is there already, of whatever kind, is reached by its scheduler's address:
`Client("tcp://scheduler:8786", asynchronous=True)`. In a notebook, cluster and client are awaited,
`client = await Client(...)`, and `@bench.collector(cluster=client)` is the one word. There
`max_consumers` is given to the `Workbench`: at least workers x 50 fill the workers.

What a workbench has exported (`bench.export("weather.py")`, of collectors without `cluster=`) stays
as it is. A module beside it sends some of its collectors to a cluster:

    import asyncio
    import logging
    import os

    import weather
    from distributed import Client

    from event_collector import stop_on_signals
    from event_collector.cluster import on_cluster
    from event_collector.inputs import read_lines


    async def main() -> None:
        logging.basicConfig(level=logging.INFO)
        async with (
            stop_on_signals() as stop,
            Client(os.environ["SCHEDULER"], asynchronous=True) as client,
        ):
            await client.upload_file("weather.py")  # workers import what it defines by its name
            queue = weather.make_queue()
            await queue.replace(on_cluster(queue.collectors["validate"], client))
            async with queue, read_lines(queue):
                await stop.wait()


    if __name__ == "__main__":
        asyncio.run(main())

What is promised there is **at least once**: see `on_cluster`. How a payload goes to a worker and
back is told in `fleet`.
"""

from event_collector.cluster.attempted import attempts
from event_collector.cluster.collectors import ClusterCollector, on_cluster
from event_collector.cluster.errors import ClusterClosedError, WorkerLostError
from event_collector.cluster.scaling import adaptive

__all__ = [
    "ClusterClosedError",
    "ClusterCollector",
    "WorkerLostError",
    "adaptive",
    "attempts",
    "on_cluster",
]
