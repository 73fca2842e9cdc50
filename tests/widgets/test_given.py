"""What collectors have given, also those that come and go, which are not kept for that."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from event_collector_widgets.given import CountedHistory

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from tests.support import in_loop


def a_collector(work: Callable[[], Any]) -> tuple[Collector, weakref.ref[Any]]:
    """One with a processor of its own, and whether that is there still."""

    async def processor(payload: Payload[Any], ctx: Context) -> Result:
        await work()
        return Ok(None)

    return Collector("a", processor), weakref.ref(processor)


async def nothing() -> None:
    """Nothing is to be done."""


@pytest.mark.parametrize("seen", ["seen", "not seen"])
@in_loop
async def test_collectors_that_were_replaced_are_let_go(seen: str) -> None:
    """However many there were; the results of all are counted, looked at in between or not."""
    first, ref = a_collector(nothing)
    refs = [ref]
    async with CollectorQueue([first], min_consumers=1, max_consumers=1) as queue:
        del first
        given = CountedHistory(queue, 100).given
        for _ in range(20):
            await queue.get_publisher().send(Payload(1)).wait()
            new, ref = a_collector(nothing)
            refs.append(ref)
            await queue.replace(new)
            del new
            if seen == "seen":
                given.read()
        gc.collect()
        assert [ref() is not None for ref in refs] == [False] * 20 + [True]
        assert given.read()["a", "Ok"] == 20


@pytest.mark.parametrize("limit", [10, 1], ids=["known", "older than the history"])
@in_loop
async def test_what_a_replaced_collector_gives_later_is_counted(limit: int) -> None:
    """It is let go when the events are done that were in service when it left, and no sooner."""
    begun, gate = asyncio.Event(), asyncio.Event()

    async def held() -> None:
        if not begun.is_set():
            begun.set()
            await gate.wait()

    old, ref = a_collector(held)
    async with CollectorQueue([old], min_consumers=1, max_consumers=2) as queue:
        del old
        given = (history := CountedHistory(queue, limit)).given
        slow = queue.get_publisher().send(Payload("slow"))
        await begun.wait()
        await queue.get_publisher().send(Payload("quick")).wait()
        replacing = asyncio.create_task(_replace(queue))
        while not _is_new(queue, ref):  # noqa: ASYNC110 - it waits for the slow one after that
            await asyncio.sleep(0)
        given.read()
        gc.collect()
        assert ref() is not None
        assert given.read()["a", "Ok"] == 1
        gate.set()
        await slow.wait()
        await replacing
        given.read()
        assert given.read()["a", "Ok"] == 2
        assert len(history) == min(limit, 2)
        gc.collect()
        assert ref() is None


async def _replace(queue: CollectorQueue) -> None:
    await queue.replace(a_collector(nothing)[0])


def _is_new(queue: CollectorQueue, old: weakref.ref[Any]) -> bool:
    return queue.collectors["a"].processor is not old()
