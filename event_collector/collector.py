"""Collectors: a processor, the context it works with, and the lifecycle around both."""

import asyncio
import functools
import inspect
import logging
import types
import typing
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

from event_collector import _check
from event_collector._text import one_line
from event_collector.data import Context, Error, Ok, Payload, Result

logger = logging.getLogger("event_collector")

type Processor = Callable[[Payload[Any], Context], Awaitable[Result]]
"""The event handler: takes a payload and its collector's context, returns an Ok or an Error."""

type LifecycleManager = Callable[[Context], AbstractAsyncContextManager[Any]]
"""Sets a context up and shuts it down: a function of the context under `@asynccontextmanager`."""


class Collector:
    """One destination of payloads: it processes each, and sends it on to its output.

    Args:
        key: Its name, unique in a queue. Payloads find it by `Delivery.KEY`.
        processor: An async function of a payload and this collector's context.
        topics: The topics it listens to. Payloads find it by `Delivery.TOPIC`.
        ctx: What the processor works with. An empty Context unless given.
        lifecycle: Opens what the context holds before the first payload, and closes it after
            the last.

    Raises:
        TypeError: `key` or a topic is no str; the processor cannot be called, does not take two
            arguments, or is visibly not async; the lifecycle is visibly no async context
            manager; `ctx` is no Context.
        ValueError: `key` or a topic is empty.
    """

    __slots__ = ("_ctx", "_key", "_lifecycle", "_processor", "_topics", "errors", "processed")

    processed: int
    """How many results it has given, Errors among them."""
    errors: int
    """How many of its results were Errors."""

    def __init__(
        self,
        key: str,
        processor: Processor,
        *,
        topics: Iterable[str] = (),
        ctx: Context | None = None,
        lifecycle: LifecycleManager | None = None,
    ) -> None:
        self._key = _check.name(key, "a collector's key")
        _check_processor(key, processor)
        if lifecycle is not None:
            _check_lifecycle(key, lifecycle)
        if ctx is not None and not isinstance(ctx, Context):
            raise TypeError(
                f"ctx of collector {key!r} must be a Context, got {type(ctx).__name__}: "
                f"{one_line(ctx)}; write ctx=Context(name=value)"
            )
        self._processor = processor
        self._topics = tuple(dict.fromkeys(_check.names(topics, "topic")))
        self._ctx = Context() if ctx is None else ctx
        self._lifecycle = lifecycle
        self.processed = 0
        self.errors = 0

    @property
    def key(self) -> str:
        """Its name, unique in a queue."""
        return self._key

    @property
    def processor(self) -> Processor:
        """The async function that processes its payloads."""
        return self._processor

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it listens to, each once, in the order given."""
        return self._topics

    @property
    def ctx(self) -> Context:
        """What the processor works with."""
        return self._ctx

    @property
    def lifecycle(self) -> LifecycleManager | None:
        """What opens and closes the context, or None."""
        return self._lifecycle

    async def process(self, payload: Payload[Any]) -> Result:
        """Run the processor on a payload and say how it went.

        What the processor returns is the result; a value that is neither Ok nor Error becomes
        an Ok. What it raises becomes an Error, a CancelledError too.

        Raises:
            KeyboardInterrupt, SystemExit: The processor raised it.
        """
        try:
            awaitable = self._processor(payload, self._ctx)
            if type(awaitable) is not types.CoroutineType and not inspect.isawaitable(awaitable):
                raise TypeError(
                    f"processor of {self._key!r} is not async: it returned "
                    f"{one_line(awaitable)} at once; define it with async def"
                )
            value: object = await awaitable
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as exc:
            self.processed += 1
            self.errors += 1
            if not isinstance(exc, asyncio.CancelledError):
                logger.warning("collector %r: the processor raised", self._key, exc_info=exc)
            return failed(exc)
        self.processed += 1
        if isinstance(value, Error):
            self.errors += 1
        return value if isinstance(value, Ok | Error) else Ok(value)

    def __repr__(self) -> str:
        topics = f", topics={list(self._topics)!r}" if self._topics else ""
        return f"Collector({self._key!r}{topics})"


def failed(exc: BaseException, frames: int = 1) -> Error:
    """An Error of an exception just caught, its traceback without the engine's own frames.

    They would say nothing to the user. No frame that it leads back to may keep the Error, or
    what holds it, in a variable: that would be a reference cycle.
    """
    tb = exc.__traceback__
    for _ in range(frames):
        tb = tb.tb_next if tb else None
    return Error(exc.with_traceback(tb))


def _check_processor(key: str, processor: object) -> None:
    if not callable(processor):
        raise TypeError(
            f"processor of {key!r} cannot be called: it is {type(processor).__name__} "
            f"{one_line(processor)}; pass an async function of a payload and a context"
        )
    if fault := _why_not_async(processor):
        raise TypeError(f"processor of {key!r} is not async: {fault}")
    try:
        signature = inspect.signature(processor)
    except (TypeError, ValueError):
        return  # a callable that does not tell its signature
    try:
        signature.bind(None, None)
    except TypeError:
        raise TypeError(
            f"processor of {key!r} must take a payload and a context, "
            f"but its arguments are {signature}"
        ) from None


def _why_not_async(processor: Callable[..., object]) -> str | None:
    """What can be seen without a call; a function whose return is promised awaitable passes."""
    if inspect.iscoroutinefunction(processor):
        return None
    function: Any = processor
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, type):
        return f"{function.__name__} is a class; pass an instance with an async __call__"
    if not inspect.isroutine(function):
        function = type(function).__call__
    function = inspect.unwrap(function)
    name = getattr(function, "__name__", "it")
    if inspect.iscoroutinefunction(function):
        return None
    if inspect.isasyncgenfunction(function):
        return f"{name}() has a yield, which makes it a generator; return the result instead"
    if inspect.isgeneratorfunction(function):
        return f"{name}() is a generator; write async def {name}(payload, ctx), without yield"
    if not isinstance(function, types.FunctionType | types.MethodType) or name == "<lambda>":
        return None  # nothing to be seen: an Error will tell, if need be
    if _promises_awaitable(function):
        return None
    return (
        f"{name}() is a plain function; write async def {name}(payload, ctx), "
        "or annotate it -> Awaitable[Result] if that is what it returns"
    )


def _promises_awaitable(function: Callable[..., object]) -> bool:
    promise = inspect.get_annotations(function).get("return")
    if isinstance(promise, str):
        return promise.split("[")[0].rpartition(".")[2] in {
            "Awaitable",
            "Coroutine",
            "Future",
            "Task",
        }
    promised = typing.get_origin(promise) or promise
    return isinstance(promised, type) and issubclass(promised, Awaitable)


def _check_lifecycle(key: str, lifecycle: object) -> None:
    fix = "write a function of the context that yields once, under @asynccontextmanager"
    if not callable(lifecycle):
        if hasattr(lifecycle, "__aenter__"):
            fix = "pass the function that makes it, not the async context manager itself"
        raise TypeError(
            f"lifecycle of {key!r} cannot be called: it is {type(lifecycle).__name__} "
            f"{one_line(lifecycle)}; {fix}"
        )
    if isinstance(lifecycle, type):
        bare = not hasattr(lifecycle, "__aenter__")
    else:
        bare = (
            inspect.isasyncgenfunction(lifecycle)
            or inspect.iscoroutinefunction(lifecycle)
            or inspect.isgeneratorfunction(inspect.unwrap(lifecycle))
        )
    if bare:
        name = getattr(lifecycle, "__name__", one_line(lifecycle))
        raise TypeError(f"lifecycle of {key!r} is no async context manager: {name}; {fix}")
