"""Where a collector's lifecycle has ended by itself: in which of the queues that it is in.

Each queue enters the lifecycle for itself. One that has ended says nothing of the others.
"""

from weakref import WeakKeyDictionary

from event_collector._core.service import IN_SERVICE
from event_collector.errors import LifecycleEndedError


class Dead:
    """The queues in which it has ended, and what their payloads get. A queue's attendance, of which
    there is one as long as the queue lives, stands for the queue."""

    __slots__ = ("in_queues",)

    def __init__(self) -> None:
        self.in_queues: WeakKeyDictionary[object, LifecycleEndedError] = WeakKeyDictionary()

    def __reduce__(self) -> tuple[type["Dead"], tuple[()]]:
        return Dead, ()  # a collector that is pickled is in no queue

    def note(self, queue: object, ended: LifecycleEndedError | None) -> None:
        """It has ended in a queue; or, with None, that is over."""
        if ended is None:
            self.in_queues.pop(queue, None)
        else:
            self.in_queues[queue] = ended

    def among(self, queue: object) -> LifecycleEndedError | None:
        """Why the payloads of a queue get Errors; None if they do not."""
        return self.in_queues.get(queue)

    def here(self) -> LifecycleEndedError | None:
        """The same of the queue in whose service this runs.

        Outside of a queue nobody knows which one's context would be used: any of them counts.
        """
        here = IN_SERVICE.get(None)
        queue = None if here is None else here.watch.attendance()
        if queue is None:
            return next(iter(self.in_queues.values()), None)
        return self.among(queue)
