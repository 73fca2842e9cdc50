"""Outputs: keeps what processors and lifecycles show, by event and collector."""

import weakref
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from event_collector import Collector, CollectorEvent, CollectorQueue, History, Instrument
from event_collector._text import one_line
from event_collector.service import Service
from event_collector_widgets.output import figures
from event_collector_widgets.output.capture import EARS, Place, marked
from event_collector_widgets.output.kept import Kept, KeptByAll, Output

_AT_LEAST = 64
"""How many events with output are kept before any is looked for that has left the history."""


class Outputs(Instrument):
    """Keeps what each processor shows with its event, as long as the history keeps the event.

    Whatever listens to the streams asks for whom the code runs when something is shown. So a
    processor that shows nothing has nothing kept, and costs nothing; of events this is told
    nothing, and of turns of the loop only so that streams that were replaced are heard too. Neither
    the queue nor the history is kept alive by it.

    Args:
        queue: Whose processors are listened to.
        history: Tells how long an event's output is of interest.
        collectors: The collectors by key; the same for that of their lifecycles.
    """

    def __init__(
        self, queue: CollectorQueue, history: History, collectors: Mapping[str, Collector]
    ) -> None:
        self._queue = weakref.ref(queue)
        self._history = weakref.ref(history)
        self._collectors = collectors
        self._events: dict[int, dict[str, Kept]] = {}
        """By an event's id, what is kept of it by key."""
        self._lifecycles: dict[int, Kept] = {}
        """By `id()` of a collector, what its lifecycle has shown. Each holds its collector."""
        self._look_at = self._look_at_lifecycles = _AT_LEAST
        self._me = weakref.ref(self)
        queue.current_event()  # from now on every processor can be asked for its event
        queue.add_instrument(self)
        EARS.listen_for(self)
        figures.attach()

    def loop_turn(self) -> None:
        """Listen to what has replaced the streams, and have pyplot tell of figures, as ever."""
        EARS.heed()
        figures.attach()

    def place_of(self, service: Service) -> Place | None:
        """Where a processor is at work; None if it is one of another queue."""
        queue = self._queue()
        if queue is None or not service.is_of(queue):
            return None
        # Done: what a processor has left behind is kept with its event as long as that is there.
        numbers, there = service.event_ids, {event.id: event for event in service.events}
        whose = tuple([id(there.get(number) or self._kept_event(number)) for number in numbers])
        if len(numbers) == 1:
            return self._me, numbers[0], service.key, whose[0]
        return self._me, numbers, service.key, whose

    def _kept_event(self, number: int) -> CollectorEvent | None:
        """The event of a number, if the history has it still."""
        history = self._history()
        if history is None:
            return None
        try:
            found = history[bisect_left(history, number, key=lambda event: event.id)]
        except IndexError:  # it is newer than all, or some have gone meanwhile, in another thread
            return None
        return found if found.id == number else None

    @contextmanager
    def of_lifecycle(self, collector: Collector) -> Iterator[None]:
        """Keep what the lifecycle shows that is entered within this block, later too."""
        if collector.lifecycle is None:
            yield
            return
        EARS.heed()
        with Kept.lock:
            self._lifecycles[id(collector)] = Kept(collector)
            if len(self._lifecycles) > self._look_at_lifecycles:
                self._forget_lifecycles()
        with marked((self._me, 0, collector.key, id(collector))):
            yield

    def kept(self, place: Place) -> Kept | None:
        """Where what is shown there is kept; None if its lifecycle was forgotten."""
        _, number, key, whose = place
        if not isinstance(number, tuple):
            return self._kept(number, key, whose)
        assert isinstance(whose, tuple)
        of_each = [self._kept(one, key, its) for one, its in zip(number, whose, strict=True)]
        return KeptByAll([one for one in of_each if one is not None])

    def _kept(self, number: int, key: str, whose: Any) -> Kept | None:
        with Kept.lock:
            if number == 0:
                return self._lifecycles.get(whose)
            of_event = self._events.get(number)
            if of_event is None:
                if len(self._events) >= self._look_at:
                    self._forget_events()
                of_event = self._events[number] = {}
            kept = of_event.get(key)
            if kept is None:
                kept = of_event[key] = Kept(whose)
            return kept

    def of(self, what: object) -> dict[str, Output] | Output:
        """What an event's collectors have shown, by key; or what a collector's lifecycle has.

        Raises:
            TypeError: It is neither an event nor a collector.
        """
        if isinstance(what, Collector):
            kept = self._lifecycles.get(id(what))
            return Output() if kept is None or kept.of is not what else kept.read()
        if not isinstance(what, CollectorEvent):
            raise TypeError(
                f"output() takes an event or a collector, got {type(what).__name__}: "
                f"{one_line(what)}; an event is what 'await bench.send(payload)' gives"
            )
        with Kept.lock:
            found = dict(self._events.get(what.id, {}))
        # Another queue has events of the same numbers.
        read = {key: kept.read() for key, kept in found.items() if kept.of == id(what)}
        return {key: output for key, output in read.items() if output}

    def _forget_events(self) -> None:
        """Forget the events that have left the history."""
        history = self._history()
        oldest = next(iter(history), None) if history is not None else None
        floor = max(self._events) if oldest is None else oldest.id
        self._events = {number: kept for number, kept in self._events.items() if number >= floor}
        self._look_at = max(2 * len(self._events), _AT_LEAST)

    def _forget_lifecycles(self) -> None:
        """Forget those whose collector has left, but for the newest."""
        newest = list(self._lifecycles)[-_AT_LEAST // 2 :]
        self._lifecycles = {
            number: kept
            for number, kept in self._lifecycles.items()
            if number in newest or self._collectors.get(kept.of.key) is kept.of  # type: ignore[attr-defined]
        }
        self._look_at_lifecycles = max(2 * len(self._lifecycles), _AT_LEAST)
