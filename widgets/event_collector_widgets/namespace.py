"""What the notebook's variables have to offer: processors, lifecycles and values to send."""

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from event_collector import LifecycleManager, Processor
from event_collector_widgets.gallery import GALLERY

_IPYTHON = {"In", "Out", "exit", "quit", "open", "get_ipython"}
_NO_VALUE = types.ModuleType | type | types.UnionType | types.GenericAlias | typing.TypeAliasType


def processors(namespace: Mapping[str, Any]) -> dict[str, Processor]:
    """The async functions of a payload and a context, by name, sorted.

    Those of the gallery are left out: the panels offer them anyway.
    """
    return _those(namespace, _is_processor)


def lifecycles(namespace: Mapping[str, Any]) -> dict[str, LifecycleManager]:
    """The functions under `@asynccontextmanager`, by name, sorted."""
    return _those(namespace, _is_lifecycle)


def values(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What could be sent, by name, sorted: no modules, functions, types or IPython's own."""
    return _those(namespace, lambda value: not isinstance(value, _NO_VALUE) and not _runs(value))


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


def _runs(value: Any) -> bool:
    return inspect.isroutine(value) or type(value).__module__.startswith("event_collector_widgets")


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
