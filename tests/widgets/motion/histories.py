"""Histories for the tests of traces and animations."""

import asyncio

from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.motion.watching import Watcher

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    History,
    Ok,
    Payload,
    QueueType,
    Result,
)
from event_collector.simulation import simulate
from tests.engine.machine import play
from tests.engine.machine.plan import Plan


async def bake(payload: Payload[str], ctx: Context) -> Result:
    """Take a second; burn what is called so."""
    await asyncio.sleep(1.0)
    return Error(ValueError("burnt")) if payload.value == "toast" else Ok(f"{payload.value}, done")


async def note(payload: Payload[str], ctx: Context) -> Result:
    """Be done at once."""
    return Ok(len(payload.value))


def six_payloads(queue_type: QueueType = QueueType.FIFO, consumers: int = 1) -> History:
    """Six payloads at once, in virtual time: one fails in a collector, one reaches nobody."""

    async def main() -> History:
        queue = CollectorQueue(
            [Collector("oven", bake, topics=["food"]), Collector("book", note)],
            min_consumers=consumers,
            max_consumers=consumers,
            queue_type=queue_type,
            max_queued=5,
        )
        history = History(queue)
        kept.append(queue)
        async with queue:
            publisher = queue.get_publisher()
            for payload in payloads():
                publisher.send(payload)
            await publisher.wait()
        return history

    return simulate(main)


kept: list[CollectorQueue] = []
"""A History does not keep its queue alive."""


def payloads() -> list[Payload[str]]:
    """The six: two broadcasts, two by key, two by topic."""
    return [
        Payload("bread", priority=5),
        Payload("toast", Delivery.KEY, keys=["oven"], priority=1),
        Payload("soup", Delivery.TOPIC, topics=["drinks"]),
        Payload("cake", Delivery.TOPIC, topics=["food"], priority=1),
        Payload("list", Delivery.KEY, keys=["book"]),
        Payload("rolls"),
    ]


def history_of(plan: Plan) -> tuple[History, CollectorQueue]:
    """What a History records of a run of the property machine."""
    found: list[tuple[History, CollectorQueue]] = []

    def prepare(queue: CollectorQueue) -> None:
        found.append((History(queue), queue))

    play(plan, prepare)
    return found[0]


def trace_of(plan: Plan) -> Trace:
    """What a Watcher records of a run, with the changes of the collectors."""
    found: list[Watcher] = []

    def prepare(queue: CollectorQueue) -> None:
        found.append(Watcher(queue))
        queue.add_instrument(found[0])

    play(plan, prepare)
    return found[0].trace()


def a_long_line(count: int = 60, text: str = "number") -> History:
    """So many payloads at once, each of which takes one consumer a second."""

    async def main() -> History:
        queue = CollectorQueue([Collector("oven", bake)], min_consumers=1, max_consumers=1)
        history = History(queue)
        kept.append(queue)
        async with queue:
            await queue.get_publisher().send_all([Payload(f"{text} {n}") for n in range(count)])
            await queue.get_publisher().wait()
        return history

    return simulate(main)


def cut_off_trace(queue_type: QueueType) -> Trace:
    """Six payloads for one consumer, which is in service with the first of them at the end.

    Some have no priority, and the others more or less than the queue's own.
    """

    async def hang(payload: Payload[str], ctx: Context) -> Result:
        await asyncio.sleep(1_000)
        return Ok(None)

    async def main() -> Trace:
        queue = CollectorQueue(
            [Collector("oven", hang)],
            min_consumers=1,
            max_consumers=1,
            queue_type=queue_type,
            shutdown_timeout=5,
        )
        watcher = Watcher(queue)
        queue.add_instrument(watcher)
        async with queue:
            for priority in (None, 5, None, 2000, 0, 1000):
                queue.get_publisher().send(Payload("x", priority=priority))
        return watcher.trace()

    return simulate(main)


def named_history(key: str, value: str) -> History:
    """One payload of this value in a collector of this key, listening to a topic of that name."""

    async def fail(payload: Payload[str], ctx: Context) -> Result:
        raise ValueError(value)

    async def main() -> History:
        queue = CollectorQueue(
            [Collector(key, fail, topics=[value])], min_consumers=1, max_consumers=1
        )
        kept.append(queue)
        history = History(queue)
        async with queue:
            await queue.get_publisher().send(Payload(value, Delivery.TOPIC, topics=[value]))
            await queue.get_publisher().send(Payload(value, Delivery.KEY, keys=[value + "?"]))
        return history

    return simulate(main)
