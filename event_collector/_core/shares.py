"""Shares: what becomes of a batch's outcome, for each of its payloads in order."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeGuard

from event_collector._log import logger
from event_collector._text import one_line
from event_collector._tracebacks import without_own_frames
from event_collector.data import Error, Ok, ResultList

type Shares = Sequence[object]
"""One for each payload: a Result, or what becomes an Ok."""


def shares_of(key: str, count: int, outcome: object, raised: BaseException | None) -> Shares:
    """What each of `count` payloads gets of what a processor returned, or raised.

    A list is taken apart; one Result stands for all. Of what was raised, and of what cannot be
    taken apart, each payload gets an Error of its own. They hold the same exception: it happened
    once, and is logged once.
    """
    try:
        if raised is None:
            if isinstance(outcome, Ok | Error):
                return [outcome] * count
            if _is_list(outcome) and len(outcome) == count:
                return outcome
            raised = refused(key, count, outcome)
        without_own_frames(raised)
        if not isinstance(raised, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
            what = f"a batch of {count}"
            logger.warning("collector %r: %s failed", key, what, exc_info=raised)
        return [Error(raised) for _ in range(count)]
    finally:
        raised = outcome = None  # an Error's traceback may lead back to here


def _is_list(outcome: object) -> TypeGuard[Sequence[object]]:
    return isinstance(outcome, list | tuple) and not isinstance(outcome, ResultList)


def refused(key: str, count: int, outcome: Any) -> TypeError | ValueError:
    """What is wrong with what a processor returned for a batch."""
    payloads = "1 payload" if count == 1 else f"{count} payloads"
    ask = f"return a list of {count}, one for each in order, or one Result for all"
    who = f"the processor of {key!r} got {payloads} and returned"
    if _is_list(outcome):
        results = "1 result" if len(outcome) == 1 else f"{len(outcome)} results"
        return ValueError(f"{who} {results}; {ask}")
    came = "None" if outcome is None else f"{type(outcome).__name__}: {one_line(outcome)}"
    return TypeError(f"{who} {came}; {ask}")
