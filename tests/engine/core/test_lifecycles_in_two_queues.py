"""One collector with a lifecycle in two queues: each depends on what it has entered."""

import asyncio
import pickle
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Error,
    Instrument,
    LifecycleEndedError,
    Ok,
    Payload,
    Result,
    Router,
)
from tests.support import echo, in_loop, outcome, queue_of, router_that, until


class Lives:
    """A collector whose lifecycle is entered by several queues, and ended in the order of that."""

    def __init__(self) -> None:
        self.ends: list[asyncio.Event] = []
        self.collector = Collector("a", echo, lifecycle=self.lifecycle)

    @asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        ends = asyncio.Event()
        self.ends.append(ends)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen(ends))
            yield
            listening.cancel()

    @staticmethod
    async def _listen(ends: asyncio.Event) -> None:
        await ends.wait()
        raise OSError("connection lost")


def dead(queue: CollectorQueue) -> bool:
    return queue.metrics().collectors["a"].lifecycle_ended


def is_dead(result: Result) -> bool:
    return isinstance(result, Error) and isinstance(result.exception, LifecycleEndedError)


class Begun(Instrument):
    """Wants to be told, so that an attendance runs the processors."""

    def begun(self, event: object, collector: object) -> None:
        """Nothing."""


async def gives_to_all(router: Router, payload: Payload[Any]) -> object:
    return await router.dispatch(payload, router.collectors.values())


@pytest.mark.parametrize(
    "settings",
    [{}, {"carry_context": True}, {"router": router_that(gives_to_all)}],
    ids=["plain", "carrying", "custom router"],
)
@pytest.mark.parametrize("instruments", [[], [Begun()]], ids=["untold", "told"])
@in_loop
async def test_a_lifecycle_that_ends_in_one_queue_leaves_the_other_alone(
    settings: dict[str, Any], instruments: list[Instrument]
) -> None:
    """Decision 32: for each queue; and starting the one says nothing of the other."""
    lives = Lives()
    one, other = (queue_of(lives.collector, **settings) for _ in range(2))
    for each in instruments:
        one.add_instrument(each)
        other.add_instrument(each)
    async with AsyncExitStack() as stack:
        await one.init_queue()
        lives.ends[0].set()
        await until(lambda: dead(one))
        await stack.enter_async_context(other)
        for _ in range(2):
            assert is_dead((await outcome(one, Payload(1)))[0])
            assert await outcome(other, Payload(2)) == [Ok(2)]
        assert dead(one)
        assert not dead(other)
        with pytest.raises(ExceptionGroup, match="unhandled errors in a TaskGroup"):
            await one.shut_down_queue()
        async with one:
            assert await outcome(one, Payload(3)) == [Ok(3)]
            assert not dead(one)
    assert not lives.collector.lifecycle_ended


@in_loop
async def test_a_queue_that_is_sent_to_by_a_dead_ones_processor_goes_on() -> None:
    """The context is carried; whose lifecycle counts is the queue that delivers."""
    lives = Lives()
    other = queue_of(lives.collector, carry_context=True)

    async def forwards(payload: Payload[Any], ctx: Context) -> Result:
        return (await outcome(other, payload))[0]

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(other)
        one = queue_of(lives.collector, Collector("b", forwards), carry_context=True)
        await one.init_queue()
        lives.ends[1].set()
        await until(lambda: dead(one))
        first, second = await outcome(one, Payload(1))
        assert is_dead(first)
        assert second == Ok(1)
        with pytest.raises(ExceptionGroup):
            await one.shut_down_queue()


@in_loop
async def test_a_collector_that_was_removed_dead_lives_in_its_next_queue() -> None:
    """It is over with the removal; and a pickled one is in no queue."""
    lives = Lives()
    async with queue_of(lives.collector) as one, queue_of(Collector("b", echo)) as other:
        lives.ends[0].set()
        await until(lambda: dead(one))
        assert lives.collector.lifecycle_ended
        assert is_dead(await lives.collector.process(Payload(1)))
        await one.remove("a")
        assert not lives.collector.lifecycle_ended
        await other.add(lives.collector)
        assert await outcome(other, Payload(1, keys=["a"])) == [Ok(1)]
    assert not pickle.loads(pickle.dumps(Collector("c", echo))).lifecycle_ended
