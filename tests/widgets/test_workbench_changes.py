"""The workbench's changes: lifecycles entered while cells go on, what fails, and who is told."""

import asyncio
import gc
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets.notices import REPAINT

from event_collector import Context, Ok, Payload, Result
from tests.support import Log, in_loop, in_virtual_time, settle, virtual_loop
from tests.widgets.benches import a_bench, collector, double, give


@in_loop
async def test_a_lifecycle_is_entered_while_the_cell_goes_on_and_send_waits_for_it() -> None:
    """C: no payload reaches a collector before its lifecycle is entered, however many are sent."""
    opened = asyncio.Event()

    @asynccontextmanager
    async def slowly(ctx: Context) -> AsyncIterator[None]:
        await opened.wait()
        ctx.open = True
        yield

    async with a_bench() as bench:

        @bench.collector("x", lifecycle=slowly)  # type: ignore[untyped-decorator]
        async def tell(payload: Payload[int], ctx: Context) -> Result:
            return Ok((payload.value, ctx.open))

        sends = [asyncio.ensure_future(give(bench, Payload(number))) for number in range(3)]
        await settle()
        assert "x" not in bench.collectors
        assert bench.metrics().accepted == 0
        opened.set()
        assert await asyncio.gather(*sends) == [[Ok((number, True))] for number in range(3)]


@in_loop
async def test_a_sender_that_gives_up_leaves_the_lifecycle_to_be_entered() -> None:
    """Interrupting a cell that waits for a lifecycle does not take the collector away."""
    opened = asyncio.Event()

    @asynccontextmanager
    async def slowly(ctx: Context) -> AsyncIterator[None]:
        await opened.wait()
        yield

    async with a_bench() as bench:
        bench.collector("x", lifecycle=slowly)(double)
        sending = asyncio.ensure_future(bench.send(Payload(1)))
        await settle()
        sending.cancel()
        await asyncio.wait([sending])
        opened.set()
        await bench.ready()
        assert "x" in bench.collectors


@in_loop
async def test_a_cell_run_again_too_early_replaces_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The second definition waits for the first one's lifecycle, and then takes its place."""
    opened = asyncio.Event()

    @asynccontextmanager
    async def slowly(ctx: Context) -> AsyncIterator[None]:
        await opened.wait()
        yield

    async with a_bench() as bench:
        bench.collector("x", lifecycle=slowly)(double)
        bench.collector("x", topics=["second"], lifecycle=slowly)(double)
        opened.set()
        await bench.ready()
        assert bench.collectors["x"].topics == ("second",)
    assert capsys.readouterr() == ("replaced collector 'x'\n", "")


@in_loop
async def test_a_failing_lifecycle_is_told_at_once_and_raised_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Decision 19: nobody has to ask for the error, and who asks gets it once."""
    async with a_bench() as bench:
        bench.collector("x", lifecycle=Log().lifecycle("x", enter=OSError("no disk")))(double)
        await settle()
        assert capsys.readouterr() == ("", "Workbench('test', []): OSError: no disk\n")
        with pytest.raises(OSError, match=r"^no disk\nraised by the lifecycle of collector 'x'$"):
            await bench.ready()
        await bench.ready()
        assert not bench.collectors


@in_loop
async def test_several_failing_lifecycles_are_raised_together() -> None:
    """Two collectors of one cell that fail are one group with both errors."""
    async with a_bench() as bench:
        for number in (1, 2):
            error = OSError(f"disk {number}")
            bench.collector(f"x{number}", lifecycle=Log().lifecycle("x", enter=error))(double)
        with pytest.raises(ExceptionGroup, match="2 changes of the workbench failed") as group:
            await bench.ready()
        assert [str(error) for error in group.value.exceptions] == ["disk 1", "disk 2"]


@in_loop
async def test_a_replacement_whose_lifecycle_fails_leaves_the_old_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Issue 2: nothing is said to be replaced, and the old collector goes on."""
    async with a_bench() as bench:
        bench.collector("x")(double)
        bench.collector("x", lifecycle=Log().lifecycle("x", enter=OSError("no disk")))(double)
        with pytest.raises(OSError, match="no disk"):
            await bench.ready()
        assert "replaced" not in capsys.readouterr().out
        assert await give(bench, Payload(4)) == [Ok(8)]


@in_loop
async def test_a_processor_sends_while_its_replacement_waits_for_it() -> None:
    """A processor's own send waits for no change, for the change may wait for that processor."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    async with a_bench() as bench:

        @bench.collector("x")  # type: ignore[untyped-decorator]
        async def forward(payload: Payload[int], ctx: Context) -> Result:
            begun.set()
            await go_on.wait()
            sent = await bench.send(Payload(payload.value + 1))
            return Ok(sent.id)

        event = await bench.send(Payload(1))
        await begun.wait()
        bench.collector("x")(double)
        go_on.set()
        assert await event.wait() == [Ok(2)]
        await bench.ready()


class Watcher:
    """Notes when it was told to refresh."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def refresh(self) -> None:
        self.told.append(virtual_loop().time())


@in_virtual_time
async def test_watchers_are_told_some_times_a_second_at_most() -> None:
    """A notice follows every change within REPAINT, and never two within it."""
    watcher = Watcher()
    async with a_bench() as bench:
        await bench.put(collector("x"))
        bench.watch(watcher.refresh)
        for number in range(2_000):
            await bench.send(Payload(number))
            await asyncio.sleep(0.001)
        spent = virtual_loop().time()
        await asyncio.sleep(2 * REPAINT)
        gaps = [after - before for before, after in itertools.pairwise(watcher.told)]
        assert spent / REPAINT - 1 <= len(watcher.told) <= spent / REPAINT + 2
        assert min(gaps) >= REPAINT - 1e-9


@in_virtual_time
async def test_watchers_are_told_of_the_end_of_what_takes_long() -> None:
    """While events are in service the notices go on; when nothing changes they cease."""
    watcher = Watcher()

    async def slow(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(10 * REPAINT)
        return Ok(None)

    async with a_bench() as bench:
        await bench.put(collector("x", slow))
        bench.watch(watcher.refresh)
        event = await bench.send(Payload(1))
        await event.wait()
        ended = virtual_loop().time()
        await asyncio.sleep(100 * REPAINT)
        assert ended <= watcher.told[-1] <= ended + REPAINT + 1e-9
        assert len(watcher.told) <= 12


@in_virtual_time
async def test_a_watcher_is_forgotten_with_its_object() -> None:
    """The workbench does not keep a panel alive that nobody shows."""
    watcher, other = Watcher(), Watcher()
    async with a_bench() as bench:
        bench.watch(watcher.refresh)
        bench.watch(other.refresh)
        told = watcher.told
        del watcher
        gc.collect()
        await bench.put(collector("x"))
        await asyncio.sleep(2 * REPAINT)
        assert (told, len(other.told)) == ([], 1)


class Broken(Watcher):
    """A watcher that fails."""

    def refresh(self) -> None:
        super().refresh()
        raise ValueError("cannot paint")


@in_virtual_time
async def test_a_watcher_that_fails_does_not_keep_the_others_from_being_told() -> None:
    """The loop reports the error, and the next watcher has its turn."""
    broken, watcher = Broken(), Watcher()
    reported: list[str] = []
    virtual_loop().set_exception_handler(lambda _, what: reported.append(repr(what["exception"])))
    async with a_bench() as bench:
        bench.watch(broken.refresh)
        bench.watch(watcher.refresh)
        await asyncio.sleep(2 * REPAINT)
        assert (len(broken.told), len(watcher.told)) == (1, 1)
    assert reported == ["ValueError('cannot paint')"]
