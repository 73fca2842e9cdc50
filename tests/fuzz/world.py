"""What a random program is made of, and what is noted of it."""

import asyncio
import random
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    QueueType,
    ResultList,
    Router,
    SimpleRouter,
)
from event_collector.service import current_services
from tests.fuzz.hooks import Hearing


class Value:
    """What a payload carries: it can be seen whether anybody still holds it."""

    def __init__(self, number: int) -> None:
        self.number = number


class World:
    """One program: its dice, its queues, and its ledger."""

    def __init__(self, seed: int) -> None:
        self.seed, self.count, self.way, self.killed = seed, 0, "", False
        self.dice = random.Random(seed)
        self.number = 0
        self.values: list[weakref.ref[Value]] = []
        self.events: list[CollectorEvent] = []
        self.finished: Counter[tuple[int, int]] = Counter()
        """How often an instrument was told of an event's end, by queue and id."""
        self.begun: Counter[tuple[int, int]] = Counter()
        self.ended: Counter[tuple[int, int]] = Counter()
        """How often a processor has begun and ended, by collector and value."""
        self.promised: Counter[int] = Counter()
        self.called: Counter[int] = Counter()
        """What was to be called at a processor's end, and was."""
        self.entered = self.left = 0
        self.struck = self.heard = 0
        """How many interrupts were raised, and came up somewhere."""
        self.wrong: list[str] = []
        """What must never happen, as far as it was seen at once."""
        self.interrupts = self.chance(0.4)
        self.over = False
        self.failed = False
        """Whether a processor was told what a lifecycle raised: the two lead to each other."""
        self.queues = [self.queue(place) for place in range(self.dice.randint(1, 3))]

    def chance(self, share: float) -> bool:
        """Whether something happens."""
        return self.dice.random() < share

    def pick[T](self, *what: T) -> T:
        """One of several."""
        return self.dice.choice(what)

    def strike(self, share: float) -> None:
        """Raise an interrupt, now and then."""
        if self.interrupts and self.chance(share):
            self.struck += 1
            raise self.pick(KeyboardInterrupt, SystemExit)

    def payload(self) -> Payload[Value]:
        """A new one, for whomever."""
        self.number += 1
        value = Value(self.number)
        self.values.append(weakref.ref(value))
        how = self.pick(*([Delivery.BROADCAST] * 3), Delivery.KEY, Delivery.TOPIC)
        if how is Delivery.KEY:
            return Payload(value, keys=["0", self.pick("1", "none")], priority=self.number % 3)
        if how is Delivery.TOPIC:
            return Payload(value, topics=["t"])
        return Payload(value, priority=self.number % 5)

    def queue(self, place: int) -> CollectorQueue:
        """One with any settings."""
        most = self.dice.randint(2, 4)
        routers: list[type[Router]] = [SimpleRouter, SimpleRouter, _router(self)]
        queue = CollectorQueue(
            [self.collector(f"{number}") for number in range(self.dice.randint(1, 3))],
            min_consumers=self.pick(0, 1),
            max_consumers=self.pick(most, most, 30),
            queue_type=self.pick(*QueueType),
            router=self.pick(*routers),
            max_queued=self.pick(None, None, 1, 3),
            shutdown_timeout=self.pick(0.0, 0.002, 0.02, 0.1),
            lifecycle_timeout=0.01,
            carry_context=self.chance(0.4),
            report_interval=self.pick(None, None, 0.002),
        )
        if self.chance(0.7):
            queue.add_instrument(Hearing(self, place))
        if self.chance(0.4):
            queue.current_event()
        return queue

    def collector(self, key: str) -> Collector:
        """One with any processor, limits and lifecycle."""
        batch = self.pick(None, None, None, 2)
        uid = self.number = self.number + 1
        return Collector(
            key,
            _processor(self, uid, batched=batch is not None),
            topics=["t"] if self.chance(0.5) else [],
            ctx=Context(open=0),
            lifecycle=self.pick(None, _lifecycle(self)),
            timeout=self.pick(None, None, 0.003),
            max_concurrency=self.pick(None, None, 1, 2),
            batch_size=batch,  # type: ignore[arg-type]
            linger=None if batch is None else self.pick(None, 0, 0.002),  # type: ignore[arg-type]
        )


def _router(world: World) -> type[Router]:
    class Own(Router):
        async def handle_event(self, payload: Payload[Any]) -> ResultList:
            world.strike(0.01)
            if world.chance(0.05):
                raise ValueError
            if world.chance(0.2):
                await asyncio.sleep(0)
            if world.chance(0.2) and self.collectors:
                first = next(iter(self.collectors.values()))
                return ResultList([await first.process(payload)])
            if world.chance(0.3):
                return await self._impatiently(payload)
            return await self.dispatch(payload, self.collectors.values())

        async def _impatiently(self, payload: Payload[Any]) -> ResultList:
            """Give it in tasks, and cancel some of them, in whatever turn."""
            # Not by `create_task`: an eager factory's own frame has the task, and an Error that.
            tasks = [asyncio.Task(one.process(payload)) for one in self.collectors.values()]
            try:
                for task in tasks:
                    for _ in range(world.dice.randint(0, 4)):
                        await asyncio.sleep(0)
                    if world.chance(0.5):
                        task.cancel()
                    del task
                while left := [task for task in tasks if not task.done()]:
                    await asyncio.wait(left)
                    left.clear()
                ended = [task for task in tasks if not task.cancelled()]
                return ResultList([one.result() for one in ended] or [Ok(None)])
            finally:
                for task in tasks:
                    task.cancel()
                tasks = ended = left = []

    return Own


def _processor(world: World, uid: int, *, batched: bool) -> Any:
    async def work(values: list[Value], ctx: Context) -> Any:
        if world.chance(0.2):
            _ask(world)
        kind = world.dice.random()
        world.strike(0.02)
        if kind < 0.3:
            return [Ok(value.number) for value in values] if batched else Ok(values[0].number)
        if kind < 0.4:
            raise ValueError
        if kind < 0.45:
            raise asyncio.CancelledError
        if kind < 0.55 and world.queues and not world.over:
            await _send_on(world)
        if 0.55 < kind < 0.58 and world.queues and not world.over:
            await _change(world)
        try:
            await asyncio.sleep(world.pick(0, 0, 0.001, 0.003, 5 if kind > 0.95 else 0))
        except asyncio.CancelledError:
            if world.chance(0.3):
                await asyncio.sleep(world.pick(0, 0.002, 0.03))
            if world.chance(0.7):
                raise
        world.strike(0.02)
        return Ok("late")

    async def process(given: Any, ctx: Context) -> Any:
        values = [one.value for one in (given if batched else [given])]
        numbers = [value.number for value in values]
        for number in numbers:
            world.begun[uid, number] += 1
        try:
            return await work(values, ctx)
        finally:
            for number in numbers:
                world.ended[uid, number] += 1

    return process


def _ask(world: World) -> None:
    """Have something called at the processor's end."""
    for service in current_services()[:1]:
        world.number = number = world.number + 1
        if service.at_end(partial(_called, world, number)):
            world.promised[number] += 1


def _called(world: World, number: int) -> None:
    world.called[number] += 1
    world.strike(0.05)
    if world.chance(0.1):
        raise ValueError


async def _send_on(world: World) -> None:
    """As a processor: send to any queue, and maybe wait for what comes of it."""
    queue = world.pick(*world.queues)
    if not queue.running:
        return
    try:
        event = queue.get_publisher().send(world.payload()).event
        world.events.append(event)
        if world.chance(0.2):
            async with asyncio.timeout(0.003):
                await event.wait()
    except (TimeoutError, RuntimeError):
        pass  # it would wait for itself, or the queue is closed


async def _change(world: World) -> None:
    """As a processor: change any queue, the own one too."""
    queue, key = world.pick(*world.queues), world.pick("0", "1", "new")
    try:
        async with asyncio.timeout(0.01):
            if world.chance(0.3):
                await queue.replace(world.collector(key))
            elif world.chance(0.3):
                await queue.add(world.collector(key))
            elif world.chance(0.3):
                await queue.remove(key)
            elif world.chance(0.5):
                await queue.settle(0.001)
            else:
                await queue.get_publisher().wait()
    except (QueueClosedError, RuntimeError, ValueError, LookupError, TimeoutError):
        world.failed = True


def _lifecycle(world: World) -> Any:
    kind = world.dice.random()

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        world.entered += 1
        try:
            world.strike(0.03)
            if kind < 0.05:
                raise ValueError
            await asyncio.sleep(5 if kind > 0.96 else world.pick(0, 0.001))
            async with asyncio.timeout(0.004 if kind < 0.2 else None):
                yield
            if world.queues and world.chance(0.2):
                await _send_on(world)
            world.strike(0.03)
            await asyncio.sleep(5 if 0.92 < kind < 0.96 else 0)
            if 0.2 < kind < 0.25:
                raise ValueError
        except asyncio.CancelledError:
            if world.chance(0.3):
                await asyncio.sleep(0.03)
            raise
        finally:
            world.left += 1

    return lifecycle


def results_of(event: CollectorEvent) -> str:
    """What is wrong with an event's end; empty if nothing is."""
    results = event.result
    if results is None:
        return f"{event!r} never ends"
    if not results or not all(isinstance(one, Ok | Error) for one in results):
        return f"{event!r} has no results: {results!r}"
    keys = [key for key in results.keys if key is not None]
    return f"{event!r} has two results of one" if len(keys) != len(set(keys)) else ""
