"""What an HTTP server and an app say to each other: requests in, answers out, as ASGI has it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from event_collector._log import logger
from event_collector.inputs.values import parsed

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI app, such as an `Endpoint`, or one of Starlette or FastAPI."""


class Answer:
    """What the caller is told.

    Args:
        status: The status.
        said: The body, an object of JSON. If it is not, since a processor returned something else,
            the answer says so, with status 500.
        headers: Headers, besides those of the body.
    """

    def __init__(
        self, status: int, said: dict[str, Any], headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        try:
            body = json.dumps(said, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as exc:
            logger.error("a result is not JSON: %s; return texts, numbers, lists and dicts", exc)
            told = {"error": "a result is not JSON; it was processed"}
            if "errors" in said:  # texts: who failed beside it is told all the same
                told["errors"] = said["errors"]
            status, body = 500, json.dumps(told)
        self.status = status
        self.body = body.encode("ascii")
        self.headers = [(b"content-type", b"application/json"), *headers]

    async def send(self, send: Send, known: str) -> None:
        """Send it, with the request's id."""
        length = str(len(self.body)).encode()
        headers = [*self.headers, (b"content-length", length), (b"x-request-id", known.encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class TooLargeError(Exception):
    """A body has more bytes than it may have."""


async def body_of(receive: Receive, at_most: int) -> bytes | None:
    """The body of a request; None: the caller left before its end.

    Raises:
        TooLargeError: It is larger. The rest is not read.
    """
    body = bytearray()
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if len(body) > at_most:
            raise TooLargeError
        if not message.get("more_body", False):
            return bytes(body)
    return None


def value_of(body: bytes) -> Any:
    """The value that a text of JSON stands for.

    Raises:
        ValueError: It is not JSON; the message says where.
    """
    try:
        return parsed(body)
    except json.JSONDecodeError as exc:
        raise ValueError(f"line {exc.lineno}, column {exc.colno}: {exc.msg}") from exc
    except RecursionError as exc:
        raise ValueError("it is nested too deep") from exc


async def unless_gone[T](awaited: Awaitable[T], receive: Receive) -> T | None:
    """What is awaited, or None if the caller leaves before that."""
    waiting, gone = asyncio.ensure_future(awaited), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else gone.result()
    finally:
        waiting.cancel()
        gone.cancel()


async def _gone(receive: Receive) -> None:
    """Return when the caller has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
