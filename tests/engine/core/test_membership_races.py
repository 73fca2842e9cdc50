"""Collectors that come and go while the queue itself starts or is shut down."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from event_collector import (
    Collector,
    Context,
    Ok,
    Payload,
    QueueClosedError,
)
from tests.support import Gate, Log, echo, in_loop, outcome, queue_of, run, settle, until


class Slow:
    """A collector whose lifecycle waits to be entered and to be left."""

    def __init__(self, log: Log, key: str) -> None:
        self.may_enter, self.may_leave = asyncio.Event(), asyncio.Event()
        self._log = log
        self.collector = Collector(key, echo, lifecycle=self.lifecycle)

    @asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        key = self.collector.key
        await self.may_enter.wait()
        self._log.append(f"+{key}")
        yield
        self._log.append(f"leaving {key}")
        try:
            await self.may_leave.wait()
        finally:
            self._log.append(f"-{key}")


@in_loop
async def test_a_collector_added_during_the_start_has_its_lifecycle_entered() -> None:
    """Decision 18: each collector of a running queue has an open lifecycle."""
    log = Log()
    slow = Slow(log, "slow")
    slow.may_leave.set()
    queue = queue_of(slow.collector)
    starting = asyncio.create_task(queue.init_queue())
    await settle()
    await queue.add(log.collector("b"))
    slow.may_enter.set()
    await starting
    assert await outcome(queue, Payload(1)) == [Ok(1), Ok(1)]
    await queue.shut_down_queue()
    assert log == ["+slow", "+b", "-b", "leaving slow", "-slow"]


@in_loop
async def test_a_collector_that_is_added_too_late_is_refused() -> None:
    """Decisions 10, 18: shut down while its lifecycle is entered, it is left again."""
    log = Log()
    slow = Slow(log, "slow")
    slow.may_leave.set()
    queue = queue_of(Collector("a", echo))
    await queue.init_queue()
    adding = asyncio.create_task(queue.add(slow.collector))
    await settle()
    await queue.shut_down_queue()
    slow.may_enter.set()
    message = "the queue was shut down; Collector('slow') was not added"
    with pytest.raises(QueueClosedError, match=f"^{re.escape(message)}$"):
        await adding
    assert list(queue.collectors) == ["a"]
    assert log == ["+slow", "leaving slow", "-slow"]


@in_loop
async def test_a_shutdown_waits_for_a_collector_that_came_too_late_to_leave_its_lifecycle() -> None:
    """Decision 18: entered while the queue drains, it is left before the shutdown returns."""
    log, gate = Log(), Gate()
    slow = Slow(log, "slow")
    queue = queue_of(log.collector("a", gate))
    await queue.init_queue()
    event = await queue.get_publisher().send(Payload(1))
    adding = asyncio.create_task(queue.add(slow.collector))
    await until(lambda: gate.begun)
    ending = asyncio.create_task(queue.shut_down_queue())
    await settle()
    slow.may_enter.set()
    await until(lambda: log[-1] == "leaving slow")
    gate.open()
    await settle()
    assert (event.result, ending.done()) == ([Ok(1)], False)
    slow.may_leave.set()
    await ending
    assert log == ["+a", "+slow", "leaving slow", "-slow", "-a"]
    with pytest.raises(QueueClosedError, match="was not added"):
        await adding


@in_loop
async def test_a_collector_removed_during_the_shutdown_finishes_what_it_has() -> None:
    """Decision 18: its lifecycle is left after its last payload, then the removal returns."""
    log, gate = Log(), Gate()
    queue = queue_of(log.collector("a"), log.collector("b", gate))
    await queue.init_queue()
    event = await queue.get_publisher().send(Payload(1))
    ending = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: gate.begun)
    removing = asyncio.create_task(queue.remove("b"))
    await settle()
    assert (removing.done(), log) == (False, ["+a", "+b"])
    gate.open()
    await removing
    await ending
    assert event.result == [Ok(1), Ok(1)]
    assert (log, list(queue.collectors)) == (["+a", "+b", "-b", "-a"], ["a"])


@in_loop
async def test_a_shutdown_waits_for_a_removal_under_way() -> None:
    """Decision 18: the other lifecycles are left after that one, in reverse order."""
    log = Log()
    slow = Slow(log, "slow")
    slow.may_enter.set()
    queue = queue_of(log.collector("a"), slow.collector, log.collector("c"))
    await queue.init_queue()
    removing = asyncio.create_task(queue.remove("slow"))
    await until(lambda: log[-1] == "leaving slow")
    ending = asyncio.create_task(queue.shut_down_queue())
    await settle()
    assert not ending.done()
    slow.may_leave.set()
    await asyncio.gather(removing, ending)
    assert log[3:] == ["leaving slow", "-slow", "-c", "-a"]


@in_loop
async def test_a_shutdown_cancelled_during_a_removal_leaves_every_lifecycle() -> None:
    """Decision 18: each one is left, and the one that is being removed in its own time."""
    log = Log()
    slow = Slow(log, "slow")
    slow.may_enter.set()
    queue = queue_of(log.collector("a"), slow.collector, log.collector("c"))
    await queue.init_queue()
    removing = asyncio.create_task(queue.remove("slow"))
    await until(lambda: log[-1] == "leaving slow")
    ending = asyncio.create_task(queue.shut_down_queue())
    await settle()
    ending.cancel()
    await settle()
    assert log[3:] == ["leaving slow"]
    slow.may_leave.set()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert log[3:] == ["leaving slow", "-slow", "-c", "-a"]
    assert not queue.running
    await asyncio.wait([removing])


def test_collectors_are_changed_in_the_queues_own_loop() -> None:
    """Decision 9: elsewhere it is refused, and nothing has changed."""

    async def main() -> None:
        async with queue_of(Collector("a", echo)) as queue:
            for method, argument in (
                ("add", Collector("b", echo)),
                ("replace", Collector("a", echo)),
                ("remove", "a"),
            ):
                message = (
                    f"{method}() was called outside the event loop in which the queue runs; call "
                    "it there, from another thread with asyncio.run_coroutine_threadsafe()"
                )
                with pytest.raises(RuntimeError, match=f"^{re.escape(message)}$"):
                    await asyncio.to_thread(asyncio.run, getattr(queue, method)(argument))
            assert (await outcome(queue, Payload(1))).keys == ["a"]

    run(main())


@pytest.mark.parametrize("method", ["add", "replace"])
@in_loop
async def test_no_collector_comes_in_during_the_shutdown(method: str) -> None:
    """Decision 18: its lifecycle would be left before its payloads are."""
    gate = Gate()
    async with queue_of(Collector("a", gate), Collector("b", echo)) as queue:
        queue.get_publisher().send(Payload(1))
        await until(lambda: gate.begun)
        closing = asyncio.create_task(queue.shut_down_queue())
        await until(lambda: not queue.running)
        with pytest.raises(QueueClosedError, match=r"^the queue is shutting down; .* not added$"):
            await getattr(queue, method)(Collector("c" if method == "add" else "b", echo))
        gate.open()
        await closing
