"""Failures: who hears of what a workbench or a panel shows as an error, and raises nowhere.

For tools that watch a notebook. Nobody listens unless such a tool is loaded.
"""

from typing import Protocol


class Listener(Protocol):
    """Somebody who wants to hear of failures."""

    def failed(self, who: object, error: BaseException) -> None:
        """A workbench or a panel has failed at something, and has shown it."""

    def raised(self, error: BaseException) -> None:
        """Somebody gets the error of such a failure raised after all, and so knows of it."""


listeners: list[Listener] = []
"""All who listen. Whoever is put in here must take itself out again."""


def tell(who: object, error: BaseException) -> None:
    """Tell all listeners of a failure."""
    for each in tuple(listeners):
        each.failed(who, error)


def told(error: BaseException) -> None:
    """Tell all listeners that an error of which they have heard is raised."""
    for each in tuple(listeners):
        each.raised(error)
