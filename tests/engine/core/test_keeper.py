"""The end of a loop that nobody prepared: nothing new is begun, and everything accepted ends."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Error,
    Instrument,
    Ok,
    Payload,
    QueueClosedError,
    Result,
    ResultList,
)
from event_collector._core.undertaking import KEEPER
from tests.engine.core.endings import LEFT, Finally, said
from tests.support import Gate, echo, in_loop, outcome, queue_of, settle, until

if TYPE_CHECKING:
    import concurrent.futures


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """A queue that a test leaves behind says so while that is ignored."""
    yield
    gc.collect()


pytestmark = pytest.mark.filterwarnings("ignore:.*was never shut down:ResourceWarning")


class Sleepy:
    """A processor that waits, takes some turns to end when it is cancelled, and tells of all."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def __call__(self, payload: Payload[Any], ctx: Context) -> Result:
        self.log.append(f"begun {payload.value}")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.log.append(f"cancelled {payload.value}")
            for _ in range(3):
                await asyncio.sleep(0)
            self.log.append(f"ended {payload.value}")
            raise
        return Ok(None)


def test_a_main_that_dies_leaves_no_event_without_its_error() -> None:
    """Decision 14: what is in service ends in its own way, what is queued is never begun."""
    process = Sleepy()
    queue = queue_of(Collector("a", process), max_consumers=2)
    events: list[CollectorEvent] = []

    async def main() -> None:
        await queue.init_queue()
        events.extend(queue.get_publisher().send_nowait(Payload(n)) for n in range(5))
        await until(lambda: len(process.log) == 2)
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(main())
    assert sorted(process.log) == sorted(
        f"{what} {n}" for n in (0, 1) for what in ("begun", "cancelled", "ended")
    )
    assert [said(event) for event in events] == [[LEFT]] * 5
    assert not queue.running
    assert "before its event loop ended" in repr(queue)


def test_what_main_sent_last_is_not_begun_while_everything_is_cancelled() -> None:
    """Decision 14: a pump that was due, and waiters that are cancelled, begin nothing."""
    begun: list[int] = []

    async def process(payload: Payload[int], ctx: Context) -> Result:
        begun.append(payload.value)
        await asyncio.Event().wait()
        return Ok(None)

    queue = queue_of(Collector("a", process), max_consumers=3)
    events: list[CollectorEvent] = []
    got: list[ResultList] = []

    async def clings(event: CollectorEvent) -> None:
        try:
            await event.wait()
        finally:
            # Waiting makes consumers begin, in the waiter's own time.
            got.append(await events[-1].wait())

    async def main() -> None:
        await queue.init_queue()
        events.extend(queue.get_publisher().send_nowait(Payload(n)) for n in range(9))
        tasks.extend(asyncio.create_task(clings(event)) for event in events[:5])
        await until(lambda: len(begun) == 3)

    tasks: list[asyncio.Task[None]] = []
    asyncio.run(main())
    assert begun == [0, 1, 2]
    assert [said(event) for event in events] == [[LEFT]] * 9
    assert len(got) == 5


def test_threads_that_wait_are_told_when_main_dies() -> None:
    """Decisions 9, 14: whether their event was in service, queued, or not even accepted."""
    queue = queue_of(Collector("a", Gate()), max_consumers=1)
    futures: list[concurrent.futures.Future[ResultList]] = []

    def send(number: int) -> None:
        futures.append(queue.get_publisher().send_threadsafe(Payload(number)))

    async def main() -> None:
        await queue.init_queue()
        for number in range(3):
            await asyncio.to_thread(send, number)
        await until(lambda: queue.metrics().accepted == 3)
        sender = threading.Thread(target=send, args=(3,))
        sender.start()
        sender.join()  # the loop had no turn since: it has not accepted this one

    asyncio.run(main())
    for future in futures[:3]:
        (error,) = future.result(timeout=0)
        assert isinstance(error, Error)
        assert isinstance(error.exception, QueueClosedError)
    assert futures[3].done()


def test_the_lifecycles_are_left_in_order_after_the_processors_when_main_dies() -> None:
    """Decision 18: each sees one CancelledError, when no processor needs its context any more, and
    its `finally` runs to its end."""
    log: list[str] = []

    def lifecycle(key: str) -> Any:
        @asynccontextmanager
        async def noted(ctx: Context) -> AsyncIterator[None]:
            ctx.open = True
            try:
                yield
            except asyncio.CancelledError:
                log.append(f"cancelled {key}")
                raise
            finally:
                for _ in range(5):
                    await asyncio.sleep(0)
                ctx.open = False
                log.append(f"left {key}")

        return noted

    async def process(payload: Payload[Any], ctx: Context) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append(f"open {ctx.open}")
        return Ok(None)

    queue = queue_of(
        Collector("a", process, lifecycle=lifecycle("a")),
        Collector("b", echo, lifecycle=lifecycle("b")),
    )

    async def main() -> None:
        await queue.init_queue()
        queue.get_publisher().send(Payload(1))
        await settle()

    asyncio.run(main())
    assert log == ["open True", "cancelled b", "left b", "cancelled a", "left a"]


def test_a_lifecycle_that_raises_when_main_dies_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Decision 18: nobody else would hear of it; the others are left all the same."""
    log = Finally()
    queue = queue_of(log.collector("a"), log.collector("b", leave=OSError("disk full")))
    asyncio.run(queue.init_queue())
    assert log == ["+a", "+b", "-b", "-a"]
    ours = [one.getMessage() for one in caplog.records if one.name == "event_collector"]
    assert ours == ["a lifecycle raised while it was left"]
    assert "disk full" in caplog.text


def test_hooks_are_told_in_the_loop_when_main_dies() -> None:
    """Instruments: `finished` once for each event, called where a loop runs."""
    told: list[int] = []

    class Tells(Instrument):
        def finished(self, event: CollectorEvent) -> None:
            asyncio.get_running_loop()
            told.append(event.id)

    queue = queue_of(Collector("a", Gate()), max_consumers=1)
    queue.add_instrument(Tells())

    async def main() -> None:
        await queue.init_queue()
        for number in range(3):
            queue.get_publisher().send(Payload(number))
        await settle()

    asyncio.run(main())
    assert sorted(told) == [1, 2, 3]


def test_main_may_die_while_the_queue_is_drained() -> None:
    """Decision 14: the draining is cut off, and the lifecycles are left."""
    log, gate = Finally(), Gate()
    queue = queue_of(log.collector("a", gate), max_consumers=1)
    events: list[CollectorEvent] = []

    async def main() -> None:
        await queue.init_queue()
        events.extend(queue.get_publisher().send_nowait(Payload(n)) for n in range(3))
        closing.append(asyncio.create_task(queue.shut_down_queue()))
        await until(lambda: gate.begun)

    closing: list[asyncio.Task[None]] = []
    asyncio.run(main())
    assert gate.begun == [0]
    cut = "the queue was shut down before the event was processed (the shutdown was cancelled); "
    assert [said(event) for event in events] == [[f"{cut}send it again"]] * 3
    assert log == ["+a", "-a"]
    assert closing[0].cancelled()


def test_main_may_die_while_the_queue_is_started() -> None:
    """Decision 19: what was entered is left in order, and the queue does not run."""
    log = Finally()

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        try:
            await asyncio.Event().wait()
            yield
        finally:
            log.append("-slow")

    queue = queue_of(log.collector("a"), log.collector("b"), Collector("c", echo, lifecycle=slow))

    async def main() -> None:
        starting.append(asyncio.create_task(queue.init_queue()))
        await until(lambda: log == ["+a", "+b"])
        await settle()

    starting: list[asyncio.Task[None]] = []
    asyncio.run(main())
    assert log == ["+a", "+b", "-slow", "-b", "-a"]
    assert not queue.running


def test_a_task_that_has_the_queue_open_shuts_it_down_when_main_dies() -> None:
    """Decision 18: whoever comes to shut it down waits until everything is left."""
    log = Finally()
    queue = queue_of(log.collector("a", Sleepy()))

    async def service() -> None:
        async with queue:
            queue.get_publisher().send(Payload(1))
            try:
                await asyncio.Event().wait()
            finally:
                log.append("block")
        log.append(f"running {queue.running}")

    async def main() -> None:
        serving.append(asyncio.create_task(service()))
        await until(lambda: log)
        await settle()

    serving: list[asyncio.Task[None]] = []
    asyncio.run(main())
    assert log == ["+a", "block", "-a"]
    assert serving[0].cancelled()
    assert repr(queue).endswith("shut down)")


@in_loop
async def test_whoever_cancels_the_keeper_has_the_queue_give_up_at_once() -> None:
    """Decision 14: sends are refused from that moment, and the queue can be started again."""
    gate = Gate()
    queue = queue_of(Collector("a", gate))
    await queue.init_queue()
    event = await queue.get_publisher().send(Payload(1))
    await until(lambda: gate.begun)
    (keeper,) = [task for task in asyncio.all_tasks() if task.get_name() == KEEPER]
    keeper.cancel()
    with pytest.raises(QueueClosedError, match=r"shutting down|not shut down"):
        queue.get_publisher().send(Payload(2))
    assert not event.done
    await queue.shut_down_queue()
    assert said(event) == [LEFT]
    assert keeper.done()
    gate.open()
    async with queue:
        assert await outcome(queue, Payload(3)) == [Ok(3)]
