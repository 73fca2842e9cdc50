"""KeyboardInterrupt and SystemExit reach whoever waits, and the queue goes on working."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from unittest.mock import patch

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Error,
    Ok,
    Payload,
    Processor,
    QueueType,
    Result,
    ResultList,
    Router,
    SettleReport,
)
from tests.support import (
    TIMEOUT,
    Interrupted,
    echo,
    in_loop,
    in_virtual_time,
    outcome,
    queue_of,
    router_that,
    run,
    until,
    wait_a_turn,
)

INTERRUPTS = pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])


LATE = pytest.mark.parametrize("late", [False, True], ids=["at once", "after a wait"])


def interrupted_by(interrupt: type[BaseException], late: bool) -> Any:
    """A processor that raises an interrupt for the value "stop"."""

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        if late:
            await asyncio.sleep(0)
        if payload.value == "stop":
            raise interrupt
        return Ok(payload.value)

    return process


@INTERRUPTS
@LATE
@in_loop
async def test_an_interrupt_reaches_the_caller_who_waits(
    interrupt: type[BaseException], late: bool
) -> None:
    """Decision 15: the event gets an Error, its caller the exception; the queue works on."""
    collector = Collector("a", interrupted_by(interrupt, late))
    async with queue_of(collector, max_consumers=1) as queue:
        event = queue.get_publisher().send(Payload("stop")).event
        after = queue.get_publisher().send(Payload(1)).event
        with pytest.raises(interrupt):
            await event.wait()
        assert event.result is not None
        assert isinstance(event.result.errors[0].exception, interrupt)
        assert event.result.keys == ["a"]
        assert await after.wait() == [Ok(1)]
        assert await outcome(queue, Payload(2)) == [Ok(2)]


@INTERRUPTS
@LATE
def test_an_interrupt_that_nobody_waits_for_reaches_the_loops_runner(
    interrupt: type[BaseException], late: bool
) -> None:
    """Decision 15: run_until_complete raises it; the queue and the loop work afterwards."""
    queue = queue_of(Collector("a", interrupted_by(interrupt, late)))
    with asyncio.Runner(debug=False) as runner:
        loop = runner.get_loop()

        events: list[Any] = []

        async def send_and_linger() -> None:
            await queue.init_queue()
            publisher = queue.get_publisher()
            events.extend(publisher.send_nowait(Payload(value)) for value in ("stop", 1, 2))
            await until(lambda: False)

        with pytest.raises(interrupt):
            loop.run_until_complete(send_and_linger())
        assert isinstance(events[0].result.errors[0].exception, interrupt)
        assert loop.run_until_complete(events[2].wait()) == [Ok(2)]
        assert loop.run_until_complete(outcome(queue, Payload(3))) == [Ok(3)]
        loop.run_until_complete(queue.shut_down_queue())
    assert queue.metrics().finished == 4


@INTERRUPTS
@LATE
@in_loop
async def test_an_interrupt_among_several_collectors_spares_the_others(
    interrupt: type[BaseException], late: bool
) -> None:
    """Decisions 14, 15: the other collectors have processed the payload, and the event says so."""
    bad = Collector("bad", interrupted_by(interrupt, late))
    async with queue_of(Collector("a", echo), bad, Collector("z", wait_a_turn)) as queue:
        event = queue.get_publisher().send(Payload("stop")).event
        with pytest.raises(interrupt):
            await event.wait()
        assert event.result is not None
        first, error, last = event.result
        assert (first, last, event.result.keys) == (Ok("stop"), Ok("stop"), ["a", "bad", "z"])
        assert isinstance(error, Error)
        assert isinstance(error.exception, interrupt)
        assert await outcome(queue, Payload(1)) == [Ok(1)] * 3


@INTERRUPTS
@in_loop
async def test_an_interrupt_in_a_router_passes_through(interrupt: type[BaseException]) -> None:
    """Decision 15: from a custom router as from a processor."""

    async def stop_once(router: Router, payload: Payload[Any]) -> ResultList:
        if payload.value == "stop":
            raise interrupt
        return await router.dispatch(payload, list(router.collectors.values()))

    async with queue_of(Collector("a", echo), router=router_that(stop_once)) as queue:
        event = queue.get_publisher().send(Payload("stop")).event
        with pytest.raises(interrupt):
            await event.wait()
        assert event.result is not None
        assert isinstance(event.result.errors[0].exception, interrupt)
        assert await outcome(queue, Payload(1)) == [Ok(1)]


@in_loop
async def test_one_of_several_waiters_gets_the_interrupt() -> None:
    """Decision 15: the first who waits gets it, the others get the results with the Error."""
    collector = Collector("a", interrupted_by(KeyboardInterrupt, late=True))
    async with queue_of(collector) as queue:
        event = queue.get_publisher().send(Payload("stop")).event
        other = asyncio.create_task(event.wait())
        with pytest.raises(KeyboardInterrupt):
            await event.wait()
        assert (await other).errors


@in_loop
async def test_an_interrupt_for_a_waiter_that_is_cancelled_in_the_same_turn_is_not_lost() -> None:
    """Decision 15: it passes on to the loop then."""
    passed_on: list[BaseException] = []

    async def stop(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(waiting.cancel)
        raise KeyboardInterrupt

    async with queue_of(Collector("a", stop)) as queue:
        queue.add_instrument(Interrupted(passed_on))
        waiting = asyncio.create_task(queue.get_publisher().send_nowait(Payload(1)).wait())
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(lambda: passed_on)
        assert [type(one) for one in passed_on] == [KeyboardInterrupt]


def test_a_runner_that_is_interrupted_ends_in_order() -> None:
    """Decisions 14, 15, 18: asyncio.run raises it, every event is done, the queue is shut down."""
    queue = queue_of(Collector("a", interrupted_by(KeyboardInterrupt, late=True)))

    async def main() -> None:
        async with queue:
            for value in (1, "stop", 2):
                queue.get_publisher().send(Payload(value))
            await asyncio.get_running_loop().create_future()

    with pytest.raises(KeyboardInterrupt):
        run(main())
    now = queue.metrics()
    assert (now.accepted, now.finished, queue.running) == (3, 3, False)


class StruckLoop(asyncio.SelectorEventLoop):
    """A loop whose clock raises KeyboardInterrupt once, as a signal does, when it is told to."""

    def __init__(self) -> None:
        self.readings_left = -1
        """How many readings there are before it; -1 for never."""
        super().__init__()
        self.set_exception_handler(lambda *_: None)  # struck tasks are told of late, to any test

    def time(self) -> float:
        if self.readings_left == 0:
            self.readings_left = -1
            raise KeyboardInterrupt
        self.readings_left -= self.readings_left > 0
        return super().time()


async def waits(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for a turn of the loop."""
    await asyncio.sleep(0)
    return Ok(payload.value)


async def flood(queue: CollectorQueue, loop: StruckLoop, readings: int) -> None:
    """Send some payloads while it strikes."""
    loop.readings_left = readings
    for value in range(5):
        await queue.get_publisher().send(Payload(value))
    await asyncio.sleep(0)


async def go_on(queue: CollectorQueue) -> tuple[ResultList, SettleReport]:
    """Wait until nothing is left to do, and send another one."""
    async with asyncio.timeout(TIMEOUT):
        report = await queue.settle(TIMEOUT / 2)
        results = await (await queue.get_publisher().send(Payload("last"))).wait()
        await queue.shut_down_queue()
        return results, report


@pytest.mark.parametrize("readings", range(40))
@pytest.mark.parametrize("processor", [echo, waits])
@pytest.mark.parametrize("count", [1, 2], ids=["one collector", "two collectors"])
def test_every_accepted_event_is_done_wherever_it_strikes(
    processor: Processor, count: int, readings: int
) -> None:
    """Decisions 14, 15: a result for each that was accepted, and the queue goes on working."""
    queue = queue_of(*(Collector(f"{number}", processor) for number in range(count)))
    with contextlib.closing(StruckLoop()) as loop:
        loop.run_until_complete(queue.init_queue())
        task = loop.create_task(flood(queue, loop, readings))
        with contextlib.suppress(KeyboardInterrupt):
            loop.run_until_complete(task)
        loop.readings_left = -1
        task.cancel()
        with contextlib.suppress(KeyboardInterrupt, RuntimeError):  # it may come a turn later
            loop.run_until_complete(asyncio.sleep(0))
        results, report = loop.run_until_complete(go_on(queue))
    assert results == [Ok("last")] * count
    assert report.settled, report


@in_virtual_time
async def test_one_that_strikes_while_an_event_is_taken_is_passed_on() -> None:
    """Decision 15: it reaches whoever drives the queue, and the queue goes on."""
    queue = queue_of(Collector("a", echo), queue_type=QueueType.PRIORITY)
    async with queue:
        buffer: Any = queue._consumers.queued.buffer
        take_first, left = buffer.take_first, [1]

        def struck(self: Any) -> Any:
            if left.pop() if left else 0:
                raise KeyboardInterrupt
            return take_first(self)

        with patch.object(type(buffer), "take_first", staticmethod(struck)):
            event = queue.get_publisher().send_nowait(Payload(1))
            with pytest.raises(KeyboardInterrupt):
                await event.wait()
            assert await event.wait() == [Ok(1)]


class Unheard(threading.Condition):
    """The stop button strikes as it is to wake who waits."""

    struck = False

    def notify_all(self) -> None:
        """See there."""
        if not self.struck:
            self.struck = True
            raise KeyboardInterrupt
        super().notify_all()


class UnheardFuture(Future[ResultList]):
    """A thread waits for it, and is to be woken."""

    def __init__(self) -> None:
        super().__init__()
        self._condition = Unheard()


def test_a_thread_gets_its_results_though_the_stop_button_strikes_as_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The future has them by then, and whoever waits for it would not hear of it."""
    monkeypatch.setattr("event_collector._core.outside.futures.Future", UnheardFuture)
    queue, got = queue_of(Collector("a", echo)), list[ResultList]()
    publisher = queue.get_publisher()
    thread = threading.Thread(
        target=lambda: got.append(publisher.send_threadsafe(Payload(1)).result()), daemon=True
    )

    async def main() -> None:
        async with queue:
            thread.start()
            await until_in_time(lambda: queue.metrics().finished == 1)

    with pytest.raises(KeyboardInterrupt):
        run(main())
    thread.join(TIMEOUT)
    assert got == [[Ok(1)]]


async def until_in_time(state: Callable[[], object]) -> None:
    """Return when a state holds that another thread brings about."""
    async with asyncio.timeout(TIMEOUT):
        while not state():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)
