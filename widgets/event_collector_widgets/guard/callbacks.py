"""Callbacks: what widgets have shown as a traceback, and no cell has failed for."""

from collections.abc import Callable
from typing import Any, NamedTuple

from event_collector_widgets.guard.cells import RUN, Run
from event_collector_widgets.guard.faults import Fault, GuardError


class Shown(NamedTuple):
    """A traceback that was shown."""

    error: int
    """The `id()` of its exception, which is kept by IPython, or dead."""
    fault: Fault


class Callbacks:
    """Notes each traceback that IPython shows. A click's is one: ipywidgets shows and swallows it.

    Args:
        shell: IPython's shell.
        tell: Gets each fault.
        now: Tells the time of the loop's clock.
    """

    def __init__(
        self, shell: Any, tell: Callable[[Fault], object], now: Callable[[], float]
    ) -> None:
        self._shell = shell
        self._tell = tell
        self._now = now
        self._shown: list[Shown] = []
        self._mine: Any = None
        self._quiet = False

    def attach(self) -> None:
        """Note what is shown from now on."""
        before = self._shell._showtraceback

        def shown(kind: Any, error: Any, lines: Any) -> Any:
            if not self._quiet and not isinstance(error, GuardError):
                what = "a callback failed, and its traceback was shown"
                fault = Fault.of(what, error, RUN.get(), at=self._now())
                self._shown.append(Shown(id(error), fault))
            return before(kind, error, lines)

        self._mine = self._shell.__dict__["_showtraceback"] = shown

    def detach(self) -> None:
        """Let IPython show tracebacks as ever."""
        if self._shell.__dict__.get("_showtraceback") is self._mine:
            del self._shell.__dict__["_showtraceback"]

    def look(self, own: BaseException | None, failed: bool, run: Run) -> None:
        """Tell of what was shown since the last look, but for what a cell itself has raised.

        Args:
            own: What the cell has raised.
            failed: Whether the cell has failed, for whatever reason.
            run: The cell's run.
        """
        shown, self._shown = self._shown, []
        for each in shown:
            if each.error == id(own) or (failed and own is None and each.fault.made is run):
                continue
            self._tell(each.fault)
