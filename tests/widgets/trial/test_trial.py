"""Trials: another version of a processor over past payloads, beside the queue."""

import asyncio
import math
from collections import Counter
from typing import Any

import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.trial import OUTSIDE, TryOut
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Context,
    Ok,
    Payload,
    Result,
)
from tests.support import in_loop, in_virtual_time, run, settle, until
from tests.widgets.benches import a_bench, collector
from tests.widgets.trial.trials import filled, forgiving, mended, strict


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


def counts(bench: Workbench) -> object:
    """What the queue has counted, without what goes by the clock."""
    now = bench.metrics()
    return now.accepted, now.finished, now.errors, now.collectors, now.arrival_rate


@in_loop
async def test_the_queue_knows_nothing_of_it() -> None:
    """Issue 13: it runs beside the queue. No metrics, no history, and nobody asked for a result."""
    async with a_bench() as bench:
        events = await filled(bench, 1, -2)
        fresh = await bench.publisher.send(Payload(7))
        await until(lambda: fresh.done)
        before = counts(bench)
        await bench.try_out(mended, key="x")
        assert counts(bench) == before
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

        errors = [ZeroDivisionError()]

        def fails(done: int, total: int) -> None:
            if errors:  # the first time, which is not at the end
                raise errors.pop()

        with pytest.raises(ZeroDivisionError):
            await bench.try_out(slow, key="x", on_progress=fails)


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
async def test_it_tells_how_long_a_payload_took_in_both_versions() -> None:
    """On average; before: of those whose event went to this collector alone."""
    async with a_bench() as bench:
        events = await filled(bench, 1, -2)
        await bench.put(collector("y"))
        await filled(bench, 3)
        trial = bench.trial(mended, key="x")
        assert (math.isnan(trial.times.before), math.isnan(trial.times.after)) == (True, True)
        rows = (await trial.run()).rows
        known = [event.service_time or 0.0 for event in events]
        assert trial.times.known == 2
        assert trial.times.before == pytest.approx(sum(known) / 2)
        assert trial.times.after == pytest.approx(sum(row.after_time for row in rows) / 3)
