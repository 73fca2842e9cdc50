"""The ways into a queue: send, send_nowait, send_threadsafe, and what each refuses."""

import asyncio
import concurrent.futures
import gc
import re
import threading
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    EventPublisher,
    Ok,
    Payload,
    QueueClosedError,
    QueueFullError,
    ResultList,
    Sending,
)
from tests.support import Gate, echo, in_loop, in_virtual_time, queue_of, run, settle, until

NOT_STARTED = (
    "the queue is not started; enter it with 'async with queue:', or await queue.init_queue()"
)
SHUT_DOWN = "the queue is shut down; enter it with 'async with queue:', or await queue.init_queue()"
METHODS = ["send", "send_nowait", "send_threadsafe"]


def exactly(text: str) -> str:
    return f"^{re.escape(text)}$"


@in_loop
async def test_send_takes_effect_when_it_is_called() -> None:
    """Decision 7: the event is accepted at once, awaited or ignored, and neither warns."""
    async with queue_of(Collector("a", echo)) as queue:
        sending = queue.get_publisher().send(Payload(1))
        assert isinstance(sending, Sending)
        assert queue.metrics().accepted == 1
        assert await sending is sending.event
        queue.get_publisher().send(Payload(2))
        gc.collect()
        assert queue.metrics().accepted == 2
    assert queue.metrics().finished == 2


@in_loop
async def test_send_works_with_what_asyncio_offers() -> None:
    """Decision 7: create_task, gather, wait_for and a TaskGroup take what send returns."""
    async with queue_of(Collector("a", echo)) as queue:
        publisher = queue.get_publisher()
        task: asyncio.Task[CollectorEvent] = asyncio.create_task(publisher.send(Payload(1)))
        events = [await task, await asyncio.wait_for(publisher.send(Payload(2)), 5)]
        events += await asyncio.gather(publisher.send(Payload(3)), publisher.send(Payload(4)))
        async with asyncio.TaskGroup() as group:
            last = group.create_task(publisher.send(Payload(5)))
        events.append(last.result())
        assert [await event.wait() for event in events] == [[Ok(n)] for n in range(1, 6)]
        assert queue.metrics().accepted == 5


@in_virtual_time
async def test_a_cancelled_sender_loses_nothing() -> None:
    """Decision 8: cancelled before it began, or while it waits for room, the event stays."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1, max_queued=1) as queue:
        publisher = queue.get_publisher()
        publisher.send(Payload(0))
        await until(lambda: gate.begun)
        publisher.send(Payload(1))
        unbegun = asyncio.create_task(publisher.send(Payload(2)))
        unbegun.cancel()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(publisher.send(Payload(3)), 1)
        assert unbegun.cancelled()
        unawaited = publisher.send(Payload(4))
        unawaited.close()
        gate.open()
    assert gate.ended == [0, 1, 2, 3, 4]


@in_loop
async def test_an_unbounded_queue_lets_a_sender_go_on() -> None:
    """Decision 8: max_queued is None by default, and sending waits for nobody."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1) as queue:
        for value in range(1000):
            await queue.get_publisher().send(Payload(value))
        assert queue.metrics().finished == 0
        gate.open()


@in_loop
async def test_a_full_queue_holds_senders_and_lets_them_go_in_order() -> None:
    """Decision 8: the await waits for room; each event taken lets the next sender go."""
    gate = Gate()
    gone: list[int] = []

    async def sender(value: int) -> None:
        await queue.get_publisher().send(Payload(value))
        gone.append(value)

    async with queue_of(Collector("a", gate), max_consumers=1, max_queued=2) as queue:
        await sender(0)
        await until(lambda: gate.begun == [0])
        senders = [asyncio.create_task(sender(value)) for value in range(1, 7)]
        await settle()
        assert gone == [0, 1, 2]
        assert queue.metrics().queued == 6, "accepted at once"
        for step in range(4):
            gate.let_go(step)
            await until(lambda taken=step + 2: len(gate.begun) == taken)  # type: ignore[misc]
            await settle()
            assert gone == list(range(step + 4))
        gate.open()
        await asyncio.gather(*senders)


@in_loop
async def test_send_nowait_refuses_when_the_queue_is_full() -> None:
    """Decision 8: QueueFullError, and the payload is not accepted."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1, max_queued=2) as queue:
        publisher = queue.get_publisher()
        assert isinstance(publisher.send_nowait(Payload(0)), CollectorEvent)
        await until(lambda: gate.begun)
        publisher.send_nowait(Payload(1))
        publisher.send_nowait(Payload(2))
        message = (
            "the queue is full (max_queued=2); await send() to wait for room, or raise max_queued"
        )
        with pytest.raises(QueueFullError, match=exactly(message)):
            publisher.send_nowait(Payload(3))
        assert queue.metrics().accepted == 3
        gate.let_go(0)
        await until(lambda: len(gate.begun) == 2)
        publisher.send_nowait(Payload(4))
        gate.open()
    assert gate.ended == [0, 1, 2, 4]


@in_loop
async def test_a_shutdown_lets_waiting_senders_go() -> None:
    """Decisions 8, 18: a sender that waits for room is not left behind."""
    gate = Gate()
    queue = queue_of(Collector("a", gate), max_consumers=1, max_queued=1, shutdown_timeout=0)
    async with queue:
        senders = [asyncio.create_task(queue.get_publisher().send(Payload(n))) for n in range(5)]
        await until(lambda: gate.begun)
    events = await asyncio.gather(*senders)
    assert all(event.done for event in events)


@pytest.mark.parametrize("method", METHODS)
@in_loop
async def test_what_is_no_payload_is_refused_at_once(method: str) -> None:
    """Decision 10: a TypeError that says how to wrap it, whether the queue runs or not."""
    queue = queue_of(Collector("a", echo))
    send = getattr(queue.get_publisher(), method)
    message = f"{method}() takes a Payload, got dict: {{'data': 1}}; wrap it: Payload(value)"
    with pytest.raises(TypeError, match=exactly(message)):
        send({"data": 1})
    async with queue:
        with pytest.raises(TypeError, match=exactly(message)):
            send({"data": 1})
        assert queue.metrics().accepted == 0


@pytest.mark.parametrize("method", METHODS)
@in_loop
async def test_a_queue_that_does_not_run_refuses_at_once(method: str) -> None:
    """Decision 10: before the start, while shutting down and after, with what to do."""
    gate = Gate()
    queue = queue_of(Collector("a", gate))
    send = getattr(queue.get_publisher(), method)
    with pytest.raises(QueueClosedError, match=exactly(NOT_STARTED)):
        send(Payload(1))
    await queue.init_queue()
    queue.get_publisher().send(Payload(1))
    ending = asyncio.create_task(queue.shut_down_queue())
    await until(lambda: gate.begun)
    closing = "the queue is shutting down; send before it is shut down"
    with pytest.raises(QueueClosedError, match=exactly(closing)):
        send(Payload(2))
    gate.open()
    await ending
    with pytest.raises(QueueClosedError, match=exactly(SHUT_DOWN)):
        send(Payload(3))
    assert queue.metrics().accepted == 1


@pytest.mark.parametrize("method", ["send", "send_nowait"])
@in_loop
async def test_a_foreign_thread_or_loop_is_told_what_to_use(method: str) -> None:
    """Decision 9: a plain send there is a RuntimeError that names send_threadsafe."""
    async with queue_of(Collector("a", echo)) as queue:
        send = getattr(queue.get_publisher(), method)

        async def in_another_loop() -> None:
            send(Payload(2))

        message = (
            f"{method}() was called outside the thread and event loop in which the queue runs; "
            "use send_threadsafe()"
        )
        with pytest.raises(RuntimeError, match=exactly(message)):
            await asyncio.to_thread(send, Payload(1))
        with pytest.raises(RuntimeError, match=exactly(message)):
            await asyncio.to_thread(asyncio.run, in_another_loop())
        assert queue.metrics().accepted == 0


def test_a_plain_call_without_a_loop_is_refused() -> None:
    """Decisions 9, 10: code outside of any loop is refused before and after the queue ran."""
    queue = queue_of(Collector("a", echo))

    async def start_and_stop() -> None:
        async with queue:
            pass

    for message in (NOT_STARTED, SHUT_DOWN):
        with pytest.raises(QueueClosedError, match=exactly(message)):
            queue.get_publisher().send(Payload(1))
        run(start_and_stop())


@in_loop
async def test_threads_send_and_get_their_results() -> None:
    """Decision 9: send_threadsafe gives a concurrent future of the ResultList, from any thread."""

    def client(publisher: EventPublisher, base: int) -> list[ResultList]:
        futures = [publisher.send_threadsafe(Payload(base + n)) for n in range(50)]
        assert all(isinstance(future, concurrent.futures.Future) for future in futures)
        return [future.result(timeout=10) for future in futures]

    async with queue_of(Collector("a", echo)) as queue:
        publisher = queue.get_publisher()
        clients = [asyncio.to_thread(client, publisher, 100 * thread) for thread in range(4)]
        for thread, results in enumerate(await asyncio.gather(*clients)):
            assert results == [[Ok(100 * thread + n)] for n in range(50)]
        assert queue.metrics().finished == 200


@in_loop
async def test_a_threadsafe_send_can_be_cancelled_until_it_is_accepted() -> None:
    """Decision 9: cancelled before that, nothing is sent; after that, it cannot be cancelled."""
    gate = Gate()
    async with queue_of(Collector("a", gate)) as queue:
        publisher = queue.get_publisher()
        early = publisher.send_threadsafe(Payload("early"))
        assert early.cancel()
        late = publisher.send_threadsafe(Payload("late"))
        await until(lambda: gate.begun)
        assert not late.cancel()
        gate.open()
        assert await asyncio.wrap_future(late) == [Ok("late")]
    assert gate.begun == ["late"]
    assert queue.metrics().accepted == 1


@in_loop
async def test_a_threadsafe_send_overtaken_by_a_shutdown_holds_the_error() -> None:
    """Decision 9: shut down between the call and the acceptance, the future says so."""
    queue = queue_of(Collector("a", echo))
    await queue.init_queue()
    sent: list[concurrent.futures.Future[ResultList]] = []
    sender = threading.Thread(
        target=lambda: sent.append(queue.get_publisher().send_threadsafe(Payload(1)))
    )
    sender.start()
    sender.join()
    await queue.shut_down_queue()
    with pytest.raises(QueueClosedError, match=exactly(SHUT_DOWN)):
        await asyncio.wrap_future(sent[0])
    assert queue.metrics().accepted == 0


def test_a_threadsafe_send_to_a_loop_that_was_closed_is_refused() -> None:
    """Decisions 9, 14: nobody waits for ever for a loop that is gone."""

    def send() -> None:
        queue = queue_of(Collector("a", echo))
        run(queue.init_queue())
        message = (
            "the queue was not shut down before its event loop ended; "
            "start it again, and use 'async with queue:'"
        )
        with pytest.raises(QueueClosedError, match=exactly(message)):
            queue.get_publisher().send_threadsafe(Payload(1))

    def send_and_forget() -> None:
        send()
        gc.collect()

    with pytest.warns(ResourceWarning, match=r"before its event loop ended\) was never shut down"):
        send_and_forget()


@in_loop
async def test_a_threadsafe_event_that_is_cut_off_gives_its_error() -> None:
    """Decisions 9, 14: a forced shutdown completes the futures of other threads, too."""
    gate: Any = Gate()
    queue = queue_of(Collector("a", gate), shutdown_timeout=0)
    async with queue:
        future = queue.get_publisher().send_threadsafe(Payload(1))
        await until(lambda: gate.begun)
    results = await asyncio.wrap_future(future)
    assert isinstance(results.errors[0].exception, QueueClosedError)
