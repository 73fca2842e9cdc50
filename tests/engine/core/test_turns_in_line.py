"""Whoever has a turn to send, and does not use it, passes it on: others wait behind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    EventPublisher,
    Ok,
    Payload,
    QueueFullError,
)
from tests.engine.core.test_outside import in_line
from tests.support import TIMEOUT, echo, queue_of, until
from tests.threads import Service


def paused_and_full(service: Service) -> EventPublisher:
    """The publisher of a queue that is paused, with one event in it."""
    service.call(service.queue.pause)
    service.call(lambda: service.publisher.send(Payload("queued")).event)
    return service.publisher


def of_one() -> CollectorQueue:
    """A queue that has room for one event."""
    return queue_of(Collector("a", echo), max_queued=1)


async def give_a_turn(service: Service) -> None:
    """Resume, and return when the first in line has its turn, and has not gone on yet."""
    service.queue.resume()
    before = in_line(service)
    await until(lambda: in_line(service) < before)


def test_a_thread_that_gives_up_with_its_turn_given_passes_it_on() -> None:
    """Something holds the loop meanwhile. Those behind would wait beside an empty queue."""
    with ThreadPoolExecutor() as pool, Service(of_one) as service:
        send = partial(paused_and_full(service).send_threadsafe, wait_for_room=True)
        first = pool.submit(send, Payload("first"), timeout=0.2)
        service.until(lambda: in_line(service) == 1)
        behind = [pool.submit(send, Payload("behind")) for _ in range(2)]
        service.until(lambda: in_line(service) == 3)

        async def hold() -> None:
            await give_a_turn(service)
            first.exception(TIMEOUT)

        service.call(hold)
        assert isinstance(first.exception(), QueueFullError)
        for each in behind:
            assert each.result(TIMEOUT).result(TIMEOUT) == [Ok("behind")]


@pytest.mark.parametrize("who", ["threads", "send_all"])
def test_whoever_waits_behind_those_who_are_sent_away_goes_on(who: str) -> None:
    """Its own event is done by then, and no other is left that could let it go."""
    with ThreadPoolExecutor() as pool, Service(of_one) as service:
        publisher = paused_and_full(service)
        for number in range(2):
            if who == "threads":
                pool.submit(publisher.send_threadsafe, Payload(number), wait_for_room=True)
            else:
                many = publisher.send_all([Payload(number)])
                asyncio.run_coroutine_threadsafe(many, service.loop)
        service.until(lambda: in_line(service) == 2)

        async def send() -> CollectorEvent:
            return await publisher.send(Payload("behind"))

        async def end() -> CollectorEvent:
            sender = asyncio.create_task(send())
            await asyncio.sleep(0)
            await give_a_turn(service)
            await service.queue.shut_down_queue()
            return await asyncio.wait_for(sender, TIMEOUT)

        assert service.call(end).status == "done"
