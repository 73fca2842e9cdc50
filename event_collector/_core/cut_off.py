"""What becomes of the results of an event that a forced shutdown, or somebody else, cuts off."""

import asyncio
from collections.abc import Sequence

from event_collector.errors import QueueClosedError
from event_collector.results import Error, Result


def not_ended(
    results: Result | list[Result], keys: Sequence[str | None] | None, cut_off: QueueClosedError
) -> list[str | None]:
    """The keys of the collectors that had no result when a forced shutdown gave them up."""
    each = results if isinstance(results, list) else [results]
    said = zip(keys or (), each, strict=True)
    return [key for key, one in said if isinstance(one, Error) and one.exception is cut_off]


def without_cancelled(
    results: Result | list[Result], cut_off: QueueClosedError
) -> Result | list[Result]:
    """The results of an event that a forced shutdown cancelled, corrected: that cut it off."""
    if isinstance(results, list):
        return [_cut_off(result, cut_off) for result in results]
    return _cut_off(results, cut_off)


def _cut_off(result: Result, cut_off: QueueClosedError) -> Result:
    cancelled = isinstance(result, Error) and isinstance(result.exception, asyncio.CancelledError)
    return Error(cut_off) if cancelled else result


def cancelling() -> int:
    """How often the current task was cancelled."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def cancelled_since(before: int, result: Result) -> BaseException | None:
    """What a processor raised whose task somebody has cancelled since; None if it ended otherwise,
    with a CancelledError of its own accord too."""
    if type(result) is Error and isinstance(result.exception, asyncio.CancelledError):
        return result.exception if cancelling() > before else None
    return None
