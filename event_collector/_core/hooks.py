"""Hooks: who is told of what, in which order, and what becomes of one that raises."""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from event_collector.event import CollectorEvent
from event_collector.instrument import Instrument

logger = logging.getLogger("event_collector")

HOOKS = tuple(Instrument.__annotations__)
"""The names of all hooks."""


class Hook(NamedTuple):
    """One hook of one instrument."""

    call: Callable[..., object]
    instrument: Instrument
    since: int
    """It is told of events whose id is higher."""


class Hooks:
    """Which hooks there are, by name, in the order in which their instruments were added.

    Each name has a tuple, which is replaced and never changed: whoever goes through one is not
    disturbed by a hook that adds or removes instruments.
    """

    __slots__ = ("__weakref__", "_instruments", "changed", *HOOKS)

    accepted: tuple[Hook, ...]
    taken: tuple[Hook, ...]
    begun: tuple[Hook, ...]
    ended: tuple[Hook, ...]
    finished: tuple[Hook, ...]
    collectors_changed: tuple[Hook, ...]
    interrupted: tuple[Hook, ...]
    loop_turn: tuple[Hook, ...]

    def __init__(self) -> None:
        self._instruments: dict[int, Instrument] = {}
        self.changed: Callable[[], object] = list
        """Called when an instrument has gone because a hook of it raised."""
        for name in HOOKS:
            setattr(self, name, ())

    def add(self, instrument: Instrument, since: int) -> None:
        """Tell an instrument of the events with higher ids.

        Raises:
            ValueError: It is told already.
            TypeError: One of its hooks cannot be called.
        """
        if id(instrument) in self._instruments:
            raise ValueError(f"{type(instrument).__name__} is an instrument of this queue already")
        of_each = {name: getattr(instrument, name, None) for name in HOOKS}
        found = {name: hook for name, hook in of_each.items() if hook is not None}
        for name, hook in found.items():
            if not callable(hook):
                raise TypeError(
                    f"the hook {name!r} of {type(instrument).__name__} cannot be called: it is "
                    f"{type(hook).__name__}; write a method, or leave it out"
                )
        self._instruments[id(instrument)] = instrument
        for name, hook in found.items():
            setattr(self, name, (*getattr(self, name), Hook(hook, instrument, since)))

    def remove(self, instrument: Instrument) -> bool:
        """Tell an instrument of nothing more; say whether it was told before."""
        if self._instruments.pop(id(instrument), None) is None:
            return False
        for name in HOOKS:
            left = tuple(each for each in getattr(self, name) if each.instrument is not instrument)
            setattr(self, name, left)
        return True

    def tell(self, hooks: tuple[Hook, ...], *what: Any) -> None:
        """Call hooks; one that raises an Exception goes, with its instrument.

        Raises:
            KeyboardInterrupt, SystemExit: A hook raised it; the others have been called too.
        """
        struck: BaseException | None = None
        for call, instrument, _ in hooks:
            try:
                call(*what)
            except BaseException as exc:
                struck = self._heed(exc, instrument, struck)
        if struck is not None:
            try:
                raise struck
            finally:
                del struck  # its traceback leads back to here

    def tell_of(self, hooks: tuple[Hook, ...], event: CollectorEvent, *what: Any) -> None:
        """The same with those that have heard of the event from its beginning."""
        struck: BaseException | None = None
        for call, instrument, since in hooks:
            if event.id > since:
                try:
                    call(event, *what)
                except BaseException as exc:
                    struck = self._heed(exc, instrument, struck)
        if struck is not None:
            try:
                raise struck
            finally:
                del struck  # its traceback leads back to here

    def _heed(
        self, exc: BaseException, instrument: Instrument, struck: BaseException | None
    ) -> BaseException | None:
        """What is to be passed on, the first interrupt. For anything else its instrument goes.

        For a CancelledError too: nobody has cancelled those in whose midst the hook was called.
        """
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            return struck or exc
        self.remove(instrument)
        self.changed()
        logger.error(
            "a hook of the instrument %s raised; it is told nothing more",
            type(instrument).__name__,
            exc_info=exc,
        )
        return struck
