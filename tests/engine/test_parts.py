"""The parts of a queue that a History keeps."""

from random import Random
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, History, Payload, SimpleRouter
from tests.support import echo, in_loop, queue_of


def make_queue() -> CollectorQueue:
    """A queue with one collector."""
    return queue_of(Collector("c", echo))


class Own(SimpleRouter):
    """A router that chooses as it likes."""

    def route(self, payload: Payload[Any]) -> list[Collector]:
        """Choose nobody."""
        return []


@in_loop
async def test_a_closed_history_keeps_the_parts_that_it_saw() -> None:
    """What changes afterwards is not its business."""
    queue = make_queue()
    history = History(queue)
    seen = history.parts
    history.close()
    queue.set_limits(max_consumers=99)
    async with queue:
        await queue.add(Collector("later", echo))
    assert history.parts == seen


@in_loop
async def test_so_many_changes_of_collectors_are_kept_and_the_last_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oldest that is kept counts as how it began."""
    monkeypatch.setattr("event_collector.parts.CHANGES", 2)
    async with make_queue() as queue:
        history = History(queue)
        for key in ("x", "y", "z"):
            await queue.add(Collector(key, echo))
        last = [[one.key for one in change.collectors][-1] for change in history.parts.changes]
    assert last == ["y", "z"]
    assert history.parts.changes[0].time is None
    assert history.parts.changes[1].time is not None


def test_it_tells_whether_anybody_can_say_who_will_get_a_payload() -> None:
    """Of the default router that can be said, of one's own not; its name is told."""
    own = History(queue_of(Collector("c", echo), router=Own)).parts
    assert (own.router, own.chooses) == ("Own", False)
    usual = History(make_queue()).parts
    assert (usual.router, usual.chooses) == ("SimpleRouter", True)


def test_its_limits_are_the_last_ones() -> None:
    """Also when they changed before the queue ran."""
    queue = make_queue()
    history = History(queue)
    queue.set_limits(min_consumers=2, max_consumers=7, max_queued=9)
    parts = history.parts
    assert (parts.min_consumers, parts.max_consumers, parts.max_queued) == (2, 7, 9)


@in_loop
async def test_changes_are_told_in_order_whatever_they_are() -> None:
    """One that is added, one that is replaced, one that goes."""
    async with make_queue() as queue:
        history = History(queue)
        await queue.add(Collector("x", echo))
        await queue.add(Collector("y", echo, topics=["t"]))
        await queue.replace(Collector("x", echo, max_concurrency=1))
        await queue.remove("c")
        await queue.add(Collector("z", echo))
        changes = history.parts.changes
    told = [[(one.key, one.max_concurrency) for one in change.collectors] for change in changes]
    x, y = ("x", None), ("y", None)
    assert told == [
        [("c", None)],
        [("c", None), x],
        [("c", None), x, y],
        [("c", None), ("x", 1), y],
        [("x", 1), y],
        [("x", 1), y, ("z", None)],
    ]
    assert changes[2].collectors[2].topics == ("t",)


@in_loop
async def test_of_many_collectors_the_last_changes_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The changes tell of so many collectors together at most; the last one is whole."""
    monkeypatch.setattr("event_collector.parts.ENTRIES", 7)
    async with make_queue() as queue:
        history = History(queue)
        for key in ("x", "y", "z"):
            await queue.add(Collector(key, echo))
        assert [len(change.collectors) for change in history.parts.changes] == [3, 4]
        monkeypatch.setattr("event_collector.parts.ENTRIES", 1)
        (only,) = history.parts.changes
    assert [one.key for one in only.collectors] == ["c", "x", "y", "z"]
    assert only.time is None


class _Told:
    """Keeps how the collectors were whenever a History could have seen that they changed."""

    def __init__(self, queue: CollectorQueue) -> None:
        self.queue = queue
        self.told = [self.now()]

    def now(self) -> list[tuple[str, tuple[str, ...]]]:
        """Key and topics of each, in order."""
        return [(one.key, tuple(one.topics)) for one in self.queue.collectors.values()]


@in_loop
async def test_single_changes_come_to_the_same_as_all_collectors_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever was folded into how it began; those too that are overtaken on their way in."""
    monkeypatch.setattr("event_collector.parts.CHANGES", 20)
    random = Random(5)
    async with make_queue() as queue:
        history, told = History(queue), _Told(queue)
        for number in range(60):
            keys = list(queue.collectors)
            one = Collector(random.choice("abcdefgh"), echo, topics=[str(number)])
            if one.key in keys and random.random() < 0.5:
                await queue.remove(one.key)
            elif one.key in keys:
                await queue.replace(one)
            elif number % 3:
                await queue.add(one)
            else:
                with queue.collectors.place_for(one.key):
                    await queue.add(Collector(f"later {number}", echo))
                    told.told.append(told.now())
                    await queue.add(one)
            told.told.append(told.now())
            changes = history.parts.changes
            found = [[(each.key, each.topics) for each in one.collectors] for one in changes]
            assert found == told.told[-20:]
    assert [change.time is None for change in changes] == [True] + 19 * [False]


@in_loop
async def test_to_replace_or_remove_one_of_many_costs_a_history_one_of_them() -> None:
    """Not all of them anew: who replaces thousands one by one would make millions."""
    async with queue_of(*[Collector(f"c{number}", echo) for number in range(50)]) as queue:
        history = History(queue)
        await queue.replace(Collector("c7", echo))
        await queue.remove("c9")
        await queue.add(Collector("new", echo))
        changes = history.parts.changes
    assert [len(change.collectors) for change in changes] == [50, 50, 49, 50]
    assert len({id(one) for change in changes for one in change.collectors}) == 52
