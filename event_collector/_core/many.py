"""Many payloads, sent one after the other, each when there is room; and who is told how far it is.

`EventPublisher.send_all` is what uses it.
"""

from collections.abc import AsyncIterable, Callable, Iterable, Sequence, Sized
from typing import TYPE_CHECKING, Any, Protocol

from event_collector import _check
from event_collector._core.consumers import Consumers
from event_collector._log import logger
from event_collector._text import one_line
from event_collector.data import Payload
from event_collector.errors import QueueClosedError

if TYPE_CHECKING:
    import asyncio

    from event_collector._core.waiting import Room
    from event_collector.event import CollectorEvent


EVERY = 0.1
"""Seconds between two calls of `progress`, at least."""

type Progress = Callable[[int, int | None], object]
"""Told how many are accepted, and how many there are; None where that is not known."""


EARLY = "progress of send_all() raised when it ended early"


class Sender(Protocol):
    """A publisher, as far as this knows it."""

    def send(self, payload: Payload[Any], /) -> Any:
        """Accept a payload; what it returns has the event and can be awaited."""

    def _check_open(self, method: str, /) -> None:
        """Raise unless the queue accepts payloads here."""


class Many:
    """The sending of many payloads.

    Args:
        sender: Who sends them.
        consumers: Who takes them.
        progress: Who is told how far it is.
    """

    def __init__(self, sender: Sender, consumers: Consumers, progress: Progress | None) -> None:
        self.events: list[CollectorEvent] = []
        self.accepted = 0
        """How many payloads the queue has accepted."""
        self._sender = sender
        self._consumers = consumers
        self._progress = progress
        self._total: int | None = None
        self._begun = False
        self._told: int | None = None
        """How many were accepted when `progress` was last called."""
        self._told_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        """Will tell what was accepted meanwhile, if the source rests or the queue is full."""
        self._fault: Exception | None = None
        """What `progress` raised when the timer called it."""

    async def send_all(self, payloads: Iterable[Any] | AsyncIterable[Any]) -> None:
        """Send all; if that ends early, the exception has a note that says how many were."""
        try:
            self._begin(payloads)
            if isinstance(payloads, AsyncIterable):
                async for payload in payloads:
                    await self._send(payload)
            else:
                for payload in payloads:
                    await self._send(payload)
            self._tell()
        except BaseException as exc:
            self._end(exc)
            if isinstance(exc, StopIteration):
                raise self._runtime_error() from exc
            raise
        finally:
            self._stop_timer()
            self._fault = None

    def _begin(self, payloads: object) -> None:
        """See whether they can be sent, as far as that can be seen without sending any."""
        if not _can_be_gone_through(payloads):
            raise TypeError(
                f"send_all() takes an iterable of Payloads, got {type(payloads).__name__}: "
                f"{one_line(payloads)}; write [payload]"
            )
        if self._progress is not None:
            _check.plain_function(self._progress, "progress", "a function of two counts")
        if isinstance(payloads, Sequence):
            for number, payload in enumerate(payloads):
                self._check(number, payload)
        self._total = len(payloads) if isinstance(payloads, Sized) else None
        self._sender._check_open("send_all")
        self._watch = self._consumers.watch
        self._told_at = self._consumers.time()
        self._begun = True

    async def _send(self, payload: Payload[Any]) -> None:
        """Send one, when there is room for it."""
        self._check(len(self.events), payload)
        self._check_same_run()
        try:
            await self._accept(payload)
        except BaseException:
            # A place that was given to this one, and was not used, is the next one's.
            if (room := self._consumers.queued.room) is not None:
                room.pass_on(len(self._consumers.queued))
            raise

    async def _accept(self, payload: Payload[Any]) -> None:
        consumers, queued = self._consumers, self._consumers.queued
        waited: Room | None = None
        # Not in one room twice: it has given the place away to this one, others wait there still.
        while (room := queued.room) is not waited and room is not None and room.full(len(queued)):
            await room.place(queued)
            self._check_same_run()
            waited = room
        before = consumers.tally.accepted
        try:
            sending = self._sender.send(payload)
        finally:  # an interrupt in a hook comes when it is accepted already
            self.accepted += consumers.tally.accepted > before
        self.events.append(sending.event)  # before it is awaited, for the same reason
        await self._hand_over(sending)

    async def _hand_over(self, sending: Any) -> None:
        """Let others have their turn, and tell how far it is, when it is time to."""
        if self._progress is not None and self._timer is None:
            # A little later than it is told below, which comes first while payloads come.
            when = self._told_at + EVERY * 1.05
            self._timer = self._consumers.loop.call_at(when, self._tell_late)
        await sending
        if self._fault is not None:
            raise self._fault
        if self._progress is not None and self._consumers.time() - self._told_at >= EVERY:
            self._tell()

    def _check_same_run(self) -> None:
        self._sender._check_open("send_all")
        if self._consumers.watch is not self._watch:
            raise QueueClosedError("was shut down, and started again", "send the rest anew")

    def _tell(self) -> None:
        """Say how many are accepted."""
        self._stop_timer()
        if self._fault is not None:
            raise self._fault
        self._told_at, self._told = self._consumers.time(), self.accepted
        if self._progress is not None:
            self._progress(self.accepted, self._total)

    def _tell_late(self) -> None:
        """The same by the timer: nothing was sent for a while."""
        self._timer = None
        try:
            self._tell()
        except Exception as exc:
            self._fault = exc  # raised where this is awaited, when the source goes on

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, exc: BaseException) -> None:
        """It ends early: say how many were accepted, unless `progress` knows or has raised it."""
        exc.add_note(self._note())
        fault, self._fault = self._fault, None
        if fault is not None and fault is not exc:  # the timer's, which nobody has heard of
            logger.error(EARLY, exc_info=fault)
        told = fault is not None or self._told == self.accepted
        if self._begun and not told and not isinstance(exc, GeneratorExit):
            try:
                self._tell()
            except Exception:
                logger.exception(EARLY)

    def _runtime_error(self) -> RuntimeError:
        """What Python makes of a StopIteration that leaves a coroutine, without the note."""
        error = RuntimeError("send_all() was ended by a StopIteration that was not its own")
        error.add_note(self._note())
        return error

    def _note(self) -> str:
        count = self.accepted
        return f"{count} {'payload was' if count == 1 else 'payloads were'} accepted"

    @staticmethod
    def _check(number: int, payload: object) -> None:
        if not isinstance(payload, Payload):
            raise TypeError(
                f"send_all() takes Payloads, got {type(payload).__name__} at place {number}: "
                f"{one_line(payload)}; wrap it: Payload(value)"
            )


def _can_be_gone_through(payloads: object) -> bool:
    """Whether `for` or `async for` can; `for` does with `__getitem__` alone, too."""
    if isinstance(payloads, str | bytes):
        return False
    has_items = hasattr(type(payloads), "__getitem__")
    return isinstance(payloads, Iterable | AsyncIterable) or has_items
