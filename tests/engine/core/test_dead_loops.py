"""A loop that was closed by hand keeps no event from being finished, and nobody waiting."""

import asyncio
import contextlib
import gc
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Error,
    Payload,
    QueueClosedError,
    ResultList,
)
from event_collector._core.consumers import Consumers
from tests.support import TIMEOUT, echo, forever, queue_of, settle, until

if TYPE_CHECKING:
    from concurrent.futures import Future

pytestmark = pytest.mark.filterwarnings("ignore:.*was never shut down:ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """A queue that a test leaves behind says so while that is ignored."""
    yield
    gc.collect()


class Dead:
    """A queue with five events and a Future of a thread's, whose loop was closed by hand."""

    def __init__(self, *, paused: bool = False, **settings: Any) -> None:
        self.queue = queue_of(Collector("a", forever), max_consumers=2, **settings)
        self.events: list[CollectorEvent] = []
        self.futures: list[Future[ResultList]] = []
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self._fill(paused=paused))
        self.loop.close()

    async def _fill(self, *, paused: bool) -> None:
        await self.queue.init_queue()
        if paused:
            self.queue.pause()
        publisher = self.queue.get_publisher()
        self.events += [publisher.send(Payload(number)).event for number in range(5)]
        self.futures.append(publisher.send_threadsafe(Payload(5)))
        await until(lambda: self.queue.metrics().accepted == 6)
        if self.queue._lifespan._reporter is not None:  # asleep, and woken by the next that counts
            reporter = self.queue._lifespan._reporter
            await until_in_time(lambda: reporter._timer is None)


async def until_in_time(state: Callable[[], object]) -> None:
    async with asyncio.timeout(TIMEOUT):
        while not state():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)


def by_sending(queue: CollectorQueue) -> None:
    with pytest.raises(QueueClosedError, match="before its event loop ended"):
        queue.get_publisher().send_threadsafe(Payload(9))


def by_starting(queue: CollectorQueue) -> None:
    asyncio.run(queue.init_queue())


def by_stopping(queue: CollectorQueue) -> None:
    asyncio.run(queue.shut_down_queue())


@pytest.mark.parametrize("notice", [by_sending, by_starting, by_stopping])
@pytest.mark.parametrize("paused", [False, True])
def test_a_line_that_is_due_in_a_closed_loop_keeps_no_event(
    notice: Callable[[CollectorQueue], None], paused: bool
) -> None:
    """With `report_interval`: the line is not written, and everything is done at the next call."""
    dead = Dead(paused=paused, report_interval=0.01)
    notice(dead.queue)
    for event in dead.events:
        assert event.result is not None
        (error,) = event.result
        assert isinstance(error, Error)
        assert isinstance(error.exception, QueueClosedError)
    assert dead.futures[0].result(TIMEOUT)[0].ok is False
    assert dead.queue.metrics().queued == dead.queue.metrics().in_service == 0


def test_an_interrupt_at_one_event_of_a_dead_loop_keeps_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stop button strikes as one gets its Error: the others get theirs all the same."""
    dead, struck = Dead(), list[bool]()
    finish = Consumers.finish

    def struck_once(self: Consumers, *args: Any) -> None:
        if not struck:
            struck.append(True)
            raise KeyboardInterrupt
        finish(self, *args)

    monkeypatch.setattr(Consumers, "finish", struck_once)
    with pytest.raises(KeyboardInterrupt):
        dead.queue.get_publisher().send_threadsafe(Payload(9))
    assert all(event.done for event in dead.events)
    assert dead.futures[0].done()


def test_a_thread_that_waits_for_room_is_told_that_the_loop_was_closed() -> None:
    """Nobody calls the queue again: the thread looks for itself, and gives up what is left."""
    queue = queue_of(Collector("a", forever), max_consumers=1, max_queued=1)
    loop, faults = asyncio.new_event_loop(), list[BaseException]()
    events: list[CollectorEvent] = []

    def send() -> None:
        try:
            queue.get_publisher().send_threadsafe(Payload("late"), wait_for_room=True)
        except BaseException as exc:
            faults.append(exc)

    thread = threading.Thread(target=send, daemon=True)

    async def main() -> None:
        await queue.init_queue()
        publisher = queue.get_publisher()
        await publisher.send(Payload(0))
        await settle()  # in service
        events.append(await publisher.send(Payload(1)))
        thread.start()
        room = queue._consumers.queued.room
        assert room is not None
        await until_in_time(lambda: room._outside)

    with contextlib.closing(loop):
        loop.run_until_complete(main())
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    assert isinstance(faults[0], QueueClosedError)
    assert all(event.done for event in events)


def test_a_thread_may_wait_for_a_hundred_years() -> None:
    """A timeout that the system's clocks cannot have is kept in parts."""
    queue = queue_of(Collector("a", echo), max_queued=1)

    async def main() -> ResultList:
        async with queue:
            publisher = queue.get_publisher()
            future = await asyncio.to_thread(
                publisher.send_threadsafe, Payload(1), wait_for_room=True, timeout=1e10
            )
            return await asyncio.wrap_future(future)

    assert asyncio.run(main())[0].unwrap() == 1
