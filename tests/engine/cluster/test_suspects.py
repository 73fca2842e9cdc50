"""Suspects: they travel on a worker that has nothing else, together once, and then alone."""

import asyncio

from event_collector.cluster.site import Item, Site
from event_collector.cluster.suspects import TOGETHER, Suspects
from tests.support import in_loop


def lost(place: int, attempts: int = 1) -> Item:
    """An item that was lost with its worker so often."""
    item = Item(place, None, asyncio.get_running_loop().create_future(), None)
    item.attempts = attempts
    return item


def sites(count: int) -> list[Site]:
    """Workers that are idle."""
    return [Site(f"tcp://{number}") for number in range(count)]


def places(taken: list[tuple[Site, list[Item]]]) -> list[list[int]]:
    """By their places, what goes."""
    return [[item.place for item in items] for _, items in taken]


@in_loop
async def test_a_few_travel_together_at_first() -> None:
    """On one of two workers: the other goes on with the rest."""
    suspects, workers = Suspects(3, one_by_one=False), sites(2)
    suspects.add([lost(place) for place in reversed(range(10))])
    (sent,) = suspects.take(workers, 0.0)
    assert places([sent]) == [[*range(TOGETHER)]]
    assert [site.alone for site in workers].count(True) == 1
    assert sent[0].alone


@in_loop
async def test_alone_where_it_is_the_last_attempt_or_not_the_first_loss() -> None:
    """Only who is alone can be blamed."""
    for most, attempts in ((2, 1), (4, 2)):
        suspects = Suspects(most, one_by_one=False)
        suspects.add([lost(place, attempts) for place in range(3)])
        assert places(list(suspects.take(sites(1), 0.0))) == [[0]]


@in_loop
async def test_a_busy_worker_is_kept_until_it_is_idle() -> None:
    """Nothing new goes there meanwhile, and it is let go when no suspect is left."""
    suspects, (worker,) = Suspects(3, one_by_one=False), sites(1)
    worker.sends = 1
    suspects.add([lost(0)])
    assert list(suspects.take([worker], 0.0)) == []
    assert (worker.alone, worker.room(10, 0.0)) == (True, 0)
    worker.sends = 0
    assert places(list(suspects.take([worker], 0.0))) == [[0]]
    list(suspects.take([worker], 0.0))
    assert (worker.alone, worker.room(10, 0.0)) == (False, 20)


@in_loop
async def test_what_has_an_order_goes_one_group_after_the_other() -> None:
    """Also when the worker that has the first one is not listed any more."""
    suspects, workers = Suspects(3, one_by_one=True), sites(4)
    suspects.add([lost(place) for place in range(20)])
    ((site, items),) = suspects.take(workers, 0.0)
    site.items = dict(enumerate(items))
    site.listed = False
    assert list(suspects.take(workers, 0.0)) == []
    site.items = {}
    assert places(list(suspects.take(workers, 0.0))) == [[*range(8, 16)]]


@in_loop
async def test_half_of_the_workers_are_kept_at_most() -> None:
    """The others go on with what is not suspect."""
    suspects, workers = Suspects(3, one_by_one=False), sites(4)
    suspects.add([lost(place, 2) for place in range(20)])
    for _ in range(5):
        for site, items in suspects.take(workers, 0.0):
            site.items = dict(enumerate(items))
    assert [site.alone for site in workers].count(True) == 2


@in_loop
async def test_a_worker_that_has_just_come_is_spared() -> None:
    """One that is killed while it starts, dask does not replace."""
    suspects, young = Suspects(3, one_by_one=False), Site("tcp://young", 10.0)
    suspects.add([lost(0)])
    assert list(suspects.take([young], 10.5)) == []
    assert not young.alone
    assert places(list(suspects.take([young], 11.5))) == [[0]]
