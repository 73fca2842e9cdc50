"""Coroutines of the engine's own making, which see each of their steps begin and end."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from event_collector.collector import Collector
from event_collector.pace import BLOCKED, Pace

if TYPE_CHECKING:
    from event_collector.dispatch import Dispatch

    class OwnCoroutine[T](Coroutine[Any, Any, T]):
        """An object that a task can run."""

else:

    class OwnCoroutine:
        """An object that a task can run. Not derived from the abstract class, which is slow."""

        __slots__ = ()

        def __class_getitem__(cls, of):
            return cls

    Coroutine.register(OwnCoroutine)


class Stepped(OwnCoroutine[None]):
    """A coroutine that gives payloads to processors, in a task of its own.

    Control comes back to it exactly when a processor waits. It sees then whether that processor
    has held the loop for too long, and has a dispatch go on with the next collector.
    """

    __slots__ = ("collector", "dispatch", "pace", "resting", "resumed", "steps")

    def __init__(self) -> None:
        self.collector: Collector | None = None
        """The collector that has the payload now; None when a custom router decides."""
        self.dispatch: Dispatch | None = None
        """The walk that it is on, over several collectors."""
        self.resting = False
        """Whether it waits of its own accord, to let others have their turn."""
        self.resumed = False
        """Whether it has waited since it took its event."""
        self.pace: Pace
        self.steps: Coroutine[Any, Any, None]

    @property
    def name(self) -> str:
        """Whose code runs in it, in words."""
        return (
            "the router" if self.collector is None else f"the processor of {self.collector.key!r}"
        )

    def send(self, value: Any) -> Any:
        """For the event loop: go on."""
        pace = self.pace
        pace.mark = pace.time()
        waits_for = self.steps.send(value)
        self._waits()
        return waits_for

    def throw(self, *exc: Any) -> Any:
        """For the event loop: go on with an exception."""
        pace = self.pace
        pace.mark = pace.time()
        waits_for = self.steps.throw(*exc)
        self._waits()
        return waits_for

    def close(self) -> None:
        """For the event loop: give up."""
        self.steps.close()

    def __await__(self) -> Any:
        return self.steps.__await__()

    def _waits(self) -> None:
        self.resumed = True
        self.check(self.pace.time())
        if self.dispatch is not None and not self.resting:
            self.dispatch.spread()

    def check(self, now: float) -> None:
        """The processor has ended or waits: see whether it held the loop for too long."""
        pace = self.pace
        if now - pace.mark > BLOCKED:
            pace.blame(None if self.collector is None else self.collector.key, self.name, now)
        pace.mark = now

    # What debuggers and Task.get_stack ask of a coroutine

    @property
    def cr_await(self) -> Any:
        """What it waits for."""
        return getattr(self.steps, "cr_await", None)

    @property
    def cr_frame(self) -> Any:
        """Its frame."""
        return getattr(self.steps, "cr_frame", None)

    @property
    def cr_code(self) -> Any:
        """Its code."""
        return getattr(self.steps, "cr_code", None)

    @property
    def cr_running(self) -> bool:
        """Whether it runs."""
        return bool(getattr(self.steps, "cr_running", False))
