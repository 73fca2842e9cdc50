"""Controls: the workbench's switches, its limits, and what it warns of in words."""

import asyncio
import time
from typing import Any

import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.numbers import duration

from event_collector import Context, Ok, Payload, QueueClosedError, Result
from tests.support import in_loop, settle
from tests.widgets.benches import a_bench, collector, eventually, give


@in_loop
async def test_nothing_to_warn_of_is_said_of_a_queue_that_runs() -> None:
    """An empty answer, not a word that all is well."""
    async with a_bench(max_queued=2) as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(1))
        assert bench.warnings() == {}


@in_loop
async def test_a_paused_queue_says_so_and_how_to_go_on() -> None:
    """With how many wait; a step takes as many as asked for."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        bench.pause()
        for number in range(3):
            await bench.send(Payload(number))
        said = "paused: 3 queued, and none is taken until Resume (Queue)"
        assert bench.warnings() == {"paused": said}
        bench.step(2)
        await eventually(lambda: bench.metrics().finished == 2)
        assert bench.metrics().queued == 1
        bench.resume()
        assert bench.warnings() == {}
        assert (await bench.settle()).settled


@in_loop
async def test_a_full_queue_says_that_senders_wait() -> None:
    """Until there is room again."""
    async with a_bench(max_queued=2) as bench:
        bench.pause()
        for number in range(2):
            await bench.send(Payload(number))
        said = "full: 2 queued of 2, so senders wait for room"
        assert bench.warnings()["full"] == said
        bench.set_limits(max_queued=3)
        assert "full" not in bench.warnings()
        bench.set_limits(max_queued=None)
        assert "full" not in bench.warnings()


@in_loop
async def test_a_collector_that_blocked_the_loop_is_named_with_what_to_do() -> None:
    """Fault 11: the log is silent in a notebook, so it stands in the panels."""

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        time.sleep(0.15)  # noqa: ASYNC251 - what must not be done
        return Ok(None)

    async with a_bench() as bench:
        await bench.put(collector("x", compute))
        await give(bench, Payload(1))
        said = bench.warnings()["blocked"]
        held = duration(bench.metrics().blocking["x"])
        assert held.endswith(" ms")
        assert said == (
            f"the event loop stood still for {held} while 'x' ran (a long computation in it, or a "
            "pause of the machine meanwhile): use await, or asyncio.to_thread for what computes"
        )


@in_loop
async def test_of_many_that_blocked_the_loop_the_longest_are_named() -> None:
    """In one line; the advice stands there once."""

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        time.sleep(0.11)  # noqa: ASYNC251 - what must not be done
        return Ok(None)

    async with a_bench() as bench:
        for key in ("a", "b", "c", "d", "e"):
            await bench.put(collector(key, compute))
        await give(bench, Payload(1))
        blocking = bench.metrics().blocking
        longest = sorted(blocking, key=lambda key: blocking[key], reverse=True)[:3]
        named = ", ".join(f"{duration(blocking[key])} while {key!r} ran" for key in longest)
        said = bench.warnings()["blocked"]
        assert said.startswith(f"the event loop stood still for {named}, 2 more (a long")
        assert said.count("use await") == 1


@in_loop
async def test_a_closed_workbench_says_what_to_do() -> None:
    """And nothing of being paused, which ended with it."""
    async with a_bench() as bench:
        bench.pause()
        await bench.close()
        assert bench.warnings() == {"closed": "closed: run the workbench's cell again"}
        with pytest.raises(QueueClosedError):
            bench.resume()


@in_loop
async def test_a_replaced_workbench_says_which_one_is_to_be_used() -> None:
    """To run its cell again would replace the one that is there now."""
    first = Workbench("twice", namespace={})
    second = Workbench("twice", namespace={})
    await second.ready()
    await first.close()
    assert first.warnings() == {
        "closed": "closed: another workbench named 'twice' is in its place; use that one"
    }
    await second.close()
    assert second.warnings() == {"closed": "closed: run the workbench's cell again"}


@in_loop
async def test_limits_that_are_not_given_stay() -> None:
    """And a wrong one changes nothing."""
    async with a_bench(max_queued=7) as bench:
        bench.set_limits(max_consumers=8)
        queue = bench.queue
        assert (queue.min_consumers, queue.max_consumers, queue.max_queued) == (1, 8, 7)
        with pytest.raises(ValueError, match="max_consumers must be >= min_consumers"):
            bench.set_limits(min_consumers=9, max_queued=None)
        assert (queue.min_consumers, queue.max_consumers, queue.max_queued) == (1, 8, 7)


class Watcher:
    """Counts how often it is told of a change."""

    def __init__(self) -> None:
        self.told = 0

    def look(self) -> None:
        self.told += 1


@pytest.mark.parametrize("change", ["pause", "resume", "step", "set_limits"])
@in_loop
async def test_every_switch_tells_those_who_watch(change: str) -> None:
    """Also where no event moves, the panels show it."""
    async with a_bench() as bench:
        watcher = Watcher()
        bench.watch(watcher.look)
        if change in ("resume", "step"):
            bench.pause()
        await eventually(lambda: watcher.told)
        await asyncio.sleep(0.25)
        await settle()
        before = watcher.told
        getattr(bench, change)(**({"max_consumers": 5} if change == "set_limits" else {}))
        await eventually(lambda: watcher.told > before)


@in_loop
async def test_settle_says_what_is_stuck() -> None:
    """After the time that it was given."""
    go_on = asyncio.Event()

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await go_on.wait()
        return Ok(None)

    async with a_bench() as bench:
        await bench.put(collector("x", wait))
        await bench.send(Payload(1))
        report = await bench.settle(0.05)
        assert [one.collector for one in report.stuck] == ["x"]
        go_on.set()
        assert await bench.settle(5)
