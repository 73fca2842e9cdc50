"""Whereabouts: which consumer, and which event, the code that asks runs for."""

import asyncio
from collections.abc import Mapping
from typing import Any

from event_collector._core.consumer import Consumer
from event_collector._core.dispatch import outermost
from event_collector._core.watch import IN_SERVICE, Runner, Watch
from event_collector.event import CollectorEvent


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
    event: CollectorEvent,
    active: Mapping[int, Consumer],
    watch: Watch,
) -> bool:
    """Whether this very event is processed in this task: waiting for it here is for ever."""
    consumer = None if event.consumer is None else active.get(event.consumer)
    if consumer is None or consumer.event is not event:
        return False
    return consumer.runs_in(task) or givers_in(task, active, watch) == [consumer]


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
    consumer = frame.f_locals["self"]
    return consumer.event if consumer.watch is watch else None


def runner_in(task: asyncio.Task[Any] | None, active: Mapping[int, Consumer]) -> Runner | None:
    """Who of the consumers and their walkers runs a processor, or the router, in this task."""
    for consumer in active.values():
        if consumer.task is task:
            return consumer
        if (walk := consumer.dispatch) is not None and task in walk.walkers:
            return walk.walkers[task]
    return None
