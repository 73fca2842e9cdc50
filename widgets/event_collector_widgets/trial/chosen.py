"""What a new version of a processor is tried on: events of the past, or payloads of a table."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from event_collector import CollectorEvent, History, Payload, Result
from event_collector._text import one_line
from event_collector.recording import Recording
from event_collector_widgets.trial.differences import amount
from event_collector_widgets.trial.turns import Turns

_ADVICE = "pass a History, a list of its events, a Recording, a list of payloads, or a DataFrame"
_AT_ONCE = 500
"""So many rows of a table are made payloads in one go."""


class Past(NamedTuple):
    """A payload, and what is known of it."""

    event: int | None
    payload: Payload[Any]
    before: Result | None
    """What the collector gave; None: it must be asked now."""
    time: float | None
    """How many seconds that took, if that is known."""


class Chosen:
    """The payloads that a collector's new version is tried on, and which ones are not.

    Args:
        key: The collector's key.
        on: A History, its events, a Recording, payloads or other values, or a DataFrame.
        history: Where the events of a DataFrame are, and whose oldest events are gone.

    Raises:
        TypeError: `on` is something else; or a DataFrame of events, and there is no history.
    """

    def __init__(self, key: str, on: Any, history: History | None) -> None:
        self.found: list[Past] = []
        self.notes: list[str] = []
        """In a line each, what is not tried, and why."""
        self._key = key
        self._history = on if isinstance(on, History) else history
        if isinstance(on, Recording):
            self._history = None  # its events are of another queue
            self.notes += [f"of the recording: {note}" for note in on.notes]
        self._missing = 0
        self._waiting = 0
        self._elsewhere = 0
        self._passed_over = 0
        self._source = self._items(on)
        self._first_kept = next((event.id for event in self._history or ()), 1)

    async def gather(self, turns: Turns) -> None:
        """Look at each, in turns with others.

        Raises:
            TypeError: There are events and other values.
            ValueError: There is nothing to try.
        """
        of_events: bool | None = None
        place = 0
        for place, item in enumerate(self._source, 1):
            is_event = isinstance(item, CollectorEvent)
            of_events = is_event if of_events is None else of_events
            if of_events is not is_event:
                raise TypeError(
                    f"on= has events and other values: place {place - 1} has {one_line(item)}; "
                    "try them one after the other"
                )
            if isinstance(item, CollectorEvent):
                self._add(item)
            else:
                payload = item if isinstance(item, Payload) else Payload(item)
                self.found.append(Past(None, payload, None, None))
            await turns.give()
        self._source = iter(())
        if not self.found:
            self._refuse(place)
        if of_events:
            self._tell()

    def _items(self, on: Any) -> Iterator[Any]:
        pandas = sys.modules.get("pandas")  # who has a DataFrame has imported it
        if pandas is not None and isinstance(on, pandas.DataFrame):
            return self._events_of(on) if _is_of_events(on) else _rows(on)
        alone = isinstance(on, str | bytes | Mapping | Payload | CollectorEvent)
        if alone or not isinstance(on, Iterable):
            advice = f"write on=[{one_line(on)}]" if alone else _ADVICE
            raise TypeError(
                f"on= must be what to try it on, got {type(on).__name__}: {one_line(on)}; {advice}"
            )
        return iter(list(on))  # as it is now

    def _events_of(self, frame: Any) -> Iterator[CollectorEvent]:
        """The events that the rows of a frame tell of, each once, if they are still there."""
        if self._history is None:
            raise TypeError("on= is a DataFrame of events; pass the events themselves")
        known = {event.id: event for event in self._history}
        others = [self._key] * len(frame)
        keys = frame["collector"] if "collector" in frame.columns else others
        ours: dict[int, CollectorEvent] = {}
        for number, value, key in zip(frame["event"], frame["payload"], keys, strict=True):
            event = known.get(number)
            if event is None or event.payload.value is not value:
                self._missing += 1
            elif not isinstance(key, str) or key != self._key:
                self._passed_over += 1
            else:
                ours[event.id] = event
        return iter(list(ours.values()))

    def _add(self, event: CollectorEvent) -> None:
        results = event.peek()
        if results is None:
            self._waiting += 1
            return
        given = zip(results.keys, results, strict=True) if results.delivered else ()
        for key, result in given:
            if key == self._key:
                # The service time of an event is that of all its collectors.
                time = event.service_time if len(results) == 1 else None
                self.found.append(Past(event.id, event.payload, result, time))
                return
        self._elsewhere += 1

    def _refuse(self, looked_at: int) -> None:
        if count := looked_at + self._missing + self._passed_over:
            raise ValueError(
                f"none of {amount(count, 'event')} is done and has a result of {self._key!r}; "
                "choose others, or pass payloads"
            )
        raise ValueError(f"on= is empty, there is nothing to try; {_ADVICE}")

    def _tell(self) -> None:
        gone = self._first_kept - 1
        if gone:
            which = "event 1" if gone == 1 else f"events 1 to {gone:,}"
            verb = "has" if gone == 1 else "have"
            self.notes.append(
                f"{amount(gone, 'event')} {verb} left the history ({which}) and cannot be tried"
            )
        for number, why in (
            (self._missing, "not in the history"),
            (self._waiting, "not done yet"),
            (self._elsewhere + self._passed_over, f"without a result of {self._key!r}"),
        ):
            if number:
                self.notes.append(f"not tried: {amount(number, 'event')} {why}")


def _is_of_events(frame: Any) -> bool:
    """Whether a DataFrame is one of `History.to_frame` or `TryOut.frame`, or a part of it."""
    names = set(frame.columns)
    return {"event", "payload", "collector", "status"} <= names or {
        "event",
        "payload",
        "before",
        "after",
        "change",
    } <= names


def _rows(frame: Any) -> Iterator[dict[Any, Any]]:
    for start in range(0, len(frame), _AT_ONCE):
        yield from frame.iloc[start : start + _AT_ONCE].to_dict("records")
