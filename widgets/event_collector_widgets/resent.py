"""Resent: what events were sent again as, and what came of that."""

from event_collector import CollectorEvent
from event_collector_widgets.shown import state

KEPT = 20_000
"""Of how many events it is kept what they were resent as."""


class _Link:
    """What one event was resent as. The new event itself is kept until it is done only."""

    __slots__ = ("_event", "_number", "_state")

    def __init__(self, event: CollectorEvent) -> None:
        self._event: CollectorEvent | None = event
        self._number = event.id
        self._state = ""

    def settled(self) -> bool:
        """Whether the new event is done."""
        if (event := self._event) is not None and event.done:
            self._state, self._event = state(event), None
        return self._event is None

    def told(self) -> str:
        self.settled()
        return f"resent as {self._number}" + (f": {self._state}" if self._state else "")


class Resent:
    """What events were resent as, by the id of the old one: of those resent last, 20,000."""

    def __init__(self) -> None:
        self._links: dict[int, _Link] = {}
        self._open: list[_Link] = []
        """Those of which it is not known what came of it."""
        self._version = 0

    def link(self, old: CollectorEvent, new: CollectorEvent) -> None:
        """Remember what an event was resent as."""
        self._links.pop(old.id, None)
        self._links[old.id] = made = _Link(new)
        self._open.append(made)
        self._version += 1
        while len(self._links) > KEPT:
            del self._links[next(iter(self._links))]

    def told(self, event: CollectorEvent) -> str:
        """What an event was resent as: "resent as 41", when that is done "resent as 41: Ok"."""
        link = self._links.get(event.id)
        return "" if link is None else link.told()

    @property
    def version(self) -> int:
        """Another number when something else is told of an event."""
        still = [link for link in self._open if not link.settled()]
        self._version += len(self._open) - len(still)
        self._open = still
        return self._version

    def __contains__(self, event: CollectorEvent) -> bool:
        return event.id in self._links

    def __len__(self) -> int:
        return len(self._links)
