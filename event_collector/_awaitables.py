"""Awaitables: what can be awaited, and is a mistake where a value should be."""

import asyncio
import inspect
import types
from typing import Any

_COMMON = frozenset(
    {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset}
)
"""Types of values that certainly cannot be awaited."""


def awaitable(value: object) -> bool:
    """Whether a value can be awaited. Its class tells: the value itself is asked nothing."""
    kind = type(value)
    if kind in _COMMON:
        return False
    if kind is types.GeneratorType:  # one of `types.coroutine`
        return inspect.isawaitable(value)
    return hasattr(kind, "__await__")


def in_words(value: Any) -> tuple[str, str]:
    """What an awaitable is, and how its source may read: "the coroutine of save()", "save(...)"."""
    kind = type(value).__name__
    # Not by get_coro(): it ends Python 3.12.1 as a whole, for a task that has ended eagerly.
    called: Any = getattr(value, "_coro", None) if isinstance(value, asyncio.Task) else value
    name = getattr(called, "__name__", None)
    if isinstance(name, str):
        return f"the {kind} of {name}()", f"{name}(...)"
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}", "it"


def forgotten(key: str, inner: object, *, bare: bool) -> TypeError:
    """What a collector's processor did wrong that returned an awaitable, bare or in an Ok."""
    what, written = in_words(inner)
    returned, right = (what, f"return await {written}")
    if not bare:
        returned, right = f"Ok of {what}", f"Ok(await {written})"
    return TypeError(
        f"the processor of {key!r} returned {returned} without awaiting it; write {right}"
    )
