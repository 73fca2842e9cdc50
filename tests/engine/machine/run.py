"""The machine: it plays a plan in a loop of its own, and says which laws did not hold in that run.

A plan that fails is printed as a script that repeats it: see `play`.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from event_collector import (
    CollectorEvent,
    CollectorQueue,
    Payload,
    QueueClosedError,
    QueueFullError,
    Sending,
    UnknownCollectorError,
)
from tests.engine.machine.actors import Actors, Exiting, Interrupt
from tests.engine.machine.laws import check_the_end
from tests.engine.machine.ledger import Ledger, Stopping, Waiter
from tests.engine.machine.loop import PatientLoop
from tests.engine.machine.plan import (
    LINGERS,
    Change,
    Pause,
    Plan,
    Release,
    Resume,
    Send,
    Settle,
    Sleep,
    Start,
    Step,
    StepOn,
    Stop,
    Turns,
    WaitForAll,
    script,
)
from tests.support import queue_of, run, tasks_but_keepers, virtual_loop

PATIENCE = 1000.0
"""Seconds after which somebody who still waits was not woken."""


def play(plan: Plan, prepare: Callable[[CollectorQueue], object] = id) -> Ledger:
    """Carry a plan out, with a queue that is prepared first, and give the ledger of it.

    Raises:
        AssertionError: A law did not hold. A note on it is the script that repeats the run.
    """
    logger = logging.getLogger("event_collector")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # what processors raise is as planned
    try:
        ledger = Ledger(plan)
        with ledger.watching():
            machine = Machine(ledger)
            prepared = prepare(machine.queue)
            run(machine.play(), loop_factory=PatientLoop, timeout=1e6)
            del prepared  # it may be that it must be kept as long as the queue works
    except (Exception, Interrupt, Exiting) as exc:
        said = str(exc) if isinstance(exc, AssertionError) else f"{type(exc).__name__}: {exc}"
        failure = AssertionError(said)
        failure.add_note(script(plan))
        raise failure from exc
    finally:
        logger.setLevel(level)
    return ledger


@dataclass
class Barrier:
    """Somebody who waits for all events that were accepted before."""

    task: asyncio.Task[None]
    events: list[CollectorEvent]


class Machine:
    """One run of a plan."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.plan = plan = ledger.plan
        self.actors = Actors(ledger)
        collectors = [self.actors.collector(place) for place in plan.collectors]
        self.queue = queue_of(*collectors, router=self.actors.router(), **plan.settings)
        ledger.watch(self.queue)
        self.tasks: list[asyncio.Task[None]] = []
        self.senders: list[asyncio.Task[None]] = []
        self.settling: list[asyncio.Task[None]] = []
        self.barriers: list[Barrier] = []

    async def play(self) -> None:
        """Carry the plan out, and raise what was found."""
        for _ in range(len(self.plan.collectors) + 1):
            with suppress(OSError):
                await self.queue.init_queue()
        for number, step in enumerate(self.plan.steps):
            await self.do(number, step)
            self.ledger.check()
        await self.end()
        check_the_end(self.queue, self.ledger, self.tasks)
        assert not self.ledger.faults, "\n".join(self.ledger.faults)

    async def do(self, number: int, step: Step) -> None:
        """Carry one step out."""
        match step:
            case Send():
                self.send(number, step)
            case Change():
                self.begin(f"step {number}", self.change(step), step.cancelled)
            case Pause() | Resume() | StepOn():
                self.pause(step)
            case Release():
                self.actors.release()
            case Settle():
                task = self.begin(f"settle() of step {number}", self.settle(step), step.cancelled)
                self.settling.append(task)
            case WaitForAll():
                self.wait_for_all(number, step)
            case Stop():
                self.begin(f"the shutdown of step {number}", self.stop(), step.cancelled)
            case Start():
                self.begin(f"the start of step {number}", self.start(), step.cancelled)
            case Turns():
                await self.turn(step.n)
            case Sleep():
                await asyncio.sleep(step.seconds)
                await self.come_to_rest()

    def begin(
        self,
        name: str,
        doing: Coroutine[Any, Any, Any],
        cancelled: int = 0,
        *,
        at_once: bool = False,
    ) -> asyncio.Task[Any]:
        """Do something in a task of its own, perhaps cancelled in one of its turns."""
        task = asyncio.Task(doing, loop=virtual_loop(), name=name, eager_start=at_once)
        self.tasks.append(task)
        if cancelled:
            canceller = asyncio.create_task(self.cancel(cancelled, task), name=f"end of {name}")
            self.tasks.append(canceller)
        return task

    async def cancel(self, turns: int, task: asyncio.Task[Any]) -> None:
        """Cancel a task in a later turn; in the turn in which it begins, right after it."""
        for _ in range(turns - 1):
            await asyncio.sleep(0)
        task.cancel()

    async def turn(self, turns: int) -> None:
        """Let the loop come round, and look what it has done."""
        for _ in range(turns):
            await asyncio.sleep(0)
            self.ledger.check()

    async def come_to_rest(self) -> None:
        """Give everybody time who has been woken; note who has not."""
        for _ in range(100):
            if self.stalled() is None:
                return
            await asyncio.sleep(0)
        self.ledger.note(False, f"it stalled: {self.stalled()}")

    def stalled(self) -> str | None:
        """Who waits for nothing, so that it must have been forgotten."""
        ledger, now = self.ledger, self.queue.metrics()
        for waiter in ledger.waiters:
            if waiter.event.done and waiter.ended is None and not waiter.task.done():
                return f"a waiter of event {waiter.event.id}"
        for barrier in self.barriers:
            if not barrier.task.done() and all(event.done for event in barrier.events):
                return barrier.task.get_name()
        pending: list[asyncio.Task[Any]] = []
        if now.accepted == now.finished and not ledger.moving:
            pending += self.settling
        if now.queued <= (self.plan.max_queued or 0):
            pending += self.senders
        for task in pending:
            if not task.done():
                return task.get_name()
        return ledger.stalled()

    # Steps

    def send(self, number: int, step: Send) -> None:
        """Send a payload."""
        publisher, ledger = self.queue.get_publisher(), self.ledger
        payload = Payload(
            number, step.delivery, keys=step.keys, topics=step.topics, priority=step.priority
        )
        before = self.queue.metrics()
        try:
            if step.how == "nowait":
                event, sending = publisher.send_nowait(payload), None
            else:
                sending = publisher.send(payload)
                event = sending.event
        except QueueClosedError:
            ledger.note(not self.queue.running, "a running queue refused an event")
            return
        except QueueFullError:
            ledger.note(before.queued >= (self.plan.max_queued or 0), "it was not full")
            return
        ledger.events[number] = event
        if sending is not None and step.how == "awaited":
            self.senders.append(self.begin(f"sender {number}", self.await_sending(sending)))
        elif sending is not None and step.how == "cancelled":
            self.senders.append(self.begin(f"sender {number}", sending, event.id % 3 + 1))
        for turns in step.waiters:
            waiter = Waiter(event, cancelled=turns > 0)
            waiter.task = self.begin(f"a waiter of {number}", self.wait_for(waiter), turns)
            ledger.waiters.append(waiter)

    async def await_sending(self, sending: Sending) -> None:
        """Wait for room: while there is none, at least one event must be taken meanwhile."""
        before = self.queue.metrics()
        await sending
        now = self.queue.metrics()
        full = self.plan.max_queued is not None and before.queued > self.plan.max_queued
        went_on = now.accepted - now.queued > before.accepted - before.queued
        self.ledger.note(not full or went_on, "a sender did not wait for room")

    async def wait_for(self, waiter: Waiter) -> None:
        """Wait for an event, and note what that gave."""
        event, ledger = waiter.event, self.ledger
        waiter.began = virtual_loop().turns
        try:
            results = await event.wait()
            ledger.note(results is event.result, f"wait() of {event} gave something else")
        except (Interrupt, Exiting) as exc:
            waiter.got = exc
            ledger.note(
                any(exc in raised for raised in ledger.interrupts.values()),
                f"{exc!r} was never raised",
            )
        waiter.ended = virtual_loop().turns

    def wait_for_all(self, number: int, step: WaitForAll) -> None:
        """Wait for all events accepted so far."""
        events: list[CollectorEvent] = []

        async def wait() -> None:
            events.extend(self.ledger.events.values())
            await self.queue.get_publisher().wait()
            self.ledger.note(all(event.done for event in events), "publisher.wait() was too early")

        task = self.begin(f"wait() of step {number}", wait(), step.cancelled, at_once=step.at_once)
        self.barriers.append(Barrier(task, events))

    def pause(self, step: Pause | Resume | StepOn) -> None:
        """Pause, resume or step."""
        queue, ledger = self.queue, self.ledger
        if not queue.running or (isinstance(step, StepOn) and not queue.paused):
            expected = RuntimeError if queue.running else QueueClosedError
            with suppress(expected):
                getattr(queue, {Pause: "pause", Resume: "resume", StepOn: "step"}[type(step)])()
                ledger.note(False, f"{step} was not refused")
        elif isinstance(step, Pause):
            queue.pause()
            now = queue.metrics()
            ledger.taken_before, ledger.steps_allowed = now.accepted - now.queued, 0
        elif isinstance(step, Resume):
            queue.resume()
        else:
            queue.step(step.n)
            ledger.steps_allowed += step.n
        ledger.note(not isinstance(step, Resume) or not queue.paused, "it is still paused")

    async def change(self, step: Change) -> None:
        """Add, replace or remove a collector."""
        with suppress(ValueError, UnknownCollectorError, QueueClosedError, OSError):
            if step.method == "remove":
                await self.queue.remove(step.place.key)
            else:
                await getattr(self.queue, step.method)(self.actors.collector(step.place))

    async def settle(self, step: Settle) -> None:
        """Wait until the queue has settled, and compare the report with what is known."""
        loop, ledger = virtual_loop(), self.ledger
        began, computed = loop.time(), ledger.computed
        report = await self.queue.settle(step.timeout)
        now, took = self.queue.metrics(), loop.time() - began
        late = took - step.timeout - (ledger.computed - computed)
        ledger.note(late < 1e-9, f"settle({step.timeout}) took {took} s")
        ledger.note(abs(report.waited - took) < 1e-9, f"it took {took} s, {report} says otherwise")
        in_service = {one.event for one in report.in_service}
        told = (report.settled, len(in_service), len(report.queued))
        still = not report.lifecycles
        known = (now.accepted == now.finished and still, now.in_service, now.queued)
        ledger.note(told == known == (bool(report), *known[1:]), f"{report} is not {known}")
        ledger.check_report(report)

    async def start(self) -> None:
        """Start the queue; lifecycles may fail."""
        with suppress(OSError):
            await self.queue.init_queue()

    async def stop(self) -> None:
        """Shut the queue down; lifecycles may fail."""
        stopping = Stopping(virtual_loop().time())
        self.ledger.stops.append(stopping)
        try:
            with suppress(OSError):  # also in a group
                await self.queue.shut_down_queue()
        except asyncio.CancelledError:
            stopping.cancelled = True
            raise
        self.ledger.check_stopped()

    # The end

    async def end(self) -> None:
        """Shut down for good, see who is left, and let those go on who linger."""
        if self.plan.released:
            self.actors.release(for_good=True)
        for cancelled in (self.plan.cancelled, 0, 0):
            self.begin("the last shutdown", self.stop(), cancelled)
            await asyncio.wait(self.tasks, timeout=PATIENCE)
        waiting = [task for task in self.tasks if not task.done()]
        for task in waiting:
            self.ledger.note(False, f"{task.get_name()} was not woken")
            task.cancel()
        self.actors.release(for_good=True)
        await asyncio.sleep(LINGERS + 1)
        self.ledger.check()
        left = tasks_but_keepers() - {asyncio.current_task()} - set(waiting)
        self.ledger.note(not left, f"tasks were left: {sorted(map(asyncio.Task.get_name, left))}")
