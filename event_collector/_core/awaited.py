"""Awaited: whoever waits for events of a queue, and is told where that would be for ever."""

import asyncio
from functools import partial
from typing import Any

from event_collector._core import whereabouts
from event_collector._core.awaiting import Refusal, first_of
from event_collector._core.consumer import Consumer
from event_collector._core.pump import Pump
from event_collector._core.service import IN_SERVICE
from event_collector._core.waiting import Barriers
from event_collector.collector import Collector
from event_collector.event import CollectorEvent
from event_collector.metrics import Tally


class Awaited(Pump):
    """The consumers of a queue, as far as others wait for their events.

    A processor that waits for its own event holds it up for ever. That may be seen at the call, or
    later, when the processor comes to wait for a task that has called.
    """

    barriers: Barriers
    interrupt: BaseException | None
    loop: asyncio.AbstractEventLoop
    tally: Tally

    async def wait_for(self, event: CollectorEvent) -> None:
        """Return when an event is done that was not when this was called."""
        here = IN_SERVICE.get(None)
        # The task is in no variable: it may come to hold what is raised, which leads back to here.
        if whereabouts.is_served_in(asyncio.current_task(), event, self.active, self.watch):
            raise _its_own(event)
        # A look again and again is for those only who are in this queue's service.
        if here is None or here.watch is not self.watch:
            await self._wait(event)
            return
        with Refusal(partial(self._is_its_own, event, asyncio.current_task())) as refused:
            await self._wait(event, refused)

    def _is_its_own(
        self, event: CollectorEvent, task: asyncio.Task[Any] | None, late: bool
    ) -> RuntimeError | None:
        """Why this task may not wait for an event; None if it may."""
        served = whereabouts.is_served_for(task, event, self.active, self.watch, late=late)
        return _its_own(event) if served else None

    async def _wait(
        self, event: CollectorEvent, refused: asyncio.Future[None] | None = None
    ) -> None:
        waiter = event._add_waiter(caller=True)
        try:
            if refused is None:
                await waiter
                return
            await first_of(waiter, refused)
            if waiter.done():
                waiter.result()  # which may be an interrupt
            elif event._waiters is not None:
                event._waiters.pop(waiter, None)
        except asyncio.CancelledError:
            if event._waiters is not None:
                event._waiters.pop(waiter, None)
            if waiter.done() and not waiter.cancelled() and waiter.exception():
                # it was to be passed on to this one
                self.interrupt = self.interrupt or waiter.exception()
                self.pass_on_interrupt()
            raise
        finally:
            del waiter  # it has the interrupt, whose traceback leads back to here

    async def wait_until_unused(self, collector: Collector) -> None:
        """Return when every event is done that is in service now and may reach a collector."""
        for event in [one.event for one in self.active.values() if one.may_reach(collector)]:
            if event is not None and not event.done:
                await event._add_waiter(caller=False)

    async def wait_for_all(self) -> None:
        """Return when every event accepted so far is done."""
        await self.barriers.wait(self.loop, self.tally)

    async def wait_for_others(self) -> None:
        """The same for a caller who may be at work on one of them.

        Raises:
            RuntimeError: He is; or who is has started his task, and waits for it, now or later; or
                has not started it, waits for it, and cannot go on without it for a minute.
        """
        tally = self.tally
        why = partial(self._are_its_own, tally.accepted, asyncio.current_task())
        if (error := why(False)) is not None:
            raise error
        if tally.accepted != tally.finished:
            with Refusal(why) as refused:
                await self.barriers.wait(self.loop, tally, refused)

    def _are_its_own(
        self, last: int, task: asyncio.Task[Any] | None, late: bool
    ) -> RuntimeError | None:
        """Why this task may not wait for the events up to a number; None if it may."""
        at_work = self.at_work_in(task, late=late, guess=False)
        if all(one.event is None or one.event.id > last for one in at_work):
            return None
        return RuntimeError(
            "wait() was called by a processor of this queue, which would wait for itself"
        )

    def waiters_of(self, event: CollectorEvent) -> list[asyncio.Future[Any]]:
        """The futures of those who wait for an event, or for all up to it or a later one."""
        return [*(event._waiters or ()), *self.barriers.waiters(event.id)]

    def at_work_in(
        self, task: asyncio.Task[Any] | None, *, late: bool = False, guess: bool = True
    ) -> list[Consumer]:
        """The consumers whose event's processor or router runs in this very task, or waits for it:
        see `whereabouts.consumers_for`."""
        if not self.active:
            return []
        return whereabouts.consumers_for(task, self.active, self.watch, late=late, guess=guess)


def _its_own(event: CollectorEvent) -> RuntimeError:
    return RuntimeError(
        f"wait() of event {event.id} was called by a processor of that very event, "
        "which would wait for itself; return a result instead"
    )
