"""Taking turns: room in a bounded queue, and barriers."""

import asyncio
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Generator
from typing import Any


class Room:
    """Senders that wait until no more than `limit` events are queued, let go in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        self._loop = loop
        self.limit = limit
        self.going = 0
        """How many were let go, and have not gone on yet."""
        # In order, and a waiter that is cancelled takes itself out from the middle at once: ten
        # thousand cancelled senders in a deque would be ten thousand walks over it.
        self._waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    def wait(self) -> Generator[Any, Any, None]:
        """Wait for room; to be delegated to by an awaitable."""
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting[turn] = None
        try:
            yield from turn
        finally:
            if turn in self._waiting:
                del self._waiting[turn]
            elif not turn.cancelled():
                self.going -= 1

    def let_go(self, queued: int) -> None:
        """Let as many go as there is room for, with this many events queued now.

        The events of those who wait are queued too, the last ones of all: that they were accepted
        is the soft bound. So who waits may go when the queued events minus the limit are fewer
        than those who wait.
        """
        while self._waiting and queued - self.limit < len(self._waiting):
            turn, _ = self._waiting.popitem(last=False)
            if not turn.done():
                turn.set_result(None)
                self.going += 1


class Barriers:
    """Waits for all events up to a certain one.

    Between one barrier and the next stand the events that were accepted between them: a stretch. A
    barrier is reached when no event of its stretch, or of one before it, is left to be done.
    """

    def __init__(self) -> None:
        self.lasts: list[int] = []
        """The ids up to which somebody waits; empty if nobody does."""
        self._left: list[int] = []
        self._all_left = 0
        self._reached: list[list[asyncio.Future[None]]] = []

    async def wait(self, loop: asyncio.AbstractEventLoop, last: int, remaining: int) -> None:
        """Return when the `remaining` events that are not done, up to the id `last`, are done."""
        if remaining == 0:
            return
        if not self.lasts or self.lasts[-1] != last:
            self.lasts.append(last)
            self._left.append(remaining - self._all_left)
            self._all_left = remaining
            self._reached.append([])
        reached: asyncio.Future[None] = loop.create_future()
        self._reached[-1].append(reached)
        try:
            await reached
        except asyncio.CancelledError:
            self._give_up(last, reached)
            raise

    def _give_up(self, last: int, reached: asyncio.Future[None]) -> None:
        place = bisect_left(self.lasts, last)
        if place == len(self.lasts) or reached not in self._reached[place]:
            return  # it was reached at the same time
        self._reached[place].remove(reached)
        if self._reached[place]:
            return
        left = self._left[place]
        del self.lasts[place], self._left[place], self._reached[place]
        if place < len(self._left):  # the stretch becomes part of the next one
            self._left[place] += left
        else:
            self._all_left -= left

    def passed_by(self, number: int) -> None:
        """Tell the barriers that the event with this id is done."""
        place = bisect_left(self.lasts, number)
        if place == len(self.lasts):
            return
        self._left[place] -= 1
        self._all_left -= 1
        while self._left and self._left[0] == 0:
            del self.lasts[0], self._left[0]
            for reached in self._reached.pop(0):
                if not reached.done():
                    reached.set_result(None)
