"""Loops that end in no order: stopped or closed by hand, simulated; and queues that are dropped."""

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    QueueClosedError,
    Result,
    ResultList,
)
from event_collector._core.undertaking import KEEPER
from event_collector.simulation import DeadlockError, simulate
from tests.engine.core.endings import LEFT, Finally, said
from tests.engine.core.test_keeper import Sleepy
from tests.support import Gate, Log, echo, forever, in_loop, queue_of, settle, until

if TYPE_CHECKING:
    import concurrent.futures


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """A queue that a test leaves behind says so while that is ignored."""
    yield
    gc.collect()


pytestmark = pytest.mark.filterwarnings("ignore:.*was never shut down:ResourceWarning")


def by_starting(queue: CollectorQueue) -> None:
    """Start it in another loop, and shut it down."""

    async def use() -> None:
        async with queue:
            pass

    asyncio.run(use())


def by_collecting(queue: CollectorQueue) -> None:
    """The caller lets go of the queue, too: see below."""


def by_sending(queue: CollectorQueue) -> None:
    with pytest.raises(QueueClosedError, match="before its event loop ended"):
        queue.get_publisher().send_threadsafe(Payload(9))


def by_waiting(queue: CollectorQueue) -> None:
    asyncio.run(queue.get_publisher().wait())


def by_changing(queue: CollectorQueue) -> None:
    asyncio.run(queue.add(Collector("late", echo)))


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "stopped"])
@pytest.mark.parametrize(
    "notice", [by_starting, by_collecting, by_sending, by_waiting, by_changing]
)
def test_a_loop_run_by_hand_is_found_out_at_the_next_call(
    notice: Callable[[CollectorQueue], None],
    closes: bool,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Decision 14: or when the queue is collected: every event has its Error, every future ends."""
    if not closes and notice in (by_sending, by_waiting):
        pytest.skip("a stopped loop may run again: nothing of the queue's is to be done elsewhere")
    # What asyncio says of the user's own tasks, which nobody ended, is not the point here.
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)
    log = Log()  # without an `await` at its end: the loop cannot run it any more
    queue: CollectorQueue | None = queue_of(log.collector("a", forever), max_consumers=1)
    assert queue is not None
    events: list[CollectorEvent] = []

    async def main(queue: CollectorQueue) -> None:
        await queue.init_queue()
        events.extend(queue.get_publisher().send_nowait(Payload(n)) for n in range(3))
        await settle()
        futures.append(queue.get_publisher().send_threadsafe(Payload(3)))

    futures: list[concurrent.futures.Future[ResultList]] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main(queue))
    if closes or notice is not by_collecting:  # a loop that may run again has it, and the queue
        futures.append(queue.get_publisher().send_threadsafe(Payload(4)))
    if closes:
        loop.close()
    notice(queue)
    del queue
    gc.collect()
    assert [said(event) for event in events] == [[LEFT]] * 3
    assert isinstance(futures[0].result(timeout=0).errors[0].exception, QueueClosedError)
    for future in futures[1:]:  # never accepted
        assert isinstance(future.exception(timeout=0), QueueClosedError)
    assert "the lifecycles of these collectors were never left: 'a'" in caplog.text
    if not closes:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


@in_loop
async def test_a_queue_that_is_dropped_while_its_loop_runs_is_shut_down() -> None:
    """Decision 18: what it has is processed, and its lifecycles are left."""
    log, gate = Finally(), Gate()
    queue: CollectorQueue | None = queue_of(log.collector("a", gate))
    assert queue is not None
    await queue.init_queue()
    event = await queue.get_publisher().send(Payload(1))
    await until(lambda: gate.begun)
    del queue
    gc.collect()
    await settle()
    assert log == ["+a"]
    gate.open()
    assert await event.wait() == [Ok(1)]
    await until(lambda: log == ["+a", "-a"])
    await settle()


def test_a_simulation_that_hangs_does_not_count_the_keeper() -> None:
    """simulate: what waits is told, and the keeper waits for nothing but the end."""

    async def main() -> None:
        async with queue_of(Collector("a", echo)):
            await asyncio.Event().wait()

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    assert [one.name for one in caught.value.waiting] == ["main"]


def test_a_simulation_that_leaves_a_queue_running_ends_it() -> None:
    """simulate: as `asyncio.run` does it."""
    log = Finally()
    queue = queue_of(log.collector("a", Gate()))
    events: list[CollectorEvent] = []

    async def main() -> None:
        await queue.init_queue()
        events.append(await queue.get_publisher().send(Payload(1)))

    simulate(main)
    assert [said(event) for event in events] == [[LEFT]]
    assert log == ["+a", "-a"]


def test_a_queue_that_was_left_behind_says_so_when_it_is_collected() -> None:
    """Decision 18: a ResourceWarning, although its events all have their Errors."""

    def leave() -> None:
        asyncio.run(queue_of(Collector("a", echo)).init_queue())
        gc.collect()

    with pytest.warns(ResourceWarning, match="was never shut down"):
        leave()


def test_a_loop_that_is_stopped_under_asyncio_run_ends_like_any_other() -> None:
    """Decision 14: `loop.stop()` within main."""
    queue = queue_of(Collector("a", Gate()))
    events: list[CollectorEvent] = []

    async def main() -> None:
        await queue.init_queue()
        events.append(await queue.get_publisher().send(Payload(1)))
        asyncio.get_running_loop().stop()
        await asyncio.Event().wait()

    with contextlib.suppress(RuntimeError):
        asyncio.run(main())
    assert [said(event) for event in events] == [[LEFT]]


@in_loop
async def test_a_queue_has_one_keeper_while_it_runs_and_none_afterwards() -> None:
    """A queue that was shut down leaves no task."""

    def keepers() -> int:
        return sum(task.get_name() == KEEPER for task in asyncio.all_tasks())

    queue = queue_of(Collector("a", echo))
    for _ in range(3):
        async with queue:
            await queue.init_queue()
            assert keepers() == 1
        assert keepers() == 0


@pytest.mark.parametrize("keeper_first", [False, True])
@in_loop
async def test_a_processor_that_ends_in_good_order_is_cancelled_once(keeper_first: bool) -> None:
    """Decision 14: the end of the loop cancels all tasks, in whatever order."""
    process = Sleepy()
    queue = queue_of(Collector("a", process))
    await queue.init_queue()
    event = queue.get_publisher().send_nowait(Payload(0))
    await until(lambda: process.log)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in sorted(tasks, key=lambda task: (task.get_name() == KEEPER) != keeper_first):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert process.log == ["begun 0", "cancelled 0", "ended 0"]
    assert said(event) == [LEFT]


@in_loop
async def test_a_broadcast_that_rests_between_collectors_begins_no_more() -> None:
    """Decision 14: when the loop ends, those that have not had the payload get an Error for it."""
    begun: list[str] = []

    def long(key: str) -> Collector:
        async def process(payload: Payload[object], ctx: Context) -> Result:
            begun.append(key)
            end = time.perf_counter() + 0.0005
            while time.perf_counter() < end:
                pass
            return Ok(key)

        return Collector(key, process)

    queue = queue_of(*(long(f"{number}") for number in range(50)))
    await queue.init_queue()
    event = queue.get_publisher().send_nowait(Payload(0))
    await until(lambda: queue._consumers.watch.resting)
    before = len(begun)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert 0 < len(begun) == before < 50
    assert said(event) == [LEFT] * (50 - before)
