"""A round of hooks: whoever goes meanwhile, and whose the time is that hooks take."""

import pytest

from event_collector import Collector, CollectorEvent, Instrument, Payload
from tests.support import echo, in_loop, queue_of


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
