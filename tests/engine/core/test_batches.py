"""When a batch goes off, what it may not be larger than, and what it leaves behind."""

import asyncio
import gc
import logging
import weakref
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
    QueueType,
    Result,
)
from event_collector.simulation import simulate
from tests.engine.core.batching import Saves, to
from tests.support import (
    Gate,
    eager_loop,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    run,
    settle,
    until,
    virtual_loop,
)


def batching(saves: Any, size: int = 4, **how: Any) -> Collector:
    return Collector("db", saves, batch_size=size, **how)


@in_loop
async def test_a_batch_goes_off_when_it_is_full() -> None:
    """Decision 16: each payload once, in the order of sending, and each gets its own result."""
    saves = Saves()
    async with queue_of(batching(saves)) as queue:
        sent = [queue.get_publisher().send(Payload(value)).event for value in range(10)]
        await queue.get_publisher().wait()
    assert saves.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [event.result for event in sent] == [[Ok(value)] for value in range(10)]


@in_virtual_time
async def test_a_batch_goes_off_when_nothing_is_queued() -> None:
    """It does not linger then: nobody could add to it now."""
    saves = Saves()
    async with queue_of(batching(saves, linger=60)) as queue:
        began = virtual_loop().time()
        assert await outcome(queue, Payload(1)) == [Ok(1)]
        assert virtual_loop().time() == began
    assert saves.batches == [[1]]


@in_loop
async def test_a_batch_goes_off_when_all_consumers_wait() -> None:
    """In other processors, or in the batch itself: no event can come to it then."""
    saves, gate = Saves(), Gate()
    async with queue_of(batching(saves), Collector("gate", gate), max_consumers=4) as queue:
        send = queue.get_publisher().send
        for payload in [to("gate", 1), to("gate", 2), *(to("db", n) for n in range(5))]:
            send(payload)
        await until(lambda: sum(saves.sizes) == 5)
        assert saves.batches[0] == [0, 1], "two of four consumers are left for it"
        gate.open()


@in_loop
async def test_a_batch_goes_off_when_the_queue_is_paused() -> None:
    """What a paused queue does not give does not keep waiting what it has given."""
    saves = Saves()
    async with queue_of(batching(saves)) as queue:
        queue.pause()
        for value in range(3):
            queue.get_publisher().send(Payload(value))
        queue.step(2)
        await until(lambda: saves.ended)
        assert saves.batches == [[0, 1]]
        queue.resume()


@in_virtual_time
async def test_a_batch_goes_off_when_its_oldest_has_lingered() -> None:
    """While consumers have other things to take, it waits for `linger` seconds, and no longer."""
    saves, seen = Saves(), list[float]()

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(0.2)
        if saves.batches and not seen:
            seen.append(virtual_loop().time())
        return Ok(None)

    queue = queue_of(batching(saves, linger=1.0), Collector("cpu", compute))
    async with queue:
        began = virtual_loop().time()
        queue.get_publisher().send(to("db", 1))
        for _ in range(20):
            queue.get_publisher().send(to("cpu"))
        await queue.get_publisher().wait()
    assert seen
    assert 1.0 <= seen[0] - began <= 1.5


@in_virtual_time
async def test_what_comes_while_a_batch_lingers_joins_it() -> None:
    """It takes what comes later too, as long as it is not full."""
    saves = Saves()

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(0.01)
        return Ok(None)

    async with queue_of(batching(saves, size=9, linger=1.0), Collector("cpu", compute)) as queue:
        for value in range(5):
            queue.get_publisher().send(to("db", value))
            for _ in range(5):
                queue.get_publisher().send(to("cpu"))
        await queue.get_publisher().wait()
    assert saves.batches == [[0, 1, 2, 3, 4]]


@in_virtual_time
async def test_a_shutdown_lets_nothing_linger() -> None:
    """What is queued is worked off, and each batch goes off with what there is."""
    saves = Saves()

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(0.2)
        return Ok(None)

    queue = queue_of(batching(saves, linger=3600), Collector("cpu", compute))
    async with queue:
        began = virtual_loop().time()
        queue.get_publisher().send(to("db", 1))
        for _ in range(20):
            queue.get_publisher().send(to("cpu"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not saves.batches
        assert queue.metrics().queued
        stop = asyncio.create_task(queue.shut_down_queue())
        await until(lambda: saves.batches)
        assert queue.metrics().queued, "it did not wait for the rest"
        await stop
        assert virtual_loop().time() >= began + 4


@pytest.mark.parametrize("change", ["replace", "remove"])
@in_virtual_time
async def test_a_collector_that_leaves_sends_its_batch_off(change: str) -> None:
    """At once, with the old processor; what is sent from then on goes to the new one."""
    old, new = Saves(), Saves()

    async def compute(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(0.2)
        return Ok(None)

    async with queue_of(batching(old, linger=3600), Collector("cpu", compute)) as queue:
        queue.get_publisher().send(to("db", 1))
        for _ in range(20):
            queue.get_publisher().send(to("cpu"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not old.batches
        if change == "replace":
            await queue.replace(batching(new))
        else:
            await queue.remove("db")
        assert old.batches == [[1]]
        assert queue.metrics().queued
        queue.get_publisher().send(to("db", 2))
    assert old.batches == [[1]]
    assert new.batches == ([[2]] if change == "replace" else [])


@in_loop
async def test_two_collectors_have_batches_of_their_own() -> None:
    """A broadcast waits in both, and its results come in the collectors' order."""
    saves, others = Saves(), Saves()
    queue = queue_of(batching(saves), Collector("log", others, batch_size=2), max_consumers=4)
    async with queue:
        events = [queue.get_publisher().send(Payload(value)).event for value in range(4)]
        await queue.get_publisher().wait()
    assert (saves.batches, others.batches) == ([[0, 1, 2, 3]], [[0, 1], [2, 3]])
    assert [event.result for event in events] == [[Ok(value), Ok(value)] for value in range(4)]


@pytest.mark.parametrize("kind", QueueType)
@in_loop
async def test_a_batch_has_the_order_of_the_queue(kind: QueueType) -> None:
    """Decision 20: as they were taken, they stand in the list."""
    saves = Saves()
    async with queue_of(batching(saves), queue_type=kind) as queue:
        for value in range(4):
            queue.get_publisher().send(Payload(value, priority=value % 2))
        await queue.get_publisher().wait()
    expected = {
        QueueType.FIFO: [0, 1, 2, 3],
        QueueType.LIFO: [3, 2, 1, 0],
        QueueType.PRIORITY: [0, 2, 1, 3],
    }
    assert saves.batches == [expected[kind]]


@in_loop
async def test_what_comes_while_a_place_is_taken_makes_the_next_batch() -> None:
    """`max_concurrency` counts batches: one after the other here, with all that came meanwhile."""
    saves = Saves(opened=False)
    async with queue_of(batching(saves, max_concurrency=1), max_consumers=4) as queue:
        first = queue.get_publisher().send(Payload(0)).event
        await until(lambda: saves.batches)
        for value in range(1, 8):
            queue.get_publisher().send(Payload(value))
        await settle()
        assert saves.batches == [[0]]
        assert queue.metrics().collectors["db"].waiting == 7
        saves.open.set()
        await first.wait()
        await queue.get_publisher().wait()
    assert saves.batches == [[0], [1, 2, 3, 4], [5, 6, 7]]


@in_loop
async def test_batches_run_beside_each_other() -> None:
    """Without `max_concurrency`, as many as the consumers can fill."""
    saves = Saves(opened=False)
    async with queue_of(batching(saves, size=2), max_consumers=6) as queue:
        for value in range(8):
            queue.get_publisher().send(Payload(value))
        await settle()
        assert saves.batches == [[0, 1], [2, 3], [4, 5]]
        saves.open.set()
    assert saves.batches[3:] == [[6, 7]]


def test_batches_take_no_time_in_a_simulation() -> None:
    """The virtual clock does not move for their sake."""
    times: list[float] = []

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        await asyncio.sleep(2)
        times.append(asyncio.get_running_loop().time())
        return Ok(len(payloads))

    async def main() -> list[Any]:
        queue = queue_of(batching(save, linger=30.0))
        async with queue:
            events = [queue.get_publisher().send(Payload(n)).event for n in range(6)]
            return [(await event.wait()).first() for event in events]

    assert simulate(main) == [Ok(4)] * 4 + [Ok(2)] * 2
    assert times == [2.0, 2.0]


def test_batches_work_with_eager_tasks() -> None:
    """Where every task begins at once, nothing of it changes."""

    def eager() -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        eager_loop(loop)
        return loop

    async def main() -> list[list[Any]]:
        saves = Saves()
        async with queue_of(batching(saves)) as queue:
            sent = [queue.get_publisher().send(Payload(n)).event for n in range(6)]
            assert [await each.wait() for each in sent] == [[Ok(n)] for n in range(6)]
        return saves.batches

    assert run(main(), loop_factory=eager) == [[0, 1, 2, 3], [4, 5]]


def test_batches_work_in_uvloop() -> None:
    """The same in a loop that is not asyncio's."""
    uvloop = pytest.importorskip("uvloop")

    async def main() -> list[list[Any]]:
        saves = Saves()
        async with queue_of(batching(saves)) as queue:
            sent = [queue.get_publisher().send(Payload(n)).event for n in range(6)]
            assert [await each.wait() for each in sent] == [[Ok(n)] for n in range(6)]
        return saves.batches

    assert run(main(), loop_factory=uvloop.new_event_loop) == [[0, 1, 2, 3], [4, 5]]


def test_nothing_of_a_batch_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events, payloads and the Error's exception are freed with the last who holds them."""

    class Value:
        pass

    async def fail(payloads: list[Payload[Any]], ctx: Context) -> Result:
        await asyncio.sleep(0)
        raise LookupError

    async def main() -> None:
        queue: CollectorQueue = queue_of(batching(fail))
        async with queue:
            values = [Value() for _ in range(4)]
            kept = [weakref.ref(value) for value in values]
            events = [queue.get_publisher().send(Payload(value)).event for value in values]
            del values
            await queue.get_publisher().wait()
            assert all(isinstance((event.result or [None])[0], Error) for event in events)
            await settle()
            del events
            assert [reference() for reference in kept] == [None] * 4
        whole = weakref.ref(queue)
        del queue
        assert whole() is None

    monkeypatch.setattr(logging.getLogger("event_collector"), "disabled", True)  # pytest keeps it
    gc.collect()
    gc.disable()
    try:
        run(main())
    finally:
        gc.enable()


@in_loop
async def test_a_history_has_the_events_of_a_batch_one_by_one() -> None:
    """Each with its own times and results."""
    queue = queue_of(batching(Saves()))
    history = History(queue)
    async with queue:
        for value in range(4):
            queue.get_publisher().send(Payload(value))
        await queue.get_publisher().wait()
        assert [event.result for event in history] == [[Ok(value)] for value in range(4)]
        counts = queue.metrics().collectors["db"]
        assert (counts.processed, counts.errors) == (4, 0)
