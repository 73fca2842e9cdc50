"""However a shutdown ends: a context stays open until no processor works with it any more."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from event_collector._core.shutdown import Ending
from tests.support import in_loop, queue_of, settle


class Works:
    """A collector whose processors note at their end whether their context was open."""

    def __init__(self) -> None:
        self.open_at_end: list[bool] = []

    @contextlib.asynccontextmanager
    async def lifecycle(self, ctx: Context) -> AsyncIterator[None]:
        ctx.open = True
        try:
            yield
        finally:
            ctx.open = False

    async def process(self, payload: Payload[Any], ctx: Context) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(3):
                await asyncio.sleep(0)
            self.open_at_end.append(ctx.open)
        return Ok(None)

    def queue(self) -> CollectorQueue:
        return queue_of(Collector("a", self.process, lifecycle=self.lifecycle), max_consumers=2)


def send_four(queue: CollectorQueue) -> None:
    for number in range(4):
        queue.get_publisher().send(Payload(number))


@pytest.mark.parametrize("stoppers", [1, 2])
@pytest.mark.parametrize("exits", [None, SystemExit])
def test_a_loop_that_ends_while_a_shutdown_drains_waits_for_processors(
    stoppers: int, exits: type[BaseException] | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Decision 18: contexts are closed last; and no lifecycle is blamed that did not raise."""
    works, tasks = Works(), set[asyncio.Task[None]]()
    queue = works.queue()

    async def main() -> None:
        await queue.init_queue()
        send_four(queue)
        await settle()
        tasks.update(asyncio.create_task(queue.shut_down_queue()) for _ in range(stoppers))
        await settle()
        if exits is not None:
            raise exits

    with contextlib.suppress(SystemExit):
        asyncio.run(main())
    assert works.open_at_end == [True, True]
    assert [one for one in caplog.records if one.name == "event_collector"] == []
    assert all(task.cancelled() for task in tasks)


def test_an_exit_while_the_block_drains_waits_for_processors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A handler of SIGTERM that calls sys.exit() strikes anywhere in the loop."""
    works = Works()

    def exits() -> None:
        raise SystemExit

    async def main() -> None:
        async with works.queue() as queue:
            send_four(queue)
            await settle()
            asyncio.get_running_loop().call_later(0.01, exits)

    with pytest.raises(SystemExit):
        asyncio.run(main())
    assert works.open_at_end == [True, True]
    assert [one for one in caplog.records if one.name == "event_collector"] == []


@in_loop
async def test_an_interrupt_in_the_draining_itself_waits_for_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stop button strikes once, in the step that drains."""
    works = Works()
    queue = works.queue()
    await queue.init_queue()
    send_four(queue)
    await settle()

    async def struck(self: Ending) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Ending, "_drain", struck)
    with pytest.raises(KeyboardInterrupt):
        await queue.shut_down_queue()
    assert works.open_at_end == [True, True]


def test_what_a_start_raises_that_nobody_waits_for_is_not_called_a_leaving(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was entered when it raised: the line says what is known."""

    @contextlib.asynccontextmanager
    async def fails(ctx: Context) -> AsyncIterator[None]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError("no connection") from None
        yield

    async def main() -> None:
        queue = queue_of(Collector("a", Works().process, lifecycle=fails))
        start = asyncio.create_task(queue.init_queue())
        await settle()
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start

    with caplog.at_level(logging.ERROR):
        asyncio.run(main())
    assert caplog.messages == ["the start of a queue raised, and nobody waits for it"]
