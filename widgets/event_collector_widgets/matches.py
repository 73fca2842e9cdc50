"""Matches: how many kept events fit a selection, and the newest of them, kept up to date."""

from bisect import bisect_left
from itertools import compress
from time import perf_counter

from event_collector import CollectorEvent, History
from event_collector import _check as check
from event_collector_widgets.selection import Output, Selection

_UNSEEN, _LOOKED, _FOUND = 0, 1, 2
_BLOCK = 4_096
"""How many places are leapt over at once where nobody asks which of them match."""
_AT_ONCE = 32
"""How many events are looked at between two readings of the clock."""
_UNDONE = bytes(_LOOKED if state == _LOOKED else _UNSEEN for state in range(256))
"""What becomes of a state where fewer fit than before: what did not fit need not be looked at."""
_MOST = 4
"""Where more than one of so many events fit, to look at these alone gains little."""
_AS_FLAGS = bytes(state == _FOUND for state in range(256))

type _Flagged = tuple[int, list[CollectorEvent], bytearray, int]
"""Events of which those with a flag are to be looked at again: how many had gone before the first
of them, the events, a flag for each, and below which of them some are left. To make a list of those
alone would hold the loop for a tenth of a second where there are very many."""


class Matches:
    """The events of a history that fit a selection, over a million of them too.

    Nothing is called per event. `step` takes up what has changed since the last time and looks at
    it, for some milliseconds at most: the newest first, so that the first rows can be shown at
    once. An event that is done is looked at once; one that is not, again when it was taken or done.
    What a payload or a processor's output changes to afterwards is not seen.

    A byte is kept for each event of the history. Where the selection is of everything, nothing is.

    Args:
        history: Whose events.
        selection: Which of them.
        output: Gives what the processors of an event have shown, to look for the text there too.
        resent: Gives what is told of an event that was resent, to look there too.

    Raises:
        TypeError: `history` is not a History, or `selection` not a Selection.
    """

    def __init__(
        self,
        history: History,
        selection: Selection,
        *,
        output: Output | None = None,
        resent: Output | None = None,
    ) -> None:
        check.kind(history, History, "history", "give bench.history")
        check.kind(selection, Selection, "selection", "write Selection(...)")
        self.history = history
        self.selection = selection
        self.version = 0
        """Another number when other events match."""
        self._output = output
        self._resent = resent
        self._everything = selection.everything
        self._complete = self._everything
        self._newest: CollectorEvent | None = None
        self._count = 0
        self._gone = 0
        """How many events fell out of the history since. A place is counted from the first one
        that was ever seen, so that it stays the event's own."""
        self._states = bytearray()
        """Of each event that is kept, by its place less those that are gone."""
        self._unseen: list[tuple[int, list[CollectorEvent]]] = []
        """Stretches of events that were not looked at, and the place of the first, newest last."""
        self._again: list[tuple[int, CollectorEvent]] = []
        self._flagged: list[_Flagged] = []
        self._queued: dict[int, CollectorEvent] = {}
        self._in_service: dict[int, CollectorEvent] = {}

    def narrowed(self, selection: Selection) -> "Matches":
        """What fits another selection; this one is used no more.

        Where it narrows this one's, what did not fit is not looked at again: one that types on
        has the answer sooner.
        """
        made = Matches(self.history, selection, output=self._output, resent=self._resent)
        if not selection.narrows(self.selection) or self._count * _MOST > len(self._states):
            return made
        self._sync()
        flags = self._states.translate(_AS_FLAGS)
        made._flagged = [*self._flagged, (self._gone, list(self.history), flags, len(flags))]
        made._states = self._states.translate(_UNDONE)
        made._newest, made._gone, made._unseen = self._newest, self._gone, self._unseen
        made._queued, made._in_service = self._queued, self._in_service
        made._again = self._again
        if selection.number is not None:
            made._look_again_at(selection.number)
        return made

    @property
    def count(self) -> int:
        """How many events match, as they were at the last `step`; of those looked at, so far."""
        return len(self.history) if self._everything else self._count

    @property
    def complete(self) -> bool:
        """Whether the last `step` came to its end: then `count` was exact at that moment."""
        return self._complete

    @property
    def looked_at(self) -> int:
        """How many of the kept events were looked at: all of them once it is complete."""
        if self._everything:
            return len(self.history)
        return len(self._states) - self._states.count(_UNSEEN)

    def step(self, seconds: float = 0.005) -> bool:
        """Take up what has changed, and look at it, for so long; return whether that was all.

        Besides the looking, the first one copies the list of all events, which takes some 30 ms for
        a million, and each goes through the events that are not done, which takes ten milliseconds
        and more where 100,000 are queued. One event's text may take longer than `seconds`.

        What bounds the whole is the writing of each payload as a text: some 5 us an event, so 5 s
        for a million of them, and as long again for what others do in between.
        """
        if self._everything:
            return True
        end = perf_counter() + seconds
        self._sync()
        self._find_changed()
        self._complete = self._look_again(end) and self._look_on(end)
        return self._complete

    def window(self, count: int, offset: int = 0) -> list[CollectorEvent]:
        """So many of the matching events, the newest first, leaving out the `offset` newest.

        They match as of the last `step`; all of them are kept still.

        Raises:
            TypeError: A number is not an int.
            ValueError: It is negative.
        """
        check.whole(count, "count", 0)
        check.whole(offset, "offset", 0)
        history = self.history
        if self._everything:
            return [history[-1 - at] for at in range(offset, min(offset + count, len(history)))]
        self._sync()
        return [history[at] for at in self._places(count, offset)]

    def events(self) -> list[CollectorEvent]:
        """All matching events, as of the last `step`, the oldest first."""
        if self._everything:
            return list(self.history)
        self._sync()
        return list(compress(self.history, self._states.translate(_AS_FLAGS)))

    def words(self) -> str:
        """How many match, and how exact that is.

        "28 of 8,759"; while it goes on "3 so far, 5,000 of 8,759 looked at"; "all 8,759".
        """
        kept = f"{len(self.history):,}"
        if self._everything:
            return f"all {kept}"
        if self._complete:
            return f"{self._count:,} of {kept}"
        return f"{self._count:,} so far, {self.looked_at:,} of {kept} looked at"

    # Within: places

    def _sync(self) -> None:
        """Take in what came, and drop what fell out: then there is a state for each kept event."""
        # All of them, if the one that was the newest has gone: then what is known goes out below.
        kept, new = len(self.history), self.history.after(self._newest)
        if new:
            self._unseen.append((self._gone + len(self._states), new))
            self._states.extend(bytes(len(new)))
            self._complete = False
        self._newest = new[-1] if new else self._newest if kept else None
        if (out := len(self._states) - kept) > 0:
            if found := self._states.count(_FOUND, 0, out):
                self._count -= found
                self.version += 1
            del self._states[:out]
            self._gone += out

    def _places(self, count: int, offset: int) -> list[int]:
        states, end = self._states, len(self._states)
        while end > 0:
            start = max(0, end - _BLOCK)
            if (found := states.count(_FOUND, start, end)) > offset:
                break
            offset -= found
            end = start
        places: list[int] = []
        while len(places) < offset + count and (end := states.rfind(_FOUND, 0, end)) >= 0:
            places.append(end)
        return places[offset:]

    # Within: looking

    def _look_again_at(self, number: int) -> None:
        """Look again at the event of this number, if it is kept."""
        history = self.history
        at = bisect_left(range(len(history)), number, key=lambda at: history[at].id)
        if at < len(history) and history[at].id == number:
            self._again.append((self._gone + at, history[at]))

    def _find_changed(self) -> None:
        # The attributes themselves, twice as fast as `status`: there may be very many.
        taken = [
            (place, event)
            for place, event in self._queued.items()
            if event.taken_at is not None or event.finished_at is not None
        ]
        done = [
            (place, event)
            for place, event in self._in_service.items()
            if event.finished_at is not None
        ]
        for place, _ in taken:
            del self._queued[place]
        for place, _ in done:
            del self._in_service[place]
        self._again += taken
        self._again += done

    def _look_again(self, end: float) -> bool:
        again = self._again
        while again:
            for place, event in again[-_AT_ONCE:]:
                self._look(place, event)
            del again[-_AT_ONCE:]
            if perf_counter() > end:
                break
        return not again and self._look_at_flagged(end)

    def _look_at_flagged(self, end: float) -> bool:
        while self._flagged:
            gone, events, flags, left = self._flagged.pop()
            for _ in range(_AT_ONCE):
                if (left := flags.rfind(1, 0, left)) < 0:
                    break
                self._look(gone + left, events[left])
            if left > 0:
                self._flagged.append((gone, events, flags, left))
            if perf_counter() > end:
                break
        return not self._flagged

    def _look_on(self, end: float) -> bool:
        while self._unseen:
            first, events = self._unseen[-1]
            place = first + len(events)
            if place <= self._gone:
                self._unseen.clear()  # and the ones below are older still
                break
            for _ in range(min(_AT_ONCE, len(events))):
                place -= 1
                self._look(place, events.pop())
            if not events:
                self._unseen.pop()
            if perf_counter() > end:
                break
        return not self._unseen

    def _look(self, place: int, event: CollectorEvent) -> None:
        at = place - self._gone
        if at < 0:
            return
        found = self.selection.matches(event, self._output, self._resent)
        if found != (self._states[at] == _FOUND):
            self._count += 1 if found else -1
            self.version += 1
        self._states[at] = _FOUND if found else _LOOKED
        if event.finished_at is None:
            (self._queued if event.taken_at is None else self._in_service)[place] = event
