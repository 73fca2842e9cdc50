"""Figures that processors leave open; here without a kernel."""

import asyncio
import os
import subprocess
import sys
from typing import Any

import matplotlib as mpl
from event_collector_widgets import Workbench

from event_collector import Collector, CollectorEvent, Context, Payload
from tests.support import in_loop
from tests.widgets.benches import a_bench

mpl.use("agg")


async def done(bench: Workbench, value: object = 0) -> CollectorEvent:
    """Send a value and wait for its results."""
    event = await bench.send(Payload(value))
    await event.wait()
    return event


@in_loop
async def test_a_figure_left_open_is_drawn_and_closed() -> None:
    """Issue 13: without a kernel it is kept only; that of somebody else is left alone."""
    import matplotlib.pyplot as plt

    async def x(payload: Payload[Any], ctx: Context) -> Any:
        plt.figure().add_subplot().plot([1, 2])
        await asyncio.sleep(0)

    others = plt.figure()
    async with a_bench() as bench:
        await bench.put(Collector("x", x))
        await bench.put(Collector("y", x))
        output = bench.output(await done(bench))
        for key in ("x", "y"):
            (display,) = output[key].displays
            assert display["image/png"].startswith("iVBOR")
            assert display["text/plain"] == "<Figure size 640x480 with 1 Axes>"
        assert plt.get_fignums() == [others.number]
    plt.close(others)


@in_loop
async def test_a_figure_that_cannot_be_drawn_says_so() -> None:
    """And the next one is kept as ever."""
    import matplotlib.pyplot as plt

    async def x(payload: Payload[Any], ctx: Context) -> Any:
        plt.figure().suptitle(payload.value)

    async with a_bench() as bench:
        await bench.put(Collector("x", x))
        text = bench.output(await done(bench, "$\\no$"))["x"].text
        assert text.startswith("a figure could not be drawn: ValueError: ")
        assert len(bench.output(await done(bench, "fine"))["x"].displays) == 1
        assert plt.get_fignums() == []


@in_loop
async def test_an_empty_figure_is_closed_and_not_kept() -> None:
    """It shows nothing; a notebook shows none either."""
    import matplotlib.pyplot as plt

    async def x(payload: Payload[Any], ctx: Context) -> Any:
        plt.figure()

    async with a_bench() as bench:
        await bench.put(Collector("x", x))
        assert bench.output(await done(bench)) == {}
        assert plt.get_fignums() == []


@in_loop
async def test_figures_are_found_after_matplotlib_was_set_back() -> None:
    """`rcdefaults` takes our hook away; it is set again for the next processor."""
    import matplotlib.pyplot as plt

    async def x(payload: Payload[Any], ctx: Context) -> Any:
        plt.figure().add_subplot()

    async with a_bench() as bench:
        await bench.put(Collector("x", x))
        await done(bench)
        backend = mpl.get_backend()
        mpl.rcdefaults()
        mpl.use(backend)
        assert len(bench.output(await done(bench))["x"].displays) == 1


IMPORTED_LATE = """
import asyncio, sys
from event_collector import Payload
from event_collector_widgets import Workbench
async def main():
    bench = Workbench()
    @bench.collector
    async def x(payload, ctx):
        import matplotlib.pyplot as plt
        plt.figure().add_subplot()
    for _ in range(2):
        event = await bench.send(Payload(0))
        await event.wait()
        print(bench.output(event), sys.modules["matplotlib.pyplot"].get_fignums())
    await bench.close()
asyncio.run(main())
"""


def test_a_processor_may_be_the_first_to_import_pyplot() -> None:
    """Its figure was made before anybody could ask to be told; and those later are found, too."""
    said = subprocess.run(
        [sys.executable, "-c", IMPORTED_LATE],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "MPLBACKEND": "agg"},
    )
    assert said.stdout == "{'x': Output('', 1 display)} []\n" * 2
