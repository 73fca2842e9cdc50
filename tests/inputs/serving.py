"""Queues that are served over HTTP, by a real uvicorn on a free port, and what calls them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from event_collector.inputs.http import App, Endpoint, listen


class Desk:
    """A processor that keeps what it got, and is held as long as its gate is closed."""

    def __init__(self, *, closed: bool = False) -> None:
        self.got: list[Any] = []
        self.done: list[Any] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        if not closed:
            self.gate.set()

    async def process(self, payload: Payload[Any], ctx: Context) -> Result:
        """Keep it, and give it back."""
        self.got.append(payload.value)
        self.begun.set()
        await self.gate.wait()
        self.done.append(payload.value)
        return Ok(payload.value)


def queue_for(*collectors: Collector, **options: Any) -> CollectorQueue:
    """A queue with one consumer, unless told."""
    return CollectorQueue(list(collectors), **{"min_consumers": 1, "max_consumers": 1, **options})


@asynccontextmanager
async def served(
    queue: CollectorQueue, app: Callable[[CollectorQueue], App] = Endpoint, **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a queue that runs and is served."""
    async with queue, served_at(queue, app, **options) as address, calling(address) as client:
        yield client


@asynccontextmanager
async def served_at(
    queue: CollectorQueue, app: Callable[[CollectorQueue], App], **options: Any
) -> AsyncIterator[str]:
    """The address at which a running queue is served."""
    async with listen(app, port=0, **options)(queue) as address:
        yield str(address)


@asynccontextmanager
async def calling(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps its patience."""
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        yield client


async def raw(client: httpx.AsyncClient, *parts: bytes) -> asyncio.StreamWriter:
    """A connection of our own, over which parts of a request have been sent."""
    _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    for part in parts:
        writer.write(part)
    await writer.drain()
    return writer


def request(value: Any) -> bytes:
    """A whole request, as bytes."""
    body = json.dumps(value).encode()
    return b"POST / HTTP/1.1\r\nhost: it\r\ncontent-length: %d\r\n\r\n" % len(body) + body


async def leave(writer: asyncio.StreamWriter) -> None:
    """Close a connection at once, whatever is under way."""
    writer.transport.abort()
    await asyncio.sleep(0)


async def reached(state: Callable[[], object]) -> None:
    """Wait for a state that stays, and that no event tells of."""
    async with asyncio.timeout(20):
        while not state():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def refused(client: httpx.AsyncClient) -> None:
    """Wait until nobody new gets in."""
    async with asyncio.timeout(20):
        while True:
            try:
                await leave(await raw(client))
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                pass  # it was in line when the server ended
