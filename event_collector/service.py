"""Service: for which event and collector code runs, for tools that keep what processors do.

It tells more than `CollectorQueue.current_event`: which collector's processor it is, also of what a
processor has left behind when its event is done, and it can call back when the processor has ended.

>>> import asyncio
>>> from event_collector import Collector, CollectorQueue, Ok, Payload
>>> def note(text):
...     (service,) = current_services()
...     print(f"event {service.event_ids[0]}, {service.key!r}: {text}")
>>> async def double(payload, ctx):
...     note("begun")
...     current_services()[0].at_end(lambda: note("ended"))
...     return Ok(2 * payload.value)
>>> async def main():
...     collectors = [Collector("double", double)]
...     queue = CollectorQueue(collectors, min_consumers=1, max_consumers=1, carry_context=True)
...     async with queue:
...         await queue.get_publisher().send(Payload(21))
>>> asyncio.run(main())
event 1, 'double': begun
event 1, 'double': ended
"""

from collections.abc import Callable

from event_collector._core.batch import InBatch
from event_collector._core.service import IN_SERVICE, InService
from event_collector.event import CollectorEvent
from event_collector.queue import CollectorQueue

__all__ = ["Service", "current_services"]


class Service:
    """One collector's processor at work on an event or a batch, or what it has left behind."""

    __slots__ = ("_mark",)

    def __init__(self, mark: InService) -> None:
        self._mark = mark

    @property
    def event_ids(self) -> tuple[int, ...]:
        """The event's id; of a batch, the ids of all its events, in order."""
        mark = self._mark
        return mark.numbers if isinstance(mark, InBatch) else (mark.number,)

    @property
    def key(self) -> str:
        """The collector's key."""
        assert self._mark.keys is not None
        return self._mark.keys[0]

    @property
    def events(self) -> tuple[CollectorEvent, ...]:
        """The event, or those of the batch; none once they are done, since this is not to keep
        them."""
        mark = self._mark
        events = mark.events if isinstance(mark, InBatch) else (mark.event,)
        return tuple([event for event in events if event is not None and not event.done])

    def is_of(self, queue: CollectorQueue) -> bool:
        """Whether it is a queue that the processor works for."""
        return self._mark.watch.attendance() is queue._consumers.attendance

    def at_end(self, call: Callable[[], object]) -> bool:
        """Call a function when the processor has ended: in its context, before its event is done.

        From whatever thread. What it raises is logged, and changes no result; KeyboardInterrupt and
        SystemExit pass to whoever waits, as those of a processor do, when the others were called.

        Returns:
            Whether it will be called: False if the processor has ended already.
        """
        return bool(self.events) and self._mark.wait_for_end(call)

    def __eq__(self, other: object) -> bool:
        return self._mark is other._mark if isinstance(other, Service) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._mark)

    def __repr__(self) -> str:
        which = f"event {self.event_ids[0]}" if len(self.event_ids) == 1 else "a batch"
        return f"Service({which}, {self.key!r})"


def current_services() -> list[Service]:
    """For which events and collectors the code that calls this runs, the innermost first.

    Empty where it runs for none. There are several where a queue was started in a processor. In the
    tasks and threads that a processor starts it is as in the processor, as long as they live. Of a
    queue with `carry_context=True` all is known; of another one only from when its `current_event`
    was first asked, and never of a processor that a custom router calls by itself.
    """
    services, here = [], IN_SERVICE.get(None)
    while here is not None:
        if here.keys is not None and not (isinstance(here, InBatch) and not here.numbers):
            services.append(Service(here))
        here = here.outer
    return services
