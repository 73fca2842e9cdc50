"""Sendings: what a workbench's `send` gives, to be awaited for the event or for the results."""

from collections.abc import Coroutine, Generator
from typing import Any

from event_collector import CollectorEvent, ResultList


class BenchSending(Coroutine[Any, Any, CollectorEvent]):
    """A send that begins when it is awaited: `await` it for its event, or its `wait()`.

    It works wherever a coroutine does, such as in `asyncio.create_task` and `gather`. One that is
    never awaited sends nothing, and Python warns of it.

    Args:
        work: The coroutine that sends.
    """

    __slots__ = ("_work",)

    def __init__(self, work: Coroutine[Any, Any, CollectorEvent]) -> None:
        self._work = work

    async def wait(self) -> ResultList:
        """Send, then wait until all results are in, and return them.

        Cancelled after the payload was accepted, it stays accepted.

        Raises:
            Exception: As from `Workbench.send`, and from `CollectorEvent.wait`.
        """
        event = await self._work
        return await event.wait()

    def __await__(self) -> Generator[Any, Any, CollectorEvent]:
        return self._work.__await__()

    def send(self, value: Any) -> Any:
        """For the event loop: go on."""
        return self._work.send(value)

    def throw(self, *exc: Any) -> Any:
        """For the event loop: go on with an exception."""
        return self._work.throw(*exc)

    def close(self) -> None:
        """For the event loop: give up."""
        self._work.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
