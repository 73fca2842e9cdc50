"""Real clusters for tests: two workers with a thread each, in processes of their own."""

import asyncio
import functools
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import dask
import psutil  # type: ignore[import-untyped]
from distributed import Client, LocalCluster

from event_collector import CollectorEvent, CollectorQueue, Context, Ok, Payload, Result
from tests.support import run


class Cluster:
    """A cluster that a test may send payloads to, and signals.

    Args:
        local: What dask has started.
    """

    def __init__(self, local: Any) -> None:
        self.local = local

    @asynccontextmanager
    async def client(self, **arguments: Any) -> AsyncIterator[Client]:
        """A client of the current loop."""
        made: Any = Client
        address = self.local.scheduler_address
        async with made(address, asynchronous=True, **arguments) as client:
            yield client

    @contextmanager
    def synchronous_client(self) -> Iterator[Client]:
        """A client with a loop of its own, in a thread."""
        made: Any = Client
        with made(self.local.scheduler_address) as client:
            yield client

    def pids(self) -> dict[str, int]:
        """The process of each worker that is up, by its address.

        A worker that is new may already work while its nanny does not know its address yet; one
        that was killed stands in the list until its connection ends.
        """
        listed = self.local.scheduler.workers
        nannies = [each for each in list(self.local.workers.values()) if each.process is not None]
        found = {each.worker_address: each.pid for each in nannies}
        return {at: pid for at, pid in found.items() if pid and at in listed and lives(pid)}

    def wait_until_whole(self, workers: int = 2) -> None:
        """Wait until dask has replaced what was killed.

        Raises:
            TimeoutError: It has not, within a minute, or its loop does not answer.
        """
        self.ask_loop()
        until = time.monotonic() + 60
        while len(self.pids()) != workers:
            if time.monotonic() > until:
                raise TimeoutError(f"{workers} workers wanted, and there are {self.pids()}")
            time.sleep(0.01)

    def close(self) -> None:
        """Close it, if its loop still answers: dask would wait for that for ever.

        Raises:
            TimeoutError: It does not, within a minute. Its workers are killed.
        """
        try:
            self.ask_loop()
        except TimeoutError:
            for pid in self.pids().values():
                os.kill(pid, signal.SIGKILL)
            raise
        self.local.close()

    def ask_loop(self) -> None:
        """Wait until the loop of its scheduler answers.

        Raises:
            TimeoutError: It does not, within a minute; with where its thread is.
        """
        answered = threading.Event()
        self.local.loop.add_callback(answered.set)
        if self.local.status.name == "closed" or answered.wait(60):
            return
        frames = sys._current_frames()
        loops = [frames.get(each.ident or 0) for each in threading.enumerate() if "IO" in each.name]
        at = "\n".join("".join(traceback.format_stack(frame)) for frame in loops if frame)
        raise TimeoutError(f"the loop of the cluster does not answer; it is at\n{at}")

    def send_signal(self, number: signal.Signals, address: str) -> int:
        """Send a signal to one of its workers; return its process."""
        pid = self.pids()[address]
        os.kill(pid, number)
        return pid


def lives(pid: int) -> bool:
    """Whether a process is there, and is not only waiting for its parent to look."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def in_loop[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """As that of `tests.support`, for what waits for other processes: they take their time."""

    @functools.wraps(test)
    def plain(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs), timeout=150.0)

    return plain


@contextmanager
def started(workers: int = 2) -> Iterator[Cluster]:
    """A cluster of its own."""
    how = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50, "host": "127.0.0.1"}
    make: Any = LocalCluster
    # It would not bring a worker back that is down again this long after it was lost.
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "1h"})
    with patient:
        made = Cluster(make(n_workers=workers, threads_per_worker=1, processes=True, **how))
        try:
            yield made
        finally:
            made.close()


@asynccontextmanager
async def queue_on(
    *collectors: Any, most: int = 100, **arguments: Any
) -> AsyncIterator[CollectorQueue]:
    """A queue that runs, with consumers enough to fill two workers."""
    made = CollectorQueue(list(collectors), min_consumers=1, max_consumers=most, **arguments)
    async with made:
        yield made


async def sent(queue: CollectorQueue, *values: Any) -> list[CollectorEvent]:
    """Events with these values, accepted."""
    publisher = queue.get_publisher()
    return [await publisher.send(Payload(value)) for value in values]


async def results(events: list[CollectorEvent]) -> list[Result]:
    """The first result of each."""
    return [(await event.wait()).first() for event in events]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a state that stays, once it is there."""
    while not holds():  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.01)


async def twice(payload: Payload[Any], ctx: Context) -> Result:
    """Double the value."""
    return Ok(2 * payload.value)


async def who(payload: Payload[Any], ctx: Context) -> Result:
    """The process it runs in."""
    return Ok(os.getpid())


def note(ctx: Context, line: str) -> None:
    """Write a line to the file that a context names."""
    with Path(ctx.path).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def lines_of(path: Path) -> list[str]:
    """What was written to a file so far."""
    return path.read_text("utf-8").splitlines() if path.exists() else []
