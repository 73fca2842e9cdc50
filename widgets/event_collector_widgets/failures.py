"""Failures: how a panel says what went wrong, and who hears of what is raised nowhere.

Those who hear are tools that watch a notebook. Nobody listens unless such a tool is loaded.
"""

from traceback import walk_tb
from typing import Protocol

HOUSE = ("event_collector", "event_collector_widgets")
"""Our packages."""


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


def words(error: BaseException, limit: int) -> str:
    """What an error says, in one line; before it its class, unless a sentence of ours says it all.

    What we refuse says what is wrong and what to do. What others raise may be a mere word.
    """
    # Here, since the guard hears of failures in notebooks that know nothing of our engine.
    from event_collector._text import describe

    said = describe(error, limit)
    places = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
    ours = bool(places) and places[-1].partition(".")[0] in HOUSE
    return said.removeprefix(f"{type(error).__name__}: ") if ours and str(error).strip() else said
