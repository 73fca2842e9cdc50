"""What the guard costs a cell, in a real kernel: `python -m benchmarks.guard`.

Cells are run in two kernels by turns, one of which has the guard, and timed within the kernel, from
the request to the reply. It prints figures beside their goals, and never fails on speed. `--scale`
makes a trial.
"""

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.command import scale_of
from benchmarks.kernels import Kernel

CELLS = 400
"""Of each kind, in each kernel."""

TIMED = """
import time
kernel, timings = get_ipython().kernel, []
def timed(execute):
    async def do_execute(*args, **options):
        begun, used = time.perf_counter(), time.thread_time()
        try:
            return await execute(*args, **options)
        finally:
            timings.append([time.perf_counter() - begun, time.thread_time() - used])
    return do_execute
kernel.do_execute = timed(kernel.do_execute)
"""
LARGE = """
import asyncio, threading
import pandas as pd, matplotlib.pyplot as plt, ipywidgets
from event_collector import Collector, CollectorQueue, Error, Ok, Payload
from event_collector_widgets import Playground, Workbench
bench = Workbench()
async def work(payload, ctx): return Ok(payload.value)
bench.collector('work')(work)
await bench.ready()
await bench.send_all([Payload(each) for each in range(1000)])
await bench.publisher.wait()
frame = bench.history.to_frame()
globals().update({f'number_{each}': each for each in range(300)})
globals().update({f'list_{each}': list(range(1000)) for each in range(50)})
sliders = [ipywidgets.IntSlider() for _ in range(100)]
waiting = [asyncio.create_task(asyncio.Event().wait()) for _ in range(50)]
"""
CELL_KINDS = {
    "an empty notebook, a cell without an await": ("", "x = 1"),
    "an empty notebook, a cell with an await": ("import asyncio", "await asyncio.sleep(0)"),
    "a large notebook, a cell without an await": (LARGE, "x = 1"),
    "a large notebook, a cell that sends an event and waits": (
        LARGE,
        "done = await bench.send(Payload(1)).wait()",
    ),
    "a large notebook, a cell that makes ten tasks": (
        LARGE,
        "done = await asyncio.gather(*[asyncio.sleep(0) for _ in range(10)])",
    ),
}
"""What the notebook has run before, and the cell that is timed."""


@contextmanager
def kernels(setup: str) -> Iterator[tuple[Kernel, Kernel]]:
    """A kernel with the guard and one without, in which the same cell has run."""
    with_guard, without = Kernel(), Kernel()
    try:
        with_guard.run("%load_ext event_collector_widgets")
        for kernel in (with_guard, without):
            kernel.run(setup or "pass")
            kernel.run(TIMED)
        yield with_guard, without
    finally:
        with_guard.stop()
        without.stop()


def measure(setup: str, cell: str, count: int) -> tuple[list[float], list[float]]:
    """The milliseconds that a cell takes with the guard, and without, at the median.

    Of each how long it takes by the clock, and how long its thread computes: on a machine that is
    busy with other things, only the second tells the guard from the others.
    """
    with kernels(setup) as both:
        for _ in range(count):
            for kernel in both:
                kernel.run(cell)
        timings = [kernel.value("timings[1:]") for kernel in both]
    with_guard, without = (
        [1000 * statistics.median(column) for column in zip(*each, strict=True)] for each in timings
    )
    return with_guard, without


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the figures."""
    scale = scale_of(argv, "benchmarks.guard", __doc__)
    for what, (setup, cell) in CELL_KINDS.items():
        with_guard, without = measure(setup, cell, max(round(CELLS * scale), 3))
        clock, computed = (one - other for one, other in zip(with_guard, without, strict=True))
        figure = f"{clock:.2f} ms, computing {computed:.2f} ({without[0]:.2f} without)"
        sys.stdout.write(f"{what:<55} {figure:>42}  <= 1 ms\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
