"""A queue at work in a thread of its own, for tests that touch it from outside."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from event_collector import CollectorQueue, EventPublisher, Payload
from tests.support import TIMEOUT, until


@contextmanager
def quick_switching() -> Iterator[None]:
    """Threads take turns a thousand times as often: what can go wrong between two lines, will."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Service:
    """Runs a queue in a thread and loop of its own, from entering to leaving it.

    Args:
        make: Makes the queue, in the loop.
        busy: What is done in the loop again and again, until it is left; nothing unless given.
    """

    def __init__(
        self,
        make: Callable[[], CollectorQueue],
        busy: Callable[[CollectorQueue], Awaitable[Any]] | None = None,
    ) -> None:
        self.queue: CollectorQueue
        self.publisher: EventPublisher
        self.loop: asyncio.AbstractEventLoop
        self._make, self._busy = make, busy
        self._started, self._stop = threading.Event(), threading.Event()
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function returns that is called in the queue's loop."""

        async def called() -> Any:
            returned = function(*arguments)
            return await returned if asyncio.iscoroutine(returned) else returned

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(TIMEOUT)

    def until(self, state: Callable[[], object]) -> None:
        """Return when a state holds, looked at in the queue's loop."""
        self.call(lambda: until(state))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(TIMEOUT)
        self._check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Shut the queue down and see the thread to its end."""
        self._stop.set()
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it has just been closed
                self.loop.call_soon_threadsafe(lambda: None)
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive()
        self._check()

    def _check(self) -> None:
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as exc:
            self._raised = exc
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.queue = queue = self._make()
        async with queue:
            self.publisher = queue.get_publisher()
            self._started.set()
            while not self._stop.is_set():
                if self._busy is not None:
                    await self._busy(queue)
                await asyncio.sleep(0)


async def send_some(queue: CollectorQueue, count: int = 20) -> None:
    """Send a few payloads, and wait until they are done."""
    for number in range(count):
        queue.get_publisher().send(Payload(number))
    await queue.get_publisher().wait()
