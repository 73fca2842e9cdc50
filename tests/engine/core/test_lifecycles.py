"""Lifecycles: entered in order before the first payload, left in reverse after the last."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import pytest

from event_collector import Collector, Context, Ok, Payload, Result
from tests.support import (
    Gate,
    Log,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    settle,
    until,
)


@in_loop
async def test_lifecycles_are_entered_in_order_and_left_in_reverse() -> None:
    """Decision 18: the last one entered is the first one left."""
    log = Log()
    async with queue_of(*map(log.collector, "abc")):
        assert log == ["+a", "+b", "+c"]
    assert log == ["+a", "+b", "+c", "-c", "-b", "-a"]


@in_loop
async def test_a_lifecycle_sets_up_what_its_processor_uses() -> None:
    """A: the repository is there before the first payload and is shut down after the last."""

    class Repository:
        def __init__(self) -> None:
            self.rows: list[int] = []
            self.open = True

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        try:
            ctx.repository = Repository()
            yield
        finally:
            ctx.repository.open = False

    async def store(payload: Payload[int], ctx: Context) -> Result:
        await asyncio.sleep(0)
        assert ctx.repository.open
        ctx.repository.rows.append(payload.value)
        return Ok(None)

    collector = Collector("a", store, lifecycle=lifecycle)
    async with queue_of(collector, max_consumers=1) as queue:
        for value in range(5):
            queue.get_publisher().send(Payload(value))
    assert collector.ctx.repository.rows == [0, 1, 2, 3, 4]
    assert not collector.ctx.repository.open
    assert collector.errors == 0


@in_loop
async def test_a_lifecycle_is_entered_anew_after_a_restart() -> None:
    """Decision 18: a queue can be started again, with all lifecycles."""
    log = Log()
    queue = queue_of(log.collector("a"))
    for _ in range(2):
        async with queue:
            pass
    assert log == ["+a", "-a"] * 2


@in_loop
async def test_any_async_context_manager_is_a_lifecycle() -> None:
    """A: a LifecycleManager is a callable of the context; a class will do."""

    class Lifecycle:
        def __init__(self, ctx: Context) -> None:
            self.ctx = ctx

        async def __aenter__(self) -> None:
            self.ctx.state = "open"

        async def __aexit__(
            self,
            kind: type[BaseException] | None,
            exc: BaseException | None,
            tb: TracebackType | None,
        ) -> None:
            self.ctx.state = "closed"

    ctx = Context()
    async with queue_of(Collector("a", echo, lifecycle=Lifecycle, ctx=ctx)):
        assert ctx.state == "open"
    assert ctx.state == "closed"


@in_loop
async def test_every_lifecycle_is_left_even_if_another_raises() -> None:
    """Decision 18: one error is raised as it is, with a note that names the collector."""
    log = Log()
    collectors = [log.collector("a"), log.collector("b", leave=ValueError("b")), log.collector("c")]
    queue = queue_of(*collectors)
    await queue.init_queue()
    with pytest.raises(ValueError, match=r"^b\nraised by the lifecycle of collector 'b'$"):
        await queue.shut_down_queue()
    assert (log[3:], queue.running) == (["-c", "-b", "-a"], False)


@in_loop
async def test_several_lifecycles_that_raise_make_a_group() -> None:
    """Decision 18: all their errors reach the caller, in the order in which they came."""
    log = Log()
    queue = queue_of(
        log.collector("a", leave=ValueError("a")),
        log.collector("b"),
        log.collector("c", leave=LookupError("c")),
    )
    await queue.init_queue()
    with pytest.raises(ExceptionGroup, match=r"^2 lifecycles raised$") as caught:
        await queue.shut_down_queue()
    assert list(map(repr, caught.value.exceptions)) == ["LookupError('c')", "ValueError('a')"]
    assert log[3:] == ["-c", "-b", "-a"]


@in_loop
async def test_a_lifecycle_that_fails_to_start_unwinds_the_others() -> None:
    """Decision 19: those already started are left, and its error reaches the caller."""
    log = Log()
    queue = queue_of(
        log.collector("a"),
        log.collector("b"),
        log.collector("c", enter=OSError("no disk")),
        log.collector("d"),
    )
    for _ in range(2):
        log.clear()
        with pytest.raises(OSError, match=r"^no disk\nraised by the lifecycle of collector 'c'$"):
            await queue.init_queue()
        assert (log, queue.running) == (["+a", "+b", "-b", "-a"], False)
    assert repr(queue).endswith("not started)")
    await queue.remove("c")
    async with queue:
        assert (await outcome(queue, Payload(1))).keys == ["a", "b", "d"]


@in_loop
async def test_what_goes_wrong_while_unwinding_is_noted() -> None:
    """Decision 19: the first error reaches the caller, the later ones are notes on it."""
    log = Log()
    queue = queue_of(
        log.collector("a", leave=ValueError("a")), log.collector("b", enter=OSError("no disk"))
    )
    message = (
        "no disk\nraised by the lifecycle of collector 'b'\n"
        "then, while the lifecycles were left again: ValueError('a')"
    )
    with pytest.raises(OSError, match=f"^{re.escape(message)}$"):
        await queue.init_queue()


@in_loop
async def test_a_start_that_is_cancelled_unwinds() -> None:
    """Decision 19: the lifecycle that was being entered is cancelled, the others are left."""
    log = Log()
    never = asyncio.Event()

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        try:
            await never.wait()
            yield
        finally:
            log.append("slow ended")

    queue = queue_of(log.collector("a"), Collector("slow", echo, lifecycle=slow))
    starting = asyncio.create_task(queue.init_queue())
    await until(lambda: log == ["+a"])
    await settle()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert (log, queue.running) == (["+a", "slow ended", "-a"], False)


@pytest.mark.parametrize("what", ["a generator", "a coroutine", "nothing"])
@in_loop
async def test_a_lifecycle_that_is_none_is_refused_at_the_start(what: str) -> None:
    """Decision 19: what it returned is named, and what is missing."""

    async def coroutine() -> None: ...

    def lifecycle(ctx: Context) -> Any:
        made = {"a generator": iter([1]), "nothing": None}
        return coroutine() if what == "a coroutine" else made[what]

    queue = queue_of(Collector("a", echo, lifecycle=lifecycle))
    with pytest.raises(
        TypeError,
        match=r"^lifecycle of 'a' did not return an async context manager, but .*; "
        r"put @asynccontextmanager over it$",
    ):
        await queue.init_queue()


@in_virtual_time
async def test_a_lifecycle_may_hold_a_task_group_and_a_timeout() -> None:
    """Decision 18: it is entered and left in one task, whoever starts and shuts down the queue."""
    log: list[str] = []

    async def beat(ctx: Context) -> None:
        while True:
            ctx.beats = ctx.beats + 1 if "beats" in ctx else 1
            await asyncio.sleep(1)

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        async with asyncio.timeout(1000), asyncio.TaskGroup() as group:
            beating = group.create_task(beat(ctx))
            yield
            beating.cancel()
            await asyncio.wait([beating])  # or it is left behind where the loop ends at once
        log.append("left")

    collector = Collector("a", echo, lifecycle=lifecycle)
    queue = queue_of(collector, Collector("b", echo, lifecycle=lifecycle))
    await asyncio.create_task(queue.init_queue())
    await asyncio.sleep(9.5)
    assert await asyncio.create_task(outcome(queue, Payload(1))) == [Ok(1), Ok(1)]
    await asyncio.create_task(queue.shut_down_queue())
    assert (collector.ctx.beats, log) == (10, ["left", "left"])


@in_virtual_time
async def test_a_lifecycle_that_fails_while_it_is_open_tells_at_the_shutdown() -> None:
    """Decision 18: its error reaches the caller, and the other lifecycles are left."""
    log = Log()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        async with asyncio.timeout(5):
            yield

    queue = queue_of(log.collector("a"), Collector("b", echo, lifecycle=lifecycle))
    await queue.init_queue()
    await asyncio.sleep(10)
    with pytest.raises(TimeoutError) as caught:
        await queue.shut_down_queue()
    assert caught.value.__notes__ == ["raised by the lifecycle of collector 'b'"]
    assert log == ["+a", "-a"]


@in_loop
async def test_lifecycles_are_left_after_the_last_payload() -> None:
    """A, decision 18: while the queue drains, they are open."""
    log, gate = Log(), Gate()
    queue = queue_of(log.collector("a", gate), max_consumers=1)
    await queue.init_queue()
    queue.get_publisher().send(Payload(1))
    queue.get_publisher().send(Payload(2))
    ending = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: gate.begun == [1])
    gate.let_go(1)
    await until(lambda: gate.begun == [1, 2])
    await settle()
    assert log == ["+a"]
    gate.let_go(2)
    await ending
    assert (gate.ended, log) == ([1, 2], ["+a", "-a"])


@in_loop
async def test_a_cancelled_shutdown_leaves_every_lifecycle_undisturbed() -> None:
    """Decision 18: the caller's cancellation is raised when all are left, each in its own way."""
    log = Log()
    may_end = asyncio.Event()

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        yield
        log.append("slow")
        await may_end.wait()
        log.append("ended")

    queue = queue_of(log.collector("a"), Collector("b", echo, lifecycle=slow), log.collector("c"))
    await queue.init_queue()
    ending = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: log[-1] == "slow")
    for _ in range(3):
        ending.cancel()
        await settle()
    assert not ending.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert (log[2:], queue.running) == (["-c", "slow", "ended", "-a"], False)


def test_the_text_of_an_open_lifecycle_names_its_collector() -> None:
    """Decision 26: a debugger that lists tasks tells which lifecycle is open."""

    async def names() -> list[str]:
        async with queue_of(Log().collector("a")):
            return [task.get_name() for task in asyncio.all_tasks()]

    named = sorted(name for name in asyncio.run(names()) if re.match("event_collector", name))
    assert named == ["event_collector keeper", "event_collector lifecycle 'a'"]
