"""Where a coroutine waits, read from its frames: what `settle` and a deadlock's report tell.

A coroutine that waits knows what it waits for: `cr_await` of a coroutine, `gi_yieldfrom` of a
generator, `ag_await` of an asynchronous one. Followed to the end, that is the place. On the way
lie the engine's own frames, and their variables say whose payload it is: these functions know by
name what `watched`, `Collector.process`, `Dispatch.run`, `Batch.wait`, `Limiter.enter` keep in
which variable. Nothing of it costs an event anything until somebody asks.
"""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, Iterator
from operator import attrgetter
from types import AsyncGeneratorType, CodeType, FrameType
from typing import Any

from event_collector._core.batch import Batch
from event_collector._core.consumer import Consumer
from event_collector._core.consumers import Consumers
from event_collector._core.dispatch import Dispatch
from event_collector._core.limiter import Limiter
from event_collector._core.watch import Keyed, Runner, watched
from event_collector._tracebacks import is_own, variable
from event_collector.collector import Collector
from event_collector.settling import Place, SettleReport, Stuck, StuckLifecycle

LOOKED_AT = 200
"""Of how many events in service a report says where they wait."""


type Moving = Callable[[], list[StuckLifecycle]]
"""Gives the lifecycles that are just being entered or left."""


async def settle(
    consumers: Consumers, timeout: float, moving: Moving, until_still: Callable[[], Awaitable[None]]
) -> SettleReport:
    """See `CollectorQueue.settle`. `until_still` waits until no lifecycle moves."""
    tally, time = consumers.tally, asyncio.get_running_loop().time
    if tally.finished == tally.accepted and not moving():
        return SettleReport(True, 0.0)
    began = time()
    try:
        async with asyncio.timeout(timeout):
            while tally.finished < tally.accepted or moving():
                if tally.finished < tally.accepted:
                    await consumers.wait_for_all()
                await until_still()
    except TimeoutError:
        pass
    return report(consumers, time() - began, moving())


def report(
    consumers: Consumers, waited: float, moving: list[StuckLifecycle] | None = None
) -> SettleReport:
    """What is not done at this moment. Of very many events, only the first have a place.

    Looking for a place takes some microseconds, and the caller wants to be told in time.
    """
    now = asyncio.get_running_loop().time()
    in_service = [
        Stuck(event.id, event.payload, status, key, now - _or(event.taken_at, now), *seen)
        for number, consumer in enumerate(consumers.active.values())
        if (event := consumer.event) is not None and not event.done
        for key, status, seen in _seen(consumer, look=number < LOOKED_AT)
    ]
    in_service.sort(key=attrgetter("seconds"), reverse=True)
    parked = consumers.queued.parked.places()
    queued = consumers.queued.events()
    settled = consumers.tally.finished == consumers.tally.accepted and not moving
    paused = consumers.queued.paused
    return SettleReport(
        settled, waited, tuple(in_service), tuple(queued), paused, tuple(moving or ()), now, parked
    )


def _or(taken_at: float | None, now: float) -> float:
    return now if taken_at is None else taken_at


type _Seen = tuple[str | None, str, tuple[Place | None, tuple[Place, ...]]]

_BETWEEN: _Seen = (None, "in service", (None, ()))
"""What there is to see of an event whose processors have ended, before its consumer goes on."""


def _seen(consumer: Consumer, *, look: bool) -> list[_Seen]:
    if look:
        return list(_at_work(consumer)) or [_BETWEEN]
    collector = consumer.collector
    return [_BETWEEN if collector is None else (collector.key, "in service", (None, ()))]


def _at_work(consumer: Consumer) -> Iterator[_Seen]:
    """Who has the event of a consumer, and where it waits."""
    walk = consumer.dispatch
    children = list(_in_children(consumer)) if consumer.chosen is None else []
    if walk is None or consumer.collector is not None:
        task = consumer.task
        own = _follow(None if task is None else task.get_coro(), consumer)
        yield from (seen for seen in own if seen[0] is not None or not children)
    yield from children
    if walk is not None:
        yield from _in_walk(walk)


def _in_children(consumer: Consumer) -> Iterator[_Seen]:
    """Where a custom router gives the event's payload to collectors in tasks of its own."""
    event = consumer.event
    for task, giving in list(consumer.watch.deliverers.items()):
        if event is not None and giving.payload is event.payload and task is not consumer.task:
            yield from _follow(task.get_coro(), Runner(consumer.watch))


def _in_walk(walk: Dispatch) -> Iterator[_Seen]:
    for task, walker in list(walk.walkers.items()):
        if walker.collector is not None:
            yield from _follow(task.get_coro(), walker)


def _follow(awaitable: Any, by: Runner) -> Iterator[_Seen]:
    """Go from a task's coroutine to what it waits for, and so on, to the innermost function."""
    collector: Keyed | None = by.collector
    status, stack = "in service", list[Place]()
    for frame in frames_of(awaitable):
        if not is_own(frame.f_code):
            stack.append(Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        elif frame.f_code is _code(Collector.process):
            collector, stack = variable(frame, "self"), []  # a custom router's frames end here
        elif frame.f_code is _code(Dispatch.run):
            yield from _in_walk(variable(frame, "self"))
            return
        elif frame.f_code is _code(Batch.wait):
            task = variable(frame, "self").task
            if task is None:
                status = "waits for a place"  # its batch still fills
            elif task.done():  # asked for its coroutine then, Python 3.12 crashes
                yield _BETWEEN
                return
            else:
                yield from _follow(task.get_coro(), _named(by, collector))
                return
        elif frame.f_code is _code(Limiter.enter):
            status = "waits for a place"
    key = None if collector is None else collector.key
    yield key, status, (stack[0] if stack else None, tuple(stack))


def _named(by: Runner, collector: Keyed | None) -> Runner:
    named = Runner(by.watch)
    named.collector = collector
    return named


def frames_of(awaitable: Any) -> Iterator[FrameType]:
    """The frames of a coroutine that waits, from the outermost to the innermost."""
    while awaitable is not None:
        frame: FrameType | None
        if (frame := getattr(awaitable, "cr_frame", None)) is not None:
            awaitable = awaitable.cr_await
        elif (frame := getattr(awaitable, "gi_frame", None)) is not None:
            # `watched` drives a coroutine by hand: what it waits for is a variable of its.
            inner = variable(frame, "steps") if frame.f_code is _code(watched) else None
            awaitable = awaitable.gi_yieldfrom if inner is None else inner
        elif (frame := getattr(awaitable, "ag_frame", None)) is not None:
            awaitable = awaitable.ag_await
        elif (step := _generator_of(awaitable)) is not None:
            awaitable = step
            continue
        else:
            return
        yield frame


def _generator_of(awaitable: Any) -> Any:
    """The asynchronous generator that is asked for its next step, such as a lifecycle: that step
    does not say whose it is, but the garbage collector knows."""
    if type(awaitable).__name__ not in ("async_generator_asend", "async_generator_athrow"):
        return None
    held = gc.get_referents(awaitable)
    return next((one for one in held if isinstance(one, AsyncGeneratorType)), None)


def stack_of(task: asyncio.Task[Any]) -> tuple[Place, ...]:
    """Where a task waits, from its outermost function to its innermost; the engine's own frames,
    and those of `asynccontextmanager`, left out."""
    return tuple(
        Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        for frame in frames_of(task.get_coro())
        if not is_own(frame.f_code) and frame.f_code.co_filename != contextlib.__file__
    )


def handled_in(task: asyncio.Task[Any]) -> BaseException | None:
    """What a lifecycle handles that is being left: the exception in whose `finally` it waits.

    No attribute of a generator tells, but the garbage collector knows what it holds. None where it
    cannot be seen: in a class of the user's own, or before it is raised.
    """
    awaitable: Any = task.get_coro()
    while awaitable is not None:
        if isinstance(generator := _generator_of(awaitable), AsyncGeneratorType):
            held = [one for one in gc.get_referents(generator) if isinstance(one, BaseException)]
            return held[-1] if held else None  # variables come first, what is handled last
        awaitable = getattr(awaitable, "cr_await", None)
    return None


def runner_of(frame: FrameType) -> Runner | None:
    """Who gives a payload to a collector, or walks over several, in a frame of the engine."""
    if not is_own(frame.f_code):
        return None
    by = variable(frame, "by", "self")
    return by if isinstance(by, Runner) else None


def consumer_of(runner: Runner) -> Consumer | None:
    """The consumer itself, or the one for which somebody walks in another task."""
    if isinstance(runner, Consumer):
        return runner
    parent = runner.dispatch.parent if isinstance(runner.dispatch, Dispatch) else None
    frame = None if parent is None else getattr(parent.get_coro(), "cr_frame", None)
    consumer = None if frame is None else variable(frame, "self")
    return consumer if isinstance(consumer, Consumer) else None


def _code(function: Callable[..., object]) -> CodeType:
    code: CodeType = function.__code__
    return code
