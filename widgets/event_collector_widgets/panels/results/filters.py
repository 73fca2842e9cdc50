"""Filters: the fields that say which events are shown. They keep what was typed, and the focus."""

from collections.abc import Iterable
from typing import Any

import ipywidgets as w

from event_collector import Delivery
from event_collector_widgets.panels.parts.fields import offer, wide
from event_collector_widgets.panels.parts.menus import sendable
from event_collector_widgets.selection import STATUSES, Selection

TIMES = {"last minute": 60.0, "last 5 minutes": 300.0, "last hour": 3_600.0}
"""What the menu of times offers, in seconds."""

LONGEST = 40
"""How many characters of a collector's key the menu shows at most."""


class Filters(w.HBox):  # type: ignore[misc, unused-ignore]
    """A row of fields: collector, status, delivery, time and text."""

    def __init__(self) -> None:
        statuses = [(each, each) for each in STATUSES]
        deliveries = [(each.value, each) for each in Delivery]
        self.collector = _menu("collector", "that gave a result", [])
        self.state = _menu("status", "of an event, or of the collector's result", statuses)
        self.delivery = _menu("delivery", "how it was sent", deliveries)
        self.time = _menu("time", "when it was sent", list(TIMES.items()), nothing=0.0)
        self.text = w.Text(
            description="text",
            placeholder="search for text",
            tooltip="in payload, keys, topics, results and errors, upper and lower case alike; "
            "or what a row says: a number, a status, 4 Ok, → topic, resent as 12",
            layout=wide(),
        )
        self.fields = (self.collector, self.state, self.delivery, self.time, self.text)
        self._known: dict[str, None] = {}
        self._there: list[str] | None = None
        super().__init__(self.fields)
        self.add_class("ec-fields").add_class("ec-filters")

    @property
    def said(self) -> tuple[Any, ...]:
        """What the fields say, to be compared."""
        return tuple(field.value for field in self.fields)

    def selection(self, now: float) -> Selection:
        """What the fields say.

        Args:
            now: Seconds of the loop's clock, from which "last minute" is counted back.
        """
        return Selection(
            collector=self.collector.value or None,
            status=self.state.value or None,
            delivery=self.delivery.value or None,
            since=now - self.time.value if self.time.value else None,
            text=self.text.value,
        )

    def only(self, status: str) -> None:
        """Let one status through and nothing else say anything; an empty one lets all through."""
        self.collector.value = self.delivery.value = self.text.value = ""
        self.time.value, self.state.value = 0.0, status

    def offer(self, collectors: Iterable[str]) -> None:
        """Offer these collectors, and those that were there before: the history has their results.

        The one that is chosen stays chosen.
        """
        there = dict.fromkeys(collectors)
        if list(there) == self._there:
            return
        self._there = list(there)
        self._known |= there
        gone = [key for key in self._known if key not in there]
        options = [("any collector", ""), *((_short(key), key) for key in there)]
        options += [(f"{_short(key)} (not there)", key) for key in gone]
        offer(self.collector, options)

    def forget(self) -> None:
        """Forget the collectors that were there before, but for the one that is chosen."""
        chosen, self._there = self.collector.value, None
        self._known = {chosen: None} if chosen else {}


def _menu(name: str, told: str, options: list[tuple[str, Any]], nothing: object = "") -> w.Dropdown:
    """A menu whose label has a tooltip: ipywidgets writes "null" there where it is given none."""
    every = (f"any {name}", nothing)
    return w.Dropdown(options=[every, *options], description=name, tooltip=told, layout=wide())


def _short(key: str) -> str:
    flat = sendable(" ".join(key.split()) or repr(key))
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"
