"""An event that is dropped is freed at once, however it was waited for."""

import asyncio
import contextlib
import gc
import itertools
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Error, Payload, Result
from tests.engine.core.test_freed import Thing, around, without_collection
from tests.support import Trace, eager_loop, echo, queue_of, run

type Wait = Callable[[CollectorQueue, Thing], Awaitable[object]]


async def _fails(payload: Payload[Any], ctx: Context) -> Result:
    raise ValueError(payload)


async def _fails_late(payload: Payload[Any], ctx: Context) -> Result:
    await asyncio.sleep(0)
    raise ValueError(payload)


async def _wait(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    await event.wait()


async def _wait_in_a_function(queue: CollectorQueue, thing: Thing) -> None:
    await _wait(queue, thing)


async def _wait_for_the_sending(queue: CollectorQueue, thing: Thing) -> None:
    await queue.get_publisher().send(Payload(thing)).wait()


async def _get_result(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    await event.wait()
    assert await event.get_result() == event.result


async def _raise_errors(queue: CollectorQueue, thing: Thing) -> None:
    results = await queue.get_publisher().send(Payload(thing)).wait()
    with contextlib.suppress(ExceptionGroup):
        results.raise_errors()


async def _unwrap(queue: CollectorQueue, thing: Thing) -> None:
    with contextlib.suppress(ValueError):
        (await queue.get_publisher().send(Payload(thing)).wait()).first().unwrap()


async def _match(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    match (await event.wait()).first():
        case Error(exc):
            assert exc.__traceback__ is not None


async def _gather(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    await asyncio.gather(event.wait(), event.wait())


async def _wait_for(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    await asyncio.wait_for(event.wait(), 1000)


async def _wait_too_short(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), 0)
    await event.wait()


async def _time_limit(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    async with asyncio.timeout(1000):
        await event.wait()


async def _cancelled(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    task = asyncio.create_task(event.wait())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await event.wait()


async def _task_group(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    async with asyncio.TaskGroup() as group:
        group.create_task(event.wait())
        group.create_task(event.wait())


async def _shield(queue: CollectorQueue, thing: Thing) -> None:
    event = await queue.get_publisher().send(Payload(thing))
    await asyncio.shield(event.wait())


async def _settle(queue: CollectorQueue, thing: Thing) -> None:
    queue.get_publisher().send(Payload(thing))
    assert await queue.settle(1000)


async def _wait_for_all(queue: CollectorQueue, thing: Thing) -> None:
    queue.get_publisher().send(Payload(thing))
    await queue.get_publisher().wait()


async def _send_all(queue: CollectorQueue, thing: Thing) -> None:
    for event in await queue.get_publisher().send_all([Payload(thing)] * 2):
        await event.wait()


async def _send_threadsafe(queue: CollectorQueue, thing: Thing) -> None:
    await asyncio.wrap_future(queue.get_publisher().send_threadsafe(Payload(thing)))


WAITS: list[Wait] = [
    *(_wait, _wait_in_a_function, _wait_for_the_sending, _get_result, _raise_errors, _unwrap),
    *(_match, _gather, _wait_for, _wait_too_short, _time_limit, _cancelled, _task_group, _shield),
    *(_settle, _wait_for_all, _send_all, _send_threadsafe),
]


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("processor", [echo, _fails, _fails_late])
def test_an_event_that_is_dropped_is_freed_however_it_was_waited_for(
    processor: Any, wait: Wait
) -> None:
    """The engine makes no reference cycle: nothing is left for the garbage collector to find."""

    async def main(*, eager: bool, carries: bool, attended: bool, count: int) -> None:
        if eager:
            eager_loop(asyncio.get_running_loop())
        places = [Collector(f"{n}", processor) for n in range(count)]
        queue = queue_of(*places, carry_context=carries)
        if attended:
            queue.add_instrument(Trace())
            queue.wrap("0", around)
        async with queue:
            thing = Thing()
            there = weakref.ref(thing)
            await wait(queue, thing)
            del thing
            for _ in range(4):  # what is to be done soon is done
                await asyncio.sleep(0)
            assert there() is None, (eager, carries, attended, count)

    gc.collect()
    for eager, carries, attended in itertools.product((False, True), repeat=3):
        for count in (1, 2):
            with without_collection():
                run(main(eager=eager, carries=carries, attended=attended, count=count))


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("ask", ["current_event", "settle"])
def test_looking_where_it_is_keeps_no_event_alive(ask: str, count: int) -> None:
    """A frame that is asked for its variables keeps a copy of them, and an Error leads to it."""

    async def main() -> None:
        async def fails(payload: Payload[Any], ctx: Context) -> Result:
            assert queue.current_event() is not None
            raise ValueError

        async def settles(payload: Payload[Any], ctx: Context) -> Result:
            assert not await queue.settle(0)
            raise ValueError

        asks = settles if ask == "settle" else fails
        queue = queue_of(*(Collector(f"{number}", asks) for number in range(count)))
        thing = Thing()
        there = weakref.ref(thing)
        with without_collection():
            async with queue:
                event = queue.get_publisher().send_nowait(Payload(thing))
                del thing
                await event.wait()
                del event
                assert there() is None

    run(main())
