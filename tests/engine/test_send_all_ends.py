"""`publisher.send_all` that ends early says how many payloads were accepted; `Sending.wait`."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Instrument,
    Ok,
    Payload,
    QueueClosedError,
    QueueType,
)
from tests.support import Gate, echo, in_loop, queue_of, settle, until


def payloads(count: int) -> list[Payload[int]]:
    """So many payloads."""
    return [Payload(value) for value in range(count)]


def notes(found: "pytest.ExceptionInfo[BaseException]") -> list[str]:
    return found.value.__notes__


@in_loop
async def test_a_sequence_is_checked_before_the_first_is_sent() -> None:
    """A wrong value anywhere in it, and nothing is accepted."""
    many: list[Any] = [*payloads(3), "four"]
    message = "send_all() takes Payloads, got str at place 3: 'four'; wrap it: Payload(value)"
    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(TypeError, match=f"^{re.escape(message)}") as found:
            await queue.get_publisher().send_all(many)
        assert queue.metrics().accepted == 0
    assert notes(found) == ["0 payloads were accepted"]


@in_loop
async def test_an_iterator_is_checked_as_it_goes() -> None:
    """What came before the wrong value is accepted, and a note says how many."""
    many: list[Any] = [Payload(0), "two"]
    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(TypeError, match="got str at place 1") as found:
            await queue.get_publisher().send_all(iter(many))
        assert queue.metrics().accepted == 1
    assert notes(found) == ["1 payload was accepted"]


@in_loop
async def test_a_priority_that_cannot_be_ordered_is_not_counted() -> None:
    """Its payload is as if never sent."""
    many = payloads(2)
    many[1].priority = "high"  # type: ignore[assignment]
    async with queue_of(Collector("a", echo), queue_type=QueueType.PRIORITY) as queue:
        queue.pause()
        with pytest.raises(TypeError) as found:
            await queue.get_publisher().send_all(many)
        assert queue.metrics().accepted == 1
    assert notes(found) == ["1 payload was accepted"]


@pytest.mark.parametrize("asynchronous", [False, True])
@in_loop
async def test_an_error_of_the_iterable_passes_with_a_note(asynchronous: bool) -> None:
    """From a generator or an async one."""

    def breaks() -> Iterator[Payload[int]]:
        yield from payloads(17)
        raise OSError("disk")

    async def breaks_too() -> AsyncIterator[Payload[int]]:
        for payload in breaks():
            yield payload

    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(OSError, match="disk") as found:
            await queue.get_publisher().send_all(breaks_too() if asynchronous else breaks())
        await queue.get_publisher().wait()
        assert queue.metrics().finished == 17
    assert notes(found) == ["17 payloads were accepted"]


@in_loop
async def test_it_does_not_go_on_when_the_queue_was_shut_down_and_started_again() -> None:
    """What is left would go to another run of the queue, unnoticed."""
    again = asyncio.Event()

    async def source() -> AsyncIterator[Payload[int]]:
        yield Payload(1)
        await again.wait()
        yield Payload(2)

    queue = queue_of(Collector("a", echo))
    async with queue:
        sending = asyncio.create_task(queue.get_publisher().send_all(source()))
        await settle()
    async with queue:
        again.set()
        with pytest.raises(QueueClosedError, match="was shut down, and started again") as found:
            await sending
        assert queue.metrics().accepted == 1
    assert notes(found) == ["1 payload was accepted"]


@pytest.mark.parametrize("number", [1, 3])
@in_loop
async def test_an_interrupt_in_a_hook_passes_with_the_right_count(number: int) -> None:
    """The payload for which it came is accepted already."""

    class Struck(Instrument):
        def accepted(self, event: CollectorEvent) -> None:
            if event.id == number:
                raise KeyboardInterrupt

    async with queue_of(Collector("a", echo)) as queue:
        queue.add_instrument(Struck())
        with pytest.raises(KeyboardInterrupt) as found:
            await queue.get_publisher().send_all(payloads(5))
        assert queue.metrics().accepted == number
    assert notes(found)[0].startswith(f"{number} ")


@pytest.mark.parametrize("cut", ["cancelled", "shut down"])
@in_loop
async def test_it_may_end_while_it_waits_for_room(cut: str) -> None:
    """Cancelled, or by a shutdown; those accepted stay accepted, and their places are given on."""
    gate = Gate()
    queue = queue_of(Collector("a", gate), max_consumers=1, max_queued=2)
    await queue.init_queue()
    publisher = queue.get_publisher()
    first = asyncio.create_task(publisher.send_all(payloads(9)))
    await settle()
    second = asyncio.create_task(publisher.send_all(payloads(1)))
    await settle()
    assert queue.metrics().accepted == 3
    if cut == "cancelled":
        first.cancel()
        with pytest.raises(asyncio.CancelledError) as found:
            await first
        gate.open()
        assert len(await second) == 1
        await queue.shut_down_queue()
    else:
        stopping = asyncio.create_task(queue.shut_down_queue())
        with pytest.raises(QueueClosedError) as shut:
            await first
        with pytest.raises(QueueClosedError) as other:
            await second
        assert notes(other) == ["0 payloads were accepted"]
        found = shut  # type: ignore[assignment]
        gate.open()
        await stopping
    assert notes(found) == ["3 payloads were accepted"]
    now = queue.metrics()
    assert now.accepted == now.finished == (4 if cut == "cancelled" else 3)


@in_loop
async def test_one_cancelled_as_it_is_let_go_gives_its_place_to_the_next() -> None:
    """Nobody waits for a place that nobody has."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1, max_queued=1) as queue:
        publisher = queue.get_publisher()
        await publisher.send_all(payloads(1))
        await until(lambda: gate.begun)
        await publisher.send_all(payloads(1))
        first, second = (
            asyncio.create_task(publisher.send_all([Payload(name)])) for name in ("x", "y")
        )
        await settle()
        gate.let_go(0)
        await until(lambda: len(gate.begun) == 2)
        first.cancel()
        gate.open()
        assert [one.payload.value for one in await second] == ["y"]
        await asyncio.wait([first])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Payload(1), "send_all() takes an iterable of Payloads, got Payload: Payload(1)"),
        ("text", "send_all() takes an iterable of Payloads, got str: 'text'; write [payload]"),
        (None, "send_all() takes an iterable of Payloads, got NoneType: None"),
    ],
)
@in_loop
async def test_what_cannot_be_gone_through_is_refused(wrong: Any, message: str) -> None:
    """With what to write instead."""
    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
            await queue.get_publisher().send_all(wrong)
        with pytest.raises(TypeError, match=r"^progress must be a function of two counts, got int"):
            await queue.get_publisher().send_all([], progress=3)  # type: ignore[arg-type]


@in_loop
async def test_a_queue_that_does_not_run_refuses_even_none() -> None:
    """With the note."""
    queue = queue_of(Collector("a", echo))
    with pytest.raises(QueueClosedError) as found:
        await queue.get_publisher().send_all([])
    assert notes(found) == ["0 payloads were accepted"]


@in_loop
async def test_wait_of_a_sending_waits_for_room_and_then_for_the_results() -> None:
    """Cancelled in either, the payload stays accepted."""
    gate = Gate()
    async with queue_of(Collector("a", gate), max_consumers=1, max_queued=1) as queue:
        publisher = queue.get_publisher()
        assert gate.begun == []
        waits = [asyncio.create_task(publisher.send(one).wait()) for one in payloads(4)]
        await settle()
        waits[1].cancel()
        waits[3].cancel()
        await settle()
        assert queue.metrics().accepted == 4
        gate.open()
        assert [await waits[0], await waits[2]] == [[Ok(0)], [Ok(2)]]
        await publisher.wait()
        assert sorted(gate.ended) == [0, 1, 2, 3]
        assert waits[1].cancelled()
        assert waits[3].cancelled()


@in_loop
async def test_wait_of_a_sending_waits_for_room_first() -> None:
    """Its event may be done before that, in a queue that takes the last one first."""
    queue = queue_of(Collector("a", echo), max_queued=1, queue_type=QueueType.LIFO)
    async with queue:
        queue.pause()
        sendings = [queue.get_publisher().send(one) for one in payloads(3)]
        waits = [asyncio.create_task(one.wait()) for one in sendings]
        await settle()
        queue.step()
        await settle()
        assert [one.event.done for one in sendings] == [False, False, True]
        assert not waits[2].done()
        queue.resume()
        assert [await one for one in waits] == [[Ok(0)], [Ok(1)], [Ok(2)]]
