"""Names: which workbench has a name, and how the one that had it before is left, and freed."""

import re
import sys
import weakref
from collections.abc import Collection
from inspect import CO_NEWLOCALS
from itertools import count
from traceback import walk_tb
from typing import Any, Protocol

from event_collector import CollectorEvent, CollectorQueue, History
from event_collector_widgets.failures import HOUSE
from event_collector_widgets.kernel import shell


class Named(Protocol):
    """What is asked here of a workbench."""

    queue: CollectorQueue
    history: History

    async def close(self) -> None:
        """Process what was sent, leave the lifecycles, and stop."""


class Names[T]:
    """Who has a name, and who had it last.

    Who has one is kept; who has left it is known as long as others keep it.
    """

    def __init__(self) -> None:
        self._present: dict[str, Any] = {}
        self._last: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()

    def take(self, name: str, new: T) -> T | None:
        """Give a name to somebody new; return who has it, or had it last."""
        old = self._last.get(name)  # who is present is the last too
        self._present[name] = self._last[name] = new
        return old

    def who(self, name: str) -> T | None:
        """Who has a name, or had it last, if somebody keeps him."""
        return self._last.get(name)

    def taken(self) -> list[str]:
        """The names that somebody has."""
        return list(self._present)

    def present(self) -> list[T]:
        """All who have a name, in the order in which the names were given."""
        return list(self._present.values())

    def leave(self, name: str, who: T) -> None:
        """Keep somebody no more, if he has that name."""
        if self._present.get(name) is who:
            del self._present[name]


def refuse_twin(name: str, old_run: object, run: object, taken: Collection[str]) -> None:
    """Refuse a second workbench of a name in one run of one cell: the first would be closed.

    Args:
        name: The name.
        old_run: The run of a cell that made the workbench of that name, if it is open still.
        run: The run of a cell that makes another.
        taken: The names that are taken.

    Raises:
        ValueError: They are one run.
    """
    if run is not None and run == old_run:
        raise ValueError(
            f"this cell has made a workbench named {name!r} already; to have both, "
            f"give this one a name of its own: Workbench({another(name, taken)!r})"
        )


def another(name: str, taken: Collection[str]) -> str:
    """A name like this one that is not taken: "bench2"."""
    return next(found for number in count(2) if (found := f"{name}{number}") not in taken)


def replaced(name: str, held_by: Collection[str], taken: Collection[str], *, other: bool) -> str:
    """The line that says that a workbench was replaced, and what it is that nobody may have meant.

    Args:
        name: The name.
        held_by: The variables by which it is still held.
        taken: The names that are taken.
        other: Whether another cell has made it.
    """
    said = f"replaced workbench {name!r}"
    if other:
        said += " of another cell"
    if held_by:
        said += f", which is in {' and '.join(held_by)}"
    if not other and not held_by:
        return said
    return (
        f"{said}: it is closed, and its panels show this one; to have both, "
        f"give this one a name of its own: Workbench({another(name, taken)!r})"
    )


MADE_AGAIN = "the workbench was made again: the events of before are gone"
"""What panels say that are shown, when they have moved to the workbench that replaced theirs."""


def taken_over(name: str, taken: Collection[str]) -> str:
    """The same, where another cell has made that one."""
    return (
        f"another cell has made a workbench named {name!r}, which is shown here now; the one "
        f"before is closed, with its events (to have both, name one: "
        f"Workbench({another(name, taken)!r}))"
    )


BENCHES: Names[Any] = Names()
"""The workbenches of this kernel."""


class Former:
    """The workbench that had a name before, until it is closed; then nothing is kept of it.

    Args:
        bench: The workbench, if there is one.
        before: The one before that, which may not be closed yet.
    """

    def __init__(self, bench: Named | None = None, before: "Former | None" = None) -> None:
        self._bench = bench
        self._before = None if before is None or before.left else before

    @property
    def left(self) -> bool:
        """Whether it is closed, and so are those before it."""
        return self._bench is None and (self._before is None or self._before.left)

    def in_service(self) -> bool:
        """Whether what asks is a processor of it, which is waited for."""
        bench, before = self._bench, self._before
        if bench is not None and bench.queue.current_events():
            return True
        return before is not None and before.in_service()

    def lifecycles(self) -> list[str]:
        """The keys of its collectors with a lifecycle."""
        found = [] if self._bench is None else self._bench.queue.collectors.values()
        return [each.key for each in found if each.lifecycle is not None]

    async def close(self) -> None:
        """Close it, and take it and its events out of what IPython keeps, that they may be freed.

        Raises:
            Exception: As from its own `close`.
        """
        bench = self._bench
        if bench is None:
            return
        cached = {id(output) for output in cached_outputs() if isinstance(output, CollectorEvent)}
        mine = [event for event in bench.history if id(event) in cached] if cached else []
        forget_outputs([bench, *mine])
        forget_last_error([bench, bench.queue, bench.history])
        try:
            await bench.close()
        finally:
            self._bench = None


def cached_outputs() -> list[Any]:
    """What cells have given, as IPython's `Out` has it."""
    ip = shell()
    return [] if ip is None else list(ip.user_ns.get("_oh", {}).values())


def forget_outputs(gone: Collection[object]) -> None:
    """Take objects out of IPython's cache of outputs: `Out`, `_`, `__`, `___`, and `_5`."""
    ip, objects = shell(), {id(each) for each in gone}
    if ip is None:
        return
    outputs = ip.user_ns.get("_oh", {})
    for number in [number for number, output in outputs.items() if id(output) in objects]:
        del outputs[number]
    # What IPython itself has put among the variables it also keeps here, to tell it from a user's.
    for variables in (ip.user_ns, ip.user_ns_hidden):
        for name in [name for name, value in variables.items() if id(value) in objects]:
            if re.fullmatch(r"_{1,3}", name):
                variables[name] = ""
            elif re.fullmatch(r"_\d+", name):
                del variables[name]
    for name in ("_", "__", "___"):
        if id(getattr(ip.displayhook, name, None)) in objects:
            setattr(ip.displayhook, name, "")


def forget_last_error(gone: Collection[object]) -> None:
    """Take the last error of a cell out of what Python and IPython keep, if it keeps objects alive.

    They keep it for `%debug`, with the frames in which it was raised and all that is in them.
    """
    error, objects = getattr(sys, "last_value", None), {id(each) for each in gone}
    if not isinstance(error, BaseException) or not _frames_hold(error, objects):
        return
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)
    writer = getattr(shell(), "InteractiveTB", None)
    if getattr(writer, "tb", None) is not None:
        vars(writer)["tb"] = None


def _frames_hold(error: BaseException, objects: Collection[int]) -> bool:
    """Whether a frame of an error, or of one that it comes from, has one of these objects in it.

    A frame of ours always has: a queue is what its works hold on to.
    """
    left, seen = [error], set[int]()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for frame, _ in walk_tb(one.__traceback__):
            if str(frame.f_globals.get("__name__")).partition(".")[0] in HOUSE:
                return True
            own = frame.f_code.co_flags & CO_NEWLOCALS  # a cell's own are the notebook's variables
            if own and any(id(each) in objects for each in frame.f_locals.values()):
                return True
        left += filter(None, (one.__cause__, one.__context__))
        left += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
    return False
