"""Attendance: who attends while a processor runs, where more is wanted than its result.

Instruments are told of it, a wrap may stand in its place, and it may run in the context that its
payload was sent in, or in one that tells of its event. Where nothing of this is wanted, `inside` is
False, and no processor comes here: consumers run them themselves, see `Consumer.work`.
"""

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any

from event_collector._core.hooks import Hook, Hooks
from event_collector._core.service import IN_SERVICE, InService, in_service
from event_collector._core.watch import Runner, runs, watched
from event_collector.collector import BatchProcessor, Collector, Processor
from event_collector.data import Context, Error, Payload, Result
from event_collector.event import CollectorEvent

type Around = Callable[[Payload[Any], Any, Processor[Any]], Awaitable[Result]]
"""Runs in a processor's place, and gets the processor as its third argument."""

type BatchAround = Callable[
    [list[Payload[Any]], Any, BatchProcessor[Any]], Awaitable[Result | Sequence[Result]]
]
"""The same of a collector with `batch_size`."""


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
        self.wraps: dict[str, tuple[Callable[..., Awaitable[Any]], ...]] = {}
        """By key of a collector, what runs in its processor's place, the outermost last."""
        self.base = contextvars.copy_context()
        """The context in which the queue was started."""
        self.inside = carries
        """Whether anything is wanted while a processor runs, so that it runs by `serve`."""
        self.lean = True
        """Whether nothing is wanted but, maybe, that it runs in its sender's context. Consumers run
        it themselves then, unless several collectors get the payload."""
        self.timing = False
        """Whether instruments are told how long processors took."""
        self.outside = False
        """Whether instruments are told when an event is taken, or finished."""
        self.marks: dict[int, list[InService]] = {}
        """By id, what the contexts of the events in service have that came here."""

    def wrap(
        self,
        key: str,
        around: Around | BatchAround,
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

    def around(self, collector: Collector) -> Any:
        """A collector's processor, within all that is to run around it."""
        processor: Any = collector.processor
        for around in self.wraps.get(collector.key, ()):
            processor = partial(_wrapped, around, collector.key, processor)
        return processor

    def count(self) -> None:
        """See anew what is wanted."""
        hooks = self.hooks
        told = bool(self.wraps or hooks.begun or hooks.ended)
        self.timing = bool(hooks.timed)
        self.inside = told or self.carries or self.asked or self.timing
        self.lean = not told if self.carries else not self.inside
        self.outside = bool(hooks.taken or hooks.finished)

    def tell_time(
        self, collector: Collector | None, seconds: float
    ) -> KeyboardInterrupt | SystemExit | None:
        """Tell how long a processor took; return the interrupt that a hook raised."""
        try:
            self.hooks.tell(self.hooks.timed, collector, seconds)
        except (KeyboardInterrupt, SystemExit) as exc:
            return exc
        return None

    def context_of(self, event: CollectorEvent) -> contextvars.Context:
        """A context for the router: nothing that it sets is seen elsewhere."""
        context = self._home_of(event).copy()
        self.mark(event, None, context)
        return context

    def _home_of(self, event: CollectorEvent) -> contextvars.Context:
        """The context that an event's processors start from: that of its send, or of the start."""
        carried: contextvars.Context | None = (
            event._context if self.carries else None  # type: ignore[attr-defined]
        )
        return self.base if carried is None else carried  # an empty one is false

    def mark(
        self, event: CollectorEvent, keys: tuple[str, ...] | None, context: contextvars.Context
    ) -> InService:
        """Have a context tell of an event, as long as that is not done, and of a collector."""
        here = self.base[IN_SERVICE]
        mark = in_service(here.watch, event, here.outer, keys)
        if event.done:
            mark.event = None
        else:
            self.marks.setdefault(event.id, []).append(mark)
        context.run(IN_SERVICE.set, mark)
        return mark

    def forget(self, event: CollectorEvent) -> None:
        """The event is done: drop its context, and have nobody told that he runs for it.

        A timer that was cancelled, or a task that a processor has left behind, may keep a copy of
        the context for long, and with it what it tells of.
        """
        if self.carries:
            event._context = None  # type: ignore[attr-defined]  # it is a CarryingEvent then
        for mark in self.marks.pop(event.id, ()):
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
        if within is None:
            assert event is not None  # it is only done before its router's tasks are
            within = self._home_of(event)
        context = within.copy()
        mark = None if event is None else self.mark(event, collector._keys, context)
        task, struck = asyncio.current_task(), None
        begin: _Beginning | None = None
        left: Iterator[Hook] | None
        direct = False
        began: float | None = None
        """When the processor had its payload, where somebody wants to know how long it took."""
        run: Any = None
        value: Any = _NONE
        waits_for: Any = None
        took: float | None = None
        try:
            if not (self.hooks.begun or self.hooks.ended or self.wraps or self.timing):
                run = collector._run(payload, collector._ctx)
            elif collector._run is collector._processor and collector.key not in self.wraps:
                # Nothing stands between the queue and its processor: no place to wait for, no time
                # limit. So it is told here, and the processor is called directly. That is how it
                # is with most, and half of what hooks cost.
                if event is not None and self.hooks.begun:
                    left = iter(self.hooks.begun)
                    direct = True
                    try:
                        context.run(self.hooks.tell_of, left, event, collector)
                    except (KeyboardInterrupt, SystemExit):
                        context.run(self.hooks.tell_of, left, event, collector)  # the rest
                        raise
                direct = True
                if self.timing:
                    began = runner.watch.time()
                run = context.run(collector._processor, payload, collector._ctx)
            else:
                begin = _Beginning(self, event, collector)
                run = collector._attended(payload, collector._ctx, begin)
            try:
                # The first step is written out: most processors need no second one, and nobody
                # who takes them through several.
                waits_for = context.run(run.send, None)
            except StopIteration as end:
                value = end.value
            else:
                value = await watched(run, runner, context, waits_for)
        except BaseException as exc:
            try:
                if isinstance(exc, GeneratorExit) and not runs(task):
                    raise  # the loop is gone, and nobody is left to be told
                struck = exc if isinstance(exc, KeyboardInterrupt | SystemExit) else None
                if struck is not None and run is not None:
                    context.run(run.close)  # see `watched`
                # In its context, as where nobody attends: a log line tells whose it is.
                result: Result = context.run(collector._raised, exc)
            except (KeyboardInterrupt, SystemExit) as also:  # struck as it was seen to
                struck, result = struck or also, Error(exc)
        try:
            if value is not _NONE:
                result = collector._returned(value)
            runner.ends(context)  # what hooks take from here on is not the processor's doing
            began = began if begin is None else begin.began
            took = None if began is None else runner.watch.mark - began
        except (KeyboardInterrupt, SystemExit) as exc:  # struck between a processor and its result
            struck, result = struck or exc, context.run(collector._raised, exc)
        left = None
        while True:  # where the stop button strikes, it goes on: each is called, and told, once
            try:
                if mark is not None:
                    struck = mark.end(context) or struck
                    runner.watch.mark = runner.watch.time()  # nor is what was called
                if begin is not None:
                    (begin.within or context).run(begin.end, result)
                elif direct and event is not None and self.hooks.ended:
                    left = left or iter(self.hooks.ended)
                    context.run(self.hooks.tell_of, left, event, collector, result)
                if took is not None and self.timing:
                    seconds, took = took, None
                    struck = self.tell_time(collector, seconds) or struck
                break
            except (KeyboardInterrupt, SystemExit) as exc:
                struck = struck or exc
        # An Error's traceback leads back to this frame, and the event will hold the Error: what is
        # left in a variable here would be a cycle, or live as long as the Error.
        del event, context, within, mark, waits_for
        try:
            return result, struck
        finally:
            value = task = None
            del result, struck


_NONE = object()
"""Stands for what a processor returned that has returned nothing."""


class _Beginning:
    """Runs in place of a collector's processor: it tells that this begins, and begins it.

    So it is told in the processor's own context, with its place under `max_concurrency` taken.
    """

    __slots__ = (
        *("_attendance", "_begun", "_collector", "_event", "_left", "_processor", "began"),
        "within",
    )

    def __init__(
        self, attendance: Attendance, event: CollectorEvent | None, collector: Collector
    ) -> None:
        self._attendance = attendance
        self._collector = collector
        self._event = event
        self._begun = False
        self._left: Iterator[Hook] | None = None
        """Who is still to be told of the end."""
        self._processor: Processor = attendance.around(collector)
        self.within: contextvars.Context | None = None
        """In which it runs, if that is a batch's."""
        self.began: float | None = None
        """When, if it has, and somebody wants to know how long it takes."""

    def __call__(self, payload: Payload[Any], ctx: Context) -> Awaitable[Result]:
        self.tell()
        return self._processor(payload, ctx)

    def tell(self, within: contextvars.Context | None = None) -> None:
        """Tell that it begins. A batch calls this for each of its payloads, with its context."""
        self.within = within
        hooks = self._attendance.hooks
        left = iter(hooks.begun)
        self._begun = True
        if self._event is not None:
            try:
                hooks.tell_of(left, self._event, self._collector)
            except (KeyboardInterrupt, SystemExit):
                hooks.tell_of(left, self._event, self._collector)  # the rest
                raise
        if self._attendance.timing:
            self.began = hooks.watch.time()

    def end(self, result: Result) -> None:
        """Tell of the end, if it has begun; forget the event, which is about to hold the result.

        Told again, it does what was not done.
        """
        if self._event is not None and self._begun:
            hooks = self._attendance.hooks
            self._left = self._left or iter(hooks.ended)
            hooks.tell_of(self._left, self._event, self._collector, result)
        self._event = None


def _own(
    around: Callable[..., Awaitable[Any]], payload: Any, ctx: Context, processor: Any
) -> Awaitable[Any]:
    return around(payload, ctx, processor)


def _wrapped(
    around: Callable[..., Awaitable[Any]], key: str, processor: Any, payload: Any, ctx: Context
) -> Awaitable[Any]:
    awaitable: Any = around(payload, ctx, processor)
    if not inspect.isawaitable(awaitable):
        raise TypeError(
            f"what wraps collector {key!r} returned {type(awaitable).__name__}, not an awaitable; "
            "write async def around(payload, ctx, processor)"
        )
    return awaitable
