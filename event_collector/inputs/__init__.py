"""Inputs: what brings payloads into a queue that runs as a service, and leaves before it drains.

An input is a function of the queue that gives an async context manager:

    @asynccontextmanager
    async def readings(queue):
        ...          # open the connection, begin to send with queue.get_publisher()
        yield        # the service runs
        ...          # take nothing in any more, and close: the queue still answers

    async with stop_on_signals() as stop, queue, readings(queue):
        await stop.wait()

Written in this order, a signal ends the input first. Then the queue processes what was accepted.

`read_lines` is one, of the standard library. `event_collector.inputs.http` answers requests.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from event_collector.inputs.lines import read_lines
from event_collector.queue import CollectorQueue

__all__ = ["Inputs", "read_lines"]

type Inputs = Callable[[CollectorQueue], AbstractAsyncContextManager[object]]
"""An input: given the running queue, it sends to it for as long as its block runs."""
