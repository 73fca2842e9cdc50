"""Loaded: the guard of this process, if there is one."""

from typing import Any

from event_collector_widgets.guard.hooks import Hooks
from event_collector_widgets.guard.settings import Settings
from event_collector_widgets.guard.watch import Guard

_loaded: list[tuple[Guard, Hooks]] = []
"""At most one."""


def load(shell: Any) -> None:
    """Begin to guard, unless it is done already.

    Raises:
        ValueError: A variable of the environment has a value that it cannot have.
    """
    if _loaded:
        return
    made = Guard(shell, Settings.of_environment())
    hooks = Hooks(shell, made)
    made.attach()
    hooks.attach()
    _loaded.append((made, hooks))


def unload() -> None:
    """Guard no more."""
    while _loaded:
        made, hooks = _loaded.pop()
        hooks.detach()
        made.detach()


def guard() -> Guard | None:
    """The guard, if it is loaded."""
    return _loaded[0][0] if _loaded else None
