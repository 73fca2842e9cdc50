"""Ours: queues and workbenches, their events, and what their panels fail at.

Nothing of the engine is imported here: a notebook that has no queue never loads it. What is needed
of it is taken when it is there, by its public names.
"""

import asyncio
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from event_collector_widgets import failures
from event_collector_widgets.guard.cells import RUN, Run
from event_collector_widgets.guard.cores import kept_waiting, waits
from event_collector_widgets.guard.expected import moment
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.settings import Settings
from event_collector_widgets.imports import WhenImported

if TYPE_CHECKING:
    from event_collector import CollectorEvent, CollectorQueue


@dataclass(eq=False)
class Watched:
    """A queue that was made while the guard was there."""

    queue: "weakref.ref[CollectorQueue]"
    run: Run | None
    at: float
    failing: "list[CollectorEvent]" = field(default_factory=list)
    """Events with an Error, since the last look."""
    lost: "list[CollectorEvent]" = field(default_factory=list)
    """Events that nobody got, since the last look."""
    finished: bool = False
    """Whether any event was finished since the last look."""
    held: dict[str, float] = field(default_factory=dict)
    """The longest time that the loop was held, by key, as it was told already."""


class Ours:
    """The notebook's queues and workbenches.

    Args:
        settings: What counts as a fault.
        loop: Gives the loop that is watched.
        run_at: Gives the run in which a time of the loop's clock lies.
    """

    def __init__(
        self,
        settings: Settings,
        loop: Callable[[], asyncio.AbstractEventLoop | None],
        run_at: Callable[[float], Run | None],
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._run_at = run_at
        self._watched: list[Watched] = []
        self._shown: list[tuple[BaseException, Fault]] = []
        self._looked = 0.0
        """When it was looked last, by the loop's clock."""
        self._waited: dict[str, float] = {}
        """What `waits` said then, if there was a queue."""
        self._import: WhenImported | None = None
        self._end: Callable[[], None] | None = None

    def attach(self) -> None:
        """See the queues that are made from now on, and hear what panels and workbenches show."""
        self._import = WhenImported("event_collector.instrument", self._engine_is_there)
        failures.listeners.append(self)

    def detach(self) -> None:
        """See and hear no more. What the queues have as an instrument stays, and does nothing."""
        if self._import is not None:
            self._import.end()
        if self._end is not None:
            self._end()
            self._end = None
        if self in failures.listeners:
            failures.listeners.remove(self)
        self._watched.clear()

    def _engine_is_there(self, module: ModuleType) -> None:
        self._end = module.on_new_queue(self._made)

    def _made(self, queue: "CollectorQueue") -> None:
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        loop = self._loop()
        if here is not None and here is not loop:
            return  # of another thread, or on a virtual clock
        from event_collector import Instrument

        at = moment(0.0 if loop is None else loop.time())
        watched = Watched(weakref.ref(queue), RUN.get() or self._run_at(at), at)
        ear = Instrument()
        ear.finished = self._ear(watched)
        queue.add_instrument(ear)
        self._waited = self._waited or waits()
        self._watched.append(watched)

    def _ear(self, watched: Watched) -> "Callable[[CollectorEvent], None]":
        from event_collector import Error

        counts_lost = self._settings.undelivered

        def finished(event: "CollectorEvent") -> None:
            results = event.peek()
            watched.finished = True
            if results is None:
                return
            for result in results:
                if type(result) is Error or isinstance(result, Error):
                    watched.failing.append(event)
                    return
            if counts_lost and not results.delivered:
                watched.lost.append(event)

        return finished

    # What panels and workbenches show

    def failed(self, who: object, error: BaseException) -> None:
        """A workbench or a panel shows an error. A click in JupyterLab is not a cell's doing."""
        run = RUN.get()
        if run is None and not self._settings.runner:
            return
        loop = self._loop()
        at = None if loop is None else moment(loop.time())
        name = getattr(who, "name", None)
        what = f"workbench {name!r} failed" if name else f"an action of {type(who).__name__} failed"
        self._shown.append((error, Fault.of(what, error, run, at=at)))

    def raised(self, error: BaseException) -> None:
        """Somebody gets such an error raised."""
        self._shown = [each for each in self._shown if each[0] is not error]

    # What a cell's end shows

    def look(self) -> Iterator[Fault]:
        """What has failed since the last look, and nobody has looked at."""
        shown, self._shown = self._shown, []
        now, before = self._now() or 0.0, self._looked
        waited = waits() if self._watched else {}  # it is read for each cell, and takes its time
        delay, self._waited = kept_waiting(self._waited, waited), waited
        self._looked = now
        yield from (fault for _, fault in shown)
        for watched in list(self._watched):
            queue = watched.queue()
            yield from self._errors(watched)
            if queue is None:
                self._watched.remove(watched)
            elif watched.finished and now - before >= self._settings.blocked:  # else nobody can
                watched.finished = False
                yield from self._blocked(queue, watched, delay)

    def _errors(self, watched: Watched) -> Iterator[Fault]:
        failing, watched.failing = watched.failing, []
        lost, watched.lost = watched.lost, []
        unseen = [event for event in failing if not event.retrieved]
        kinds: dict[tuple[Run | None, str | None, str], list[CollectorEvent]] = {}
        for event in unseen:
            run, (key, error) = self._run_at(event.accepted_at), _first_error(event)
            kinds.setdefault((run, key, type(error).__name__), []).append(event)
        for (run, key, _), events in kinds.items():
            whose = "the router" if key is None else f"collector {key!r}"
            what = f"{whose} gave an Error for {_numbers(events)}, and nobody has looked at it"
            yield Fault.of(what, _first_error(events[0])[1], run, at=events[0].accepted_at)
        if lost:
            run = self._run_at(lost[0].accepted_at)
            what = f"{_numbers(lost)} reached no collector: {lost[0].payload!r}"
            yield Fault(what, run, at=lost[0].accepted_at)

    def _blocked(self, queue: "CollectorQueue", watched: Watched, delay: float) -> Iterator[Fault]:
        """What the processors have held the loop for, less what the machine kept it waiting."""
        limit = self._settings.blocked
        for key, seconds in queue.metrics().blocking.items():
            if limit and seconds - delay >= limit and seconds > watched.held.get(key, 0.0):
                watched.held[key] = seconds
                what = f"the processor of collector {key!r} held the event loop"
                hint = f"for more than {limit:g} s; await, or asyncio.to_thread(...)"
                yield Fault(what, watched.run, hint=hint, at=self._now())

    def _now(self) -> float | None:
        loop = self._loop()
        return None if loop is None else loop.time()

    # What goes on

    def running(self, key: str | None = None) -> "list[tuple[CollectorQueue, Watched]]":
        """The queues that run, made by the cell with a key or by any, the newest first."""
        found = []
        for watched in reversed(self._watched):
            queue = watched.queue()
            of_it = key is None or (watched.run is not None and watched.run.key == key)
            if queue is not None and queue.running and of_it:
                found.append((queue, watched))
        return found

    def name_of(self, queue: "CollectorQueue") -> str:
        """A queue as its user knows it."""
        bench = self.bench_of(queue)
        return f"queue {list(queue.collectors)!r}" if bench is None else f"workbench {bench.name!r}"

    def bench_of(self, queue: "CollectorQueue") -> Any:
        """The workbench of a queue, if it has one that is not closed."""
        module = sys.modules.get("event_collector_widgets.names")
        benches = [] if module is None else module.BENCHES.present()
        return next((bench for bench in benches if bench.queue is queue), None)


def _first_error(event: "CollectorEvent") -> tuple[str | None, BaseException]:
    from event_collector import Error

    results = event.peek()
    assert results is not None
    for key, result in zip([*results.keys, *([None] * len(results))], results, strict=False):
        if isinstance(result, Error):
            return key, result.exception
    raise AssertionError(event)


def _numbers(events: "list[CollectorEvent]") -> str:
    more = f" and {len(events) - 1} more" if len(events) > 1 else ""
    return f"event {events[0].id}{more}"
