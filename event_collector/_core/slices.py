"""The shared millisecond: how long the engine uses the loop before others have their turn."""

import asyncio
import time
from asyncio import _get_running_loop
from collections.abc import Callable
from math import inf
from operator import call

SLICE = 0.001
"""Seconds that consumers and the pump may use in one turn of the loop, together."""


class TimeSlice:
    """Says when the engine has used the loop for long enough and others must have their turn.

    It opens with the first question in a turn of the loop, and closes when the loop comes round.
    One slice for all who share it, not one for each: a thousand consumers with a millisecond each
    would hold the loop for a second.

    Args:
        loop: The loop that is shared.
        length: Seconds.
    """

    __slots__ = ("_length", "_loop", "_open", "_skips", "_stands_still", "closed", "end")

    def __init__(self, loop: asyncio.AbstractEventLoop, length: float = SLICE) -> None:
        self._loop = loop
        self._length = length
        self._open: list[bool] = []
        """Empty if it is not open."""
        self._stands_still = self._skips = getattr(loop, "stands_still", False)
        self.closed: Callable[[], object] = list
        """Called when it has closed: others have had their turn since it was open."""
        self.end = -inf
        """Before this reading of the clock it is certainly not over: no need to ask. A closed
        slice has -inf here, so that the first to look does ask, and opens it. One that is never
        used up has inf."""

    def tell_of_turns(self, *, wanted: bool) -> None:
        """Open and close in every turn, if `wanted`, for somebody who is told by `closed`.

        On a clock that stands still while anything is ready, no slice is ever used up. Without
        anybody who wants to be told, none is opened then: a callback less in each turn.
        """
        self._skips = self._stands_still and not wanted
        if not self._open:
            self.end = -inf

    def over(self, now: float) -> bool:
        """Whether the slice of this turn is used up; `now` is a reading of the loop's clock."""
        if self._open:
            return now >= self.end
        if _get_running_loop() is not self._loop:
            return False  # somebody awaits a Sending of this loop in another: it is not his to open
        if self._skips:
            self.end = inf
            return False
        # What is called "soon" runs in the next turn: that is how a turn's end is noticed at no
        # cost. asyncio has no hook for it. It is open afterwards: an interrupt, or a stack that is
        # used up, must not leave it open with nobody to close it, and nothing would be taken again.
        #
        # What the loop calls is of C, up to where the flag is cleared. An interrupt that strikes as
        # a function of Python is called strikes before its first line: had that cleared the flag,
        # it would stay open for ever. The same is done in `Pump.start_soon`.
        self._loop.call_soon(any, map(call, (self._open.clear, self._close)))
        self._open.append(True)
        self.end = now + self._length
        return False

    def _close(self) -> None:
        self.end = -inf
        self.closed()


def clock(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """`loop.time`, or the very function that it calls, which is faster.

    Two readings per event are a twentieth of what an event costs, and the method around
    `time.monotonic` is half of a reading. A loop with a clock of its own keeps its clock.
    """
    own = getattr(loop.time, "__func__", None)
    return time.monotonic if own is asyncio.BaseEventLoop.time else loop.time
