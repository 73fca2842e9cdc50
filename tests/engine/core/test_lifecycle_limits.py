"""Lifecycles that take too long to be entered or left, and those that end by themselves."""

import asyncio
import pickle
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    LifecycleEndedError,
    Ok,
    Payload,
    Result,
    Router,
)
from event_collector.simulation import DeadlockError, simulate
from tests.support import (
    Gate,
    Log,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    settle,
    until,
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


# Those that end by themselves


class Ends:
    """A lifecycle with a task group, of which a task fails or ends when it is told to."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.raises: BaseException | None = OSError("connection lost")

    @asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self.listen())
            ctx.open = True
            try:
                yield
            finally:
                ctx.open = False
                listening.cancel()

    async def listen(self) -> None:
        await self.told.wait()
        if self.raises is not None:
            raise self.raises

    def collector(self, **how: Any) -> Collector:
        return Collector("a", self.process, lifecycle=self.lifecycle, **how)

    @staticmethod
    async def process(payload: Payload[Any], ctx: Context) -> Result:
        assert ctx.open
        return Ok(payload.value)


def is_dead(result: Result) -> bool:
    """Whether a result says that the lifecycle has ended, and why."""
    assert isinstance(result, Error)
    exc = result.exception
    return isinstance(exc, LifecycleEndedError) and exc.key == "a" and exc.__cause__ is not None


@pytest.mark.parametrize("how", [{}, {"timeout": 5.0}, {"max_concurrency": 1}])
@in_loop
async def test_a_lifecycle_that_ends_by_itself_gives_errors_until_it_is_replaced(
    how: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Decision 32: its processor is not called with a dead context; the others go on."""
    ends, log = Ends(), Log()
    async with queue_of(ends.collector(**how), log.collector("b")) as queue:
        assert await outcome(queue, Payload(1)) == [Ok(1), Ok(1)]
        assert not queue.metrics().collectors["a"].lifecycle_ended
        ends.told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        (record,) = caplog.records
        assert "the lifecycle of collector 'a' ended while the queue ran" in record.getMessage()
        assert "connection lost" in caplog.text
        for delivery in (Delivery.BROADCAST, Delivery.KEY):
            results = await outcome(queue, Payload(2, delivery, keys=["a"]))
            assert is_dead(results[0])
        assert queue.collectors["a"].errors == 2
        assert len(caplog.records) == 1, "the payloads' Errors are not logged one by one"
        assert not queue.metrics().collectors["b"].lifecycle_ended
        await queue.replace(log.collector("a"))
        assert await outcome(queue, Payload(3)) == [Ok(3), Ok(3)]


@in_loop
async def test_a_lifecycle_that_ends_without_an_error_is_told_too() -> None:
    """Decision 32: whatever made it return."""
    told = asyncio.Event()

    class Returns:
        def __init__(self, ctx: Context) -> None: ...

        async def __aenter__(self) -> None:
            me = asyncio.current_task()
            assert me is not None
            self.ending = asyncio.create_task(self.end(me))

        async def end(self, me: asyncio.Task[Any]) -> None:
            await told.wait()
            me.cancel()

        async def __aexit__(self, *exc: object) -> bool:
            return True

    async with queue_of(Collector("a", echo, lifecycle=Returns)) as queue:
        told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        (error,) = await outcome(queue, Payload(1))
        assert isinstance(error, Error)
        assert isinstance(error.exception, LifecycleEndedError)
        assert error.exception.__cause__ is None


@in_loop
async def test_what_ended_a_lifecycle_is_raised_at_the_shutdown() -> None:
    """Decisions 18, 32: and the queue can be started again, with its collector alive."""
    ends = Ends()
    queue = queue_of(ends.collector())
    await queue.init_queue()
    ends.told.set()
    await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
    with pytest.raises(ExceptionGroup, match="unhandled errors in a TaskGroup"):
        await queue.shut_down_queue()
    ends.told.clear()
    async with queue:
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        assert not queue.metrics().collectors["a"].lifecycle_ended


@in_loop
async def test_a_payload_that_waits_for_a_place_finds_the_lifecycle_ended() -> None:
    """Decision 32: it is asked when it has its place, also by a custom router."""
    ends, gate = Ends(), Gate()
    collector = Collector("a", gate, lifecycle=ends.lifecycle, max_concurrency=1)

    async def dispatch(router: Router, payload: Payload[Any]) -> Any:
        return await router.dispatch(payload, list(router.collectors.values()))

    async with queue_of(collector, router=router_that(dispatch)) as queue:
        events = [queue.get_publisher().send_nowait(Payload(n)) for n in range(2)]
        await until(lambda: gate.begun)
        ends.told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        gate.open()
        assert await events[0].wait() == [Ok(0)]
        assert is_dead((await events[1].wait())[0])
        await queue.replace(Collector("a", echo))


@in_loop
async def test_a_dead_collector_with_instruments_and_wraps_is_not_called() -> None:
    """Decision 32: whichever way its payload goes."""
    ends = Ends()
    called: list[object] = []

    async def around(payload: Payload[Any], ctx: Context, processor: Any) -> Result:
        called.append(payload.value)
        result: Result = await processor(payload, ctx)
        return result

    async with queue_of(ends.collector()) as queue:
        queue.wrap("a", around)
        ends.told.set()
        await until(lambda: queue.metrics().collectors["a"].lifecycle_ended)
        assert is_dead((await outcome(queue, Payload(1)))[0])
        assert called == []
        await queue.remove("a")


@in_loop
async def test_somebody_who_cancels_a_lifecycle_is_not_taken_for_the_shutdowns_caller() -> None:
    """Decision 18: a CancelledError is for who was cancelled: the caller gets another error."""
    queue = queue_of(Log().collector("a"))
    await queue.init_queue()
    (task,) = [one for one in asyncio.all_tasks() if one.get_name().endswith("lifecycle 'a'")]
    task.cancel()
    await settle()
    with pytest.raises(LifecycleEndedError, match="'a' was cancelled"):
        await queue.shut_down_queue()


def test_a_lifecycle_ended_error_travels() -> None:
    """Decision 25: an Error that holds it pickles."""
    error = LifecycleEndedError("a")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.key) == (str(error), "a")


@pytest.mark.parametrize("when", ["entered", "left"])
@pytest.mark.parametrize("method", ["init_queue", "shut_down_queue"])
@pytest.mark.parametrize("eager", [True, False], ids=["eager", "lazy"])
@in_loop
async def test_a_lifecycle_that_calls_its_own_queue_is_told(
    eager: bool, method: str, when: str
) -> None:
    """Decision 19: also under an eager task factory, where it runs within `create_task`, and
    whether it is entered or left."""
    if eager:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    queue = queue_of()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        if when == "entered":
            await getattr(queue, method)()
        yield
        await getattr(queue, method)()

    await queue.add(Collector("a", echo, lifecycle=lifecycle))
    with pytest.raises(RuntimeError, match=rf"^{method}\(\) was called by a lifecycle of this"):
        async with queue:
            pass
    assert not queue.running
