"""Endpoint: an ASGI app that sends the body of each request to a queue, and answers its results."""

import asyncio
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from event_collector import _check
from event_collector._log import logger
from event_collector._text import describe, one_line
from event_collector.data import Delivery, Error, Payload, ResultList
from event_collector.errors import QueueClosedError, QueueFullError
from event_collector.event import CollectorEvent
from event_collector.inputs.http.answers import (
    Answer,
    Message,
    Receive,
    Send,
    TooLargeError,
    body_of,
    unless_gone,
    value_of,
)
from event_collector.queue import CollectorQueue

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is served: its header X-Request-ID, or one that was made for it.

A processor sees it in a queue with `carry_context=True`, as a workbench has it. Without, it sees
what there was when the queue was started, which is "" as a rule.
"""

_ID = re.compile(rb"[!-~]{1,128}")
"""An id that is passed on as it is: it comes to stand in logs."""


class Endpoint:
    """An ASGI app: the body of a POST is a payload's value, and the answer has its results.

    The answer is an object of JSON: `{"results": {key: value}}`, by the collectors' keys. If some
    failed, it has their `"errors"` too. Those of a 422 say what was wrong; those of a 500 have the
    type of the exception alone, as what it says is for the log, and not for callers. A payload that
    reached no collector is a 422, too. Which answer means what, the package's documentation says.

    A caller who leaves is not waited for any more. What was accepted is processed all the same.

    Args:
        queue: The queue. While it does not run, or is full, the answer is 503.
        to_payload: Makes the payload of the value, as in
            `lambda value: Payload(value, topics=[value["city"]])`. A LookupError, TypeError or
            ValueError that it raises is the caller's fault: 422.
        unprocessable: The exceptions of processors that are the caller's fault, too: if all that
            failed are of these, the answer is 422, and 500 otherwise.
        allow_undelivered: Whether a payload that reached no collector is fine: 200, without any
            result. Unless given, it is 422, and what the payload asked for.
        retry_after: After how many seconds a caller who got a 503 is to come again.
        max_bytes: How many bytes a body has at most.

    Raises:
        TypeError, ValueError: An argument is not one of these.
    """

    def __init__(
        self,
        queue: CollectorQueue,
        to_payload: Callable[[Any], Payload[Any]] = Payload,
        *,
        unprocessable: Iterable[type[Exception]] = (),
        allow_undelivered: bool = False,
        retry_after: int = 1,
        max_bytes: int = 1_000_000,
    ) -> None:
        _check.kind(queue, CollectorQueue, "queue", "that of a workbench is bench.queue")
        if not callable(to_payload):
            said = one_line(to_payload)
            raise TypeError(f"to_payload must be a function of the value, got {said}")
        self._queue = queue
        self._publisher = queue.get_publisher()
        self._to_payload = to_payload
        self._unprocessable = tuple(unprocessable)
        for each in self._unprocessable:
            if not (isinstance(each, type) and issubclass(each, Exception)):
                said = one_line(each)
                raise TypeError(f"unprocessable must be a list of types of exceptions, got {said}")
        _check.kind(allow_undelivered, bool, "allow_undelivered", "write True or False")
        self._allow_undelivered = allow_undelivered
        self._retry_after = _check.whole(retry_after, "retry_after", 0)
        self._max_bytes = _check.whole(max_bytes, "max_bytes", 1)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request.

        Raises:
            RuntimeError: It is not one of HTTP.
        """
        if scope["type"] != "http":
            raise RuntimeError(f"an Endpoint serves http, got {scope['type']!r}")
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        known = given.decode() if _ID.fullmatch(given) else uuid4().hex
        token = request_id.set(known)
        late = self._refused("the service ends")
        try:
            answer = await self._accept(scope["method"], receive)
            if isinstance(answer, CollectorEvent):
                late = _cut_off()
                answer = await self._wait_for(answer, receive)
        except asyncio.CancelledError:
            await late.send(send, known)  # the server's time is over: the caller is told before
            raise
        finally:
            request_id.reset(token)
        if answer is not None:
            await answer.send(send, known)

    async def _accept(self, method: str, receive: Receive) -> CollectorEvent | Answer | None:
        """The event of a request, or what is wrong with it; None: the caller has left."""
        if method != "POST":
            said = f"send the value by POST, not by {method}"
            return Answer(405, {"error": said}, [(b"allow", b"POST")])
        try:
            body = await body_of(receive, self._max_bytes)
        except TooLargeError:
            return Answer(413, {"error": f"the body has more than {self._max_bytes:,} bytes"})
        if body is None:
            return None
        try:
            value = value_of(body)
        except ValueError as exc:
            return Answer(400, {"error": f"the body is not JSON: {exc}"})
        try:
            payload = self._to_payload(value)
        except (LookupError, TypeError, ValueError) as exc:
            return Answer(422, {"error": describe(exc)})
        try:
            return self._publisher.send_nowait(payload)
        except QueueFullError:
            return self._refused("the queue is full")
        except QueueClosedError:
            return self._refused("the queue is not running")

    def _refused(self, why: str) -> Answer:
        """Nothing was accepted."""
        after = str(self._retry_after).encode()
        return Answer(503, {"error": f"{why}; send it again"}, [(b"retry-after", after)])

    async def _wait_for(self, event: CollectorEvent, receive: Receive) -> Answer | None:
        """The results of an event, as an answer; None: the caller has left."""
        results = await unless_gone(event.wait(), receive)
        if results is None:
            logger.info("the caller of event %d has left; the event goes on", event.id)
            return None
        if results.delivered or results.errors or self._allow_undelivered:
            return self._answer(results)
        return _undelivered(event)

    def _answer(self, results: ResultList) -> Answer:
        """Results as an answer."""
        values: dict[str, Any] = {}
        failed: dict[str, BaseException] = {}
        for number, (key, result) in enumerate(zip(results.keys, results, strict=False)):
            name = str(number) if key is None else key  # a custom router need not name them
            if isinstance(result, Error):
                failed[name] = result.exception
            else:
                values[name] = result.value
        ended = not self._queue.running  # else it is a processor's own, of another queue
        if ended and any(isinstance(each, QueueClosedError) for each in failed.values()):
            return _cut_off()
        if not failed:
            return Answer(200, {"results": values})
        if all(isinstance(each, self._unprocessable) for each in failed.values()):
            errors = {name: describe(each) for name, each in failed.items()}
            return Answer(422, {"results": values, "errors": errors})
        errors = {name: type(each).__name__ for name, each in failed.items()}
        return Answer(500, {"results": values, "errors": errors})


def _undelivered(event: CollectorEvent) -> Answer:
    """Nobody has processed it. What the collectors ask for is not said: it is not for callers."""
    why = f"it reached no collector: {_asked_for(event.payload)}"
    logger.info("event %d of request %r: %s", event.id, request_id.get(), why)
    return Answer(422, {"error": why})


def _asked_for(payload: Payload[Any]) -> str:
    """How a payload was delivered."""
    if payload.delivery is Delivery.KEY:
        return f"none has a key of {one_line(payload.keys)}"
    if payload.delivery is Delivery.TOPIC:
        return f"none listens to a topic of {one_line(payload.topics)}"
    return "none takes it"


def _cut_off() -> Answer:
    """Nobody knows how far it came."""
    said = "the service ended before the result was there; it may have been processed, or not"
    return Answer(504, {"error": said})
