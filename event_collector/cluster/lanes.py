"""Lanes: payloads with equal partition keys, one after the other, on one worker.

A lane travels at most once at a time: what is in it goes in one chunk, in which the worker takes it
in order, and what comes meanwhile waits until the last of those has its result. So nothing can
overtake, whatever becomes of the worker.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from itertools import count
from typing import Any


class Lane[I]:
    """What waits and travels with one partition key.

    Args:
        value: The partition key.
        number: By which a worker knows it.
    """

    __slots__ = ("behind", "entered", "held", "left", "number", "travelling", "value", "waiting")

    def __init__(self, value: Hashable, number: int) -> None:
        self.value = value
        self.number = number
        self.waiting: deque[I] = deque()
        self.travelling = 0
        """How many were sent, or are to be sent again, and have no result."""
        self.entered = self.left = 0
        """How many have come, and how many of these have their result."""
        self.held = 0
        """For how many lanes elsewhere it waits before it may begin to travel."""
        self.behind: list[tuple[int, Callable[[], object]]] = []
        """What to call when so many have left."""


class Lanes[I]:
    """The lanes in which anything waits or travels. Others are not kept."""

    def __init__(self) -> None:
        self._lanes: dict[Hashable, Lane[I]] = {}
        self._numbers = count(1)
        self._ready: deque[Lane[I]] = deque()
        """Lanes in which something waits and nothing travels, in order."""

    def known(self, value: Hashable) -> Lane[I] | None:
        """The lane of a partition key, if anything waits or travels in it."""
        return self._lanes.get(value)

    def hold(self, lane: Lane[I], before: Lane[Any], go_on: Callable[[], object]) -> None:
        """Have a lane that is new wait for all that is in another one now.

        Args:
            lane: The new one.
            before: The other one.
            go_on: Called when it waits no more.
        """

        def release() -> None:
            lane.held -= 1
            if lane.waiting and not lane.held:
                self._ready.append(lane)
                go_on()

        lane.held += 1
        before.behind.append((before.entered, release))

    def of(self, value: Hashable) -> Lane[I]:
        """The lane of a partition key."""
        lane = self._lanes.get(value)
        if lane is None:
            lane = self._lanes[value] = Lane(value, next(self._numbers))
        return lane

    def put(self, lane: Lane[I], item: I) -> None:
        """Have an item wait at the end of its lane."""
        lane.entered += 1
        lane.waiting.append(item)
        if len(lane.waiting) == 1 and not (lane.travelling or lane.held):
            self._ready.append(lane)

    def put_back(self, lane: Lane[I], items: list[I]) -> None:
        """Items that were certainly not delivered wait again, before all others."""
        lane.travelling -= len(items)
        lane.waiting.extendleft(reversed(items))
        if not lane.travelling and lane not in self._ready:
            self._ready.appendleft(lane)

    def arrived(self, lane: Lane[I]) -> None:
        """One that travelled has its result."""
        lane.travelling -= 1
        lane.left += 1
        if lane.behind:
            _let_go(lane, lane.left)
        if lane.travelling:
            return
        if lane.waiting:
            self._ready.append(lane)
        else:
            self._lanes.pop(lane.value, None)

    def take(self, choose: Callable[[Lane[I]], Any]) -> Iterator[tuple[Any, list[I]]]:
        """For each lane that may travel, where to and what of it, as long as there is room.

        Args:
            choose: Gives the worker of a lane and how many it takes; None: not now.
        """
        for _ in range(len(self._ready)):
            lane = self._ready.popleft()
            chosen = choose(lane)
            if chosen is None:
                self._ready.append(lane)
                continue
            site, most = chosen
            items = [lane.waiting.popleft() for _ in range(min(most, len(lane.waiting)))]
            lane.travelling += len(items)
            yield site, items

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(len(lane.waiting) for lane in self._ready)

    def drop(self) -> list[I]:
        """All that wait; they wait no more, and nothing travels any more."""
        items = [item for lane in self._lanes.values() for item in lane.waiting]
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.waiting.clear()
            lane.travelling = 0  # what was to be sent again is given up, too
        self._lanes.clear()
        self._ready.clear()
        for lane in lanes:
            _let_go(lane, lane.entered)
        return items


def _let_go(lane: Lane[Any], left: int) -> None:
    """Tell those who wait until so many have left a lane."""
    due = [release for most, release in lane.behind if most <= left]
    lane.behind = [each for each in lane.behind if each[0] > left]
    for release in due:
        release()
