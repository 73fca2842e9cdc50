"""Kills one process of a cluster at a random moment, again and again: nothing is lost or hangs.

`python -m tests.cluster_kills 200` makes so many trials; `--seed` repeats one. In each a queue
sends some hundred events to two workers, in one of several ways, and one worker is killed
meanwhile; in one of ten it is the scheduler, of a cluster of its own. Then every event has its
result: an Ok, or, without a scheduler, maybe an Error that says so. None ran more often than it was
tried, and what has an order has kept it.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Client
from distributed.deploy.subprocess import SubprocessCluster

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Error,
    Instrument,
    Ok,
    Payload,
    Result,
)
from event_collector.cluster import ClusterClosedError, WorkerLostError, attempts, on_cluster
from tests.engine.cluster.clusters import Cluster, lines_of, started

LIMIT = 60.0
"""Seconds after which a trial has hung."""


@dataclass(frozen=True)
class Trial:
    """One way in which events are sent, and what is killed when."""

    seed: int
    way: str
    """What the processor does: "quick", "waits", "computes" or "batches"."""
    events: int
    chunk: int
    lanes: int
    """How many partition keys there are; 0: any order is fine."""
    share: float
    """Which share of the events is done when a process is killed."""
    scheduler: bool
    """Whether that is the scheduler."""

    @classmethod
    def drawn(cls, seed: int, *, scheduler: bool) -> "Trial":
        """A trial by chance, the same for the same seed."""
        draw = random.Random(seed)
        way = draw.choice(["quick", "waits", "computes", "batches"])
        lanes = 0 if way == "batches" else draw.choice([0, 0, 1, 7])
        events = draw.randint(100, {"quick": 2000, "batches": 2000}.get(way, 200))
        chunk = draw.choice([1, 10, 50])
        return cls(seed, way, events, chunk, lanes, draw.uniform(0, 0.9), scheduler)


async def quick(payload: Payload[Any], ctx: Context) -> Result:
    """Note that it ran."""
    os.write(ctx.file, f"{payload.value}\n".encode())
    return Ok(payload.value)


async def waits(payload: Payload[Any], ctx: Context) -> Result:
    """Wait a moment, and note that it ran."""
    await asyncio.sleep(0.01)
    return await quick(payload, ctx)


async def computes(payload: Payload[Any], ctx: Context) -> Result:
    """Compute for a moment, and note that it ran."""
    until = time.perf_counter() + 0.002
    while time.perf_counter() < until:
        pass
    return await quick(payload, ctx)


async def batches(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
    """Note that all of them ran."""
    return [await quick(payload, ctx) for payload in payloads]


@asynccontextmanager
async def noting(ctx: Context) -> AsyncIterator[None]:
    """Have the file open that is written to."""
    ctx.file = os.open(ctx.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        yield
    finally:
        os.close(ctx.file)


def collector_of(trial: Trial, path: Path, client: Client) -> Collector:
    """The collector of a trial."""
    processor: Any = globals()[trial.way]
    size: Any = {"batch_size": 10} if trial.way == "batches" else {}
    made = Collector("it", processor, ctx=Context(path=str(path)), lifecycle=noting, **size)
    lanes = trial.lanes
    by = (lambda payload: payload.value % lanes) if lanes else None
    chunk = max(trial.chunk, 10) if size else trial.chunk
    return on_cluster(made, client, chunk=chunk, ordered_by=by)


class Killing(Instrument):
    """Kills when so many events are done; none: when the first is accepted."""

    def __init__(self, after: int, kill: Callable[[], object]) -> None:
        self._left, self._kill = after, kill

    def accepted(self, event: CollectorEvent) -> None:
        """Kill at the first one, if that is asked for."""
        if event.id == 1 and self._left == 0:
            self._kill()

    def finished(self, event: CollectorEvent) -> None:
        """Count it."""
        self._left -= 1
        if self._left == 0:
            self._kill()


async def run(trial: Trial, address: str, kill: Any) -> list[str]:
    """Run a trial; return what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ran.txt"
        made: Any = Client
        async with made(address, asynchronous=True, timeout=3) as client:
            queue = CollectorQueue(
                [collector_of(trial, path, client)], min_consumers=1, max_consumers=200
            )
            queue.add_instrument(Killing(round(trial.share * trial.events), kill))
            async with queue:
                publisher = queue.get_publisher()
                events = [await publisher.send(Payload(n)) for n in range(trial.events)]
                wrong = []
                try:
                    async with asyncio.timeout(LIMIT):
                        for event in events:
                            await event.wait()
                except TimeoutError:
                    left = [event.id for event in events if not event.done]
                    wrong.append(f"{len(left)} of {trial.events} events hang: {left[:10]}")
            return wrong + faults_of(trial, events, [int(line) for line in lines_of(path)])


def faults_of(trial: Trial, events: list[CollectorEvent], ran: list[int]) -> list[str]:
    """What is wrong with the results and with what ran, a line for each kind."""
    wrong = []
    count = Counter(ran)
    for number, event in enumerate(events):
        if event.result is None:
            continue
        result = event.result.first()
        if isinstance(result, Error):
            allowed = (ClusterClosedError, WorkerLostError) if trial.scheduler else ()
            if not isinstance(result.exception, allowed):
                wrong.append(f"event {number}: {result!r}")
        elif result != Ok(number) or count[number] < 1:
            wrong.append(f"event {number}: {result!r}, ran {count[number]} times")
        if count[number] > attempts(event, "it"):
            wrong.append(f"event {number} ran {count[number]} of {attempts(event, 'it')} times")
    for lane in range(trial.lanes):
        mine = [number for number in ran if number % trial.lanes == lane]
        if list(dict.fromkeys(mine)) != sorted(set(mine)):
            wrong.append(f"lane {lane} is out of order: {mine}")
    return wrong[:5]


def kill_a_worker(cluster: Cluster, draw: random.Random) -> None:
    """Kill one of the workers that live."""
    pids = list(cluster.pids().values())
    if pids:
        os.kill(draw.choice(pids), signal.SIGKILL)


def all_up(cluster: Cluster) -> bool:
    """Wait until dask has replaced what was killed; False if it has given that up."""
    until = time.monotonic() + 10
    while len(cluster.pids()) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    return len(cluster.pids()) == 2


def of_a_worker(trial: Trial, cluster: Cluster) -> list[str]:
    """A trial in which a worker is killed."""
    draw = random.Random(trial.seed)
    return asyncio.run(
        run(trial, cluster.local.scheduler_address, lambda: kill_a_worker(cluster, draw))
    )


def of_the_scheduler(trial: Trial) -> list[str]:
    """A trial in which the scheduler is killed, of a cluster of its own."""

    async def main() -> list[str]:
        make: Any = SubprocessCluster
        how = {"scheduler_kwargs": {"dashboard": False}, "worker_kwargs": {"nthreads": 1}}
        cluster = make(n_workers=2, asynchronous=True, host="127.0.0.1", silence_logs=50, **how)
        await cluster
        pid = cluster.scheduler.process.pid
        try:
            return await run(trial, cluster.scheduler_address, lambda: os.kill(pid, signal.SIGKILL))
        finally:
            for part in [*cluster.workers.values(), cluster.scheduler]:
                if part.process is not None and part.process.returncode is None:
                    part.process.kill()
                    await part.process.wait()

    return asyncio.run(main())


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster_kills", description=__doc__)
    parser.add_argument("trials", type=int, nargs="?", default=10, help="how many")
    parser.add_argument("--seed", type=int, default=None, help="of the first; repeats a trial")
    given = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    failed = 0
    with ExitStack() as stack:
        cluster = stack.enter_context(started())
        for number in range(given.trials):
            if not all_up(cluster):  # a worker that is killed while it starts is not replaced
                cluster = stack.enter_context(started())
            trial = Trial.drawn(first + number, scheduler=number % 10 == 9)
            since = time.perf_counter()
            wrong = of_the_scheduler(trial) if trial.scheduler else of_a_worker(trial, cluster)
            took = time.perf_counter() - since
            print(f"{took:5.1f} s  {'; '.join(wrong) or 'ok'}  {trial}", flush=True)  # noqa: T201
            failed += bool(wrong)
    print(f"{given.trials - failed} of {given.trials} trials as promised")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
