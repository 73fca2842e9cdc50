"""A round of hooks: whoever goes meanwhile, and whose the time is that hooks take."""

from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    Context,
    Instrument,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import (
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    virtual_loop,
    wait_a_turn,
)


class OneByOne(Router):
    """Has one processor after the other, in the router's own task."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        every = self.collectors.values()
        return ResultList([await one.process(payload) for one in every], keys=[*self.collectors])


@pytest.mark.parametrize("goes", ["raises", "removes itself", "is removed and comes again"])
@in_loop
async def test_one_that_goes_while_another_hook_sends_is_not_told_of_the_outer_event(
    goes: str,
) -> None:
    """Its hook of the inner event comes first: what it heard last stays the last."""
    queue = queue_of(Collector("a", echo))
    heard: list[int] = []

    class Sending(Instrument):
        def accepted(self, event: CollectorEvent) -> None:
            if event.id == 1:
                queue.get_publisher().send_nowait(Payload("inner"))

    class Going(Instrument):
        def accepted(self, event: CollectorEvent) -> None:
            heard.append(event.id)
            if goes == "raises":
                raise ValueError
            queue.remove_instrument(self)
            if goes != "removes itself":
                queue.add_instrument(self)

    queue.add_instrument(Sending())
    queue.add_instrument(Going())
    async with queue:
        await queue.get_publisher().send_nowait(Payload("outer")).wait()
    assert heard == [2]


@in_loop
async def test_one_that_is_removed_in_a_hook_that_tells_of_no_event_hears_nothing_more() -> None:
    """Not even the rest of that round."""
    queue = queue_of(Collector("a", echo))
    heard: list[str] = []

    class Removing(Instrument):
        def collectors_changed(self) -> None:
            queue.remove_instrument(other)

    other = Instrument()
    other.collectors_changed = lambda: heard.append("changed")
    queue.add_instrument(Removing())
    queue.add_instrument(other)
    await queue.add(Collector("b", echo))
    assert heard == []


@pytest.mark.parametrize("router", [SimpleRouter, OneByOne])
@pytest.mark.parametrize("processor", [echo, wait_a_turn])
@pytest.mark.parametrize("hook", ["accepted", "taken", "begun", "ended", "finished"])
@in_virtual_time
async def test_nobody_holds_the_loop_for_the_time_that_hooks_take(
    hook: str, processor: Any, router: type[Router]
) -> None:
    """Neither the processor of the event, nor one beside it, nor one that sends."""

    async def sends(payload: Payload[Any], ctx: Context) -> Result:
        if payload.value == "first":
            queue.get_publisher().send_nowait(Payload("second"))
        return Ok(None)

    slow = Instrument()
    setattr(slow, hook, lambda *_: virtual_loop().advance(0.3))
    queue = queue_of(Collector("a", processor), Collector("b", sends), router=router)
    queue.add_instrument(slow)
    async with queue:
        queue.get_publisher().send_nowait(Payload("first"))
        await queue.get_publisher().wait()
    assert queue.metrics().blocking == {}


@in_virtual_time
async def test_a_processor_that_holds_the_loop_beside_slow_hooks_is_named_for_its_own_time() -> (
    None
):
    """What its hooks take is not counted, once or twice: a hook may send, too."""

    async def holds(payload: Payload[Any], ctx: Context) -> Result:
        virtual_loop().advance(0.2)
        if payload.value == "first":
            queue.get_publisher().send_nowait(Payload("second"))
        virtual_loop().advance(0.2)
        return Ok(None)

    class Slow(Instrument):
        def accepted(self, event: CollectorEvent) -> None:
            virtual_loop().advance(0.3)
            if event.payload.value == "second":
                queue.get_publisher().send_nowait(Payload("third"))

    queue = queue_of(Collector("a", holds))
    queue.add_instrument(Slow())
    async with queue:
        queue.get_publisher().send_nowait(Payload("first"))
        await queue.get_publisher().wait()
    assert queue.metrics().blocking == {"a": pytest.approx(0.4)}
