"""What the tests of batches share: a processor that keeps the batches it got."""

import asyncio
from typing import Any

from event_collector import Context, Delivery, Ok, Payload, Result


class Saves:
    """A processor of batches: it keeps them, and waits until it is opened."""

    def __init__(self, *, opened: bool = True) -> None:
        self.batches: list[list[Any]] = []
        """The values of each batch that has begun."""
        self.ended = 0
        self.open = asyncio.Event()
        if opened:
            self.open.set()

    @property
    def sizes(self) -> list[int]:
        """How many payloads each batch had."""
        return [len(batch) for batch in self.batches]

    async def __call__(self, payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
        self.batches.append([payload.value for payload in payloads])
        await self.open.wait()
        self.ended += 1
        return [Ok(payload.value) for payload in payloads]


def to(key: str, value: object = None) -> Payload[Any]:
    """A payload for one collector."""
    return Payload(value, Delivery.KEY, keys=[key])
