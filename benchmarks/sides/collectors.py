"""Ours and the peer: one source for both."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.observe import Bench, Opener
from benchmarks.sides.differences import Keeper, mean_response_time
from benchmarks.spec import Spec
from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Ok,
    Payload,
    QueueType,
    Result,
)

type Processor = Callable[[Payload[Any], Context], Any]


async def noop(payload: Payload[Any], ctx: Context) -> Result:
    return Ok(payload.value)


class _CollectorBench(Bench):
    def __init__(self, side: str, spec: Spec, queue: CollectorQueue, gate: asyncio.Event) -> None:
        self._side = side
        self._queue = queue
        self._publisher = queue.get_publisher()
        self._make = _maker(spec)
        self._gate = gate

    async def burst(self, count: int) -> None:
        send, make = self._publisher.send, self._make
        events = [await send(make(number)) for number in range(count)]
        for event in events:
            await event.wait()

    async def round_trip(self, count: int) -> None:
        send, make = self._publisher.send, self._make
        for number in range(count):
            event = await send(make(number))
            await event.wait()

    async def fill(self, count: int) -> None:
        send, make = self._publisher.send, self._make
        for _ in range(count):
            await send(make(0))

    async def keep(self, count: int) -> object:
        send, make = self._publisher.send, self._make
        keeper = Keeper(self._side, self._queue, count)
        for _ in range(count):
            keeper.add(await send(make(0)))
        await self._publisher.wait()
        return keeper

    def frame(self, kept: Any) -> object:
        return kept.kept.to_frame()

    def simulate(self, count: int) -> float:
        return mean_response_time(count)

    async def drain(self) -> None:
        self._gate.set()
        await self._publisher.wait()


def opener(side: str) -> Opener:
    """How to set up ours or the peer."""

    @asynccontextmanager
    async def opened(spec: Spec) -> AsyncIterator[Bench]:
        gate = asyncio.Event()
        processor = _processor(spec, gate)
        options: dict[str, Any] = {"carry_context": True} if spec.carry else {}  # ours only
        queue = CollectorQueue(
            [
                Collector(f"key {number}", processor, topics=[f"topic {number}"])
                for number in range(spec.collectors)
            ],
            min_consumers=1,
            max_consumers=spec.max_consumers,
            queue_type=QueueType[spec.order],
            **options,
        )
        async with queue:
            yield _CollectorBench(side, spec, queue, gate)

    return opened


def _processor(spec: Spec, gate: asyncio.Event) -> Processor:
    async def sleeper(payload: Payload[Any], ctx: Context) -> Result:
        await asyncio.sleep(spec.sleep)
        return Ok(payload.value)

    async def held_up(payload: Payload[Any], ctx: Context) -> Result:
        await gate.wait()
        return Ok(payload.value)

    if spec.what == "queued":
        return held_up
    return sleeper if spec.sleep else noop


def _maker(spec: Spec) -> Callable[[int], Payload[Any]]:
    """Makes the payload of a number. Names and priorities are spread, not in order."""
    if spec.order == "PRIORITY":
        return lambda number: Payload(number, priority=number * 7919 % 100)
    count = spec.collectors
    if spec.delivery == "KEY":
        keys = [f"key {number}" for number in range(count)]
        return lambda number: Payload(number, Delivery.KEY, keys=[keys[number * 7919 % count]])
    if spec.delivery == "TOPIC":
        topics = [f"topic {number}" for number in range(count)]
        return lambda number: Payload(
            number, Delivery.TOPIC, topics=[topics[number * 7919 % count]]
        )
    return Payload
