"""Loops: what the kernel's event loop tells its exception handler, and what those of threads do."""

import asyncio
import functools
import traceback
from collections.abc import Callable
from typing import Any

from event_collector_widgets.guard.cells import OTHERS, RUN, Run, of_others, root
from event_collector_widgets.guard.expected import moment
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.stand_in import stand_in
from event_collector_widgets.guard.tasks import OURS, Made, Tasks, coro_of, name_of

type Handler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]


class Handlers:
    """Hears what a loop would log: a callback that raised, a task that nobody asked.

    Where a cell has set a handler of its own, that one hears it, and nothing is a fault; where it
    has set it back to none, `OtherLoops` hears the rest of the cell.

    Args:
        tell: Gets each fault.
        tasks: Knows who has made a task.
        current: Gives the run of the cell that is running.
    """

    def __init__(
        self,
        tell: Callable[[Fault], object],
        tasks: Tasks,
        current: Callable[[], Run | None] = lambda: None,
    ) -> None:
        self._tell = tell
        self._tasks = tasks
        self._current = current
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
        at = moment(loop.time()) if made is None else made.at
        # The loop calls this in the context of the task or the callback.
        run = (RUN.get() if made is None else made.run) or self._current()
        self._tell(Fault.of(what_of(context, made), error, run, at=at))


class OtherLoops:
    """Hears what the loops of threads would log, and what `asyncio.run` leaves to its log.

    A loop that has a handler of its own is left to it, and so is a virtual one. If that handler
    passes something on to the default one, it has not seen to it, be it the kernel's loop's.

    Args:
        tell: Gets each fault, from any thread.
        run: Gives the run of the cell to which the code that asks belongs.
        now: Tells the time of the kernel's loop.
    """

    def __init__(
        self,
        tell: Callable[[Fault], object],
        run: Callable[[], Run | None],
        now: Callable[[], float],
    ) -> None:
        self._tell = tell
        self._run = run
        self._now = now
        self._step_out: Callable[[], None] = lambda: None

    def attach(self) -> None:
        """Hear it from now on, of all loops that are written in Python."""
        original = asyncio.BaseEventLoop.default_exception_handler

        @functools.wraps(original)
        def default_exception_handler(
            loop: asyncio.BaseEventLoop, context: dict[str, Any]
        ) -> object:
            error = context.get("exception")
            exempt = root(type(loop).__module__) in OURS
            if exempt or _is_machinery(context) or (error and of_others(error.__traceback__)):
                return original(loop, context)
            # Nothing runs this in the context of the task or the callback.
            thing = context.get("task") or context.get("future")
            begun = thing.get_context() if isinstance(thing, asyncio.Task) else None
            begun = begun or getattr(context.get("handle"), "_context", None)
            run = (None if begun is None else begun.get(RUN)) or self._run()
            self._tell(Fault.of(what_of(context), error, run, at=moment(self._now())))
            return None

        name = original.__name__
        self._step_out = stand_in(asyncio.BaseEventLoop, name, default_exception_handler)

    def detach(self) -> None:
        """Let them log as ever."""
        self._step_out()


def what_of(context: dict[str, Any], made: Made | None = None) -> str:
    """What failed, as a loop tells its handler, in words that are the same in each run."""
    what: str = context.get("message") or "the event loop told of a failure"
    task = context.get("task") or context.get("future")
    if isinstance(task, asyncio.Task):
        pending = "destroyed" in what
        return f"{name_of(task, made)} {'was dropped before it ended' if pending else 'failed'}"
    if made is not None and isinstance(task, asyncio.Future):
        return f"{name_of(task, made)} failed"
    if (handle := context.get("handle")) is not None:
        call = getattr(handle, "_callback", None)
        called = getattr(call, "__qualname__", None) or _called(call, context.get("exception"))
        return f"callback {called}() of the event loop failed"
    return what


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
    coro = coro_of(task) if isinstance(task, asyncio.Task) else None
    frame = getattr(coro, "cr_frame", None)
    named = None if frame is None else frame.f_globals.get("__name__")
    return root(getattr(callback, "__module__", None)) in OTHERS or root(named) in OTHERS
