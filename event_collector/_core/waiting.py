"""Taking turns: room in a bounded queue, and barriers."""

import asyncio
import sys
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Generator, Sized
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
        self._waiting: OrderedDict[asyncio.Future[None], int] = OrderedDict()
        self._outside: OrderedDict[asyncio.Future[None], int] = OrderedDict()
        """Those who wait to send. Both have numbers, by which who came first goes first."""
        self._came = 0
        self._coming = 0
        """How many of them were let go, and have not sent yet."""
        self._closed = False

    def wait(self) -> Generator[Any, Any, None]:
        """Wait for room; to be delegated to by an awaitable."""
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting[turn] = self._came = self._came + 1
        try:
            yield from turn
        finally:
            if turn in self._waiting:
                del self._waiting[turn]
            elif not turn.cancelled():
                self.going -= 1

    async def place(self, queued: Sized) -> None:
        """Wait until fewer events than the limit are queued; for who has not sent yet.

        Returns at once when all were sent away: the caller has to see for itself whether the queue
        still takes anything.
        """
        queues_up = bool(self._outside)  # behind those who wait already
        while not self._closed and (queues_up or len(queued) + self._coming >= self.limit):
            queues_up = False
            turn: asyncio.Future[None] = self._loop.create_future()
            self._outside[turn] = self._came = self._came + 1
            try:
                await turn
            except asyncio.CancelledError:
                if self._outside.pop(turn, turn) is turn and turn.done() and not turn.cancelled():
                    self._coming -= 1
                    self.let_go(len(queued))  # its place is the next one's
                raise
            self._coming -= 1

    def full(self, queued: int) -> bool:
        """Whether who does not wait finds no place: all are taken, or given away."""
        return bool(self._outside) or queued + self._coming >= self.limit

    def lift(self) -> None:
        """Let all go: the bound was lifted."""
        self.limit = sys.maxsize
        self.let_go(0)

    def send_away(self) -> None:
        """Let all go who have not sent yet: the queue takes nothing any more."""
        self._closed = True
        while self._outside:
            self._coming += self._wake(self._outside)

    def let_go(self, queued: int) -> None:
        """Let as many go as there is room for, with this many events queued now.

        The events of those who wait are queued too, the last ones of all: that they were accepted
        is the soft bound. So who waits may go when the queued events minus the limit are fewer
        than those who wait.
        """
        while True:
            outside = next(iter(self._outside.values()), None)
            waiting = next(iter(self._waiting.values()), None)
            if outside is not None and (waiting is None or outside < waiting):
                # Whoever came later waits behind it. Otherwise senders who send again and again
                # would keep the queue full, and it would never have its turn.
                if queued + self._coming >= self.limit:
                    return
                self._coming += self._wake(self._outside)
            elif waiting is not None and queued - self.limit < len(self._waiting):
                self.going += self._wake(self._waiting)
            else:
                return

    @staticmethod
    def _wake(line: OrderedDict[asyncio.Future[None], int]) -> bool:
        """Let the first one go; say whether it still waits."""
        turn, _ = line.popitem(last=False)
        if turn.done():
            return False
        turn.set_result(None)
        return True


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
