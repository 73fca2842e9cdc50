"""Late output: what a processor shows when the cell that has sent its payload has ended."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from event_collector_widgets.guard.cells import RUN
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.imports import WhenImported


class Late:
    """Under a test runner late output is a fault: the saved notebook would differ each time.

    Args:
        tell: Gets each fault.
    """

    def __init__(self, tell: Callable[[Fault], object]) -> None:
        self._tell = tell
        self._import: WhenImported | None = None
        self._ears: Any = None
        self._told: set[tuple[int, int, str]] = set()
        self._mine: Any = self._heard

    def attach(self) -> None:
        """Hear what processors show, once a workbench listens to them."""
        name = "event_collector_widgets.output.capture"
        self._import = WhenImported(name, self._listen)

    def detach(self) -> None:
        """Hear no more."""
        if self._import is not None:
            self._import.end()
        if self._ears is not None and self._mine in self._ears.heard:
            self._ears.heard.remove(self._mine)

    def _listen(self, module: ModuleType) -> None:
        self._ears = module.EARS
        self._ears.heard.append(self._mine)

    def _heard(self, place: tuple[Any, Any, str, Any]) -> None:
        run = RUN.get()
        _, event, key, whose = place
        if run is None or not run.over or (event, whose, key) in self._told:
            return
        self._told.add((event, whose, key))
        batch = isinstance(event, tuple)
        events = f"events {event[0]} to {event[-1]}" if batch else f"event {event}"
        of = f"for {events}" if event else "in its lifecycle"
        what = f"collector {key!r} showed something {of}, after the cell had ended"
        hint = "await the results in the cell that sends"
        self._tell(Fault(what, run, hint=hint, at=run.ended))
