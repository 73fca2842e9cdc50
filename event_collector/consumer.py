"""One consumer at work: it takes events, and gives their payloads to collectors or the router."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from event_collector._text import one_line
from event_collector.collector import Collector, failed
from event_collector.data import Error, Ok, Payload, Result, ResultList
from event_collector.dispatch import Dispatch, changed, outermost
from event_collector.errors import QueueClosedError
from event_collector.pace import BLOCKED
from event_collector.router import Router
from event_collector.watched import Watched, watched

if TYPE_CHECKING:
    from event_collector.consumers import Consumers
    from event_collector.event import CollectorEvent

type Route = Callable[[Payload[Any]], Sequence[Collector]]

_new_list = ResultList.__new__


class Consumer(Watched):
    """A numbered place for one event in service, and the work in it."""

    __slots__ = ("_consumers", "chosen", "event", "fault", "interrupt", "number", "task")

    def __init__(self, consumers: "Consumers") -> None:
        super().__init__(consumers.pace)
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
        """Take events one after the other until none is queued or the slice is over."""
        consumers, pace, context = self._consumers, self.pace, self._consumers.context
        line, buffer, tally = consumers.line, consumers.line.buffer, consumers.tally
        roster = line.router.collectors
        choose: Any = line.route  # there is one where the line is plain
        waits_for_all, number, time = consumers.barriers.lasts, self.number, pace.time
        self.task = task = asyncio.current_task()
        assert task is not None
        try:
            now = pace.mark = time()
            while True:
                leave = quick = False
                began = now
                try:
                    if line.plain:  # as `take` does it
                        if not buffer:
                            return
                        self.event = event = buffer.pop()
                        event.taken_at = now
                        event.consumer = number
                        collector = self.collector = None
                        self.chosen = chosen = choose(event.payload)
                        if len(chosen) == 1:
                            collector = self.collector = chosen[0]
                        if roster._limited and line.set_aside(event, self):
                            continue
                    elif (taken := line.take(self, now)) is None:
                        return
                    else:
                        event, collector = taken, self.collector
                    if collector is None:
                        results = await self._serve(event.payload)
                    else:  # the most common case goes without a coroutine of its own
                        run = collector._run(event.payload, collector._ctx)
                        value: Any = await (watched(run, self) if collector._waits else run)
                        if type(value) is Ok:
                            collector.processed += 1
                            quick = event._waiters is None
                        else:
                            value = collector._returned(value)
                        results = _new_list(ResultList)
                        results.append(value)
                        results._keys = collector._keys
                        del run, value
                except BaseException as exc:
                    leave = isinstance(exc, KeyboardInterrupt | SystemExit | GeneratorExit)
                    results = self._raised(exc)
                now = time()
                if now - pace.mark > BLOCKED:
                    self.blame(now)
                pace.mark = now
                if quick and not (waits_for_all or event._results or consumers.cut_off):
                    # as `finish` does it
                    event._results = results
                    event.finished_at = now
                    tally.finished += 1
                    tally.times.append((event.accepted_at, began, now))
                else:
                    consumers.finish(event, results, now, self.interrupt)
                del event, results  # an Error's frames lead back here: see `failed`
                if (
                    leave
                    or self.interrupt is not None
                    or self.event is None  # a shutdown has given this consumer up
                    or task.cancelling()  # the next event must not feel it,
                    or changed(context)  # nor see what it has set
                    or pace.resting
                ):
                    return
                if self.resumed:
                    self.resumed = False  # it may take one more, whatever the time
                elif now >= pace.slice.end and pace.slice.over(now):
                    return
        finally:
            consumers.leave(self)

    async def _serve(self, payload: Payload[Any]) -> ResultList:
        """What to do with an event that goes to several collectors, to none, or to the router."""
        router, chosen = self._consumers.line.router, self.chosen
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        if chosen is None:
            return _checked(router, await watched(router.handle_event(payload), self))
        if not chosen:
            return ResultList.undelivered()
        keys = self._consumers.keys_of(chosen)
        self.dispatch = dispatch = Dispatch(payload, chosen, pace=self.pace, keys=keys)
        dispatch.parent = self.task
        await dispatch.walk(self)
        self.collector = None
        dispatch.spread()
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
