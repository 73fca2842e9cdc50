"""A gate before a collector: no more than a given number of payloads are in service in it."""

import asyncio
from collections import deque
from collections.abc import Callable  # noqa: TC003


class Gate:
    """The places of a collector with `max_concurrency`, given away in the order of asking."""

    __slots__ = ("_waiting", "in_service", "limit", "on_room")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_service = 0
        """How many places are taken."""
        self.on_room: list[Callable[[], None]] = []
        """Each is called when a place gets free for which nobody waits here."""
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def full(self) -> bool:
        """Whether there is no place now."""
        return self.in_service >= self.limit

    async def enter(self) -> None:
        """Take a place; wait for it if there is none."""
        if not self.full:
            self.in_service += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place was given at the same time
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give the place to whoever waits, or leave it free."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done() and not turn.get_loop().is_closed():
                turn.set_result(None)
                return
        self.in_service -= 1
        for tell in list(self.on_room):
            tell()
