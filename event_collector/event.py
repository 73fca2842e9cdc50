"""CollectorEvent: one payload's way through the queue, its times and its results."""

import asyncio
import sys
from collections.abc import Generator, Sequence
from contextvars import Context
from typing import Any, Protocol

from event_collector._overriding import only_here
from event_collector.data import Ok, Payload, Result, ResultList

_new_list = ResultList.__new__

_CLOSES_QUIETLY = sys.version_info >= (3, 13)
"""Whether Python ends a generator that is dropped where it yields without running it. Before, it
runs to its end for that, and its frame was called by whoever dropped it: see `Pump.start_for`."""


class Home(Protocol):
    """What an event asks of the queue that it is in: the consumers give it."""

    loop: asyncio.AbstractEventLoop

    def start_for(self, event: "CollectorEvent", /) -> Generator[None]:
        """Get an event done now, if it can be, in the first step of this."""

    async def wait_for(self, event: "CollectorEvent", /) -> None:
        """Return when an event is done that is not done yet."""


class CollectorEvent:
    """An accepted payload. It is queued, then taken by a consumer, then done.

    The times are readings of the loop's clock, `loop.time()`, in seconds.

    An event that is done can be copied and pickled, if its payload and results can: the twin is
    done too, with the same id and times, and belongs to no queue. Before that it is a TypeError.
    """

    __slots__ = (
        "_consumers",
        "_keys",
        "_results",
        "_waiters",
        "accepted_at",
        "consumer",
        "finished_at",
        "id",
        "payload",
        "taken_at",
    )

    id: int
    """Its number among the events of its queue, counted from 1."""
    payload: Payload[Any]
    """The payload that was sent, the same object."""
    accepted_at: float
    """When the queue accepted it."""
    taken_at: float | None
    """When a consumer took it; None while it is queued."""
    finished_at: float | None
    """When all results were in; None until then."""
    consumer: int | None
    """The number of the consumer that took it, from 1; None while it is queued."""
    _keys: Sequence[str | None] | None
    """The keys of the collectors; None: not delivered. Set with the results, and not before."""
    _results: Result | list[Result] | ResultList | None
    """What the processors gave, as it is: one result, or several in a list. It becomes a ResultList
    when somebody asks. Most events of a service are never asked, and a list for each would be a
    third of what a kept event takes."""
    _waiters: dict[asyncio.Future[None], bool] | None
    """Who waits for its end; True for a caller, whom an interrupt may be passed on to."""
    _consumers: Home

    # No `__init__`: Python calls that of a class with slots in a roundabout way, which is a third
    # of what an event takes to be made. `Consumers.accept` sets all of these.

    @property
    def done(self) -> bool:
        """Whether the results are there."""
        return self._results is not None

    @property
    def result(self) -> ResultList | None:
        """The results, or None until all are in. Asking makes the event `retrieved`."""
        return None if self._results is None else self._make()

    def _make(self) -> ResultList:
        """The results, which are there, as a ResultList."""
        results = self._results
        if type(results) is ResultList:
            return results
        made = _new_list(ResultList)  # as `ResultList._of` does it
        if type(results) is list:
            made.extend(results)
        else:
            made.append(results)  # type: ignore[arg-type]  # not None: see above
        made._keys = self._keys
        self._results = made
        return made

    @property
    def retrieved(self) -> bool:
        """Whether anybody has asked for the results, and got them.

        By `result`, `get_result`, `wait`, a DataFrame of a History, or the Future of
        `send_threadsafe`. An Error that nobody retrieved is one that nobody has noticed.
        """
        return type(self._results) is ResultList

    def peek(self) -> ResultList | None:
        """The results, or None until all are in, without counting as somebody who asked.

        For instruments and displays, which show everything and notice nothing. The list is a copy.
        """
        results = self._results
        return None if results is None else _as_list(results, self._keys)

    async def get_result(self) -> ResultList | None:
        """The results, or None until all are in. Never waits."""
        return self.result

    async def wait(self) -> ResultList:
        """Wait until all results are in, and return them.

        Any number of tasks may wait. Cancelling one changes nothing for the event or the others.

        Raises:
            RuntimeError: It is not done, and this is not the queue's loop.
            KeyboardInterrupt, SystemExit: A processor raised it while this waited.
        """
        if self._results is None:
            if _CLOSES_QUIETLY:
                next(self._consumers.start_for(self))
            else:
                step = self._consumers.start_for(self)
                next(step)
                self._consumers.loop.call_soon(step.close)
                del step
            if self._results is None:
                await self._consumers.wait_for(self)
        results = self._results
        if type(results) is Ok:  # the usual case, without a call: as `_make` does it
            made = _new_list(ResultList)
            made.append(results)
            made._keys = self._keys
            self._results = made
            return made
        return self._make()

    @property
    def wait_time(self) -> float | None:
        """Seconds from accepted to taken by a consumer; None while it is queued."""
        taken_at = self.taken_at  # once: in another thread, it may just be parked
        return None if taken_at is None else taken_at - self.accepted_at

    @property
    def service_time(self) -> float | None:
        """Seconds from taken to all results in; None until then."""
        taken_at, finished_at = self.taken_at, self.finished_at
        return None if taken_at is None or finished_at is None else finished_at - taken_at

    @property
    def response_time(self) -> float | None:
        """Seconds from accepted to all results in; None until then."""
        finished_at = self.finished_at
        return None if finished_at is None else finished_at - self.accepted_at

    @property
    def status(self) -> str:
        """Where it is: "queued", "in service" or "done"."""
        if self._results is not None:
            return "done"
        return "queued" if self.taken_at is None else "in service"

    def _add_waiter(self, caller: bool) -> asyncio.Future[None]:
        """A future of its end; a `caller` is one whom an interrupt may be passed on to."""
        waiter = self._consumers.loop.create_future()
        if self._waiters is None:
            self._waiters = {}
        self._waiters[waiter] = caller
        return waiter

    def _wake(self, interrupt: BaseException | None) -> bool:
        """Wake all waiters, the first caller with the interrupt; say whether one took it."""
        for waiter, caller in (self._waiters or {}).items():
            if waiter.done():
                continue
            if caller and interrupt is not None:
                waiter.set_exception(interrupt)
                interrupt = None
            else:
                waiter.set_result(None)
        self._waiters = None  # last: struck in between, the others are still known
        return interrupt is None

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        only_here(CollectorEvent, cls)

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        if self._results is None:
            raise TypeError(
                f"event {self.id} is {self.status}, and its way through the queue cannot be copied "
                "or pickled; await its wait() first, or take its payload"
            )
        return _travelled, ({name: getattr(self, name) for name in _TRAVELS},)

    def __repr__(self) -> str:
        return f"CollectorEvent({self.id}, {self.status})"


_TRAVELS = (
    *("id", "payload", "accepted_at", "taken_at", "finished_at", "consumer"),
    *("_results", "_keys"),
)
"""What there is of an event that is done, and that belongs to no queue."""


def _travelled(parts: dict[str, Any]) -> CollectorEvent:
    """An event that has come from elsewhere. It is done: nobody needs its consumers."""
    event = CollectorEvent.__new__(CollectorEvent)
    event._waiters = None
    for name, part in parts.items():
        setattr(event, name, part)
    return event


class CarryingEvent(CollectorEvent):
    """An event of a queue with `carry_context`: it brings along the context it was sent in."""

    __slots__ = ("_context",)

    _context: Context | None
    """A copy of it; None when the event is done: nothing that it refers to is kept for longer."""


def _as_list(results: Result | list[Result], keys: Sequence[str | None] | None) -> ResultList:
    return ResultList._of(list(results) if isinstance(results, list) else [results], keys)
