"""The stop button strikes the engine itself, while a queue is started, ended, or ends an event."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Ok, Payload
from event_collector._core.consumers import Consumers
from tests.support import echo, queue_of, until


class _StruckLoop(asyncio.SelectorEventLoop):
    """Raises KeyboardInterrupt once, as a signal does, where a function of that name calls it."""

    by: str | None = None

    def time(self) -> float:
        self._strike()
        return super().time()

    def call_soon[*Ts](
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Any = None
    ) -> asyncio.Handle:
        self._strike()
        return super().call_soon(callback, *args, context=context)

    def _strike(self) -> None:
        if self.by is not None and sys._getframe(2).f_code.co_name == self.by:
            self.by = None
            raise KeyboardInterrupt


def _opened() -> tuple[CollectorQueue, list[str]]:
    """A queue with a lifecycle, and what becomes of that."""
    story: list[str] = []

    @asynccontextmanager
    async def lifecycle(ctx: Context) -> AsyncIterator[None]:
        story.append("entered")
        try:
            yield
        finally:
            story.append("left")

    return queue_of(Collector("a", echo, lifecycle=lifecycle), shutdown_timeout=None), story


def _run(main: Callable[[_StruckLoop], Any]) -> None:
    """Run it to its end, which cancels what is left: whatever outlasts that would hang here."""
    with asyncio.Runner(loop_factory=_StruckLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, _StruckLoop)
        runner.run(main(loop))


def test_a_start_that_is_struck_when_the_lifecycles_are_open_leaves_them_again() -> None:
    """Decision 15: it is passed on, and the queue can be started again."""
    queue, story = _opened()

    async def main(loop: _StruckLoop) -> None:
        loop.by = "open"
        with pytest.raises(KeyboardInterrupt):
            await queue.init_queue()
        assert story == ["entered", "left"]
        assert not queue.running
        async with queue:
            assert await queue.get_publisher().send_nowait(Payload(1)).wait() == [Ok(1)]
        assert story == ["entered", "left"] * 2

    _run(main)


def test_a_shutdown_that_is_struck_is_made_to_its_end_all_the_same() -> None:
    """Decisions 14 and 15: lifecycles are left, every event is done, and it is passed on."""
    queue, story = _opened()

    async def main(loop: _StruckLoop) -> None:
        await queue.init_queue()
        queue.pause()
        event = queue.get_publisher().send_nowait(Payload(1))
        waiting = asyncio.create_task(event.wait())
        await asyncio.sleep(0)
        loop.by = "start_soon"  # of the consumers, as the pause ends
        with pytest.raises(KeyboardInterrupt):
            await queue.shut_down_queue()
        assert story == ["entered", "left"]
        assert len(await waiting) == 1
        async with queue:
            assert await queue.get_publisher().send_nowait(Payload(1)).wait() == [Ok(1)]

    _run(main)


def test_who_waits_for_an_event_is_woken_if_it_is_struck_as_it_ends() -> None:
    """Decision 14: when it is done, and counted, and nobody is told yet."""
    struck = False

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal struck
        if frame.f_code is not Consumers.finish.__code__:
            return None
        if event == "line" and not struck and frame.f_locals["self"].tally.finished:
            struck = True
            raise KeyboardInterrupt
        return trace

    with asyncio.Runner() as runner:
        # The interrupt is the caller's, and its task's, of whom nobody asks for it.
        runner.get_loop().set_exception_handler(lambda loop, what: None)
        queue, _ = _opened()
        runner.run(queue.init_queue())
        publisher = queue.get_publisher()
        waiting: list[asyncio.Task[Any]] = []

        async def begin() -> None:
            queue.pause()
            waiting.append(asyncio.create_task(publisher.send_nowait(Payload(1)).wait()))
            await asyncio.sleep(0)
            sys.settrace(trace)
            queue.resume()
            await until(waiting[0].done)

        async def end() -> None:
            assert await waiting[0] == [Ok(1)]
            await queue.shut_down_queue()

        before = sys.gettrace()
        try:
            with pytest.raises(KeyboardInterrupt):
                runner.run(begin())
        finally:
            sys.settrace(before)
        runner.run(end())
