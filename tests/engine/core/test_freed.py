"""What is done with is freed at once: events, their contexts, and what these refer to."""

import asyncio
import contextlib
import contextvars
import gc
import itertools
import logging
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Error,
    EventPublisher,
    History,
    Instrument,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import Trace, echo, in_loop, in_virtual_time, queue_of, until, wait_a_turn

VARIABLE: contextvars.ContextVar[Any] = contextvars.ContextVar("variable", default="unset")


class Dispatching(Router):
    """Gives every payload to all."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


class OneByOne(Router):
    """Has one processor after the other, in the router's own task."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        every = self.collectors.values()
        return ResultList([await one.process(payload) for one in every], keys=[*self.collectors])


class AtOnce(Router):
    """Has all processors at once, each in a task of its own."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        every = [one.process(payload) for one in self.collectors.values()]
        return ResultList(await asyncio.gather(*every), keys=[*self.collectors])


class OwnRoute(SimpleRouter):
    """The default choice, made by a subclass."""

    def route(self, payload: Payload[Any]) -> Any:
        return super().route(payload)


class Wrong(SimpleRouter):
    """Never knows."""

    def route(self, payload: Payload[Any]) -> Any:
        raise LookupError


@contextmanager
def variable(value: object) -> Iterator[None]:
    """The variable is set for a while."""
    token = VARIABLE.set(value)
    try:
        yield
    finally:
        VARIABLE.reset(token)


async def fails(payload: Payload[Any], ctx: Context) -> Result:
    raise ValueError(payload)


async def fails_late(payload: Payload[Any], ctx: Context) -> Result:
    await asyncio.sleep(0)
    raise ValueError(payload)


async def returns_error(payload: Payload[Any], ctx: Context) -> Result:
    try:
        raise ValueError(payload)
    except ValueError as exc:
        return Error(exc)


async def around(payload: Payload[Any], ctx: Context, processor: Any) -> Any:
    return await processor(payload, ctx)


class Thing:
    """Something that can be seen to be freed."""


@contextmanager
def without_collection() -> Iterator[None]:
    """Nothing is freed but by its last reference; nothing is logged, which would keep some."""
    logger = logging.getLogger("event_collector")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        logger.setLevel(level)


PROCESSORS = pytest.mark.parametrize(
    "processor", [echo, wait_a_turn, fails, fails_late, returns_error]
)


async def _sent(send: Callable[[Thing], CollectorEvent]) -> Any:
    """Send one thing, wait until it is done; what tells whether it is there, and the event."""
    thing = Thing()
    there = weakref.ref(thing)
    event = send(thing)
    del thing
    await until(lambda: event.done)
    await asyncio.sleep(0)
    return there, event


def _send(queue: CollectorQueue, thing: Thing) -> CollectorEvent:
    return queue.get_publisher().send_nowait(Payload(thing))


@PROCESSORS
@pytest.mark.parametrize("router", [SimpleRouter, OwnRoute, Dispatching, OneByOne, AtOnce, Wrong])
@in_loop
async def test_an_event_is_freed_with_its_last_reference(
    processor: Any, router: type[Router]
) -> None:
    """The engine makes no reference cycle, whatever becomes of the event, and whoever attends."""
    gc.collect()
    for attended, carries, asked, wrapped, timeout, count in itertools.product(
        (False, True), (False, True), (False, True), (False, True), (None, 50), (1, 2)
    ):
        places = [Collector(f"{n}", processor, timeout=timeout) for n in range(count)]
        queue = queue_of(*places, carry_context=carries, router=router)
        if attended:
            queue.add_instrument(Trace())
        for key in queue.collectors if wrapped else ():
            queue.wrap(key, around)
        if asked:
            queue.current_event()
        with without_collection():
            async with queue:
                there, event = await _sent(partial(_send, queue))
                assert there() is not None
                del event
                assert there() is None, (attended, carries, asked, wrapped, timeout, count)


@PROCESSORS
@pytest.mark.parametrize("router", [SimpleRouter, OwnRoute, Dispatching, OneByOne, AtOnce, Wrong])
@pytest.mark.parametrize("attended", [False, True], ids=["plain", "with instruments"])
@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_the_context_is_dropped_when_the_event_is_done(
    processor: Any, router: type[Router], attended: bool, count: int
) -> None:
    """What the sender's context refers to is freed, though the event is kept, and its Error."""
    places = [Collector(f"{n}", processor) for n in range(count)]
    queue = queue_of(*places, carry_context=True, router=router)
    if attended:
        queue.add_instrument(Trace())

    def send(thing: Thing) -> CollectorEvent:
        with variable(thing):
            return queue.get_publisher().send_nowait(Payload(1))

    with without_collection():
        async with queue:
            there, event = await _sent(send)
            assert there() is None
            assert event.done


@pytest.mark.parametrize("count", [1, 2])
@PROCESSORS
@in_loop
async def test_who_waits_for_an_event_is_freed_with_its_queue_and_its_history(
    processor: Any, count: int
) -> None:
    """The frames of an Error do not lead to the waiter's, though the event is done in his step."""

    async def use() -> list[weakref.ref[Any]]:
        queue = queue_of(*(Collector(f"{n}", processor) for n in range(count)))
        history = History(queue)
        async with queue:
            await queue.get_publisher().send(Payload(1)).wait()
        assert len(history) == 1
        return [weakref.ref(queue), weakref.ref(history)]

    gc.collect()
    with without_collection():
        there = await use()
        assert [one() for one in there] == [None, None]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("waits", ["in its step", "in another task", "nobody"])
@pytest.mark.parametrize("hook", ["accepted", "ended", "finished"])
@in_loop
async def test_an_interrupt_of_a_hook_keeps_nothing_alive(
    hook: str, waits: str, count: int
) -> None:
    """Its traceback leads to the engine's frames, and no variable there leads back to it."""
    there: list[weakref.ref[Thing]] = []

    class Stop(KeyboardInterrupt):
        thing: Thing

    def strike(event: CollectorEvent, *what: Any) -> None:
        if not there:
            stop = Stop()
            stop.thing = Thing()
            there.append(weakref.ref(stop.thing))
            try:
                raise stop
            finally:
                del stop

    class Struck(Instrument):
        def interrupted(self, exc: BaseException) -> None: ...

    async def wait(event: CollectorEvent) -> None:
        # The hook may be struck in the waiter's step, and this may be another task's: an interrupt
        # that leaves a task ends the loop.
        with contextlib.suppress(Stop):
            await event.wait()

    async def use() -> None:
        queue = queue_of(*(Collector(f"{n}", echo) for n in range(count)))
        struck = Struck()
        setattr(struck, hook, strike)
        queue.add_instrument(struck)
        async with queue:
            with contextlib.suppress(Stop):
                event = queue.get_publisher().send_nowait(Payload(1))
                if waits == "in another task":
                    await asyncio.create_task(wait(event))
                elif waits == "in its step":
                    await wait(event)
            await queue.get_publisher().wait()

    gc.collect()
    with without_collection():
        await use()
        assert [one() for one in there] == [None]


@pytest.mark.parametrize("attended", [False, True], ids=["plain", "with instruments"])
@in_virtual_time
async def test_a_result_is_freed_while_its_consumer_serves_the_next_event(attended: bool) -> None:
    """Who has taken the results of the first event is the only one to keep them."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == "first":
            return Ok(Thing())
        await asyncio.sleep(0)
        begun.set()
        await go_on.wait()
        return Ok(None)

    def taken(event: CollectorEvent) -> weakref.ref[Any]:
        assert event.result is not None
        return weakref.ref(event.result.oks[0].value)

    begun, go_on = asyncio.Event(), asyncio.Event()
    queue = queue_of(Collector("a", process), max_consumers=1)
    if attended:
        queue.add_instrument(Trace())
    gc.collect()
    with without_collection():
        async with queue:
            event = queue.get_publisher().send_nowait(Payload("first"))
            queue.get_publisher().send_nowait(Payload("second"))
            await begun.wait()
            there = taken(event)
            before = there()
            kept = before is not None
            del event, before
            freed = there() is None
            go_on.set()
        assert (kept, freed) == (True, True)


@in_loop
async def test_an_event_is_freed_though_a_task_stays_behind_and_its_consumer_has_left() -> None:
    """The task's context tells of the event only while that is not done."""
    left: list[asyncio.Task[Any]] = []

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        VARIABLE.set("set")  # another event would see it: the consumer leaves
        left.append(asyncio.create_task(asyncio.Event().wait()))
        await asyncio.sleep(0)
        return Ok(None)

    queue = queue_of(Collector("a", process))
    gc.collect()
    with without_collection():
        async with queue:
            there, event = await _sent(partial(_send, queue))
            del event
            assert there() is None
    left[0].cancel()
    await asyncio.wait(left)


@in_loop
async def test_a_publisher_keeps_its_queue() -> None:
    """Who can send to it has it: no warning that it was never shut down comes in between."""

    async def started() -> EventPublisher:
        queue = queue_of(Collector("a", echo))
        await queue.init_queue()
        return queue.get_publisher()

    publisher = await started()
    gc.collect()
    queue: Any = publisher._queue
    assert await publisher.send(Payload(1)).wait() == [Ok(1)]
    assert queue.get_publisher() is publisher
    await queue.shut_down_queue()
