"""listen: an input that serves HTTP by uvicorn, in the queue's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

from event_collector import _check
from event_collector._log import logger
from event_collector._text import one_line
from event_collector.inputs import Inputs
from event_collector.inputs.http.answers import App
from event_collector.inputs.http.endpoint import Endpoint
from event_collector.queue import CollectorQueue


def listen(
    app: Callable[[CollectorQueue], App] = Endpoint,
    *,
    port: int,
    host: str = "127.0.0.1",
    grace: float | None = 10,
) -> Inputs:
    """Make an input that serves HTTP by uvicorn, in the queue's own loop.

    Its block gives the address, such as "http://127.0.0.1:8000". When the block ends, as it does
    with the first signal, nothing more is taken in, idle connections are closed, and requests in
    flight get their answers. After that the queue drains.

    Args:
        app: Makes the ASGI app of the queue: `Endpoint`, which takes every path, or a function
            that makes one of Starlette or FastAPI with an `Endpoint` in it.
        port: The port; 0 takes one that is free.
        host: The address to listen at: of this machine only, unless given.
        grace: How many seconds requests in flight have at the end. Then they are answered 504, or
            503 if nothing was accepted yet. None: as long as it takes.

    Raises:
        TypeError, ValueError: An argument is not one of these.
        OSError: The port cannot be had. This and the following come when the block is entered.
        RuntimeError: The app could not be started.
        ModuleNotFoundError: uvicorn is not installed.
    """
    if not callable(app):
        said = one_line(app)
        raise TypeError(f"app must be a function of the queue that makes an ASGI app, got {said}")
    _check.whole(port, "port", 0)
    _check.kind(host, str, "host", "write an address, such as '127.0.0.1'")
    if grace is not None:
        grace = _check.duration(grace, "grace")

    @asynccontextmanager
    async def listening(queue: CollectorQueue) -> AsyncIterator[str]:
        with _bound(host, port) as bound:
            server = _server(app(queue), grace)
            serving = asyncio.create_task(_serve(server, bound), name="listen")
            try:
                await _first(serving, server.ready.wait())
                at = f"[{host}]" if ":" in host else host
                address = f"http://{at}:{bound.getsockname()[1]}"
                logger.info("listening at %s", address)
                yield address
            finally:
                await _end(server, serving)

    return listening


def _bound(host: str, port: int) -> socket.socket:
    """A socket at the address. By itself uvicorn ends the process where it cannot have one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _server(app: App, grace: float | None) -> Any:
    """A server of uvicorn's that leaves signals and logging to the service."""
    import uvicorn

    class Server(uvicorn.Server):
        """It says when it listens."""

        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            self.ready = asyncio.Event()

        def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
            return nullcontext()

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                self.ready.set()

    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            timeout_graceful_shutdown=grace,  # type: ignore[arg-type]  # it takes fractions
        )
    )


async def _serve(server: Any, bound: socket.socket) -> None:
    """Run the server until it is told to end."""
    with suppress(SystemExit):  # where the app cannot be started; a notebook would lose its kernel
        await server.serve(sockets=[bound])
    if not server.started:
        raise RuntimeError("the app could not be started; the log of uvicorn says why")


async def _first(serving: "asyncio.Task[None]", ready: Any) -> None:
    """Return when the server is ready; raise what it has raised before."""
    waiting = asyncio.ensure_future(ready)
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if serving.done():
        serving.result()


async def _end(server: Any, serving: "asyncio.Task[None]") -> None:
    """End the server in good order; if this is cancelled, at once."""
    server.should_exit = True
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        for each in getattr(server, "servers", []):
            each.close()
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        raise
