"""A hundred workers, simulated: which chunk, how many workers, and what breaks first.

    python -m benchmarks.hundred            the table, simulated
    python -m benchmarks.hundred --check    up to eight real workers of this machine, too

There are no hundred workers here. So what a sender and many workers do is simulated on the virtual
clock, as `event_collector.cluster` does it: payloads travel in chunks, a worker has two chunks at
most, and the sender's one process packs, sends, receives and unpacks them one after the other. What
that costs the sender is measured here, for each payload and for each chunk.

`--check` starts 1, 2, 4 and 8 workers whose processor holds its thread for 5 ms and takes no core,
so that eight of them fit on this machine. The simulation has to say what they do.
"""

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from distributed import Client, LocalCluster

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from event_collector.cluster import on_cluster
from event_collector.simulation import simulate

WAY = 0.0003
"""Seconds that a chunk is on its way to a worker of the same machine, or back."""
WORK = (0.0001, 0.001, 0.005, 0.05)
WORKERS = (1, 2, 10, 50, 100, 200)
CHUNKS = (1, 10, 50)


@dataclass(frozen=True)
class Sender:
    """What the sender's process spends, in seconds."""

    payload: float
    """For each payload, from the send to its result."""
    chunk: float
    """For each chunk, there and back."""


async def _through(sender: Sender, workers: int, chunk: int, work: float, chunks: int) -> float:
    """The seconds that so many chunks take for each worker."""
    loop = asyncio.get_running_loop()
    process = asyncio.Lock()
    left = iter(range(chunks * workers))
    cost = (sender.chunk + chunk * sender.payload) / 2

    async def spend() -> None:
        async with process:
            await asyncio.sleep(cost)

    async def place(thread: asyncio.Lock) -> None:
        for _ in left:
            await spend()
            await asyncio.sleep(WAY)
            async with thread:
                await asyncio.sleep(work * chunk)
            await asyncio.sleep(WAY)
            await spend()

    since = loop.time()
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            thread = asyncio.Lock()
            for _ in range(2):
                group.create_task(place(thread))
    return loop.time() - since


def rate(sender: Sender, workers: int, chunk: int, work: float, chunks: int = 30) -> float:
    """Events a second, simulated."""
    took = simulate(lambda: _through(sender, workers, chunk, work, chunks))
    return chunks * workers * chunk / took


async def nothing(payload: Payload[Any], ctx: Context) -> Result:
    """Take no time."""
    return Ok(None)


async def sleeps(payload: Payload[Any], ctx: Context) -> Result:
    """Hold the worker's thread for 5 ms, and no core."""
    time.sleep(0.005)  # noqa: ASYNC251  # that is what it is for
    return Ok(None)


async def _measured(client: Any, processor: Any, workers: int, chunk: int, count: int) -> float:
    """Seconds for each event, really."""
    collector = on_cluster(Collector("it", processor), client, chunk=chunk)
    most = max(100, 3 * workers * chunk)
    async with CollectorQueue([collector], min_consumers=1, max_consumers=most) as queue:
        publisher = queue.get_publisher()
        times = []
        for part in (0.2, 1, 1, 1):
            many = max(chunk, round(count * part))
            since = time.perf_counter()
            events = [await publisher.send(Payload(number)) for number in range(many)]
            for event in events:
                await event.wait()
            times.append((time.perf_counter() - since) / many)
    return median(times[1:])


async def measure_sender(client: Any) -> Sender:
    """What this machine's sender spends, of trivial payloads in chunks of 5 and of 100.

    Its workers take their share of the cores meanwhile: on two cores that is dearer than where
    workers have their own.
    """
    few = await _measured(client, nothing, 2, 5, 4_000)
    many = await _measured(client, nothing, 2, 100, 20_000)
    chunk = max(0.0, (few - many) / (1 / 5 - 1 / 100))
    return Sender(payload=max(1e-6, many - chunk / 100), chunk=chunk)


async def _clustered(check: bool) -> tuple[Sender, list[tuple[int, float]]]:
    how: Any = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50, "asynchronous": True}
    make: Any = LocalCluster
    connect: Any = Client
    real: list[tuple[int, float]] = []
    async with (
        make(n_workers=2, threads_per_worker=1, **how) as cluster,
        connect(cluster, asynchronous=True) as client,
    ):
        sender = await measure_sender(client)
        for workers in (1, 2, 4, 8) if check else ():
            cluster.scale(workers)
            await client.wait_for_workers(workers)
            while len(cluster.scheduler_info["workers"]) != workers:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            each = await _measured(client, sleeps, workers, 10, 150 * workers)
            real.append((workers, 1 / each))
    return sender, real


def _say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")


def table(sender: Sender) -> None:
    """Print what is simulated: for each work, events a second by workers and chunk."""
    for work in WORK:
        _say(
            f"\n{1000 * work:g} ms of work: events a second, and the share of what the workers can"
        )
        _say("workers" + "".join(f"{f'chunk {chunk}':>20}" for chunk in CHUNKS))
        for workers in WORKERS:
            cells = []
            for chunk in CHUNKS:
                made = rate(sender, workers, chunk, work)
                cells.append(f"{made:>12,.0f} {made * work / workers:>6.0%}")
            _say(f"{workers:>7}" + "".join(f"{cell:>20}" for cell in cells))


def main(argv: list[str] | None = None) -> int:
    """Measure the sender, simulate, and compare with real workers if that is wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hundred", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="start up to eight real workers, too")
    arguments = parser.parse_args(argv)
    sender, real = asyncio.run(_clustered(arguments.check))
    each, of_chunk = 1e6 * sender.payload, 1e6 * sender.chunk
    _say(f"the sender spends {each:.0f} us for a payload, and {of_chunk:.0f} us for a chunk")
    for workers, made in real:
        said = rate(sender, workers, 10, 0.005)
        _say(f"{workers} workers, 5 ms, chunk 10: {made:,.0f}/s; simulated {said:,.0f}/s")
    table(sender)
    return 0


if __name__ == "__main__":
    sys.exit(main())
