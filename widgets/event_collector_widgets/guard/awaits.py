"""Forgotten awaits: coroutines that were made and never begun, dropped or kept."""

import inspect
import linecache
import re
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

from event_collector_widgets.guard.cells import RUN, Run
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.variables import kept

NEVER = r"coroutine .*was never awaited"
LEFT = r".*was never shut down; use"
"""What a queue says of itself when it is freed while it runs."""


class Awaits:
    """Hears Python say that a coroutine was never awaited, and looks for those that are kept.

    Args:
        shell: IPython's shell.
        tell: Gets each fault.
        current: Gives the run of the cell that is running.
        now: Tells the time of the loop's clock.
    """

    def __init__(
        self,
        shell: Any,
        tell: Callable[[Fault], object],
        current: Callable[[], Run | None],
        now: Callable[[], float],
    ) -> None:
        self._shell = shell
        self._tell = tell
        self._current = current
        self._now = now
        self._mine: Any = self._warned
        self._filters: list[Any] = []

    def attach(self) -> None:
        """Hear it from now on."""
        self._before, warnings.showwarning = warnings.showwarning, self._mine
        self.watch()

    def watch(self) -> None:
        """Have these warnings come each time, whatever else a notebook ignores as a whole."""
        if self._filters and list(warnings.filters[: len(self._filters)]) == self._filters:
            return
        self._unfilter()
        before = list(warnings.filters)
        warnings.filterwarnings("always", LEFT, ResourceWarning)
        warnings.filterwarnings("always", NEVER, RuntimeWarning)
        self._filters = [each for each in warnings.filters[:2] if each not in before]

    def detach(self) -> None:
        """Put things back, if nobody else has set others since."""
        if warnings.showwarning is self._mine:
            warnings.showwarning = self._before
        self._unfilter()

    def _unfilter(self) -> None:
        """Take the filters away. What "always" lets through is remembered nowhere else."""
        filters: Any = warnings.filters
        for each in self._filters:
            if each in filters:
                filters.remove(each)
        self._filters = []

    def _warned(
        self, message: Any, category: Any, filename: str, lineno: int, *more: Any, **named: Any
    ) -> None:
        text = str(message)
        made = RUN.get() or self._current()
        if issubclass(category, RuntimeWarning) and re.match(NEVER, text):
            name = re.findall(r"'(.*?)'", text)
            called = name[0] if name else "a coroutine"
            self._tell(forgotten(called, made, linecache.getline(filename, lineno), self._now()))
        elif issubclass(category, ResourceWarning) and re.match(LEFT, text):
            self._tell(Fault(text.partition(";")[0], made, hint="use 'async with'"))
        else:
            self._before(message, category, filename, lineno, *more, **named)

    def given(self, value: object, run: Run) -> None:
        """Tell of a coroutine that is a cell's last value: it is shown, and was meant to run."""
        if is_new(value):
            coroutine: Any = value
            self._tell(forgotten(coroutine.__qualname__, run, run.source, self._now()))
            coroutine.close()

    def hint(self, source: str) -> None:
        """Say what to write, where a cell has failed that uses a coroutine as if it were a result.

        Args:
            source: The cell's text.
        """
        for name, coroutine in self.kept():
            if re.search(rf"(?<![\w.]){re.escape(name)}\b(?! *=[^=])", source):
                called = coroutine.__qualname__
                said = f"hint: {name!r} is the coroutine {called}(), which was never awaited"
                print(f"{said}; write: {name} = await ...", file=sys.stderr)  # noqa: T201

    def kept(self) -> list[tuple[str, Any]]:
        """The coroutines that nobody has begun, of the notebook's variables, with their names."""
        return kept(types.CoroutineType, is_new, self._shell.user_ns)


def is_new(value: object) -> bool:
    """Whether it is a coroutine that was made, and neither begun nor closed."""
    return (
        type(value) is types.CoroutineType
        and inspect.getcoroutinestate(value) == inspect.CORO_CREATED
    )


def forgotten(called: str, made: Run | None, source: str, at: float) -> Fault:
    """The fault of a coroutine that was never awaited, with what to write."""
    short = called.rpartition(".")[2]
    lines = [line.strip() for line in source.splitlines() if f"{short}(" in line]
    call = next((line for line in lines if "def " not in line and len(line) < 80), f"{short}(...)")
    if match := re.match(r"(\w+\s*=\s*)(.*)", call):
        call = f"{match[1]}await {match[2]}"
    else:
        call = f"await {call}"
    return Fault(f"coroutine {called}() was never awaited", made, hint=f"write: {call}", at=at)
