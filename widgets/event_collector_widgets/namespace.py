"""What the notebook's variables have to offer: processors, lifecycles and values to send."""

import dataclasses
import inspect
import itertools
import types
from collections.abc import Callable, Mapping
from typing import Any

from event_collector import LifecycleManager, Processor
from event_collector_widgets.gallery import GALLERY

_IPYTHON = {"In", "Out", "exit", "quit", "open", "get_ipython"}
_PLAIN = (str, bytes, bytearray, int, float, complex, types.NoneType)
_SEVERAL = (list, tuple, set, frozenset, dict)
_DATA = {"collections", "datetime", "decimal", "enum", "fractions", "pathlib", "types", "uuid"}
"""Modules of the standard library whose objects are values; of `types` only SimpleNamespace is."""
_TABLES = {
    "numpy": {"ndarray", "generic"},
    "pandas": {"DataFrame", "Series", "Index", "Timestamp", "Timedelta", "Period"},
    "polars": {"DataFrame", "Series"},
    "PIL": {"Image"},
}
"""Packages of which some classes, and what derives from them, are values."""
_PARTS = 3
"""Of a list or dict so many parts are looked at, and as deep."""


def processors(namespace: Mapping[str, Any]) -> dict[str, Processor]:
    """The async functions of a payload and a context, by name, sorted.

    Those of the gallery are left out: the panels offer them anyway.
    """
    return _those(namespace, _is_processor)


def lifecycles(namespace: Mapping[str, Any]) -> dict[str, LifecycleManager]:
    """The functions under `@asynccontextmanager`, by name, sorted."""
    return _those(namespace, _is_lifecycle)


def values(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What is plausibly a payload, by name, sorted: data, and objects of the notebook's classes.

    That is what JSON has, dates, numbers and paths, dataclasses and pydantic's models, DataFrames
    and arrays, and lists and dicts of these. Classes, figures, connections, locks, modules,
    functions and what belongs to a queue are none.
    """
    return _those(namespace, _is_value)


def variables_of(value: object, namespace: Mapping[str, Any]) -> list[str]:
    """The names by which a notebook's code can call a value, in the order of their making."""
    named = list(namespace.items())
    return [name for name, each in named if each is value and not name.startswith("_")]


def _those(namespace: Mapping[str, Any], fits: Callable[[Any], bool]) -> dict[str, Any]:
    return {
        name: value
        for name, value in sorted(namespace.items())
        if not name.startswith("_") and name not in _IPYTHON and _safely(fits, value)
    }


def _safely(fits: Callable[[Any], bool], value: Any) -> bool:
    """Whether a value fits; one that cannot even be asked does not, and spoils nothing."""
    try:
        return fits(value)
    except Exception:
        return False


def _is_value(value: Any, depth: int = _PARTS) -> bool:
    """Whether a value is data, by its class; of a list or dict, also by its first parts."""
    kind = type(value)
    if isinstance(value, type):  # the class of an enum's class is one of a module of data
        return False
    if _packages(kind) & {"event_collector", "event_collector_widgets"}:
        return False
    if isinstance(value, _SEVERAL):
        first = list(itertools.islice(value, _PARTS))
        parts = [*first, *(value[key] for key in first)] if isinstance(value, dict) else first
        return not depth or all(_is_value(each, depth - 1) for each in parts)
    if isinstance(value, _PLAIN):
        return True
    for package, names in _TABLES.items():
        if any(_package(each) == package and each.__name__ in names for each in kind.__mro__):
            return not _holds_objects(value)
    return (
        dataclasses.is_dataclass(kind)
        or hasattr(kind, "model_fields")
        or hasattr(kind, "__attrs_attrs__")
        or kind is types.SimpleNamespace
        or (_package(kind) in _DATA - {"types"})
        or (kind.__module__ == "__main__" and _packages(kind) <= {"__main__", *_HARMLESS})
    )


_HARMLESS = {"builtins", "abc", "typing", "typing_extensions", *_DATA}
"""What a class of the notebook may derive from to be one of values."""


def _holds_objects(value: Any) -> bool:
    """Whether it is an array of objects that are not data, such as the axes of a figure."""
    if type(value).__name__ != "ndarray" or value.dtype != object:
        return False
    return not all(_is_value(each, 0) for each in value.flat[:_PARTS])


def _package(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _packages(kind: type) -> set[str]:
    return {_package(each) for each in kind.__mro__}


def _is_processor(value: Any) -> bool:
    if not inspect.iscoroutinefunction(value) or value in GALLERY.values():
        return False
    try:
        inspect.signature(value).bind(None, None)
    except TypeError:
        return False
    return True


def _is_lifecycle(value: Any) -> bool:
    return (
        inspect.isfunction(value)
        and inspect.isasyncgenfunction(inspect.unwrap(value))
        and not inspect.isasyncgenfunction(value)
    )
