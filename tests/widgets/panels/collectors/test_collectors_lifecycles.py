"""What a collector's row tells of its lifecycle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from event_collector_widgets import CollectorsPanel

from event_collector import Context
from tests.support import in_loop, until
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
)


@in_loop
async def test_a_row_tells_that_a_lifecycle_has_ended_by_itself() -> None:
    """Decision 32: in the table, and in the static form, until it is replaced."""
    told = asyncio.Event()

    @asynccontextmanager
    async def ends(ctx: Context) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            yield

    async def fail() -> None:
        await told.wait()
        raise OSError("connection lost")

    async with a_bench() as bench:
        await bench.put(collector("x", lifecycle=ends))
        await bench.put(collector("y"))
        told.set()
        await until(lambda: bench.collectors["x"].lifecycle_ended)
        panel = CollectorsPanel(bench)
        note = "its lifecycle has ended: payloads get Errors until it is replaced"
        assert [row["cells"][-1] for row in panel.rows.rows] == [note, ""]
        assert panel.static().count("has ended") == 1
        async with a_bench("other") as other:
            told.clear()
            await other.put(bench.collectors["x"])
            elsewhere = CollectorsPanel(other)
            assert [row["cells"][-1] for row in elsewhere.rows.rows] == [""]
            assert "has ended" not in elsewhere.static()
            told.set()
            await until(lambda: other.metrics().collectors["x"].lifecycle_ended)
            await other.put(collector("x"))
        await bench.put(collector("x"))
        assert "has ended" not in panel.static()


@in_loop
async def test_a_row_tells_what_the_lifecycle_has_said_last() -> None:
    """Issue 13: a lifecycle's output stays with its collector."""

    @asynccontextmanager
    async def opens(ctx: Context) -> AsyncIterator[None]:
        print("opening")  # noqa: T201
        print(f"opened {NASTY}")  # noqa: T201
        yield

    async with a_bench() as bench:
        await bench.put(collector("x", lifecycle=opens))
        panel = CollectorsPanel(bench)
        assert panel.rows.rows[0]["cells"][-1] == f"its lifecycle said: opened {NASTY}"
        assert bench.output(bench.collectors["x"]).text.startswith("opening\nopened")
