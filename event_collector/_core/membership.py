"""Membership: which collectors are in a queue, with their lifecycles open, and how that changes.

One order rules all changes: a lifecycle is entered before its collector may get a payload, and left
after the last payload that may reach it is done.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from event_collector._core.consumers import CLOSED, Consumers
from event_collector._core.lifecycles import OpenLifecycle
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.errors import QueueClosedError
from event_collector.roster import Roster

logger = logging.getLogger("event_collector")


class Membership:
    """Brings collectors into a roster and takes them out, with their lifecycles around that."""

    def __init__(self, roster: Roster, consumers: Consumers) -> None:
        self._roster = roster
        self._consumers = consumers
        self._closing = False
        self._entering: set[OpenLifecycle] = set()
        """Those that are just being entered: a call from within one would wait for itself."""
        self._open: dict[Collector, OpenLifecycle] = {}
        """In the order of entering, which reversed is that of leaving."""
        self._changing: set[str] = set()
        """Keys for which a collector is on its way in: a second one must not come in beside it."""
        self._retiring: set[asyncio.Task[None]] = set()
        """Each leaves a lifecycle after the last payload of its collector."""

    def admit_nobody(self) -> None:
        """The queue is shutting down: collectors may leave, but none may come."""
        self._closing = True

    async def open(self) -> None:
        """Enter all lifecycles in order; if one fails, leave those entered and raise its error.

        Collectors that come in meanwhile have their turn too.
        """
        try:
            while closed := [one for one in self._roster.everyone() if one not in self._open]:
                for collector in closed:
                    if self._roster.get(collector.key) is collector:
                        await self._enter(collector)
                    if self._roster.get(collector.key) is not collector:  # removed meanwhile
                        await self._leave(collector)
        except BaseException as exc:
            for error in await self._leave_all():
                exc.add_note(f"then, while the lifecycles were left again: {error!r}")
            raise

    async def close(self, cancelled: asyncio.CancelledError | None) -> None:
        """Leave all lifecycles in reverse order, each one even if others raise.

        Raises:
            Exception: What a lifecycle raised; an ExceptionGroup if several did.
            asyncio.CancelledError: The caller was cancelled, now or before (`cancelled`). What
                lifecycles raised is logged then.
        """
        errors = await self._leave_all()
        self._closing = False
        for error in errors:
            if isinstance(error, asyncio.CancelledError):
                cancelled = error
        if cancelled is not None:
            for error in errors:
                if error is not cancelled:
                    logger.error("a lifecycle raised while it was left", exc_info=error)
            raise cancelled
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise BaseExceptionGroup(f"{len(errors)} lifecycles raised", errors)

    async def add(self, collector: Collector) -> None:
        """See `CollectorQueue.add`."""
        self._check_change("add", collector)
        if collector.key in self._roster:
            raise ValueError(
                f"the queue has a collector with the key {collector.key!r}; "
                "use replace() to put another in its place"
            )
        await self._bring_in(collector, self._roster._add)
        self._consumers.collectors_changed()

    async def replace(self, collector: Collector) -> Collector:
        """See `CollectorQueue.replace`."""
        self._check_change("replace", collector)
        old = self._roster._get(collector.key)
        if collector is old:
            raise ValueError(f"{collector!r} is in the queue; replace() takes a new Collector")
        if collector.ctx is old.ctx and (collector.lifecycle or old.lifecycle):
            raise ValueError(
                f"the new collector {collector.key!r} shares its Context with the old one, while "
                "both their lifecycles are open for a moment; give it a Context of its own"
            )
        self._check_not_waiting_for_itself("replace", old)
        await self._bring_in(collector, self._roster._replace)
        # Parked events were chosen for the old one; those in service stay with it. Only then does
        # nothing new reach it, and its last event can be waited for.
        try:
            self._consumers.collectors_changed()
        finally:  # a hook was interrupted: the old one is left all the same
            await self._retire(old)
        return old

    async def remove(self, key: str) -> Collector:
        """See `CollectorQueue.remove`."""
        self._check_loop("remove")
        self._check_not_changing(key)
        old = self._roster._get(key)
        self._check_not_waiting_for_itself("remove", old)
        self._roster._remove(key)
        try:
            self._consumers.collectors_changed()
        finally:
            await self._retire(old)
        return old

    def at_work_in(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether a lifecycle of one of the collectors runs in this task."""
        return any(one.runs_in(task) for one in [*self._open.values(), *self._entering])

    def forget(self) -> None:
        """Forget the lifecycles: they ended with their event loop."""
        self._open.clear()
        self._changing.clear()
        self._retiring.clear()
        self._closing = False

    async def _bring_in(self, collector: Collector, put: Callable[[Collector], object]) -> None:
        if collector in self._open:
            raise ValueError(f"{collector!r} is just being removed; await that first")
        if self._closing:
            raise QueueClosedError("is shutting down", f"{collector!r} was not added")
        self._changing.add(collector.key)
        try:
            if self._consumers.accepting:
                await self._enter(collector)
                if not self._consumers.accepting:  # shut down while the lifecycle was entered
                    await self._leave(collector)
                    raise QueueClosedError("was shut down", f"{collector!r} was not added")
            put(collector)
        finally:
            self._changing.discard(collector.key)

    async def _retire(self, collector: Collector) -> None:
        """Leave a collector's lifecycle after its last payload, even if the caller is cancelled.

        In a task of its own: the caller's cancellation ends the caller's waiting and no more.
        """
        if collector not in self._open:
            return
        task = asyncio.create_task(self._leave_when_unused(collector))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_tell)  # nobody else will hear what it raises
            raise

    async def _leave_when_unused(self, collector: Collector) -> None:
        await self._consumers.wait_until_unused(collector)
        await self._leave(collector)

    async def _enter(self, collector: Collector) -> None:
        lifecycle = OpenLifecycle(collector)
        self._entering.add(lifecycle)
        try:
            await lifecycle.enter()
        finally:
            self._entering.discard(lifecycle)
        self._open[collector] = lifecycle

    async def _leave(self, collector: Collector) -> None:
        lifecycle = self._open.get(collector)
        if lifecycle is None:
            return
        try:
            await lifecycle.leave()
        finally:
            self._open.pop(collector, None)

    async def _leave_all(self) -> list[BaseException]:
        errors: list[BaseException] = []
        while self._retiring or self._open:
            try:
                if self._retiring:  # all events are done, so these end by themselves
                    retiring, self._retiring = self._retiring, set()
                    await asyncio.gather(*retiring, return_exceptions=True)
                else:
                    await self._leave(next(reversed(self._open)))
            except BaseException as exc:
                errors.append(exc)
        return errors

    def _check_change(self, method: str, collector: object) -> None:
        if not isinstance(collector, Collector):
            raise TypeError(
                f"{method}() takes a Collector, got {type(collector).__name__}: "
                f"{one_line(collector)}; wrap it: Collector(key, processor)"
            )
        self._check_loop(method)
        self._check_not_changing(collector.key)

    def _check_loop(self, method: str) -> None:
        if self._consumers.open_to not in (CLOSED, asyncio.get_running_loop()):
            raise RuntimeError(
                f"{method}() was called outside the event loop in which the queue runs; "
                "call it there, from another thread with asyncio.run_coroutine_threadsafe()"
            )

    def _check_not_changing(self, key: str) -> None:
        if key in self._changing:
            raise ValueError(
                f"the collector {key!r} is just being added or replaced; await that first"
            )

    def _check_not_waiting_for_itself(self, method: str, collector: Collector) -> None:
        consumer = self._consumers.at_work_in(asyncio.current_task())
        if consumer is not None and consumer.may_reach(collector):
            raise RuntimeError(
                f"{method}() of collector {collector.key!r} was called while it processes an "
                "event, and would wait for itself; call it elsewhere, or in asyncio.create_task()"
            )


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("a lifecycle raised while it was left", exc_info=error)
