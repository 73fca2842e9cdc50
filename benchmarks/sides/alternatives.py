"""What a user would pick instead: blinker, an anyio stream, aiojobs, SimPy.

Each does its own kind only. They are installed where they are measured and nowhere else, hence
imported by name.
"""

import asyncio
import math
import random
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.observe import Bench, Opener
from benchmarks.sides.bare import Ok, Payload, noop
from benchmarks.spec import Spec


class _SignalBench(Bench):
    def __init__(self, signal: Any) -> None:
        self._signal = signal

    async def burst(self, count: int) -> None:
        send = self._signal.send_async
        results = [await send(Payload(number)) for number in range(count)]
        del results


@asynccontextmanager
async def _blinker(spec: Spec) -> AsyncIterator[Bench]:
    """A signal with a receiver per collector; a send awaits them one after the other."""

    def receiver() -> Any:
        async def receive(payload: Payload) -> Ok:
            return Ok(payload.value)

        return receive

    signal = import_module("blinker").Signal()
    receivers = [receiver() for _ in range(spec.collectors)]
    for receive in receivers:
        signal.connect(receive)
    yield _SignalBench(signal)


class _StreamBench(Bench):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def burst(self, count: int) -> None:
        send, future = self._stream.send, asyncio.get_running_loop().create_future
        futures = []
        for number in range(count):
            result: asyncio.Future[Ok] = future()
            await send((Payload(number), result))
            futures.append(result)
        for result in futures:
            await result


@asynccontextmanager
async def _anyio(spec: Spec) -> AsyncIterator[Bench]:
    """An unbounded memory object stream, one receiver, a future per event for the result."""
    sender, receiver = import_module("anyio").create_memory_object_stream(math.inf)

    async def consume() -> None:
        async with receiver:
            async for payload, result in receiver:
                result.set_result(await noop(payload, None))

    consumer = asyncio.create_task(consume())
    async with sender:
        yield _StreamBench(sender)
    await consumer


class _JobsBench(Bench):
    def __init__(self, scheduler: Any, sleep: float) -> None:
        self._scheduler = scheduler
        self._sleep = sleep

    async def burst(self, count: int) -> None:
        spawn = self._scheduler.spawn
        jobs = [await spawn(self._process(Payload(number))) for number in range(count)]
        for job in jobs:
            await job.wait()

    async def _process(self, payload: Payload) -> Ok:
        await asyncio.sleep(self._sleep)
        return Ok(payload.value)


@asynccontextmanager
async def _aiojobs(spec: Spec) -> AsyncIterator[Bench]:
    """A scheduler with the consumers' limit."""
    async with import_module("aiojobs").Scheduler(limit=spec.max_consumers) as scheduler:
        yield _JobsBench(scheduler, spec.sleep)


class _SimulationBench(Bench):
    async def burst(self, count: int) -> None:
        self.simulate(count)

    def simulate(self, count: int) -> float:
        simpy = import_module("simpy")
        random.seed(1)
        environment = simpy.Environment()
        server = simpy.Resource(environment, capacity=1)
        times: list[float] = []

        def customer() -> Iterator[Any]:
            arrival = environment.now
            with server.request() as turn:
                yield turn
                yield environment.timeout(random.expovariate(1.0))
            times.append(environment.now - arrival)

        def source() -> Iterator[Any]:
            for _ in range(count):
                yield environment.timeout(random.expovariate(0.8))
                environment.process(customer())

        environment.process(source())
        environment.run()
        return statistics.fmean(times)


@asynccontextmanager
async def _simpy(spec: Spec) -> AsyncIterator[Bench]:
    """A process per customer, who queue for the one server."""
    yield _SimulationBench()


OPENERS: dict[str, Opener] = {
    "aiojobs": _aiojobs,
    "anyio": _anyio,
    "blinker": _blinker,
    "simpy": _simpy,
}
