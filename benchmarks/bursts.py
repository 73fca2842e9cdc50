"""What the benchmarks share that compare a burst with the same burst, round by round, in one run.

The processor does nothing and never waits, so that what something costs is seen as large as it can
be.
"""

import argparse
import gc
import time
from statistics import median
from typing import Any

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result


async def nothing(payload: Payload[Any], ctx: Context) -> Result:
    """The processor."""
    return Ok(None)


def a_queue(*, carry_context: bool = False) -> CollectorQueue:
    """A queue with one collector, "c"."""
    return CollectorQueue(
        [Collector("c", nothing)],
        min_consumers=1,
        max_consumers=1000,
        carry_context=carry_context,
    )


async def seconds(queue: CollectorQueue, payloads: list[Payload[Any]]) -> float:
    """How long a burst takes, to the last result, in a queue that runs."""
    publisher = queue.get_publisher()
    gc.collect()
    began = time.perf_counter()
    for payload in payloads:
        await publisher.send(payload)
    await publisher.wait()
    return time.perf_counter() - began


def in_words(ratios: list[float]) -> str:
    """The median of the rounds' ratios, with the least and the most."""
    return f"{median(ratios):5.2f}  ({min(ratios):.2f}..{max(ratios):.2f})"


def asked_for(module: str, about: str | None) -> tuple[int, int]:
    """Read the command line: how many rounds, and how many events in a burst."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--events", type=int, default=20_000)
    asked = parser.parse_args()
    if asked.rounds < 1 or asked.events < 1:
        parser.error("--rounds and --events must be 1 or more")
    return asked.rounds, asked.events
