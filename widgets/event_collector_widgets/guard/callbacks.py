"""Callbacks: what ipywidgets has caught and shown as a traceback, and no cell has failed for.

While a cell runs, such a traceback is held back: the cell fails for it, and shows it then.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from event_collector_widgets.guard.cells import RUN, Run, root
from event_collector_widgets.guard.faults import Fault, GuardError
from event_collector_widgets.guard.stand_in import stand_in


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
        self._step_out: Callable[[], None] = lambda: None

    def attach(self) -> None:
        """Note what is shown from now on."""
        before = self._shell._showtraceback

        def shown(kind: Any, error: Any, lines: Any) -> Any:
            if isinstance(error, GuardError):
                return before(kind, error, lines)
            run, callback = RUN.get(), of_a_widget(error)
            what = "a widget's callback failed" if callback else "a traceback was shown"
            self._shown.append(Shown(id(error), Fault.of(what, error, run, at=self._now())))
            if callback and run is not None and not run.over:
                return None  # the cell shows it, with a line that says what it is
            return before(kind, error, lines)

        self._step_out = stand_in(self._shell, "_showtraceback", shown)

    def detach(self) -> None:
        """Let IPython show tracebacks as ever."""
        self._step_out()

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


def of_a_widget(error: BaseException) -> bool:
    """Whether ipywidgets has called what raised, and has caught it."""
    trace = error.__traceback__
    return trace is not None and root(trace.tb_frame.f_globals.get("__name__")) == "ipywidgets"
