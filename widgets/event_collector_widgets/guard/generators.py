"""Asynchronous generators that were begun and are kept: at the end their tear-downs run, too."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from event_collector_widgets.guard.faults import Fault

LIMIT = 5.0
"""Seconds within which all of them have to end."""


async def close_generators(loop: Any) -> AsyncIterator[Fault]:
    """Close those that the notebook defines; an `asynccontextmanager` entered by hand is one.

    To keep one is not a fault, since Python would have closed it when it was dropped; what its
    tear-down raises is.

    Args:
        loop: The loop in which they were begun; asyncio's own know them.
    """
    end = loop.time() + LIMIT
    for generator in list(getattr(loop, "_asyncgens", ())):
        frame = generator.ag_frame
        if frame is None or generator.ag_running or frame.f_globals.get("__name__") != "__main__":
            continue
        what = f"{generator.__qualname__}(), an asynchronous generator,"
        try:
            async with asyncio.timeout(max(end - loop.time(), 0.0)):
                await generator.aclose()
        except TimeoutError as error:
            if loop.time() >= end:
                yield Fault(f"{what} did not end in time when it was closed")
            else:
                yield Fault.of(f"{what} failed when it was closed", error, None)
        except Exception as error:
            yield Fault.of(f"{what} failed when it was closed", error, None)
