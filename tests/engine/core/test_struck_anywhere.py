"""Wherever the stop button strikes: no event is lost, nobody hangs, the counts add up."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Error,
    EventPublisher,
    Instrument,
    Ok,
    Payload,
    QueueType,
    Result,
    ResultList,
    Router,
)
from tests.engine.core.striking import struck
from tests.support import echo, queue_of

if TYPE_CHECKING:
    from concurrent import futures

LONG = 5.0
"""Seconds in which nobody should still have to wait."""


class Finished(Instrument):
    """Keeps what it is told of."""

    def __init__(self) -> None:
        self.events: list[CollectorEvent] = []
        self.finished = self.events.append


async def waits(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for two turns of the loop."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return Ok(payload.value)


async def in_batches(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
    """Wait for two turns of the loop, with all of a batch."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return [Ok(payload.value) for payload in payloads]


class Scene:
    """A queue, and what is done with it while it is struck."""

    def __init__(
        self,
        queue: Callable[[], CollectorQueue],
        sends: Callable[["Scene"], Coroutine[Any, Any, Any]],
        *,
        heard: bool = False,
    ) -> None:
        self.make = queue
        self.sends = sends
        self.heard = heard
        self.waiting: list[asyncio.Task[Any]] = []
        self.outside: list[futures.Future[ResultList]] = []

    def begin(self) -> None:
        """Make the queue."""
        self.queue = self.make()
        self.finished = Finished()
        if self.heard:
            self.queue.add_instrument(self.finished)
        self.waiting, self.outside = [], []

    @property
    def publisher(self) -> EventPublisher:
        """That of the queue."""
        return self.queue.get_publisher()

    def wait(self, what: Awaitable[Any]) -> None:
        """Have somebody wait."""

        async def wait() -> None:
            await what

        self.waiting.append(asyncio.ensure_future(wait()))


async def one_by_one(scene: Scene) -> None:
    """Send, and wait for each."""
    for value in range(3):
        await (await scene.publisher.send(Payload(value))).wait()


async def at_once(scene: Scene) -> None:
    """Send, and have others wait."""
    for value in range(4):
        scene.wait((await scene.publisher.send(Payload(value))).wait())
    scene.wait(scene.publisher.wait())
    await asyncio.sleep(0)
    await asyncio.gather(*scene.waiting)


async def to_nobody(scene: Scene) -> None:
    """Send what nobody gets, and what somebody does."""
    for keys in ([], ["0"], ["none"]):
        await (await scene.publisher.send(Payload(1, keys=keys))).wait()


async def many(scene: Scene) -> None:
    """Send through the bound, each in its own way."""
    payloads = [Payload(value) for value in range(3)]
    scene.wait(scene.publisher.send_all(payloads))
    for value in range(3):
        scene.wait(scene.publisher.send(Payload(value)))
    scene.wait(scene.publisher.send_all(payloads))
    await asyncio.gather(*scene.waiting)
    await scene.publisher.wait()


async def from_threads(scene: Scene) -> None:
    """Send as other threads do."""
    for value in range(3):
        scene.outside.append(scene.publisher.send_threadsafe(Payload(value)))
    await asyncio.sleep(0)
    await scene.publisher.wait()


class Own(Router):
    """Gives each payload to all."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


def _queue(count: int, process: Any = echo, **how: Any) -> Callable[[], CollectorQueue]:
    names = ("max_concurrency", "timeout", "batch_size", "linger")
    limits = {name: how.pop(name) for name in names if name in how}

    def make() -> CollectorQueue:
        collectors = [Collector(f"{number}", process, **limits) for number in range(count)]
        return queue_of(*collectors, **{"max_consumers": 2, "shutdown_timeout": LONG, **how})

    return make


SCENES = {
    "fast": Scene(_queue(1), one_by_one),
    "fast, heard": Scene(_queue(1), one_by_one, heard=True),
    "one consumer": Scene(_queue(1, waits, max_consumers=1), at_once),
    "last in, first out": Scene(_queue(1, queue_type=QueueType.LIFO), at_once),
    "priority": Scene(_queue(1, queue_type=QueueType.PRIORITY), at_once),
    "waits": Scene(_queue(1, waits), at_once, heard=True),
    "to nobody": Scene(_queue(1), to_nobody, heard=True),
    "two collectors": Scene(_queue(2), one_by_one, heard=True),
    "two that wait": Scene(_queue(2, waits), at_once),
    "carried": Scene(_queue(1, waits, carry_context=True), at_once),
    "carried, two": Scene(_queue(2, waits, carry_context=True), one_by_one),
    "limited": Scene(_queue(1, waits, max_concurrency=1, timeout=LONG), at_once, heard=True),
    "limited, two": Scene(_queue(2, waits, max_concurrency=1), at_once),
    "batches": Scene(_queue(1, in_batches, batch_size=2), at_once, heard=True),
    "part-filled batches": Scene(_queue(1, in_batches, batch_size=2, linger=0), one_by_one),
    "batches, limited": Scene(
        _queue(1, in_batches, batch_size=2, max_concurrency=1, timeout=LONG), at_once, heard=True
    ),
    "two in batches": Scene(_queue(2, in_batches, batch_size=2), at_once),
    "router": Scene(_queue(2, waits, router=Own), one_by_one),
    "places": Scene(_queue(1, waits, router=Own, max_concurrency=1, max_consumers=3), at_once),
    "bounded": Scene(_queue(1, waits, max_queued=1), many, heard=True),
    "threads": Scene(_queue(1, waits), from_threads),
}


def play(scene: Scene, number: int, within: str = "") -> str:
    """Strike once while a scene is played, go on, and look; return where it has struck."""
    scene.begin()
    with contextlib.closing(asyncio.SelectorEventLoop()) as loop:
        loop.set_exception_handler(lambda *_: None)  # struck tasks, whom nobody asks
        loop.run_until_complete(scene.queue.init_queue())
        with struck(number, within) as strikes:
            main = loop.create_task(scene.sends(scene))
            strikes.on = True
            with contextlib.suppress(KeyboardInterrupt):
                loop.run_until_complete(main)
            strikes.on = False
        with contextlib.suppress(KeyboardInterrupt, RuntimeError):  # it may come a turn later
            loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(_look(scene, main))
        loop.run_until_complete(_end(scene))
    return strikes.place


async def _look(scene: Scene, main: asyncio.Task[Any]) -> None:
    for task in [*scene.waiting, main]:
        await asyncio.wait([task], timeout=LONG)
        assert task.done(), "somebody still waits"
        if not task.cancelled():
            assert isinstance(task.exception(), KeyboardInterrupt | SystemExit | None), (
                "the wrong exception"
            )
    report = await scene.queue.settle(LONG)
    assert report.settled, "it does not settle"
    for future in scene.outside:
        await asyncio.sleep(0)
        assert future.done(), "a thread still waits"
    now = scene.queue.metrics()
    assert now.accepted == now.finished, "the counts do not add up"
    assert (now.queued, now.in_service, len(scene.queue._consumers.queued)) == (0, 0, 0), "left"
    if scene.heard:
        told = sorted(event.id for event in scene.finished.events)
        assert told == list(range(1, now.accepted + 1)), "not each is told of once"
        results = [event.result for event in scene.finished.events]
        assert all(isinstance(one, Ok | Error) for found in results for one in found or ()), "none"
        assert now.undelivered == sum(not found.delivered for found in results if found), "lost"
        assert now.errors == sum(len(found.errors) for found in results if found), "errors"


async def _end(scene: Scene) -> None:
    """It works as before, with all its places."""
    count = 2 if scene.queue.max_queued is None else 1
    events = [scene.publisher.send_nowait(Payload("last")) for _ in range(count)]
    async with asyncio.timeout(LONG):
        for event in events:
            assert all(isinstance(one, Ok) for one in await event.wait()), "it does not go on"
    assert not scene.queue._consumers.active, "a place is held"
    await scene.queue.shut_down_queue()


STRIDE = 9
"""Every one of so many places is struck: all of them would take two minutes."""


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_lost_wherever_it_strikes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decisions 14, 15, 16: each accepted event is done once, is counted, and whoever waits is
    woken."""
    # Told of a coroutine that was never begun, or of an interrupt that nobody is to hear of.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    number = list(SCENES).index(name) % STRIDE
    gc.disable()  # it would strike where queues of before are dropped
    try:
        while play(SCENES[name], number):
            number += STRIDE
    finally:
        gc.enable()
    assert number > 10 * STRIDE


WHOLE = [
    *(("fast", "Consumer."), ("carried", "Consumer."), ("fast, heard", "Consumers.finish")),
    *(("one consumer", "Consumers.finish"), ("two collectors", "Dispatch.")),
    *(("two that wait", "Dispatch."), ("two that wait", "_Walker.")),
    *(("places", "Limiter."), ("limited", "Limiter."), ("batches, limited", "Limiter.")),
    *(("limited", "Parked."), ("limited, two", "Parked."), ("bounded", "Room.")),
]
"""Where a strike must be mended by what was made for that one place."""


@pytest.mark.parametrize(("name", "within"), WHOLE)
def test_nothing_is_lost_at_any_place_of_the_works_heart(
    name: str, within: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions 14, 15, 16: the same with every place where results and counts are made."""
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    number = 0
    gc.disable()
    try:
        while play(SCENES[name], number, within):
            number += 1
    finally:
        gc.enable()
    assert number > 3
