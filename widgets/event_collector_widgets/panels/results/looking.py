"""Looking: goes through a history in slices for what the filters say, and has it painted."""

import asyncio
import weakref
from collections.abc import Callable

from event_collector import CollectorEvent, History
from event_collector_widgets.again import FailedOf
from event_collector_widgets.kernel import OwnerLoop
from event_collector_widgets.matches import Matches
from event_collector_widgets.panels.results.filters import Filters
from event_collector_widgets.panels.results.window import Window
from event_collector_widgets.resent import Resent
from event_collector_widgets.selection import Selection

SHOWN = 200
"""How many events are in sight at once."""
PAUSE = 0.2
"""Seconds between two repaints at least."""
SLICE = 0.005
"""Seconds of looking at one go; in between others have their turn."""
TURN = 0.001
"""Seconds of that turn at least."""
STALE = 5.0
"""Seconds after which "last minute" is counted back from anew."""


class RefusedError(ValueError):
    """What was asked for cannot be done, and its words alone say why."""


class Looking:
    """Keeps a Window on what the filters say, over a history that may be long and grow fast.

    Args:
        loop: The loop in which it looks.
        history: What it looks through.
        filters: What it looks for.
        resent: What events were resent as.
        paint: A bound method that shows the window; its object is not kept alive.
    """

    def __init__(
        self,
        loop: OwnerLoop,
        history: History,
        filters: Filters,
        resent: Resent,
        paint: Callable[[], object],
    ) -> None:
        self._open(history, resent)
        self.filters = filters
        self._loop = loop
        self._paint = weakref.WeakMethod(paint)
        self._said = filters.said
        self._since = 0.0
        self._painted = -PAUSE
        self._due = self._timed = False

    def _open(self, history: History, resent: Resent) -> None:
        self._resent, self._told = resent, resent.version
        self.window = Window(history, Selection(), SHOWN, resent)
        self.failing = Matches(history, FailedOf(), resent=resent.told)
        """What of it has an Error; it is looked for when the window has all of its own."""

    def begin(self, loop: OwnerLoop, history: History, resent: Resent) -> None:
        """Look through another history, and follow it."""
        self._loop = loop
        self._open(history, resent)
        self._select()

    def take_up(self) -> bool:
        """Look for what the filters say now; return whether that is something else."""
        other = self.filters.said != self._said
        timed = self.filters.time.value and not self.window.frozen
        aged = timed and self._loop.loop.time() - self._since >= STALE
        told = self._resent.version
        retold = told != self._told and self.window.matches.selection.of_resent
        self._told = told
        if other or aged or retold:
            self._select()
        return other

    def now(self) -> None:
        """Take up what has changed, and paint."""
        self.take_up()
        complete = self._look()
        self._paint_now()
        if not complete:
            self._again(TURN)

    def soon(self) -> None:
        """Take up what has changed, and paint as soon as it is time to."""
        self.take_up()
        complete = self._look()
        wait = self._painted + PAUSE - self._loop.loop.time()
        if wait <= 0:
            self._paint_now()
        if not complete:
            self._again(TURN)
        elif wait > 0:
            self._again(wait)

    def _look(self) -> bool:
        return self.window.look(SLICE) and self.failing.step(SLICE)

    async def all(self, say: Callable[[str], object]) -> list[CollectorEvent]:
        """All events that match now, the oldest first.

        Raises:
            RefusedError: None matches.
        """
        self.take_up()
        return await self._all(self.window.matches, say)

    async def failed(self, say: Callable[[str], object]) -> tuple[list[CollectorEvent], int]:
        """Those of them that have an Error; and how many match.

        Raises:
            RefusedError: None matches.
        """
        matching = len(await self.all(say))
        return await self._all(self.failing, say, none=True), matching

    async def _all(
        self, matches: Matches, say: Callable[[str], object], *, none: bool = False
    ) -> list[CollectorEvent]:
        told = self._loop.loop.time()
        while not matches.step(SLICE):
            if self._loop.loop.time() - told > PAUSE:
                told = self._loop.loop.time()
                say(f"looking: {matches.words()}")
            await asyncio.sleep(TURN)
        if not (events := matches.events()) and not none:
            raise RefusedError("no event matches: there is nothing to take")
        return events

    def _select(self) -> None:
        self._said, self._since = self.filters.said, self._loop.loop.time()
        selection = self.filters.selection(self._since)
        self.window.select(selection)
        self.failing = self.failing.narrowed(FailedOf.of(selection))
        if self.filters.time.value and not self._timed:
            self._timed = True
            self._later(STALE, self._aged)

    def _aged(self) -> None:
        """Events leave the last minute though nothing else happens."""
        self._timed = False
        if self.filters.time.value:
            self.soon()
            if not self._timed:
                self._timed = True
                self._later(STALE, self._aged)

    def _again(self, seconds: float) -> None:
        if not self._due:
            self._due = True
            self._later(seconds, self._look_on)

    def _look_on(self) -> None:
        self._due = False
        self.soon()

    def _paint_now(self) -> None:
        self._painted = self._loop.loop.time()
        if (paint := self._paint()) is not None:
            paint()

    def _later(self, seconds: float, function: Callable[[], None]) -> None:
        """Call a method in a while, if anybody still looks then."""
        bound = weakref.WeakMethod(function)

        def call() -> None:
            if (there := bound()) is not None:
                there()

        self._loop.later(seconds, call)
