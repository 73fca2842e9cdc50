"""Payloads from other threads: waiting for room, for a while, and refusals."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Ok,
    Payload,
    QueueClosedError,
    QueueFullError,
    QueueType,
    Result,
    ResultList,
)
from tests.support import TIMEOUT, Gate, echo, in_loop, queue_of, until
from tests.threads import Service, quick_switching


def held(gate: list[Gate], max_queued: int | None = 1) -> Callable[[], CollectorQueue]:
    """Makes a queue whose processor waits until it is let go."""

    def make() -> CollectorQueue:
        gate.append(Gate())
        return queue_of(Collector("a", gate[0]), max_consumers=1, max_queued=max_queued)

    return make


def fill(service: Service) -> None:
    """One payload in service, and one queued: there is no room for more."""
    service.call(lambda: service.publisher.send(Payload("in service")).event)
    service.until(lambda: service.queue.metrics().in_service == 1)
    service.call(lambda: service.publisher.send(Payload("queued")).event)


def in_line(service: Service) -> int:
    """How many wait for room."""
    room = service.queue._consumers.queued.room
    assert room is not None
    return len(room._outside)


def test_a_thread_waits_for_room_until_there_is_some() -> None:
    """With wait_for_room the call blocks its thread until the payload is accepted."""
    gate: list[Gate] = []
    with Service(held(gate)) as service, ThreadPoolExecutor() as pool:
        fill(service)
        call = pool.submit(service.publisher.send_threadsafe, Payload("late"), wait_for_room=True)
        service.until(lambda: in_line(service) == 1)
        assert not call.done()
        assert service.queue.metrics().accepted == 2
        service.call(gate[0].let_go, "in service")
        results = call.result(TIMEOUT)
        assert service.queue.metrics().accepted == 3
        service.call(gate[0].open)
        assert results.result(TIMEOUT) == [Ok("late")]


@pytest.mark.parametrize("max_queued", [None, 5])
def test_a_thread_does_not_wait_where_there_is_room(max_queued: int | None) -> None:
    """It is accepted when the call returns."""
    gate: list[Gate] = []
    with Service(held(gate, max_queued)) as service:
        results = service.publisher.send_threadsafe(Payload(1), wait_for_room=True, timeout=TIMEOUT)
        assert service.queue.metrics().accepted == 1
        service.call(gate[0].open)
        assert results.result(TIMEOUT) == [Ok(1)]


def test_without_waiting_a_thread_is_not_held_up() -> None:
    """As by send: accepted beyond the bound."""
    gate: list[Gate] = []
    with Service(held(gate)) as service:
        fill(service)
        results = service.publisher.send_threadsafe(Payload(1))
        service.until(lambda: service.queue.metrics().accepted == 3)
        service.call(gate[0].open)
        assert results.result(TIMEOUT) == [Ok(1)]


def test_a_thread_gives_up_after_its_timeout_and_the_payload_is_never_accepted() -> None:
    """A QueueFullError, and nobody is in its way in the line."""
    gate: list[Gate] = []
    with Service(held(gate)) as service:
        fill(service)
        with pytest.raises(
            QueueFullError, match=r"was full for 0\.01 s \(max_queued=1\); wait longer, or raise"
        ):
            service.publisher.send_threadsafe(Payload("no"), wait_for_room=True, timeout=0.01)
        service.until(lambda: in_line(service) == 0)
        service.call(gate[0].open)
        service.until(lambda: service.queue.metrics().finished == 2)
        results = service.publisher.send_threadsafe(Payload("yes"), wait_for_room=True)
        assert results.result(TIMEOUT) == [Ok("yes")]
        assert gate[0].begun == ["in service", "queued", "yes"]
        assert not service.queue._consumers.outside


def test_a_thread_gives_up_though_the_loop_is_held() -> None:
    """The timeout counts whatever the loop does; what comes too late is not accepted."""
    gate: list[Gate] = []
    go_on = threading.Event()
    with Service(held(gate, None)) as service:
        service.loop.call_soon_threadsafe(go_on.wait, TIMEOUT)
        with pytest.raises(QueueFullError):
            service.publisher.send_threadsafe(Payload("no"), wait_for_room=True, timeout=0.01)
        go_on.set()
        service.call(gate[0].open)
        results = service.publisher.send_threadsafe(Payload("yes"), wait_for_room=True)
        assert results.result(TIMEOUT) == [Ok("yes")]
        assert gate[0].begun == ["yes"]


def test_a_shutdown_ends_the_waiting_of_threads() -> None:
    """A QueueClosedError at once, while the queue still drains."""
    gate: list[Gate] = []
    with Service(held(gate)) as service, ThreadPoolExecutor() as pool:
        fill(service)
        calls = [
            pool.submit(service.publisher.send_threadsafe, Payload(n), wait_for_room=True)
            for n in range(3)
        ]
        service.until(lambda: in_line(service) == 3)
        down = asyncio.run_coroutine_threadsafe(service.queue.shut_down_queue(), service.loop)
        for call in calls:
            assert isinstance(call.exception(TIMEOUT), QueueClosedError)
        service.call(gate[0].open)
        down.result(TIMEOUT)
        assert service.queue.metrics().accepted == 2
        with pytest.raises(QueueClosedError):
            service.publisher.send_threadsafe(Payload(1), wait_for_room=True)


def test_a_loop_that_ends_ends_the_waiting_of_threads() -> None:
    """At the end of asyncio.run, without a shutdown."""
    gate: list[Gate] = []
    calls: list[Future[Any]] = []
    left: list[CollectorQueue] = []

    async def main(pool: ThreadPoolExecutor) -> None:
        queue = held(gate)()
        left.append(queue)
        await queue.init_queue()
        publisher = queue.get_publisher()
        for number in range(3):
            publisher.send(Payload(number))
        calls.append(pool.submit(publisher.send_threadsafe, Payload("late"), wait_for_room=True))
        room = queue._consumers.queued.room
        assert room is not None
        await until(lambda: room._outside, turns=10**7)

    with ThreadPoolExecutor() as pool:
        asyncio.run(main(pool))
        assert isinstance(calls[0].exception(TIMEOUT), QueueClosedError)
        asyncio.run(left[0].shut_down_queue())


def test_a_lifted_bound_lets_threads_go() -> None:
    """None: no bound; and a higher one lets as many go as it has room for."""
    gate: list[Gate] = []
    with Service(held(gate)) as service, ThreadPoolExecutor() as pool:
        fill(service)
        calls = [
            pool.submit(service.publisher.send_threadsafe, Payload(n), wait_for_room=True)
            for n in range(4)
        ]
        service.until(lambda: in_line(service) == 4)
        service.call(lambda: service.queue.set_limits(max_queued=2))
        service.until(lambda: service.queue.metrics().accepted == 3)
        service.call(lambda: service.queue.set_limits(max_queued=None))
        for call in calls:
            call.result(TIMEOUT)
        assert service.queue.metrics().accepted == 6
        service.call(gate[0].open)


@in_loop
async def test_the_queues_own_thread_does_not_wait_for_itself() -> None:
    """A RuntimeError that says what to do."""
    async with queue_of(Collector("a", echo), max_queued=1) as queue:
        publisher = queue.get_publisher()
        with pytest.raises(RuntimeError, match=r"own thread.*await send\(\) there"):
            publisher.send_threadsafe(Payload(1), wait_for_room=True)
        results = publisher.send_threadsafe(Payload(1))
        assert await asyncio.wrap_future(results) == [Ok(1)]


def test_a_thread_whose_loop_rests_does_not_wait_for_itself_either() -> None:
    """Between two runs of the loop, nobody else would make room."""
    loop = asyncio.new_event_loop()
    queue = queue_of(Collector("a", echo))
    loop.run_until_complete(queue.init_queue())
    with pytest.raises(RuntimeError, match="own thread"):
        queue.get_publisher().send_threadsafe(Payload(1), wait_for_room=True)
    loop.run_until_complete(queue.shut_down_queue())
    loop.close()


@in_loop
async def test_wrong_arguments_of_send_threadsafe_are_refused() -> None:
    """Decision 24: at once, with what to do."""
    async with queue_of(Collector("a", echo)) as queue:
        send: Any = queue.get_publisher().send_threadsafe
        with pytest.raises(TypeError, match="wrap it"):
            send(1, wait_for_room=True)
        with pytest.raises(TypeError, match="wait_for_room"):
            send(Payload(1), wait_for_room=1)
        with pytest.raises(TypeError, match="timeout"):
            send(Payload(1), wait_for_room=True, timeout="1")
        for timeout in (0, -1, float("inf"), float("nan")):
            with pytest.raises(ValueError, match="timeout"):
                send(Payload(1), wait_for_room=True, timeout=timeout)
        with pytest.raises(ValueError, match="timeout=1 needs wait_for_room=True"):
            send(Payload(1), timeout=1)
        assert queue.metrics().accepted == 0


def test_what_the_acceptance_raises_comes_to_who_waits_for_it() -> None:
    """A priority that cannot be ordered, for example."""
    with Service(lambda: queue_of(Collector("a", echo), queue_type=QueueType.PRIORITY)) as service:
        payload = Payload(1)
        payload.priority = "high"  # type: ignore[assignment]
        with pytest.raises(TypeError, match="priority"):
            service.publisher.send_threadsafe(payload, wait_for_room=True)
        assert service.queue.metrics().accepted == 0


def test_the_context_of_a_thread_that_waits_is_carried() -> None:
    """Decision 28: the calling thread's, though it was accepted later."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    gate: list[Gate] = []

    async def seen(payload: Payload[Any], ctx: Any) -> Result:
        await gate[0](payload, ctx)
        return Ok(variable.get())

    def make() -> CollectorQueue:
        gate.append(Gate())
        return queue_of(Collector("a", seen), max_consumers=1, max_queued=1, carry_context=True)

    def send() -> Future[ResultList]:
        variable.set("the thread's")
        return service.publisher.send_threadsafe(Payload("late"), wait_for_room=True)

    with Service(make) as service, ThreadPoolExecutor() as pool:
        fill(service)
        call = pool.submit(send)
        service.until(lambda: in_line(service) == 1)
        service.call(gate[0].open)
        assert call.result(TIMEOUT).result(TIMEOUT) == [Ok("the thread's")]


def test_many_threads_that_wait_for_room_keep_to_the_bound_and_lose_nothing() -> None:
    """Some give up: what they sent is never processed, all else is, once."""
    processed: list[int] = []
    most = 0

    async def process(payload: Payload[Any], ctx: Any) -> Result:
        nonlocal most
        most = max(most, service.queue.metrics().queued)
        await asyncio.sleep(0)
        processed.append(payload.value)
        return Ok(payload.value)

    def send(first: int) -> list[int]:
        accepted = []
        for number in range(first, first + 50):
            timeout = 1e-5 if number % 5 == 0 else None
            try:
                service.publisher.send_threadsafe(
                    Payload(number), wait_for_room=True, timeout=timeout
                )
            except QueueFullError:
                continue
            accepted.append(number)
        return accepted

    def make() -> CollectorQueue:
        return queue_of(Collector("a", process), max_consumers=2, max_queued=3)

    with quick_switching(), Service(make) as service, ThreadPoolExecutor(8) as pool:
        accepted = [n for each in pool.map(send, range(0, 400, 50)) for n in each]
    assert sorted(processed) == sorted(accepted)
    assert most <= 3


@in_loop
async def test_a_future_that_was_taken_out_before_is_ended_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Several threads may find out at once that nobody is left to accept a payload."""
    async with queue_of(Collector("a", echo)) as queue:
        queue.pause()
        future = await asyncio.to_thread(queue.get_publisher().send_threadsafe, Payload(1))
        await until(lambda: queue.metrics().accepted == 1)
        consumers = queue._lifespan._consumers
        assert consumers.outside.pop(future) is not None
        queue.resume()
        assert await asyncio.wrap_future(future) == [Ok(1)]
    assert caplog.records == []
