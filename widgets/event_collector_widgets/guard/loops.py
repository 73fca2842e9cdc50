"""Loops: what the kernel's event loop tells its exception handler."""

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

from event_collector_widgets.guard.cells import OTHERS, RUN, of_others, root
from event_collector_widgets.guard.expected import moment
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.tasks import Tasks, name_of

type Handler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]


class Handlers:
    """Hears what a loop would log: a callback that raised, a task that nobody asked.

    Where a cell has set a handler of its own, that one hears it, and nothing is a fault.

    Args:
        tell: Gets each fault.
        tasks: Knows who has made a task.
    """

    def __init__(self, tell: Callable[[Fault], object], tasks: Tasks) -> None:
        self._tell = tell
        self._tasks = tasks
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: Handler | None = None
        self._mine: Handler = self._handle

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear what a loop tells from now on."""
        if loop is not self._loop:
            self.detach()
            self._loop, self._before = loop, loop.get_exception_handler()
            loop.set_exception_handler(self._mine)
        elif loop.get_exception_handler() is None:  # a cell has had one of its own, and no more
            self._before = None
            loop.set_exception_handler(self._mine)

    def detach(self) -> None:
        """Put the loop's own handler back, if nobody else has set another since."""
        loop, self._loop = self._loop, None
        if loop is not None and loop.get_exception_handler() is self._mine:
            loop.set_exception_handler(self._before)

    def _handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        task = context.get("task") or context.get("future")
        made = self._tasks.made(task)
        if made is None and (_is_machinery(context) or (error and of_others(error.__traceback__))):
            if self._before is None:
                loop.default_exception_handler(context)
            else:
                self._before(loop, context)
            return
        what = context.get("message") or "the event loop told of a failure"
        at = moment(loop.time())
        if task is not None and isinstance(task, asyncio.Task):
            pending = "destroyed" in what
            what = f"{name_of(task)} {'was dropped before it ended' if pending else 'failed'}"
            at = at if made is None else made.at
        elif (handle := context.get("handle")) is not None:
            call = getattr(handle, "_callback", None)
            called = getattr(call, "__qualname__", None) or _called(call, error)
            what = f"callback {called}() of the event loop failed"
        # The loop calls this in the context of the task or the callback.
        run = RUN.get() if made is None else made.run
        self._tell(Fault.of(what, error, run, at=at))


def _called(call: object, error: BaseException | None) -> str:
    """The name of a callback that has none; one that has taken itself back is in the traceback."""
    if call is not None or error is None:
        return type(call).__name__
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    names = [
        frame.f_code.co_qualname
        for frame in frames
        if root(frame.f_globals.get("__name__")) != "asyncio"
    ]
    return names[0] if names else "a"


def _is_machinery(context: dict[str, Any]) -> bool:
    """Whether the callback or the coroutine is that of the kernel, or of what it stands on."""
    callback = getattr(context.get("handle"), "_callback", None)
    task = context.get("task") or context.get("future")
    coro = task.get_coro() if isinstance(task, asyncio.Task) else None
    frame = getattr(coro, "cr_frame", None)
    named = None if frame is None else frame.f_globals.get("__name__")
    return root(getattr(callback, "__module__", None)) in OTHERS or root(named) in OTHERS
