"""Collectors: a processor, the context it works with, and the lifecycle around both."""

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, ClassVar, Generic, overload

from event_collector import _batching, _check
from event_collector._awaitables import awaitable, forgotten
from event_collector._core.batches import join
from event_collector._core.cut_off import cancelled_since, cancelling
from event_collector._core.dead import Dead
from event_collector._core.limiter import Limiter
from event_collector._core.service import closed_here
from event_collector._core.timing import in_time
from event_collector._core.watch import Runner, attended, current_watch, watched
from event_collector._log import logger
from event_collector._overriding import OF_A_COLLECTOR, Guarded, refuse_overriding
from event_collector._text import one_line
from event_collector._tracebacks import without_own_frames
from event_collector.data import Context, Error, Ok, Payload, Result
from event_collector.errors import LifecycleEndedError
from event_collector.processors import BatchProcessor, C_co, LifecycleManager, Processor

__all__ = ["BatchProcessor", "Collector", "LifecycleManager", "Processor"]


_TO_INIT = "give it to super().__init__()"


class Collector(Guarded, Generic[C_co]):  # noqa: UP046  # it has no default on 3.12
    """One destination of payloads: it processes each, and sends it on to its output.

    For a type checker it is generic in its context: one whose processor takes a `ctx: MyContext`
    is a `Collector[MyContext]`, and a Collector too, whose `ctx` it takes as it is used.

    Args:
        key: Its name, unique in a queue. Payloads find it by `Delivery.KEY`.
        processor: An async function of a payload and this collector's context.
        topics: The topics it listens to. Payloads find it by `Delivery.TOPIC`.
        ctx: What the processor works with. An empty Context unless given.
        lifecycle: Opens what the context holds before the first payload, and closes it after
            the last.
        timeout: How many seconds the processor has for a payload before it is cancelled and an
            `Error(TimeoutError)` is the result. None: as long as it takes.
        max_concurrency: How many payloads, or batches, may be in service in it at once; or None.
        batch_size: Have the processor get a list of up to so many payloads, and return a list of
            results, one each, in order, or one Result for all. None: it gets each by itself.
        linger: How many seconds a batch may wait for more, 0.05 unless given. It goes off before
            that when it is full, when no consumer can take an event now (none is queued, the queue
            is paused, or all consumers wait), and when the queue is shut down.

    A batch is timed, cancelled and counted once. What it raises is an Error for each of its events.
    It runs in a copy of the context in which the queue was started, and
    `CollectorQueue.current_events` gives its events there.

    Several queues may have one collector, also in several threads. Its processor then runs, and its
    lifecycle is entered, once for each, on one Context, which has no lock. With `max_concurrency`
    they must run in one event loop: a queue in another one is refused when it starts.

    Raises:
        TypeError: `key` or a topic is not a str; the processor cannot be called, does not take two
            arguments, or is visibly not async; the lifecycle is visibly no async context
            manager; `ctx` is not a Context; a limit is not a number.
        ValueError: `key` or a topic is empty; a limit is too small, or not finite; `linger` is
            given without `batch_size`.
    """

    __slots__ = (
        "_attended",
        "_batch_size",
        "_ctx",
        "_dead",
        "_free",
        "_key",
        "_keys",
        "_lifecycle",
        "_limiter",
        "_linger",
        "_processor",
        "_run",
        "_timeout",
        "_topics",
        "_waits",
        "errors",
        "processed",
    )

    _timed: ClassVar[Any] = staticmethod(in_time)
    _works_here: ClassVar = True  # with the Context that is here
    _not_asked: ClassVar = OF_A_COLLECTOR
    __eq__, __hash__ = object.__eq__, object.__hash__  # see there

    processed: int
    """How many results it has given, Errors among them."""
    errors: int
    """How many of its results were Errors."""

    @overload
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
        batch_size: None = None,
        linger: None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        key: str,
        processor: BatchProcessor[C_co],
        *,
        topics: Iterable[str] = (),
        ctx: C_co | None = None,
        lifecycle: LifecycleManager[C_co] | None = None,
        timeout: float | None = None,
        max_concurrency: int | None = None,
        batch_size: int,
        linger: float | None = None,
    ) -> None: ...

    def __init__(
        self,
        key: str,
        processor: Any,
        *,
        topics: Iterable[str] = (),
        ctx: C_co | None = None,
        lifecycle: LifecycleManager[C_co] | None = None,
        timeout: float | None = None,
        max_concurrency: int | None = None,
        batch_size: int | None = None,
        linger: float | None = None,
    ) -> None:
        refuse_overriding(type(self))  # a decorator may have changed the class since it was made
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
        self._batch_size, self._linger = _batching.checked(key, batch_size, linger)
        unlimited = timeout is None and max_concurrency is None and batch_size is None
        self._free = free = unlimited and _check.gives_coroutines(processor)
        self._dead = Dead()
        self._attended: _Run = self._guarded if batch_size is None else partial(join, self)
        self._run: _Run = processor if free else self._attended
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
        return self._processor  # type: ignore[no-any-return]  # of a batch, it is the other kind

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

    @property
    def batch_size(self) -> int | None:
        """How many payloads its processor gets at most, in a list; None: one by itself."""
        return self._batch_size

    @property
    def linger(self) -> float | None:
        """For how many seconds a batch may wait for more, or None without `batch_size`."""
        return None if self._batch_size is None else self._linger

    def _claim(self, loop: asyncio.AbstractEventLoop) -> None:
        """A queue in this loop is about to have it; raise if one in another loop has it."""
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
        an Ok. What it raises becomes an Error, a CancelledError of its own accord too. An
        awaitable, bare or in an Ok, gives an `Error(TypeError)`: an await was forgotten. With
        `max_concurrency`, it waits for a place first.

        Raises:
            asyncio.CancelledError: Its task was cancelled, and the processor did not catch it.
            KeyboardInterrupt, SystemExit: The processor raised it.
        """
        me = Runner(current_watch())
        me.collector = self
        if (closed := closed_here(me.watch)) is not None:
            return Error(closed)
        me.watch.begins()
        before = cancelling()
        attendance, event = attended(me.watch)
        context = contextvars.copy_context()  # what the processor sets is not seen by its caller
        struck: BaseException | None = None
        try:
            with me.watch.delivering(payload, me):
                if attendance is not None:
                    result, struck = await attendance.serve(event, payload, self, me, context)
                else:
                    run = self._run(payload, self._ctx)
                    result = self._returned(await watched(run, me, context))
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as exc:
            result = context.run(self._raised, exc)  # so that a log line tells what it has set
        finally:
            me.ends(context)
            event = None  # an Error's traceback leads back to here
            del context
        try:
            # Whoever was cancelled must not go on: a router to the next collector, for one.
            if (struck := struck or cancelled_since(before, result)) is not None:
                raise struck
            return result
        finally:
            del result, struck

    @property
    def lifecycle_ended(self) -> bool:
        """Whether its lifecycle has ended by itself while a queue ran. Its payloads in that queue
        get an `Error(LifecycleEndedError)` until it is replaced, or the queue started again."""
        return bool(self._dead.in_queues)

    def _end(self, queue: object, ended: LifecycleEndedError | None) -> None:
        """Its lifecycle in a queue has ended by itself; or, with None, that is over."""
        self._dead.note(queue, ended)
        # What processes a payload asks for this with each: one whose processor is called directly
        # has no place to ask whether it may be, and should not pay for it.
        direct = self._free and not self._dead.in_queues
        self._run = self._processor if direct else self._attended
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
        place = object()
        try:
            await limiter.enter(place)
            return await self._in_time(payload, ctx, processor)
        finally:
            try:
                limiter.leave(place)
            except BaseException:  # the stop button struck as it was called
                limiter.leave(place)
                raise

    async def _in_time(self, payload: Payload[Any], ctx: Any, processor: Processor | None) -> Any:
        if self._dead.in_queues and (dead := self._dead.here()):  # asked with its place, not before
            ended = LifecycleEndedError(self._key)
            ended.__cause__ = dead.__cause__
            return Error(ended)
        awaitable = (processor or self._processor)(payload, ctx)
        if not inspect.isawaitable(awaitable):
            raise TypeError(
                f"processor of {self._key!r} is not async: it returned "
                f"{one_line(awaitable)} at once; define it with async def"
            )
        limit = self._timeout
        return await (awaitable if limit is None else self._timed(awaitable, limit, self._key))

    def __repr__(self) -> str:
        topics = f", topics={list(self._topics)!r}" if self._topics else ""
        return f"Collector({self._key!r}{topics})"


type _Run = Callable[..., Coroutine[Any, Any, Any]]
