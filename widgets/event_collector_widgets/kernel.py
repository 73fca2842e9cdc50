"""The notebook's event loop: who owns it, how to reach it from any thread, and what runs in it."""

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class YieldToThreads:
    """Lets the kernel's own threads have the interpreter while a loop is busy.

    They bring clicks and take outputs away, with many short steps each. Without a pause, Python
    gives them one such step every 5 ms, and a click takes up to a second and a half.

    Args:
        clock: Tells the time in seconds.
        sleep: Sleeps for seconds, without the interpreter.
    """

    PAUSE = 0.0001
    """Seconds of a pause."""
    BUSY = 0.005
    """Seconds; a loop whose turns follow each other more closely is busy."""
    EVERY = 0.002
    """Seconds from one pause to the next, at least."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._turned = self._paused = clock()

    def turn(self) -> None:
        """Pause for a moment if it is time to; to be called in each turn of the loop with work."""
        now = self._clock()
        busy = now - self._turned < self.BUSY
        self._turned = now
        if busy and now - self._paused >= self.EVERY:
            self._paused = now
            self._sleep(self.PAUSE)


class OwnerLoop:
    """The loop in which it was made, and the way into it.

    A widget's callback may run on the loop's thread in the middle of an awaiting cell, or on
    another thread with another loop, as the kernel's version has it. Whatever a callback starts
    goes through here, and so always runs in the owner's loop, between two of its steps.

    Raises:
        RuntimeError: No event loop is running. A notebook has one in every cell.
    """

    def __init__(self) -> None:
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                "a Workbench needs a running event loop, as a notebook has in every cell; "
                "in a script make it inside an async function, or use a CollectorQueue"
            ) from None
        self._thread = threading.get_ident()
        self._tasks: set[asyncio.Task[Any]] = set()

    def soon(self, function: Callable[[], object]) -> None:
        """Call a function in the loop, from any thread. Nothing happens once the loop is closed."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function)

    def later(self, seconds: float, function: Callable[[], object]) -> None:
        """Call a function in the loop after some seconds; only from the loop itself."""
        self.loop.call_later(seconds, function)

    def start(
        self,
        work: Coroutine[Any, Any, Any],
        on_error: Callable[[BaseException], object],
    ) -> asyncio.Task[Any]:
        """Run a coroutine in the loop, its first steps at once; only from the loop itself.

        The task is kept until it ends, and `on_error` gets what it raises: in a background task
        of a notebook an exception would otherwise be seen by nobody, and a KeyboardInterrupt or
        SystemExit would end the loop, and the kernel with it.
        """

        async def guarded() -> Any:
            try:
                return await work
            except (KeyboardInterrupt, SystemExit) as exc:
                on_error(exc)

        task = asyncio.Task(guarded(), loop=self.loop, eager_start=True)

        def ended(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                on_error(error)

        if task.done():
            ended(task)
        else:
            self._tasks.add(task)
            task.add_done_callback(ended)
        return task


def shell() -> "InteractiveShell | None":
    """The notebook's IPython shell, or None outside IPython."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def running_cell() -> tuple[str, str] | None:
    """The id of the cell whose code this is, and that of this run of it.

    None where the front end tells none (JupyterLab and Notebook do), or outside a cell, as in
    what a click has started.
    """
    ip = shell()
    if ip is None or not hasattr(ip, "get_parent"):
        return None
    request = ip.get_parent()
    cell, run = request.get("metadata", {}).get("cellId"), request.get("header", {}).get("msg_id")
    return (cell, run) if isinstance(cell, str) and isinstance(run, str) else None


def is_app() -> bool:
    """Whether the notebook runs as an app in Voila, for visitors who must not see its variables."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def watched() -> bool:
    """Whether somebody can see what this cell shows, and click on it: in a front end, or in an app.

    A program that executes a notebook, as a test does, tells the kernel no id of a cell, as
    JupyterLab, Notebook and VS Code do. So the last cell of a notebook with panels closes what
    nobody will ever click on: `if not watched(): await bench.close()`.
    """
    return running_cell() is not None or is_app()


def name_cells(traceback: str) -> str:
    """A traceback's text with `Cell In[3]` for the file that the kernel made of that cell."""
    ip = shell()
    if ip is None:
        return traceback

    def name(match: re.Match[str]) -> str:
        known = ip.compile.format_code_name(match[1])
        return " ".join(known) if known else match[0]

    return re.sub(r'File "([^"]+)"', name, traceback)


def run_sync[T](
    work: Coroutine[Any, Any, T],
    *,
    loop: asyncio.AbstractEventLoop | None = None,
    timeout: float | None = None,
) -> T:
    """Run a coroutine to its end from code that cannot `await`, and return its result.

    The bridge for synchronous code only; in a cell, `await` is better. Where no loop runs, it
    is `asyncio.run`. On a thread without the loop, it waits for that `loop` to do the work. Inside
    a running loop, such as a cell's, it runs that loop further with nest-asyncio2, which patches
    asyncio from then on and makes its tasks slower.

    Args:
        work: The coroutine to run.
        loop: The loop to run it in, when this is called on another thread.
        timeout: Seconds to wait at most; None waits as long as it takes.

    Raises:
        TimeoutError: The time was up. The work is cancelled.
        Exception: Whatever the coroutine raised.
    """
    limited = work if timeout is None else asyncio.wait_for(work, timeout)
    running = asyncio._get_running_loop()
    if loop is not None and running is not loop and loop.is_running():
        return asyncio.run_coroutine_threadsafe(limited, loop).result()
    if running is None:
        return asyncio.run(limited)
    import nest_asyncio2

    nest_asyncio2.apply(running)
    return running.run_until_complete(limited)
