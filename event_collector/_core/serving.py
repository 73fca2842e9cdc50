"""One event in service, where more than one processor, or the router, has its part in it.

A consumer is this, and takes the events besides. What the most common case needs, one collector's
processor, is written out there.
"""

from collections.abc import Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from event_collector._core import passing
from event_collector._core.dispatch import Dispatch
from event_collector._core.watch import Runner, changed, watched
from event_collector._tracebacks import failed
from event_collector.collector import Collector
from event_collector.data import Error, Ok, Result
from event_collector.router import checked

if TYPE_CHECKING:
    import asyncio

    from event_collector._core.consumers import Consumers
    from event_collector.event import CollectorEvent

type Outcome = tuple[Result | list[Result], Sequence[str | None] | None]
"""What an event has come to: one result, or several, and the keys of the collectors."""


class Serving(Runner):
    """The event that a consumer has, and how it goes."""

    __slots__ = (
        *("_consumers", "all_ok", "chosen", "event", "fault", "interrupt", "so_far", "task"),
    )

    collector: Collector | None
    dispatch: Dispatch | None

    def __init__(self, consumers: "Consumers") -> None:
        super().__init__(consumers.watch)
        self.task: asyncio.Task[Any] | None = None
        self.event: CollectorEvent | None = None
        self.chosen: Sequence[Collector] | None = None
        """The collectors that get the event; None when a custom router decides."""
        self.fault: BaseException | None = None
        """What the router raised instead of choosing."""
        self.interrupt: BaseException | None = None
        """The KeyboardInterrupt or SystemExit that a processor or the router raised."""
        self.so_far: list[Result] | None = None
        """The results of the first of several collectors, while they get the payload in passing."""
        self.all_ok = False
        """Whether all collectors of the event, which are several, have given an Ok."""
        self._consumers = consumers

    async def _serve(self) -> Outcome:
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
                return checked(router, await watched(run, self))
            return checked(router, await watched(run, self, attendance.context_of(self.event)))
        if not chosen:
            return Ok(None), None
        keys = self._consumers.queued.keys_of(chosen)
        if attendance.inside or self.watch.changed is not changed or chosen[0]._waits:
            return await self._walk(Dispatch(payload, chosen, self.watch, keys), in_this_task=True)
        context = copy_context()
        struck: BaseException | None = None
        self.so_far = []
        try:
            done = await passing.give(self, payload, chosen)
        except BaseException as exc:
            done, struck = False, exc
        if done:
            self.collector = None
            self.all_ok, results, self.so_far = True, self.so_far, None
            return results, keys
        dispatch = Dispatch(payload, chosen, self.watch, keys)
        as_it_was = passing.go_on(self, dispatch, context, struck)
        del context, struck  # an Error's traceback leads back to here
        return await self._walk(dispatch, in_this_task=as_it_was)

    async def _walk(self, dispatch: Dispatch, *, in_this_task: bool) -> Outcome:
        """Have the collectors get the payload that are left to a dispatch."""
        attendance = self._consumers.attendance
        self.dispatch, self.so_far = dispatch, None  # in this order: one of them has the results
        if attendance.inside:
            dispatch.attendance, dispatch.event = attendance, self.event
        dispatch.parent = self.task
        try:
            if in_this_task:
                await dispatch.walk(self)
        except (KeyboardInterrupt, SystemExit) as exc:  # the stop button struck the walk itself
            dispatch.interrupt = dispatch.interrupt or exc  # the other collectors have their turn
        self.collector = None
        if dispatch.next < len(dispatch.collectors):
            dispatch.begin()
        # The consumer stays until the last collector has ended: its place is the event's place,
        # and without it more than `max_consumers` would be in flight.
        if dispatch.walkers:
            await dispatch.rest()
        self.dispatch, self.interrupt = None, dispatch.interrupt
        self.all_ok = dispatch.all_ok and dispatch.interrupt is None
        keys, results = dispatch.keys, dispatch.take_results(self._consumers.cut_off)
        dispatch.interrupt = None
        try:
            return results, keys
        finally:
            del results  # an Error's traceback leads back to here

    def _raised(self, exc: BaseException) -> Outcome:
        """The results of an event whose collector or router raised this."""
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            self.interrupt = exc
            self._consumers.queued.tell_of(self.event)  # it may have struck before that
        if self.collector is not None and self.dispatch is None and self.so_far is None:
            return self.collector._raised(exc), self.collector._keys
        return self.all_failed(exc)

    def all_failed(self, exc: BaseException) -> Outcome:
        """What there is of the event if it breaks off now: results so far, and Errors."""
        if (dispatch := self.dispatch) is not None:
            self.dispatch = None
            self.interrupt, dispatch.interrupt = self.interrupt or dispatch.interrupt, None
            return dispatch.take_results(exc), dispatch.keys
        if self.so_far is not None and self.chosen is not None:
            so_far, self.so_far, chosen = self.so_far, None, self.chosen
            missing = [Error(exc) for _ in chosen[len(so_far) :]]
            return [*so_far, *missing], [collector.key for collector in chosen]
        return failed(exc), (None,) if self.collector is None else self.collector._keys
