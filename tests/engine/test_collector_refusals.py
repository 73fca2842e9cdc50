"""What is not a collector is refused when it is made, with what is wrong and what to do."""

import functools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any

import pytest

from event_collector import Collector, Context, Payload, Result


async def echo(payload: Payload[Any], ctx: Context) -> Any:
    """A processor."""


def plain(payload: Payload[Any], ctx: Context) -> Result | None:
    """Not async."""
    return None


def typed(payload: Payload[Any], ctx: Context) -> "list[Result]":
    """Not async, and says so in a text."""
    return []


async def stream(payload: Payload[Any], ctx: Context) -> AsyncIterator[int]:
    """Yields."""
    yield 1


def old(payload: Payload[Any], ctx: Context) -> Iterator[int]:
    """Yields, and is not async."""
    yield 1


async def lonely(payload: Payload[Any]) -> Any:
    """Takes no context."""


async def greedy(payload: Payload[Any], ctx: Context, more: int) -> Any:
    """Takes too much."""


class Processing:
    """A class whose objects process."""

    async def __call__(self, payload: Payload[Any], ctx: Context) -> Any: ...


class Plain:
    """An object that can be called, but not awaited."""

    def __call__(self, payload: Payload[Any], ctx: Context) -> None: ...


def refused(error: type[Exception], message: str, **arguments: Any) -> None:
    """Check that a Collector of these arguments is refused with just this message."""
    arguments = {"key": "c", "processor": echo, **arguments}
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Collector(**arguments)


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        ("", ValueError, "a collector's key must not be empty"),
        (7, TypeError, "a collector's key must be a str, got int: 7"),
        (None, TypeError, "a collector's key must be a str, got NoneType: None"),
    ],
)
def test_a_wrong_key(key: object, error: type[Exception], message: str) -> None:
    """Decision 24: an empty or non-str key."""
    refused(error, message, key=key)


@pytest.mark.parametrize(
    ("topics", "error", "message"),
    [
        ("hot", TypeError, "topics must be a list of str, got 'hot'; write ['hot']"),
        ([7], TypeError, "a topic must be a str, got int: 7"),
        ([""], ValueError, "a topic must not be empty"),
        (None, TypeError, "topics must be a list of str, got NoneType: None"),
    ],
)
def test_wrong_topics(topics: object, error: type[Exception], message: str) -> None:
    """Decision 24: a str where a list of topics belongs."""
    refused(error, message, topics=topics)


@pytest.mark.parametrize(
    ("processor", "message"),
    [
        (
            42,
            "cannot be called: it is int 42; pass an async function of a payload and a context",
        ),
        (
            plain,
            (
                "is not async: plain() is a plain function; write async def plain(payload, ctx), "
                "or annotate it -> Awaitable[Result] if that is what it returns"
            ),
        ),
        (
            typed,
            (
                "is not async: typed() is a plain function; write async def typed(payload, ctx), "
                "or annotate it -> Awaitable[Result] if that is what it returns"
            ),
        ),
        (
            functools.partial(plain),
            (
                "is not async: plain() is a plain function; write async def plain(payload, ctx), "
                "or annotate it -> Awaitable[Result] if that is what it returns"
            ),
        ),
        (
            Plain(),
            (
                "is not async: __call__() is a plain function; "
                "write async def __call__(payload, ctx), "
                "or annotate it -> Awaitable[Result] if that is what it returns"
            ),
        ),
        (
            stream,
            (
                "is not async: stream() has a yield, which makes it a generator; "
                "return the result instead"
            ),
        ),
        (
            old,
            "is not async: old() is a generator; write async def old(payload, ctx), without yield",
        ),
        (
            Processing,
            "is not async: Processing is a class; pass an instance with an async __call__",
        ),
        (
            lonely,
            (
                "must take a payload and a context, but its arguments are "
                "(payload: event_collector.data.Payload[typing.Any]) -> Any"
            ),
        ),
        (
            greedy,
            (
                "must take a payload and a context, but its arguments are "
                "(payload: event_collector.data.Payload[typing.Any], "
                "ctx: event_collector.data.Context, more: int) -> Any"
            ),
        ),
    ],
)
def test_a_wrong_processor(processor: object, message: str) -> None:
    """Decision 24: a processor that cannot be called, or not with a payload and a context."""
    refused(TypeError, f"processor of 'c' {message}", processor=processor)


def test_a_wrong_context() -> None:
    """A: ctx is a Context, not a dict."""
    refused(
        TypeError,
        "ctx of collector 'c' must be a Context, got dict: {'a': 1}; write ctx=Context(name=value)",
        ctx={"a": 1},
    )


async def bare_generator(ctx: Context) -> AsyncIterator[None]:
    """A lifecycle without its decorator."""
    yield


async def bare_coroutine(ctx: Context) -> None:
    """No lifecycle: it never yields."""


@contextmanager
def synchronous(ctx: Context) -> Iterator[None]:
    """A context manager that is not async."""
    yield


class Opened:
    """An async context manager."""

    def __init__(self, ctx: Context) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None: ...

    def __repr__(self) -> str:
        return "Opened()"


WRITE = "write a function of the context that yields once, under @asynccontextmanager"


@pytest.mark.parametrize(
    ("lifecycle", "message"),
    [
        (42, f"cannot be called: it is int 42; {WRITE}"),
        (
            Opened(Context()),
            (
                "cannot be called: it is Opened Opened(); "
                "pass the function that makes it, not the async context manager itself"
            ),
        ),
        (bare_generator, f"is not an async context manager: bare_generator; {WRITE}"),
        (bare_coroutine, f"is not an async context manager: bare_coroutine; {WRITE}"),
        (synchronous, f"is not an async context manager: synchronous; {WRITE}"),
        (Context, f"is not an async context manager: Context; {WRITE}"),
    ],
)
def test_a_wrong_lifecycle(lifecycle: object, message: str) -> None:
    """A: a lifecycle is a function of the context that makes an async context manager."""
    refused(TypeError, f"lifecycle of 'c' {message}", lifecycle=lifecycle)


def test_a_class_of_async_context_managers_is_a_lifecycle() -> None:
    """A: whatever makes an async context manager from a context will do."""

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        yield

    for fine in (Opened, lifecycle, functools.partial(lifecycle), lambda _: lifecycle(Context())):
        assert Collector("c", echo, lifecycle=fine).lifecycle is fine


@pytest.mark.parametrize(
    ("limits", "kind", "said"),
    [
        ({"timeout": 0}, ValueError, "timeout must be above 0 s, got 0; use None for no limit"),
        ({"timeout": -1}, ValueError, "timeout must be a finite number of seconds above 0, got -1"),
        ({"timeout": float("nan")}, ValueError, "timeout must be a finite number"),
        ({"timeout": "1"}, TypeError, "timeout must be a number of seconds, got str: '1'"),
        ({"max_concurrency": 0}, ValueError, "max_concurrency must be >= 1, got 0"),
        ({"max_concurrency": 1.5}, TypeError, "max_concurrency must be an int, got float: 1.5"),
        ({"max_concurrency": True}, TypeError, "max_concurrency must be an int, got bool: True"),
    ],
)
def test_limits_are_checked(limits: dict[str, Any], kind: type[Exception], said: str) -> None:
    """Decision 24: refused at once, never clamped."""
    with pytest.raises(kind, match=said):
        Collector("c", echo, **limits)
