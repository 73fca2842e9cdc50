"""In passing: several collectors whose processors never wait get a payload one after the other.

Most of what a `Dispatch` keeps is for processors that wait. Where none does, and none fails or
leaves anything behind, it takes a third less to do without one. As soon as there is anything else,
what is known so far goes to a Dispatch, which gives the payload to the rest.
"""

import asyncio
from collections.abc import Sequence
from contextvars import Context, copy_context
from typing import Any, Protocol

from event_collector._awaitables import awaitable
from event_collector._core.dispatch import Dispatch
from event_collector._core.watch import BLOCKED, Watch, changed
from event_collector.collector import Collector
from event_collector.data import Ok, Payload, Result


class Giver(Protocol):
    """A consumer, as far as this knows it."""

    watch: Watch
    collector: Collector | None
    so_far: list[Result] | None
    """The results of the first of the collectors, while this goes on."""

    def report_blocking(self, now: float, /) -> None: ...

    def ends(self) -> None: ...


async def give(me: Giver, payload: Payload[Any], chosen: Sequence[Collector]) -> bool:
    """Give a payload to one collector after the other, until all have had it or one is not so.

    The results are appended to `me.so_far`: wherever an interrupt strikes, they are there. What a
    processor raises is raised; it is the first one without a result, if that is `me.collector`.

    Returns:
        Whether all have had it, all results are Oks, and nothing is to be seen to.
    """
    results = me.so_far
    assert results is not None
    watch, task, usual = me.watch, asyncio.current_task(), None
    assert task is not None
    time, slice_, context = watch.time, watch.slice, copy_context()
    cancelling = task.cancelling
    try:
        for collector in chosen:
            if collector._waits:
                return False
            me.collector = collector
            value = await collector._run(payload, collector._ctx)
            # As `Dispatch.walk` does it.
            if type(value) is Ok and (
                (kind := type(value.value)) is usual or not awaitable(value.value)
            ):
                usual = kind
                collector.processed += 1
            elif type(value := collector._returned(value)) is not Ok:
                results.append(value)
                return False
            results.append(value)
            now = time()
            if now - watch.mark > BLOCKED:
                me.report_blocking(now)
            watch.mark = now
            if now >= slice_.end or cancelling() or copy_context() != context:
                return False
        return True
    finally:
        # What a processor raises has this frame in its traceback, and becomes one of the results.
        del results, me, context, task, cancelling
        value = None


def go_on(me: Giver, dispatch: Dispatch, context: Context, exc: BaseException | None) -> bool:
    """Give a Dispatch what `give` has come to; return whether it may go on in this very task.

    Args:
        me: Who has given the payload so far.
        dispatch: Of the same payload and collectors.
        context: The current one, as it was before.
        exc: What was raised, by a processor or by the stop button in between.
    """
    if me.collector is not None:
        me.ends()  # it may have held the loop for too long
    so_far, dispatch._context = me.so_far or [], context
    place = len(so_far)
    dispatch.results[:place] = so_far
    dispatch.all_ok = False
    if exc is not None:
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            dispatch.interrupt = exc
        if place < len(dispatch.collectors) and me.collector is dispatch.collectors[place]:
            dispatch.results[place] = dispatch.collectors[place]._raised(exc)
            place += 1
    dispatch.next = place
    del exc, so_far  # it has this frame in its traceback
    task = asyncio.current_task()
    return not (task is None or task.cancelling() or changed(context))
