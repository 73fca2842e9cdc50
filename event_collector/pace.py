"""The pace of a queue in its loop: slices of time for everyone, and who holds the loop too long."""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from event_collector.watched import Watched

logger = logging.getLogger("event_collector")

SLICE = 0.001
"""Seconds that consumers and the pump may use in one turn of the loop, together."""

BLOCKED = 0.1
"""Seconds; a processor that holds the loop for longer at one go is named."""


class TimeSlice:
    """Says when the engine has used the loop for long enough and others must have their turn.

    It opens with the first question in a turn of the loop, and closes when the loop comes round.

    Args:
        loop: The loop that is shared.
        length: Seconds.
    """

    __slots__ = ("_length", "_loop", "_open", "end")

    def __init__(self, loop: asyncio.AbstractEventLoop, length: float = SLICE) -> None:
        self._loop = loop
        self._length = length
        self._open = False
        self.end = -inf
        """Before this reading of the clock it is certainly not over: no need to ask."""

    def over(self, now: float) -> bool:
        """Whether the slice of this turn is used up; `now` is a reading of the loop's clock."""
        if self._open:
            return now >= self.end
        self._open = True
        self.end = now + self._length
        self._loop.call_soon(self._close)
        return False

    def _close(self) -> None:
        self._open = False
        self.end = -inf


class Giving(NamedTuple):
    """Who gives which payload to collectors, in one task."""

    payload: object
    by: "Watched | None"
    """None where a walk gives it, which has watches of its own."""


class Pace:
    """The clock of a queue's loop, the consumers' slice, and a watch over who holds the loop."""

    __slots__ = ("at_work", "blocking", "giving", "loop", "mark", "resting", "slice", "time")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, blocking: dict[str | None, float] | None = None
    ) -> None:
        self.loop = loop
        self.time = clock(loop)
        self.slice = TimeSlice(loop)
        self.mark = self.time()
        """When the engine last gave the loop's time to a processor."""
        self.resting = 0
        """How many walks over collectors rest, to let others have their turn. No event is taken
        meanwhile: it would overtake theirs."""
        self.giving: dict[asyncio.Task[Any], Giving] = {}
        """Which payload each task gives to collectors for a custom router, in a task of its own
        or in the consumer's."""
        self.at_work: Callable[[asyncio.Task[Any] | None], Watched | None] = lambda _: None
        """Who of the queue's consumers is at work in a task."""
        self.blocking = {} if blocking is None else blocking
        """The longest time in seconds that a processor held the loop, by its collector's key;
        None stands for a custom router."""

    @contextmanager
    def given(self, payload: object, by: "Watched | None" = None) -> Iterator[None]:
        """Note that the current task gives a payload to collectors."""
        task = asyncio.current_task()
        assert task is not None
        outer = self.giving.get(task)
        self.giving[task] = Giving(payload, by)
        try:
            yield
        finally:
            if outer is None:
                self.giving.pop(task, None)
            else:
                self.giving[task] = outer

    def begins(self) -> None:
        """The current task is about to run processors: see whether it held the loop before."""
        now = self.time()
        if now - self.mark > BLOCKED:
            task = asyncio.current_task()
            outer = None if task is None else self.giving.get(task)
            by = self.at_work(task) if outer is None else outer.by
            if by is not None:
                by.blame(now)
        self.mark = now

    def blame(self, key: str | None, who: str, now: float) -> None:
        """Note, and say once, that somebody held the loop from the mark until now."""
        seconds = now - self.mark
        longest = self.blocking.get(key)
        if longest is None:
            logger.warning(
                "%s held the event loop for %.3g s, and everything else waited; "
                "await what takes long, or give it to asyncio.to_thread()",
                who,
                seconds,
            )
        if longest is None or seconds > longest:
            self.blocking[key] = seconds


CURRENT: contextvars.ContextVar[Pace] = contextvars.ContextVar("event_collector pace")
"""The pace of the queue whose consumer this code runs in."""


def current_pace() -> Pace:
    """The pace of the queue whose consumer this runs in, or one of its own."""
    loop = asyncio.get_running_loop()
    pace = CURRENT.get(None)
    return pace if pace is not None and pace.loop is loop else Pace(loop)


def clock(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """`loop.time`, or the very function that it calls, which is faster."""
    own = getattr(loop.time, "__func__", None)
    return time.monotonic if own is asyncio.BaseEventLoop.time else loop.time
