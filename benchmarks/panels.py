"""The panels in a real kernel, without a browser: `python -m benchmarks.panels`.

A click is sent as the browser sends it, and is answered when what it shows has come back. It
prints figures beside their goals, and never fails on speed. `--scale` makes a trial.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.command import scale_of
from benchmarks.kernels import Kernel
from benchmarks.within import SIDES

ANSWER = 30.0
"""Seconds within which a click is answered, or the benchmark ends."""
CLICKS = 20
SECONDS = 5.0
"""For how long messages are counted."""

type Line = tuple[str, str, str]
"""What was measured, the figure, and its goal or nothing."""


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the figures."""
    scale = scale_of(argv, "benchmarks.panels", __doc__)
    for measure in (under_load, at_rest_and_many, costs):
        with a_kernel() as kernel:
            for what, figure, goal in measure(kernel, scale):
                sys.stdout.write(f"{what:<58} {figure:>24}  {goal}\n")
                sys.stdout.flush()
    return 0


@contextmanager
def a_kernel() -> Iterator[Kernel]:
    """A kernel that has imported what is run within it."""
    kernel = Kernel()
    try:
        kernel.run("from benchmarks.within import *")
        yield kernel
    finally:
        kernel.stop()


def under_load(kernel: Kernel, scale: float) -> Iterator[Line]:
    """Widgets, messages and clicks while events go through."""
    count = max(100, int(100_000 * scale))
    kept = max(3 * count, 100_000)  # a row that was clicked must still be there
    kernel.run(f"bench = Workbench(history={kept})\nawait bench.put(Collector('noop', noop))")
    kernel.run("await bench.send_all(map(Payload, range(300)))\nshown = Playground(bench)")
    models = kernel.value("models(shown)")
    most = max(models["widgets"].values())
    yield "widgets of a panel, at most", f"{most}", "25"
    kernel.rows = models["rows"]
    kernel.run("shown.results.rows.rows = []\nshown.results.refresh()")
    kernel.run(f"load = Load(bench, {count})")
    seconds = max(1.0, SECONDS * scale)
    yield from messages(kernel, seconds, "under load", "5")
    clicks = max(3, int(CLICKS * scale))
    send = [click_send(kernel, models) for _ in range(clicks)]
    yield f"Send answers while {count:,} go through, p50, max", _both(send), "0.3 s"
    opened = [click_row(kernel, models, click) for click in range(clicks)]
    yield f"a row opens while {count:,} go through, p50, max", _both(opened), "0.3 s"
    load = kernel.value("await load.stop()")
    yield "events a second meanwhile", f"{load['rate']:,.0f} of {load['sent']:,}", ""
    until = time.perf_counter() + max(10.0, 90 * scale)  # rates fall to 0 in a minute
    while time.perf_counter() < until and kernel.listen(2.5, lambda model, state: True):
        pass
    yield from messages(kernel, seconds, "when nothing changes", "0")


def messages(kernel: Kernel, seconds: float, when: str, goal: str) -> Iterator[Line]:
    """How often models told the page something new: the busiest, and all together."""
    kernel.updates.clear()
    kernel.listen(seconds, lambda model, state: False)
    most = max(kernel.updates.values(), default=0) / seconds
    yield f"repaints a second {when}, of the busiest part", f"{most:.1f}", goal
    yield f"messages a second {when}", f"{kernel.updates.total() / seconds:.1f}", ""


def click_send(kernel: Kernel, models: dict[str, Any]) -> float:
    """Seconds from a click on Send to the line that says what has become of it."""

    def answered(model: str, state: dict[str, Any]) -> bool:
        return model == models["said"] and bool(state.get("text"))

    start = time.perf_counter()
    kernel.click(models["send"])
    if not kernel.listen(ANSWER, answered):
        raise RuntimeError("a click on Send was not answered")
    return time.perf_counter() - start


def click_row(kernel: Kernel, models: dict[str, Any], click: int) -> float:
    """Seconds from a click on a row, another one each time, to all of its event."""
    before = kernel.keys
    kernel.listen(1.0, lambda model, state: kernel.keys is not before)
    key = kernel.keys[click]

    def answered(model: str, state: dict[str, Any]) -> bool:
        return model == models["detail"] and state.get("of") == key

    start = time.perf_counter()
    state = {"method": "update", "state": {"chosen": key}, "buffer_paths": []}
    kernel.tell(models["rows"], state)
    if not kernel.listen(ANSWER, answered):
        raise RuntimeError(f"event {key} was not opened")
    return time.perf_counter() - start


def at_rest_and_many(kernel: Kernel, scale: float) -> Iterator[Line]:
    """Repaints over many collectors and over many events."""
    count = max(100, int(5_000 * scale))
    found = kernel.value(f"await many_collectors({count})")
    what = f"repaint of 200 of {count:,} collectors, the same, other rows"
    yield what, f"{found['same']:.0f} ms, {found['other']:.0f} ms", "200 ms"
    count = max(1_000, int(1_000_000 * scale))
    found = kernel.value(f"await many_events({count})")
    what = f"repaint of 200 of {count:,} events, the same, further down"
    yield what, f"{found['same']:.0f} ms, {found['turn']:.0f} ms", "200 ms"
    what = f"a text sought in {count:,} events, the longest slice"
    yield what, f"{found['scan']:.2f} s, {found['slice']:.0f} ms", ""


def costs(kernel: Kernel, scale: float) -> Iterator[Line]:
    """What a workbench costs per event, next to a bare queue, in paired rounds."""
    count, rounds = max(200, int(50_000 * scale)), max(3, int(12 * scale))
    kernel.value(f"await cost({count}, 0)")
    found = [kernel.value(f"await cost({count}, {turn})") for turn in range(rounds)]
    each = {name: statistics.median(one[name] for one in found) for name in SIDES}
    yield "an event in a bare queue with a history", f"{each['bare']:.2f} us", ""
    for what, one, other in (
        ("workbench / bare queue", "bench", "bare"),
        ("workbench / without output and gauges", "bench", "without"),
        ("with its panels shown / workbench", "shown", "bench"),
    ):
        ratios = sorted(each[one] / each[other] for each in found)
        middle = statistics.median(ratios)
        yield f"{what}, per event", f"{middle:.2f} ({ratios[0]:.2f}..{ratios[-1]:.2f})", ""


def _both(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.3f} s, {max(seconds):.3f} s"


if __name__ == "__main__":
    sys.exit(main())
