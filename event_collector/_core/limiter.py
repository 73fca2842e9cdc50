"""A collector's `max_concurrency`: no more than that many payloads are in service in it.

Two ways lead in. The queue asks `full` before a consumer begins, and parks the event if so: that
holds no consumer. Who calls `Collector.process`, or several collectors of one event, of which one
got full meanwhile, wait in `enter`.

Its places are counted, and its waiters woken, in one event loop: that of the queues that have its
collector. A queue claims it before it starts, and one in another loop is refused meanwhile.
"""

import asyncio
import threading
from asyncio import _get_running_loop
from collections.abc import Callable  # noqa: TC003

_CLAIMING = threading.RLock()
"""Held for a moment by a queue that starts or stops, in whatever thread.

Meanwhile that thread may come by again: a garbage collection may begin there, and a queue that is
collected with its closed loop releases what it has.
"""


class Limiter:
    """The places of a collector with `max_concurrency`, given away in the order of asking."""

    __slots__ = ("_claimed", "_claims", "_loop", "_taken", "_waiting", "limit", "on_room")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.on_room: list[Callable[[], None]] = []
        """Each is called when a place gets free for which nobody waits here."""
        # Places are objects, not a count: one that is given back after its loop was closed is
        # told from one that somebody in a new loop has now.
        self._taken: set[object] = set()
        self._waiting: dict[asyncio.Future[None], object] = {}
        """Who waits, in order, and the place that he will have."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._claimed: asyncio.AbstractEventLoop | None = None
        """The loop of the queues that have it, as long as that is not closed."""
        self._claims = 0
        """How many queues have it."""

    def claim(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Note that a queue in this loop has it; say whether that can be."""
        with _CLAIMING:
            if self._claimed is not loop:
                if self._claims and self._claimed is not None and not self._claimed.is_closed():
                    return False
                self._claimed, self._claims = loop, 0
                self._forget_stopped(loop)
            self._claims += 1
            return True

    def release(self, loop: asyncio.AbstractEventLoop) -> None:
        """A queue in this loop has it no more."""
        with _CLAIMING:
            if self._claimed is loop and self._claims:
                self._claims -= 1

    def _forget_stopped(self, loop: asyncio.AbstractEventLoop) -> None:
        """No queue has it any more in the loop before. If that is only stopped, it may never give a
        place back; whoever waits there, without a queue, is told when it is run on."""
        before = self._loop
        if before is None or before is loop or before.is_running():
            return
        self._taken.clear()
        waiting, self._waiting = self._waiting, {}
        for turn in waiting:
            if not (turn.done() or before.is_closed()):
                turn.set_exception(self._elsewhere())

    def _elsewhere(self) -> RuntimeError:
        return RuntimeError(
            f"a collector with max_concurrency={self.limit} is in use in another event loop; "
            "make a Collector for each loop, or send to the queue there with send_threadsafe()"
        )

    def _check_loop(self) -> None:
        """Raise if it is in use in another loop: nobody there could be woken from here."""
        here = asyncio.get_running_loop()
        users = (self._claimed if self._claims else None, self._loop if self._taken else None)
        for loop in users:
            if loop is not None and loop is not here and not loop.is_closed():
                raise self._elsewhere()

    @property
    def turns_away(self) -> bool:
        """Whether a queue in this loop is to wait for a place. Where it is in use in another loop,
        nobody could wake that queue from there: who enters it is told."""
        if len(self._taken) < self.limit or not self.full:
            return False
        return self._loop is _get_running_loop()

    @property
    def full(self) -> bool:
        """Whether there is no place now."""
        if len(self._taken) < self.limit:
            return False
        if self._loop is not None and self._loop.is_closed():  # it will never give a place back
            self._taken.clear()
            self._waiting.clear()
            self._tell()
            return False
        return True

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return len(self._taken)

    @property
    def waiting(self) -> int:
        """How many wait in `enter`. Who was cancelled, or waits in a loop that was closed, does
        not."""
        if self._loop is not None and self._loop.is_closed():
            return 0
        return sum(not turn.done() for turn in list(self._waiting))

    async def enter(self, place: object) -> None:
        """Take a place; wait for it if there is none.

        Args:
            place: A new object, to be given back by `leave`, also if this raises. The caller makes
                it: what was returned to him could get lost on the way, by an interrupt.

        Raises:
            RuntimeError: It is in use in another loop.
        """
        self._check_loop()
        if not self.full:
            self._loop = asyncio.get_running_loop()
            self._taken.add(place)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = place
        try:
            await turn
        except BaseException:
            # Cancelled in the same turn of the loop in which it was given a place: the place
            # goes to the next, or it would be lost.
            self.leave(place)
            raise
        finally:
            self._waiting.pop(turn, None)

    def leave(self, place: object) -> None:
        """Give a place back, to whoever waits for it; one that was never taken is none."""
        # Else its loop was closed, and what is taken is somebody else's.
        if place in self._taken:
            try:
                self._taken.discard(place)
                self._give_away()
            except BaseException:  # the stop button strikes once
                self._give_away()
                raise

    def _give_away(self) -> None:
        while self._waiting:
            turn, place = next(iter(self._waiting.items()))
            # One that has its place already was not woken: the stop button struck in between.
            if place not in self._taken and len(self._taken) >= self.limit:
                return
            if not turn.done():  # done: cancelled, and not gone on yet to take itself out
                # Taken here, not when the waiter goes on: a newcomer in between would find the
                # place free, overtake, and make one too many.
                self._taken.add(place)
                turn.set_result(None)
            self._waiting.pop(turn, None)
        if len(self._taken) < self.limit:
            self._tell()

    def _tell(self) -> None:
        for tell in list(self.on_room):
            tell()
