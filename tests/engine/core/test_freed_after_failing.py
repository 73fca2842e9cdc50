"""An event is freed at once whose processor waited for something that failed.

What failed has the exception, such as a future; the exception has the frames that waited for it.
"""

import asyncio
import itertools
import weakref
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.engine.core.test_freed import Thing, around, without_collection
from tests.support import Trace, eager_loop, queue_of, run, until


def _break(thing: Thing) -> None:
    raise OSError("the disk is full")


async def _break_later(thing: Thing) -> None:
    await asyncio.sleep(0)
    _break(thing)


async def _in_a_thread(payload: Payload[Thing], ctx: Context) -> Result:
    return Ok(await asyncio.to_thread(_break, payload.value))


async def _in_a_task(payload: Payload[Thing], ctx: Context) -> Result:
    return Ok(await asyncio.create_task(_break_later(payload.value)))


async def _in_a_shield(payload: Payload[Thing], ctx: Context) -> Result:
    return Ok(await asyncio.shield(_break_later(payload.value)))


async def _after_another_wait(payload: Payload[Thing], ctx: Context) -> Result:
    await asyncio.sleep(0)
    return Ok(await asyncio.create_task(_break_later(payload.value)))


class OneAfterTheOther(Router):
    """Gives each payload to all collectors, one after the other."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        """See there."""
        return ResultList([await one.process(payload) for one in self.collectors.values()])


@pytest.mark.parametrize("processor", [_in_a_thread, _in_a_task, _in_a_shield, _after_another_wait])
@pytest.mark.parametrize("limits", [{}, {"timeout": 1000}, {"max_concurrency": 1}], ids=str)
@pytest.mark.parametrize("router", [SimpleRouter, OneAfterTheOther])
def test_an_event_is_freed_whose_processor_waited_for_what_failed(
    processor: Any, limits: dict[str, Any], router: type[Router]
) -> None:
    async def main(*, eager: bool, carries: bool, attended: bool, count: int) -> None:
        if eager:
            eager_loop(asyncio.get_running_loop())
        places = [Collector(f"{number}", processor, **limits) for number in range(count)]
        queue = queue_of(*places, carry_context=carries, router=router)
        if attended:
            queue.add_instrument(Trace())
            queue.wrap("0", around)
        async with queue:
            thing = Thing()
            there = weakref.ref(thing)
            results = await queue.get_publisher().send(Payload(thing)).wait()
            assert len(results.errors) == count
            del results, thing
            await until(lambda: there() is None)

    for eager, carries, attended in itertools.product((False, True), repeat=3):
        for count in (1, 2):
            with without_collection():
                run(main(eager=eager, carries=carries, attended=attended, count=count))
