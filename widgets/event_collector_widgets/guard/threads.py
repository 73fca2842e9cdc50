"""Threads, and what raises where nobody can hear it, such as `__del__`."""

import re
import sys
import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any

from event_collector_widgets.guard.cells import OTHERS, RUN, Run, of_others, root
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.stand_in import stand_in

STARTED = "Exception ignored in thread started by"
"""How Python begins to tell of a thread that `_thread` itself has started."""


class Unheard:
    """Hears what a thread dies of, and what Python calls unraisable. From any thread.

    Args:
        tell: Gets each fault.
        current: Gives the run of the cell that is running.
        now: Tells the time of the loop's clock.
        started: Gives the run of the cell that is likely to have called `_thread` itself.
    """

    def __init__(
        self,
        tell: Callable[[Fault], object],
        current: Callable[[], Run | None],
        now: Callable[[], float],
        started: Callable[[], Run | None] = lambda: None,
    ) -> None:
        self._tell = tell
        self._current = current
        self._now = now
        self._started = started
        self._made: weakref.WeakKeyDictionary[threading.Thread, Run | None]
        self._made = weakref.WeakKeyDictionary()
        self._threads: Any = self._thread_died
        self._unraisable: Any = self._not_raised
        self._defaults: list[Default] = []

    def attach(self) -> None:
        """Hear it from now on. Threads that are there already are nobody's."""
        for thread in threading.enumerate():
            self._made[thread] = None
        self._hook, threading.excepthook = threading.excepthook, self._threads
        self._unraisablehook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        self._defaults = [
            Default(threading, "excepthook", self._thread_died),
            Default(sys, "unraisablehook", self._not_raised),
        ]

    def detach(self) -> None:
        """Put the hooks back, if nobody else has set others since."""
        while self._defaults:
            self._defaults.pop().detach()
        if threading.excepthook is self._threads:
            threading.excepthook = self._hook
        if sys.unraisablehook is self._unraisable:
            sys.unraisablehook = self._unraisablehook

    def note(self, run: Run) -> None:
        """The threads that are new at the end of a cell are the cell's."""
        for thread in threading.enumerate():
            self._made.setdefault(thread, run)

    def run_of(self, thread: threading.Thread | None) -> Run | None:
        """The run of the cell that has started a thread, or that is running."""
        return self._current() if thread is None else self._made.get(thread, self._current())

    def run_here(self) -> Run | None:
        """The run of the cell to which the code that asks belongs, in any thread."""
        return RUN.get() or self.run_of(threading.current_thread()) or self._current()

    def _thread_died(self, args: Any, default: Any = None) -> None:
        error, thread = args.exc_value, args.thread
        ends = isinstance(error, SystemExit)  # so may a thread end, and Python says nothing of it
        if error is None or ends or of_others(_within(error.__traceback__)):
            (default or self._hook)(args)
            return
        what = "thread" if thread is None else _named(thread)
        self._tell(Fault.of(f"{what} failed", error, self.run_of(thread), at=self._now()))

    def _not_raised(self, args: Any, default: Any = None) -> None:
        error, whose = args.exc_value, args.object
        if error is None or of_others(error.__traceback__) or _of_machinery(whose):
            (default or self._unraisablehook)(args)
            return
        said = str(getattr(args, "err_msg", None) or "")
        if said.startswith(STARTED):
            what, made = f"thread of {_called(whose, said)}() failed", self._current()
            made = made or self._started()
            self._tell(Fault.of(what, error, made, at=self._now()))
            return
        name = getattr(whose, "__qualname__", None) or type(whose).__name__
        # No fault may keep the object: it would be alive again.
        what, made = f"{name} raised where nobody can hear it", RUN.get() or self._current()
        self._tell(Fault.of(what, error, made, at=self._now()))


class Default:
    """Stands for a hook's default, so that a cell which sets the hook back is heard still.

    Args:
        module: Where both are.
        name: That of the hook.
        hear: Called with the hook's argument, and with the default.
    """

    def __init__(self, module: Any, name: str, hear: Callable[[Any, Any], None]) -> None:
        self._module, self._name = module, name
        self._original = getattr(module, f"__{name}__")

        def default(args: Any) -> None:
            hear(args, self._original)

        self._mine = default
        self._step_out = stand_in(module, f"__{name}__", default)

    def detach(self) -> None:
        """Put the default back, in both places."""
        self._step_out()
        if getattr(self._module, self._name) is self._mine:
            setattr(self._module, self._name, self._original)


def _within(trace: TracebackType | None) -> TracebackType | None:
    """The part of a thread's traceback that lies in its target; None if that is a builtin.

    Before it stand the frames that start any thread, of which one is the kernel's in ipykernel 6.
    All of it, if the thread's class runs something else than a target.
    """
    step = trace
    while step is not None:
        frame, step = step.tb_frame, step.tb_next
        of = frame.f_globals.get("__name__"), frame.f_code.co_qualname
        if of == ("threading", "Thread.run"):
            return step
    return trace


def _named(thread: threading.Thread) -> str:
    """A thread by what it runs, without the number that is another in each run."""
    numbered = re.fullmatch(r"Thread-\d+(?: \((.*)\))?", thread.name)
    if numbered is None:
        return f"thread {thread.name!r}"
    if numbered[1]:
        return f"thread of {numbered[1]}()"
    if isinstance(thread, threading.Timer):
        return f"timer of {getattr(thread.function, '__qualname__', 'a call')}()"
    return "thread" if type(thread) is threading.Thread else f"thread of {type(thread).__name__}"


def _called(function: object, said: str) -> str:
    """The name of what such a thread runs; newer Pythons tell it in words alone."""
    named = re.search(r"<(?:function|bound method|built-in function) ([^ >]+(?:<\w+>)?)", said)
    name = getattr(function, "__qualname__", None) or (named and named[1])
    return str(name or "a call")


def _of_machinery(whose: object) -> bool:
    return root(getattr(whose, "__module__", None)) in OTHERS
