"""Variables: the coroutines and futures that a notebook's names lead to."""

from collections.abc import Callable, Iterator

MOST = 200
"""How many items of a list, a tuple, a set or a dict are looked at."""


def found_in(value: object, wanted: Callable[[object], bool]) -> Iterator[object]:
    """A value, or the items of a container, as far as they are what is wanted."""
    if wanted(value):
        yield value
        return
    kind = type(value)
    if kind is dict:
        items = iter(list(value.values())[:MOST])  # type: ignore[attr-defined]
    elif kind in (list, tuple, set):
        items = iter(list(value)[:MOST])  # type: ignore[call-overload]
    else:
        return
    first = next(items, None)
    if first is not None and wanted(first):  # most containers are not worth more than this look
        yield first
        yield from filter(wanted, items)


def kept(
    wanted: Callable[[object], bool], names: dict[str, object]
) -> Iterator[tuple[str, object]]:
    """What is wanted of all that the variables hold, each once, with the name of its variable."""
    seen: set[int] = set()
    for name, value in sorted(names.copy().items(), key=_is_ipythons):
        for each in found_in(value, wanted):
            if id(each) not in seen:
                seen.add(id(each))
                yield name, each


def _is_ipythons(item: tuple[str, object]) -> bool:
    return item[0].startswith("_") or item[0] in ("In", "Out")
