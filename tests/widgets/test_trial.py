"""Trials: another version of a processor over past payloads, beside the queue."""

import asyncio
import gc
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pandas as pd
import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.trial import OUTSIDE, Progress, TryOut
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Delivery,
    Error,
    History,
    Ok,
    Payload,
    Result,
    UnknownCollectorError,
)
from tests.support import Gate, in_loop, in_virtual_time, run, settle, until
from tests.widgets.benches import a_bench, collector, double


async def strict(payload: Payload[Any], ctx: Context) -> Result:
    """Double what is not negative."""
    if payload.value < 0:
        raise ValueError(f"{payload.value} is negative")
    return Ok(payload.value * 2)


async def mended(payload: Payload[Any], ctx: Context) -> Result:
    """Take negative values, and no large ones."""
    if payload.value > 100:
        return Error(ValueError(f"{payload.value} is too large"))
    return Ok(abs(payload.value) * 2)


async def forgiving(payload: Payload[Any], ctx: Context) -> Result:
    """Give what came."""
    return Ok(payload.value)


async def filled(bench: Workbench, *values: Any, **options: Any) -> list[CollectorEvent]:
    """The events of these values, done, in a bench with the collector "x"."""
    options.setdefault("processor", strict)
    if "x" not in bench.collectors:
        await bench.put(collector("x", **options))
    events = await bench.publisher.send_all(Payload(value) for value in values)
    for event in events:
        await event.wait()
    return events


@in_loop
async def test_it_shows_what_a_change_would_have_done() -> None:
    """Issue 13: the differences, a row each: errors that went, errors that came, other values."""
    async with a_bench() as bench:
        await filled(bench, 1, -2, 101, 3, -4)
        frame = await bench.try_out(mended, key="x")
        assert list(frame["event"]) == [2, 5, 3]
        assert list(frame["payload"]) == [-2, -4, 101]
        assert list(frame["change"]) == ["error went", "error went", "error came"]
        assert list(frame["before"]) == [None, None, 202]
        assert list(frame["after"]) == [4, 8, None]
        assert frame["before_error"].fillna("").tolist() == [
            "ValueError: -2 is negative",
            "ValueError: -4 is negative",
            "",
        ]
        assert frame["after_error"].fillna("").tolist()[2] == "ValueError: 101 is too large"
        assert frame.attrs["summary"] == "3 of 5 results differ: 2 errors went, 1 error came"
        assert frame.attrs["notes"] == [OUTSIDE]


@in_loop
async def test_the_columns_are_of_the_documented_kinds() -> None:
    """Also where nothing differs; and `all` gives the rest too, after the differences."""
    async with a_bench() as bench:
        await filled(bench, 1, -2)
        trial = await bench.trial(mended, key="x").run()
        same = await bench.trial(strict, key="x").run()
        kinds = {
            "event": "Int64",
            "payload": "object",
            "before": "object",
            "before_error": "string",
            "after": "object",
            "after_error": "string",
            "change": "category",
            "before_time": "float64",
            "after_time": "float64",
        }
        assert len(same.frame()) == 0
        assert same.summary() == "0 of 2 results differ"
        for frame in (trial.frame(), trial.frame(all=True), same.frame()):
            assert {name: str(kind) for name, kind in frame.dtypes.items()} == kinds
        assert list(trial.frame(all=True)["change"]) == ["error went", "same"]
        assert trial.frame(all=True)[["before_time", "after_time"]].notna().all(axis=None)


@in_loop
async def test_the_queue_knows_nothing_of_it() -> None:
    """Issue 13: it runs beside the queue. No metrics, no history, and nobody asked for a result."""
    async with a_bench() as bench:
        events = await filled(bench, 1, -2)
        fresh = await bench.publisher.send(Payload(7))
        await until(lambda: fresh.done)
        before = bench.metrics()
        await bench.try_out(mended, key="x")
        assert bench.metrics() == before
        assert list(bench.history) == [*events, fresh]
        assert bench.collectors["x"].processor is strict
        assert not fresh.retrieved


@in_loop
async def test_values_set_on_its_context_stay_in_the_trial() -> None:
    """Issue 13: a new Context with the same values; what both share is named."""

    async def counting(payload: Payload[Any], ctx: Context) -> Result:
        ctx.seen += 1
        ctx.batch.append(payload.value)
        return Ok(ctx.seen)

    async with a_bench() as bench:
        ctx = Context(seen=0, batch=[], name="x")
        await filled(bench, 5, 6, processor=counting, ctx=ctx)
        trial = await bench.trial(counting, key="x").run()
        assert [row.after for row in trial.rows] == [Ok(3), Ok(4)]
        assert ctx.seen == 2
        assert ctx.batch == [5, 6, 5, 6]
        assert "values of the Context are shared: batch (list)" in trial.notes

        own = Context(seen=100, batch=[])
        trial = await bench.trial(counting, key="x", ctx=own).run()
        assert [row.after for row in trial.rows] == [Ok(101), Ok(102)]
        assert own.seen == 102
        assert trial.notes == [OUTSIDE]


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
            raise OSError("opened already")
        ctx.opened = True
        yield

    async with a_bench() as bench:
        await filled(bench, 1, lifecycle=fails_anew)
        trial = bench.trial(mended, key="x", lifecycle=True)
        with pytest.raises(OSError, match="opened already"):
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


@in_virtual_time
async def test_timeout_and_concurrency_are_those_of_the_collector() -> None:
    """Issue 13: four at a time unless given, or the collector takes fewer; its timeout holds."""
    now = most = 0

    async def slow(payload: Payload[Any], ctx: Context) -> Result:
        nonlocal now, most
        now += 1
        most = max(most, now)
        try:
            await asyncio.sleep(payload.value)
        finally:
            now -= 1
        return Ok(payload.value)

    async with a_bench() as bench:
        values = [1, 1, 1, 1, 1, 9]
        await filled(bench, *values, processor=forgiving, timeout=5)
        trial = await bench.trial(slow, key="x").run()
        assert most == 4
        assert trial.summary() == "1 of 6 results differ: 1 error came"
        assert isinstance(trial.rows[0].after.exception, TimeoutError)  # type: ignore[union-attr]
        assert [row.after_time for row in trial.rows] == [5, 1, 1, 1, 1, 1]
        most = 0
        await bench.trial(slow, key="x", concurrency=6).run()
        assert most == 6
        most = 0
        await bench.put(collector("x", forgiving, max_concurrency=2))
        await bench.trial(slow, key="x", concurrency=6).run()
        assert most == 2


@in_loop
async def test_payloads_are_copies_where_they_can_be_copied() -> None:
    """Issue 13: else a line says that it is the same object."""

    async def spoiling(payload: Payload[Any], ctx: Context) -> Result:
        payload.value["new"] = 1
        payload.topics.append("new")
        return Ok(None)

    async def reading(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(None)

    async with a_bench() as bench:
        plain: dict[str, Any] = {"a": [1]}
        fixed: dict[str, Any] = {"a": (_ for _ in "a generator cannot be copied")}
        events = await filled(bench, plain, fixed, processor=reading)
        trial = await bench.trial(spoiling, key="x").run()
        assert plain == {"a": [1]}
        assert events[0].payload.topics == []
        assert "new" in fixed
        assert trial.notes == ["1 payload is the same object: it cannot be copied", OUTSIDE]
        assert trial.frame(all=True)["payload"][0] is plain


@in_loop
async def test_events_that_cannot_be_tried_are_counted_and_named() -> None:
    """Issue 13: those that have left the history, are not done, or did not go there."""
    gate = Gate()
    async with a_bench(history=5) as bench:
        await bench.put(collector("other", gate))
        gate.open()
        await filled(bench, *range(7))
        elsewhere = await bench.send(Payload(1, Delivery.KEY, keys=["other"]))
        await elsewhere.wait()
        bench.queue.pause()
        await bench.send(Payload(2))
        trial = await bench.trial(mended, key="x").run()
        assert trial.notes == [
            "4 events have left the history (events 1 to 4) and cannot be tried",
            "not tried: 1 event not done yet",
            "not tried: 1 event without a result of 'x'",
            OUTSIDE,
        ]
        assert sorted(row.event or 0 for row in trial.rows) == [5, 6, 7]
        # with two collectors nobody knows what part of the service time was whose
        assert trial.frame(all=True)["before_time"].isna().all()
        bench.queue.resume()


@in_loop
async def test_a_filter_of_the_history_is_tried_alone() -> None:
    """Events, or the rows of a frame of the history or of a trial, stand for events."""
    async with a_bench() as bench:
        await bench.put(collector("y", double))
        events = await filled(bench, 1, -2, 101, -3)
        failed = [event for event in events if (found := event.peek()) and found.errors]
        trial = await bench.trial(mended, key="x", on=failed).run()
        assert [row.event for row in trial.rows] == [2, 4]
        frame = bench.history.to_frame()
        some = frame[frame["event"] > 2]
        trial = await bench.trial(mended, key="x", on=some).run()
        assert sorted(row.event or 0 for row in trial.rows) == [3, 4]
        assert "not tried: 2 events without a result of 'x'" in trial.notes
        again = await bench.trial(forgiving, key="x", on=trial.frame()).run()
        assert sorted(row.event or 0 for row in again.rows) == [3, 4]
        bench.history.clear()
        with pytest.raises(ValueError, match=r"none of 4 events is done and has a result of 'x'"):
            await bench.try_out(mended, key="x", on=some)


@in_loop
async def test_payloads_of_a_table_are_tried_on_both_versions() -> None:
    """There is no old result to compare with, so both run, each with a Context of its own."""

    async def first(payload: Payload[Any], ctx: Context) -> Result:
        ctx.seen = ctx.seen + 1
        return Ok((payload.value["t"], ctx.seen))

    async def second(payload: Payload[Any], ctx: Context) -> Result:
        ctx.seen = ctx.seen + 1
        return Ok((payload.value["t"] + payload.value["add"], ctx.seen))

    async with a_bench() as bench:
        await bench.put(collector("x", first, ctx=Context(seen=10)))
        table = pd.DataFrame({"t": [1.5, 2.5], "add": [0, 1], "text": ["a", "b"]})
        trial = await bench.trial(second, key="x", on=table).run()
        assert bench.collectors["x"].ctx.seen == 10
        assert len(bench.history) == 0
        frame = trial.frame(all=True)
        assert frame["event"].isna().all()
        assert frame["payload"][0] == {"t": 2.5, "add": 1, "text": "b"}
        assert list(frame["before"]) == [(2.5, 12), (1.5, 11)]
        assert list(frame["after"]) == [(3.5, 12), (1.5, 11)]
        assert list(frame["change"]) == ["value changed", "same"]
        assert frame["before_time"].notna().all()
        listed = await bench.try_out(second, key="x", on=[Payload({"t": 1, "add": 2})])
        assert list(listed["after"]) == [(3, 11)]


@in_loop
async def test_it_holds_no_loop_however_many_payloads_there_are() -> None:
    """Issue 13: in the loop's slices. Others have their turn all the time."""
    beats = 0
    seen: list[tuple[int, int]] = []

    async def heart() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    async with a_bench(history=30_000) as bench:
        await filled(bench, *range(20_000), processor=forgiving)
        beating = asyncio.create_task(heart())
        gaps: list[int] = []

        async def watching(payload: Payload[Any], ctx: Context) -> Result:
            gaps.append(beats)
            return Ok(payload.value)

        trial = bench.trial(watching, key="x", on_progress=lambda *at: seen.append(at))
        await trial.run()
        beating.cancel()
        await settle()
        assert trial.summary() == "0 of 20,000 results differ"
        assert max(Counter(gaps).values()) <= 4, "as many as are in service between two beats"
        assert seen[-1] == (20_000, 20_000)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@in_virtual_time
async def test_progress_is_told_ten_times_a_second_at_most() -> None:
    """And at the end."""
    told: list[tuple[int, int]] = []

    async def slow(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0.01)
        return Ok(payload.value)

    async with a_bench() as bench:
        await filled(bench, *range(100), processor=forgiving)
        trial = bench.trial(slow, key="x", concurrency=1, on_progress=lambda *at: told.append(at))
        await trial.run()
        assert 10 <= len(told) <= 11
        assert told[-1] == (100, 100)

        def fails(done: int, total: int) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await bench.try_out(slow, key="x", on_progress=fails)


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
async def test_what_cannot_be_tried_is_refused_at_once() -> None:
    """Bad input says what is wrong, and what to do."""
    async with a_bench() as bench:
        await filled(bench, 1)
        with pytest.raises(UnknownCollectorError, match="no collector has the key 'y'"):
            bench.trial(mended, key="y")
        with pytest.raises(TypeError, match="processor of 'x' is not async"):
            bench.trial(lambda_free, key="x")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"on= must be what to try it on, got str: 'a'; write"):
            bench.trial(mended, key="x", on="a")
        with pytest.raises(TypeError, match=r"got int: 3; pass a History, a list of its events"):
            bench.trial(mended, key="x", on=3)
        with pytest.raises(ValueError, match="collector 'x' has no lifecycle"):
            bench.trial(mended, key="x", lifecycle=True)
        with pytest.raises(TypeError, match="ctx of collector 'x' must be a Context, got dict"):
            bench.trial(mended, key="x", ctx={})  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="concurrency must be >= 1, got 0"):
            bench.trial(mended, key="x", concurrency=0)
        with pytest.raises(TypeError, match="on_progress must be a function of two counts"):
            bench.trial(mended, key="x", on_progress=3)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="on= is empty, there is nothing to try"):
            await bench.try_out(mended, key="x", on=[])
        with pytest.raises(TypeError, match="on= has events and other values: place 1 has 3"):
            await bench.try_out(mended, key="x", on=[*bench.history, 3])
        frame = bench.history.to_frame()
        with pytest.raises(TypeError, match="pass the events themselves"):
            TryOut(bench.collectors["x"], mended, frame)


def lambda_free(payload: Payload[Any], ctx: Context) -> Result:
    """A plain function."""
    return Ok(1)


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


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.integers(1, 6))
def test_as_many_rows_differ_as_results_do(values: list[int], concurrency: int) -> None:
    """The law: a row for each payload, and it differs if the two results do."""

    def before(value: int) -> int:
        return 12 // value

    def after(value: int) -> int:
        return 12 // (value - 1) if value > 0 else 12 // value

    def naive(function: Any, value: int) -> Any:
        try:
            return function(value)
        except ZeroDivisionError:
            return "an error"

    def processor(function: Any) -> Any:
        async def process(payload: Payload[int], ctx: Context) -> Result:
            if payload.value % 2:
                await asyncio.sleep(0)
            return Ok(function(payload.value))

        return process

    async def main() -> TryOut:
        async with a_bench() as bench:
            await filled(bench, *values, processor=processor(before))
            return await bench.trial(processor(after), key="x", concurrency=concurrency).run()

    trial = run(main())
    expected = [
        number
        for number, value in enumerate(values, 1)
        if naive(before, value) != naive(after, value)
    ]
    assert sorted(trial.frame()["event"]) == expected
    assert sorted(trial.frame(all=True)["event"]) == list(range(1, len(values) + 1))
    assert trial.summary().startswith(f"{len(expected)} of {len(values)} result")


@in_loop
async def test_another_queues_history_can_be_tried_too() -> None:
    """`TryOut` needs a collector and a history, and no workbench."""
    async with a_bench() as bench:
        history = History(bench.queue)
        await filled(bench, 1, -2)
        made = Collector("x", strict)
        trial = await TryOut(made, mended, history).run()
        assert trial.summary() == "1 of 2 results differ: 1 error went"
        assert repr(trial) == "TryOut('x', 2 of 2)"
        assert made.processed == 0
