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
from event_collector_widgets.guard.variables import is_one, kept, kept_deep

OURS = frozenset({"event_collector", "event_collector_widgets"})
"""What their code makes is told as a queue, a workbench or a panel."""


class Made(NamedTuple):
    """How a task came to be."""

    run: Run | None
    at: float
    called: str = ""
    """What it runs. A task that has ended eagerly has no coroutine that would tell."""


class Tasks:
    """The tasks of the notebook, made in one loop while it is watched, and its calls in threads."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[asyncio.Future[Any], Made]
        self._made = weakref.WeakKeyDictionary()
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
                run = None if context is None else context.get(RUN)
                self._made[task] = Made(run or RUN.get(), at, _qualname(coro))
            return task

        self._loop = loop
        with suppress(AttributeError):  # a loop written in C
            self._step_out = stand_in(loop, "create_task", create_task)

    def note_call(self, future: asyncio.Future[Any], called: str) -> None:
        """Note a call in a thread or a process, which the notebook has made.

        Args:
            future: What gives its result.
            called: The name of what is called.
        """
        self._made[future] = Made(RUN.get(), moment(future.get_loop().time()), called)

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
                    what = f"{name_of(task, made)} failed"
                    yield Fault.of(what, task.exception(), made.run, at=made.at)

    def calling(self) -> bool:
        """Whether any call in a thread or a process has not ended."""
        made = list(self._made)
        return any(not each.done() for each in made if not isinstance(each, asyncio.Task))

    def kept_futures(
        self, names: dict[str, object], deep: bool
    ) -> Iterator[tuple[str, bool, Fault]]:
        """Futures that variables lead to, and that have raised what nobody has asked for.

        Those that were seen as tasks when they were made are told already; these are what `gather`
        gives, futures made by hand, and tasks made by their class.

        Args:
            names: The variables.
            deep: Whether to look deeper than a cell's end has time for.

        Returns:
            Each with the name of its variable, and whether it was made to fail by hand, by
            `set_exception`; who has made it is not known.
        """
        if deep:
            found = [(each.name, each.value) for each in kept_deep(raised_unseen, names)]
        else:
            found = kept(asyncio.Future, raised_unseen, names)
        for name, future in found:
            assert isinstance(future, asyncio.Future)
            what = name_of(future) if isinstance(future, asyncio.Task) else "a future"
            error = future.exception()
            by_hand = error is not None and error.__traceback__ is None  # nothing has raised it
            yield name, by_hand, Fault.of(f"{what} that {name!r} keeps failed", error, None)

    def pending(self, key: str | None = None) -> list[tuple[asyncio.Task[Any], Made]]:
        """Those that have not ended, of the cell with a key or of all."""
        current = asyncio.current_task()
        return [
            (task, made)
            for task, made in list(self._made.items())
            if isinstance(task, asyncio.Task)
            and not task.done()
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


def raised_unseen(value: Any) -> bool:
    """Whether it is a future that has raised, and nobody has asked it."""
    return (
        is_one(value, asyncio.Future)
        and value.done()
        and not value.cancelled()
        and getattr(value, "_log_traceback", False)
    )


def name_of(task: Any, made: Made | None = None) -> str:
    """A task by its coroutine, and by the name that it was given: what is the same in each run."""
    if not isinstance(task, asyncio.Task):
        return f"call of {made.called if made else 'something'}() in an executor"
    coro = coro_of(task)
    called = made.called if coro is None and made is not None else _qualname(coro)
    name = task.get_name()
    # The first Python 3.13 gives each task of a factory the name "None".
    own = "" if name.startswith("Task-") or name == "None" else f" {name!r}"
    return f"task{own} of {called}()" if called else f"task{own}"


def coro_of(task: Any) -> Any:
    """The coroutine of a task; None if it has none, as one that has ended eagerly.

    Not by get_coro(): for such a task it ends Python 3.12.1 as a whole, and so the kernel.
    """
    return getattr(task, "_coro", None)


def _qualname(coro: Any) -> str:
    return "" if coro is None else getattr(coro, "__qualname__", type(coro).__name__)
