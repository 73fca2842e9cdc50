"""Suspects: payloads that were lost with their worker, and may be what ended it.

They travel again on a worker that has nothing else, of no fleet, so that nobody is blamed for what
another did: at first a few together, then, and wherever it is the last attempt, alone. Half of the
workers may be kept for them, the others go on.
"""

import asyncio
from collections.abc import Iterator

from event_collector.cluster.errors import WorkerLostError
from event_collector.cluster.site import Item, Site

TOGETHER = 8
"""So many travel together the first time."""


class Suspects:
    """Those that wait to be tried again, in the order of their places.

    Args:
        max_attempts: How often a payload is given to a worker that is lost with it.
        one_by_one: Whether one worker is kept for them at most, so that they stay in order.
    """

    def __init__(self, max_attempts: int, *, one_by_one: bool) -> None:
        self._max_attempts = max_attempts
        self._one_by_one = one_by_one
        self._items: list[Item] = []
        self._had_turn = False
        """Whether some have travelled since another fleet was let go first."""

    def __len__(self) -> int:
        return len(self._items)

    def add(self, items: list[Item]) -> None:
        """Have some wait in their places."""
        self._items = sorted([*self._items, *items], key=lambda each: each.place)

    def lost(self, items: list[Item], address: str, key: str) -> list[tuple[Item, BaseException]]:
        """Some were lost with their worker: have them wait, but for those that are given up.

        Returns:
            Those, each with what becomes of it.
        """
        again, given_up = list[Item](), list[tuple[Item, BaseException]]()
        for item in items:
            item.workers.append(address)
            item.site = None
            if item.attempts >= self._max_attempts:
                given_up.append((item, WorkerLostError(key, item.attempts, item.workers)))
            elif item.done.done():  # nobody waits for it any more
                given_up.append((item, asyncio.CancelledError()))
            else:
                again.append(item)
        self.add(again)
        return given_up

    def drop(self) -> list[Item]:
        """All of them; they wait no more."""
        items, self._items = self._items, []
        return items

    def let_go(self, sites: list[Site]) -> bool:
        """Let another fleet, which waits, have a worker that is kept here; it has had its turn.

        Returns:
            Whether there is one that it may have now.
        """
        mine = [site for site in sites if site.alone and site.quiet]
        if not (self._had_turn and mine):
            return False
        self._had_turn = mine[0].alone = False
        return True

    def take(self, sites: list[Site], now: float) -> Iterator[tuple[Site, list[Item]]]:
        """Which go where now; keep a worker for them where none is idle, or let it go again."""
        if not self._items:
            for site in sites:
                site.alone = site.alone and not site.idle
            return
        if self._one_by_one and any(site.alone and not site.idle for site in sites):
            return  # also one that is not usable any more: what it has comes first
        usable = [site for site in sites if site.settled(now)]
        mine = [site for site in usable if site.alone]
        rest = [site for site in usable if not site.kept]
        half = max(1, len(usable) // 2)  # for the suspects of all fleets
        most = min(1 if self._one_by_one else half, len(self._items))
        if rest and len(mine) < most and len(usable) - len(rest) < half:
            site = min(rest, key=lambda each: each.load)
            site.alone = True
            mine.append(site)
        for site in mine:
            if site.quiet and self._items:
                self._had_turn = True
                yield site, self._some()

    def _some(self) -> list[Item]:
        """The first, with others that were lost but once where none of them has to be alone."""
        size = 0
        for item in self._items[:TOGETHER]:
            if item.attempts > 1 or item.attempts + 1 >= self._max_attempts:
                break
            size += 1
        size = max(1, size)
        items, self._items = self._items[:size], self._items[size:]
        return items
