"""The measurements: the clock, the heartbeat and the memory, the same code for every side."""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace

from benchmarks.spec import Spec, Values

_WARM_UP = 2_000
"""Deliveries made before anything is measured, in a queue of their own."""
_BEAT = 0.001
"""Seconds between two beats."""


class Bench:
    """A side that is set up. Each side has what its cases need.

    Raises:
        TypeError: From a method that a side does not have: a case has named the wrong side.
    """

    def _unmeasured(self, what: str) -> TypeError:
        return TypeError(f"{type(self).__name__} does not measure {what}; take that side out of it")

    async def burst(self, count: int) -> None:
        """Make and send payloads, then wait for each result in turn."""
        raise self._unmeasured("bursts")

    async def round_trip(self, count: int) -> None:
        """Make and send a payload and wait for its result, one after the other."""
        raise self._unmeasured("round trips")

    async def fill(self, count: int) -> None:
        """Send payloads while the only consumer is held up, and keep no event."""
        raise self._unmeasured("a buffer that is filled")

    async def keep(self, count: int) -> object:
        """Send payloads, wait until they are done, and return what keeps their events."""
        raise self._unmeasured("events that are kept")

    def frame(self, kept: object) -> object:
        """A DataFrame of what `keep` returned."""
        raise self._unmeasured("a DataFrame")

    def simulate(self, count: int) -> float:
        """Simulate an M/M/1 system: arrivals at 0.8 per second, served in 1 s on average.

        Returns:
            The mean response time, in simulated seconds.
        """
        raise self._unmeasured("a simulation")

    async def drain(self) -> None:
        """Let the consumer go on, and wait until nothing is queued."""
        raise self._unmeasured("a queue that is drained")


type Opener = Callable[[Spec], AbstractAsyncContextManager[Bench]]


async def observe(spec: Spec, opener: Opener) -> Values:
    """Measure one side, after a warm-up of the code in a queue of its own."""
    warm = replace(spec, sleep=min(spec.sleep, 0.001))
    async with opener(replace(warm, what="rate")) as bench:
        await bench.burst(max(1, min(spec.events, _WARM_UP // spec.collectors)))
    match spec.what:
        case "flat":
            return await _flat(spec, opener)
        case "lag":
            return await _lag(spec, opener)
        case "queued":
            return await _queued(spec, opener)
        case "kept":
            return await _kept(spec, opener)
        case "carried":
            return await _carried(spec, opener)
        case "frame":
            return await _frame(spec, opener)
        case "simulated":
            return await _simulated(spec, opener)
        case _:
            return await _rate(spec, opener)


async def _rate(spec: Spec, opener: Opener) -> Values:
    """The fastest burst, from the first payload made to the last result in hand.

    The fastest, because whatever else the machine does can only make a burst slower.
    """
    async with opener(spec) as bench:
        act = bench.round_trip if spec.what == "round trip" else bench.burst
        seconds = min([await _timed(act, spec.events) for _ in range(spec.bursts)])
    rate = spec.events / seconds
    return {"seconds": seconds, "rate": rate, "deliveries": rate * spec.collectors}


async def _timed[T](act: Callable[[T], Awaitable[None]], what: T) -> float:
    gc.collect()
    start = time.perf_counter()
    await act(what)
    return time.perf_counter() - start


async def _flat(spec: Spec, opener: Opener) -> Values:
    """How much of the rate with few collectors is left with many; 1 is all of it."""
    few, many = [], []
    async with (
        opener(replace(spec, collectors=spec.fewer)) as small,
        opener(spec) as large,
    ):
        for _ in range(spec.bursts):
            few.append(await _timed(small.burst, spec.events))
            many.append(await _timed(large.burst, spec.events))
    return {"flat": min(few) / min(many)}


async def _carried(spec: Spec, opener: Opener) -> Values:
    """How much of the rate is left in the senders' contexts; 1 is all of it."""
    plain, carried = [], []
    async with (
        opener(replace(spec, carry=False)) as without,
        opener(spec) as carrying,
    ):
        for _ in range(spec.bursts):
            plain.append(await _timed(without.burst, spec.events))
            carried.append(await _timed(carrying.burst, spec.events))
    return {"flat": min(plain) / min(carried)}


async def _frame(spec: Spec, opener: Opener) -> Values:
    """Seconds until the DataFrame is there, with pandas imported."""
    async with opener(spec) as bench:
        kept = await bench.keep(spec.events)
        seconds = min([await _timed(_called(bench.frame), kept) for _ in range(spec.bursts)])
    return {"seconds": seconds}


async def _simulated(spec: Spec, opener: Opener) -> Values:
    """The fastest of some simulations, each of which must come near to what theory says."""
    async with opener(spec) as bench:
        mean = bench.simulate(spec.events)
        # 1 / (1 - 0.8), with a wide margin: this finds out who does something else, or nothing.
        if not 4 < mean < 6:
            raise ValueError(f"the mean response time is 5 s in theory, and was {mean:g} s")
        simulate = _called(bench.simulate)
        seconds = min([await _timed(simulate, spec.events) for _ in range(spec.bursts)])
    return {"seconds": seconds, "rate": spec.events / seconds}


def _called[T](function: Callable[[T], object]) -> Callable[[T], Awaitable[None]]:
    """A function as one that can be awaited."""

    async def call(argument: T) -> None:
        function(argument)

    return call


async def _lag(spec: Spec, opener: Opener) -> Values:
    """Milliseconds that a heartbeat comes late while a burst is sent and processed."""
    lags: list[float] = []
    async with opener(spec) as bench:
        heart = asyncio.create_task(_heart(lags))
        await asyncio.sleep(20 * _BEAT)
        gc.collect()
        lags.clear()
        await bench.fill(spec.events)  # nothing is kept: Python's full collections would be seen
        await bench.drain()
        await asyncio.sleep(5 * _BEAT)  # the beat that was due meanwhile
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart
    lags.sort()
    return {
        "longest": 1000 * lags[-1],
        "p99": 1000 * lags[(99 * len(lags) + 99) // 100 - 1],
    }


async def _heart(lags: list[float]) -> None:
    while True:
        due = time.perf_counter() + _BEAT
        await asyncio.sleep(_BEAT)
        lags.append(time.perf_counter() - due)


async def _queued(spec: Spec, opener: Opener) -> Values:
    """Bytes that a queued event takes, with its payload and its place in the queue."""
    async with opener(spec) as bench:
        _trace()
        await bench.fill(spec.events)
        used = _traced()
        await bench.drain()
    return {"bytes": used / spec.events}


async def _kept(spec: Spec, opener: Opener) -> Values:
    """Bytes that a finished event takes, with its payload, its results and its place."""
    async with opener(spec) as bench:
        _trace()
        kept = await bench.keep(spec.events)
        used = _traced()
        del kept
    return {"bytes": used / spec.events}


def _trace() -> None:
    gc.collect()
    tracemalloc.start()


def _traced() -> int:
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used
