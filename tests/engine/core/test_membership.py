"""Collectors that come, change and go while the queue runs."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Error,
    History,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    UnknownCollectorError,
)
from tests.support import (
    Gate,
    Log,
    echo,
    in_loop,
    outcome,
    queue_of,
    router_that,
    settle,
    until,
    wait_a_turn,
)

CHANGING = "the collector 'a' is just being added or replaced; await that first"


def exactly(text: str) -> str:
    return f"^{re.escape(text)}$"


def slow_to_enter(log: Log, key: str, may_enter: asyncio.Event) -> Collector:
    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        await may_enter.wait()
        log.append(f"+{key}")
        yield
        log.append(f"-{key}")

    return Collector(key, echo, lifecycle=lifecycle)


@in_loop
async def test_an_added_collector_comes_after_all_others() -> None:
    """Decision 27: its lifecycle is entered first, then it gets payloads."""
    log = Log()
    async with queue_of(log.collector("b")) as queue:
        assert (await outcome(queue, Payload(1))).keys == ["b"]
        await queue.add(log.collector("a"))
        assert log == ["+b", "+a"]
        assert (await outcome(queue, Payload(2))).keys == ["b", "a"]
    assert log == ["+b", "+a", "-a", "-b"]


@in_loop
async def test_collectors_stand_as_they_were_given_however_long_they_are_entered() -> None:
    """Decision 12: the results too, and whoever has asked what the queue was made of."""
    log, may_enter = Log(), asyncio.Event()
    async with queue_of(Collector("a", echo)) as queue:
        history = History(queue)
        adding = [
            asyncio.create_task(queue.add(slow_to_enter(log, "b", may_enter))),
            asyncio.create_task(queue.add(log.collector("c", enter=OSError("no disk")))),
            asyncio.create_task(queue.add(Collector("d", echo))),
        ]
        await asyncio.wait(adding[1:])
        assert (await outcome(queue, Payload(1))).keys == ["a", "d"]
        may_enter.set()
        assert isinstance((await asyncio.gather(*adding, return_exceptions=True))[1], OSError)
        await queue.add(Collector("c", echo))
        assert (await outcome(queue, Payload(1))).keys == ["a", "b", "d", "c"]
        seen = ["".join(one.key for one in each.collectors) for each in history.parts.changes]
        assert seen == ["a", "ad", "abd", "abdc"]


@in_loop
async def test_a_collector_whose_lifecycle_fails_is_not_added() -> None:
    """Decision 19: the error reaches the caller; it can be tried again."""
    log = Log()
    async with queue_of() as queue:
        for _ in range(2):
            with pytest.raises(
                OSError, match=r"^no disk\nraised by the lifecycle of collector 'a'$"
            ):
                await queue.add(log.collector("a", enter=OSError("no disk")))
        assert list(queue.collectors) == []
        await queue.add(log.collector("a"))
    assert log == ["+a", "-a"]


@in_loop
async def test_what_cannot_be_added_is_refused() -> None:
    """Decision 24: not a Collector, or a key that is there or is just coming."""
    log, may_enter = Log(), asyncio.Event()
    async with queue_of(Collector("b", echo)) as queue:
        no_collector: Any = 5
        message = "{}() takes a Collector, got int: 5; wrap it: Collector(key, processor)"
        with pytest.raises(TypeError, match=exactly(message.format("add"))):
            await queue.add(no_collector)
        with pytest.raises(TypeError, match=exactly(message.format("replace"))):
            await queue.replace(no_collector)
        message = (
            "the queue has a collector with the key 'b'; use replace() to put another in its place"
        )
        with pytest.raises(ValueError, match=exactly(message)):
            await queue.add(Collector("b", echo))
        adding = asyncio.create_task(queue.add(slow_to_enter(log, "a", may_enter)))
        await settle()
        with pytest.raises(ValueError, match=exactly(CHANGING)):
            await queue.add(Collector("a", echo))
        with pytest.raises(ValueError, match=exactly(CHANGING)):
            await queue.remove("a")
        may_enter.set()
        await adding
        assert list(queue.collectors) == ["b", "a"]


@in_loop
async def test_events_already_taken_finish_with_the_old_collector() -> None:
    """F, decision 27: the new one is open before the old one gets no more, which is left last."""
    log, gate = Log(), Gate()
    old, new = log.collector("a", gate), Collector("a", echo, lifecycle=log.lifecycle("new"))
    async with queue_of(old, Collector("z", echo), max_consumers=1) as queue:
        taken = await queue.get_publisher().send(Payload("taken"))
        queued = await queue.get_publisher().send(Payload("queued"))
        await until(lambda: gate.begun)
        replacing = asyncio.create_task(queue.replace(new))
        await until(lambda: queue.collectors["a"] is new)
        await settle()
        assert (log, replacing.done()) == (["+a", "+new"], False)
        gate.open()
        assert await replacing is old
        assert log == ["+a", "+new", "-a"]
        assert await queued.wait() == [Ok("queued")] * 2
        assert taken.result is not None
        assert taken.result.keys == ["a", "z"], "it keeps its place"
    assert gate.begun == ["taken"]
    assert log == ["+a", "+new", "-a", "-new"]


@in_loop
async def test_a_replacement_that_fails_leaves_the_old_one_in_place() -> None:
    """Decision 19: the error reaches the caller, and nothing has changed."""
    log = Log()
    old = log.collector("a")
    async with queue_of(old) as queue:
        with pytest.raises(OSError, match=r"^no disk\nraised by the lifecycle of collector 'a'$"):
            await queue.replace(log.collector("a", enter=OSError("no disk")))
        assert queue.collectors["a"] is old
        assert await outcome(queue, Payload(1)) == [Ok(1)]
    assert (log, old.processed) == (["+a", "-a"], 1)


@in_loop
async def test_what_cannot_be_replaced_is_refused() -> None:
    """Decision 24: the same one, one with the same open Context, and an unknown key."""
    log = Log()
    old = log.collector("a")
    async with queue_of(old, Collector("b", echo)) as queue:
        message = "Collector('a') is in the queue; replace() takes a new Collector"
        with pytest.raises(ValueError, match=exactly(message)):
            await queue.replace(old)
        message = (
            "the new collector 'a' shares its Context with the old one, while both their "
            "lifecycles are open for a moment; give it a Context of its own"
        )
        with pytest.raises(ValueError, match=exactly(message)):
            await queue.replace(Collector("a", echo, ctx=old.ctx))
        message = "no collector has the key 'c'; the queue's collectors are ['a', 'b']"
        with pytest.raises(UnknownCollectorError, match=exactly(message)):
            await queue.replace(Collector("c", echo))
        with pytest.raises(UnknownCollectorError, match=exactly(message)):
            await queue.remove("c")
        shared = queue.collectors["b"].ctx
        await queue.replace(Collector("b", echo, ctx=shared))
    assert log == ["+a", "-a"]
    await queue.replace(Collector("a", echo, ctx=old.ctx))  # nobody has it open now


@in_loop
async def test_a_removed_collector_finishes_what_it_has() -> None:
    """F, decision 27: it gets no more; its lifecycle is left after its last payload."""
    log, gate = Log(), Gate()
    collector = log.collector("a", gate)
    async with queue_of(collector, Collector("b", echo), max_consumers=1) as queue:
        taken = await queue.get_publisher().send(Payload("taken"))
        queued = await queue.get_publisher().send(Payload("queued"))
        await until(lambda: gate.begun)
        removing = asyncio.create_task(queue.remove("a"))
        await settle()
        assert (list(queue.collectors), log, removing.done()) == (["b"], ["+a"], False)
        gate.open()
        assert await removing is collector
        assert log == ["+a", "-a"]
        assert await taken.wait() == [Ok("taken")] * 2
        assert (await queued.wait()).keys == ["b"]


@in_loop
async def test_a_removal_whose_caller_is_cancelled_goes_on() -> None:
    """Decision 18: the lifecycle is left all the same, before the queue is shut down."""
    log, gate = Log(), Gate()
    async with queue_of(log.collector("a", gate)) as queue:
        queue.get_publisher().send(Payload(1))
        await until(lambda: gate.begun)
        removing = asyncio.create_task(queue.remove("a"))
        await settle()
        removing.cancel()
        await settle()
        assert (removing.cancelled(), log) == (True, ["+a"])
        gate.open()
        await until(lambda: log == ["+a", "-a"])


@in_loop
async def test_an_error_of_a_lifecycle_that_is_left_reaches_the_caller() -> None:
    """Decision 18: the collector is removed all the same, and the shutdown has no error."""
    log = Log()
    async with queue_of(log.collector("a", leave=ValueError("bad"))) as queue:
        with pytest.raises(ValueError, match=r"^bad\nraised by the lifecycle of collector 'a'$"):
            await queue.remove("a")
        assert list(queue.collectors) == []


@in_loop
async def test_a_collector_that_is_being_removed_cannot_come_back_yet() -> None:
    """Decision 19: its lifecycle is open until its last payload, and is never open twice."""
    log, gate = Log(), Gate()
    collector = log.collector("a", gate)
    async with queue_of(collector) as queue:
        queue.get_publisher().send(Payload(1))
        await until(lambda: gate.begun)
        removing = asyncio.create_task(queue.remove("a"))
        await settle()
        message = "Collector('a') is just being removed; await that first"
        with pytest.raises(ValueError, match=exactly(message)):
            await queue.add(collector)
        await queue.add(Collector("a", echo))
        with pytest.raises(ValueError, match=exactly(message)):
            await queue.replace(collector)
        gate.open()
        await removing
        await queue.replace(collector)
        assert log == ["+a", "-a", "+a"]
    assert log == ["+a", "-a", "+a", "-a"]


@pytest.mark.parametrize("method", ["replace", "remove"])
@in_loop
async def test_a_processor_cannot_wait_for_its_own_end(method: str) -> None:
    """Decision 14: it would wait for itself for ever; in a task of its own it may ask for it."""
    queue: CollectorQueue
    asked: list[asyncio.Task[Any]] = []

    async def change(payload: Payload[str], ctx: Context) -> Result:
        argument = Collector("a", echo) if method == "replace" else "a"
        changing = getattr(queue, method)(argument)
        if payload.value == "wrong":
            await changing
        asked.append(asyncio.create_task(changing))
        return Ok("asked")

    queue = queue_of(Collector("a", change), Collector("b", wait_a_turn))
    async with queue:
        error = (await outcome(queue, Payload("wrong"))).first()
        assert isinstance(error, Error)
        assert str(error.exception) == (
            f"{method}() of collector 'a' was called while it processes an event, and would wait "
            f"for itself; call it elsewhere, or asyncio.create_task(queue.{method}(...)), and do "
            "not wait for that"
        )
        assert (await outcome(queue, Payload("right"))).first() == Ok("asked")
        await asyncio.gather(*asked)
        assert (await outcome(queue, Payload(1))).keys == ["a", "b"][method == "remove" :]


@pytest.mark.parametrize("custom", [False, True], ids=["default router", "custom router"])
@in_loop
async def test_nothing_is_lost_while_collectors_are_replaced_under_load(custom: bool) -> None:
    """Decision 16: each event is processed once, by a collector whose lifecycle is open."""
    counts: Counter[int] = Counter()
    opened: list[Context] = []

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        await asyncio.sleep(0)
        ctx.open = True
        opened.append(ctx)
        yield
        ctx.open = False

    async def count(payload: Payload[int], ctx: Context) -> Result:
        for _ in range(payload.value % 4):
            assert ctx.open
            await asyncio.sleep(0)
        assert ctx.open
        counts[payload.value] += 1
        return Ok(None)

    def collector() -> Collector:
        return Collector("a", count, lifecycle=lifecycle)

    async def dispatch(router: Router, payload: Payload[Any]) -> ResultList:
        return await router.dispatch(payload, list(router.collectors.values()))

    settings: dict[str, Any] = {"router": router_that(dispatch)} if custom else {}
    async with queue_of(collector(), **settings) as queue:
        events = []
        for value in range(300):
            events.append(await queue.get_publisher().send(Payload(value)))
            if value % 50 == 25:
                await queue.replace(collector())
        await queue.get_publisher().wait()
        assert [ctx.open for ctx in opened] == [False] * 6 + [True]
    assert all(event.result == [Ok(None)] for event in events)
    assert counts == dict.fromkeys(range(300), 1)


@in_loop
async def test_changes_of_a_queue_that_does_not_run_are_plain() -> None:
    """Decision 27: no lifecycle is entered before the start."""
    log = Log()
    queue = queue_of(log.collector("a"), log.collector("b"))
    await queue.add(log.collector("c"))
    await queue.replace(log.collector("a"))
    await queue.remove("b")
    assert log == []
    async with queue:
        assert (await outcome(queue, Payload(1))).keys == ["a", "c"]
    assert log == ["+a", "+c", "-c", "-a"]
