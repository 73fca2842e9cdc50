"""Collectors: a processor, the context it works with, and the lifecycle around both."""

import asyncio
import contextvars
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from event_collector import _check
from event_collector._awaitables import awaitable, forgotten
from event_collector._core.limiter import Limiter
from event_collector._core.watch import Runner, attended, current_watch, watched
from event_collector._overriding import Guarded
from event_collector._text import one_line
from event_collector._tracebacks import without_own_frames
from event_collector.data import Context, Error, Ok, Payload, Result
from event_collector.errors import LifecycleEndedError

logger = logging.getLogger("event_collector")

# For a type checker the context has a default, so that a bare Collector, Processor or
# list[Collector] is a whole type. Python knows such defaults from 3.13 on; `typing_extensions`
# comes with every checker, and is never imported.
if TYPE_CHECKING:
    from typing import TypeAliasType

    import typing_extensions

    C = typing_extensions.TypeVar("C", bound=Context, default=Any)
    C_co = typing_extensions.TypeVar("C_co", bound=Context, default=Context, covariant=True)
    Processor = TypeAliasType(
        "Processor", Callable[[Payload[Any], C], Awaitable[Result]], type_params=(C,)
    )
    LifecycleManager = TypeAliasType(
        "LifecycleManager", Callable[[C], AbstractAsyncContextManager[Any]], type_params=(C,)
    )
else:
    C_co = TypeVar("C_co", bound=Context, covariant=True)

    type Processor[C] = Callable[[Payload[Any], C], Awaitable[Result]]
    """The event handler: takes a payload and its collector's context, returns an Ok or an Error.

    `Processor[MyContext]` is one whose collector has a context of that class."""

    type LifecycleManager[C] = Callable[[C], AbstractAsyncContextManager[Any]]
    """Sets a context up and shuts it down: a function of it under `@asynccontextmanager`."""


_TO_INIT = "give it to super().__init__()"


class Collector(Guarded, Generic[C_co]):  # noqa: UP046  # it has no default on 3.12
    """One destination of payloads: it processes each, and sends it on to its output.

    For a type checker it is generic in its context: one whose processor takes a `ctx: MyContext`
    is a `Collector[MyContext]`, and a Collector too.

    Args:
        key: Its name, unique in a queue. Payloads find it by `Delivery.KEY`.
        processor: An async function of a payload and this collector's context.
        topics: The topics it listens to. Payloads find it by `Delivery.TOPIC`.
        ctx: What the processor works with. An empty Context unless given.
        lifecycle: Opens what the context holds before the first payload, and closes it after
            the last.
        timeout: How many seconds the processor has for a payload before it is cancelled and an
            `Error(TimeoutError)` is the result. None: as long as it takes.
        max_concurrency: How many payloads may be in service in it at once. None: no limit but
            that of the queue.

    Several queues may have one collector, also in several threads. Its processor then runs, and its
    lifecycle is entered, once for each, on one Context, which has no lock. With `max_concurrency`
    they must run in one event loop: a queue in another one is refused when it starts.

    Raises:
        TypeError: `key` or a topic is not a str; the processor cannot be called, does not take two
            arguments, or is visibly not async; the lifecycle is visibly no async context
            manager; `ctx` is not a Context; `timeout` or `max_concurrency` is not a number.
        ValueError: `key` or a topic is empty; `timeout` is not above 0, or not finite;
            `max_concurrency` is less than 1.
    """

    __slots__ = (
        "_ctx",
        "_dead",
        "_free",
        "_key",
        "_keys",
        "_lifecycle",
        "_limiter",
        "_processor",
        "_run",
        "_timeout",
        "_topics",
        "_waits",
        "errors",
        "processed",
    )

    _not_asked: ClassVar = {
        "process": "write it as the processor, or have queue.wrap() put something around that",
        "key": _TO_INIT,
        "processor": _TO_INIT,
        "ctx": _TO_INIT,
        "timeout": _TO_INIT,
        "max_concurrency": _TO_INIT,
    }

    processed: int
    """How many results it has given, Errors among them."""
    errors: int
    """How many of its results were Errors."""

    def __init__(
        self,
        key: str,
        processor: Processor[C_co],
        *,
        topics: Iterable[str] = (),
        ctx: C_co | None = None,
        lifecycle: LifecycleManager[C_co] | None = None,
        timeout: float | None = None,
        max_concurrency: int | None = None,
    ) -> None:
        self._key = _check.name(key, "a collector's key")
        self._keys = (key,)
        _check.processor(key, processor)
        if lifecycle is not None:
            _check.lifecycle(key, lifecycle)
        if ctx is not None and not isinstance(ctx, Context):
            raise TypeError(
                f"ctx of collector {key!r} must be a Context, got {type(ctx).__name__}: "
                f"{one_line(ctx)}; write ctx=Context(name=value)"
            )
        self._processor = processor
        self._topics = tuple(dict.fromkeys(_check.names(topics, "topic")))
        # Without one, what a subclass promises is put in by the lifecycle.
        self._ctx: C_co = Context() if ctx is None else ctx  # type: ignore[assignment]
        self._lifecycle = lifecycle
        self._timeout = None if timeout is None else _check.duration(timeout, "timeout")
        if max_concurrency is not None:
            _check.whole(max_concurrency, "max_concurrency", 1)
        self._limiter = None if max_concurrency is None else Limiter(max_concurrency)
        free = timeout is None and max_concurrency is None and _check.gives_coroutines(processor)
        self._free = free
        self._dead: LifecycleEndedError | None = None
        self._run: _Run = processor if free else self._guarded  # type: ignore[assignment]
        self._waits = not free or _check.can_wait(processor)
        self.processed = 0
        self.errors = 0

    @property
    def key(self) -> str:
        """Its name, unique in a queue."""
        return self._key

    @property
    def processor(self) -> Processor[C_co]:
        """The async function that processes its payloads."""
        return self._processor

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics it listens to, each once, in the order given."""
        return self._topics

    @property
    def ctx(self) -> C_co:
        """What the processor works with."""
        return self._ctx

    @property
    def lifecycle(self) -> LifecycleManager[C_co] | None:
        """What opens and closes the context, or None."""
        return self._lifecycle

    @property
    def timeout(self) -> float | None:
        """How many seconds the processor has for a payload, or None."""
        return self._timeout

    @property
    def max_concurrency(self) -> int | None:
        """How many payloads may be in service in it at once, or None."""
        return None if self._limiter is None else self._limiter.limit

    def _claim(self, loop: asyncio.AbstractEventLoop) -> None:
        """A queue in this loop is about to have it.

        Raises:
            RuntimeError: It has `max_concurrency`, and is in a queue that runs in another loop.
        """
        if self._limiter is not None and not self._limiter.claim(loop):
            raise RuntimeError(
                f"collector {self._key!r} has max_concurrency, and is in a queue that runs in "
                "another event loop; make a Collector for each queue"
            )

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        """The queue has it no more."""
        if self._limiter is not None:
            self._limiter.release(loop)

    async def process(self, payload: Payload[Any]) -> Result:
        """Run the processor on a payload and say how it went.

        What the processor returns is the result; a value that is neither Ok nor Error becomes
        an Ok. What it raises becomes an Error, a CancelledError too. An awaitable, bare or in an
        Ok, gives an `Error(TypeError)`: an await was forgotten. With `max_concurrency`, it waits
        for a place first.

        Raises:
            KeyboardInterrupt, SystemExit: The processor raised it.
        """
        me = Runner(current_watch())
        me.collector = self
        me.watch.begins()
        attendance, event = attended(me.watch)
        context = contextvars.copy_context()  # what the processor sets is not seen by its caller
        try:
            with me.watch.delivering(payload, me):
                if attendance is not None:
                    result, struck = await attendance.serve(event, payload, self, me, context)
                    try:
                        if struck is not None:
                            raise struck
                        return result
                    finally:
                        del result, struck
                value: object = await watched(self._run(payload, self._ctx), me, context)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as exc:
            return context.run(self._raised, exc)  # so that a log line tells what it has set
        finally:
            me.ends(context)
            event = None  # an Error's traceback leads back to here
            del context
        try:
            return self._returned(value)
        finally:
            del value

    @property
    def lifecycle_ended(self) -> bool:
        """Whether its lifecycle has ended by itself while the queue ran. Its payloads get an
        `Error(LifecycleEndedError)` until it is replaced, or the queue started again."""
        return self._dead is not None

    def _end(self, ended: LifecycleEndedError | None) -> None:
        """Its lifecycle has ended by itself; or, with None, is about to be entered anew."""
        self._dead = ended
        # What processes a payload asks for this with each: one whose processor is called directly
        # has no place to ask whether it may be, and should not pay for it.
        direct = self._free and ended is None
        self._run = self._processor if direct else self._guarded  # type: ignore[assignment]
        self._waits = not direct or _check.can_wait(self._processor)

    def _returned(self, value: object) -> Result:
        """The result of a processor that returned this."""
        if isinstance(value, Error):
            self.processed += 1
            self.errors += 1
            return value
        bare = not isinstance(value, Ok)
        if awaitable(inner := value if bare else value.value):  # type: ignore[attr-defined]
            return self._raised(forgotten(self._key, inner, bare=bare))
        self.processed += 1
        return Ok(value) if bare else value  # type: ignore[return-value]

    def _raised(self, exc: BaseException) -> Error:
        """The result of a processor that raised this."""
        without_own_frames(exc)
        if not isinstance(exc, KeyboardInterrupt | SystemExit | GeneratorExit):
            self.processed += 1
            self.errors += 1
            if not isinstance(exc, asyncio.CancelledError):
                logger.warning("collector %r: the processor raised", self._key, exc_info=exc)
        return Error(exc)

    async def _guarded(
        self, payload: Payload[Any], ctx: Any, processor: Processor | None = None
    ) -> Any:
        """What the processor returns, within the limits of this collector."""
        limiter = self._limiter
        if limiter is None:
            return await self._in_time(payload, ctx, processor)
        place = await limiter.enter()
        try:
            return await self._in_time(payload, ctx, processor)
        finally:
            limiter.leave(place)

    async def _in_time(self, payload: Payload[Any], ctx: Any, processor: Processor | None) -> Any:
        if self._dead is not None:  # asked here, when it has waited for its place
            ended = LifecycleEndedError(self._key)
            ended.__cause__ = self._dead.__cause__
            return Error(ended)
        awaitable = (processor or self._processor)(payload, ctx)
        if not inspect.isawaitable(awaitable):
            raise TypeError(
                f"processor of {self._key!r} is not async: it returned "
                f"{one_line(awaitable)} at once; define it with async def"
            )
        if self._timeout is None:
            return await awaitable
        value: Any = None
        deadline = asyncio.timeout(self._timeout)
        try:
            async with deadline:
                value = await awaitable
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as exc:
            if not self._outlasted(deadline):
                raise
            raise self._late() from without_own_frames(exc.__cause__ or exc)
        else:
            if self._outlasted(deadline):
                raise self._late()
            return value
        finally:
            # An Error's traceback leads back to here, and these may lead to the Error: the deadline
            # knows its task, and the task its result.
            value = None
            del deadline

    @staticmethod
    def _outlasted(deadline: asyncio.Timeout) -> bool:
        return deadline.expired() or asyncio.get_running_loop().time() > (deadline.when() or 0)

    def _late(self) -> TimeoutError:
        return TimeoutError(
            f"the processor of {self._key!r} did not end within its timeout of {self._timeout:g} s"
        )

    def __repr__(self) -> str:
        topics = f", topics={list(self._topics)!r}" if self._topics else ""
        return f"Collector({self._key!r}{topics})"


type _Run = Callable[[Payload[Any], Context], Coroutine[Any, Any, Any]]
