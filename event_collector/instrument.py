"""Instrument: told of what happens in a queue, as it happens.

A tracer, an exporter, a progress bar, a recorder, a panel: each is an Instrument. History is one.

>>> import asyncio
>>> from event_collector import Collector, CollectorQueue, Ok, Payload
>>> class Tracer(Instrument):
...     def begun(self, event, collector):
...         print(f"event {event.id} begins in {collector.key!r}")
...     def finished(self, event):
...         print(f"event {event.id} is done: {event.result}")
>>> async def echo(payload, ctx):
...     return Ok(payload.value)
>>> async def main():
...     queue = CollectorQueue([Collector("echo", echo)], min_consumers=1, max_consumers=1)
...     queue.add_instrument(Tracer())
...     async with queue:
...         await queue.get_publisher().send(Payload("hello"))
>>> asyncio.run(main())
event 1 begins in 'echo'
event 1 is done: ResultList([Ok('hello')])
"""

from collections.abc import Callable
from typing import Any

from event_collector._log import logger
from event_collector.data import Result
from event_collector.event import CollectorEvent

__all__ = ["Instrument", "on_new_queue"]


_on_new_queue: list[Callable[[Any], object]] = []
"""Who is told of each queue that is made."""


class Instrument:
    """Told of what happens in a queue: write a subclass with the hooks that you need.

    Every hook is optional, and only those that a subclass or an object has are ever called. A hook
    is a method, or any other callable, such as the `append` of a deque set in `__init__`; not an
    async one. It is called in the queue's loop, in the middle of the queue's work: let it be short,
    and never wait. What it returns is not looked at. `CollectorQueue.add_instrument` adds one, and
    looks its hooks up then: one that is set later is not called.

    Of an event that is accepted after that, an instrument hears everything; of one that was there
    before, nothing: what it counts adds up. One that is removed hears nothing more; if a hook does
    it (its own or another's) that is told of an event, it still hears of that event to its
    `finished`, and of nothing else. A hook that raises an Exception is logged, and its instrument
    is removed at once; the queue goes on.
    KeyboardInterrupt and SystemExit pass to whoever sends or waits, as those of a processor do,
    when the other instruments have been told.

    What it costs: nothing while no instrument has the hook. An event with a trivial processor takes
    a third longer with `accepted`, almost twice as long with `taken`, `finished` or `timed`, and
    three times as long with `begun` or `ended`: some microseconds. In a queue with
    `carry_context=True` it takes a sixth longer with `timed`, where one collector gets it that has
    no limits. `python -m benchmarks.hooks` measures it.
    """

    accepted: Callable[[CollectorEvent], object]
    """accepted(event): A send has accepted a payload; the caller of `send` goes on afterwards."""
    taken: Callable[[CollectorEvent], object]
    """taken(event): A consumer has taken the event; `event.consumer` and `taken_at` tell."""
    begun: Callable[[CollectorEvent, Any], object]
    """begun(event, collector): The collector's processor is about to run, and has its place under
    `max_concurrency`. Called in the very context in which it runs: what the hook sets in a context
    variable is seen by the processor, and by the tasks and `to_thread` threads that it starts. Of a
    batch it is called for each event in order, in the one context of the batch."""
    ended: Callable[[CollectorEvent, Any, Result], object]
    """ended(event, collector, result): The processor has ended, with this Ok or Error. Called in
    the context in which it ran, once for each `begun`, unless its loop was closed before. Where a
    forced shutdown cancelled it, this is the CancelledError that it ended with, and may come after
    `finished`; the event's result says that it was cut off."""
    finished: Callable[[CollectorEvent], object]
    """finished(event): All results are in. Exactly once for every accepted event, whether it was
    processed, cut off by a shutdown, or left behind by a loop that was closed; called in no event's
    context. `event.peek()` gives the results without counting as somebody who asked for them. One
    that was cut off before it was taken has one Error without a key, and `taken_at` is None."""
    timed: Callable[[Any, float], object]
    """timed(collector, seconds): The collector's processor has ended, and took so many seconds
    since it had its payload and its place under `max_concurrency`; in a batch, since that began.
    Of no event, and called in no event's context: that is why it costs little."""
    collectors_changed: Callable[[], object]
    """collectors_changed(): A collector was added, replaced or removed."""
    limits_changed: Callable[[], object]
    """limits_changed(): `set_limits` was called; the queue's limits are the new ones already."""
    interrupted: Callable[[BaseException], object]
    """interrupted(exc): A processor raised KeyboardInterrupt or SystemExit, and nobody waits for
    its event. With this hook it counts as handled; without, or if the hook raises, it is raised in
    the loop, which ends it."""
    loop_turn: Callable[[], object]
    """loop_turn(): Once after each turn of the loop in which consumers took or finished events, as
    the first thing that the queue does in the next one: whatever else was due has had its turn. Not
    called after turns in which processors only went on."""


def on_new_queue(call: Callable[[Any], object]) -> Callable[[], None]:
    """Have a function called with each CollectorQueue that is made from now on, in any thread.

    For tools that watch a whole process, and add an instrument to each queue. It is called at the
    end of the queue's constructor; the queue does not run yet. What it raises is logged.

    Args:
        call: Called with the queue. Nothing else is kept of the queue here.

    Returns:
        A function that ends it; called again, it does nothing.

    Raises:
        TypeError: `call` cannot be called.
    """
    if not callable(call):
        raise TypeError(f"on_new_queue() takes a function of one queue, got {type(call).__name__}")

    def told(queue: Any) -> None:  # given twice it is told twice, and each ends by itself
        call(queue)

    _on_new_queue.append(told)

    def end() -> None:
        if told in _on_new_queue:
            _on_new_queue.remove(told)

    return end


def announce(queue: Any) -> None:
    """Tell of a queue that was made; the queue calls it."""
    for call in tuple(_on_new_queue):
        try:
            call(queue)
        except Exception:
            logger.exception("%r, told of a new queue, raised", call)
