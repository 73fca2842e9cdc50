"""Transfers: chunks to the workers and results back, each in a task of its own.

A chunk is answered when all of it is done, or after a moment. Of what is not done by then the
results are fetched, by one request for each worker, which it answers as soon as there are any. So
nothing that is done waits for what is slow.
"""

import asyncio
import pickle
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Protocol

from event_collector.cluster.link import Link, NotDeliveredError
from event_collector.cluster.plugin import CANCEL, FETCH, SEND, CollectorPlugin
from event_collector.cluster.site import Item, Site


class Fleet(Protocol):
    """For whom it is."""

    link: Link
    plugin: CollectorPlugin

    def pump_soon(self) -> None: ...
    def heed(self, site: Site, state: Any) -> None: ...
    def arrived(self, site: Site, done: list[Any]) -> None: ...
    def not_delivered(self, site: Site, items: list[Item]) -> None: ...
    def lost(self, site: Site, exc: BaseException) -> None: ...


class Transfers:
    """What is on its way to workers, and back.

    Args:
        fleet: For whom; told of what comes back, and of what does not.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, site: Site, items: list[Item]) -> None:
        """Send a chunk to a worker."""
        site.sends += 1
        self._start(self._send(site, items))

    def cancel(self, site: Site, numbers: list[int]) -> None:
        """Have a worker cancel what nobody waits for any more."""
        self._start(self._cancel(site, numbers))

    async def end(self) -> None:
        """Wait for nothing any more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.Task(coroutine, loop=self._loop, eager_start=True)
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, site: Site, what: str, blob: bytes) -> tuple[Any, Any]:
        fleet = self._fleet
        return await fleet.link.ask(site.address, what, fleet.plugin.token, blob)

    async def _send(self, site: Site, items: list[Item]) -> None:
        """Send a chunk; take what comes back."""
        fleet = self._fleet
        entries = [
            (item.number, None if item.lane is None else item.lane.number, item.packed)
            for item in items
        ]
        blob = pickle.dumps(entries, protocol=5)
        del entries
        try:
            state, done = await self._ask(site, SEND, blob)
        except NotDeliveredError:
            fleet.not_delivered(site, items)
        except Exception as exc:
            fleet.lost(site, exc)
        else:
            fleet.heed(site, state)
            if done is None:  # it has taken nothing of it
                fleet.not_delivered(site, items)
            else:
                fleet.arrived(site, done)
        finally:
            site.sends -= 1
            self._fetch_if_needed(site)
            fleet.pump_soon()

    def _fetch_if_needed(self, site: Site) -> None:
        # A chunk on its way is answered soon, with all that is done then.
        if site.items and not (site.fetching or site.sends or site.gone):
            site.fetching = True
            self._start(self._fetch(site))

    async def _fetch(self, site: Site) -> None:
        """Fetch results from a worker as long as it has payloads of ours."""
        fleet = self._fleet
        try:
            while site.items and not (site.sends or site.gone):
                state, done = await self._ask(site, FETCH, b"")
                if done is None:
                    raise ConnectionError("it does not know the collector any more")
                fleet.heed(site, state)
                fleet.arrived(site, done)
                fleet.pump_soon()
        except Exception as exc:  # broken, or not to be made: it has payloads
            fleet.lost(site, exc)
        finally:
            site.fetching = False

    async def _cancel(self, site: Site, numbers: list[int]) -> None:
        with suppress(NotDeliveredError, OSError):
            await self._ask(site, CANCEL, pickle.dumps(numbers))
