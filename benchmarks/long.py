"""The long runs: `python -m benchmarks.long events`, `waiting` or `cycles`.

Each ends with exit code 1 if what it looks for is not so. `--scale` makes them shorter for a trial.
"""

import argparse
import asyncio
import gc
import os
import sys
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.command import add_scale
from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result

_MIB = 2**20
_FLAT = 2.0
"""MiB by which flat memory may differ: what the allocator rounds up to, and no event."""
_SOON = 120.0
"""Seconds in which processors must have started, or ended."""

type Verdict = list[str]
"""What is wrong; nothing if all is as it should be."""


def main(argv: list[str] | None = None) -> int:
    """Run one of the long runs; the exit code is 1 if it found something wrong."""
    runs: dict[str, tuple[Callable[[int], Awaitable[Verdict]], int]] = {
        "events": (events, 10_000_000),
        "waiting": (waiting, 100_000),
        "cycles": (cycles, 1_000),
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long", description=__doc__)
    parser.add_argument("run", choices=runs)
    add_scale(parser)
    options = parser.parse_args(argv)
    run, size = runs[options.run]
    try:
        wrong = asyncio.run(_checked(run, max(10, int(size * options.scale))))
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return 130
    for problem in wrong:
        sys.stderr.write(f"WRONG: {problem}\n")
    _say("failed" if wrong else "all as it should be")
    return 1 if wrong else 0


async def _checked(run: Callable[[int], Awaitable[Verdict]], size: int) -> Verdict:
    wrong = list(await run(size))
    if left := len(asyncio.all_tasks()) - 1:
        wrong.append(f"{left} tasks are left")
    return wrong


async def events(count: int) -> Verdict:
    """Send and process many events through one queue; the memory must be flat at the end."""
    collector = Collector("noop", _noop)
    readings = []
    async with CollectorQueue(
        [collector], min_consumers=1, max_consumers=1000, max_queued=10_000
    ) as queue:
        send = queue.get_publisher().send
        for tenth in range(1, 11):
            start = time.perf_counter()
            for number in range(count // 10):
                await send(Payload(number))
            await queue.get_publisher().wait()
            seconds = time.perf_counter() - start
            readings.append(_resident())
            _say(
                f"{tenth * (count // 10):>12,} events  {readings[-1]:8.1f} MiB"
                f"  {count // 10 / seconds:>10,.0f} events/s"
            )
    wrong = []
    if (done := collector.processed) != count // 10 * 10:
        wrong.append(f"{done:,} events were processed, not {count // 10 * 10:,}")
    return wrong + _not_flat(readings)


async def waiting(count: int) -> Verdict:
    """Have many processors wait at once, then let them go: all must end, each with its result."""
    gate = asyncio.Event()

    async def held_up(payload: Payload[int], ctx: Context) -> Result:
        await gate.wait()
        return Ok(payload.value)

    before = _resident()
    async with CollectorQueue(
        [Collector("held up", held_up)], min_consumers=1, max_consumers=count
    ) as queue:
        send = queue.get_publisher().send
        sent = [await send(Payload(number)) for number in range(count)]
        at_once = await _in_service(queue, count)
        used = _resident() - before
        _say(f"{at_once:,} processors wait at once, {1024 * used / count:.1f} KiB each")
        gate.set()
        start = time.perf_counter()
        try:
            async with asyncio.timeout(_SOON):
                values = [(await event.wait())[0].unwrap() for event in sent]
        except TimeoutError:
            return [f"after {_SOON:.0f} s {queue.metrics().in_service:,} have not ended"]
        _say(f"all ended within {time.perf_counter() - start:.2f} s")
    wrong = []
    if at_once < count:
        wrong.append(f"only {at_once:,} of {count:,} were in service at once")
    if values != list(range(count)):
        wrong.append("the results are not those of the payloads")
    return wrong


async def _in_service(queue: CollectorQueue, count: int) -> int:
    """How many events are in service, once all are or it has taken too long."""
    deadline = time.monotonic() + _SOON
    number = queue.metrics().in_service
    while number < count and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
        number = queue.metrics().in_service
    return number


async def cycles(count: int) -> Verdict:
    """Start and stop queues, old and new ones; nothing of them may be left."""
    entered = Counter[str]()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        entered["in"] += 1
        yield
        entered["out"] += 1

    def new_queue() -> CollectorQueue:
        collector = Collector("noop", _noop, lifecycle=lifecycle)
        return CollectorQueue([collector], min_consumers=4, max_consumers=1000)

    old = new_queue()
    queues: list[weakref.ref[CollectorQueue]] = []
    readings, objects, tasks = [], [], []
    for tenth in range(1, 11):
        for _ in range(count // 10):
            await _cycle(old)
            queues.append(weakref.ref(await _cycle(new_queue())))
        gc.collect()
        readings.append(_resident())
        objects.append(_objects())
        tasks.append(len(asyncio.all_tasks()) - 1)
        _say(
            f"{tenth * (count // 10):>7,} cycles  {readings[-1]:8.1f} MiB"
            f"  {objects[-1].total():>6,} objects  {tasks[-1]} tasks"
        )
    wrong = _not_flat(readings)
    if alive := sum(queue() is not None for queue in queues):
        wrong.append(f"{alive:,} of {len(queues):,} queues are still there")
    if entered["in"] != entered["out"]:
        wrong.append(f"{entered['in']:,} lifecycles were entered, {entered['out']:,} left")
    if any(tasks):
        wrong.append(f"tasks were left: {tasks}")
    if more := objects[-1] - objects[0]:
        wrong.append(f"objects were left: {dict(more)}")
    return wrong


async def _cycle(queue: CollectorQueue) -> CollectorQueue:
    async with queue:
        send = queue.get_publisher().send
        sent = [await send(Payload(number)) for number in range(20)]
        await sent[10].wait()
    return queue


def _objects() -> Counter[str]:
    """The engine's own objects that are alive, by type."""
    return Counter(
        type(thing).__qualname__
        for thing in gc.get_objects()
        if type(thing).__module__.partition(".")[0] == "event_collector"
    )


async def _noop(payload: Payload[Any], ctx: Context) -> Result:
    return Ok(payload.value)


def _not_flat(readings: list[float]) -> Verdict:
    """Compare the last three tenths with the fourth to sixth; before that, it may grow."""
    early, late = max(readings[3:6]), min(readings[-3:])
    _say(f"memory from the fourth tenth on: {late - early:+.2f} MiB")
    if late - early > _FLAT:
        return [f"the memory grew from {early:.1f} to {late:.1f} MiB; {_FLAT:.0f} are allowed"]
    return []


def _resident() -> float:
    """MiB of memory in use by this process; where only the peak is known, the peak."""
    gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MIB
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MIB


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
