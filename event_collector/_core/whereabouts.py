"""Whereabouts: which consumer, and which event, the code that asks runs for."""

import asyncio
from collections.abc import Mapping
from typing import Any

from event_collector._core.awaiting import awaiting
from event_collector._core.batch import Batch, InBatch
from event_collector._core.consumer import Consumer
from event_collector._core.dispatch import outermost
from event_collector._core.service import IN_SERVICE
from event_collector._core.watch import Runner, Watch
from event_collector._tracebacks import is_own, variable
from event_collector.event import CollectorEvent


def consumers_in(
    task: asyncio.Task[Any] | None, active: Mapping[int, Consumer], watch: Watch
) -> list[Consumer]:
    """The consumer whose event's processor or router runs in this very task; several, if the
    processor has a batch of events.

    Or in one that a custom router has made to give the event's payload to collectors.
    """
    outer = outermost(task)
    if (events := _batch_in(outer, watch)) is not None:
        return [one for one in active.values() if one.event is not None and one.event in events]
    for consumer in active.values():
        if consumer.task is outer:
            return [consumer]
    return givers_in(task, active, watch)


def _batch_in(task: asyncio.Task[Any] | None, watch: Watch) -> tuple[CollectorEvent, ...] | None:
    """The events of the batch whose processor runs in this very task; None if none does."""
    batches = watch.batches()
    batch = None if batches is None or task is None else batches.at_work.get(task)
    events: tuple[CollectorEvent, ...] | None = None if batch is None else batch.events
    return events


def consumers_for(
    task: asyncio.Task[Any] | None,
    active: Mapping[int, Consumer],
    watch: Watch,
    *,
    late: bool = False,
    guess: bool = True,
) -> list[Consumer]:
    """The consumers whose processor or router waits for this task, the current one: it runs in it,
    or is still in service, and has started it, or a task that did, and somebody waits for that.

    A task that nobody waits for, so far, is free to do what it likes: to have one's service shut
    down, a processor starts it and goes on.

    Args:
        task: The current task.
        active: The consumers at work, by number.
        watch: The queue's.
        late: Those too that have not started it, and cannot go on without it.
        guess: Whether a task that an eager factory has begun within its maker's own step, so that
            nobody could wait for it yet, counts as waited for, unless it only calls the queue.
    """
    if (found := consumers_in(task, active, watch)) or task is None:
        return found
    here = IN_SERVICE.get(None)
    if here is not None and here.watch is watch and _is_waited_for(task, active, watch, guess):
        events = here.events if isinstance(here, InBatch) else (here.event,)
        served = [(event, active.get(event.consumer or 0)) for event in events if event is not None]
        return [one for event, one in served if one is not None and one.event is event]
    if not late:
        return []
    needing = awaiting(task, waiters_of, needs=True)
    by_number = {one.number: one for each in needing for one in consumers_in(each, active, watch)}
    return list(by_number.values())


def _is_waited_for(
    task: asyncio.Task[Any], active: Mapping[int, Consumer], watch: Watch, guess: bool
) -> bool:
    """Whether a processor waits for a task."""
    begun_within = getattr(asyncio.tasks, "_eager_tasks", ()) if guess else ()
    return any(
        consumers_in(waits, active, watch) or (waits in begun_within and not calls_only(waits))
        for waits in awaiting(task)
    )


def waiters_of(task: asyncio.Task[Any]) -> list[asyncio.Future[Any]]:
    """What is done only when the events are that this task works on, of whatever queue: the futures
    of those who wait for one of them, or for all events."""
    outer = outermost(task)
    steps = None if outer is None else outer.get_coro()
    frame = getattr(steps, "cr_frame", None)
    if frame is None:
        return []
    if frame.f_code is Consumer.work.__code__:
        consumer: Consumer = variable(frame, "self")
        return consumer.awaited()
    if frame.f_code is Batch.run.__code__:
        batch: Batch = variable(frame, "self")
        waiters = [member.waiter for member in batch.members]
        return [waiter for waiter in waiters if waiter is not None]
    return []


def calls_only(task: asyncio.Task[Any]) -> bool:
    """Whether a task does nothing but call the engine, so that nobody else's code waits in it."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and is_own(code)


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
    event: CollectorEvent,
    active: Mapping[int, Consumer],
    watch: Watch,
) -> bool:
    """Whether this very event is processed in this task: waiting for it here is for ever."""
    consumer = None if event.consumer is None else active.get(event.consumer)
    if consumer is None or consumer.event is not event:
        return False
    if event in (_batch_in(outermost(task), watch) or ()):
        return True
    return consumer.runs_in(task) or givers_in(task, active, watch) == [consumer]


def is_served_for(
    task: asyncio.Task[Any] | None,
    event: CollectorEvent,
    active: Mapping[int, Consumer],
    watch: Watch,
    *,
    late: bool,
) -> bool:
    """Whether this very event is processed in this task, or in one that waits for it by now: of
    its own making, or, if it is `late`, whoever has started it."""
    if task is None:
        return False
    waiting = awaiting(task, waiters_of, needs=True) if late else awaiting(task)
    return any(is_served_in(each, event, active, watch) for each in waiting)


def event_here(watch: Watch) -> CollectorEvent | None:
    """The event of this watch's queue for which the code that asks runs, as far as can be told."""
    here = IN_SERVICE.get(None)
    while here is not None and here.watch is not watch:
        here = here.outer
    if here is None or here.event is not None:
        return None if here is None else here.event
    # The context has no event, or not any more. In a consumer's own task, and in its walkers', the
    # event is the one that it has now; its coroutine tells who it is.
    try:
        task = outermost(asyncio.current_task())
    except RuntimeError:  # a thread without a loop
        return None
    frame = None if task is None else getattr(task.get_coro(), "cr_frame", None)
    if frame is None or frame.f_code is not Consumer.work.__code__:
        return None
    consumer: Consumer = variable(frame, "self")
    return consumer.event if consumer.watch is watch else None


def batch_here(watch: Watch) -> tuple[CollectorEvent, ...] | None:
    """The events of this watch's queue that the batch has for which the code that asks runs; None
    if it runs for none."""
    here = IN_SERVICE.get(None)
    while here is not None and here.watch is not watch:
        here = here.outer
    return here.events if isinstance(here, InBatch) else None


def runner_in(task: asyncio.Task[Any] | None, active: Mapping[int, Consumer]) -> Runner | None:
    """Who of the consumers and their walkers runs a processor, or the router, in this task."""
    for consumer in active.values():
        if consumer.task is task:
            return consumer
        if (walk := consumer.dispatch) is not None and task in walk.walkers:
            return walk.walkers[task]
    return None
