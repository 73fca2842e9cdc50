"""Variables: the coroutines and futures that a notebook's names lead to."""

import asyncio
import types
from collections import deque
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

MOST = 200
"""How many items of a list, a tuple, a set or a dict are looked at."""
DEPTH = 3
"""How many steps are gone from a variable's value, at the end."""
OBJECTS = 1_000
"""How many objects are looked at for each variable, at the end."""

SEQUENCES = (list, tuple)
SETS = (set, frozenset)


@dataclass(frozen=True, slots=True)
class Found:
    """What a variable leads to."""

    name: str
    """The variable."""
    value: object
    path: str
    """How it is written, such as `pets['cat'][0]`; empty if it cannot be written."""
    together: str = ""
    """How all of its container are written, to be gathered, if all are wanted."""


def kept(
    kind: type, wanted: Callable[[object], bool], names: dict[str, object]
) -> list[tuple[str, object]]:
    """What is wanted of all that variables hold, each once, with the name of its variable.

    It is called after each cell, and most variables are not worth more than a look at their type:
    of a container, at that of the first item.

    Args:
        kind: The class of what is wanted.
        wanted: Whether one of that class is.
        names: The variables.
    """
    found: list[tuple[str, object]] = []
    for name, value in names.copy().items():
        if is_one(next(_inside(value), None), kind):
            items = list(islice(_inside(value), MOST))  # at once: a thread may change it
            found += [(name, each) for each in items if wanted(each)]
    found.sort(key=lambda item: is_ipythons(item[0]))
    once = {id(each): (name, each) for name, each in reversed(found)}
    return list(reversed(once.values()))


def is_one(value: object, kinds: type | tuple[type, ...]) -> bool:
    """Whether an object is of a class, by its own class alone.

    `isinstance` asks the object itself, too: a proxy whose object is dead raises then, and what is
    meant to stand for something else, such as a mock, says that it is one.
    """
    return issubclass(type(value), kinds)


def _inside(value: Any) -> Iterator[object]:
    """What a built-in container holds, by its own ways; else the object itself."""
    if is_one(value, list):
        return list.__iter__(value)
    if is_one(value, tuple):
        return tuple.__iter__(value)
    if is_one(value, dict):
        return iter(dict.values(value))
    if is_one(value, set):
        return set.__iter__(value)
    return iter((value,))


def kept_deep(wanted: Callable[[object], bool], names: dict[str, object]) -> list[Found]:
    """What is wanted of all that variables lead to, each once; for the end, not for each cell.

    It goes through built-in containers, the attributes of objects whose class the notebook defines,
    what its functions enclose, and the results of futures: DEPTH steps far, OBJECTS for a variable.

    Args:
        wanted: Whether an object is.
        names: The variables.
    """
    found: dict[int, Found] = {}
    for name in sorted(names, key=is_ipythons):
        for each in _walk(name, names[name], wanted):
            found.setdefault(id(each.value), each)
    return list(found.values())


def _walk(name: str, value: object, wanted: Callable[[object], bool]) -> Iterator[Found]:
    if wanted(value):
        yield Found(name, value, name)
    met = {id(value)}
    ahead: deque[tuple[object, str, int]] = deque([(value, name, 0)])
    while ahead:
        container, path, depth = ahead.popleft()
        items = list(islice(_items(container, path), MOST))
        together = ""
        if len(items) > 1 and path and all(wanted(item) for item, _ in items):
            together = f"*{path}.values()" if is_one(container, dict) else f"*{path}"
        for item, written in items:
            if id(item) in met:
                continue
            met.add(id(item))
            if len(met) > OBJECTS:
                return
            if wanted(item):
                yield Found(name, item, written, together)
            elif depth + 1 < DEPTH:
                ahead.append((item, written, depth + 1))


def _items(value: Any, path: str) -> Iterator[tuple[object, str]]:
    """What an object holds, each with how it is written; empty if it cannot be."""
    # By the built-in class's own ways: a subclass may note that it is read.
    if is_one(value, SEQUENCES):
        kind: Any = list if is_one(value, list) else tuple
        for at, item in enumerate(kind.__iter__(value)):
            yield item, path and f"{path}[{at}]"
    elif is_one(value, dict):
        for key, item in list(islice(dict.items(value), MOST)):
            yield item, f"{path}[{key!r}]" if path and type(key) in (str, int) else ""
    elif is_one(value, SETS):
        kind = set if is_one(value, set) else frozenset
        yield from ((item, "") for item in list(islice(kind.__iter__(value), MOST)))
    elif is_one(value, types.FunctionType):
        if value.__module__ == "__main__":
            for cell in value.__closure__ or ():
                with suppress(ValueError):  # it is empty
                    yield cell.cell_contents, ""
    elif is_one(value, (asyncio.Future, futures.Future)):
        if value.done() and not value.cancelled() and getattr(value, "_exception", 1) is None:
            yield getattr(value, "_result", None), path and f"(await {path})"  # unasked, as it was
    elif type(value).__module__ == "__main__":
        attributes: Any = None
        with suppress(AttributeError):
            attributes = object.__getattribute__(value, "__dict__")
        if type(attributes) is dict:
            for key, item in list(islice(attributes.items(), MOST)):
                yield item, path and f"{path}.{key}"


def is_ipythons(name: str) -> bool:
    """Whether a variable is IPython's, or private; what it leads to has a better name mostly."""
    return name.startswith("_") or name in ("In", "Out")
