"""How a trial ends: lifecycles, cancelling, interrupts, and nothing that stays."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets.trial import OUTSIDE, Progress

from event_collector import (
    Context,
    Ok,
    Payload,
    Result,
)
from tests.support import Gate, in_loop, run, settle, until
from tests.widgets.benches import a_bench
from tests.widgets.trial.trials import filled, forgiving, mended


@in_loop
async def test_its_lifecycle_is_its_own_and_is_left_at_the_end() -> None:
    """Issue 13: not entered unless told; with it, around its own Context."""
    log: list[str] = []

    @asynccontextmanager
    async def opened(ctx: Context) -> AsyncIterator[None]:
        ctx.source = object()
        log.append("open")
        try:
            yield
        finally:
            log.append("close")

    async def source(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(ctx.source)

    async with a_bench() as bench:
        await filled(bench, 1, processor=source, lifecycle=opened)
        assert log == ["open"]
        trial = await bench.trial(source, key="x").run()
        assert log == ["open"]
        assert trial.summary() == "0 of 1 result differs"
        assert "values of the Context are shared: source (object)" in trial.notes
        trial = await bench.trial(source, key="x", lifecycle=True).run()
        assert log == ["open", "open", "close"]
        assert trial.notes == [OUTSIDE]
        assert bench.collectors["x"].ctx.source is trial.rows[0].before.unwrap()
        trial = await bench.trial(source, key="x", on=[1], lifecycle=True).run()
        assert log == ["open", "open", "close", "open", "open", "close", "close"]


@in_loop
async def test_what_its_lifecycle_raises_reaches_the_caller() -> None:
    """It is not open then, and nothing was tried."""

    @asynccontextmanager
    async def fails_anew(ctx: Context) -> AsyncIterator[None]:
        if "opened" in ctx:
            raise TimeoutError("opened already")
        ctx.opened = True
        yield

    async with a_bench() as bench:
        await filled(bench, 1, lifecycle=fails_anew)
        trial = bench.trial(mended, key="x", lifecycle=True)
        with pytest.raises(TimeoutError, match="opened already"):
            await trial.run()
        assert trial.ended
        assert trial.progress == Progress(0, 1)
        assert "ended early after 0 of 1 payload" in trial.notes


@in_loop
async def test_cancel_keeps_what_is_there() -> None:
    """Issue 13: those in service are cancelled and do not count; the lifecycle is left."""
    log: list[str] = []

    @asynccontextmanager
    async def opened(ctx: Context) -> AsyncIterator[None]:
        yield
        log.append("left")

    async with a_bench() as bench:
        await filled(bench, *range(10), processor=forgiving, lifecycle=opened)
        gate = Gate()
        trial = bench.trial(gate, key="x", lifecycle=True)
        running = asyncio.create_task(trial.run())
        await until(lambda: len(gate.begun) == 4)
        gate.let_go(1)
        await until(lambda: len(gate.begun) == 5)
        trial.cancel()
        trial.cancel()
        assert await running is trial
        assert trial.cancelled
        assert log == ["left"]
        assert len(gate.begun) == 5
        assert trial.progress == Progress(1, 10)
        assert "cancelled after 1 of 10 payloads" in trial.notes
        assert list(trial.frame(all=True)["event"]) == [2]
        trial.cancel()  # after the end
        with pytest.raises(RuntimeError, match="has been run"):
            await trial.run()


@in_loop
async def test_cancelling_its_caller_cancels_it() -> None:
    """As any await; the lifecycle is left, no task stays, and what is there is there."""
    log: list[str] = []

    @asynccontextmanager
    async def opened(ctx: Context) -> AsyncIterator[None]:
        try:
            yield
        finally:
            log.append("left")

    async with a_bench() as bench:
        await filled(bench, *range(10), processor=forgiving, lifecycle=opened)
        gate = Gate()
        trial = bench.trial(gate, key="x", lifecycle=True)
        running = asyncio.create_task(trial.run())
        await until(lambda: len(gate.begun) == 4)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert log == ["left"]
        assert trial.ended
        assert not trial.cancelled
        assert "ended early after 0 of 10 payloads" in trial.notes


@in_loop
async def test_a_lifecycle_that_hangs_can_be_cancelled() -> None:
    """A connection that never comes must not need a restart of the kernel."""
    entering = asyncio.Event()

    @asynccontextmanager
    async def hangs_anew(ctx: Context) -> AsyncIterator[None]:
        if "opened" in ctx:
            entering.set()
            await asyncio.Event().wait()
        ctx.opened = True
        yield

    async with a_bench() as bench:
        await filled(bench, 1, lifecycle=hangs_anew)
        trial = bench.trial(mended, key="x", lifecycle=True)
        running = asyncio.create_task(trial.run())
        await entering.wait()
        trial.cancel()
        await running
        assert "cancelled after 0 of 1 payload" in trial.notes


def test_an_interrupt_goes_through_to_the_caller() -> None:
    """Out of one of its tasks it would end the loop, and with it the kernel."""

    async def struck(payload: Payload[Any], ctx: Context) -> Result:
        raise KeyboardInterrupt

    async def main() -> None:
        async with a_bench() as bench:
            await filled(bench, 1, 2, processor=forgiving)
            with pytest.raises(KeyboardInterrupt):
                await bench.try_out(struck, key="x")

    run(main())


@in_loop
async def test_nothing_of_it_is_kept() -> None:
    """What was tried is freed with the trial, at once."""

    class Held:
        pass

    async def holding(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value:
            raise ValueError("no")
        return Ok(Held())

    async with a_bench() as bench:
        await filled(bench, 0, 1, processor=forgiving)
        gc.collect()
        gc.disable()
        try:
            trial = await bench.trial(holding, key="x").run()
            held = next(row.after.value for row in trial.rows if isinstance(row.after, Ok))
            gone = [weakref.ref(trial), weakref.ref(held)]
            del trial, held
            await settle()
            assert [each() for each in gone] == [None, None]
        finally:
            gc.enable()
