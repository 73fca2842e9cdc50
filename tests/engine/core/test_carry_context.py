"""Decision 28: in which context a processor runs, and who sees what it sets."""

import asyncio
import contextvars
import gc
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import Trace, echo, in_loop, in_virtual_time, queue_of, virtual_loop

VARIABLE: contextvars.ContextVar[Any] = contextvars.ContextVar("variable", default="unset")
CARRIES = pytest.mark.parametrize("carries", [False, True], ids=["its own context", "carried"])
ATTENDED = pytest.mark.parametrize("attended", [False, True], ids=["plain", "with instruments"])


class Dispatching(Router):
    """Gives every payload to all."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


class OneByOne(Router):
    """Has one processor after the other, in the router's own task."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        every = self.collectors.values()
        return ResultList([await one.process(payload) for one in every], keys=[*self.collectors])


class OwnRoute(SimpleRouter):
    """The default choice, made by a subclass."""

    def route(self, payload: Payload[Any]) -> Any:
        return super().route(payload)


ROUTERS = pytest.mark.parametrize("router", [SimpleRouter, OwnRoute, Dispatching, OneByOne])


async def tell(payload: Payload[Any], ctx: Context) -> Result:
    """What the variable says."""
    return Ok(VARIABLE.get())


async def tell_late(payload: Payload[Any], ctx: Context) -> Result:
    """The same after a wait."""
    await asyncio.sleep(0)
    return Ok(VARIABLE.get())


def made(*processors: Any, attended: bool = False, **settings: Any) -> CollectorQueue:
    """A queue with these processors."""
    collectors = [Collector(f"{n}", one) for n, one in enumerate(processors)]
    queue = queue_of(*collectors, **settings)
    if attended:
        queue.add_instrument(Trace())
    return queue


@contextmanager
def variable(value: object) -> Iterator[None]:
    """The variable is set for a while."""
    token = VARIABLE.set(value)
    try:
        yield
    finally:
        VARIABLE.reset(token)


@ROUTERS
@CARRIES
@ATTENDED
@in_loop
async def test_a_processor_runs_in_the_context_of_the_send_or_of_the_start(
    router: type[Router], carries: bool, attended: bool
) -> None:
    """Each way to send: the sender's if the queue carries it, else that of the queue's start."""
    queue = made(tell, tell_late, carry_context=carries, router=router, attended=attended)
    publisher, results = queue.get_publisher(), {}
    with variable("start"):
        await queue.init_queue()
    with variable("send"):
        results["send"] = publisher.send(Payload(1)).event
    with variable("send_nowait"):
        results["send_nowait"] = publisher.send_nowait(Payload(1))
    with variable("send_all"):
        [results["send_all"]] = await publisher.send_all([Payload(1)])
    with variable("send_threadsafe"):
        future = await asyncio.to_thread(publisher.send_threadsafe, Payload(1))
    with variable("waits"):
        found = {name: [*await event.wait()] for name, event in results.items()}
    found["send_threadsafe"] = [*await asyncio.wrap_future(future)]
    assert found == {name: [Ok(name if carries else "start")] * 2 for name in found}
    await queue.shut_down_queue()


@ROUTERS
@CARRIES
@ATTENDED
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("count", [1, 2])
@in_virtual_time
async def test_log_lines_about_a_processor_are_written_in_its_context(
    router: type[Router], carries: bool, attended: bool, late: bool, count: int
) -> None:
    """That it raised, and that it held the loop: a filter sees what the processor has set."""
    lines: list[tuple[str, object]] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append((record.getMessage()[:28], VARIABLE.get()))

    async def fails(payload: Payload[Any], ctx: Context) -> Result:
        VARIABLE.set("set by a processor")
        if late:
            await asyncio.sleep(1)
        virtual_loop().advance(0.3)
        raise ValueError

    handler, logger = Noting(), logging.getLogger("event_collector")
    logger.addHandler(handler)
    try:
        settings: Any = {"carry_context": carries, "router": router, "attended": attended}
        async with made(*(fails, tell)[:count], **settings) as queue:
            await queue.get_publisher().send_nowait(Payload(1)).wait()
    finally:
        logger.removeHandler(handler)
    assert set(lines) == {
        ("the processor of collector '", "set by a processor"),
        ("collector '0': the processor", "set by a processor"),
    }


@ROUTERS
@CARRIES
@ATTENDED
@pytest.mark.parametrize("late", [False, True])
@in_loop
async def test_what_a_processor_sets_is_seen_in_its_later_steps_and_nowhere_else(
    router: type[Router], carries: bool, attended: bool, late: bool
) -> None:
    """Not by the next collector, the next event, the sender, or who waits."""

    async def sets(payload: Payload[Any], ctx: Context) -> Result:
        before = VARIABLE.get()
        VARIABLE.set("set by a processor")
        if late:
            for _ in range(3):
                await asyncio.sleep(0)
        return Ok((before, VARIABLE.get()))

    queue = made(
        sets, sets, tell, carry_context=carries, router=router, attended=attended, max_consumers=1
    )
    async with queue:
        for _ in range(2):
            events = [queue.get_publisher().send_nowait(Payload(1)) for _ in range(3)]
            for event in events:
                assert await event.wait() == [
                    Ok(("unset", "set by a processor")),
                    Ok(("unset", "set by a processor")),
                    Ok("unset"),
                ]
    assert VARIABLE.get() == "unset"


@CARRIES
@ATTENDED
@in_loop
async def test_what_a_route_sets_is_seen_nowhere_else(carries: bool, attended: bool) -> None:
    """A choice is made in a context of its own."""

    class Setting(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            chosen.append(VARIABLE.get())
            VARIABLE.set("set by route")
            return super().route(payload)

    chosen: list[str] = []
    queue = made(tell, carry_context=carries, router=Setting, attended=attended, max_consumers=1)
    async with queue:
        events = [queue.get_publisher().send_nowait(Payload(1)) for _ in range(3)]
        assert [await event.wait() for event in events] == [[Ok("unset")]] * 3
    assert chosen == ["unset"] * 3


@CARRIES
@ATTENDED
@pytest.mark.parametrize("base", [Dispatching, OneByOne])
@in_loop
async def test_what_a_router_sets_its_processors_see(
    base: type[Router], carries: bool, attended: bool
) -> None:
    """They start from its context, whoever else attends to them; the next event does not."""

    class Setting(base):  # type: ignore[valid-type, misc]
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            VARIABLE.set(f"{VARIABLE.get()}, routed {payload.value}")
            return await super().handle_event(payload)  # type: ignore[no-any-return]

    queue = made(
        tell, tell_late, carry_context=carries, router=Setting, attended=attended, max_consumers=1
    )
    async with queue:
        events = [queue.get_publisher().send_nowait(Payload(value)) for value in range(3)]
        for event in events:
            told = f"unset, routed {event.payload.value}"
            assert await event.wait() == [Ok(told), Ok(told)]


@in_loop
async def test_the_context_is_copied_once_for_each_collector() -> None:
    """Each has its own, from the same beginning, and two events do not share one."""
    seen: list[contextvars.Context] = []

    async def look(payload: Payload[Any], ctx: Context) -> Result:
        own = object()
        VARIABLE.set(own)
        await asyncio.sleep(0)
        assert VARIABLE.get() is own
        return Ok(id(own))

    with variable(seen):
        async with made(look, look, look, carry_context=True) as queue:
            events = [queue.get_publisher().send_nowait(Payload(1)) for _ in range(3)]
            found = [result.unwrap() for one in events for result in await one.wait()]
    assert len(found) == 9


@CARRIES
@in_loop
async def test_what_a_lifecycle_sets_the_processor_does_not_see(carries: bool) -> None:
    """The collector's Context is for that."""

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        VARIABLE.set("set by a lifecycle")
        yield
        assert VARIABLE.get() == "set by a lifecycle"

    queue = queue_of(Collector("a", tell, lifecycle=lifecycle), carry_context=carries)
    async with queue:
        await queue.add(Collector("b", tell_late, lifecycle=lifecycle))
        assert VARIABLE.get() == "unset"
        assert await queue.get_publisher().send_nowait(Payload(1)).wait() == [Ok("unset")] * 2


def test_an_event_has_a_context_only_where_the_queue_carries_it() -> None:
    """With False not one slot is added to the event."""

    async def sent(carries: bool) -> CollectorEvent:
        async with made(echo, carry_context=carries) as queue:
            return queue.get_publisher().send_nowait(Payload(1))

    plain, carrying = (asyncio.run(sent(carries)) for carries in (False, True))
    assert type(plain) is CollectorEvent
    assert not any("context" in name for name in CollectorEvent.__slots__)
    assert sys.getsizeof(carrying) > sys.getsizeof(plain)
    assert repr(carrying) == "CollectorEvent(1, done)"


@CARRIES
@ATTENDED
@in_loop
async def test_what_needs_the_task_works_as_ever(carries: bool, attended: bool) -> None:
    """asyncio.timeout, TaskGroup, to_thread, current_task, anyio; each step in one task."""

    async def works(payload: Payload[Any], ctx: Context) -> Result:
        task = asyncio.current_task()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.sleep(50)
        async with asyncio.TaskGroup() as group:
            told = [group.create_task(tell_late(payload, ctx)) for _ in range(2)]
        found = [one.result() for one in told]
        found.append(Ok(await asyncio.to_thread(VARIABLE.get)))
        with anyio.move_on_after(0.001) as scope:
            await anyio.sleep(50)
        assert scope.cancelled_caught
        async with anyio.create_task_group() as several:
            several.start_soon(asyncio.sleep, 0)
            several.start_soon(asyncio.sleep, 0)
        assert asyncio.current_task() is task
        assert task is not None
        assert not task.cancelling()
        return Ok(found)

    queue = made(works, works, carry_context=carries, attended=attended)
    async with queue:
        with variable("sent"):
            event = queue.get_publisher().send_nowait(Payload(1))
        expected = Ok([Ok("sent" if carries else "unset")] * 3)
        assert await event.wait() == [expected] * 2


def test_a_processor_that_is_closed_with_its_loop_is_closed_in_its_context() -> None:
    """It takes back what it has set, as it may only there."""
    ended: list[object] = []

    async def waits(payload: Payload[Any], ctx: Context) -> Result:
        token = VARIABLE.set("set")
        try:
            await asyncio.Event().wait()
        finally:
            VARIABLE.reset(token)
            ended.append(VARIABLE.get())
        raise AssertionError

    async def leave() -> None:
        await queue.init_queue()
        queue.get_publisher().send_nowait(Payload(1))
        for _ in range(5):
            await asyncio.sleep(0)

    queue = made(waits, carry_context=True)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        del task
    loop.close()

    async def again() -> None:
        await queue.shut_down_queue()

    asyncio.run(again())
    gc.collect()
    assert ended == ["unset"]
