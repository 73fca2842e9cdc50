"""Collectors that share workers: who keeps one for suspects, and when."""

import asyncio
import weakref
from typing import Any

from event_collector.cluster.lanes import Lanes
from event_collector.cluster.neighbours import Neighbours, neighbours_at
from event_collector.cluster.site import Item, Site
from event_collector.cluster.suspects import Suspects
from tests.support import in_loop


class Fleet:
    """What neighbours know of a fleet, and its suspects, all of them lost once."""

    key = "it"
    lanes: Lanes[Any] | None = None

    def __init__(self, neighbours: Neighbours, addresses: str, count: int) -> None:
        self.pumps = 0
        self.queues = weakref.WeakSet[Any]()
        self.sites = {each: Site(each) for each in addresses}
        self.held = Suspects(2, one_by_one=False)
        loop = asyncio.get_running_loop()
        items = [Item(place, None, loop.create_future(), None) for place in range(count)]
        for item in items:
            item.attempts = 1
        self.held.add(items)
        neighbours.join(self)
        for site in self.sites.values():
            neighbours.settle(site)

    @property
    def suspects(self) -> int:
        """How many wait."""
        return len(self.held)

    def pump(self) -> None:
        """Told that there may be room."""
        self.pumps += 1

    def take(self) -> list[Site]:
        """Where its suspects go now."""
        gone = []
        for site, items in self.held.take(list(self.sites.values()), 0.0):
            site.items = {item.place: item for item in items}
            gone.append(site)
        return gone


@in_loop
async def test_a_worker_that_is_kept_for_one_is_kept_from_the_others() -> None:
    """Suspects are alone there, and half of the workers go on, whoever has suspects."""
    neighbours = Neighbours()
    one, two = Fleet(neighbours, "ab", 2), Fleet(neighbours, "ab", 2)
    (kept,) = one.take()
    assert two.take() == []
    beside = two.sites[kept.address]
    assert (beside.room(10, 0.0), beside.quiet, beside.idle) == (0, False, True)
    other = next(site for site in two.sites.values() if site is not beside)
    assert other.room(10, 0.0) == 20


@in_loop
async def test_they_have_their_turns() -> None:
    """One after the other: who has many suspects does not keep the other waiting for all."""
    neighbours = Neighbours()
    one, two = Fleet(neighbours, "ab", 9), Fleet(neighbours, "ab", 1)
    (kept,) = one.take()
    assert neighbours.waits(one)
    assert not one.held.let_go([kept]), "it is not done"
    kept.items = {}
    assert one.held.let_go([kept])
    assert two.take() == [two.sites[kept.address]]
    assert neighbours.waits(two)
    assert one.take() == []
    two.sites[kept.address].items = {}
    two.take()  # nothing is left: the worker is let go
    assert one.take() == [kept]


@in_loop
async def test_a_suspect_waits_until_a_worker_has_nothing_of_the_others() -> None:
    """What runs there would be lost with it."""
    neighbours = Neighbours()
    one, two = Fleet(neighbours, "a", 1), Fleet(neighbours, "a", 0)
    busy = two.sites["a"]
    busy.sends = 1
    assert one.take() == []
    assert (one.sites["a"].alone, busy.room(10, 0.0)) == (True, 0)
    busy.sends = 0
    assert one.take() == [one.sites["a"]]


@in_loop
async def test_only_who_waits_for_a_quiet_worker_is_told_of_each_end() -> None:
    """Else each payload of one collector would be work for all others."""
    neighbours = Neighbours()
    one, two = Fleet(neighbours, "a", 0), Fleet(neighbours, "a", 1)
    three = Fleet(neighbours, "a", 0)
    neighbours.stir(one)
    assert [one.pumps, two.pumps, three.pumps] == [0, 1, 0]
    neighbours.stir(one, everyone=True)
    assert [one.pumps, two.pumps, three.pumps] == [0, 2, 1]


@in_loop
async def test_a_fleet_that_ends_keeps_nothing() -> None:
    """The others are told, and those of another cluster are none of theirs."""
    neighbours = neighbours_at("tcp://here")
    assert neighbours_at("tcp://here") is neighbours
    assert neighbours_at("tcp://there") is not neighbours
    one, two = Fleet(neighbours, "a", 1), Fleet(neighbours, "a", 1)
    one.take()
    neighbours.leave(one)
    assert two.pumps == 1
    assert two.take() == [two.sites["a"]]
    neighbours.leave(two)
