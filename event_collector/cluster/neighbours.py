"""Neighbours: the fleets of one loop on one cluster, which have its workers in common.

What ends a worker takes with it what all of them had there. So a worker that is kept for the
suspects of one is kept from the others, too, and idle is who has nothing of any of them. Fleets of
another loop, or of another process, are not known here.
"""

import asyncio
import weakref
from typing import Any, Protocol

from event_collector.cluster.lanes import Lane, Lanes
from event_collector.cluster.site import Site


class Fleet(Protocol):
    """One of them."""

    key: str
    lanes: Lanes[Any] | None
    queues: weakref.WeakSet[Any]

    @property
    def sites(self) -> dict[str, Site]: ...
    @property
    def suspects(self) -> int: ...
    def pump(self) -> None: ...


class Neighbours:
    """Those fleets, and their sites."""

    def __init__(self) -> None:
        self._fleets: list[Fleet] = []
        self._at: dict[str, list[Site]] = {}
        """By address, the sites of all fleets."""

    def join(self, fleet: Fleet) -> None:
        """A fleet begins."""
        self._fleets.append(fleet)

    def leave(self, fleet: Fleet) -> None:
        """A fleet has ended: it keeps no worker any more."""
        for site in fleet.sites.values():
            self.part(site)
        if fleet in self._fleets:
            self._fleets.remove(fleet)
            self.stir(fleet, everyone=True)

    def line_up(self, fleet: Fleet, lane: Lane[Any]) -> None:
        """Have a fleet's new lane wait for what a collector has in its own that was replaced by
        that of the fleet, in the same queue: it ends while the new one begins."""
        assert fleet.lanes is not None
        for other in self._fleets:
            if other is fleet:
                return
            replaced = other.key == fleet.key and not other.queues.isdisjoint(fleet.queues)
            if replaced and other.lanes is not None and (old := other.lanes.known(lane.value)):
                fleet.lanes.hold(lane, old, fleet.pump)

    def settle(self, site: Site) -> None:
        """A fleet has seen a worker."""
        site.beside = self._at.setdefault(site.address, [])
        site.beside.append(site)

    def part(self, site: Site) -> None:
        """A worker is lost, or has gone, for the fleet that had this site of it."""
        site.alone = False
        beside, site.beside = site.beside, []
        if site in beside:
            beside.remove(site)
        if not beside and self._at.get(site.address) is beside:
            del self._at[site.address]

    def waits(self, fleet: Fleet) -> bool:
        """Whether another one has suspects, and no worker for them."""
        return any(
            each is not fleet
            and each.suspects
            and not any(site.alone for site in each.sites.values())
            for each in self._fleets
        )

    def stir(self, fleet: Fleet, *, everyone: bool = False) -> None:
        """Something has ended at a fleet: another one may wait for just that.

        Args:
            fleet: Where it has.
            everyone: Whether it has let a worker go. Else that is heeded by those alone who wait
                until a worker has nothing of anybody: their suspects do.
        """
        for each in self._fleets:
            if each is not fleet and (everyone or each.suspects):
                each.pump()


_of_loops: weakref.WeakKeyDictionary[
    asyncio.AbstractEventLoop, weakref.WeakValueDictionary[str, Neighbours]
] = weakref.WeakKeyDictionary()


def neighbours_at(scheduler: str) -> Neighbours:
    """Those of the current loop on the cluster with this scheduler; kept by whoever has them."""
    clusters = _of_loops.setdefault(asyncio.get_running_loop(), weakref.WeakValueDictionary())
    if (found := clusters.get(scheduler)) is None:
        found = clusters[scheduler] = Neighbours()
    return found
