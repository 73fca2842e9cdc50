"""The guard of a notebook: what fails beside its cells fails a cell.

    %load_ext event_collector_widgets

From then on a cell fails for what nobody would have seen: a task that raised, a callback, a
thread, a forgotten await, an Error that nobody has looked at, a queue that was never shut down. It
is the cell that made it if it shows at once, else the one that runs when it is found. One line says
what failed, and in which cell it was made. It serves notebooks without our queue, too, and imports
neither the engine nor ipywidgets.

- A cell that is run again replaces what its last run has left: tasks, queues and workbenches.
- `await guard.close()` in the last cell closes everything, so that tear-downs run, and fails the
  cell for what went wrong. Pytest's plugin adds it, and `python -m event_collector_widgets.guard`.
- `with expect_errors(ValueError):` says that something fails on purpose. So does the tag
  `expect-errors` of a cell or, where a front end does not tell its tags, a comment that begins
  with `# expect-errors` above the cell's code. Where nothing fails then, that is a fault: for a
  block when its cell ends, for a tag or a comment at the end, since what a cell starts may fail
  later.
- Looking counts: whoever awaits a task, asks an event for its result or makes a DataFrame of it
  has seen the error. Look in the cell that sends.
- A coroutine that is kept is told at the end, since a later cell may await it, wherever it is kept;
  within three steps of a variable the line says what to write. So is a call in an executor or a
  pool that failed; one that nobody can ask any more is told at once.

The environment can say more:

- `EVENT_COLLECTOR_GUARD=runner`: a test runner is in charge. Late output of a workbench is a fault,
  and two cells with the same source are two cells. Deprecations within libraries are not shown.
- `EVENT_COLLECTOR_GUARD_UNDELIVERED=error`: a payload that reached no collector is a fault.
- `EVENT_COLLECTOR_GUARD_BLOCKED=0.5`: seconds for which a processor may hold the loop, 0.25 unless
  given; 0 for as long as it likes.

`%unload_ext event_collector_widgets` puts every hook back, and stops nothing of what goes on.
"""

from contextlib import AbstractContextManager
from typing import Any

__all__ = [
    "close",
    "expect_errors",
    "load_ipython_extension",
    "unload_ipython_extension",
]

# Each of these imports what it needs: whoever has the package only in sight, as a plugin of pytest
# does, loads nothing else.


def load_ipython_extension(ip: Any) -> None:
    """Begin to guard; `%load_ext` calls it. Loaded already: do nothing.

    Args:
        ip: IPython's shell.

    Raises:
        ValueError: A variable of the environment has a value that it cannot have.
    """
    from event_collector_widgets.guard import loaded

    loaded.load(ip)


def unload_ipython_extension(ip: Any) -> None:
    """Put every hook back as it was; `%unload_ext` calls it. Not loaded: do nothing.

    Args:
        ip: IPython's shell.
    """
    from event_collector_widgets.guard import loaded

    loaded.unload()


async def close() -> None:
    """Close all that cells have started and that goes on, and fail for what nobody has seen.

    The last cell of a notebook. Tasks are cancelled, queues and workbenches work off what they have
    and leave their lifecycles, five seconds in all. What has to be stopped is itself a fault: a
    notebook should end what it begins.

    Raises:
        GuardError: Something failed, or was still going on.
        RuntimeError: The guard is not loaded.
    """
    from event_collector_widgets.guard import loaded

    guard = loaded.guard()
    if guard is None:
        raise RuntimeError(
            "close() needs the guard; load it first: %load_ext event_collector_widgets"
        )
    await guard.close()


def expect_errors(*types: type[BaseException]) -> AbstractContextManager[None]:
    """Say that what is made within this block fails on purpose.

        with expect_errors(ZeroDivisionError):
            await bench.send(Payload(0)).wait()

    What fails beside the cells is not a fault then if it was made within the block, and its
    exception is of one of the types. An exception that the block itself raises ends with it, and is
    shown in one line. If nothing has failed when the cell ends, that is a fault. Where the guard is
    not loaded, only the block's own exception counts.

    Args:
        types: Classes of exceptions; Exception unless given.

    Raises:
        TypeError: One of them is not a class of exceptions.
    """
    for each in types:
        if not (isinstance(each, type) and issubclass(each, BaseException)):
            raise TypeError(f"expect_errors() takes classes of exceptions, got {each!r}")
    from event_collector_widgets.guard import loaded
    from event_collector_widgets.guard.expected import Expected

    guard = loaded.guard()
    expected = Expected() if guard is None else guard.expected
    return expected.block(types or (Exception,))
