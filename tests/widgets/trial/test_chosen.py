"""What a trial is made on: events, payloads, tables; and what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from event_collector_widgets.trial import OUTSIDE, TryOut
from event_collector_widgets.trial.chosen import Chosen
from event_collector_widgets.trial.turns import Turns

from event_collector import (
    Collector,
    Context,
    Delivery,
    History,
    Ok,
    Payload,
    Result,
    UnknownCollectorError,
)
from event_collector.recording import read, record
from tests.support import Gate, in_loop, queue_of, settle
from tests.widgets.benches import a_bench, collector, double
from tests.widgets.trial.trials import filled, forgiving, mended, strict


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
        other = some.copy()
        other["payload"] = "of another queue"
        with pytest.raises(ValueError, match="none of 4 events is done"):
            await bench.try_out(mended, key="x", on=other)
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


def lambda_free(payload: Payload[Any], ctx: Context) -> Result:
    """A plain function."""
    return Ok(1)


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


@in_loop
async def test_others_have_their_turn_while_payloads_are_chosen() -> None:
    """A history may have a million events, of which few are for the collector."""
    beats: list[int] = []

    class Impatient(Turns):
        SLICE = 0.0

    async def heart() -> None:
        while True:
            beats.append(1)
            await asyncio.sleep(0)

    async with a_bench() as bench:
        await filled(bench, *range(100), processor=forgiving)
        beating = asyncio.create_task(heart())
        chosen = Chosen("x", bench.history, None)
        await chosen.gather(Impatient())
        beating.cancel()
        await settle()
        assert len(chosen.found) == 100
        assert len(beats) >= 50


@in_loop
async def test_events_that_reached_nobody_are_among_those_that_did_not_go_there() -> None:
    """Their one empty Ok is of no collector."""
    async with a_bench() as bench:
        await filled(bench, 1)
        nobody = await bench.send(Payload(1, Delivery.KEY, keys=["nobody"]))
        await nobody.wait()
        trial = await bench.trial(double, key="x").run()
        assert trial.progress.total == 1
        assert "not tried: 1 event without a result of 'x'" in trial.notes


@in_loop
async def test_a_recording_is_tried_as_a_history_is(tmp_path: Path) -> None:
    """Of another run, another queue: its results are compared, Errors by their name and words."""
    queue = queue_of(Collector("x", strict), Collector("other", double))
    history = History(queue)
    with record(queue, tmp_path / "a"):
        async with queue:
            for value in (1, -2, 3, 200):
                await queue.get_publisher().send(Payload(value))
            await queue.get_publisher().send(Payload(5, keys=["other"]))
    async with a_bench(history=1) as bench:
        await filled(bench, 1, 2)
        same = await bench.trial(strict, key="x", on=read(tmp_path / "a")).run()
        assert same.summary() == "0 of 4 results differ"
        assert same.notes == ["not tried: 1 event without a result of 'x'", OUTSIDE]
        frame = await bench.try_out(mended, key="x", on=read(tmp_path / "a"))
        assert frame["event"].tolist() == [2, 4]
        assert frame["payload"].tolist() == [-2, 200]
        assert frame["change"].tolist() == ["error went", "error came"]
        assert frame["before_error"].tolist()[0] == "ValueError: -2 is negative"
        over_history = bench.trial(mended, key="x", on=list(history))
        await over_history.run()
        assert over_history.summary() == frame.attrs["summary"]


@in_loop
async def test_what_a_recording_lacks_is_told_with_the_trial(tmp_path: Path) -> None:
    """Whoever reads the result knows what it is of."""
    queue = queue_of(Collector("x", strict))
    with record(queue, tmp_path / "a"):
        async with queue:
            await queue.get_publisher().send_all([Payload(1), Payload(2)])
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:-30])
    async with a_bench() as bench:
        await filled(bench, 1)
        trial = await bench.trial(mended, key="x", on=read(tmp_path / "a")).run()
        assert trial.notes == [
            "of the recording: the last line is torn, and left out",
            "of the recording: it has no end: the process was killed, or still records",
            OUTSIDE,
        ]
