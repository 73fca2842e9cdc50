"""send_at: each payload at its very time, and what is refused before anything is sent."""

import asyncio
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    QueueClosedError,
    Result,
)
from event_collector.simulation import (
    DeadlockError,
    arrivals,
    send_at,
    simulate,
)


async def give_back(payload: Payload[Any], ctx: Context) -> Result:
    """A processor that takes two seconds."""
    await asyncio.sleep(2)
    return Ok(payload.value)


def a_queue(max_queued: int | None = None, max_consumers: int = 10) -> CollectorQueue:
    """A queue with one collector."""
    collectors = [Collector("one", give_back)]
    return CollectorQueue(
        collectors, min_consumers=0, max_consumers=max_consumers, max_queued=max_queued
    )


def test_each_payload_is_sent_at_its_very_time_after_now() -> None:
    """Exactly, whatever the clock shows at the call."""
    times = [0, 0.1, 0.1, 0.2, *(1 + time for time in arrivals(3.0, 200, 1))]

    async def main() -> list[tuple[int, float]]:
        await asyncio.sleep(0.7)
        async with a_queue() as queue:
            events = await send_at(queue.get_publisher(), times, map(Payload, range(204)))
            assert not events[-1].done
            assert asyncio.get_running_loop().time() == 0.7 + times[-1]
        return [(event.payload.value, event.accepted_at) for event in events]

    assert simulate(main) == [(number, 0.7 + time) for number, time in enumerate(times)]


def test_a_full_queue_holds_up_what_comes_next() -> None:
    """`max_queued` is heeded: that is the backpressure."""

    async def main() -> list[float]:
        async with a_queue(max_queued=1, max_consumers=1) as queue:
            events = await send_at(queue.get_publisher(), [1, 1, 1, 1, 9], map(Payload, range(5)))
        return [event.accepted_at for event in events]

    assert simulate(main) == [1, 1, 1, 3, 9]


def send(times: Any, payloads: Any, publisher: Any = None) -> int:
    """Try to send; return how many were accepted in spite of an error."""

    async def main() -> int:
        async with a_queue() as queue:
            await send_at(publisher or queue.get_publisher(), times, payloads)
            return queue.metrics().accepted

    return simulate(main)


@pytest.mark.parametrize(
    ("times", "payloads", "error", "said"),
    [
        ([1], [], ValueError, "send_at() needs as many times as payloads, got 1 times and 0 pay"),
        ([1, 3, 2], [Payload(1)] * 3, ValueError, "times must not go backwards, but times[2] is"),
        ([-1], [Payload(1)], ValueError, "times[0] must be a finite number >= 0 s, got -1"),
        (["1"], [Payload(1)], TypeError, "times[0] must be a number, got str: '1'"),
        ([1], [5], TypeError, "send_at() takes Payloads, but payloads[0] is int: 5; wrap it"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(
    times: list[Any], payloads: list[Any], error: type[Exception], said: str
) -> None:
    """The first payload is not sent either."""

    async def main() -> tuple[str, int]:
        async with a_queue() as queue:
            with pytest.raises(error) as caught:
                await send_at(queue.get_publisher(), times, payloads)
            return str(caught.value), queue.metrics().accepted

    message, accepted = simulate(main)
    assert message.startswith(said)
    assert accepted == 0


def test_the_queue_itself_is_no_publisher() -> None:
    """A likely slip is told apart."""
    with pytest.raises(TypeError, match=r"; pass queue.get_publisher\(\)$"):
        send([], [], publisher=a_queue())


def test_a_queue_that_is_shut_down_meanwhile_refuses_the_rest() -> None:
    """As every send does."""

    async def main() -> None:
        queue = a_queue()
        await queue.init_queue()
        asyncio.get_running_loop().call_later(1, asyncio.ensure_future, queue.shut_down_queue())
        await send_at(queue.get_publisher(), [0, 5], map(Payload, range(2)))

    with pytest.raises(QueueClosedError):
        simulate(main)


def test_a_sending_that_is_cancelled_leaves_no_timer() -> None:
    """Nothing happens any more at the time of the next payload."""

    async def main() -> None:
        async with a_queue() as queue:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(send_at(queue.get_publisher(), [9], [Payload(1)]), 5)
            await asyncio.Event().wait()

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    assert caught.value.now == 5


def test_it_sends_on_a_real_clock_too() -> None:
    """The times are those of whatever loop runs."""

    async def main() -> int:
        async with CollectorQueue([], min_consumers=0, max_consumers=1) as queue:
            await send_at(queue.get_publisher(), [0, 0.001, 0.01], map(Payload, range(3)))
            return queue.metrics().accepted

    assert asyncio.run(main()) == 3
