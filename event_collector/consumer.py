"""One consumer at work: it gives an event's payload to the router or straight to collectors."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from event_collector._text import one_line
from event_collector.collector import Collector, failed
from event_collector.data import Error, Payload, Result, ResultList
from event_collector.dispatch import Dispatch, outermost
from event_collector.errors import QueueClosedError
from event_collector.event import CollectorEvent
from event_collector.router import Router, SimpleRouter

type Route = Callable[[Payload[Any]], Sequence[Collector]]


class Consumer:
    """A numbered place for one event in service."""

    __slots__ = ("_route", "_router", "chosen", "dispatch", "event", "interrupt", "number", "task")

    def __init__(self, number: int, router: Router, route: Route | None) -> None:
        self.number = number
        self.task: asyncio.Task[Any] | None = None
        self.event: CollectorEvent | None = None
        self.chosen: Sequence[Collector] | None = None
        """The collectors that get the event; None when a custom router decides."""
        self.dispatch: Dispatch | None = None
        """The walk over them, when there are several."""
        self.interrupt: BaseException | None = None
        """The KeyboardInterrupt or SystemExit that a processor or the router raised."""
        self._router = router
        self._route = route

    async def serve(self, payload: Payload[Any]) -> ResultList:
        """Have a payload processed, and return the results.

        Raises:
            BaseException: Whatever the router raised, or what `Collector.process` lets through.
        """
        if self._route is None:
            return _checked(self._router, await self._router.handle_event(payload))
        self.chosen = chosen = tuple(self._route(payload))
        if len(chosen) == 1:
            collector = chosen[0]
            return ResultList._of([await collector.process(payload)], [collector.key])
        if not chosen:
            return ResultList.undelivered()
        self.dispatch = Dispatch(payload, chosen)
        return await self.dispatch.run()

    def all_failed(self, exc: BaseException) -> ResultList:
        """What there is of the event if it breaks off now: results so far, and Errors."""
        if self.dispatch is not None:
            return self.dispatch.so_far(exc)
        error = failed(exc, frames=2)
        if self.chosen is not None and len(self.chosen) == 1:
            return ResultList._of([error], [getattr(self.chosen[0], "key", None)])
        return ResultList([error])

    def take(self, event: CollectorEvent | None) -> None:
        """Turn to an event, or to none."""
        self.event = event
        self.chosen = self.dispatch = self.interrupt = None

    def may_reach(self, collector: Collector) -> bool:
        """Whether the event in service goes to a collector, or whether nobody can tell."""
        return self.chosen is None or collector in self.chosen

    def runs_in(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether the event in service is processed in this task."""
        return outermost(task) is self.task


def route_of(router: Router) -> Route | None:
    """The router's own choice, if choosing is all that it does.

    Such a router is asked for its choice alone: no coroutine of its own is needed then.
    """
    return router.route if isinstance(router, SimpleRouter) and router.only_chooses else None


def without_cancelled(results: ResultList, cut_off: QueueClosedError) -> ResultList:
    """The results of an event that a forced shutdown cancelled: what was cancelled, was cut off."""
    for place, result in enumerate(results):
        if isinstance(result, Error) and isinstance(result.exception, asyncio.CancelledError):
            results[place] = Error(cut_off)
    return results


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
