"""What a cluster of this machine is worth: two workers with a thread each, in one run.

    python -m benchmarks.cluster [--scale SHARE]

Each figure is a ratio of two times of the same round, or a time in which a fault was overcome. The
raw handler RPC beside ours is what carries our payloads: the same chunk, pickled once, to the same
workers, by the same client, with no queue, no events and no results of their own.
"""

import asyncio
import os
import pickle
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from distributed import Client, LocalCluster, Worker, WorkerPlugin

from benchmarks.command import scale_of
from event_collector import Collector, CollectorQueue, Context, Error, Ok, Payload, Result
from event_collector.cluster import on_cluster

ROUNDS = 5
CHUNK = 100
MEGABYTE = b"x" * 1_000_000


def turns_of_5_ms() -> int:
    """How many turns of a loop take 5 ms of one core."""
    turns = 100_000
    took = min(_timed(lambda: compute(turns)) for _ in range(20))
    return round(turns * 0.005 / took)


def compute(turns: int) -> int:
    """Pure Python."""
    total = 0
    for number in range(turns):
        total += number & 3
    return total


def _timed(call: Callable[[], object]) -> float:
    since = time.perf_counter()
    call()
    return time.perf_counter() - since


async def computing(payload: Payload[int], ctx: Context) -> Result:
    """Compute for some milliseconds."""
    return Ok(compute(payload.value))


async def trivial(payload: Payload[Any], ctx: Context) -> Result:
    """Do nothing."""
    return Ok(None)


async def deadly(payload: Payload[Any], ctx: Context) -> Result:
    """Kill the worker, if it is told to."""
    if payload.value == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return Ok(payload.value)


class Raw(WorkerPlugin):
    """The bare handler: it unpickles a chunk and pickles a list as long."""

    name = "raw"

    def setup(self, worker: Worker) -> None:
        """Have the worker know it."""

        async def raw(blob: bytes) -> bytes:
            return pickle.dumps([None] * len(pickle.loads(blob)))

        worker.handlers["raw"] = raw


@asynccontextmanager
async def cluster() -> AsyncIterator[tuple[Any, Any]]:
    """Two workers, and a client of this loop, which has the bare handler beside ours."""
    how: Any = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50, "asynchronous": True}
    make: Any = LocalCluster
    connect: Any = Client
    async with (
        make(n_workers=2, threads_per_worker=1, **how) as local,
        connect(local, asynchronous=True) as client,
    ):
        await client.register_plugin(Raw())
        yield local, client


@asynccontextmanager
async def queue_of(collector: Collector, consumers: int) -> AsyncIterator[CollectorQueue]:
    """A queue that runs with it."""
    queue = CollectorQueue([collector], min_consumers=1, max_consumers=consumers)
    async with queue:
        yield queue


async def through(queue: CollectorQueue, values: list[Any]) -> tuple[float, list[Result]]:
    """Send all values, and wait for all results; the seconds that it took."""
    publisher = queue.get_publisher()
    since = time.perf_counter()
    events = [await publisher.send(Payload(value)) for value in values]
    results = [(await event.wait()).first() for event in events]
    return time.perf_counter() - since, results


async def raw_rpc(client: Any, values: list[Any], chunk: int) -> float:
    """The seconds that the bare handler takes for all values, two chunks in flight per worker."""
    addresses = list(await client.scheduler.ncores_running())
    chunks = [values[at : at + chunk] for at in range(0, len(values), chunk)]
    left = iter(chunks)

    async def one_after_the_other(address: str) -> None:
        rpc = client.rpc(address)
        for each in left:
            pickle.loads(await rpc.raw(blob=pickle.dumps(each)))

    since = time.perf_counter()
    await asyncio.gather(*(one_after_the_other(address) for address in addresses * 2))
    return time.perf_counter() - since


async def of_computing(client: Any, local: Any, scale: float) -> tuple[str, str]:
    """5 ms of pure Python, here, there, and in two bare processes."""
    turns = turns_of_5_ms()
    values = [turns] * max(20, round(400 * scale))
    here, two = [], []
    async with (
        queue_of(on_cluster(Collector("it", computing), client, chunk=10), 100) as there,
        queue_of(Collector("it", computing), 100) as beside,
    ):
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(compute, [1, 1]))
            await through(there, values[:40])
            for _ in range(max(1, round(ROUNDS * scale))):
                on = (await through(there, values))[0]
                here.append((await through(beside, values))[0] / on)
                loop = asyncio.get_running_loop()
                since = time.perf_counter()
                await loop.run_in_executor(
                    None, lambda: list(pool.map(compute, values, chunksize=10))
                )
                two.append((time.perf_counter() - since) / on)
    told = f"{median(here):.2f} x in-process, {median(two):.2f} of two processes"
    return told, ">= 1.7, >= 0.85"


async def of_trivial(client: Any, local: Any, scale: float) -> tuple[str, str]:
    """A trivial processor, with 512 consumers, against the bare handler."""
    values = list(range(max(1000, round(40_000 * scale))))
    ratios, rates = [], []
    async with queue_of(on_cluster(Collector("it", trivial), client, chunk=CHUNK), 512) as queue:
        await through(queue, values)
        for _ in range(max(1, round(ROUNDS * scale))):
            took = (await through(queue, values))[0]
            ratios.append(await raw_rpc(client, values, CHUNK) / took)
            rates.append(len(values) / took)
    return f"{median(ratios):.3f} of the RPC, {median(rates):,.0f} events/s", ">= 0.1"


async def of_one(client: Any, local: Any, scale: float) -> tuple[str, str]:
    """One event there and back, against the bare handler."""
    count = max(50, round(1000 * scale))
    address = next(iter(await client.scheduler.ncores_running()))
    ours, raw = [], []
    blob = pickle.dumps([1])
    async with queue_of(on_cluster(Collector("it", trivial), client), 100) as queue:
        publisher = queue.get_publisher()
        for number in range(count):
            since = time.perf_counter()
            event = await publisher.send(Payload(number))
            await event.wait()
            between = time.perf_counter()
            pickle.loads(await client.rpc(address).raw(blob=blob))
            ours.append(between - since)
            raw.append(time.perf_counter() - between)
    ratio = median(ours) / median(raw)
    return f"{ratio:.2f} x the RPC, {1000 * median(ours):.2f} ms", "<= 4"


async def of_large(client: Any, local: Any, scale: float) -> tuple[str, str]:
    """Payloads of a megabyte, against the bare handler."""
    values = [MEGABYTE] * max(16, round(200 * scale))
    ratios, rates = [], []
    async with queue_of(on_cluster(Collector("it", trivial), client, chunk=4), 32) as queue:
        await through(queue, values)
        for _ in range(max(1, round(ROUNDS * scale))):
            took = (await through(queue, values))[0]
            ratios.append(await raw_rpc(client, values, 4) / took)
            rates.append(len(values) / took)
    return f"{median(ratios):.2f} of the RPC, {median(rates):.0f} MB/s", ">= 0.55"


async def of_a_kill(client: Any, local: Any, scale: float) -> tuple[str, str]:
    """10,000 events, and a worker killed in the middle."""
    values = list(range(max(1000, round(10_000 * scale))))
    async with queue_of(on_cluster(Collector("it", trivial), client, chunk=CHUNK), 512) as queue:
        await through(queue, values)
        undisturbed = (await through(queue, values))[0]
        pid = next(iter(local.workers.values())).pid
        asyncio.get_running_loop().call_later(undisturbed / 2, os.kill, pid, signal.SIGKILL)
        took, results = await through(queue, values)
    count = sum(isinstance(result, Ok) for result in results)
    told = f"{count:,} of {len(values):,} Ok, {took - undisturbed:.2f} s longer"
    return told, "all, <= 5 s longer"


async def of_a_poison(client: Any, local: Any, scale: float) -> tuple[str, str]:
    """2,000 payloads, one of which kills its worker."""
    values: list[Any] = list(range(max(500, round(2000 * scale))))
    values[len(values) // 2] = "die"
    await client.wait_for_workers(2)
    await asyncio.sleep(2)  # one that is killed while it starts, dask does not replace
    async with queue_of(on_cluster(Collector("it", deadly), client, chunk=CHUNK), 512) as queue:
        took, results = await through(queue, values)
    errors = sum(isinstance(result, Error) for result in results)
    told = f"{errors} Error, {len(values) - errors:,} Ok, {took:.1f} s"
    return told, "1 Error, <= 10 s"


type Case = Callable[[Any, Any, float], Awaitable[tuple[str, str]]]

CASES: dict[str, Case] = {
    "5 ms of pure Python": of_computing,
    "trivial processor, 512 consumers": of_trivial,
    "one event, round trip": of_one,
    "1 MB payloads": of_large,
    "a worker killed in the middle": of_a_kill,
    "a payload that kills its worker": of_a_poison,
}


async def measure(scale: float) -> None:
    """Measure, and print each figure as it is there."""
    async with cluster() as (local, client):
        for name, case in CASES.items():
            told, wanted = await case(client, local, scale)
            sys.stdout.write(f"{name:<34} {told:<50} {wanted}\n")
            sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the figures."""
    asyncio.run(measure(scale_of(argv, "benchmarks.cluster", __doc__)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
