"""Threads, and what raises where nobody can hear it, such as `__del__`."""

import re
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from event_collector_widgets.guard.cells import OTHERS, RUN, Run, of_others, root
from event_collector_widgets.guard.faults import Fault


class Unheard:
    """Hears what a thread dies of, and what Python calls unraisable. From any thread.

    Args:
        tell: Gets each fault.
        current: Gives the run of the cell that is running.
        now: Tells the time of the loop's clock.
    """

    def __init__(
        self,
        tell: Callable[[Fault], object],
        current: Callable[[], Run | None],
        now: Callable[[], float],
    ) -> None:
        self._tell = tell
        self._current = current
        self._now = now
        self._made: weakref.WeakKeyDictionary[threading.Thread, Run | None]
        self._made = weakref.WeakKeyDictionary()
        self._threads: Any = self._thread_died
        self._unraisable: Any = self._not_raised

    def attach(self) -> None:
        """Hear it from now on. Threads that are there already are nobody's."""
        for thread in threading.enumerate():
            self._made[thread] = None
        self._hook, threading.excepthook = threading.excepthook, self._threads
        self._unraisablehook, sys.unraisablehook = sys.unraisablehook, self._unraisable

    def detach(self) -> None:
        """Put the hooks back, if nobody else has set others since."""
        if threading.excepthook is self._threads:
            threading.excepthook = self._hook
        if sys.unraisablehook is self._unraisable:
            sys.unraisablehook = self._unraisablehook

    def note(self, run: Run) -> None:
        """The threads that are new at the end of a cell are the cell's."""
        for thread in threading.enumerate():
            self._made.setdefault(thread, run)

    def _thread_died(self, args: Any) -> None:
        error, thread = args.exc_value, args.thread
        if error is None or of_others(error.__traceback__):
            self._hook(args)
            return
        name = "" if thread is None else _named(thread.name)
        made = self._made.get(thread, self._current()) if thread is not None else self._current()
        self._tell(Fault.of(f"thread{name} failed", error, made, at=self._now()))

    def _not_raised(self, args: Any) -> None:
        error, whose = args.exc_value, args.object
        if error is None or of_others(error.__traceback__) or _of_machinery(whose):
            self._unraisablehook(args)
            return
        name = getattr(whose, "__qualname__", None) or type(whose).__name__
        # No fault may keep the object: it would be alive again.
        what, made = f"{name} raised where nobody can hear it", RUN.get() or self._current()
        self._tell(Fault.of(what, error, made, at=self._now()))


def _named(name: str) -> str:
    """A thread's name, without the number that is another in each run."""
    numbered = re.fullmatch(r"Thread-\d+(?: \((.*)\))?", name)
    if numbered is None:
        return f" {name!r}"
    return f" of {numbered[1]}()" if numbered[1] else ""


def _of_machinery(whose: object) -> bool:
    return root(getattr(whose, "__module__", None)) in OTHERS
