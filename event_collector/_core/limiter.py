"""A collector's `max_concurrency`: no more than that many payloads are in service in it.

Two ways lead in. The queue asks `full` before a consumer begins, and parks the event if so: that
holds no consumer. Who calls `Collector.process`, or several collectors of one event, of which one
got full meanwhile, wait in `enter`.
"""

import asyncio
from collections import deque
from collections.abc import Callable  # noqa: TC003


class Limiter:
    """The places of a collector with `max_concurrency`, given away in the order of asking."""

    __slots__ = ("_loop", "_taken", "_waiting", "limit", "on_room")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.on_room: list[Callable[[], None]] = []
        """Each is called when a place gets free for which nobody waits here."""
        # Places are objects, not a count: one that is given back after its loop was closed is
        # told from one that somebody in a new loop has now.
        self._taken: set[object] = set()
        self._waiting: deque[asyncio.Future[object]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

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
    def waiting(self) -> int:
        """How many wait in `enter`. Who was cancelled, or waits in a loop that was closed, does
        not."""
        if self._loop is not None and self._loop.is_closed():
            return 0
        return sum(not turn.done() for turn in list(self._waiting))

    async def enter(self) -> object:
        """Take a place; wait for it if there is none. Returns the place, to be given back."""
        if not self.full:
            self._loop = asyncio.get_running_loop()
            return self._take()
        turn: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except BaseException:
            # Cancelled in the same turn of the loop in which it was given a place: the place
            # goes to the next, or it would be lost.
            if turn.done() and not turn.cancelled():
                self.leave(turn.result())
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self, place: object) -> None:
        """Give a place back, to whoever waits for it."""
        if place in self._taken:  # else its loop was closed, and the place is somebody else's
            self._taken.discard(place)
            self._give_away()

    def _take(self) -> object:
        place = object()
        self._taken.add(place)
        return place

    def _give_away(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # done: cancelled, and not gone on yet to take itself out
                # Taken here, not when the waiter goes on: a newcomer in between would find the
                # place free, overtake, and make one too many.
                turn.set_result(self._take())
                return
        self._tell()

    def _tell(self) -> None:
        for tell in list(self.on_room):
            tell()
