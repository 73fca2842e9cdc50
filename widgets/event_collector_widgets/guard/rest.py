"""The rest: what a notebook has left anywhere in the process, seen by no variable, at its end.

The garbage collector knows all objects in which others can lie. So a coroutine that a queue keeps,
a partial function, or an object of a library, is found as well; only once, since it takes long.
"""

import asyncio
import gc
import traceback
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

from event_collector_widgets.guard.awaits import is_new
from event_collector_widgets.guard.cells import OTHERS, of_others, root
from event_collector_widgets.guard.executors import INSTALLED
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.tasks import OURS, coro_of, name_of, raised_unseen
from event_collector_widgets.guard.variables import is_one

STEPS = {"async_generator_asend": "__anext__", "async_generator_athrow": "aclose"}
"""What a call of an asynchronous generator's methods gives, and how it is mostly called."""

NAME: Any = vars(type)["__name__"].__get__
"""Gives the name of a class, whatever its own class says of it."""
MOMENT = 0.05
"""Seconds after which a coroutine that was made in a thread has begun, if it is awaited there."""


class Left(NamedTuple):
    """Something that was left."""

    fault: Fault
    called: str
    """What the cell calls that has made it; empty if nobody knows."""


class Probe(BaseException):
    """Raised in a step of a generator that has ended, to see whether the step was awaited."""


async def rest() -> AsyncIterator[Left]:
    """Tell of what nobody has awaited or heard, wherever it is kept, and close it.

    Generators have to be closed before.
    """
    left = _left_anywhere()
    begins = {id(coro_of(each)) for each in left if is_one(each, asyncio.Task)}
    coroutines = [each for each in left if is_forgotten(each) and id(each) not in begins]
    found = [each for thing in left for each in _of(thing)]
    if coroutines:  # one that a thread is about to await has begun after this
        await asyncio.sleep(MOMENT)
    forgotten = filter(is_forgotten, coroutines)
    for each in [*(_coroutine(each, each.__qualname__) for each in forgotten), *found]:
        yield each


def _left_anywhere() -> list[Any]:
    """What may have been left: by its class, of which there are far fewer than objects."""
    objects = gc.get_objects()
    kinds = {id(kind): kind for kind in map(type, objects)}  # some refuse to be hashed
    wanted = {number for number, kind in kinds.items() if _concerns(kind)}
    return [each for each in objects if id(type(each)) in wanted]


def _concerns(kind: type) -> bool:
    if issubclass(kind, asyncio.Future | asyncio.TaskGroup | types.CoroutineType):
        return True
    return bool(NAME(kind) in STEPS)


def is_forgotten(each: Any) -> bool:
    """Whether it is a coroutine that nobody has begun, and neither the machinery's nor ours."""
    if not is_new(each):
        return False
    package = root(each.cr_frame.f_globals.get("__name__"))
    return package not in OTHERS and package not in OURS


def _of(each: Any) -> Iterator[Left]:
    """What is wrong with something that is not a coroutine."""
    if is_one(each, asyncio.TaskGroup):
        yield from _group(each)
    elif is_one(each, asyncio.Future):
        error = each.exception() if raised_unseen(each) else None
        if error is not None and error.__traceback__ and not of_others(error.__traceback__):
            what = name_of(each) if is_one(each, asyncio.Task) else "a future"
            fault = Fault.of(f"{what} failed, and something keeps it", error, None)
            yield Left(fault, _in_main(error))
    elif (generator := _generator_of(each)) is not None and _never_awaited(each):
        yield _coroutine(each, f"{generator.__qualname__}().{STEPS[NAME(type(each))]}")


def _coroutine(awaitable: Any, called: str) -> Left:
    awaitable.close()
    what = f"coroutine {called}() was never awaited, and something keeps it"
    name = called.partition("()")[0]
    return Left(Fault(what, hint="await it where it is made"), name)


def _group(group: Any) -> Iterator[Left]:
    """What has failed in a task group that was entered by hand: it tells it when it is left."""
    left = getattr(group, "_exiting", True)  # asyncio's own, of every version so far
    for error in [] if left else getattr(group, "_errors", []):
        what = "a task failed in a task group that was never left"
        yield Left(Fault.of(what, error, None, hint="use 'async with'"), _in_main(error))


def _generator_of(step: Any) -> Any:
    """The generator of a step, if the notebook defines it, and it has ended."""
    if NAME(type(step)) not in STEPS:
        return None
    kind = types.AsyncGeneratorType
    found = next((each for each in gc.get_referents(step) if type(each) is kind), None)
    if found is None or found.ag_frame is not None:
        return None
    return None if found.ag_code.co_filename.startswith(INSTALLED) else found


def _never_awaited(step: Any) -> bool:
    """Whether a step was never awaited. Its generator has ended, and so runs none of its code."""
    try:
        step.throw(Probe())
    except Probe:
        return True
    except RuntimeError:  # it cannot be awaited twice
        return False
    return False


def _in_main(error: BaseException) -> str:
    """The notebook's function in which an exception was raised; empty if it was none."""
    frames = [each for each, _ in traceback.walk_tb(error.__traceback__)]
    names = [each.f_code.co_name for each in frames if each.f_globals["__name__"] == "__main__"]
    return names[-1] if names else ""
