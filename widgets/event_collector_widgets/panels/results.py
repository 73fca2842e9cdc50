"""ResultsPanel: the history of a workbench as a table, newest first, and one event in full."""

from html import escape
from typing import Any

import ipywidgets as w
import pandas as pd
from itables.widget import ITable

from event_collector import CollectorEvent, Delivery, Error, Result
from event_collector._text import one_line
from event_collector_widgets.kernel import name_cells
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.workbench import Workbench

PAUSE = 1.0
"""Seconds between two repaints of the table at least: a browser takes some tenths for each."""

SHOWN = 200
"""How many events the table shows at most."""

_COLUMNS = ["event", "payload", "delivery", "status", "results"]

_TABLE: dict[str, Any] = {
    "select": "single",
    "classes": "display compact",
    "paging": False,
    "style": "table-layout: auto; width: 100%; margin: 0",
    "autoWidth": False,
    "ordering": False,
    "showIndex": False,
    "layout": {"topStart": None, "topEnd": "search", "bottomStart": None, "bottomEnd": None},
    "maxBytes": 0,
}
"""The table's options. An update that leaves one out takes the default, not what was before."""


class ResultsPanel(Panel):
    """The latest events in a table; a click on a row shows all of that event.

    Args:
        bench: The workbench that it shows.
    """

    title = "Results"
    told = ("closed", "paused")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.note = w.HTML().add_class("ec-note")
        self.table = ITable(_frame([]), **_TABLE)
        self.detail = w.HTML('<div class="ec-empty">choose a row to see all of it</div>')
        self.follow = w.Checkbox(True, description="follow new events", indent=False)
        self.children = (
            self.heading,
            self.warning,
            w.HBox([self.note, self.follow]).add_class("ec-above"),
            w.Box([self.table]).add_class("ec-scroll"),
            self.detail,
            self.status,
        )
        self._events: list[CollectorEvent] = []
        self._shown: tuple[Any, ...] | None = None
        self._chosen: CollectorEvent | None = None
        self._updating = self._due = False
        self._repainted = -PAUSE
        self.on_input([self.follow], self.repaint)
        self.table.observe(lambda _: self.bench.loop.soon(self._choose), "selected_rows")
        self.refresh()
        bench.watch(self.repaint)

    def show(self, event_id: int) -> None:
        """Show an event in full, as a click on its row does.

        Raises:
            LookupError: It is not among the events of the table.
        """
        for place, event in enumerate(self._events):
            if event.id == event_id:
                self.table.selected_rows = [place]
                self._choose()
                return
        raise LookupError(f"event {event_id} is not among the latest {len(self._events)}")

    def forget(self) -> None:
        """The event that was shown in full went with its workbench."""
        self._shown = None
        if self._chosen is not None:
            self._chosen = None
            gone = "the chosen event went with the workbench that was made again; choose a row"
            self.detail.value = f'<div class="ec-empty">{gone}</div>'

    def refresh(self) -> None:
        """Show the latest events."""
        events = self.bench.history.latest(SHOWN)
        shown = tuple((event.id, event.status) for event in events)
        if shown == self._shown:
            return
        self._events, self._shown = events, shown
        rows = [place for place, event in enumerate(events) if event is self._chosen]
        self._updating = True
        try:
            with self.table.hold_sync():
                self.table.update(_frame(events), selected_rows=rows, **_TABLE)
        finally:
            self._updating = False
        self.note.value = self._note()
        if self._chosen is not None:
            self.detail.value = _detail(self._chosen)

    def repaint(self) -> None:
        """Refresh, but leave the table alone while it is not to follow, and for a while after."""
        self.note.value = self._note()
        if not self.follow.value or self._due:
            return
        loop = self.bench.loop
        wait = self._repainted + PAUSE - loop.loop.time()
        if wait > 0:
            self._due = True
            loop.later(wait, self._repaint_now)
        else:
            self._repaint_now()

    def _repaint_now(self) -> None:
        self._due = False
        if self.follow.value:
            self._repainted = self.bench.loop.loop.time()
            super().repaint()

    def _note(self) -> str:
        kept, accepted = len(self.bench.history), self.bench.metrics().accepted
        if accepted == 0:
            return "nothing was sent yet"
        shown = min(kept, SHOWN)
        return f"the newest {shown:,} of {accepted:,}" if shown < accepted else f"all {shown:,}"

    def _choose(self) -> None:
        rows = self.table.selected_rows
        if self._updating or not rows or rows[0] >= len(self._events):
            return
        self._chosen = self._events[rows[0]]
        self.detail.value = _detail(self._chosen)


def _frame(events: list[CollectorEvent]) -> pd.DataFrame:
    """A row of plain texts per event."""
    rows = [
        [event.id, one_line(event.payload.value), _way(event), _status(event), _results(event)]
        for event in events
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _way(event: CollectorEvent) -> str:
    payload = event.payload
    if payload.delivery is Delivery.BROADCAST:
        return "broadcast"
    named = payload.keys if payload.delivery is Delivery.KEY else payload.topics
    return f"{payload.delivery.value}: {', '.join(named)}"


def _status(event: CollectorEvent) -> str:
    results = event.result
    if results is None:
        return event.status
    if not results.delivered:
        return "undelivered"
    failed, all_ = len(results.errors), len(results)
    if not failed:
        return "Ok"
    return "Error" if all_ == 1 else f"Error ({failed} of {all_})"


def _results(event: CollectorEvent) -> str:
    results = event.result
    if results is None or not results.delivered:
        return ""
    return "; ".join(
        f"{key or '?'}: {one_line(result, 60)}"
        for key, result in zip(results.keys, results, strict=True)
    )


def _detail(event: CollectorEvent) -> str:
    """An event in full, as HTML, everything in it escaped."""
    title = escape(f"Event {event.id}: {_way(event)}, {_status(event)}")
    parts = [
        f'<div class="ec-title">{title}</div>',
        f'<pre class="ec-code">{escape(one_line(event.payload, 2000))}</pre>',
    ]
    results = event.result
    if results is not None and results.delivered:
        for key, result in zip(results.keys, results, strict=True):
            parts.append(_result(key, result))
    return "".join(parts)


def _result(key: str | None, result: Result) -> str:
    kind = "ec-failed" if isinstance(result, Error) else "ec-yes"
    told = f'<div class="{kind}"><b>{escape(key or "?")}</b> {escape(one_line(result, 500))}</div>'
    if isinstance(result, Error):
        told += f'<pre class="ec-code ec-traceback">{escape(name_cells(result.traceback))}</pre>'
    return told
