"""Batch: many payloads on their way into a workbench, how far they are, and a way to stop."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from event_collector import CollectorEvent, Payload
from event_collector_widgets.tables import account
from event_collector_widgets.workbench import Workbench

_LOOK_BACK = 1_000
"""Among how many of the latest events the last one is looked for."""

_TURN = 1_000
"""How many events that are done are passed in one turn of the loop."""


class Batch:
    """The sending of many payloads, a row or a copy each.

    Args:
        bench: Where they go.
        make: Gives the payloads. It is called in another thread: it may take its time.
    """

    def __init__(self, bench: Workbench, make: Callable[[], list[Payload[Any]]]) -> None:
        self._bench = bench
        self._make = make
        self._payloads: list[Payload[Any]] | None = None
        self._given = 0
        self._sending: asyncio.Task[Any] | None = None
        self._left: list[CollectorEvent] | None = None
        self._cancelled = False

    async def run(self) -> str:
        """Send them, wait until they are done, and return what became of them in a line.

        Raises:
            Exception: As from `Workbench.send_all`; a note tells how many were accepted.
        """
        self._payloads = await asyncio.to_thread(self._make)
        if self._cancelled:
            return self._stopped()
        errors: list[BaseException] = []
        self._sending = self._bench.loop.start(self._bench.send_all(self), errors.append)
        try:
            await asyncio.wait([self._sending])
        finally:
            self._sending.cancel()  # where this is cancelled itself
        if self._sending.cancelled():
            return self._stopped()
        if errors:
            raise errors[0]
        events: list[CollectorEvent] = self._sending.result()
        self._left = events
        for number, event in enumerate(events):
            if not event.done:
                await event.wait()
            elif number % _TURN == 0:
                await asyncio.sleep(0)
        return await asyncio.to_thread(account, events)

    def cancel(self) -> None:
        """Accept no more of them. What was accepted stays."""
        self._cancelled = True
        if self._sending is not None:
            self._sending.cancel()

    @property
    def can_be_cancelled(self) -> bool:
        """Whether some are not accepted yet."""
        return self._left is None and not self._cancelled

    def progress(self) -> tuple[int, int, str]:
        """How many were sent, of how many, and the same in words."""
        if self._payloads is None:
            return 0, 1, "makes the payloads"
        total = len(self._payloads)
        if self._left is not None:
            self._left = [event for event in self._left if not event.done]
            return total, total, f"{total:,} sent, {total - len(self._left):,} done"
        queued, most = self._bench.metrics().queued, self._bench.queue.max_queued
        full = most is not None and queued >= most
        accepted = max(self._given - full, 0)  # one of them waits for its room
        told = f"{accepted:,} of {total:,} sent"
        if full:
            told += f"; waits for room ({queued:,} queued of {most:,})"
        elif not self._given:
            told += "; waits until every collector is in its place"
        return accepted, total, told

    def __len__(self) -> int:
        return len(self._payloads or ())

    def __iter__(self) -> Iterator[Payload[Any]]:
        """The payloads, counted as they are taken."""
        for payload in self._payloads or ():
            self._given += 1
            yield payload

    def accepted(self) -> int:
        """How many were accepted, exactly."""
        if not self._given or self._payloads is None:
            return 0
        last = self._payloads[self._given - 1]  # it may wait for its room, as `send_all` has it
        latest = self._bench.history.latest(_LOOK_BACK)
        return self._given - all(event.payload is not last for event in latest)

    def _stopped(self) -> str:
        total, accepted = len(self), self.accepted()
        return (
            f"cancelled: {accepted:,} of {total:,} were sent and stay, "
            f"{total - accepted:,} were not"
        )
