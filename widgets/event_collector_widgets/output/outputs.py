"""Outputs: keeps what processors and lifecycles show, by event and collector."""

import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from event_collector import Collector, CollectorEvent, History, Instrument
from event_collector._text import one_line
from event_collector_widgets.output import figures
from event_collector_widgets.output.capture import EARS, PLACE, Place
from event_collector_widgets.output.kept import Kept, Output

_AT_LEAST = 64
"""How many events with output are kept before any is looked for that has left the history."""
PYPLOT = "matplotlib.pyplot"


class Outputs(Instrument):
    """Keeps what each processor shows with its event, as long as the history keeps the event.

    It says where the processor is in a context variable, and is asked by whatever listens: a
    processor that shows nothing has nothing kept. The history is not kept alive by it.

    Args:
        history: Tells how long an event's output is of interest.
        collectors: The collectors by key; the same for that of their lifecycles.
    """

    def __init__(self, history: History, collectors: Mapping[str, Collector]) -> None:
        self._history = weakref.ref(history)
        self._collectors = collectors
        self._events: dict[int, dict[str, Kept]] = {}
        """By an event's id, what is kept of it by key."""
        self._lifecycles: dict[int, Kept] = {}
        """By `id()` of a collector, what its lifecycle has shown. Each holds its collector."""
        self._look_at = self._look_at_lifecycles = _AT_LEAST
        self._me = weakref.ref(self)
        EARS.listen_for(self)

    def begun(self, event: CollectorEvent, collector: Collector) -> None:
        """Say in the processor's context for whom it runs."""
        place = (self._me, event.id, collector.key, id(event))
        PLACE.set(place)
        try:
            if EARS.out != sys.stdout.write or EARS.err != sys.stderr.write:
                EARS.attach()
        except AttributeError:  # there is no such stream
            pass
        if PYPLOT in sys.modules:
            figures.begin(place)

    def ended(self, event: CollectorEvent, collector: Collector, result: object) -> None:
        """Take the figures that the processor has left open."""
        if PYPLOT in sys.modules and (place := PLACE.get()) is not None:
            figures.end(place)

    @contextmanager
    def of_lifecycle(self, collector: Collector) -> Iterator[None]:
        """Keep what the lifecycle shows that is entered within this block, later too."""
        if collector.lifecycle is None:
            yield
            return
        EARS.attach()
        with Kept.lock:
            self._lifecycles[id(collector)] = Kept(collector)
            if len(self._lifecycles) > self._look_at_lifecycles:
                self._forget_lifecycles()
        token = PLACE.set((self._me, 0, collector.key, id(collector)))
        try:
            yield
        finally:
            PLACE.reset(token)

    def kept(self, place: Place) -> Kept | None:
        """Where what is shown there is kept; None if its lifecycle was forgotten."""
        _, number, key, whose = place
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
