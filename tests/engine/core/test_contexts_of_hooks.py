"""What instruments set in context variables."""

import asyncio
import contextvars

import pytest

from event_collector import Collector, CollectorEvent, Context, Instrument, Ok, Payload, Result
from tests.support import in_loop, queue_of


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("carries", [False, True])
@in_loop
async def test_what_a_hook_sets_as_an_event_is_taken_is_for_that_event(
    carries: bool, count: int
) -> None:
    """Decision 28: no processor sees a variable that was set for another payload."""
    user = contextvars.ContextVar("user", default="nobody")

    class Tracer(Instrument):
        """Notes whose payload it is, of one of them."""

        def taken(self, event: CollectorEvent) -> None:
            """See there."""
            if event.payload.value == "of Ann":
                user.set("Ann")

    async def process(payload: Payload[str], ctx: Context) -> Result:
        before = user.get()
        await asyncio.sleep(0)
        return Ok((before, user.get()))

    collectors = [Collector(str(number), process) for number in range(count)]
    queue = queue_of(*collectors, max_consumers=1, carry_context=carries)
    queue.add_instrument(Tracer())
    async with queue:
        names = ["of Ann", "of Bob", "of Eve"]
        events = [queue.get_publisher().send_nowait(Payload(name)) for name in names]
        seen = [[result.unwrap() for result in await event.wait()] for event in events]
    assert seen[1:] == [[("nobody", "nobody")] * count] * 2
