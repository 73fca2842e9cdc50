"""Forgotten awaits: coroutines that were made and never begun, dropped or kept."""

import inspect
import linecache
import logging
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from event_collector_widgets.guard.cells import RUN, Run
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.stand_in import stand_in
from event_collector_widgets.guard.variables import Found, kept, kept_deep

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
        self._logged: Any = self._warned_by_log
        self._to_log: Any = vars(logging)["_showwarning"]
        """What `logging.captureWarnings` puts in the place of what shows warnings."""
        self._step_out: Callable[[], None] = lambda: None
        self._filters: list[Any] = []

    def attach(self) -> None:
        """Hear it from now on."""
        self._before, warnings.showwarning = warnings.showwarning, self._mine
        self._step_out = stand_in(logging, "_showwarning", self._logged)
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
        self._step_out()
        if warnings.showwarning is self._mine:
            warnings.showwarning = self._before
        elif warnings.showwarning is self._logged:  # a cell has had warnings logged
            warnings.showwarning = self._to_log
            log: Any = logging
            log._warnings_showwarning = self._before
        self._unfilter()

    def _unfilter(self) -> None:
        """Take the filters away. What "always" lets through is remembered nowhere else."""
        filters: Any = warnings.filters
        for each in self._filters:
            if each in filters:
                filters.remove(each)
        self._filters = []

    def _warned(self, message: Any, category: Any, *more: Any, **named: Any) -> None:
        if not self._heard(message, category, *more):
            self._before(message, category, *more, **named)

    def _warned_by_log(self, message: Any, category: Any, *more: Any, **named: Any) -> None:
        if not self._heard(message, category, *more):
            self._to_log(message, category, *more, **named)

    def _heard(self, message: Any, category: Any, filename: str, lineno: int, *more: Any) -> bool:
        del more
        text = str(message)
        made = RUN.get() or self._current()
        if issubclass(category, RuntimeWarning) and re.match(NEVER, text):
            name = re.findall(r"'(.*?)'", text)
            called = name[0] if name else "a coroutine"
            self._tell(forgotten(called, made, linecache.getline(filename, lineno), self._now()))
        elif issubclass(category, ResourceWarning) and re.match(LEFT, text):
            self._tell(Fault(text.partition(";")[0], made, hint="use 'async with'"))
        else:
            return False
        return True

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

    def close_kept(self, run_of: Callable[[str], Run | None]) -> Iterator[Fault]:
        """Tell of all that the notebook's variables lead to, at its end, and close them.

        Args:
            run_of: Gives the run of the cell that has set a variable.
        """
        told = set()
        for found in kept_deep(is_new, self._shell.user_ns):
            coroutine: Any = found.value
            coroutine.close()
            called, name = coroutine.__qualname__, found.name
            if (name, called) not in told:
                told.add((name, called))
                what = f"coroutine {called}() was never awaited, and {name!r} keeps it"
                yield Fault(what, run_of(name), hint=_to_write(found))


def _to_write(found: Found) -> str:
    if found.together:
        return f"write: await asyncio.gather({found.together})"
    return f"write: await {found.path}" if found.path else "await it where it is made"


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
