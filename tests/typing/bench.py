"""The decorator of a workbench, as a user with strict checkers writes it."""

from event_collector_widgets import Workbench

from event_collector import Context, Ok, Payload, Processor, Result


class Seen(Context):
    """What a collector works with."""

    seen: int


def define(bench: Workbench) -> None:
    """A function stays what it is, whatever the decorator is given."""

    @bench.collector
    async def bare(payload: Payload[int], ctx: Context) -> Result:
        return Ok(payload.value)

    @bench.collector()
    async def called(payload: Payload[int], ctx: Context) -> Result:
        return Ok(payload.value)

    @bench.collector("named", topics=["a"], ctx=Seen(seen=0), timeout=2.5, max_concurrency=3)
    async def told(payload: Payload[int], ctx: Seen) -> Result:
        ctx.seen += payload.value
        return Ok(ctx.seen)

    expected: Processor[Seen] = told
    assert expected is told
    same: tuple[object, ...] = (bare, called)
    assert len(same) == 2
