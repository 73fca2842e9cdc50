"""Each public method in each state of a queue: it works, or says clearly why it does not."""

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    EventPublisher,
    Instrument,
    Payload,
    QueueClosedError,
    UnknownCollectorError,
)
from tests.support import TIMEOUT, Gate, echo, in_loop, queue_of, settle


def remove_what_was_added(queue: CollectorQueue) -> None:
    told = Told()
    queue.add_instrument(told)
    queue.remove_instrument(told)


QUEUE: dict[str, Callable[[CollectorQueue], object]] = {
    "add": lambda queue: queue.add(Collector("new", echo)),
    "add_instrument": lambda queue: queue.add_instrument(Told()),
    "collectors": lambda queue: list(queue.collectors),
    "current_event": lambda queue: queue.current_event(),
    "current_events": lambda queue: queue.current_events(),
    "get_publisher": lambda queue: queue.get_publisher(),
    "init_queue": lambda queue: queue.init_queue(),
    "max_consumers": lambda queue: queue.max_consumers,
    "max_queued": lambda queue: queue.max_queued,
    "metrics": lambda queue: queue.metrics(),
    "min_consumers": lambda queue: queue.min_consumers,
    "pause": lambda queue: queue.pause(),
    "paused": lambda queue: queue.paused,
    "remove": lambda queue: queue.remove("b"),
    "remove_instrument": remove_what_was_added,
    "replace": lambda queue: queue.replace(Collector("b", echo)),
    "resume": lambda queue: queue.resume(),
    "router": lambda queue: repr(queue.router),
    "running": lambda queue: queue.running,
    "set_limits": lambda queue: queue.set_limits(max_consumers=3, max_queued=5),
    "settle": lambda queue: queue.settle(0.001),
    "shut_down_queue": lambda queue: queue.shut_down_queue(),
    "step": lambda queue: queue.step(),
    "steps_left": lambda queue: queue.steps_left,
    "wrap": lambda queue: queue.wrap("a", lambda payload, ctx, go_on: go_on(payload, ctx)),
}
PUBLISHER: dict[str, Callable[[EventPublisher], object]] = {
    "send": lambda publisher: publisher.send(Payload(1)),
    "send_all": lambda publisher: publisher.send_all([Payload(1)]),
    "send_nowait": lambda publisher: publisher.send_nowait(Payload(1)),
    "send_threadsafe": lambda publisher: publisher.send_threadsafe(Payload(1)),
    "wait": lambda publisher: publisher.wait(),
}


def of_publisher(call: Callable[[EventPublisher], object]) -> Callable[[CollectorQueue], object]:
    return lambda queue: call(queue.get_publisher())


CALLS: dict[str, Callable[[CollectorQueue], object]] = {
    **QUEUE,
    **{name: of_publisher(call) for name, call in PUBLISHER.items()},
    "repr": repr,
}


class Told(Instrument):
    """An instrument with a hook."""

    def accepted(self, event: object) -> None:
        """Nothing."""


class Slow:
    """A lifecycle that waits to be let in, and out."""

    def __init__(self) -> None:
        self.into, self.out = asyncio.Event(), asyncio.Event()

    @contextlib.asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        await self.into.wait()
        yield
        await self.out.wait()


SAYS_WHY = (QueueClosedError, UnknownCollectorError, RuntimeError)
"""What is wrong, then what to do."""


type State = Callable[[CollectorQueue, Slow, Gate], Awaitable[object]]


async def new(queue: CollectorQueue, slow: Slow, gate: Gate) -> None: ...


async def starting(queue: CollectorQueue, slow: Slow, gate: Gate) -> object:
    start = asyncio.create_task(queue.init_queue())
    await settle()
    return start


async def running(queue: CollectorQueue, slow: Slow, gate: Gate) -> None:
    slow.into.set()
    await queue.init_queue()


async def draining(queue: CollectorQueue, slow: Slow, gate: Gate) -> object:
    await running(queue, slow, gate)
    queue.get_publisher().send(Payload(1))
    stop = asyncio.create_task(queue.shut_down_queue())
    await settle()
    return stop


async def leaving(queue: CollectorQueue, slow: Slow, gate: Gate) -> object:
    gate.open()
    return await draining(queue, slow, gate)


async def shut_down(queue: CollectorQueue, slow: Slow, gate: Gate) -> None:
    slow.out.set()
    await running(queue, slow, gate)
    await queue.shut_down_queue()


async def starting_again(queue: CollectorQueue, slow: Slow, gate: Gate) -> object:
    await shut_down(queue, slow, gate)
    slow.into.clear()
    return await starting(queue, slow, gate)


STATES: list[State] = [new, starting, running, draining, leaving, shut_down, starting_again]


def test_all_public_methods_are_in_here() -> None:
    """A new one has to be tried in each state too."""
    for cls, calls in ((CollectorQueue, QUEUE), (EventPublisher, PUBLISHER)):
        public = {name for name, _ in inspect.getmembers(cls) if not name.startswith("_")}
        assert public <= set(calls), public - set(calls)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", CALLS)
@in_loop
async def test_each_call_in_each_state_works_or_says_why_not(name: str, state: State) -> None:
    """Nothing but the queue's own errors: no AttributeError from within, nothing hangs."""
    slow, gate = Slow(), Gate()
    queue = queue_of(Collector("a", gate, lifecycle=slow.lifecycle), Collector("b", echo))
    going_on = await state(queue, slow, gate)

    async def call() -> None:
        made = CALLS[name](queue)
        if isinstance(made, Awaitable) and name != "send_threadsafe":
            await made

    called = asyncio.create_task(call())
    await settle()
    for each in (slow.into, slow.out, gate):
        each.open() if isinstance(each, Gate) else each.set()
    async with asyncio.timeout(TIMEOUT):
        (fault,) = await asyncio.gather(called, return_exceptions=True)
    assert fault is None or (isinstance(fault, SAYS_WHY) and "; " in str(fault)), repr(fault)
    if isinstance(going_on, asyncio.Task):
        await asyncio.wait([going_on])
    await queue.shut_down_queue()


@in_loop
async def test_waiting_for_all_while_a_queue_starts_returns_at_once() -> None:
    """Nothing is accepted yet."""
    slow = Slow()
    queue = queue_of(Collector("a", echo, lifecycle=slow.lifecycle))
    start = await starting(queue, slow, Gate())
    assert isinstance(start, asyncio.Task)
    await queue.get_publisher().wait()
    assert not start.done()
    slow.into.set()
    slow.out.set()
    await start
    await queue.shut_down_queue()
