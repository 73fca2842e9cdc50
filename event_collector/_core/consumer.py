"""One consumer at work: it takes events, and gives their payloads to collectors or the router."""

import asyncio
from collections.abc import Sequence
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from event_collector._awaitables import awaitable
from event_collector._core.dispatch import Dispatch, outermost
from event_collector._core.watch import BLOCKED, IN_SERVICE, InService, Runner, changed, watched
from event_collector._text import one_line
from event_collector._tracebacks import failed
from event_collector.collector import Collector
from event_collector.data import Ok, Result, ResultList
from event_collector.router import Router

if TYPE_CHECKING:
    from event_collector._core.consumers import Consumers
    from event_collector.event import CollectorEvent

type _Outcome = tuple[Result | list[Result], Sequence[str | None] | None]
"""What an event has come to: one result, or several, and the keys of the collectors."""


class Consumer(Runner):
    """A numbered place for one event in service, and the work in it."""

    __slots__ = ("_consumers", "chosen", "event", "fault", "interrupt", "number", "task")

    collector: Collector | None
    dispatch: Dispatch | None

    def __init__(self, consumers: "Consumers") -> None:
        super().__init__(consumers.watch)
        self.number = 0
        self.task: asyncio.Task[Any] | None = None
        self.event: CollectorEvent | None = None
        self.chosen: Sequence[Collector] | None = None
        """The collectors that get the event; None when a custom router decides."""
        self.fault: BaseException | None = None
        """What the router raised instead of choosing."""
        self.interrupt: BaseException | None = None
        """The KeyboardInterrupt or SystemExit that a processor or the router raised."""
        self._consumers = consumers

    async def work(self) -> None:
        """Take events one after the other until none is queued or the slice is over.

        This is the hot path: in a burst all of an event between its acceptance and its results
        happens in one turn of this loop, without a call that can be spared. Two ways lead
        through it, and both give the same: the fast one, written out here, where the queue is
        `plain` and one collector gets the event; and the general one, `Queued.take`, `_serve`
        and `Consumers.finish`. What is written out says which method it stands for.
        """
        # Looked up once: an attribute of an attribute is a tenth of what an event costs. None of
        # these is replaced while a consumer works. What can change meanwhile, such as `plain`,
        # `cut_off` and the barriers' list of lasts (the same list, filled and emptied), is asked
        # for anew with each event.
        consumers, watch, attendance = self._consumers, self.watch, self._consumers.attendance
        queued, tally = consumers.queued, consumers.tally
        buffer, roster = queued.buffer, queued.router.collectors
        choose: Any = queued.route  # there is one where the queue is plain
        context = consumers.context
        mark: InService | None = None
        value: Any
        waits_for: Any
        within: Context | None = None
        """The context of the processor, where that is its sender's."""
        waits_for_all, marks = consumers.barriers.lasts, attendance.marks
        add_times = tally.times.append
        number, time = self.number, watch.time
        # Where `==` of contexts tells all, it is written out below: a call costs a hundredth.
        usual: type | None = None  # the type of the last value in an Ok, which is not awaitable
        told_apart = None if watch.changed is changed else watch.changed
        self.task = task = asyncio.current_task()
        assert task is not None
        try:
            # One reading of the clock ends one event and begins the next: it is when the one was
            # finished, when the other is taken, and the mark of the watch.
            now = watch.mark = time()
            while True:
                leave = quick = False
                began = now
                # It is taken outside of the `try` below: an interrupt that strikes before there is
                # an event is not that of an event. From here on it is the consumer's, and
                # `Consumers.leave` gives it a result whatever happens next. (Between the pop and
                # the store lies one instruction; struck there, an event would be lost.)
                if plain := queued.plain:
                    if not buffer:
                        return
                    self.event = event = buffer.pop()
                elif (taken := queued.take(number, now)) is None:
                    self.event = None
                    return
                else:
                    self.event = event = taken.event
                    self.chosen, self.fault = taken.chosen, taken.fault
                    del taken
                try:
                    if plain:  # as `Queued.take` does it
                        event.consumer = number  # first: in another thread, "in service" has it
                        event.taken_at = now
                        # Forgotten before the router is asked: what it raises must not be
                        # ascribed to the collector of the event before.
                        collector = self.collector = None
                        self.chosen = chosen = choose(event.payload)
                        if len(chosen) == 1:
                            collector = self.collector = chosen[0]
                        # No collector of the queue has a limit, in most queues: no need to ask.
                        if roster._limited and queued.park(event, chosen):
                            self.event = None
                            continue
                    else:
                        chosen = self.chosen or ()
                        collector = self.collector = chosen[0] if len(chosen) == 1 else None
                        if attendance.hooks.taken:
                            attendance.hooks.tell_of(attendance.hooks.taken, event)
                    if collector is None:
                        mark, context = self._mark(event)
                        results, keys = await self._serve()
                    elif not attendance.lean:
                        results, self.interrupt = await attendance.serve(
                            event, event.payload, collector, self
                        )
                        keys = collector._keys
                        # An instrument that leaves may want to be told of the end from now on.
                        quick = type(results) is Ok and not (
                            event._waiters or self.interrupt or attendance.outside
                        )
                    else:  # the most common case goes without a coroutine of its own
                        run = collector._run(event.payload, collector._ctx)
                        # The whole of it in this task, the first step too: see `watched`.
                        if attendance.carries:  # as `Attendance.serve` does it
                            # The event's own copy of its sender's context, and not a copy of that:
                            # nobody else gets the payload. What it says of where it is leads here.
                            within = event._context  # type: ignore[attr-defined]  # a CarryingEvent
                            mark = InService(watch, event, consumers.outer)
                            within.run(IN_SERVICE.set, mark)
                            try:
                                waits_for = within.run(run.send, None)
                            except StopIteration as end:
                                value = end.value
                            else:
                                value = await watched(run, self, within, waits_for)
                        elif collector._waits:
                            mark, context = self._mark(event)
                            value = await watched(run, self)
                        else:
                            value = await run
                        # As `Collector._returned` does it. Whether the value can be awaited is
                        # asked of its type, and only when that is another one than before.
                        if type(value) is Ok and (
                            (kind := type(value.value)) is usual or not awaitable(value.value)
                        ):
                            usual = kind
                            collector.processed += 1
                            quick = event._waiters is None
                        else:
                            value = collector._returned(value)
                        # No ResultList: it is made when somebody asks. The keys are the
                        # collector's own tuple, the same object for all its events.
                        results, keys = value, collector._keys
                        # The next event may be long in coming, and these would keep the last
                        # one's coroutine and result alive until then.
                        del run, value
                except BaseException as exc:
                    # SystemExit and KeyboardInterrupt must not be raised in here: an eager task
                    # raises them in whoever creates it, which is the pump, or a sender who
                    # waits. They are kept, and passed on from where nothing is left half done.
                    leave = isinstance(exc, KeyboardInterrupt | SystemExit | GeneratorExit)
                    # In the sender's context, if it is here: a log line tells whose it is.
                    results, keys = (
                        within.run(self._raised, exc) if within is not None else self._raised(exc)
                    )
                now = time()
                if now - watch.mark > BLOCKED:
                    self.ends(within)
                watch.mark = now
                if quick and not (
                    waits_for_all
                    or event._results is not None
                    or consumers.cut_off is not None
                    or (not plain and attendance.outside)
                ):
                    # As `Consumers.finish` does it for an Ok that nobody waits for. The results
                    # come before the counts: from then on the event is done, and an interrupt
                    # between two of these lines cannot make anyone finish it a second time. They
                    # come after its keys and its time: so does who sees them in another thread.
                    event._keys = keys
                    event.finished_at = now
                    event._results = results
                    if now >= tally.second_ends:
                        tally.tick(now)
                    tally.finished += 1
                    add_times((event.accepted_at, began, now))
                    if within is not None:
                        event._context = None  # type: ignore[attr-defined]  # as `forget` does it
                    if marks:
                        attendance.forget(event)
                else:
                    consumers.finish(event, results, keys, now, self.interrupt)
                # An Error's traceback leads back to this frame. If this frame led on to the
                # Error, payload, exception and frames would be a cycle: see `failed`.
                # So it is with the context that it was sent in.
                del event, results
                within = waits_for = None
                try:  # as `changed` does it
                    leave = leave or copy_context() != context
                except Exception:  # values that cannot be compared, such as arrays
                    leave = True
                if (
                    leave  # the next event must not see what was set in a context variable
                    or self.interrupt is not None
                    or self.event is None  # a shutdown has given this consumer up
                    or task.cancelling()  # the processor cancelled its task: not the next one's
                    or (told_apart is not None and told_apart(context))
                    or watch.resting
                    or consumers.crowded
                ):
                    return
                if mark is not None:  # it is that of this event, and of no other
                    mark.event = None
                    mark = None
                if self.resumed:
                    # The processor waited, so this turn of the loop is young: with the next
                    # event at once, without a new task, short sleeps are twice as fast.
                    self.resumed = False  # one more, whatever the time
                    if attendance.hooks.loop_turn and queued.has_more():
                        watch.slice.over(now)  # it opens, for this turn to be told of too
                elif now >= watch.slice.end and watch.slice.over(now):
                    return
        finally:
            if mark is not None:  # a task that a processor has left behind may keep it for long
                mark.event = None
            consumers.leave(self)

    def _mark(self, event: "CollectorEvent") -> tuple[InService, Context]:
        """Mark this task's own context with an event; return the mark, and the context with it.

        Whoever is started by the processor finds the event by this, see `InService`. A new mark for
        each event: what an earlier processor has left behind may have the mark before. None for a
        processor that never waits, since what that starts runs when the event is done.

        What a processor sets in its context is found by comparing it with this. Contexts are maps
        that share what they have in common: to copy one takes no time, and two that nobody has
        changed are the same at a look.
        """
        mark = InService(self.watch, event, self._consumers.outer)
        IN_SERVICE.set(mark)
        return mark, copy_context()

    async def _serve(self) -> _Outcome:
        """What to do with an event that goes to several collectors, to none, or to the router.

        To one, too, where somebody attends to its processor. No variable here may hold the event:
        an Error's traceback leads back to this frame, and the event will hold the Error.
        """
        assert self.event is not None
        payload, attendance = self.event.payload, self._consumers.attendance
        router, chosen = self._consumers.queued.router, self.chosen
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        if chosen is None:
            run = router.handle_event(payload)
            if not attendance.inside:
                return _checked(router, await watched(run, self))
            return _checked(router, await watched(run, self, attendance.context_of(self.event)))
        if not chosen:
            return Ok(None), None
        keys = self._consumers.queued.keys_of(chosen)
        self.dispatch = dispatch = Dispatch(payload, chosen, watch=self.watch, keys=keys)
        if attendance.inside:
            dispatch.attendance, dispatch.event = attendance, self.event
        dispatch.parent = self.task
        await dispatch.walk(self)
        self.collector = None
        dispatch.start_walkers()
        # The consumer stays until the last collector has ended: its place is the event's place,
        # and without it more than `max_consumers` would be in flight.
        await dispatch.rest()
        self.dispatch, self.interrupt, dispatch.interrupt = None, dispatch.interrupt, None
        if (cut_off := self._consumers.cut_off) is not None:
            return dispatch.so_far(cut_off), keys
        return dispatch.take_results(), keys

    def _raised(self, exc: BaseException) -> _Outcome:
        """The results of an event whose collector or router raised this."""
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            self.interrupt = exc
        if self.collector is not None and self.dispatch is None:
            return self.collector._raised(exc), self.collector._keys
        return self.all_failed(exc)

    def all_failed(self, exc: BaseException) -> _Outcome:
        """What there is of the event if it breaks off now: results so far, and Errors."""
        if (dispatch := self.dispatch) is not None:
            self.dispatch = None
            return dispatch.so_far(exc), dispatch.keys
        return failed(exc), (None,) if self.collector is None else self.collector._keys

    def take_nothing(self) -> None:
        """Forget the event and all that came of it."""
        self.task = self.event = self.chosen = self.collector = None
        self.dispatch = self.interrupt = None
        self.resumed = False

    def may_reach(self, collector: Collector) -> bool:
        """Whether the event in service goes to a collector, or whether nobody can tell."""
        return self.chosen is None or collector in self.chosen

    def runs_in(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether the event in service is processed in this task."""
        return outermost(task) is self.task

    def cancel(self, *, anew: bool = True) -> None:
        """Cancel the processors that are at work on the event; or those that are not, already.

        Where the loop ends, somebody else cancels all tasks. A second time would break off what a
        processor does to end in good order.
        """
        if self.dispatch is not None:
            self.dispatch.cancel(anew=anew)
        if self.task is not None and (anew or not self.task.cancelling()):
            self.task.cancel()


def _checked(router: Router, results: object) -> _Outcome:
    """What a custom router returned, if it is a ResultList; an empty one means undelivered."""
    if not isinstance(results, ResultList):
        raise TypeError(
            f"{type(router).__name__}.handle_event must return a ResultList, "
            f"got {type(results).__name__}: {one_line(results)}"
        )
    for result in results:
        if not isinstance(result, Result):
            raise TypeError(
                f"{type(router).__name__}.handle_event returned a ResultList that holds "
                f"{type(result).__name__}: {one_line(result)}; wrap it: Ok(value)"
            )
    return (list(results), results.keys or None) if results else (Ok(None), None)
