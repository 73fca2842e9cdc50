"""Trials: another version of a processor over past payloads, beside the queue."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypedDict

from event_collector import Collector, Context, History, Processor, _check
from event_collector_widgets.trial.chosen import Chosen, Past
from event_collector_widgets.trial.differences import (
    Tried,
    amount,
    change_between,
    frame_of,
    in_order,
    in_words,
)
from event_collector_widgets.trial.turns import Turns
from event_collector_widgets.trial.versions import StruckError, Version, copied, shared

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = "what a processor does outside, such as writing a file or to a server, is really done"
"""The last note of every trial."""


class Progress(NamedTuple):
    """How far a trial is, in payloads."""

    done: int
    total: int
    """How many were chosen. It grows until all are looked at, then stays."""


class Times(NamedTuple):
    """How long a payload took in both versions, in seconds, on average."""

    before: float
    """Over the `known` payloads; nan where none is."""
    after: float
    """Over all that were tried; nan where none was."""
    known: int
    """Of how many payloads it is known how long the present version took."""


class TrialOptions(TypedDict, total=False):
    """How a trial is run: see `TryOut`."""

    ctx: Context | None
    lifecycle: bool
    concurrency: int
    on_progress: Callable[[int, int], object] | None


class TryOut:
    """A trial: runs another version of a collector's processor over past payloads.

    It runs beside the queue, which knows nothing of it: no metrics, no history. The collector's
    timeout and `max_concurrency` hold, for the trial by itself. Each payload is a deep copy, as it
    is now, or the same object where it cannot be copied. Of an event that is done, the result is
    compared with what the collector gave. For payloads that come with no event, the collector's
    present processor is run too, with a Context of its own.

    Args:
        collector: The collector, which stays as it is.
        processor: The other version of its processor.
        on: A History; or some of its events, such as those that a filter lets through; or a
            Recording; or payloads or other values; or a DataFrame, a payload for each row, as a
            dict. A frame made by `History.to_frame` or `TryOut.frame`, or a part of it, stands for
            its events.
        history: Where the events of a DataFrame are looked up.
        ctx: What the new version works with. Unless given, a new Context with the values that the
            collector's has now, the very same objects.
        lifecycle: Whether the collector's lifecycle is entered around the new Context, and left at
            the end. A present version that is run too has its own.
        concurrency: How many payloads are in service at once, at most.
        on_progress: Called in the loop with how many are done, and how many there are, at most
            ten times a second, and at the end.

    Raises:
        TypeError: `on` is something else, the processor is not an async function of a payload and
            a context, or another argument is of the wrong type.
        ValueError: `concurrency` is less than 1; `lifecycle` is True, and the collector has none,
            or `ctx` is the collector's own.
    """

    EVERY = 0.1
    """Seconds between two calls of `on_progress`, at least."""

    def __init__(
        self,
        collector: Collector,
        processor: Processor,
        on: Any,
        *,
        history: History | None = None,
        ctx: Context | None = None,
        lifecycle: bool = False,
        concurrency: int = 4,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> None:
        _check.kind(collector, Collector, "collector", "pass one of bench.collectors")
        _check.kind(lifecycle, bool, "lifecycle", "True enters that of the collector")
        if on_progress is not None and not callable(on_progress):
            raise TypeError(f"on_progress must be a function of two counts, got {on_progress!r}")
        self.collector = collector
        """The collector that is tried."""
        self._at_once = min(
            _check.whole(concurrency, "concurrency", 1), collector.max_concurrency or concurrency
        )
        self._after = Version(collector, processor, ctx, lifecycle)
        self._before = self._after.of_now(collector)
        self._chosen = Chosen(collector.key, on, history)
        self._on_progress = on_progress
        self._told_at = 0.0
        self._rows: list[Tried] = []
        self._counts: Counter[str] = Counter()
        self._took = Times(0.0, 0.0, 0)  # sums
        self._same_objects = 0
        self._shared: list[str] = []
        self._scope: asyncio.Timeout | None = None
        self._begun = self._stopping = False
        self.ended = False
        """Whether `run` has come to its end, one way or another."""
        self.cancelled = False
        """Whether `cancel` ended it early."""

    async def run(self) -> Self:
        """Try it, and return this trial when all payloads are done, or `cancel` was called.

        Whatever ends it early: what is there is kept.

        Raises:
            RuntimeError: It has been run before.
            TypeError: `on` has events and other values.
            ValueError: There is nothing to try.
            KeyboardInterrupt, SystemExit: A processor raised it.
            Exception: What the lifecycle or `on_progress` raised.
        """
        if self._begun:
            raise RuntimeError("this trial has been run; make a new one")
        self._begun = True
        try:
            async with AsyncExitStack() as stack:
                await self._until_cancelled(stack)
        finally:
            self.ended = True
        self._tell()
        return self

    def cancel(self) -> None:
        """End it early, and keep what is there; to be called in the loop.

        Payloads in service are cancelled and count as not tried. The lifecycle is left. Before
        `run`, and after the end, it changes nothing.
        """
        if self._scope is not None and not self.cancelled:
            self.cancelled = True
            self._scope.reschedule(asyncio.get_running_loop().time())

    @property
    def progress(self) -> Progress:
        """How many payloads are done, and how many there are."""
        return Progress(len(self._rows), len(self._chosen.found))

    @property
    def times(self) -> Times:
        """How long a payload took in both versions so far, on average."""
        before, after, known = self._took
        done = len(self._rows)
        return Times(
            before / known if known else math.nan, after / done if done else math.nan, known
        )

    @property
    def rows(self) -> list[Tried]:
        """What is there so far: the differences first, in the order of CHANGES."""
        return in_order(self._rows)

    def summary(self) -> str:
        """One line: "12 of 17,884 results differ: 5 errors went, 7 values changed"."""
        return in_words(self._counts)

    @property
    def notes(self) -> list[str]:
        """What else must be known, a line each: what is shared, and what was not tried, and why."""
        notes = list(self._chosen.notes)
        done, total = self.progress
        if self.ended and done < total:
            how = "cancelled" if self.cancelled else "ended early"
            notes.append(f"{how} after {done:,} of {amount(total, 'payload')}")
        if self._same_objects:
            one = self._same_objects == 1
            what = "is the same object: it" if one else "are the same objects: they"
            notes.append(f"{amount(self._same_objects, 'payload')} {what} cannot be copied")
        if self._shared:
            notes.append(f"values of the Context are shared: {', '.join(self._shared)}")
        return [*notes, OUTSIDE]

    def frame(self, all: bool = False) -> "pd.DataFrame":  # noqa: A002
        """A pandas DataFrame of the differences, a row each; with `all`, of all that was tried.

        The order is that of `rows`. `attrs` has the `summary` and the `notes`. The columns:

        - `event` (Int64): the event's id, missing where the payload comes from a table
        - `payload` (object): the payload's value, the same object
        - `before`, `after` (object): what the Ok of the present and of the new version holds, else
          None
        - `before_error`, `after_error` (string): the exception in one line, missing where there
          is none
        - `change` (category): "error went", "error came", "error changed", "value changed" or
          "same"
        - `before_time`, `after_time` (float64): seconds from the processor's first step to its
          last. `before_time` is the event's service time, nan where the event reached several
          collectors

        Raises:
            ImportError: pandas is not installed.
        """
        frame = frame_of([row for row in self.rows if all or row.differs])
        frame.attrs.update(summary=self.summary(), notes=self.notes)
        return frame

    async def _until_cancelled(self, stack: AsyncExitStack) -> None:
        try:
            async with asyncio.timeout(None) as self._scope:
                turns = Turns()
                await self._chosen.gather(turns)
                await self._after.enter(stack)
                if self._chosen.found[0].before is None:
                    await self._before.enter(stack)
                self._shared = shared(self.collector.ctx, self._after.ctx)
                await self._run_all(turns)
        except TimeoutError:
            if self._scope is None or not self._scope.expired():
                raise  # somebody else's
        finally:
            self._scope = None

    async def _run_all(self, turns: Turns) -> None:
        self._told_at = asyncio.get_running_loop().time()
        left = iter(enumerate(self._chosen.found))
        count = min(self._at_once, len(self._chosen.found))
        runners = [asyncio.create_task(self._runner(left, turns)) for _ in range(count)]
        try:
            await asyncio.wait(runners, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self._stopping = True
            for runner in runners:
                runner.cancel()
            ended = await asyncio.gather(*runners, return_exceptions=True)
        for error in ended:
            if isinstance(error, StruckError):
                raise error.interrupt
            if isinstance(error, Exception):
                raise error

    async def _runner(self, left: Iterator[tuple[int, Past]], turns: Turns) -> None:
        """Try one payload after the other, until there are none left."""
        for place, past in left:
            await self._try(place, past)
            if self._stopping:
                return
            await turns.give()

    async def _try(self, place: int, past: Past) -> None:
        before, before_time = past.before, past.time
        if before is None:
            before, before_time = await self._before.timed(copied(past.payload)[0])
            if self._stopping:
                return
        payload, is_copy = copied(past.payload)
        after, after_time = await self._after.timed(payload)
        if self._stopping:
            return  # an Error that tells of our own cancelling
        self._same_objects += not is_copy
        total = self._took
        self._took = Times(
            total.before + (before_time or 0.0),
            total.after + after_time,
            total.known + (before_time is not None),
        )
        change = change_between(before, after)
        self._counts[change] += 1
        self._rows.append(
            Tried(place, past.event, past.payload, before, after, before_time, after_time, change)
        )
        if asyncio.get_running_loop().time() - self._told_at >= self.EVERY:
            self._tell()

    def _tell(self) -> None:
        self._told_at = asyncio.get_running_loop().time()
        if self._on_progress is not None:
            self._on_progress(*self.progress)

    def __repr__(self) -> str:
        done, total = self.progress
        return f"TryOut({self.collector.key!r}, {done} of {total})"
