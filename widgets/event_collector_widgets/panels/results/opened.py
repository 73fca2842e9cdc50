"""Opened: the event that is shown in full, as it is now, and how much of it."""

from event_collector import CollectorEvent
from event_collector_widgets.panels.parts.live import Detail, Rows
from event_collector_widgets.panels.results.detail import sections_of, title_of
from event_collector_widgets.workbench import Workbench


class Opened:
    """Shows one event in full, or none.

    Args:
        detail: Where it is shown.
        rows: Where its row is marked.
    """

    def __init__(self, detail: Detail, rows: Rows) -> None:
        self.event: CollectorEvent | None = None
        """The event that is shown."""
        self._detail = detail
        self._rows = rows
        self._lifted: set[str] = set()
        self._shown: tuple[object, ...] | None = None

    def the_event(self) -> CollectorEvent:
        """The event that is shown.

        Raises:
            LookupError: None is.
        """
        if self.event is None:
            raise LookupError("choose a row first")
        return self.event

    def open(self, event: CollectorEvent, bench: Workbench) -> None:
        """Show another event."""
        self.event, self._lifted, self._shown = event, set(), None
        self._rows.chosen = str(event.id)
        self.paint(bench)

    def hide(self) -> None:
        """Show none."""
        self.event, self._rows.chosen = None, ""
        self._detail.show("", "", [])

    def lift(self, section: str, bench: Workbench) -> None:
        """Show all of one of its sections."""
        self._lifted.add(section)
        self.paint(bench)

    def paint(self, bench: Workbench) -> None:
        """Show it as it is now, if it is another, or has changed."""
        if (event := self.event) is None:
            return
        outputs, resent = bench.output(event), bench.resent.told(event)
        shown = (event.status, resent, outputs, set(self._lifted))
        if shown != self._shown:
            self._shown = shown
            sections = sections_of(event, outputs, self._lifted)
            self._detail.show(str(event.id), title_of(event, resent), sections)
