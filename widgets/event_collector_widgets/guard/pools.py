"""Pools: what `multiprocessing.pool` gives, a pool of threads or of processes, is heard as well.

Its results are not futures: they are `AsyncResult`s, whose `get` raises. They become instances of a
subclass of their own class, as the futures of executors do.
"""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

MODULE = "multiprocessing.pool"
"""It is not imported before a notebook does it."""
HINT = "ask its result: .get()"


def heard_kinds(module: ModuleType) -> dict[type, type]:
    """By the class of a result, the one that notes whether it was asked."""
    kinds: list[Any] = [vars(module)[name] for name in ("ApplyResult", "MapResult")]
    return {kind: _heard(kind) for kind in kinds}


def _heard(kind: Any) -> type:
    base: Any = kind

    class Heard(base):  # type: ignore[misc]
        """A result that notes whether it was asked. It calls itself as every other does."""

        _call: Any

        def get(self, timeout: float | None = None) -> Any:
            """Give the result, or raise what the call has raised; that it is asked is noted."""
            try:
                return super().get(timeout)
            finally:
                self._asked()

        def successful(self) -> bool:
            """Tell whether the call has raised; who asks that has seen it."""
            try:
                return bool(super().successful())
            finally:
                self._asked()

        def _asked(self) -> None:
            if self.ready():  # else the time was up
                self._call.batch.seen = True

        def done(self) -> bool:
            """Whether the call has ended."""
            return bool(self.ready())

        def failure(self) -> BaseException | None:
            """What the call has raised, which is not asking."""
            if not self.ready() or getattr(self, "_success", True):
                return None
            error: BaseException | None = getattr(self, "_value", None)
            return error

        def __del__(self) -> None:
            """Nobody can ask it any more."""
            self._call.freed(self)

    Heard.__name__, Heard.__qualname__ = kind.__name__, kind.__qualname__
    return Heard


def calls_of(pool: Any, watch: Callable[[Any, Any], object]) -> dict[str, Any]:
    """What stands in for methods of the class of pools, by their names.

    Args:
        pool: The class.
        watch: Gets each call's result and the function, unless an `error_callback` hears it fail.
    """
    calls = {name: getattr(pool, name) for name in ("apply_async", "_map_async")}
    return {name: _watched(call, watch) for name, call in calls.items()}


def _watched(original: Callable[..., Any], watch: Callable[[Any, Any], object]) -> Any:
    @functools.wraps(original)
    def call(pool: Any, func: Any, *args: Any, **options: Any) -> Any:
        result = original(pool, func, *args, **options)
        if getattr(result, "_error_callback", None) is None:
            watch(result, func)
        return result

    return call
