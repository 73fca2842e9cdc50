"""Scaling: a cluster that grows and shrinks by what a queue has for it."""

import asyncio
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from distributed import Adaptive
from distributed.deploy.cluster import Cluster

from event_collector import _check
from event_collector._text import one_line
from event_collector.cluster.collectors import ClusterCollector
from event_collector.cluster.fleet import Fleet
from event_collector.cluster.site import Site
from event_collector.queue import CollectorQueue


def adaptive(
    cluster: Cluster,
    queue: CollectorQueue,
    minimum: int,
    maximum: int,
    *,
    interval: float = 0.2,
    wait_count: int = 5,
) -> Adaptive:
    """Have a cluster grow and shrink by the load of a queue.

    Wanted is one worker for each `chunk` of events that are queued, or that the collectors on the
    cluster have taken, within the two bounds. It grows at once. A worker is retired when it was not
    needed `wait_count` times in a row, and **never with work**: it is given nothing more at
    first, and one that has some by then stays. Its lifecycles are left. Work that other clients
    have given it is not looked at.

    A queue of events that others process, too, makes it grow as if all were for the cluster: nobody
    knows before they are taken.

    It ends with the cluster, or by its `stop()`, or when nobody has the queue any more. Where the
    queue does not run, `minimum` is wanted.

    Args:
        cluster: What has started the workers, such as a LocalCluster, KubeCluster or SLURMCluster.
            The gateway's has no way to be told by us.
        queue: The queue; what is on the cluster in it may change.
        minimum: How many workers are kept, 0 or more.
        maximum: How many there are at most, at least one.
        interval: Seconds between two looks.
        wait_count: So many looks in a row must find a worker that is not needed.

    Returns:
        dask's own `Adaptive`.

    Raises:
        TypeError: An argument is of the wrong type, or the cluster cannot be told by us.
        ValueError: `minimum` is negative, `maximum` is less than it or 0, `interval` is not above
            0, or `wait_count` less than 1.
    """
    if not isinstance(cluster, Cluster):
        raise TypeError(
            f"cluster must be one of distributed's clusters, got {type(cluster).__name__}: "
            f"{one_line(cluster)}; give what has started the workers, not its client"
        )
    _check.kind(queue, CollectorQueue, "queue", "give the queue, such as bench.queue")
    _check.whole(minimum, "minimum", 0)
    _check.whole(maximum, "maximum", max(1, minimum))
    _check.duration(interval, "interval")
    _check.whole(wait_count, "wait_count", 1)
    return cluster.adapt(
        partial(_ByQueue, weakref.ref(queue)),  # type: ignore[arg-type]  # it makes one
        minimum=minimum,
        maximum=maximum,
        interval=interval,
        wait_count=wait_count,
    )


class _ByQueue(Adaptive):
    """Asks a queue, and not the scheduler, how many workers there should be.

    It runs in the cluster's loop, which may be another than the queue's, in another thread.
    """

    def __init__(
        self, queue: "weakref.ref[CollectorQueue]", cluster: Cluster, **options: Any
    ) -> None:
        self._queue = queue
        super().__init__(cluster, **options)

    def _fleets(self) -> list[Fleet]:
        queue = self._queue()
        if queue is None:
            return []
        remote = [each for each in queue.collectors.values() if isinstance(each, ClusterCollector)]
        return [fleet for each in remote for fleet in each._remote.fleets()]

    async def target(self) -> int:
        """How many workers there should be, before the bounds."""
        queue = self._queue()
        if queue is None:
            self.stop("nobody has the queue any more")
            return len(self.plan)
        fleets = self._fleets()
        if not fleets:
            return 0
        events = queue.metrics().queued
        events += sum(sum(fleet.loads.values()) + fleet.waiting for fleet in fleets)
        return -(-events // min(fleet.chunk for fleet in fleets))

    async def workers_to_close(self, target: int) -> list[Any]:
        """The names of workers that have nothing to do, so many that `target` are left."""
        workers: dict[str, Any] = self.cluster.scheduler_info["workers"]
        fleets = self._fleets()
        busy = {address for fleet in fleets for address, load in fleet.loads.items() if load}
        idle = [of["name"] for address, of in workers.items() if address not in busy]
        return idle[: max(0, len(self.plan) - target)]

    async def scale_down(self, workers: Any) -> None:
        """Retire workers, but those that have got work since they were chosen."""
        known: dict[str, Any] = self.cluster.scheduler_info["workers"]
        addresses = {of["name"]: address for address, of in known.items()}
        held = _Held(self._fleets())
        drained = []
        for name in workers:
            address = addresses.get(name)  # None: it has not arrived yet
            if address is None or await held.drain(address):
                drained.append(name)
        try:
            await super().scale_down(drained)
        except BaseException:
            await held.let_go()
            raise


class _Held:
    """Workers that are given nothing more, since they are about to be retired."""

    def __init__(self, fleets: list[Fleet]) -> None:
        self._fleets = fleets
        self._sites: list[tuple[Fleet, Site]] = []

    async def drain(self, address: str) -> bool:
        """Have a worker given nothing more; False, and nothing is changed, if it has something."""
        before = len(self._sites)
        for fleet in self._fleets:
            if not await self._in_its_loop(fleet, self._drain, fleet, address):
                await self.let_go(before)
                return False
        return True

    async def let_go(self, beyond: int = 0) -> None:
        """Have those workers given work again."""
        sites, self._sites[beyond:] = self._sites[beyond:], []
        for fleet, site in sites:
            await self._in_its_loop(fleet, self._keep, fleet, site)

    async def _in_its_loop(self, fleet: Fleet, call: Callable[..., bool], *given: Any) -> bool:
        async def made() -> bool:
            return call(*given)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(made(), fleet._loop))

    def _drain(self, fleet: Fleet, address: str) -> bool:
        site = fleet.sites.get(address)
        if site is None or not site.usable(fleet._loop.time()):
            return site is None or site.idle
        if not site.idle or site.alone:
            return False
        site.leaving = True
        self._sites.append((fleet, site))
        return True

    def _keep(self, fleet: Fleet, site: Site) -> bool:
        site.leaving = False
        fleet.pump_soon()
        return True
