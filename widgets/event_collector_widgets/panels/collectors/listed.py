"""Listed: which collectors are shown as rows: of those that are found, a window at a time."""

from collections.abc import Sequence

import ipywidgets as w

from event_collector import Collector
from event_collector_widgets.panels.collectors.listing import ACTIONS, COLUMNS, newer, row
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.live import Rows
from event_collector_widgets.panels.parts.menus import sendable, show
from event_collector_widgets.workbench import Workbench

WINDOW = 200
"""How many collectors are shown at once at most."""
SCREENFUL = 12
"""With more collectors than these there is a field to find one."""


class Listed:
    """The rows of a workbench's collectors, and the field that finds some of them."""

    def __init__(self) -> None:
        self.find = w.Text(
            description="find",
            placeholder="part of a key",
            tooltip="shows the collectors that have this in their key, in large or small letters",
            layout=wide(),
        )
        empty = "none yet: define one below"
        self.rows = Rows("collectors", COLUMNS, actions=ACTIONS, empty=empty, folds=True)
        self.rows.add_class("ec-collectors")
        self._first, self._last = 0, ""
        self._known: dict[str, tuple[Collector, int]] = {}
        """By key the collector seen last, and how many results those before it had given."""

    def show(self, bench: Workbench, asked: str, edited: str | None = None) -> None:
        """Show the collectors as they are now.

        Args:
            bench: The workbench that has them.
            asked: The key of the one whose removal was asked for, or nothing.
            edited: The key of the one that is in the form, which shows all of its topics.
        """
        self._count_before(bench)
        every, sought, found = len(bench.collectors), self._sought(), self._found(bench)
        if sought != self._last:
            self._first, self._last = 0, sought
        show(self.find, every > SCREENFUL or bool(self.find.value))
        while self._first and self._first >= len(found):
            self._first -= WINDOW
        first, last = self._first, min(self._first + WINDOW, len(found))
        shown = found[first:last]
        processors, metrics = bench.processors(), bench.metrics()
        gauges = bench.gauges.collectors(metrics, [each.key for each in shown])
        blocked = metrics.blocking
        rows = [
            row(
                *(each, gauges.get(each.key), newer(each, processors), blocked.get(each.key)),
                asked=each.key == asked,
                opened=None if each.key == edited else sendable(each.key) == self.rows.chosen,
                ended=metrics.collectors[each.key].lifecycle_ended,
                before=self._known[each.key][1],
                said=bench.output(each).text if each.lifecycle is not None else "",
            )
            for each in shown
        ]
        of = f"{len(found):,} of {every:,} found" if sought else f"of {every:,}"
        where = f"{first + 1:,} to {last:,}; {of}" if sought or len(found) > WINDOW else ""
        self.rows.empty = "no such key" if sought else "none yet: define one below"
        self.rows.show(rows, where if found else "", newer=first > 0, more=last < len(found))

    def turn(self, windows: int) -> None:
        """Show so many windows further on, or back."""
        self._first = max(0, self._first + windows * WINDOW)

    def choose(self, bench: Workbench, key: str) -> None:
        """Have a collector's row in sight, and chosen."""
        if self._sought() not in key.casefold():
            self.find.value = ""
        self._last = self._sought()
        keys = [each.key for each in self._found(bench)]
        self._first = keys.index(key) // WINDOW * WINDOW if key in keys else 0
        self.show(bench, "")
        self.rows.chosen = sendable(key)

    def forget(self) -> None:
        """Begin with other collectors."""
        self._first, self._known = 0, {}

    def _sought(self) -> str:
        typed: str = self.find.value.strip()
        return typed.casefold()

    def _found(self, bench: Workbench) -> Sequence[Collector]:
        """Those that have what is sought in their key."""
        everyone, sought = bench.collectors.everyone(), self._sought()
        return [each for each in everyone if sought in each.key.casefold()] if sought else everyone

    def _count_before(self, bench: Workbench) -> None:
        """Add up what those had done that were replaced since the last look: a new one is at 0."""
        known = self._known
        self._known = {}
        for one in bench.collectors.everyone():
            was, before = known.get(one.key, (one, 0))
            self._known[one.key] = (one, before if was is one else before + was.processed)
