"""Tasks: which a cell has made, which of them failed unseen, and which go on when it has ended.

The loop's own `create_task` is wrapped, through which every task goes. A task factory would be made
for it, but the first Python 3.13 gives each task of a factory the name "None", and a notebook may
set a factory itself. Tasks are kept weakly: one that nobody keeps is freed as ever, and then the
loop's exception handler hears of what it has raised.
"""

import asyncio
import inspect
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from event_collector_widgets.guard.cells import OTHERS, RUN, Run, root
from event_collector_widgets.guard.expected import moment
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.stand_in import stand_in
from event_collector_widgets.guard.variables import kept

OURS = frozenset({"event_collector", "event_collector_widgets"})
"""What their code makes is told as a queue, a workbench or a panel."""


class Made(NamedTuple):
    """How a task came to be."""

    run: Run | None
    at: float


class Tasks:
    """The tasks of the notebook, made in one loop while it is watched."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[asyncio.Task[Any], Made] = weakref.WeakKeyDictionary()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._step_out: Callable[[], None] = lambda: None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """See the tasks that are made in a loop from now on, if it is one of asyncio's own."""
        if loop is self._loop:
            return
        self.detach()
        create = loop.create_task

        def create_task(coro: Any, **options: Any) -> asyncio.Task[Any]:
            at = moment(loop.time())  # a task that starts eagerly may have ended when it is there
            task = create(coro, **options)
            if is_the_notebooks():
                context = options.get("context")
                run = RUN.get() if context is None else context.get(RUN)
                self._made[task] = Made(run, at)
            return task

        self._loop = loop
        with suppress(AttributeError):  # a loop written in C
            self._step_out = stand_in(loop, "create_task", create_task)

    def detach(self) -> None:
        """Let the loop make tasks as ever."""
        self._step_out()
        self._loop, self._step_out = None, lambda: None

    def made(self, task: Any) -> Made | None:
        """How a task came to be; None if it is not the notebook's, or not known any more."""
        try:
            return self._made.get(task)
        except TypeError:
            return None

    def failed(self) -> Iterator[Fault]:
        """Those that have raised what nobody has asked for; each once. Others that ended go."""
        for task, made in list(self._made.items()):
            if task.done():
                del self._made[task]
                if raised_unseen(task):
                    yield Fault.of(
                        f"{name_of(task)} failed", task.exception(), made.run, at=made.at
                    )

    def kept_futures(self, names: dict[str, object]) -> Iterator[tuple[str, Fault]]:
        """Futures that variables lead to, and that have raised what nobody has asked for.

        Those that were seen as tasks when they were made are told already; these are what `gather`
        gives, what waits for a thread, and tasks made by their class.

        Returns:
            Each with the name of its variable; who has made it is not known.
        """
        for name, future in kept(asyncio.Future, raised_unseen, names):
            assert isinstance(future, asyncio.Future)
            what = name_of(future) if isinstance(future, asyncio.Task) else "a future"
            yield name, Fault.of(f"{what} that {name!r} keeps failed", future.exception(), None)

    def pending(self, key: str | None = None) -> list[tuple[asyncio.Task[Any], Made]]:
        """Those that have not ended, of the cell with a key or of all."""
        current = asyncio.current_task()
        return [
            (task, made)
            for task, made in list(self._made.items())
            if not task.done()
            and task is not current
            and (key is None or (made.run is not None and made.run.key == key))
        ]


def is_the_notebooks() -> bool:
    """Whether the code that makes a task is the notebook's, or somebody's whom it has called."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = frame and frame.f_back
    while frame is not None:
        module = root(frame.f_globals.get("__name__"))
        if module != "asyncio":
            return module not in OTHERS and module not in OURS
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False


def raised_unseen(value: object) -> bool:
    """Whether it is a future that has raised, and nobody has asked it."""
    return (
        isinstance(value, asyncio.Future)
        and value.done()
        and not value.cancelled()
        and getattr(value, "_log_traceback", False)
    )


def name_of(task: Any) -> str:
    """A task by its coroutine, and by the name that it was given: what is the same in each run."""
    coro = task.get_coro()
    called = getattr(coro, "__qualname__", type(coro).__name__)
    name = task.get_name()
    own = "" if name.startswith("Task-") else f" {name!r}"
    return f"task{own} of {called}()"
