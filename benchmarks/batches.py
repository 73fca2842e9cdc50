"""What many at once is worth: rows into SQLite, by batches and one by one, in one run.

    python -m benchmarks.batches [--rounds N] [--rows N]

Each round has both write the same rows into new files, by a thread of their own, with a commit for
each call as a service has it; a ratio is that of the round's own two times, and the table has their
median. `noop` is the same with processors that do nothing: what the engine itself takes for them.
"""

import argparse
import asyncio
import gc
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result

SIZE = 100
"""Of a batch."""


@asynccontextmanager
async def file(ctx: Context) -> AsyncIterator[None]:
    """A database file, and the thread that writes it."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        ctx.in_thread = lambda *call: asyncio.get_running_loop().run_in_executor(thread, *call)
        ctx.connection = await ctx.in_thread(_open, Path(folder) / "rows.sqlite")
        yield
        count = await ctx.in_thread(_count, ctx.connection)
        assert count == ctx.rows, f"{count} of {ctx.rows} rows are there"
        await ctx.in_thread(ctx.connection.close)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("create table rows (value integer)")
    return connection


def _count(connection: sqlite3.Connection) -> int:
    counted: int = connection.execute("select count(*) from rows").fetchone()[0]
    return counted


def _write(connection: sqlite3.Connection, rows: list[tuple[int]]) -> None:
    with connection:
        connection.executemany("insert into rows values (?)", rows)


async def one(payload: Payload[int], ctx: Context) -> Result:
    """Write a row."""
    await ctx.in_thread(_write, ctx.connection, [(payload.value,)])
    return Ok(None)


async def many(payloads: list[Payload[int]], ctx: Context) -> Result:
    """Write all rows of a batch."""
    await ctx.in_thread(_write, ctx.connection, [(payload.value,) for payload in payloads])
    return Ok(None)


async def nothing(payload: Payload[int], ctx: Context) -> Result:
    """Wait for a turn of the loop."""
    await asyncio.sleep(0)
    return Ok(None)


async def nothing_at_once(payloads: list[Payload[int]], ctx: Context) -> Result:
    """The same with a batch."""
    await asyncio.sleep(0)
    return Ok(None)


CASES: dict[str, Callable[[int], Collector]] = {
    "one by one": lambda rows: _into_a_file(one, rows),
    "batches": lambda rows: _into_a_file(many, rows, batch_size=SIZE),
    "noop, one by one": lambda _: Collector("noop", nothing),
    "noop, batches": lambda _: Collector("noop", nothing_at_once, batch_size=SIZE),
}


def _into_a_file(processor: Any, rows: int, **batches: Any) -> Collector:
    ctx = Context(rows=rows)
    made: Collector = Collector(
        "rows", processor, ctx=ctx, lifecycle=file, max_concurrency=1, **batches
    )
    return made


async def seconds(collector: Collector, rows: int) -> float:
    """How long so many rows take, from the first send to the last result."""
    queue = CollectorQueue([collector], min_consumers=1, max_consumers=SIZE)
    async with queue:
        publisher = queue.get_publisher()
        gc.collect()
        start = time.perf_counter()
        for value in range(rows):
            publisher.send(Payload(value))
        await publisher.wait()
        return time.perf_counter() - start


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="how many rounds")
    parser.add_argument("--rows", type=int, default=2000, help="rows in each round")
    given = parser.parse_args(arguments)
    rounds = [
        {name: asyncio.run(seconds(make(given.rows), given.rows)) for name, make in CASES.items()}
        for _ in range(given.rounds)
    ]
    _say(f"{given.rows:,} rows, batches of up to {SIZE}, {given.rounds} rounds")
    for name in CASES:
        took = median(each[name] for each in rounds)
        _say(f"{name:18} {given.rows / took:10,.0f}/s {1e6 * took / given.rows:8.1f} us a row")
    for slow, fast in (("one by one", "batches"), ("noop, one by one", "noop, batches")):
        ratios = sorted(each[slow] / each[fast] for each in rounds)
        _say(f"{fast} / {slow}: {median(ratios):.2f} ({ratios[0]:.2f}..{ratios[-1]:.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
