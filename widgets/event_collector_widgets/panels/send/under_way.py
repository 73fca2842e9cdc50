"""What is under way: sends that wait, many payloads with their progress, and Cancel."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Payload
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.menus import show
from event_collector_widgets.panels.send.batch import Batch
from event_collector_widgets.workbench import Workbench

SOON = 0.2
"""Seconds after which a send that still waits says so."""


class UnderWay:
    """What was sent and has not ended, as far as the send panel tells of it. A part of it.

    Args:
        say: Shows a line of plain text.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self.cancel_button = w.Button(description="Cancel")
        self.cancel_button.add_class("ec-once")
        self.progress = w.IntProgress(description="sent", layout=wide(), tooltip="progress")
        self.progress.style.description_width = "initial"
        self._say = say
        self._batch: Batch | None = None
        self._places = self._rooms = 0
        self.show()

    async def accept(self, bench: Workbench, payload: Payload[Any]) -> CollectorEvent:
        """Send one payload; while it waits for a lifecycle or for room, it is said.

        Raises:
            Exception: As from `Workbench.send`.
        """
        with self._waiting(bench, "_places"):
            await bench.ready()
        with self._waiting(bench, "_rooms"):
            return await bench.send(payload)

    async def send_many(self, bench: Workbench, make: Callable[[], list[Payload[Any]]]) -> str:
        """Send many payloads, and return what became of them in a line; nothing once forgotten.

        Args:
            bench: Where they go.
            make: Gives the payloads; called in another thread.

        Raises:
            RuntimeError: Others are still being sent.
            Exception: As from `Workbench.send_all`.
        """
        if self._batch is not None:
            raise RuntimeError(
                f"{self._batch.progress()[2]}, of what was sent before; wait for it, or cancel it"
            )
        batch = self._batch = Batch(bench, make)
        self.show()
        try:
            told = await batch.run()
            if self._batch is batch:
                self._say(told)
            return told
        except Exception:
            if self._batch is batch:
                raise
            return ""  # its workbench was made again meanwhile: `forget` has told of it
        finally:
            if self._batch is batch:
                self._batch = None
                self.show()

    def cancel(self) -> None:
        """Accept no more of the payloads that are being sent."""
        if self._batch is not None:
            self._batch.cancel()

    def forget(self) -> str:
        """Give up what is being sent; return how far it was, nothing where nothing was."""
        batch, self._batch = self._batch, None
        self.show()
        if batch is None:
            return ""
        batch.cancel()
        return f"of {len(batch):,} payloads {batch.accepted():,} were sent"

    def show(self) -> None:
        """Show how far it is."""
        batch = self._batch
        show(self.progress, batch is not None)
        show(self.cancel_button, batch is not None and batch.can_be_cancelled)
        if batch is not None:
            accepted, total, told = batch.progress()
            with self.progress.hold_sync():
                self.progress.max, self.progress.value = total, accepted
                self.progress.description = told

    @contextmanager
    def _waiting(self, bench: Workbench, what: str) -> Iterator[None]:
        """Count a send that waits, and say so if it does for a while."""
        setattr(self, what, getattr(self, what) + 1)
        bench.loop.later(SOON, lambda: self._say_waits(bench))
        try:
            yield
        finally:
            setattr(self, what, getattr(self, what) - 1)

    def _say_waits(self, bench: Workbench) -> None:
        queued, most = bench.metrics().queued, bench.queue.max_queued
        if self._rooms and most is not None and queued >= most:
            one = "sent, waits for room"
            told = one if self._rooms == 1 else f"{self._rooms:,} sends wait for room"
            self._say(f"{told}: {queued:,} queued of {most:,}")
        elif self._places:
            self._say("waits until every collector is in its place: a lifecycle is being entered")
