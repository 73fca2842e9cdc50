"""Processors to play with: one that answers, one that is slow, one flaky, one that always fails."""

import asyncio
from typing import Any

from event_collector import Context, Ok, Payload, Processor, Result

SLOW = 0.5
"""Seconds that `slow` takes."""

EVERY = 3
"""Which payloads `flaky` fails on: every third."""


async def echo(payload: Payload[Any], ctx: Context) -> Result:
    """Return the value that came."""
    return Ok(payload.value)


async def slow(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for half a second, then return the value that came."""
    await asyncio.sleep(SLOW)
    return Ok(payload.value)


async def flaky(payload: Payload[Any], ctx: Context) -> Result:
    """Fail on every third payload, return the value of the others."""
    ctx.seen = ctx.seen + 1 if "seen" in ctx else 1
    if ctx.seen % EVERY == 0:
        raise ConnectionError(f"payload {ctx.seen} found the line down")
    return Ok(payload.value)


async def failing(payload: Payload[Any], ctx: Context) -> Result:
    """Fail on every payload."""
    raise ValueError(f"cannot process {payload.value!r}")


GALLERY: dict[str, Processor] = {
    "echo": echo,
    "slow": slow,
    "flaky": flaky,
    "failing": failing,
}
"""The processors by name, in the order of the menu."""
