"""Attendance: who attends while a processor runs, where more is wanted than its result.

Instruments are told of it, a wrap may stand in its place, and it may run in the context that its
payload was sent in, or in one that tells of its event. Where nothing of this is wanted, `inside` is
False, and no processor comes here: consumers run them themselves, see `Consumer.work`.
"""

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from event_collector._core.hooks import Hooks
from event_collector._core.watch import IN_SERVICE, InService, Runner, runs, watched
from event_collector.collector import Collector, Processor
from event_collector.data import Context, Payload, Result
from event_collector.event import CollectorEvent

type Around = Callable[[Payload[Any], Context, Processor], Awaitable[Result]]
"""Runs in a processor's place, and gets the processor as its third argument."""


class Attendance:
    """What is wanted of a queue's processors besides their results, and how they run then.

    Args:
        carries: Whether a processor runs in the context in which its payload was sent.
    """

    def __init__(self, *, carries: bool) -> None:
        self.hooks = Hooks()
        self.carries = carries
        self.asked = False
        """Whether anybody has ever asked for the current event. From then on every event can be
        told in the tasks and threads that its processor starts."""
        self.wraps: dict[str, tuple[Around, ...]] = {}
        """By key of a collector, what runs in its processor's place, the outermost last."""
        self.base = contextvars.copy_context()
        """The context in which the queue was started."""
        self.inside = carries
        """Whether anything is wanted while a processor runs, so that it runs by `serve`."""
        self.lean = True
        """Whether nothing is wanted but, maybe, that it runs in its sender's context. Consumers run
        it themselves then, unless several collectors get the payload."""
        self.outside = False
        """Whether instruments are told when an event is taken, or finished."""
        self.marks: dict[int, InService] = {}
        """By id, what the contexts of the events in service have that came here."""

    def wrap(
        self,
        key: str,
        around: Around,
        check: Callable[[str], object],
    ) -> Callable[[], None]:
        """Have something run in a processor's place; return what takes it back.

        Args:
            key: Of the processor's collector.
            around: What runs there.
            check: Raises where it must not be taken back; it is told who asks.
        """
        own = partial(_own, around)  # a new object: the same function may be given twice
        self.wraps[key] = (*self.wraps.get(key, ()), own)
        self.hooks.changed()

        def unwrap() -> None:
            check("unwrap")
            left = tuple(each for each in self.wraps.pop(key, ()) if each is not own)
            if left:
                self.wraps[key] = left
            self.hooks.changed()

        return unwrap

    def count(self) -> None:
        """See anew what is wanted."""
        hooks = self.hooks
        told = bool(self.wraps or hooks.begun or hooks.ended)
        self.inside = told or self.carries or self.asked
        self.lean = not told if self.carries else not self.inside
        self.outside = bool(hooks.taken or hooks.finished)

    def context_of(self, event: CollectorEvent) -> contextvars.Context:
        """A context for a processor, or for the router: nothing that it sets is seen elsewhere."""
        carried = event._context if self.carries else None  # type: ignore[attr-defined]
        context: contextvars.Context = (carried or self.base).copy()
        if (mark := self.marks.get(event.id)) is None:
            here = self.base[IN_SERVICE]
            mark = InService(here.watch, event, here.outer)
            if event.done:
                mark.event = None
            else:
                self.marks[event.id] = mark
        context.run(IN_SERVICE.set, mark)
        return context

    def forget(self, event: CollectorEvent) -> None:
        """The event is done: drop its context, and have nobody told that he runs for it.

        A timer that was cancelled, or a task that a processor has left behind, may keep a copy of
        the context for long, and with it what it tells of.
        """
        if self.carries:
            event._context = None  # type: ignore[attr-defined]  # it is a CarryingEvent then
        if (mark := self.marks.pop(event.id, None)) is not None:
            mark.event = None

    async def serve(
        self,
        event: CollectorEvent | None,
        payload: Payload[Any],
        collector: Collector,
        runner: Runner,
        within: contextvars.Context | None = None,
    ) -> tuple[Result, BaseException | None]:
        """Run a collector's processor, in a context of its own, and tell of it.

        Args:
            event: The payload's event; None if it is done, and nobody is told any more.
            payload: What to process.
            collector: Whose processor.
            runner: Who runs it.
            within: The context of the router or processor that gives it the payload; None where
                the queue does.

        Returns:
            Its result; and the KeyboardInterrupt or SystemExit that it, or a hook, raised.
        """
        if within is not None:
            context = within.copy()
        else:
            assert event is not None  # it is only done before its router's tasks are
            context = self.context_of(event)
        task, struck = asyncio.current_task(), None
        begin: _Beginning | None = None
        try:
            if self.hooks.begun or self.hooks.ended or self.wraps:
                begin = _Beginning(self, event, collector)
                run = collector._guarded(payload, collector._ctx, begin)
            else:
                run = collector._run(payload, collector._ctx)
            try:
                # The first step is written out: most processors need no second one, and nobody
                # who takes them through several.
                waits_for = context.run(run.send, None)
            except StopIteration as end:
                value = end.value
            else:
                value = await watched(run, runner, context, waits_for)
        except BaseException as exc:
            if isinstance(exc, GeneratorExit) and not runs(task):
                raise  # the loop is gone, and nobody is left to be told
            struck = exc if isinstance(exc, KeyboardInterrupt | SystemExit) else None
            # In its context, as where nobody attends: a log line tells whose it is.
            result: Result = context.run(collector._raised, exc)
        else:
            result = collector._returned(value)
        runner.ends(context)  # what hooks take from here on is not the processor's doing
        if begin is not None:
            try:
                context.run(begin.end, result)
            except (KeyboardInterrupt, SystemExit) as exc:
                struck = struck or exc
        # An Error's traceback leads back to this frame, and the event will hold the Error: what is
        # left in a variable here would be a cycle, or live as long as the Error.
        del event, context, within
        try:
            return result, struck
        finally:
            value = task = None
            del result, struck


class _Beginning:
    """Runs in place of a collector's processor: it tells that this begins, and begins it.

    So it is told in the processor's own context, with its place under `max_concurrency` taken.
    """

    __slots__ = ("_attendance", "_begun", "_collector", "_event", "_processor")

    def __init__(
        self, attendance: Attendance, event: CollectorEvent | None, collector: Collector
    ) -> None:
        self._attendance = attendance
        self._collector = collector
        self._event = event
        self._begun = False
        self._processor = collector.processor
        for around in attendance.wraps.get(collector.key, ()):
            self._processor = partial(_wrapped, around, collector.key, self._processor)

    def __call__(self, payload: Payload[Any], ctx: Context) -> Awaitable[Result]:
        hooks = self._attendance.hooks
        self._begun = True
        if self._event is not None:
            hooks.tell_of(hooks.begun, self._event, self._collector)
        return self._processor(payload, ctx)

    def end(self, result: Result) -> None:
        """Tell of the end, if it has begun; forget the event, which is about to hold the result."""
        event, self._event = self._event, None
        if event is not None and self._begun:
            hooks = self._attendance.hooks
            hooks.tell_of(hooks.ended, event, self._collector, result)


def _own(
    around: Around, payload: Payload[Any], ctx: Context, processor: Processor
) -> Awaitable[Result]:
    return around(payload, ctx, processor)


def _wrapped(
    around: Around, key: str, processor: Processor, payload: Payload[Any], ctx: Context
) -> Awaitable[Result]:
    awaitable: object = around(payload, ctx, processor)
    if not inspect.isawaitable(awaitable):
        raise TypeError(
            f"what wraps collector {key!r} returned {type(awaitable).__name__}, not an awaitable; "
            "write async def around(payload, ctx, processor)"
        )
    return awaitable
