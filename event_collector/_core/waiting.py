"""Taking turns: room in a bounded queue, and barriers."""

import asyncio
import sys
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Generator, Sequence, Sized
from typing import Any, Protocol

from event_collector._core.awaiting import first_of


class Room:
    """Senders that wait until no more than `limit` events are queued, let go in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        self._loop = loop
        self.limit = limit
        self.going: set[asyncio.Future[None]] = set()
        """Those who were let go, and have not gone on yet. Not a count, which an interrupt between
        two steps would leave wrong for ever."""
        # In order, and a waiter that is cancelled takes itself out from the middle at once: ten
        # thousand cancelled senders in a deque would be ten thousand walks over it.
        self._waiting: OrderedDict[asyncio.Future[None], int] = OrderedDict()
        self._outside: OrderedDict[asyncio.Future[None], int] = OrderedDict()
        """Those who wait to send. Both have numbers, by which who came first goes first."""
        self._came = 0
        self._coming: set[asyncio.Future[None]] = set()
        """Those of them who were let go, and have not sent yet."""
        self._closed = False

    def wait(self) -> Generator[Any, Any, None]:
        """Wait for room; to be delegated to by an awaitable."""
        turn: asyncio.Future[None] = self._loop.create_future()
        try:
            self._waiting[turn] = self._came = self._came + 1
            yield from turn
        finally:
            self._waiting.pop(turn, None)
            self.going.discard(turn)

    async def place(self, queued: Sized) -> None:
        """Wait until fewer events than the limit are queued; for who has not sent yet.

        Returns at once when all were sent away: the caller has to see for itself whether the queue
        still takes anything. Who has a place and does not send after all calls `pass_on`: the
        place is the next one's, and nobody else may ever tell them.
        """
        queues_up = bool(self._outside)  # behind those who wait already
        while not self._closed and (queues_up or len(queued) + len(self._coming) >= self.limit):
            queues_up = False
            turn: asyncio.Future[None] = self._loop.create_future()
            try:
                self._outside[turn] = self._came = self._came + 1
                await turn
                self._outside.pop(turn, None)
                self._coming.discard(turn)
            except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
                self._outside.pop(turn, None)
                self._coming.discard(turn)
                self.let_go(len(queued))  # if it had got a place, that is the next one's
                raise

    def full(self, queued: int) -> bool:
        """Whether who does not wait finds no place: all are taken, or given away."""
        return bool(self._outside) or queued + len(self._coming) >= self.limit

    def lift(self) -> None:
        """Let all go: the bound was lifted."""
        self.limit = sys.maxsize
        self.let_go(0)

    def send_away(self, queued: int) -> None:
        """Let all go who have not sent yet: the queue takes nothing any more. Those who waited
        behind them are behind nobody now, and it may be that no event is left to let them go."""
        self._closed = True
        while self._outside:
            self._wake(self._outside, self._coming)
        self.pass_on(queued)

    def pass_on(self, queued: int) -> None:
        """Somebody had a place, and does not send: it is the next one's who has not sent.

        Whoever waits with an event in the queue is let go when one is taken, unless none is left.
        """
        if not queued:
            self.let_go(0)
            return
        while self._outside and queued + len(self._coming) < self.limit:
            number = next(iter(self._outside.values()))
            if self._waiting and number > next(iter(self._waiting.values())):
                return
            self._wake(self._outside, self._coming)

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
                if queued + len(self._coming) >= self.limit:
                    return
                self._wake(self._outside, self._coming)
            elif waiting is not None and queued - self.limit < len(self._waiting):
                self._wake(self._waiting, self.going)
            else:
                return

    @staticmethod
    def _wake(
        line: OrderedDict[asyncio.Future[None], int], woken: set[asyncio.Future[None]]
    ) -> None:
        """Let the first one go, if it still waits."""
        turn = next(iter(line))
        if not turn.done():
            turn.set_result(None)
            woken.add(turn)  # afterwards: one that is counted will go on
        # Last: struck before, it is woken anew. It may have taken itself out, in an eager task.
        line.pop(turn, None)


class Counted(Protocol):
    """How many events there were, as far as this needs it."""

    accepted: int
    finished: int


class _Stretch:
    """The events between one barrier and the next."""

    __slots__ = ("left", "reached")

    def __init__(self, left: int) -> None:
        self.left = left
        """How many of them are not done."""
        self.reached: list[asyncio.Future[None]] = []
        """Who waits for them, and for those of the stretches before."""


class Barriers:
    """Waits for all events up to a certain one.

    Between one barrier and the next stand the events that were accepted between them: a stretch. A
    barrier is reached when no event of its stretch, or of one before it, is left to be done.
    """

    def __init__(self) -> None:
        self.lasts: list[int] = []
        """The ids up to which somebody waits, in order; empty if nobody does."""
        self._stretches: dict[int, _Stretch] = {}
        """By the id of the last event, in order."""
        self._all_left = 0

    async def wait(
        self,
        loop: asyncio.AbstractEventLoop,
        tally: Counted,
        refused: asyncio.Future[None] | None = None,
    ) -> None:
        """Return when every event is done that was accepted before this; or as soon as the caller
        is `refused`."""
        reached: asyncio.Future[None] = loop.create_future()
        stretch = _Stretch(0)
        stretch.reached.append(reached)
        # From here to the end of the `if` without a call: at any call the interpreter may run a
        # finalizer that sends and waits, too, and its barrier would stand before this one.
        last = tally.accepted
        if last == tally.finished:
            return
        try:
            if last in self._stretches:
                self._stretches[last].reached.append(reached)
            else:
                left = last - tally.finished
                stretch.left, self._all_left = left - self._all_left, left
                self._stretches[last] = stretch
                self.lasts.append(last)
            if refused is None:
                await reached
            else:
                await first_of(reached, refused)
        finally:
            if not reached.done() or reached.cancelled():
                self._give_up(last, reached)

    def waiters(self, number: int) -> list[asyncio.Future[None]]:
        """Who waits for the event with this id, among others."""
        later = self.lasts[bisect_left(self.lasts, number) :]
        return [reached for last in later for reached in self._stretches[last].reached]

    def _give_up(self, last: int, reached: asyncio.Future[None]) -> None:
        stretch = self._stretches.get(last)
        if stretch is None:
            return  # it was reached at the same time
        if reached in stretch.reached:
            stretch.reached.remove(reached)
        if stretch.reached:
            return
        del self._stretches[last]
        self.lasts[:] = self._stretches
        if (place := bisect_left(self.lasts, last)) < len(self.lasts):
            # the stretch becomes part of the next one
            self._stretches[self.lasts[place]].left += stretch.left
        else:
            self._all_left -= stretch.left

    def passed_by(self, number: int) -> None:
        """Tell the barriers that the event with this id is done."""
        place = bisect_left(self.lasts, number)
        if place == len(self.lasts):
            return
        stretch = self._stretches[self.lasts[place]]
        stretch.left -= 1
        self._all_left -= 1
        if place == 0 and stretch.left == 0:
            self._open()

    def mend(self, left: Sequence[int]) -> None:
        """Count anew, from the ids of all events that are not done: an interrupt has struck."""
        before = 0
        self.lasts[:] = self._stretches
        for last, stretch in self._stretches.items():
            here = sum(number <= last for number in left)
            stretch.left, before = here - before, here
        self._all_left = before
        self._open()

    def _open(self) -> None:
        """Let those go on whose events are all done."""
        while self.lasts and (stretch := self._stretches[self.lasts[0]]).left == 0:
            for reached in stretch.reached:  # first: struck in between, the barrier still stands
                if not reached.done():
                    reached.set_result(None)
            del self._stretches[self.lasts[0]]
            del self.lasts[0]
