"""What two queues can share, in one loop and in two threads: right, or refused clearly."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Error,
    History,
    Instrument,
    Ok,
    Payload,
    Result,
    SimpleRouter,
)
from tests.support import TIMEOUT, Gate, Log, echo, in_loop, queue_of, run, until, wait_a_turn
from tests.threads import Service, quick_switching, send_some

REFUSED = (
    "collector 'a' has max_concurrency, and is in a queue that runs in another event loop; "
    "make a Collector for each queue"
)


def test_a_collector_with_max_concurrency_is_refused_by_a_queue_in_a_second_thread() -> None:
    """When it is started, added or put in the place of another: a waiter could not be woken."""
    shared = Collector("a", echo, max_concurrency=1)

    async def second() -> None:
        queue = queue_of(shared)
        with pytest.raises(RuntimeError, match=f"^{REFUSED}$"):
            await queue.init_queue()
        assert not queue.running
        async with queue_of(Collector("b", echo)) as other:
            with pytest.raises(RuntimeError, match="make a Collector for each queue"):
                await other.add(shared)
            await other.add(Collector("a", echo))
            with pytest.raises(RuntimeError, match="make a Collector for each queue"):
                await other.replace(shared)
            assert other.collectors["a"] is not shared
        assert await shared.process(Payload(1)) != Ok(1)

    with Service(lambda: queue_of(shared)) as service:
        run(second())
        results = service.publisher.send_threadsafe(Payload(1)).result(TIMEOUT)
        assert results == [Ok(1)]


def test_a_collector_with_max_concurrency_is_free_again_when_its_queue_is_shut_down() -> None:
    """Or removes it, or fails to start, or its loop was closed."""
    log = Log()
    shared = Collector("a", echo, max_concurrency=1)
    fails = Collector("b", echo, lifecycle=log.lifecycle("b", enter=ValueError("no")))

    async def use() -> None:
        async with queue_of(shared) as queue:
            assert await queue.get_publisher().send(Payload(1)).wait() == [Ok(1)]

    async def remove() -> None:
        queue = queue_of(shared)
        await queue.init_queue()
        await queue.remove("a")
        with pytest.raises(ValueError, match="no"):
            await queue_of(shared, fails).init_queue()
        await asyncio.to_thread(run, use())
        await queue.shut_down_queue()

    left: list[Any] = []

    async def leave() -> None:
        left.append(queue_of(shared))
        await left[0].init_queue()

    run(use())
    run(use())
    run(remove())
    asyncio.run(leave())
    run(use())
    asyncio.run(left[0].shut_down_queue())
    run(use())


@in_loop
async def test_a_collector_with_max_concurrency_stays_in_its_loop_while_a_queue_has_it() -> None:
    """Two of this loop have it: it is not free for another one before both have ended."""
    shared = Collector("a", echo, max_concurrency=1)

    async def use() -> None:
        async with queue_of(shared):
            pass

    async with queue_of(shared):
        async with queue_of(shared):
            pass
        with pytest.raises(RuntimeError, match="runs in another event loop"):
            await asyncio.to_thread(run, use())
    await asyncio.to_thread(run, use())


def test_a_collector_that_a_closed_loop_has_left_can_be_used_in_another() -> None:
    """Its queue was never shut down, and will not release it."""
    loop = asyncio.new_event_loop()
    shared = Collector("a", echo, max_concurrency=1)
    left = queue_of(shared)
    loop.run_until_complete(left.init_queue())
    loop.close()

    async def use() -> None:
        async with queue_of(shared) as queue:
            assert await queue.get_publisher().send(Payload(1)).wait() == [Ok(1)]

    run(use())
    asyncio.run(left.shut_down_queue())


@in_loop
async def test_two_queues_of_one_loop_share_the_places_of_a_collector() -> None:
    """No more than max_concurrency are in service in it together, and each has its turn."""
    gate = Gate()
    shared = Collector("a", gate, max_concurrency=1)
    async with queue_of(shared) as first, queue_of(shared) as second:
        events = [
            queue.get_publisher().send_nowait(Payload((name, n)))
            for n in range(2)
            for name, queue in (("first", first), ("second", second))
        ]
        for done in range(4):
            await until(lambda done=done: len(gate.begun) > done)  # type: ignore[misc]
            assert len(gate.begun) == done + 1
            gate.let_go(gate.begun[done])
        for event in events:
            assert (await event.wait()).errors == []
    assert shared.processed == 4


def test_a_collector_that_is_in_use_elsewhere_says_so_when_it_is_asked_by_hand() -> None:
    """Its result is an Error, and nobody waits for ever."""
    gates: list[Gate] = []

    async def hold(payload: Payload[Any], ctx: Context) -> Result:
        gates.append(Gate())
        return await gates[0](payload, ctx)

    shared = Collector("a", hold, max_concurrency=1)
    with Service(lambda: queue_of(Collector("b", lambda p, c: shared.process(p)))) as service:
        results = service.publisher.send_threadsafe(Payload(1))
        service.until(lambda: gates and gates[0].begun)
        here = asyncio.run(shared.process(Payload(2)))
        assert isinstance(here, Error)
        assert "in use in another event loop" in str(here.exception)
        service.call(gates[0].open)
        assert results.result(TIMEOUT) == [Ok(1)]


def test_queues_in_two_threads_share_collectors_payloads_and_instruments() -> None:
    """Without max_concurrency: every payload is processed by both, and counted."""

    class Counts(Instrument):
        def __init__(self) -> None:
            self.heard: list[CollectorEvent] = []

        def finished(self, event: CollectorEvent) -> None:
            self.heard.append(event)

    shared, counts = Collector("a", wait_a_turn, topics=["t"]), Counts()
    payload, histories = Payload("shared"), []

    def make() -> Any:
        queue = queue_of(shared)
        queue.add_instrument(counts)
        histories.append(History(queue))
        return queue

    with quick_switching(), Service(make, send_some) as one, Service(make, send_some) as two:
        assert one.queue.router is not two.queue.router
        for service in (one, two):
            for _ in range(20):
                results = service.publisher.send_threadsafe(payload).result(TIMEOUT)
                assert results == [Ok("shared")]
    finished = one.queue.metrics().finished + two.queue.metrics().finished
    assert shared.processed == finished == len(counts.heard)
    assert {len(history) for history in histories} == {
        min(10_000, one.queue.metrics().accepted),
        min(10_000, two.queue.metrics().accepted),
    }


def test_a_sending_that_is_awaited_in_another_loop_waits_for_nothing_or_says_why() -> None:
    """The payload is accepted in any case."""
    with Service(lambda: queue_of(Collector("a", echo), max_queued=1)) as service:

        def send() -> Any:
            service.queue.pause()
            return [service.publisher.send(Payload(n)) for n in range(2)]

        async def wait(sending: Any) -> Any:
            return await sending

        first, second = service.call(send)
        with pytest.raises(RuntimeError, match="awaited outside the event loop"):
            asyncio.run(wait(second))
        service.call(service.queue.resume)
        service.until(lambda: service.queue.metrics().finished == 2)
        assert asyncio.run(wait(first)) is first.event
        assert asyncio.run(wait(second)) is second.event
        assert asyncio.run(first.event.wait()) == [Ok(0)]


def test_a_collector_of_a_router_is_refused_in_a_second_loop() -> None:
    """In no queue, and with `max_concurrency`: nobody could be woken from the other thread."""
    begun = threading.Barrier(2, timeout=TIMEOUT)

    async def work(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0.001)
        return Ok(payload.value)

    only = Collector("only", work, max_concurrency=1)

    class ToOne(SimpleRouter):
        """To a collector that is not among the queue's."""

        def route(self, payload: Payload[Any]) -> list[Collector]:
            return [only]

    def service(_: int) -> set[str]:
        async def main() -> set[str]:
            async with queue_of(router=ToOne) as queue:
                begun.wait()
                sent = await queue.get_publisher().send_all([Payload(n) for n in range(30)])
                each = [await asyncio.wait_for(event.wait(), TIMEOUT) for event in sent]
                failed = [str(error.exception) for results in each for error in results.errors]
                return {text.partition(" in another")[0] for text in failed}

        return asyncio.run(main())

    with ThreadPoolExecutor(2) as pool:
        said = set[str]().union(*pool.map(service, range(2)))
    assert said <= {"a collector with max_concurrency=1 is in use"}
