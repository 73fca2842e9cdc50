"""Sends from within a send: a finalizer, or a signal's handler, runs wherever that falls."""

import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    History,
    Ok,
    Payload,
    QueueType,
    Result,
)
from tests.support import eager_loop, echo, in_loop, queue_of, until, wait_a_turn


@contextmanager
def at_any_call(act: Callable[[], object]) -> Iterator[None]:
    """Have something done within calls, wherever an object is made: as finalizers are."""
    within = False

    def collected(phase: str, info: dict[str, int]) -> None:
        nonlocal within
        if phase == "start" and not within:
            within = True
            try:
                act()
            finally:
                within = False

    before = gc.get_threshold()
    gc.callbacks.append(collected)
    gc.set_threshold(1, 1_000_000, 1_000_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(collected)


@pytest.mark.parametrize("queue_type", QueueType)
@pytest.mark.parametrize("processor", [echo, wait_a_turn])
@pytest.mark.parametrize(
    "settings", [{}, {"carry_context": True}, {"max_queued": 5}, {"heard": True}], ids=str
)
@in_loop
async def test_whoever_sends_within_a_send_has_a_number_of_its_own(
    settings: dict[str, Any], processor: Any, queue_type: QueueType
) -> None:
    """Decisions 14, 26 and 33: each event is processed once, and the counts add up."""
    events: list[CollectorEvent] = []
    settings = dict(settings)
    heard = settings.pop("heard", False)
    queue = queue_of(Collector("a", processor), queue_type=queue_type, **settings)
    if heard:
        history = History(queue)
    publisher = queue.get_publisher()
    left = 300

    def send() -> None:
        nonlocal left
        if left and queue.running:
            left -= 1
            events.append(publisher.send(Payload("within", priority=left % 3)).event)

    async with queue:
        with at_any_call(send):
            for number in range(100):
                sending = publisher.send(Payload(number, priority=number % 5))
                events.append(sending.event)
                await sending
        await publisher.wait()
        metrics = queue.metrics()
        assert sorted(event.id for event in events) == [*range(1, len(events) + 1)]
        assert all(event.done for event in events)
        assert (metrics.accepted, metrics.queued) == (metrics.finished, 0)
        assert metrics.collectors["a"].processed == len(events)
    assert left < 300
    if heard:
        assert {event.id for event in history} == {event.id for event in events}


@in_loop
async def test_whoever_waits_within_a_wait_comes_back() -> None:
    """Decision 14: in whatever order such waits begin, within each other as they may."""
    eager_loop(asyncio.get_running_loop())
    queue = queue_of(Collector("a", echo), max_consumers=1, shutdown_timeout=None)
    publisher = queue.get_publisher()
    waits: list[asyncio.Task[None]] = []

    def send_and_wait() -> None:
        if queue.running and len(waits) < 2_000:
            publisher.send(Payload("within"))
            waits.append(asyncio.create_task(publisher.wait()))

    async with queue:
        with at_any_call(send_and_wait):
            for number in range(200):
                publisher.send(Payload(number))
                waits.append(asyncio.create_task(publisher.wait()))
                if number % 5 == 0:
                    await asyncio.sleep(0)
        _, left = await asyncio.wait(waits, timeout=10)
        assert not left
        metrics = queue.metrics()
        assert (metrics.accepted, metrics.queued) == (metrics.finished, 0)


@pytest.mark.parametrize("queue_type", QueueType)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("settings", [{}, {"max_queued": 3}, {"max_concurrency": 1}], ids=str)
@in_loop
async def test_a_value_may_send_as_it_is_let_go(
    settings: dict[str, Any], count: int, queue_type: QueueType
) -> None:
    """Each is processed once, whatever order the queue has, and what is sent then too."""
    settings, told = dict(settings), list[CollectorEvent]()
    places = {name: settings.pop(name) for name in ["max_concurrency"] if name in settings}
    seen: list[str] = []

    class Handle:
        """Tells when it is let go."""

        def __del__(self) -> None:
            told.append(publisher.send(Payload("released", priority=0)).event)

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        seen.append("handle" if isinstance(payload.value, Handle) else payload.value)
        return Ok(None)

    collectors = [Collector(str(number), process, **places) for number in range(count)]
    queue = queue_of(*collectors, max_consumers=1, queue_type=queue_type, **settings)
    publisher = queue.get_publisher()
    async with queue:
        for _ in range(10):
            publisher.send(Payload(Handle(), priority=5))
        await until(lambda: len(told) == 10 and all(event.done for event in told))
        metrics = queue.metrics()
        assert (metrics.accepted, metrics.finished, metrics.queued) == (20, 20, 0)
    assert Counter(seen) == {"handle": 10 * count, "released": 10 * count}


@in_loop
async def test_a_payload_that_is_refused_as_others_come_is_not_counted() -> None:
    """Its priority cannot be ordered, and while that is found out somebody sends."""
    queue = queue_of(Collector("a", echo), queue_type=QueueType.PRIORITY, shutdown_timeout=None)
    publisher = queue.get_publisher()
    waits: list[asyncio.Task[None]] = []

    class Odd(Payload[str]):
        """Sends when it is asked for its priority, and has none that can be ordered."""

        @property
        def priority(self) -> Any:
            """See there."""
            publisher.send(Payload("within"))
            waits.append(asyncio.create_task(publisher.wait()))
            return "high"

        @priority.setter
        def priority(self, value: Any) -> None:
            """Nothing is kept."""

    async with queue:
        with pytest.raises(TypeError, match="priority must be an int or None, got str"):
            publisher.send(Odd("odd"))
        publisher.send(Payload("later"))
        await publisher.wait()
        await asyncio.wait(waits)
        metrics = queue.metrics()
        assert (metrics.queued, metrics.accepted - metrics.finished) == (0, 0)
        assert metrics.collectors["a"].processed == 2 * len(waits)
