"""Variables: the coroutines and futures that a notebook's names lead to."""

from collections.abc import Callable, Iterable
from itertools import islice

MOST = 200
"""How many items of a list, a tuple, a set or a dict are looked at."""

SEQUENCES = (list, tuple)


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
        items: Iterable[object] = ()
        first: object
        if isinstance(value, SEQUENCES):
            first, items = value[0] if value else None, value
        elif isinstance(value, dict):
            items = value.values()
            first = next(iter(items), None)
        elif isinstance(value, set):
            first, items = next(iter(value), None), value
        else:
            first, items = value, (value,)
        if isinstance(first, kind):
            found += [(name, each) for each in list(islice(items, MOST)) if wanted(each)]
    found.sort(key=_is_ipythons)
    once = {id(each): (name, each) for name, each in reversed(found)}
    return list(reversed(once.values()))


def _is_ipythons(item: tuple[str, object]) -> bool:
    return item[0].startswith("_") or item[0] in ("In", "Out")
