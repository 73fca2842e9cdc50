"""Batches: what a collector with `batch_size` gathers, and gives to its processor in one list.

An event that comes to such a collector joins the batch that is filling and waits in it, as it would
wait in a processor: its consumer stays with it. So nothing else of the engine knows of batches, and
a collector without them pays nothing. A batch is sent off when it is full; `_look` sends off what
has to go for another reason, once in each turn of the loop while a batch is filling. Nobody needs a
timer for that: a batch that nobody looks at is one that nothing can be added to.

A batch runs in a task of its own, in a copy of the context in which the queue was started, by the
collector's own `_guarded`: its place, its time and its end are those of one payload.

The stop button may strike anywhere in here, once. What must not be lost is done twice, by two that
the loop calls one after the other, the second for the case that the first was struck.
"""

import asyncio
import contextvars
from collections.abc import Callable
from operator import call
from typing import Any

from event_collector._core.batch import Batch, Beginning, Gathering, Member
from event_collector._core.service import IN_SERVICE
from event_collector._core.shares import shares_of
from event_collector._core.watch import Watch
from event_collector.data import Payload

BATCH = "event_collector batch"
"""How the names of the tasks begin in which batches run."""


class Batches:
    """The batches of a queue's collectors, from its start to its end in one loop.

    Args:
        watch: The queue's watch.
        context: In which the queue was started, with the mark of its service.
        busy: Says whether a consumer can take an event now, and sees to it that one does.
    """

    def __init__(
        self, watch: Watch, context: contextvars.Context, busy: Callable[[], bool]
    ) -> None:
        self.watch = watch
        self.context = context
        self.busy = busy
        self.waiting: dict[Batch, None] = {}
        """Those that have not been sent off, in the order of their first payloads."""
        self.at_work: dict[asyncio.Task[Any], Batch] = {}
        self._filling: dict[Gathering, Batch] = {}
        """Of those that wait, the one that takes more, by collector."""
        self._armed: list[bool] = []
        """Whether `_look` is about to be called: empty if not."""
        self._hurries = False

    def filling(self, collector: Gathering) -> "Batch":
        """The batch that takes a collector's next payload."""
        if (batch := self._filling.get(collector)) is None:
            # A look that is about to come was asked for before it: those that are about to wake may
            # add to it, and have their turn first.
            batch = Batch(self, collector, young=bool(self._armed))
            self.waiting[batch] = None
            self._filling[collector] = batch
        if not self._armed:  # for an old one too: who began it may have been struck before this
            self.look_soon()
        return batch

    def send_off(self, collector: Gathering | None = None) -> None:
        """Send off what has gathered for a collector, or for all."""
        for batch in list(self.waiting):
            if collector is None or batch.collector is collector:
                self.start(batch)

    def hurry(self) -> None:
        """The queue is shut down: let nothing linger any more.

        Not here and now: where its loop ends, nothing is to begin, and who waits is cancelled.
        """
        self._hurries = True
        if self.waiting:
            self.look_soon()

    def start(self, batch: "Batch") -> None:
        """Send a batch off: it takes nothing more, and runs as soon as it has a place."""
        if self._filling.get(batch.collector) is batch:
            del self._filling[batch.collector]
        if batch.task is not None:
            if batch.task.done():  # it was struck before it had begun
                batch.settle()
        elif batch.empty():
            self.drop(batch)
        else:
            # It notes itself as it begins, see `Batch.run`. If no stack is left for that, `_look`
            # tries again.
            task = asyncio.Task(
                batch.run(),
                loop=self.watch.loop,
                name=f"{BATCH} of {batch.collector.key!r}",
                context=batch.context,
                eager_start=True,
            )
            if batch.task is None and task.done() and not task.cancelled():
                task.exception()  # asked for: it is not worth a word of asyncio's
            del task

    def drop(self, batch: "Batch") -> None:
        """Nobody waits in a batch any more, or it has begun to run."""
        if self._filling.get(batch.collector) is batch:
            del self._filling[batch.collector]
        self.waiting.pop(batch, None)

    def look_soon(self) -> None:
        """See in the next turn of the loop which batches have to go."""
        if self._armed or self.watch.loop.is_closed():
            return
        # What the loop calls is of C up to where the flag is cleared, see `TimeSlice.over`.
        turn = map(call, (self._armed.clear, self._look))
        self.watch.loop.call_soon(any, turn, context=self.context)
        self._armed.append(True)
        self.watch.loop.call_soon(self._look_if_struck, context=self.context)

    def _look_if_struck(self) -> None:
        if self.waiting and not self._armed:
            self._look()

    def _look(self) -> None:
        """Send off what is full, or has lingered, or what no consumer can add to now."""
        try:
            idle = bool(self.waiting) and (self._hurries or not self.busy())
            for batch in list(self.waiting):
                young, batch.young = batch.young, False
                due = (idle and not young) or batch.has_lingered()
                if due or batch.full or batch.task is not None:
                    self.start(batch)
        finally:
            if self.waiting:
                self.look_soon()


async def join(
    collector: Gathering, payload: Payload[Any], ctx: Any, begin: Beginning | None = None
) -> Any:
    """Join the collector's batch, wait for the end of it, and return this payload's share.

    Outside of a queue nobody knows what else will come: the payload is a batch by itself.
    """
    here = IN_SERVICE.get(None)
    batches: Batches | None = None if here is None else here.watch.batches()
    if here is None or batches is None or here.watch.loop is not asyncio.get_running_loop():
        value = await collector._guarded([payload], ctx)
        (share,) = shares_of(collector.key, 1, value, None)
        del value
        return share
    batch = batches.filling(collector)
    member = Member(payload, here.event, begin)
    del here
    try:
        batch.members[member] = None
        if batch.full:
            batches.start(batch)
        return await batch.wait(member)
    finally:
        batch.leave(member)
        del begin, payload, member, batch
