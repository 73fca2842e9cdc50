"""Window: the matching events that are in sight, the newest first, following them or frozen."""

from bisect import bisect_left

from event_collector import CollectorEvent, History
from event_collector_widgets.matches import Matches
from event_collector_widgets.panels.parts.in_rows import ROOM
from event_collector_widgets.panels.parts.live import Row
from event_collector_widgets.panels.results.events import row_of
from event_collector_widgets.resent import Resent
from event_collector_widgets.selection import Selection


class Window:
    """The newest events that match a selection, or those of a page further down.

    Frozen, it keeps the events that it shows; how far each of them is goes on being told. An event
    is made a row of only once for each status that it has.

    Args:
        history: Whose events.
        selection: Which of them.
        size: How many are in sight at once.
        resent: What events were resent as.
    """

    def __init__(
        self,
        history: History,
        selection: Selection,
        size: int,
        resent: Resent | None = None,
    ) -> None:
        self._resent = Resent() if resent is None else resent
        self.matches = Matches(history, selection, resent=self._resent.told)
        self.size = size
        self.events: list[CollectorEvent] = []
        """What is in sight."""
        self._top: int | None = None
        """The newest event there was when it was frozen; None while it follows."""
        self._below: int | None = None
        """Only events older than this one are in sight; None: from the newest on."""
        self._held = False
        """Whether what is in sight stays as it is."""
        self.paging = False
        """Whether it is frozen only because it was turned to older ones."""
        self._newest = 0
        """The newest event there was when it last looked."""
        self.room = ROOM
        """How many characters of a payload are in sight."""
        self._rows: dict[int, tuple[tuple[str, str, int], Row]] = {}

    @property
    def frozen(self) -> bool:
        """Whether it stays where it is while events come."""
        return self._top is not None

    def select(self, selection: Selection) -> None:
        """Show what matches another selection, from its newest on, frozen if `freeze` has it so."""
        if self.paging:
            self.follow()
        self.matches = self.matches.narrowed(selection)
        self._held = False
        self._below = None if self._top is None else self._top + 1

    def freeze(self) -> None:
        """Keep what is in sight."""
        self.paging = False
        if self._top is None:
            self._top = self._newest
            self._below = self._top + 1
            self._held = self._is_full()

    def follow(self) -> None:
        """Show the newest again, and those that come."""
        self._top = self._below = None
        self._held = self.paging = False

    def look(self, seconds: float) -> bool:
        """Take up what has changed, for so long; return whether that was all."""
        complete = self.matches.step(seconds)
        if len(history := self.matches.history):
            self._newest = history[-1].id
        if not self._held:
            self.events = self.matches.window(self.size, self.offset)
            self._held = self.frozen and self._is_full()
        return complete

    def older(self) -> None:
        """Show the next ones further down, and stay there while events come."""
        if self.more:
            paging = self.paging or not self.frozen
            self.freeze()
            self.paging = paging
            self._turn(self.events[-1].id)

    def newer(self) -> None:
        """Show the ones before those in sight; with the newest it follows again, unless frozen."""
        first = self.events[0].id if self.events else self._below or 0
        start = max(0, self._place(first) - self.size)
        if start == 0 and (self.paging or not self.frozen):
            self.follow()
            return
        newest = self.matches.window(1, start)
        if newest:
            self._turn(newest[0].id + 1)

    def find(self, event_id: int) -> CollectorEvent:
        """An event in sight, or else in the history.

        Raises:
            LookupError: It is in neither.
        """
        for event in self.events:
            if event.id == event_id:
                return event
        history = self.matches.history
        place = bisect_left(range(len(history)), event_id, key=lambda at: history[at].id)
        if place == len(history) or history[place].id != event_id:
            raise LookupError(f"event {event_id} is not among the {len(history):,} that are kept")
        return history[place]

    @property
    def offset(self) -> int:
        """How many matching events are newer than those in sight."""
        return 0 if self._below is None else self._place(self._below - 1)

    @property
    def came(self) -> int:
        """How many matching events came since it was frozen."""
        return 0 if self._top is None else self._place(self._top)

    @property
    def more(self) -> bool:
        """Whether there are older ones than those in sight."""
        return bool(self.events) and self.offset + len(self.events) < self.matches.count

    def rows(self) -> list[Row]:
        """A row for each event in sight."""
        before, self._rows = self._rows, {}
        for event in self.events:
            state = event.status, self._resent.told(event), self.room
            known = before.get(event.id)
            if known is None or known[0] != state:
                known = state, row_of(event, *state[1:])
            self._rows[event.id] = known
        return [row for _, row in self._rows.values()]

    def where(self, accepted: int = 0) -> str:
        """Which of how many are in sight: "201 to 400 of 1,234 that match, 8,759 kept".

        While it is counted: "1 to 200 of at least 350 that match; still counting, ...".

        Args:
            accepted: How many were ever sent; it is told how many of them have left the history.
        """
        shown = self._of_how_many()
        if self.paging:
            shown = f"rows {shown}; frozen while you page (newest: newer)"
        if (left := accepted - len(self.matches.history)) > 0:
            shown += f"; {left:,} older {'one has' if left == 1 else 'ones have'} left the history"
        return shown

    def _of_how_many(self) -> str:
        matches, kept = self.matches, len(self.matches.history)
        if not kept:
            return "none kept"
        count, everything = matches.count, matches.selection.everything
        first = self.offset + 1
        these = (
            f"{first:,} to {first + len(self.events) - 1:,} of" if self.events else "none of the"
        )
        if not matches.complete:
            looked = f"{matches.looked_at:,} of {kept:,} looked at"
            if not count:
                return f"none found yet; still looking, {looked}"
            return f"{these} at least {count:,} that match; still counting, {looked}"
        if everything:
            return f"{these} {kept:,}"
        return f"{these} {count:,} that match, {kept:,} kept" if count else f"none of {kept:,} kept"

    def _turn(self, below: int) -> None:
        self._below, self._held = below, False
        self.events = self.matches.window(self.size, self.offset)
        self._held = self._is_full()

    def _is_full(self) -> bool:
        return len(self.events) == self.size or self.matches.complete

    def _place(self, newest: int) -> int:
        """How many matching events are newer than this one. Their ids descend."""

        def older_than(place: int) -> int:
            found = self.matches.window(1, place)
            return -found[0].id if found else 0

        return bisect_left(range(self.matches.count), -newest, key=older_than)
