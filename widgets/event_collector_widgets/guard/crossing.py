"""Crossing: what threads bring into the notebook's loop, and what the loop has threads do.

A thread knows no cell: what it calls in the loop would be nobody's, and would not be expected where
a cell expects it to fail. So it gets the cell that has started the thread.
"""

import asyncio
import functools
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any

from event_collector_widgets.guard.cells import RUN, Run
from event_collector_widgets.guard.executors import name_of
from event_collector_widgets.guard.stand_in import stand_in
from event_collector_widgets.guard.tasks import Tasks, is_the_notebooks


class Crossing:
    """Stands between one loop and the threads.

    Args:
        tasks: Notes the calls that the notebook has made in threads.
        run_of: Gives the run of the cell that has started a thread.
    """

    def __init__(
        self, tasks: Tasks, run_of: Callable[[threading.Thread | None], Run | None]
    ) -> None:
        self._tasks = tasks
        self._run_of = run_of
        self._loop: asyncio.AbstractEventLoop | None = None
        self._step_out: list[Callable[[], None]] = []

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Step in between from now on, if it is one of asyncio's own loops."""
        if loop is self._loop:
            return
        self.detach()
        self._loop = loop
        for made in (self._into(loop.call_soon_threadsafe), self._out(loop.run_in_executor)):
            with suppress(AttributeError):  # a loop written in C
                self._step_out.append(stand_in(loop, made.__name__, made))

    def detach(self) -> None:
        """Step out of the way."""
        while self._step_out:
            self._step_out.pop()()
        self._loop = None

    def _into(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call_soon_threadsafe(
            callback: Any, *args: Any, context: Context | None = None
        ) -> asyncio.Handle:
            if context is None and RUN.get() is None:
                run = self._run_of(threading.current_thread())
                if run is not None:
                    context = copy_context()
                    context.run(RUN.set, run)
            handle: asyncio.Handle = original(callback, *args, context=context)
            return handle

        return call_soon_threadsafe

    def _out(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def run_in_executor(executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
            future: asyncio.Future[Any] = original(executor, func, *args)
            if is_the_notebooks():
                self._tasks.note_call(future, name_of(func))
            return future

        return run_in_executor
