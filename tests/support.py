"""Small helpers: running a test in a loop, handshakes in place of sleeping, a virtual clock."""

import asyncio
import functools
import os
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Instrument,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from event_collector._core.undertaking import KEEPER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LOOP = os.environ.get("LOOP", "")
"""In what loops the tests run: see conftest."""

TIMEOUT = 60.0
"""Seconds after which a test that hangs fails."""


class _LeapingSelector(selectors.DefaultSelector):
    now = 0.0
    turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.turns += 1
        if timeout:
            self.now += timeout
            timeout = 0
        return super().select(timeout)


def eager_loop[L: asyncio.AbstractEventLoop](loop: L) -> L:
    """A loop whose tasks make their first step when they are created."""
    own = isinstance(loop, asyncio.BaseEventLoop)  # anyio goes by the very factory of asyncio
    loop.set_task_factory(asyncio.eager_task_factory if own else _eager_task)
    return loop


def _eager_task(
    loop: asyncio.AbstractEventLoop, coro: Any, *, eager_start: bool | None = None, **how: Any
) -> asyncio.Task[Any]:
    """As asyncio's; uvloop 0.23 calls it as Python 3.14 does, which is more than 3.13 takes."""
    assert eager_start in (None, True)
    return asyncio.eager_task_factory(loop, coro, **how)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose clock leaps to the next timer where it would have to wait for it.

    It is asyncio's, also where LOOP asks for uvloop's, whose clock cannot be moved.
    """

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)
        if LOOP == "eager":
            eager_loop(self)

    def time(self) -> float:
        return self._leaping.now

    @property
    def turns(self) -> int:
        """How many turns the loop has made."""
        return self._leaping.turns

    def advance(self, seconds: float) -> None:
        """Let time pass at once, as if code had computed for so long."""
        self._leaping.now += seconds


def virtual_loop() -> VirtualTimeLoop:
    """The running loop of a test `in_virtual_time`."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop


def run[T](
    main: Coroutine[Any, Any, T],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    timeout: float = TIMEOUT,
) -> T:
    """Run a coroutine in a loop of its own: it ends in time, leaves no task, and upsets no loop."""
    upset: list[dict[str, Any]] = []

    async def guarded() -> T:
        asyncio.get_running_loop().set_exception_handler(lambda _, said: upset.append(said))
        async with asyncio.timeout(timeout):
            returned = await main
        left = tasks_but_keepers() - {asyncio.current_task()}
        assert not left, f"tasks were left: {left}"
        return returned

    returned = asyncio.run(guarded(), debug=False, loop_factory=loop_factory)
    assert not upset
    return returned


def tasks_but_keepers(
    loop: asyncio.AbstractEventLoop | None = None,
) -> set[asyncio.Task[Any]]:
    """All tasks of the loop that are not done, without what running queues have for its end."""
    return {task for task in asyncio.all_tasks(loop) if task.get_name() != KEEPER}


def in_loop[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make an async test a plain one that runs in a loop of its own."""

    @functools.wraps(test)
    def plain(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs))

    return plain


def in_virtual_time[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make an async test a plain one whose waiting takes no time: see `VirtualTimeLoop`."""

    @functools.wraps(test)
    def plain(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs), loop_factory=VirtualTimeLoop, timeout=1e6)

    return plain


async def until(state: Callable[[], object], *, turns: int = 10_000) -> None:
    """Return when a state holds; fail when the loop has come round too often without it."""
    for _ in range(turns):
        if state():
            return
        await asyncio.sleep(0)
    raise AssertionError("the state was not reached")


async def settle() -> None:
    """Let everything happen that happens without time or help."""
    for _ in range(20):
        await asyncio.sleep(0)


class Gate:
    """A processor that tells when it has begun, and waits until it is opened."""

    def __init__(self) -> None:
        self.begun: list[Any] = []
        """The values that came in, in order."""
        self.ended: list[Any] = []
        self._open = asyncio.Event()
        self._passes: dict[Any, asyncio.Event] = {}

    def open(self) -> None:
        """Let all through, now and later."""
        self._open.set()
        for passing in self._passes.values():
            passing.set()

    def let_go(self, value: object) -> None:
        """Let one value through."""
        self._passes[value].set()

    async def __call__(self, payload: Payload[Any], ctx: Context) -> Result:
        self.begun.append(payload.value)
        if not self._open.is_set():
            await self._passes.setdefault(payload.value, asyncio.Event()).wait()
        self.ended.append(payload.value)
        return Ok(payload.value)


async def forever(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for what never comes."""
    await asyncio.Event().wait()
    raise AssertionError


async def echo(payload: Payload[Any], ctx: Context) -> Result:
    """A processor that gives back the value."""
    return Ok(payload.value)


async def wait_a_turn(payload: Payload[Any], ctx: Context) -> Result:
    """A processor that waits, but not long."""
    await asyncio.sleep(0)
    return Ok(payload.value)


class Trace(Instrument):
    """Writes down what it is told, and sees that the results are there when they should be."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def accepted(self, event: CollectorEvent) -> None:
        self.told.append(("accepted", event.id, event.status))

    def taken(self, event: CollectorEvent) -> None:
        self.told.append(("taken", event.id, event.consumer))

    def begun(self, event: CollectorEvent, collector: Collector) -> None:
        self.told.append(("begun", event.id, collector.key))

    def ended(self, event: CollectorEvent, collector: Collector, result: Result) -> None:
        self.told.append(("ended", event.id, collector.key, repr(result)))

    def finished(self, event: CollectorEvent) -> None:
        assert event.done
        self.told.append(("finished", event.id, repr(event.peek())))

    def of(self, hook: str) -> list[tuple[Any, ...]]:
        """What one hook was told."""
        return [told[1:] for told in self.told if told[0] == hook]


class Interrupted(Instrument):
    """Keeps the interrupts that nobody waits for."""

    def __init__(self, kept: list[BaseException]) -> None:
        self.interrupted = kept.append


def queue_of(*collectors: Collector, max_consumers: int = 10, **settings: Any) -> CollectorQueue:
    """A queue with 1 to 10 consumers, unless told otherwise."""
    settings.setdefault("min_consumers", 1)
    return CollectorQueue(list(collectors), max_consumers=max_consumers, **settings)


async def outcome(queue: CollectorQueue, payload: Payload[Any]) -> ResultList:
    """Send a payload and wait for its results.

    Not by awaiting the send: on a machine that was held up it hands over to the loop, and nobody
    waits yet for whatever the event comes to, such as an interrupt.
    """
    return await queue.get_publisher().send(payload).event.wait()


def router_that(handler: Callable[[Router, Payload[Any]], Awaitable[Any]]) -> type[Router]:
    """The class of a router that handles events like this."""

    class Custom(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            results: ResultList = await handler(self, payload)
            return results

    return Custom


class Log(list[str]):
    """What happened, in order."""

    def lifecycle(
        self, name: str, enter: BaseException | None = None, leave: BaseException | None = None
    ) -> Any:
        """A lifecycle that writes down "+name" and "-name", and raises what it is told to."""

        @asynccontextmanager
        async def noted(ctx: Context) -> "AsyncIterator[None]":
            if enter is not None:
                raise enter
            self.append(f"+{name}")
            yield
            self.append(f"-{name}")
            if leave is not None:
                raise leave

        return noted

    def collector(self, key: str, processor: Any = echo, **how: BaseException) -> Collector:
        """A collector with such a lifecycle, of the same name."""
        return Collector(key, processor, lifecycle=self.lifecycle(key, **how))
