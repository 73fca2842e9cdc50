"""Lifecycles that were given up: they did not let themselves be cancelled, and may work on."""

import asyncio
import weakref
from typing import TYPE_CHECKING

from event_collector._log import logger

if TYPE_CHECKING:
    from event_collector.data import Context


_contexts: "weakref.WeakValueDictionary[int, Context]" = weakref.WeakValueDictionary()
"""Their contexts, by id: a class of the user's own may compare them otherwise, or have no hash.
Their tasks may still work with these."""
_lost: set[asyncio.Task[None]] = set()
"""Those tasks, to be heard of if they ever end."""


def give_up(ctx: "Context", task: asyncio.Task[None]) -> None:
    """Never use this context again, which the lifecycle in this task may work with."""
    _contexts[id(ctx)] = ctx
    _lost.add(task)
    task.add_done_callback(_found)


def is_given_up(ctx: "Context") -> bool:
    """Whether a lifecycle that was given up may still work with this very context."""
    return _contexts.get(id(ctx)) is ctx


def forget_closed_loops() -> None:
    """One in a loop that was closed will never end: do not keep it for ever."""
    for task in list(_lost):
        if task.get_loop().is_closed():
            _lost.discard(task)


def _found(task: asyncio.Task[None]) -> None:
    _lost.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("a lifecycle that was given up raised", exc_info=error)
