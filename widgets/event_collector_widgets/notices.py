"""Notices: who shows a workbench is told that something changed, some times a second at most."""

import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from event_collector import Instrument
from event_collector_widgets.kernel import OwnerLoop

REPAINT = 0.2
"""Seconds between two notices while something changes."""


class Notices(Instrument):
    """Tells the watchers of a workbench that something in its queue, or elsewhere, has changed.

    It asks for nothing and polls nothing: the queue tells it, and where nothing happens nothing is
    called. Neither the watchers nor what handles interrupts are kept alive by it.

    Args:
        loop: The loop in which they are told.
        interrupted: A bound method that gets a KeyboardInterrupt or SystemExit that nobody waits
            for. Raised in the kernel's loop, it would end the kernel.
        turn: Called after each turn of the loop in which consumers took or finished events.
    """

    def __init__(
        self,
        loop: OwnerLoop,
        interrupted: Callable[[BaseException], object],
        turn: Callable[[], object] | None = None,
    ) -> None:
        self._loop = loop
        self._interrupted = weakref.WeakMethod(interrupted)
        self._watchers: list[weakref.WeakMethod[Callable[[], None]]] = []
        self._followers: list[weakref.WeakMethod[Callable[[Any], None]]] = []
        self._due = False
        # Of what is taken and finished it hears by the turn. A hook for each would cost every event
        # half of what it costs without.
        self.accepted, self.collectors_changed = self._changed, self.notice
        self.limits_changed = self.notice
        self._turn = turn

    def loop_turn(self) -> None:
        """Events were taken or finished."""
        self._changed()
        if self._turn is not None:
            self._turn()

    def interrupted(self, exc: BaseException) -> None:
        """Have an interrupt handled, if there still is somebody who does."""
        if (handle := self._interrupted()) is not None:
            handle(exc)

    def watch(self, refresh: Callable[[], None]) -> None:
        """Call a bound method from now on, as long as its object is alive."""
        self._watchers.append(weakref.WeakMethod(refresh))
        self.notice()

    def follow(self, moved: Callable[[Any], None]) -> None:
        """Call a bound method with what takes this one's place, as long as its object is alive."""
        self._followers.append(weakref.WeakMethod(moved))

    def hand_over(self, heir: "Notices", successor: object) -> None:
        """Tell the followers, in the loop, of the successor, whose notices follow on from these.

        They are its followers from now on. The watchers are told nothing more.
        """
        alive = [(follower, follower()) for follower in self._followers]
        heir._followers += [follower for follower, moved in alive if moved is not None]
        self._followers, self._watchers = [], []
        for _, moved in alive:
            if moved is not None:
                self._loop.soon(partial(moved, successor))  # each by itself, as below

    def notice(self) -> None:
        """Something has changed: tell so soon."""
        if not self._due and self._watchers:
            self._due = True
            self._loop.later(REPAINT, self._tell)

    def _changed(self, *_: object) -> None:
        if not self._due:
            self.notice()

    def _tell(self) -> None:
        self._due = False
        alive = [(watcher, watcher()) for watcher in self._watchers]
        self._watchers = [watcher for watcher, refresh in alive if refresh is not None]
        for _, refresh in alive:
            if refresh is not None:
                self._loop.soon(refresh)  # each by itself: one that fails stops no other
