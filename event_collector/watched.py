"""Watching processors: who has the payload, when it waits, whether it holds the loop too long."""

import types
from collections.abc import Callable, Coroutine, Generator
from opcode import opmap
from typing import TYPE_CHECKING, Any

from event_collector.pace import BLOCKED, Pace

if TYPE_CHECKING:
    from event_collector.collector import Collector
    from event_collector.dispatch import Dispatch


class Watched:
    """Something that gives payloads to processors in a task of its own, and is told how it goes."""

    __slots__ = ("collector", "dispatch", "pace", "resting", "resumed")

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.collector: Collector | None = None
        """The collector that has the payload now; None when a custom router decides."""
        self.dispatch: Dispatch | None = None
        """The walk that it is on, over several collectors."""
        self.resting = False
        """Whether it waits of its own accord, to let others have their turn."""
        self.resumed = False
        """Whether the last processor has waited."""

    def waits(self) -> None:
        """The processor waits: this is the moment for the next collector."""
        self.resumed = True
        self.ends()
        if self.dispatch is not None:
            self.dispatch.spread()

    def ends(self) -> None:
        """The processor ends, or waits: see whether it held the loop for too long."""
        now = self.pace.time()
        if now - self.pace.mark > BLOCKED:
            self.blame(now)
        self.pace.mark = now

    def blame(self, now: float) -> None:
        """The processor has held the loop for too long, from the mark until now."""
        if self.collector is None:
            self.pace.blame(None, "the router", now)
        else:
            key = self.collector.key
            self.pace.blame(key, f"the processor of collector {key!r}", now)


@types.coroutine
def watched(steps: Coroutine[Any, Any, Any], by: Watched) -> Generator[Any, Any, Any]:
    """Await a coroutine, and tell whenever it waits.

    This is what `await` does, step by step: PEP 380 has the formal semantics of `yield from`.
    """
    pace = by.pace
    try:
        waits_for = steps.send(None)
        while True:
            # Others may wait for the same future, and each task that is given one clears its mark.
            marked = getattr(waits_for, "_asyncio_future_blocking", None)
            if marked:
                waits_for._asyncio_future_blocking = False
            by.waits()
            if marked:
                waits_for._asyncio_future_blocking = True
            try:
                sent = yield waits_for
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as exc:
                pace.mark = pace.time()
                waits_for = steps.throw(_without_this_frame(exc))
            else:
                pace.mark = pace.time()
                waits_for = steps.send(sent)
    except StopIteration as end:
        return end.value


def _without_this_frame[E: BaseException](exc: E) -> E:
    tb = exc.__traceback__
    return exc.with_traceback(tb and tb.tb_next)


_SEND = opmap.get("SEND")


def can_wait(function: Callable[..., object]) -> bool:
    """Whether a coroutine of this function can wait; one without an `await` cannot."""
    code = getattr(function, "__code__", None)
    return code is None or _SEND is None or _SEND in code.co_code[::2]
