"""What each seam costs a burst, against the same queue without it, in one run.

    python -m benchmarks.hooks [--rounds N] [--events N]

Each round makes a burst with each of the seams in turn, and one without any; a ratio is that of the
round's own two times, and the table has their median. The processor does nothing and never waits,
so that what a seam costs is seen as large as it can be.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from benchmarks.bursts import a_queue, asked_for, in_words, seconds
from event_collector import (
    CollectorQueue,
    Context,
    History,
    Instrument,
    Payload,
    Processor,
    Result,
)


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


def outputs(queue: CollectorQueue) -> object:
    """What a workbench adds, so that `bench.output(event)` knows what a processor has shown."""
    from event_collector_widgets.output import Outputs

    history = History(queue, limit=1)
    return history, Outputs(queue, history, queue.collectors)


CARRYING = (
    *("carry_context", "carry_context, accepted", "carry_context, timed"),
    "carry_context, bench.output",
)
"""Those whose queue carries the sender's context, as a workbench's does. What the last one costs is
seen beside the one before: it has a History, too."""

SEAMS: dict[str, Callable[[CollectorQueue], object]] = {
    "nothing": id,
    "accepted, a function of C": told("accepted", deque[Any](maxlen=1).append),
    "accepted": told("accepted"),
    "taken": told("taken"),
    "begun": told("begun"),
    "ended": told("ended"),
    "finished": told("finished"),
    "timed": told("timed"),
    "loop_turn": told("loop_turn"),
    "interrupted": told("interrupted"),
    "collectors_changed": told("collectors_changed"),
    "current_event, once it was called": lambda queue: queue.current_event(),
    "wrap": lambda queue: queue.wrap("c", through),
    "carry_context": id,
    "carry_context, accepted": told("accepted", deque[Any](maxlen=1).append),
    "carry_context, timed": told("timed"),
    "carry_context, bench.output": outputs,
}
"""By name, what is done to a queue before the burst."""


async def burst(name: str, events: int) -> float:
    """Seconds for a burst with a seam."""
    queue = a_queue(carry_context=name in CARRYING)
    kept = SEAMS[name](queue)
    payloads = [Payload(number) for number in range(events)]
    async with queue:
        taken = await seconds(queue, payloads)
        del kept
        return taken


def main() -> None:
    """Run the command."""
    rounds, events = asked_for("benchmarks.hooks", __doc__)
    ratios: dict[str, list[float]] = {name: [] for name in SEAMS}
    for _ in range(rounds):
        taken = {name: asyncio.run(burst(name, events)) for name in SEAMS}
        for name in SEAMS:
            ratios[name].append(taken[name] / taken["nothing"])
    width = max(map(len, SEAMS))
    for name, found in ratios.items():
        sys.stdout.write(f"{name:{width}}  {in_words(found)}\n")


if __name__ == "__main__":
    main()
