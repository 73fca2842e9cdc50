"""Taking turns: the time slice of a loop's turn, room in a bounded queue, and barriers."""

import asyncio
from collections import deque
from collections.abc import Generator
from typing import Any

SLICE = 0.001
"""Seconds that senders, consumers and the pump may use in one turn of the loop, together."""


class TimeSlice:
    """Says when the engine has used the loop for long enough and others must have their turn.

    It opens with the first question in a turn of the loop, and closes when the loop comes round.
    """

    __slots__ = ("_end", "_loop", "_open")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open = False
        self._end = 0.0

    def over(self, now: float) -> bool:
        """Whether the slice of this turn is used up; `now` is a reading of the loop's clock."""
        if self._open:
            return now >= self._end
        self._open = True
        self._end = now + SLICE
        self._loop.call_soon(self._close)
        return False

    def _close(self) -> None:
        self._open = False


class Room:
    """Senders that wait until no more than `limit` events are queued, let go in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        self._loop = loop
        self.limit = limit
        self._waiting: deque[asyncio.Future[None]] = deque()

    def wait(self) -> Generator[Any, Any, None]:
        """Wait for room; to be delegated to by an awaitable."""
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(turn)
        try:
            yield from turn
        except BaseException:
            if turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def let_go(self, queued: int) -> None:
        """Let as many go as there is room for, with this many events queued now."""
        while self._waiting and queued - self.limit < len(self._waiting):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)


class Barriers:
    """Waits for all events up to a certain one."""

    def __init__(self) -> None:
        self._waiting: list[_Barrier] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    async def wait(self, loop: asyncio.AbstractEventLoop, last: int, remaining: int) -> None:
        """Return when the `remaining` events that are not done, up to the id `last`, are done."""
        if remaining == 0:
            return
        barrier = _Barrier(last, remaining, loop.create_future())
        self._waiting.append(barrier)
        try:
            await barrier.reached
        finally:
            self._waiting.remove(barrier)

    def passed_by(self, number: int) -> None:
        """Tell the barriers that the event with this id is done."""
        for barrier in self._waiting:
            if number <= barrier.last:
                barrier.remaining -= 1
                if barrier.remaining == 0 and not barrier.reached.done():
                    barrier.reached.set_result(None)


class _Barrier:
    __slots__ = ("last", "reached", "remaining")

    def __init__(self, last: int, remaining: int, reached: asyncio.Future[None]) -> None:
        self.last = last
        self.remaining = remaining
        self.reached = reached
