"""Fleet: the workers that run one collector's processor, and what is on its way to them and back.

What a payload goes through: it waits; it is sent in a chunk, one opaque blob, to the worker with
most room; it is done there; its result is fetched. A worker has two chunks of payloads at most. The
rest waits here, and behind it in the queue: that is the backpressure.

A worker that is lost leaves payloads of which nobody knows whether they ended it: suspects. They
travel again on a worker that has nothing else, at first a few together and at last alone; one that
is with a worker each time that it is lost gets an Error.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import Hashable
from contextlib import suppress
from itertools import count
from typing import Any

from distributed.comm.core import CommClosedError

from event_collector._log import logger
from event_collector._text import describe
from event_collector.cluster import packing
from event_collector.cluster.errors import ClusterClosedError
from event_collector.cluster.lanes import Lane, Lanes
from event_collector.cluster.leaving import take_back
from event_collector.cluster.link import Link
from event_collector.cluster.looking import Looking
from event_collector.cluster.neighbours import neighbours_at
from event_collector.cluster.plugin import CollectorPlugin
from event_collector.cluster.site import Item, Site
from event_collector.cluster.starting import Starting
from event_collector.cluster.suspects import Suspects
from event_collector.cluster.transfers import Transfers
from event_collector.data import Error, Result
from event_collector.errors import LifecycleEndedError

AGAIN = 0.2
"""Seconds until a worker that was not reached, or is not set up, is tried again."""


class Fleet:
    """One collector on the workers of a cluster, for the queues of one loop.

    Args:
        key: The collector's key.
        link: How the cluster is asked.
        plugin: What is set up on each worker.
        timeout: How many seconds the processor has for a payload, on the worker; or None.
        chunk: How many payloads travel together at most.
        max_attempts: How often a payload is given to a worker that is lost with it.
        ordered: Whether payloads travel in lanes.
    """

    def __init__(
        self,
        key: str,
        link: Link,
        plugin: CollectorPlugin,
        *,
        timeout: float | None,
        chunk: int,
        max_attempts: int,
        ordered: bool,
    ) -> None:
        self.key = key
        self.link = link
        self.plugin = plugin
        self.timeout = timeout
        self.chunk = chunk
        self.max_attempts = max_attempts
        self.neighbours = neighbours_at(link.scheduler)
        self._looking = Looking(self)
        self._starting = Starting(self)
        self.lanes: Lanes[Item] | None = Lanes() if ordered else None
        self.queues: weakref.WeakSet[Any] = weakref.WeakSet()
        """The consumers of the queues that have sent anything."""
        self._waiting: deque[Item] = deque()
        self._suspects = Suspects(max_attempts, one_by_one=ordered)
        self._loop = asyncio.get_running_loop()
        self._places, self._numbers = count(1), count(1)
        self._due = False
        self._transfers = Transfers(self)
        self._closed = False

    # Open and close

    async def open(self) -> None:
        """Enter the lifecycle on all workers.

        Raises:
            ClusterClosedError: The scheduler is out of reach, or no worker answers.
            Exception: What the lifecycle raised on a worker.
        """
        try:
            await self._starting.register()
            self.neighbours.join(self)
            await self._looking.look()
            await self._starting.greet()
        except BaseException as exc:
            self.neighbours.leave(self)
            with suppress(Exception):
                await self._take_back()
            if self.link.closed or isinstance(exc, CommClosedError):
                raise ClusterClosedError(*self.link.said) from exc
            raise
        self._looking.begin()

    async def close(self) -> None:
        """Leave the lifecycle on all workers; what has no result by then gets an Error.

        Raises:
            Exception: What the lifecycle raised there.
        """
        self._closed = True
        self._looking.end()
        self.neighbours.leave(self)
        self._starting.end()
        self.give_up(ClusterClosedError("the collector was left", "send it again"))
        try:
            await self._take_back()
        finally:
            await self._transfers.end()

    async def _take_back(self) -> None:
        if not self.link.closed:
            await take_back(self.link, self.plugin.token, self.key)

    # In and out

    def put(self, packed: Any, lane: Lane[Item] | None) -> Item:
        """Have a payload sent in the next turn of the loop."""
        item = Item(next(self._places), packed, self._loop.create_future(), lane)
        if self.link.closed:
            item.done.set_result(Error(ClusterClosedError(*self.link.said)))
            return item
        if lane is None:
            self._waiting.append(item)
        else:
            assert self.lanes is not None
            self.lanes.put(lane, item)
        self.pump_soon()
        return item

    def lane_of(self, value: Hashable) -> Lane[Item]:
        """The lane of a partition key; a new one is in line behind what was there before."""
        assert self.lanes is not None
        lane = self.lanes.known(value)
        if lane is None:
            self.neighbours.line_up(self, lane := self.lanes.of(value))
        return lane

    def call_off(self, item: Item) -> None:
        """Nobody waits for it any more: tell the worker that has it."""
        site = item.site
        if site is not None and item.number in site.items and not site.gone:
            self._transfers.cancel(site, [item.number])

    @property
    def sites(self) -> dict[str, Site]:
        """The workers, by address."""
        return self._looking.sites

    @property
    def loads(self) -> dict[str, int]:
        """By address of each worker, how many payloads it has."""
        return {site.address: len(site.items) for site in self.sites.values()}

    @property
    def waiting(self) -> int:
        """How many payloads wait for a worker."""
        in_lanes = 0 if self.lanes is None else self.lanes.waiting
        return len(self._waiting) + in_lanes + len(self._suspects)

    # The pump

    def pump_soon(self) -> None:
        """Send what waits, with all else that comes in this turn of the loop."""
        if not self._due:
            self.pump()
            self.neighbours.stir(self)

    def pump(self) -> None:
        """The same, where it is another fleet that makes room."""
        if not self._due:
            self._due = True
            self._loop.call_soon(self._pump)

    @property
    def suspects(self) -> int:
        """How many payloads may have ended their worker, and wait to be tried again."""
        return len(self._suspects)

    def _pump(self) -> None:
        self._due = False
        now, sites = self._loop.time(), list(self.sites.values())
        kept = [site for site in sites if site.alone]
        if not (kept and self.neighbours.waits(self) and self._suspects.let_go(kept)):
            for site, items in self._suspects.take(sites, now):
                self._send(site, items)
        if not all(site.alone for site in kept):
            self.neighbours.stir(self, everyone=True)
        if self.lanes is not None:
            self._pump_lanes(now)
        while self._waiting:
            free = [site for site in self.sites.values() if site.room(self.chunk, now)]
            if not free:
                break
            site = min(free, key=lambda each: (each.sends, len(each.items)))
            share = -(-len(self._waiting) // len(free))  # so that no worker is left without
            most = min(self.chunk, site.room(self.chunk, now), share)
            if site.sends and most < self.chunk:
                break  # a chunk is on its way to each: more may gather until it is answered
            self._send(site, [self._waiting.popleft() for _ in range(most)])
        if self._waiting and not any(site.usable(now) for site in self.sites.values()):
            self._looking.now.set()

    def _pump_lanes(self, now: float) -> None:
        assert self.lanes is not None
        chunks: dict[str, list[Item]] = {}

        def choose(lane: Lane[Item]) -> tuple[Site, int] | None:
            site = self._site_of(lane, now)
            if site is None:
                return None
            room = site.room(self.chunk, now)
            most = min(self.chunk, room) - len(chunks.get(site.address, ()))
            return (site, most) if most > 0 else None

        for site, items in self.lanes.take(choose):
            chunks.setdefault(site.address, []).extend(items)
        for address, items in chunks.items():
            self._send(self.sites[address], items)

    def _site_of(self, lane: Lane[Item], now: float) -> Site | None:
        """The worker of a lane: the same each time, while the workers are the same."""
        usable = [site for site in self.sites.values() if site.usable(now)]
        return max(usable, key=lambda site: hash((site.address, lane.value)), default=None)

    # To a worker, and back

    def _send(self, site: Site, items: list[Item]) -> None:
        """Give a chunk to a worker: that is an attempt, unless it turns out that it got nothing."""
        for item in [item for item in items if item.done.done()]:  # nobody waits for them any more
            items.remove(item)
            self._settle(item, Error(asyncio.CancelledError()))
        if not site.items:
            site.heard = self._loop.time()
        for item in items:
            item.number = next(self._numbers)
            item.site = site
            item.attempts += 1
            site.items[item.number] = item
        if items:
            self._transfers.send(site, items)

    def heed(self, site: Site, state: Any) -> None:
        """Heed what a worker says of itself."""
        site.heed(state, self.key, self._loop.time())

    def arrived(self, site: Site, done: list[Any]) -> None:
        """Results have come back."""
        site.heard = self._loop.time()
        for number, kind, packed, shown in done:
            item = site.items.pop(number, None)
            if item is not None:
                item.shown = shown
                self._settle(item, packing.unpack_result(kind, packed))

    def _settle(self, item: Item, result: Result) -> None:
        if item.lane is not None:
            assert self.lanes is not None
            self.lanes.arrived(item.lane)
        if not item.done.done():
            item.done.set_result(result)

    # What goes wrong

    def not_delivered(self, site: Site, items: list[Item]) -> None:
        """They wait again, in order: that was not an attempt."""
        if not site.leaving:
            site.retry_at = self._loop.time() + AGAIN
        # Those that it has no more were lost with it, or given up.
        items = [item for item in items if site.items.pop(item.number, None) is not None]
        for item in items:
            item.attempts -= 1
            item.site = None
        if site.alone:
            self._suspects.add(items)
            site.alone = False
            self.neighbours.stir(self, everyone=True)
        elif self.lanes is None:
            self._waiting.extendleft(reversed(items))
        else:
            for lane in dict.fromkeys(item.lane for item in items):
                assert lane is not None
                self.lanes.put_back(lane, [item for item in items if item.lane is lane])
        self._looking.now.set()

    def lost(self, site: Site, exc: BaseException) -> None:
        """A worker is lost, and nobody knows what it has done: all that it had are suspects."""
        if site.gone:
            return
        site.gone = True
        self._looking.drop(site)
        self.link.forget(site.address)
        items, site.items = list(site.items.values()), {}
        if items and not self._closed:
            logger.info(
                "collector %r: worker %s was lost with %d events in it: %s",
                *(self.key, site.address, len(items), describe(exc)),
            )
        for item, fault in self._suspects.lost(items, site.address, self.key):
            self._settle(item, Error(fault))
        self._looking.now.set()
        self.pump_soon()

    def silent(self, site: Site) -> None:
        """A worker says nothing for longer than its processors may take: nobody waits for those."""
        items, site.items = list(site.items.values()), {}
        for item in items:
            late = TimeoutError(
                f"the processor of {self.key!r} did not end within its timeout of "
                f"{self.timeout:g} s, and worker {site.address} says nothing"
            )
            self._settle(item, Error(late))

    def give_up(self, exc: Exception) -> None:
        """Nothing has a result any more that has none now."""
        for site in self.sites.values():
            items, site.items = list(site.items.values()), {}
            for item in items:
                self._settle(item, Error(exc))
        left = [*self._suspects.drop(), *self._waiting]
        if self.lanes is not None:
            left += self.lanes.drop()
        self._waiting = deque()
        for item in left:
            if not item.done.done():
                item.done.set_result(Error(exc))

    def refuse(self, failed: Any) -> None:
        """The lifecycle is open on none of the workers: what waits gets an Error."""
        ended = LifecycleEndedError(self.key, "is not open on any worker")
        ended.__cause__ = packing.unpack_result(*failed).exception  # type: ignore[union-attr]
        self.give_up(ended)
