"""The time that a processor has: what it returns in time, or the TimeoutError that says it did not.

It begins with the processor, and not while its payload waits for a place or for a batch to fill.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any

from event_collector._tracebacks import without_own_frames


async def in_time(awaitable: Awaitable[Any], seconds: float, key: str) -> Any:
    """Await what a collector's processor has returned, for so many seconds.

    Raises:
        TimeoutError: It took longer, whatever it returned or raised then.
        BaseException: What it raised in time.
    """
    value: Any = None
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            value = await awaitable
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as exc:
        if not _outlasted(deadline):
            raise
        raise _late(key, seconds) from _cause(exc)
    else:
        if _outlasted(deadline):
            raise _late(key, seconds)
        return value
    finally:
        # An Error's traceback leads back to here, and these may lead to the Error: the deadline
        # knows its task, and the task its result.
        value = None
        del deadline


def _outlasted(deadline: asyncio.Timeout) -> bool:
    return deadline.expired() or asyncio.get_running_loop().time() > (deadline.when() or 0)


def _cause(exc: BaseException) -> BaseException:
    """What a processor that took too long raised then, without the deadline's own TimeoutError."""
    if isinstance(exc, TimeoutError) and isinstance(exc.__cause__, asyncio.CancelledError):
        # Its traceback leads to the deadline. Whoever processes in a task of his own has the Error
        # as that task's result: it would be a cycle.
        exc.__traceback__ = None
        exc = exc.__cause__
    return without_own_frames(exc)


def _late(key: str, seconds: float) -> TimeoutError:
    return TimeoutError(f"the processor of {key!r} did not end within its timeout of {seconds:g} s")
