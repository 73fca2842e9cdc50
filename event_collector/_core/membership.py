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
from event_collector._core.undertaking import Undertaking, see_out, tell
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.errors import LifecycleEndedError, QueueClosedError
from event_collector.roster import Roster
from event_collector.settling import StuckLifecycle

logger = logging.getLogger("event_collector")


class Membership:
    """Brings collectors into a roster and takes them out, with their lifecycles around that.

    Args:
        roster: The queue's collectors.
        consumers: Its consumers.
        limit: For how many seconds a lifecycle may be entered, or left. None: as long as it takes.
    """

    def __init__(self, roster: Roster, consumers: Consumers, limit: float | None) -> None:
        self._roster = roster
        self._consumers = consumers
        self._limit = limit
        self._closing = self._loop_ends = False
        self._starting: OpenLifecycle | None = None
        """The one that the start of the queue is just entering."""
        self._entering: set[OpenLifecycle] = set()
        """Those that are just being entered: a call from within one would wait for itself."""
        self._open: dict[Collector, OpenLifecycle] = {}
        """In the order of entering, which reversed is that of leaving."""
        self._changing: set[str] = set()
        """Keys for which a collector is on its way in: a second one must not come in beside it."""
        self._retiring: set[asyncio.Task[None]] = set()
        """Each leaves a lifecycle after the last payload of its collector."""
        self._waiting: list[asyncio.Future[None]] = []
        """Each waits until another lifecycle has been entered or left."""

    def admit_nobody(self) -> None:
        """The queue is shutting down: collectors may leave, but none may come."""
        self._closing = True

    def loop_ends(self) -> None:
        """All tasks of the loop are cancelled: lifecycles are left in their order all the same."""
        self._closing = self._loop_ends = True

    async def open(self, start: Undertaking) -> None:
        """Enter all lifecycles in order; if one fails, leave those entered and raise its error.

        Collectors that come in meanwhile have their turn too.

        Raises:
            asyncio.CancelledError: The start was called off.
        """
        try:
            while closed := [one for one in self._roster.everyone() if one not in self._open]:
                for collector in closed:
                    self._go_on(start)
                    if self._roster.get(collector.key) is collector:
                        self._starting = lifecycle = self._lifecycle_of(collector)
                        await self._enter(lifecycle)
                    if self._roster.get(collector.key) is not collector:  # removed meanwhile
                        await self._leave(collector)
            self._go_on(start)
        except BaseException as exc:
            for error in await self._leave_all():
                exc.add_note(f"then, while the lifecycles were left again: {error!r}")
                if isinstance(exc, asyncio.CancelledError):
                    tell(error)
            self._closing = self._loop_ends = False
            raise
        finally:
            self._starting = None

    def call_off(self) -> None:
        """Nobody wants the start any more: do not wait for the lifecycle that is being entered."""
        if self._starting is not None:
            self._starting.call_off()

    async def close(self) -> None:
        """Leave all lifecycles in reverse order, each one even if others raise.

        Raises:
            Exception: What a lifecycle raised; an ExceptionGroup if several did.
        """
        errors = await self._leave_all()
        self._closing = self._loop_ends = False
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

    def moving(self) -> list[StuckLifecycle]:
        """The lifecycles that are just being entered or left, and what they do."""
        every = [*self._entering, *self._open.values()]
        return [stuck for one in every if (stuck := one.stuck()) is not None]

    async def wait_until_still(self) -> None:
        """Return when no lifecycle is being entered or left."""
        while self.moving():
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def forget(self) -> list[str]:
        """Forget the lifecycles: they ended with their event loop. Say whose were open."""
        keys = [one.key for one in self._open if one.lifecycle is not None]
        self._open.clear()
        self._entering.clear()
        self._changing.clear()
        self._retiring.clear()
        self._waiting.clear()
        self._closing = self._loop_ends = False
        return keys

    async def _bring_in(self, collector: Collector, put: Callable[[Collector], object]) -> None:
        if collector in self._open:
            raise ValueError(f"{collector!r} is just being removed; await that first")
        if self._closing:
            raise QueueClosedError("is shutting down", f"{collector!r} was not added")
        self._changing.add(collector.key)
        try:
            if self._consumers.accepting:
                await self._enter_for_a_caller(collector)
                if not self._consumers.accepting:  # shut down while the lifecycle was entered
                    await self._leave_for_a_caller(collector)
                    raise QueueClosedError("was shut down", f"{collector!r} was not added")
            put(collector)
        finally:
            self._changing.discard(collector.key)

    async def _enter_for_a_caller(self, collector: Collector) -> None:
        """Enter a lifecycle in a task of its own: the caller may be cancelled at any moment."""
        lifecycle = self._lifecycle_of(collector)
        entering = Undertaking("change", lifecycle.call_off)
        entering.begun = True
        entering.begin(self._enter(lifecycle))
        try:
            await entering.join()
        except asyncio.CancelledError:
            if collector in self._open:  # cancelled in the very moment in which it was entered
                try:
                    await self._leave_for_a_caller(collector)
                except Exception as exc:
                    tell(exc)
            raise

    async def _leave_for_a_caller(self, collector: Collector) -> None:
        leaving = Undertaking("change", lambda: None)
        leaving.begun = True
        leaving.begin(self._leave(collector))
        await leaving.join()

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
        # One that has ended by itself was logged then, and is what the caller is rid of now.
        await self._leave(collector, quietly=True)

    def _lifecycle_of(self, collector: Collector) -> OpenLifecycle:
        return OpenLifecycle(collector, self._limit, self._ended, lambda: self._loop_ends)

    def _ended(self, collector: Collector, exc: BaseException | None) -> None:
        """A lifecycle has ended by itself: its processor must not work with what is closed."""
        ended = LifecycleEndedError(collector.key)
        ended.__cause__ = exc
        collector._end(ended)
        logger.error(
            "the lifecycle of collector %r ended while the queue ran: its payloads get an Error "
            "until the collector is replaced, or the queue started again",
            collector.key,
            exc_info=exc,
        )

    async def _enter(self, lifecycle: OpenLifecycle) -> None:
        collector, loop = lifecycle.collector, asyncio.get_running_loop()
        collector._claim(loop)
        self._entering.add(lifecycle)
        try:
            await lifecycle.enter()
            self._open[collector] = lifecycle
        except BaseException:
            collector._release(loop)
            raise
        finally:
            self._entering.discard(lifecycle)
            self._moved()

    async def _leave(self, collector: Collector, *, quietly: bool = False) -> None:
        lifecycle = self._open.get(collector)
        if lifecycle is None:
            return
        try:
            await lifecycle.leave(quietly=quietly)
        finally:
            self._open.pop(collector, None)
            collector._release(asyncio.get_running_loop())
            self._moved()

    def _moved(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def _leave_all(self) -> list[BaseException]:
        errors: list[BaseException] = []
        while self._retiring or self._open:
            try:
                if self._retiring:  # all events are done, so these end by themselves
                    retiring, self._retiring = self._retiring, set()
                    await see_out(retiring)
                else:
                    await self._leave(next(reversed(self._open)))
            except BaseException as exc:
                errors.append(exc)
        return errors

    def _go_on(self, start: Undertaking) -> None:
        if start.called_off or self._loop_ends:
            raise asyncio.CancelledError

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
    if not task.cancelled():
        tell(task.exception())
