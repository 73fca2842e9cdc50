"""What each seam costs a burst, against the same queue without it, in one run.

    python -m benchmarks.hooks [--rounds N] [--events N]

Each round makes a burst with each of the seams in turn, and one without any; a ratio is that of the
round's own two times, and the table has their median. The processor does nothing and never waits,
so that what a seam costs is seen as large as it can be.
"""

import argparse
import asyncio
import gc
import sys
import time
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Any

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Instrument,
    Ok,
    Payload,
    Processor,
    Result,
)


async def nothing(payload: Payload[Any], ctx: Context) -> Result:
    """The processor."""
    return Ok(None)


async def through(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
    """A wrap that changes nothing."""
    return await processor(payload, ctx)


def hook(*what: object) -> None:
    """A hook that does nothing."""


def told(name: str, call: Callable[..., object] = hook) -> Callable[[CollectorQueue], None]:
    """What adds an instrument with one hook."""

    def add(queue: CollectorQueue) -> None:
        instrument = Instrument()
        setattr(instrument, name, call)
        queue.add_instrument(instrument)

    return add


SEAMS: dict[str, Callable[[CollectorQueue], object]] = {
    "nothing": id,
    "accepted, a function of C": told("accepted", deque[Any](maxlen=1).append),
    "accepted": told("accepted"),
    "taken": told("taken"),
    "begun": told("begun"),
    "ended": told("ended"),
    "finished": told("finished"),
    "loop_turn": told("loop_turn"),
    "interrupted": told("interrupted"),
    "collectors_changed": told("collectors_changed"),
    "current_event, once it was called": lambda queue: queue.current_event(),
    "wrap": lambda queue: queue.wrap("c", through),
    "carry_context": id,
}
"""By name, what is done to a queue before the burst."""


async def burst(name: str, events: int) -> float:
    """Seconds for a burst with a seam."""
    queue = CollectorQueue(
        [Collector("c", nothing)],
        min_consumers=1,
        max_consumers=1000,
        carry_context=name == "carry_context",
    )
    SEAMS[name](queue)
    payloads = [Payload(number) for number in range(events)]
    async with queue:
        publisher = queue.get_publisher()
        gc.collect()
        began = time.perf_counter()
        for payload in payloads:
            await publisher.send(payload)
        await publisher.wait()
        return time.perf_counter() - began


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--events", type=int, default=20_000)
    asked = parser.parse_args()
    if asked.rounds < 1 or asked.events < 1:
        parser.error("--rounds and --events must be 1 or more")
    ratios: dict[str, list[float]] = {name: [] for name in SEAMS}
    for _ in range(asked.rounds):
        seconds = {name: asyncio.run(burst(name, asked.events)) for name in SEAMS}
        for name in SEAMS:
            ratios[name].append(seconds[name] / seconds["nothing"])
    width = max(map(len, SEAMS))
    for name, found in ratios.items():
        low, high = min(found), max(found)
        sys.stdout.write(f"{name:{width}}  {median(found):5.2f}  ({low:.2f}..{high:.2f})\n")


if __name__ == "__main__":
    main()
