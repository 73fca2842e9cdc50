"""Contexts with types, as a user with strict checkers writes them: checked, and run."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, assert_type

from event_collector import (
    BatchProcessor,
    Collector,
    CollectorQueue,
    Context,
    Error,
    LifecycleManager,
    Ok,
    Payload,
    Processor,
    Result,
)

said: list[str] = []
"""What came out, line by line."""


class Limits(Context):
    """What one collector works with."""

    limit: int
    seen: list[float]


class Store(Context):
    """What the other one works with."""

    rows: dict[str, float]


async def judge(payload: Payload[float], ctx: Limits) -> Result:
    """A processor that knows its context."""
    assert_type(ctx.limit, int)
    ctx.seen.append(payload.value)
    if payload.value > ctx.limit:
        return Error(ValueError("too hot"))
    return Ok(payload.value)


async def keep(payload: Payload[float], ctx: Store) -> Result:
    """Another, with another."""
    assert_type(ctx.rows, dict[str, float])
    ctx.rows[str(payload.value)] = payload.value
    return Ok(len(ctx.rows))


async def keep_all(payloads: list[Payload[float]], ctx: Store) -> list[Result]:
    """One that gets many at once."""
    assert_type(ctx.rows, dict[str, float])
    return [Ok(len(payloads)) for payload in payloads if payload.value]


async def around_all(
    payloads: list[Payload[Any]], ctx: Context, processor: BatchProcessor
) -> Result | Sequence[Result]:
    """Runs in the place of one that gets many."""
    return await processor(payloads, ctx)


async def around_one(payload: Payload[float], ctx: Limits, processor: Processor[Limits]) -> Result:
    """Runs in the place of one that knows its context."""
    ctx.seen.append(0.0)
    return await processor(payload, ctx)


async def plain(payload: Payload[Any], ctx: Context) -> Result:
    """One that takes any context, by attribute and by name."""
    ctx["calls"] = ctx["calls"] + 1
    return Ok(ctx.calls)


@asynccontextmanager
async def opened(ctx: Store) -> AsyncGenerator[None]:
    """Fills what the class promises."""
    ctx.rows = {}
    yield
    del ctx.rows


class Special(Collector[Limits]):
    """A collector of the user's own."""


def collectors() -> list[Collector]:
    """Collectors with different contexts in one list, and none of it is written out."""
    return [
        Collector("judge", judge, ctx=Limits(limit=40, seen=[])),
        Collector("keep", keep, lifecycle=opened),
        Collector("plain", plain, ctx=Context(calls=0)),
        Collector("keep all", keep_all, lifecycle=opened, batch_size=3, linger=0.5),
    ]


def context_of(collector: Collector) -> Context:
    """What any collector has: of a bare one, a checker takes it as it is used."""
    ctx: Context = collector.ctx
    return ctx


def taken(collector: Collector) -> Collector:
    """A function that takes any collector, and gives it back."""
    return collector


async def written_inline() -> list[str]:
    """Collectors with contexts of their own, made where they are wanted, with no variable."""
    one: Collector = Collector("one", judge, ctx=Limits(limit=40, seen=[]))
    several: list[Collector] = [
        Collector("keep", keep, lifecycle=opened),
        taken(Collector("judge", judge, ctx=Limits(limit=40, seen=[]))),
    ]
    async with CollectorQueue(
        [Collector("judge", judge, ctx=Limits(limit=40, seen=[])), Collector("keep", keep)],
        min_consumers=0,
        max_consumers=1,
    ) as queue:
        await queue.add(Collector("more", judge, ctx=Limits(limit=4, seen=[])))
        await queue.replace(Collector("keep", keep, lifecycle=opened))
        return [one.key, *(each.key for each in several), *queue.collectors]


def typed() -> None:
    """What a checker knows of each."""
    judging = Collector("judge", judge, ctx=Limits(limit=40, seen=[]))
    assert_type(judging, Collector[Limits])
    assert_type(judging.ctx, Limits)
    assert_type(judging.ctx.limit, int)
    keeping = Collector("keep", keep)
    assert_type(Collector("all", keep_all, batch_size=3), Collector[Store])
    many: BatchProcessor = keep_all
    exactly: BatchProcessor[Store] = keep_all
    assert many is exactly
    assert_type(keeping, Collector[Store])
    assert_type(context_of(judging), Context)
    special = [Special("special", judge)]
    CollectorQueue(special, min_consumers=0, max_consumers=1)
    mixed = [judging, keeping]
    CollectorQueue(mixed, min_consumers=0, max_consumers=1)
    CollectorQueue([judging], min_consumers=0, max_consumers=1)
    one: Processor = judge
    other: Processor[Store] = keep
    opening: LifecycleManager = opened
    exact: LifecycleManager[Store] = opened
    assert one is not other
    assert opening is exact


def narrowed(result: Result) -> str:
    """Which of the two a result is, by `ok`."""
    assert_type(result.ok, bool)
    if result.ok is True:
        assert_type(result, Ok[Any])
        return f"Ok({result.value})"
    assert_type(result, Error)
    assert_type(result.ok, Literal[False])
    return f"{type(result.exception).__name__}"


async def main() -> None:
    """All of it."""
    typed()
    assert await written_inline() == ["one", "keep", "judge", "judge", "keep", "more"]
    queue = CollectorQueue(collectors(), min_consumers=1, max_consumers=4)
    queue.wrap("keep all", around_all)
    queue.wrap("judge", around_one)
    async with queue:
        for value in (21.5, 99.0):
            results = await queue.get_publisher().send(Payload(value)).wait()
            said.append(", ".join(map(narrowed, results)))


if __name__ == "__main__":
    asyncio.run(main())
