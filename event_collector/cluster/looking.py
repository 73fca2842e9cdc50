"""Looking: which workers there are, seen from time to time, and at once where one is missing."""

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import dask.config
import dask.utils

from event_collector._log import logger
from event_collector._text import describe
from event_collector.cluster.errors import ClusterClosedError
from event_collector.cluster.link import Link
from event_collector.cluster.neighbours import Neighbours
from event_collector.cluster.site import Site

LOOK = 1.0
"""Seconds between two looks."""
SOON = 0.1
"""The same, while something waits for a worker."""
BETWEEN = 0.02
"""Seconds between two looks at least."""
SILENT = 15.0
"""Seconds after which a worker that is not listed any more, and says nothing, counts as lost."""
QUIET = 6.0
"""Seconds that a worker may say nothing beyond the time that its processors have: it replies every
other second, unless it hangs, or its machine does."""
DEAD = 5.0
"""Seconds for which a worker that was lost is not taken for a new one, though it is listed still:
the scheduler may hear later than we do that its process is dead."""
NOBODY = 10.0
"""Seconds after which it is said that there is no worker."""


class Fleet(Protocol):
    """Whose workers they are."""

    key: str
    link: Link
    neighbours: Neighbours
    timeout: float | None

    @property
    def waiting(self) -> int: ...
    def pump_soon(self) -> None: ...
    def lost(self, site: Site, exc: BaseException) -> None: ...
    def silent(self, site: Site) -> None: ...
    def give_up(self, exc: Exception) -> None: ...
    def refuse(self, failed: Any) -> None: ...


class Looking:
    """Keeps the sites of a fleet as the scheduler lists its workers.

    Args:
        fleet: Whose they are; told of what is lost.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.sites: dict[str, Site] = {}
        """By address."""
        self._lost: dict[str, float] = {}
        """When workers were lost that may be listed still."""
        self.now = asyncio.Event()
        """Set to have a look at once."""
        self._task: asyncio.Task[None] | None = None
        self._time = asyncio.get_running_loop().time
        self._deaf = False
        """Whether the scheduler did not answer the last time."""
        self._nobody_since: float | None = None
        self._tell_again = 0.0

    def begin(self) -> None:
        """Look from time to time."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._go_on(), name="event_collector looks")

    def end(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    def drop(self, site: Site) -> None:
        """A worker was lost."""
        self.sites.pop(site.address, None)
        self._fleet.neighbours.part(site)
        self._lost[site.address] = self._time()

    async def look(self) -> None:
        """See which workers there are.

        Raises:
            OSError: The scheduler is out of reach.
        """
        listed = await self._fleet.link.workers()
        now = self._time()
        for address, since in list(self._lost.items()):
            if address not in listed or now - since > DEAD:
                del self._lost[address]
        for address in listed:
            if address not in self.sites and address not in self._lost:
                self.sites[address] = site = Site(address, now if self._task else 0.0)
                self._fleet.neighbours.settle(site)
        for site in list(self.sites.values()):
            site.listed = site.address in listed
            silent_for = now - site.heard
            if site.items and self._too_long(silent_for):
                self._fleet.silent(site)
            self._heed_silence(site, silent_for)
            if site.listed:
                continue
            if site.idle:
                del self.sites[site.address]
                self._fleet.neighbours.part(site)
            elif silent_for > SILENT:
                self._fleet.lost(site, TimeoutError(f"it has said nothing for {SILENT:g} s"))
        failures = [site.failure for site in self.sites.values() if site.listed]
        if failures and all(failures):
            self._fleet.refuse(failures[0])

    def _heed_silence(self, site: Site, seconds: float) -> None:
        """Give a worker that says nothing, though it has something to answer, no more; say so."""
        before, site.silent = site.silent, site.asked and seconds > QUIET
        if site.silent and not before:
            logger.warning(
                "collector %r: worker %s has said nothing for %g s; %d events in it wait until it "
                "goes on, or the scheduler counts it as lost (dask's distributed.scheduler."
                "worker-ttl), and with them what has their partition keys",
                *(self._fleet.key, site.address, QUIET, len(site.items)),
            )

    def _too_long(self, seconds: float) -> bool:
        """Whether a worker that says nothing for so long cannot keep its processors' time limit."""
        limit = self._fleet.timeout
        return limit is not None and seconds > limit + QUIET

    async def _go_on(self) -> None:
        fleet = self._fleet
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.now.wait(), SOON if fleet.waiting else LOOK)
            self.now.clear()
            try:
                await self.look()
                self._deaf = False
            except asyncio.CancelledError:
                raise
            except Exception as exc:
                self._deaf = True
                logger.debug("collector %r: the scheduler: %s", fleet.key, describe(exc))
            if fleet.link.closed:
                fleet.give_up(ClusterClosedError(*fleet.link.said))
            self._tell_of_nobody()
            fleet.pump_soon()
            await asyncio.sleep(BETWEEN)

    def _tell_of_nobody(self) -> None:
        """Say it when something has waited for long and there is no worker at all; give up where
        dask's own `no-workers-timeout` says so."""
        fleet, now = self._fleet, self._time()
        if self.sites or not fleet.waiting:
            self._nobody_since = None
        elif self._nobody_since is None:
            self._nobody_since = now
        elif (most := _longest()) is not None and now - self._nobody_since > most:
            self._nobody_since = None
            fleet.give_up(ClusterClosedError(f"the cluster has had no worker for {most:g} s"))
        elif now - self._nobody_since > NOBODY and now >= self._tell_again:
            self._tell_again = now + 6 * NOBODY
            logger.warning(
                "collector %r: %s, and %d events wait",
                fleet.key,
                "the scheduler does not answer" if self._deaf else "the cluster has no worker",
                fleet.waiting,
            )


def _longest() -> float | None:
    """For how many seconds dask is told to wait for a worker where there is none; None: for ever,
    as it is unless configured."""
    said = dask.config.get("distributed.scheduler.no-workers-timeout", None)
    seconds = dask.utils.parse_timedelta(said)
    return None if seconds is None else float(seconds)
