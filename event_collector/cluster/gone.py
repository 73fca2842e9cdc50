"""Gone: what a client has on the workers is left there when it has gone without a word.

A queue that is shut down leaves its lifecycles itself. One whose process has died, or whose client
was closed before, cannot: the scheduler sees it, which has a connection to each client.
"""

import asyncio
from contextlib import suppress
from typing import Any

from distributed import SchedulerPlugin

from event_collector._log import logger

PREFIX = "event_collector "
"""What the names of our plugins begin with; they end with the id of the client."""

GRACE = 60.0
"""Seconds that a client has to come back whose connection broke: dask's own tries for 30."""


class LeaveWithClient(SchedulerPlugin):
    """On the scheduler, once: takes back from the workers what belongs to clients that have gone.

    A notebook that only stands still, in a debugger or a long cell, keeps its connection, and what
    it has.
    """

    name = "event_collector leaves with its client"
    idempotent = True

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def remove_client(self, scheduler: Any, client: str) -> None:
        """A client was closed, or its connection broke."""
        comm = scheduler.client_comms.get(client)
        within = GRACE if comm is None or comm.closed() else 0.0
        # Not a task that waits: one would be pending still when the scheduler's loop ends.
        asyncio.get_running_loop().call_later(within, self._begin, scheduler, client)

    def _begin(self, scheduler: Any, client: str) -> None:
        if client in scheduler.clients:
            return  # it has come back
        for name in list(scheduler.worker_plugins):
            if name.startswith(PREFIX) and name.endswith(f" {client}"):
                logger.info("%s has gone: %s is taken back from the workers", client, name)
                # Each by itself: one that hangs as it is left holds up no other.
                task = asyncio.get_running_loop().create_task(self._leave(scheduler, name))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _leave(self, scheduler: Any, name: str) -> None:
        with suppress(Exception):  # of a worker that ends meanwhile
            await scheduler.unregister_worker_plugin(comm=None, name=name)
