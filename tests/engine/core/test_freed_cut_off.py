"""What is cancelled, late, cut off or refused is freed at once, too."""

import asyncio
import contextlib
import gc
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Error,
    Payload,
    QueueClosedError,
    QueueFullError,
    Result,
    Router,
    SimpleRouter,
)
from tests.engine.core.test_freed import (
    AtOnce,
    Dispatching,
    OneByOne,
    Thing,
    around,
    without_collection,
)
from tests.support import (
    TIMEOUT,
    VirtualTimeLoop,
    echo,
    forever,
    in_virtual_time,
    queue_of,
    run,
    settle,
)


async def _ends_late(payload: Any, ctx: Context) -> Any:
    """Not let itself be cancelled for long."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(3)
        raise


async def _fails_late(payload: Any, ctx: Context) -> Result:
    await asyncio.sleep(1)
    raise ValueError(payload)


WAYS: dict[str, dict[str, Any]] = {
    "late": {"processor": forever, "timeout": 1},
    "late, in a batch": {"processor": forever, "timeout": 1, "batch_size": 2},
    "failed, in a batch": {"processor": _fails_late, "batch_size": 2},
    "cut off": {"processor": forever},
    "cut off, in a batch": {"processor": forever, "batch_size": 2},
    "cut off, parked": {"processor": forever, "max_concurrency": 1},
    "given up": {"processor": _ends_late},
}


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    """What was there before is not looked through each time that garbage is collected."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("router", [SimpleRouter, Dispatching, OneByOne])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("attended", [False, True], ids=["plain", "wrapped"])
@pytest.mark.parametrize("way", WAYS)
@in_virtual_time
async def test_an_event_that_does_not_end_well_is_freed_at_once(
    way: str, attended: bool, count: int, router: type[Router]
) -> None:
    """The engine makes no reference cycle, however an event is broken off."""
    places = [Collector(f"{number}", **WAYS[way]) for number in range(count)]
    queue = queue_of(*places, max_consumers=2, router=router, shutdown_timeout=30)
    if attended:
        queue.wrap("0", around)
    things = [Thing() for _ in range(5)]
    there = [weakref.ref(thing) for thing in things]
    with without_collection():
        async with queue:
            for thing in things:
                queue.get_publisher().send_nowait(Payload(thing))
            things.clear()
            del thing
            await settle()
        await asyncio.sleep(10)  # until what was given up has ended
        assert [one() for one in there] == [None] * 5


@pytest.mark.parametrize("count", [1, 3])
@in_virtual_time
async def test_one_that_is_late_in_a_task_of_the_routers_is_freed_at_once(count: int) -> None:
    """The deadline knows the task, which has the Error as its result."""
    places = [Collector(f"{number}", forever, timeout=1) for number in range(count)]
    thing = Thing()
    there = weakref.ref(thing)
    with without_collection():
        async with queue_of(*places, router=AtOnce) as queue:
            event = queue.get_publisher().send_nowait(Payload(thing))
            del thing
            await event.wait()
            assert all(isinstance(one, Error) for one in event.result or ())
            del event
            assert there() is None


@pytest.mark.parametrize("refused", [QueueClosedError, QueueFullError])
def test_what_a_thread_sends_and_is_refused_is_freed_at_once(refused: type[Exception]) -> None:
    """By whatever it learns that its payload was not accepted."""
    there: list[weakref.ref[Thing]] = []
    got: list[str] = []

    def send(queue: CollectorQueue) -> None:
        thing = Thing()
        there.append(weakref.ref(thing))
        limit = 0.01 if refused is QueueFullError else None
        try:
            queue.get_publisher().send_threadsafe(Payload(thing), wait_for_room=True, timeout=limit)
        except refused as exc:
            got.append(type(exc).__name__)

    async def main() -> None:
        queue = queue_of(Collector("a", forever), max_consumers=1, max_queued=1, shutdown_timeout=0)
        async with queue:
            for _ in range(2):
                queue.get_publisher().send_nowait(Payload(1))
                await settle()
            thread = threading.Thread(target=send, args=[queue])
            thread.start()
            room = queue._consumers.queued.room
            assert room is not None
            async with asyncio.timeout(TIMEOUT):
                while not (room._outside or got):  # noqa: ASYNC110  # it is another thread
                    await asyncio.sleep(0)
                if refused is QueueFullError:
                    await asyncio.to_thread(thread.join)
        await asyncio.to_thread(thread.join)

    with without_collection():
        run(main())
        assert got == [refused.__name__]
        assert there[0]() is None


class _Slow:
    """A lifecycle that is never entered."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    async def __aenter__(self) -> None:
        await asyncio.Event().wait()

    async def __aexit__(self, *exc: object) -> None: ...


def _slow() -> Collector:
    return Collector("slow", echo, lifecycle=_Slow)


async def _walks(queue: CollectorQueue) -> Any:
    await queue.init_queue()
    queue.get_publisher().send_nowait(Payload(1))
    return queue.collectors["0"].ctx


async def _starts(queue: CollectorQueue) -> Any:
    slow = _slow()
    await queue.add(slow)
    asyncio.get_running_loop().create_task(queue.init_queue())
    return slow.ctx


async def _changes(queue: CollectorQueue) -> Any:
    await queue.init_queue()
    slow = _slow()
    asyncio.get_running_loop().create_task(queue.add(slow))
    return slow.ctx


async def _start_another() -> None:
    async with queue_of():
        pass


@pytest.mark.filterwarnings("ignore:.*was never shut down:ResourceWarning")
@pytest.mark.parametrize("does", [_walks, _starts, _changes])
def test_what_was_under_way_in_a_loop_that_was_closed_is_freed_with_its_queue(
    does: Callable[[CollectorQueue], Coroutine[Any, Any, Any]],
) -> None:
    """Walkers, starts and changes: their tasks are kept until a queue starts, and not for ever."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # told of tasks that never end
    queue = queue_of(*(Collector(f"{number}", forever) for number in range(3)))
    there = weakref.ref(loop.run_until_complete(does(queue)))
    loop.run_until_complete(settle())
    loop.close()
    gc.collect()
    assert there() is not None
    del queue, loop
    run(_start_another())
    gc.collect()
    assert there() is None


def test_a_lifecycle_that_was_given_up_is_forgotten_with_its_loop() -> None:
    """When a queue starts the next time."""

    class Stubborn(_Slow):
        async def __aenter__(self) -> None:
            while True:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()

    def give_up() -> weakref.ref[Context]:
        collector = Collector("a", echo, lifecycle=Stubborn)
        with contextlib.closing(VirtualTimeLoop()) as loop:
            loop.set_exception_handler(lambda *_: None)
            with pytest.raises(TimeoutError):
                loop.run_until_complete(queue_of(collector, lifecycle_timeout=1).init_queue())
        return weakref.ref(collector.ctx)

    there = give_up()
    run(_start_another())
    gc.collect()
    assert there() is None
