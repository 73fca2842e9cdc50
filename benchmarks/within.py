"""What `benchmarks.panels` runs within the kernel: workbenches, their load, and what takes time.

Its cells import this module and await its functions; each returns figures that JSON can hold.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from event_collector_widgets import CollectorsPanel, Playground, ResultsPanel, Workbench
from event_collector_widgets.matches import Matches
from event_collector_widgets.selection import Selection

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    History,
    Ok,
    Payload,
    Result,
)

SLICE = 0.005
"""Seconds for which the results look through the history at one go."""


async def noop(payload: Payload[Any], ctx: Context) -> Result:
    """What every event of these benchmarks is processed by."""
    return Ok(payload.value)


class Load:
    """Sends so many payloads again and again, until it is told to stop."""

    def __init__(self, bench: Workbench, count: int) -> None:
        self._bench = bench
        self._count = count
        self._stopped = False
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> tuple[int, float]:
        sent, start = 0, time.perf_counter()
        while not self._stopped:
            await self._bench.send_all([Payload(number) for number in range(self._count)])
            await self._bench.publisher.wait()
            sent += self._count
        return sent, time.perf_counter() - start

    async def stop(self) -> dict[str, float]:
        """Wait for the events of the last round; return how many a second went through."""
        self._stopped = True
        sent, seconds = await self._task
        return {"sent": sent, "rate": sent / seconds}


def models(shown: Playground) -> dict[str, Any]:
    """The models that a click is sent to, and those that answer; how many widgets a panel has."""
    return {
        "send": shown.send.send_button.model_id,
        "said": shown.send.status.model_id,
        "rows": shown.results.rows.model_id,
        "detail": shown.results.detail.model_id,
        "widgets": {type(each).__name__: _widgets(each) for each in shown.panels},
    }


def _widgets(box: Any) -> int:
    return 1 + sum(_widgets(each) for each in getattr(box, "children", ()))


def _milliseconds(act: Callable[[], object], times: int = 5) -> float:
    """The median of some calls, garbage collection included."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return 1000 * sorted(taken)[times // 2]


async def many_collectors(count: int) -> dict[str, float]:
    """How long a repaint takes over many collectors, of which 200 are shown."""
    bench = Workbench("collectors")
    for number in range(count):
        await bench.put(Collector(f"collector {number}", noop, topics=[f"topic {number % 50}"]))
    panel, turn = CollectorsPanel(bench), 0

    def repaint() -> None:
        nonlocal turn
        turn += 1
        panel.find.value = "collector" if turn % 2 else ""  # other words beside the same rows
        panel.refresh()

    for number in range(min(count, 2_000)):
        await bench.send(Payload(number, Delivery.KEY, keys=[f"collector {number}"]))
    await bench.publisher.wait()
    figures = {"same": _milliseconds(panel.refresh), "other": _milliseconds(repaint)}
    panel.close()
    await bench.close()
    return figures


async def many_events(count: int) -> dict[str, float]:
    """How long a repaint takes over many kept events, and how long a filter looks for its text."""
    bench = Workbench("events", history=count)
    await bench.put(Collector("noop", noop))
    await bench.send_all([Payload({"n": number}) for number in range(count)])
    await bench.publisher.wait()
    panel = ResultsPanel(bench)
    while not panel._looking.window.look(1):
        pass
    figures = {"same": _milliseconds(panel.refresh)}

    def turn() -> None:
        panel._looking.window.older()
        panel._looking.now()

    figures["turn"] = _milliseconds(turn, 3)
    matches, slices = Matches(bench.history, Selection(text="77")), []
    complete, start = False, time.perf_counter()
    while not complete:
        begun = time.perf_counter()
        complete = matches.step(SLICE)
        slices.append(time.perf_counter() - begun)
    figures |= {"scan": time.perf_counter() - start, "slice": 1000 * max(slices)}
    figures["found"] = matches.count
    panel.close()
    await bench.close()
    return figures


SIDES = ("bare", "without", "bench", "shown")
"""A queue; a workbench without output and gauges; a whole one; one with its panels shown."""


@asynccontextmanager
async def side(name: str) -> AsyncIterator[CollectorQueue]:
    """The queue of a side, with a collector and a history of 10,000."""
    if name == "bare":
        queue = CollectorQueue([Collector("noop", noop)], min_consumers=1, max_consumers=100)
        history = History(queue, 10_000)
        async with queue:
            yield queue
        history.close()
        return
    bench = Workbench("cost")
    await bench.put(Collector("noop", noop))
    if name == "without":
        bench.queue.remove_instrument(bench._outputs)
        bench.gauges.close()
    shown = Playground(bench) if name == "shown" else None
    yield bench.queue
    if shown is not None:
        shown.close()
    await bench.close()


async def cost(count: int, turn: int) -> dict[str, float]:
    """Microseconds per event of each side, in a burst of so many; each is the first in turn."""
    taken = {}
    for place in range(len(SIDES)):
        name = SIDES[(place + turn) % len(SIDES)]
        async with side(name) as queue:
            gc.collect()
            publisher = queue.get_publisher()
            start = time.perf_counter()
            await publisher.send_all([Payload(number) for number in range(count)])
            await publisher.wait()
            taken[name] = 1e6 * (time.perf_counter() - start) / count
    return taken
