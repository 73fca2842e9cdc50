"""Processors to try out, and events to try them on."""

from typing import Any

from event_collector_widgets import Workbench

from event_collector import CollectorEvent, Context, Error, Ok, Payload, Result
from tests.widgets.benches import collector


async def strict(payload: Payload[Any], ctx: Context) -> Result:
    """Double what is not negative."""
    if payload.value < 0:
        raise ValueError(f"{payload.value} is negative")
    return Ok(payload.value * 2)


async def mended(payload: Payload[Any], ctx: Context) -> Result:
    """Take negative values, and no large ones."""
    if payload.value > 100:
        return Error(ValueError(f"{payload.value} is too large"))
    return Ok(abs(payload.value) * 2)


async def forgiving(payload: Payload[Any], ctx: Context) -> Result:
    """Give what came."""
    return Ok(payload.value)


async def filled(bench: Workbench, *values: Any, **options: Any) -> list[CollectorEvent]:
    """The events of these values, done, in a bench with the collector "x"."""
    options.setdefault("processor", strict)
    if "x" not in bench.collectors:
        await bench.put(collector("x", **options))
    events = await bench.publisher.send_all(Payload(value) for value in values)
    for event in events:
        await event.wait()
    return events
