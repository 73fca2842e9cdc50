"""How queues end: lifecycles that tell of it, and what the events say that were cut off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from event_collector import CollectorEvent, Context, Error, QueueClosedError
from tests.support import Log

LEFT = (
    "the queue was not shut down before its event loop ended; "
    "send it again, and use 'async with queue:'"
)


def said(event: CollectorEvent) -> list[str]:
    """What the Errors of an event say."""
    assert event.result is not None
    return [str(one.exception) for one in event.result.errors]


def is_cut_off(event: CollectorEvent) -> bool:
    """Whether a shutdown cut an event off."""
    assert event.result is not None
    return any(
        isinstance(one, Error) and isinstance(one.exception, QueueClosedError)
        for one in event.result
    )


class Teardown(Log):
    """Lifecycles that take many turns to be entered and left, and tell if they are cancelled."""

    def __init__(self, turns: int = 10) -> None:
        super().__init__()
        self.turns = turns

    def lifecycle(
        self, name: str, enter: BaseException | None = None, leave: BaseException | None = None
    ) -> Any:
        @asynccontextmanager
        async def noted(ctx: Context) -> AsyncIterator[None]:
            for _ in range(self.turns):
                await asyncio.sleep(0)
            self.append(f"+{name}")
            try:
                yield
            except BaseException as exc:
                self.append(f"{type(exc).__name__} in {name}")
                raise
            finally:
                try:
                    for _ in range(self.turns):
                        await asyncio.sleep(0)
                    self.append(f"-{name}")
                except BaseException as exc:
                    self.append(f"{type(exc).__name__} while {name} was left")
                    raise

        return noted


class Finally(Log):
    """Writes down that a lifecycle was left, however that came about."""

    def lifecycle(
        self, name: str, enter: BaseException | None = None, leave: BaseException | None = None
    ) -> Any:
        @asynccontextmanager
        async def noted(ctx: Context) -> AsyncIterator[None]:
            self.append(f"+{name}")
            try:
                yield
            finally:
                await asyncio.sleep(0)
                self.append(f"-{name}")
                if leave is not None:
                    raise leave

        return noted
