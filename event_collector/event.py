"""CollectorEvent: one payload's way through the queue, its times and its results."""

import asyncio
from typing import Any, Protocol

from event_collector.data import Payload, ResultList


class Home(Protocol):
    """What an event asks of the queue that it is in: the consumers give it."""

    loop: asyncio.AbstractEventLoop

    async def wait_for(self, event: "CollectorEvent", /) -> None:
        """Return when an event is done."""


class CollectorEvent:
    """An accepted payload. It is queued, then taken by a consumer, then done.

    The times are readings of the loop's clock, `loop.time()`, in seconds.
    """

    __slots__ = (
        "_consumers",
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

    def __init__(self, number: int, payload: Payload[Any], now: float, consumers: Home) -> None:
        self.id = number
        self.payload = payload
        self.accepted_at = now
        self.taken_at = None
        self.finished_at = None
        self.consumer = None
        self._results: ResultList | None = None
        self._waiters: dict[asyncio.Future[None], bool] | None = None
        self._consumers = consumers

    @property
    def done(self) -> bool:
        """Whether the results are there."""
        return self._results is not None

    @property
    def result(self) -> ResultList | None:
        """The results, or None until all are in."""
        return self._results

    async def get_result(self) -> ResultList | None:
        """The results, or None until all are in. Never waits."""
        return self._results

    async def wait(self) -> ResultList:
        """Wait until all results are in, and return them.

        Any number of tasks may wait. Cancelling one changes nothing for the event or the others.

        Raises:
            RuntimeError: It is not done, and this is not the queue's loop.
            KeyboardInterrupt, SystemExit: A processor raised it while this waited.
        """
        if self._results is None:
            await self._consumers.wait_for(self)
        assert self._results is not None
        return self._results

    @property
    def wait_time(self) -> float | None:
        """Seconds from accepted to taken by a consumer; None while it is queued."""
        return None if self.taken_at is None else self.taken_at - self.accepted_at

    @property
    def service_time(self) -> float | None:
        """Seconds from taken to all results in; None until then."""
        if self.taken_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.taken_at

    @property
    def response_time(self) -> float | None:
        """Seconds from accepted to all results in; None until then."""
        return None if self.finished_at is None else self.finished_at - self.accepted_at

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
        waiters, self._waiters = self._waiters, None
        for waiter, caller in (waiters or {}).items():
            if waiter.done():
                continue
            if caller and interrupt is not None:
                waiter.set_exception(interrupt)
                interrupt = None
            else:
                waiter.set_result(None)
        return interrupt is None

    def __repr__(self) -> str:
        return f"CollectorEvent({self.id}, {self.status})"
