"""Hooks: who is told of what, in which order, and what becomes of one that raises."""

import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from event_collector import _check
from event_collector._log import logger
from event_collector.event import CollectorEvent
from event_collector.instrument import Instrument

HOOKS = tuple(Instrument.__annotations__)
"""The names of all hooks."""

TO_THE_END = ("taken", "begun", "ended", "finished")
"""Those of what becomes of an event after its acceptance."""

ALWAYS = sys.maxsize
"""Higher than any event's id."""

NEVER = 0
"""Lower than any event's id."""


class Marked(Protocol):
    """A watch, as far as hooks know it."""

    mark: float
    time: Callable[[], float]


class Unwatched:
    """Stands for the watch of a queue that has not run."""

    def __init__(self) -> None:
        self.mark = 0.0
        self.time: Callable[[], float] = float
        """No time passes."""


class Told:
    """Of what an instrument is told. It changes at once, in the midst of a round of hooks too."""

    __slots__ = ("since", "until")

    def __init__(self, since: int) -> None:
        self.since = since
        """Of events whose id is higher than this,"""
        self.until = ALWAYS
        """and not higher than this. Of what is not about an event: only while it is ALWAYS."""


class Hook(NamedTuple):
    """One hook of one instrument."""

    call: Callable[..., object]
    instrument: Instrument
    told: Told
    """The same for all of its hooks."""


class Hooks:
    """Which hooks there are, by name, in the order in which their instruments were added.

    Each name has a tuple, which is replaced and never changed: whoever goes through one is not
    disturbed by a hook that adds or removes instruments. A hook may send, and another round be made
    within it; whether an instrument is still told is asked before each call.
    """

    __slots__ = ("__weakref__", "_instruments", "_told", "changed", "watch", *HOOKS)

    accepted: tuple[Hook, ...]
    taken: tuple[Hook, ...]
    begun: tuple[Hook, ...]
    ended: tuple[Hook, ...]
    finished: tuple[Hook, ...]
    timed: tuple[Hook, ...]
    collectors_changed: tuple[Hook, ...]
    limits_changed: tuple[Hook, ...]
    interrupted: tuple[Hook, ...]
    loop_turn: tuple[Hook, ...]

    def __init__(self) -> None:
        self._instruments: dict[int, Told] = {}
        """By id of each instrument: its hooks hold it."""
        self._told: CollectorEvent | None = None
        """The event that hooks are told of right now."""
        self.watch: Marked = Unwatched()
        """The watch of the queue's loop, once it has one. Its mark is moved on by what hooks take:
        the processor in whose midst they are called, or who comes next, does not hold the loop."""
        self.changed: Callable[[], object] = list
        """Called when an instrument has gone of its own accord: a hook of it raised, or the event
        is done that it was still told of."""
        for name in HOOKS:
            setattr(self, name, ())

    def add(self, instrument: Instrument, since: int) -> None:
        """Tell an instrument of the events with higher ids.

        Raises:
            ValueError: It is told already, or has no hook at all.
            TypeError: One of its hooks cannot be called, or is async.
            Exception: Whatever a property raised that one of its hooks is.
        """
        if id(instrument) in self._instruments:
            raise ValueError(f"{type(instrument).__name__} is an instrument of this queue already")
        found = {name: hook for name in HOOKS if (hook := _hook_of(instrument, name)) is not None}
        if not found:
            raise ValueError(
                f"{type(instrument).__name__} has no hook, and would be told nothing; "
                f"the hooks are {', '.join(HOOKS)}"
            )
        self._instruments[id(instrument)] = told = Told(since)
        for name, hook in found.items():
            setattr(self, name, (*getattr(self, name), Hook(hook, instrument, told)))

    def remove(self, instrument: Instrument) -> bool:
        """Tell an instrument of nothing more; say whether it was told before.

        Within a hook that is told of an event, it goes on to be told of that one to its end.
        """
        if (told := self._instruments.pop(id(instrument), None)) is None:
            return False
        event = self._told
        if event is None or event.id <= told.since:
            told.until = NEVER
        else:
            told.since, told.until = event.id - 1, event.id
        stays = TO_THE_END if event is not None and told.until != NEVER and not event.done else ()
        for name in HOOKS:
            if name not in stays:
                left = tuple(hook for hook in getattr(self, name) if hook.told is not told)
                setattr(self, name, left)
        if any(hook.told is told for name in stays for hook in getattr(self, name)):
            self.finished += (Hook(self._forget, instrument, told),)
        return True

    def _forget(self, event: CollectorEvent) -> None:
        """The event is done: have nobody told of it any more who was still told for its sake."""
        for name in TO_THE_END:
            hooks = getattr(self, name)
            setattr(self, name, tuple(hook for hook in hooks if hook.told.until != event.id))
        self.changed()

    def tell(self, hooks: Iterable[Hook], *what: Any) -> bool:
        """Call hooks; one that raises an Exception goes, with its instrument.

        Returns:
            Whether one of them did not raise.

        Raises:
            KeyboardInterrupt, SystemExit: A hook raised it; the others have been called too.
        """
        struck: BaseException | None = None
        heard = False
        watch = self.watch
        mark, began = watch.mark, watch.time()
        left = iter(hooks)
        while True:
            try:
                for hook in left:
                    if hook.told.until != ALWAYS:
                        continue
                    try:
                        hook.call(*what)
                        heard = True
                    except BaseException as exc:
                        struck = self._heed(exc, hook.instrument, hook.told, struck)
                break
            except (KeyboardInterrupt, SystemExit) as exc:  # between two of them: it goes on
                struck = struck or exc
        watch.mark = mark + watch.time() - began
        if struck is not None:
            try:
                raise struck
            finally:
                del struck  # its traceback leads back to here
        return heard

    def tell_of(self, hooks: Iterable[Hook], event: CollectorEvent, *what: Any) -> None:
        """The same with those that have heard of the event from its beginning.

        An iterator over hooks is left where it ends, also if the stop button strikes in here.
        """
        struck: BaseException | None = None
        number = event.id
        watch = self.watch
        mark, began = watch.mark, watch.time()
        left = iter(hooks)
        outer, self._told = self._told, event  # a hook may send
        while True:
            try:
                for call, instrument, told in left:
                    if told.since < number <= told.until:
                        try:
                            call(event, *what)
                        except BaseException as exc:
                            struck = self._heed(exc, instrument, told, struck)
                break
            except (KeyboardInterrupt, SystemExit) as exc:  # between two of them: it goes on
                struck = struck or exc
        self._told = outer
        watch.mark = mark + watch.time() - began
        if struck is not None:
            try:
                raise struck
            finally:
                del struck  # its traceback leads back to here

    def _heed(
        self, exc: BaseException, instrument: Instrument, told: Told, struck: BaseException | None
    ) -> BaseException | None:
        """What is to be passed on, the first interrupt. For anything else its instrument goes.

        For a CancelledError too: nobody has cancelled those in whose midst the hook was called.
        """
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            return struck or exc
        told.until = NEVER
        self._drop(instrument)
        logger.error(
            "a hook of the instrument %s raised; it is told nothing more",
            type(instrument).__name__,
            exc_info=exc,
        )
        return struck

    def _drop(self, instrument: Instrument) -> None:
        """Tell an instrument of nothing more, at once."""
        if (told := self._instruments.pop(id(instrument), None)) is not None:
            told.until = NEVER
        for name in HOOKS:
            left = tuple(each for each in getattr(self, name) if each.instrument is not instrument)
            setattr(self, name, left)
        self.changed()


def _hook_of(instrument: Instrument, name: str) -> Callable[..., object] | None:
    """An instrument's hook of a name, or None."""
    there = inspect.getattr_static(instrument, name, None)
    # A property that raises AttributeError would look like a hook that is not there.
    hook = getattr(instrument, name, None) if there is None else getattr(instrument, name)
    if hook is None:
        return None
    what = f"the hook {name!r} of {type(instrument).__name__}"
    if not callable(hook):
        raise TypeError(
            f"{what} cannot be called: it is {type(hook).__name__}; write a method, or leave it out"
        )
    _check.plain_function(hook, what, "a method")
    found: Callable[..., object] = hook
    return found
