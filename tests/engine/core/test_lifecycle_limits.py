"""Lifecycles that take too long to be entered or left."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    LifecycleEndedError,
    Ok,
    Payload,
)
from event_collector._core import given_up
from event_collector.simulation import DeadlockError, simulate
from tests.support import (
    Log,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    virtual_loop,
)


class Slow:
    """A lifecycle that takes seconds to be entered and left, and may not let itself be cancelled.

    The collector `a` has it.
    """

    def __init__(self, enters: float = 0, leaves: float = 0, *, stubborn: bool = False) -> None:
        self.enters, self.leaves, self.stubborn = enters, leaves, stubborn
        self.log: list[str] = []
        self.collector = Collector("a", echo, lifecycle=self.lifecycle)

    @asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        await self.wait(self.enters)
        self.log.append("entered")
        yield
        await self.wait(self.leaves)
        self.log.append("left")

    async def wait(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.log.append("cancelled")
            if not self.stubborn:
                raise
            await asyncio.sleep(seconds)


def late(verb: str, limit: float) -> str:
    """What the TimeoutError says of the collector 'a'."""
    return f"the lifecycle of collector 'a' was not {verb} within lifecycle_timeout={limit:g} s"


@in_virtual_time
async def test_a_lifecycle_that_is_not_entered_in_time_is_cancelled() -> None:
    """Decision 31: those entered are left again, and the caller gets a TimeoutError."""
    log, slow = Log(), Slow(enters=60)
    queue = queue_of(log.collector("first"), slow.collector, lifecycle_timeout=5)
    with pytest.raises(TimeoutError, match=f"^{late('entered', 5)}$"):
        await queue.init_queue()
    assert virtual_loop().time() == 5
    assert (slow.log, log, queue.running) == (["cancelled"], ["+first", "-first"], False)
    slow.enters = 1
    async with queue:  # its context may be used: it has ended
        assert (await outcome(queue, Payload(1))).oks


@in_virtual_time
async def test_a_lifecycle_that_is_not_left_in_time_is_cancelled_and_the_others_go_on() -> None:
    """Decision 31: the caller gets a TimeoutError when all are left."""
    log, slow = Log(), Slow(leaves=60)
    queue = queue_of(
        log.collector("first"), slow.collector, log.collector("z"), lifecycle_timeout=5
    )
    await queue.init_queue()
    with pytest.raises(TimeoutError, match=f"^{late('left', 5)}$"):
        await queue.shut_down_queue()
    assert virtual_loop().time() == 5
    assert (slow.log, log[2:]) == (["entered", "cancelled"], ["-z", "-first"])


@pytest.mark.parametrize("verb", ["entered", "left"])
@in_virtual_time
async def test_a_lifecycle_that_does_not_end_is_given_up_and_its_context_not_used_again(
    verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Decision 31: after a second more, and named; a new collector with its Context is refused."""
    seconds = {"enters" if verb == "entered" else "leaves": 60.0}
    slow = Slow(seconds.get("enters", 0), seconds.get("leaves", 0), stubborn=True)
    queue = queue_of(slow.collector, lifecycle_timeout=5)
    given_up = (
        "it did not end within 1 s of being cancelled, and was given up: make a new Collector"
    )
    with pytest.raises(TimeoutError, match=given_up):
        async with queue:
            pass
    assert virtual_loop().time() == 6
    assert f"the lifecycle of collector 'a': {given_up}" in caplog.text
    assert not queue.running
    again = Collector("a", echo, lifecycle=Log().lifecycle("a"), ctx=slow.collector.ctx)
    for collector in (slow.collector, again):
        await queue.remove("a")
        await queue.add(collector)
        with pytest.raises(LifecycleEndedError, match="'a' was given up, and may still work"):
            await queue.init_queue()
    await queue.remove("a")
    await queue.add(Collector("a", echo))
    async with queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]
    await asyncio.sleep(120)  # it ends after all


@in_virtual_time
async def test_a_replacement_past_its_limit_leaves_the_old_collector_in_place() -> None:
    """Decision 31: nothing has changed."""
    log, slow = Log(), Slow(enters=60)
    async with queue_of(log.collector("a"), lifecycle_timeout=5) as queue:
        old = queue.collectors["a"]
        with pytest.raises(TimeoutError, match=f"^{late('entered', 5)}$"):
            await queue.replace(slow.collector)
        assert queue.collectors["a"] is old
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        assert log == ["+a"]


@in_virtual_time
async def test_a_removed_collector_past_its_limit_is_removed_all_the_same() -> None:
    """Decision 31: the caller gets the TimeoutError."""
    async with queue_of(Slow(leaves=60).collector, lifecycle_timeout=5) as queue:
        with pytest.raises(TimeoutError, match=f"^{late('left', 5)}$"):
            await queue.remove("a")
        assert list(queue.collectors) == []


@in_virtual_time
async def test_a_lifecycle_has_no_limit_unless_one_is_given() -> None:
    """Decision 31: None waits as long as it takes."""
    async with queue_of(Slow(enters=5000, leaves=5000).collector) as queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]
    assert virtual_loop().time() == 10_000


@pytest.mark.parametrize("value", [0, -1, float("nan"), "5", True])
def test_a_wrong_limit_is_refused(value: Any) -> None:
    """Decision 24: with the value."""
    with pytest.raises((TypeError, ValueError), match="lifecycle_timeout must be"):
        CollectorQueue([], min_consumers=1, max_consumers=1, lifecycle_timeout=value)


@in_virtual_time
async def test_a_slow_lifecycle_is_named_again_and_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 31: past 10 s and each further minute a line says whose it is, and what it does."""
    queue = queue_of(Slow(enters=131, leaves=9.9).collector)
    async with queue:
        pass
    lines = [re.sub(r":\d+ in", ":N in", record.getMessage()) for record in caplog.records]
    assert lines == [
        f"the lifecycle of collector 'a' is being entered for {seconds} s, "
        f"at {__file__}:N in lifecycle"
        for seconds in (10, 70, 130)
    ]


@in_virtual_time
async def test_settle_names_a_lifecycle_that_is_entered_or_left() -> None:
    """Decision 31: with where it waits; it has not settled until that has ended."""
    queue = queue_of(Slow(enters=20, leaves=30).collector)
    for verb, change in (("entered", queue.init_queue), ("left", queue.shut_down_queue)):
        changing = asyncio.create_task(change())
        await asyncio.sleep(1)
        report = await queue.settle(2)
        assert not report
        (stuck,) = report.lifecycles
        assert (stuck.collector, stuck.status, stuck.seconds) == ("a", f"being {verb}", 3)
        assert stuck.stack[-1].function == "sleep"
        assert stuck.place is not None
        assert stuck.place.function == "lifecycle"
        assert f"the lifecycle of collector 'a' is being {verb} for 3 s, at" in str(report)
        assert "1 lifecycles not ready" in repr(report)
        assert "the lifecycle of collector" in report._repr_html_()
        assert await queue.settle(100)
        await changing


def test_a_lifecycle_that_hangs_in_a_simulation_is_a_deadlock() -> None:
    """simulate: the lines about it do not keep the clock going for ever."""

    @asynccontextmanager
    async def hangs(ctx: Context) -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    async def main() -> None:
        async with queue_of(Collector("a", echo, lifecycle=hangs)):
            pass

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    assert "event_collector lifecycle 'a'" in [one.name for one in caught.value.waiting]


def test_a_slow_lifecycle_is_named_in_a_simulation(caplog: pytest.LogCaptureFixture) -> None:
    """Decision 31: in virtual time, while anything else happens."""

    async def main() -> None:
        async with queue_of(Slow(enters=71).collector):
            pass

    simulate(main)
    assert [one.getMessage()[:58] for one in caplog.records] == [
        "the lifecycle of collector 'a' is being entered for 10 s, ",
        "the lifecycle of collector 'a' is being entered for 70 s, ",
    ]


@in_loop
async def test_a_context_is_known_by_identity() -> None:
    """Decision 31: one that is equal to one which was given up is another; none needs a hash."""

    @dataclass
    class Same(Context):
        limit: int = 1

    @asynccontextmanager
    async def opened(ctx: Same) -> AsyncIterator[None]:
        yield

    given_up.give_up(Same(), asyncio.create_task(asyncio.sleep(0)))
    collector = Collector("a", echo, ctx=Same(), lifecycle=opened)
    async with queue_of(collector) as queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]
