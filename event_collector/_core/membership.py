"""Membership: which collectors are in a queue, with their lifecycles open, and how that changes.

One order rules all changes: a lifecycle is entered before its collector may get a payload, and left
after the last payload that may reach it is done.
"""

import asyncio
from asyncio import current_task
from collections.abc import Callable
from functools import partial
from typing import Any

from event_collector import _batching
from event_collector._core.awaiting import Refusal, for_itself, result_of
from event_collector._core.changing import change
from event_collector._core.consumers import Consumers
from event_collector._core.lifecycles import Opened, OpenLifecycle
from event_collector._core.pump import CLOSED
from event_collector._core.undertaking import (
    Undertaking,
    closed_over,
    see_out,
    tell,
    tell_of,
    undertaken,
)
from event_collector._log import logger
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.errors import LifecycleEndedError, QueueClosedError
from event_collector.roster import Roster
from event_collector.settling import StuckLifecycle


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
        self._open: Opened = {}
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
                        await self._leave(collector, self._open)
            self._go_on(start)
        except BaseException as exc:
            if closed_over():
                raise
            for error in await self._leave_all():
                exc.add_note(f"then, while the lifecycles were left again: {error!r}")
                if isinstance(exc, asyncio.CancelledError):
                    tell(error)
            self._closing = self._loop_ends = False
            raise

    def call_off(self) -> None:
        """Nobody wants the start any more: do not wait for the lifecycle that it enters."""
        if self._starting is not None:
            self._starting.call_off()

    async def close(self) -> None:
        """Leave all lifecycles in reverse order, each one even if others raise.

        Raises:
            Exception: What a lifecycle raised; an ExceptionGroup if several did.
        """
        errors = await self._leave_all()
        self._closing = self._loop_ends = False
        if len(errors) > 1:
            raise BaseExceptionGroup(f"{len(errors)} lifecycles raised", errors)
        if errors:
            raise errors[0]

    async def add(self, collector: Collector) -> None:
        """See `CollectorQueue.add`."""
        self._check_change("add", collector)
        if collector.key in self._roster:
            raise ValueError(
                f"the queue has a collector with the key {collector.key!r}; "
                "use replace() to put another in its place"
            )
        with self._roster.place_for(collector.key):
            await self._bring_in(collector, self._roster._add)

    async def replace(self, collector: Collector) -> Collector:
        """See `CollectorQueue.replace`."""
        self._check_change("replace", collector)
        opened = self._consumers.accepting or self._open or self._entering
        old = self._roster._to_replace(collector, opened=bool(opened))
        self._check_waits("replace", old)
        try:
            await self._bring_in(collector, self._roster._replace)
        finally:  # a hook was interrupted: the old one is left all the same
            if self._roster.get(collector.key) is not old:
                await self._retire(old, "replace")
        return old

    async def remove(self, key: str) -> Collector:
        """See `CollectorQueue.remove`."""
        self._check_still("remove", key)
        old = self._roster._get(key)
        self._check_waits("remove", old)
        try:
            change(self._consumers, self._roster._remove, key)
        finally:
            if self._roster.get(key) is not old:
                await self._retire(old, "remove")
        return old

    def at_work_in(self, task: asyncio.Task[Any] | None, *, late: bool) -> bool:
        """Whether a lifecycle runs in the current task, or has started it and may wait for it."""
        every = [*self._open.values(), *self._entering]
        return any(one.waits_for(task, late=late) for one in every)

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

    def forget(self, loop: asyncio.AbstractEventLoop) -> Opened:
        """Forget the lifecycles: they ended with their event loop. Say which were open."""
        for collector in self._open:
            collector._release(loop)
        # New ones: what was at it may be collected late, and goes on to the end with its own.
        left, self._open, self._entering, self._changing = self._open, {}, set(), set()
        self._retiring, self._waiting, self._starting = set(), [], None
        self._closing = self._loop_ends = False
        return left

    async def _bring_in(self, collector: Collector, put: Callable[[Collector], object]) -> None:
        if collector in self._open:
            raise ValueError(f"{collector!r} is just being removed; await that first")
        if self._closing:
            raise QueueClosedError("is shutting down", f"{collector!r} was not added")
        _batching.fits(collector.key, collector.batch_size, self._consumers.limits[1])
        changing, key, opened = self._changing, collector.key, self._open
        try:
            changing.add(key)
            if self._consumers.accepting:
                await self._enter_for_a_caller(collector)
                try:  # shut down while that was entered, or at work in another loop by now?
                    if not self._consumers.accepting or self._open is not opened:
                        raise QueueClosedError("was shut down", f"{collector!r} was not added")
                    _batching.fits(collector.key, collector.batch_size, self._consumers.limits[1])
                except (QueueClosedError, ValueError):
                    await undertaken(self._leave(collector, opened)).join()
                    raise
            changing.discard(key)  # whoever is told of it may change it again
            change(self._consumers, put, collector)
        finally:
            changing.discard(key)

    async def _enter_for_a_caller(self, collector: Collector) -> None:
        """Enter a lifecycle in a task of its own: the caller may be cancelled at any moment."""
        opened, lifecycle = self._open, self._lifecycle_of(collector)
        entering = undertaken(self._enter(lifecycle), lifecycle.call_off)
        try:
            await entering.join()
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            if collector in opened:  # in the very moment in which it was entered
                try:
                    await undertaken(self._leave(collector, opened)).join()
                except Exception as exc:
                    tell(exc)
            raise

    async def _retire(self, collector: Collector, method: str) -> None:
        """Leave its lifecycle after its last payload, in its own task, whoever is cancelled."""
        self._consumers.send_off(collector)
        if collector not in self._open:
            return
        task = asyncio.create_task(self._leave_when_unused(collector, self._open))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
        with Refusal(partial(self._for_itself, method, collector, current_task())) as refused:
            await result_of(task, refused, tell_of)

    async def _leave_when_unused(self, collector: Collector, opened: Opened) -> None:
        await self._consumers.wait_until_unused(collector)
        if self._open is not opened:
            return  # forgotten with its loop: in the next one it may be in the queue again
        # One that has ended by itself was logged then, and is what the caller is rid of now.
        await self._leave(collector, opened, quietly=True)
        collector._end(self._consumers.attendance, None)

    def _lifecycle_of(self, collector: Collector) -> OpenLifecycle:
        opened, ended = self._open, partial(self._ended, self._open)
        # Not the end of the next loop, for one that was forgotten with its own.
        loop_ends = lambda: self._loop_ends and self._open is opened  # noqa: E731
        return OpenLifecycle(collector, self._limit, ended, loop_ends, self._moved)

    def _ended(
        self, opened: Opened, collector: Collector, exc: BaseException | None, known: bool
    ) -> None:
        """A lifecycle ends by itself: its processor must not work with what is closed, or being
        closed. What it raised is told when it is known."""
        if self._open is not opened:  # forgotten with its loop, and entered anew in another one
            tell(exc)
            return
        ended = LifecycleEndedError(collector.key)
        ended.__cause__ = exc
        collector._end(self._consumers.attendance, ended)
        if not known:
            return
        logger.error(
            "the lifecycle of collector %r ended while the queue ran: its payloads get an Error "
            "until the collector is replaced, or the queue started again",
            collector.key,
            exc_info=exc,
        )

    async def _enter(self, lifecycle: OpenLifecycle) -> None:
        collector, loop, opened = lifecycle.collector, asyncio.get_running_loop(), self._open
        collector._claim(loop)
        collector._end(self._consumers.attendance, None)
        self._entering.add(lifecycle)
        try:
            await lifecycle.enter()
            opened[collector] = lifecycle
        except BaseException as exc:
            collector._release(loop)
            if isinstance(exc, KeyboardInterrupt | SystemExit):
                await lifecycle.undo()
            raise
        finally:
            self._entering.discard(lifecycle)
            self._starting = None if self._starting is lifecycle else self._starting
            if not closed_over():
                self._moved()

    async def _leave(self, collector: Collector, opened: Opened, **how: bool) -> None:
        loop = asyncio.get_running_loop()
        if (lifecycle := opened.get(collector)) is None:
            return
        try:
            await lifecycle.leave(**how)
        except (KeyboardInterrupt, SystemExit):
            await lifecycle.undo()
            raise
        finally:
            if opened.pop(collector, None) is lifecycle:  # else another one has left it meanwhile
                collector._release(loop)
            if not closed_over():
                self._moved()

    def _moved(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in [one for one in waiting if not one.done()]:
            waiter.set_result(None)

    async def _leave_all(self) -> list[BaseException]:
        errors: list[BaseException] = []
        while self._retiring or self._open:
            try:
                if self._retiring:  # all events are done, so these end by themselves
                    retiring, self._retiring = self._retiring, set()
                    await see_out(retiring)
                else:
                    await self._leave(next(reversed(self._open)), self._open)
            except BaseException as exc:
                if closed_over():
                    raise
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
        self._check_still(method, collector.key)

    def _check_still(self, method: str, key: str) -> None:
        if self._consumers.open_to not in (CLOSED, asyncio.get_running_loop()):
            raise RuntimeError(
                f"{method}() was called outside the event loop in which the queue runs; call it "
                "there, from another thread with asyncio.run_coroutine_threadsafe()"
            )
        if key in self._changing:
            again = "is just being added or replaced; await that first"
            raise ValueError(f"the collector {key!r} {again}")

    def _check_waits(self, method: str, collector: Collector) -> None:
        if (error := self._for_itself(method, collector, current_task())) is not None:
            raise error

    def _for_itself(
        self, method: str, collector: Collector, task: Any, late: bool = False
    ) -> RuntimeError | None:
        lifecycle = self._open.get(collector)
        consumers = self._consumers.at_work_in(task, late=late)
        call, to_start = f"{method}() of collector {collector.key!r}", f"{method}(...)"
        if any(one.may_reach(collector) for one in consumers):
            return for_itself(call, "while it processes an event", to_start)
        if not consumers and lifecycle is not None and lifecycle.waits_for(task, late=late):
            return for_itself(call, "by its own lifecycle", to_start)
        return None
