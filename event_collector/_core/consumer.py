"""One consumer at work: it takes events, and gives their payloads to collectors or the router."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from event_collector._core.dispatch import Dispatch, changed, outermost
from event_collector._core.watch import BLOCKED, Runner, Watch, watched
from event_collector._text import one_line
from event_collector._tracebacks import failed
from event_collector.collector import Collector
from event_collector.data import Error, Ok, Payload, Result, ResultList
from event_collector.errors import QueueClosedError
from event_collector.router import Router

if TYPE_CHECKING:
    from event_collector._core.consumers import Consumers
    from event_collector.event import CollectorEvent

_new_list = ResultList.__new__


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
        consumers, watch, context = self._consumers, self.watch, self._consumers.context
        queued, tally = consumers.queued, consumers.tally
        buffer, roster = queued.buffer, queued.router.collectors
        choose: Any = queued.route  # there is one where the queue is plain
        waits_for_all, number, time = consumers.barriers.lasts, self.number, watch.time
        self.task = task = asyncio.current_task()
        assert task is not None
        try:
            # One reading of the clock ends one event and begins the next: it is when the one was
            # finished, when the other is taken, and the mark of the watch.
            now = watch.mark = time()
            while True:
                leave = quick = False
                began = now
                try:
                    if queued.plain:  # as `Queued.take` does it
                        if not buffer:
                            return
                        # One statement, so that an interrupt finds the event here or in the
                        # buffer; before everything else, so that `Consumers.leave` can give it a
                        # result whatever happens next.
                        self.event = event = buffer.pop()
                        event.taken_at = now
                        event.consumer = number
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
                    elif (taken := queued.take(number, now)) is None:
                        self.event = None
                        return
                    else:
                        event, self.chosen, self.fault = taken
                        self.event = event
                        chosen = self.chosen or ()
                        collector = self.collector = chosen[0] if len(chosen) == 1 else None
                        del taken
                    if collector is None:
                        results = await self._serve(event.payload)
                    else:  # the most common case goes without a coroutine of its own
                        run = collector._run(event.payload, collector._ctx)
                        # The whole of it in this task, the first step too: see `watched`.
                        value: Any = await (watched(run, self) if collector._waits else run)
                        if type(value) is Ok:  # as `Collector._returned` does it
                            collector.processed += 1
                            quick = event._waiters is None
                        else:
                            value = collector._returned(value)
                        # As `ResultList._of` does it. The keys are the collector's own tuple,
                        # the same object for all its events.
                        results = _new_list(ResultList)
                        results.append(value)
                        results._keys = collector._keys
                        # The next event may be long in coming, and these would keep the last
                        # one's coroutine and result alive until then.
                        del run, value
                except BaseException as exc:
                    # SystemExit and KeyboardInterrupt must not be raised in here: an eager task
                    # raises them in whoever creates it, which is the pump, or a sender who
                    # waits. They are kept, and passed on from where nothing is left half done.
                    leave = isinstance(exc, KeyboardInterrupt | SystemExit | GeneratorExit)
                    results = self._raised(exc)
                now = time()
                if now - watch.mark > BLOCKED:
                    self.report_blocking(now)
                watch.mark = now
                if quick and not (waits_for_all or event._results or consumers.cut_off):
                    # As `Consumers.finish` does it for an Ok that nobody waits for. The results
                    # come first: from then on the event is done, and an interrupt between two
                    # of these lines cannot make anyone finish it a second time.
                    event._results = results
                    event.finished_at = now
                    tally.finished += 1
                    tally.times.append((event.accepted_at, began, now))
                else:
                    consumers.finish(event, results, now, self.interrupt)
                # An Error's traceback leads back to this frame. If this frame led on to the
                # Error, payload, exception and frames would be a cycle: see `failed`.
                del event, results
                if (
                    leave
                    or self.interrupt is not None
                    or self.event is None  # a shutdown has given this consumer up
                    or task.cancelling()  # the processor cancelled its task: not the next one's,
                    or changed(context)  # nor is what it has set in a context variable
                    or watch.resting
                ):
                    return
                if self.resumed:
                    # The processor waited, so this turn of the loop is young: with the next
                    # event at once, without a new task, short sleeps are twice as fast.
                    self.resumed = False  # one more, whatever the time
                elif now >= watch.slice.end and watch.slice.over(now):
                    return
        finally:
            consumers.leave(self)

    async def _serve(self, payload: Payload[Any]) -> ResultList:
        """What to do with an event that goes to several collectors, to none, or to the router."""
        router, chosen = self._consumers.queued.router, self.chosen
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        if chosen is None:
            return _checked(router, await watched(router.handle_event(payload), self))
        if not chosen:
            return ResultList.undelivered()
        keys = self._consumers.queued.keys_of(chosen)
        self.dispatch = dispatch = Dispatch(payload, chosen, watch=self.watch, keys=keys)
        dispatch.parent = self.task
        await dispatch.walk(self)
        self.collector = None
        dispatch.start_walkers()
        # The consumer stays until the last collector has ended: its place is the event's place,
        # and without it more than `max_consumers` would be in flight.
        await dispatch.rest()
        self.dispatch, self.interrupt = None, dispatch.interrupt
        if (cut_off := self._consumers.cut_off) is not None:
            return dispatch.so_far(cut_off)
        return dispatch.take_results()

    def _raised(self, exc: BaseException) -> ResultList:
        """The results of an event whose collector or router raised this."""
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            self.interrupt = exc
        if self.collector is not None and self.dispatch is None:
            return ResultList._of([self.collector._raised(exc)], self.collector._keys)
        return self.all_failed(exc)

    def all_failed(self, exc: BaseException) -> ResultList:
        """What there is of the event if it breaks off now: results so far, and Errors."""
        if (dispatch := self.dispatch) is not None:
            self.dispatch = None
            return dispatch.so_far(exc)
        keys = None if self.collector is None else self.collector._keys
        return ResultList._of([failed(exc)], keys or (None,))

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

    def cancel(self) -> None:
        """Cancel the processors that are at work on the event."""
        if self.dispatch is not None:
            self.dispatch.cancel()
        if self.task is not None:
            self.task.cancel()


def consumer_in(
    task: asyncio.Task[Any] | None, active: Mapping[int, Consumer], watch: Watch
) -> Consumer | None:
    """The consumer whose event's processor or router runs in this very task.

    Or in one that a custom router has made to give the event's payload to collectors.
    """
    outer = outermost(task)
    for consumer in active.values():
        if consumer.task is outer:
            return consumer
    return next(iter(givers_in(task, active, watch)), None)


def givers_in(
    task: asyncio.Task[Any] | None, active: Mapping[int, Consumer], watch: Watch
) -> list[Consumer]:
    """Whose custom router may have made this task to give the payload to collectors.

    Several, if one payload was sent twice: then nobody can tell for which of them it was made.
    """
    outer = outermost(task)
    giving = None if outer is None else watch.deliverers.get(outer)
    if giving is None:
        return []
    return [
        one
        for one in active.values()
        if one.chosen is None and one.event is not None and one.event.payload is giving.payload
    ]


def is_served_in(
    task: asyncio.Task[Any] | None,
    event: "CollectorEvent",
    active: Mapping[int, Consumer],
    watch: Watch,
) -> bool:
    """Whether this very event is processed in this task: waiting for it here is for ever."""
    consumer = None if event.consumer is None else active.get(event.consumer)
    if consumer is None or consumer.event is not event:
        return False
    return consumer.runs_in(task) or givers_in(task, active, watch) == [consumer]


def runner_in(task: asyncio.Task[Any] | None, active: Mapping[int, Consumer]) -> Runner | None:
    """Who of the consumers and their walkers runs a processor, or the router, in this task."""
    for consumer in active.values():
        if consumer.task is task:
            return consumer
        if (walk := consumer.dispatch) is not None and task in walk.walkers:
            return walk.walkers[task]
    return None


def without_cancelled(results: ResultList, cut_off: QueueClosedError) -> None:
    """Correct the results of an event that a forced shutdown cancelled: that cut it off."""
    for place, result in enumerate(results):
        if isinstance(result, Error) and isinstance(result.exception, asyncio.CancelledError):
            results[place] = Error(cut_off)


def _checked(router: Router, results: object) -> ResultList:
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
    return ResultList._of(list(results), results.keys or None) or ResultList.undelivered()
