"""Capture: hears what is written to the standard streams and displayed, and for whom.

Nobody is told when a processor begins: one that shows nothing pays nothing. Whoever shows something
is asked then for whom he does, by the context in which he runs: the engine's services tell, and for
a lifecycle a variable of ours. The tasks and the `asyncio.to_thread` threads that a processor
starts have its context too.

Streams and display publisher are listened to by a `write` and a `publish` of their own, in front of
those of their class. Whoever holds the stream, such as a logging handler, is heard that way.
"""

import asyncio
import contextvars
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from event_collector.service import Service, current_services
from event_collector_widgets.kernel import shell
from event_collector_widgets.output.kept import Kept

type Place = tuple[Callable[[], "Keeper | None"], int | tuple[int, ...], str, int | tuple[int, ...]]
"""For whom code runs: a reference to who keeps it, the event's id (0: for the lifecycle), the
collector's key, and the `id()` of the event or collector; of a batch, those of all its events."""


class Marked(NamedTuple):
    """What a context tells of itself, if it is not to be asked for its services."""

    place: Place | None
    """None: it runs for nobody."""
    within: list[Service]
    """The services when it was marked. Where it is in another one meanwhile, that tells."""


MARK: contextvars.ContextVar[Marked | None] = contextvars.ContextVar("output", default=None)
"""What the context is marked with; None: with nothing."""

NOBODY = Marked(None, [])
"""What is shown within it is passed on as it is."""

_in_panel: contextvars.ContextVar[bool] = contextvars.ContextVar("in_panel", default=False)


class Keeper(Protocol):
    """Who keeps what is shown."""

    def place_of(self, service: Service) -> Place | None:
        """The place of a service; None if it is not one of his."""

    def kept(self, place: Place) -> Kept | None:
        """Where what is shown there is kept; None if nobody keeps it any more."""


def here() -> tuple[Place, Service | None] | None:
    """For whom the code that calls this runs, and in which service; None: for nobody."""
    mark = MARK.get()
    if mark is NOBODY:
        return None
    services = current_services()
    if mark is None or mark.within[:1] != services[:1]:
        for service in services:
            for keeper in list(EARS.keepers):
                if (place := keeper.place_of(service)) is not None:
                    return place, service
    # Where nobody keeps anything for its queue, it is still the lifecycle's that has sent to it.
    return None if mark is None or mark.place is None else (mark.place, None)


@contextmanager
def stays_in_panel() -> Iterator[None]:
    """Keep what comes of payloads sent, and collectors put, within this block; pass nothing on.

    For what a panel does, whose output no cell has asked for. It is kept with its event as always.
    The tasks that are made within the block are in it for good.
    """
    token = _in_panel.set(True)
    try:
        yield
    finally:
        _in_panel.reset(token)


@contextmanager
def marked(place: Place) -> Iterator[None]:
    """Say within this block for whom the code runs. The tasks made in it are in it for good."""
    token = MARK.set(Marked(place, current_services()))
    try:
        yield
    finally:
        MARK.reset(token)


def kept_at(place: Place) -> Kept | None:
    """Where what is shown at a place is kept; None if nobody keeps it any more."""
    keeper = place[0]()
    if keeper is None:
        return None
    for call in EARS.heard:
        call(place)
    return keeper.kept(place)


def kept_here() -> Kept | None:
    """Where what is shown here is kept; None if that is nobody's, or nobody keeps it any more."""
    found = here()
    return None if found is None else kept_at(found[0])


class Ears:
    """What is listened to: one for the whole kernel, while somebody keeps what is heard.

    IPython does the same with `write` while a cell runs that awaits nothing, and puts back at its
    end what it has found. So what was set in such a cell is gone then: see `heed`. Heard twice does
    no harm: what is passed on is passed on as nobody's.
    """

    def __init__(self) -> None:
        self.out: object = None
        """The `write` of `sys.stdout` when it was last listened to."""
        self.err: object = None
        """The same of `sys.stderr`."""
        self.heard: list[Callable[[Place], object]] = []
        """Called with the place of whatever is kept."""
        self.on_end: list[Callable[[], object]] = []
        """Called when nobody listens any more."""
        self.keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()
        self._heard: dict[tuple[int, str], tuple[weakref.ref[Any], Any]] = {}
        """By `id()` and name: an object, and what its own method was before."""

    def listen_for(self, keeper: Keeper) -> None:
        """Listen as long as a keeper lives."""
        if not list(self.keepers) and (ip := shell()) is not None:
            ip.events.register("pre_run_cell", self.heed)
        self.keepers.add(keeper)
        weakref.finalize(keeper, self._gone).atexit = False
        self.attach()

    def heed(self, *_: object) -> None:
        """Listen to the streams that are there now, if others were there before."""
        if (self.out, self.err) == _writes():
            return
        self.attach()
        # In a cell that awaits nothing it is undone at its end, see above. What the cell has sent
        # is processed after that; this comes before it.
        if (loop := asyncio._get_running_loop()) is not None:
            loop.call_soon(self.heed)

    def attach(self) -> None:
        """Listen to the streams and the display publisher that are there now."""
        for stream in (sys.stdout, sys.stderr):
            self._set(stream, "write", _heard_write)
        if (ip := shell()) is not None:
            self._set(ip.display_pub, "publish", _heard_publish)
            self._set(ip.display_pub, "clear_output", _heard_clear)
        self.out, self.err = _writes()

    def _set(self, target: Any, name: str, heard: Callable[[Any], Any]) -> None:
        """Set an object's own method; leave alone what cannot be listened to."""
        there = getattr(target, name, None)
        if there is None or getattr(there, "is_ours", False):
            return
        try:
            own = target.__dict__.get(name)
            made = heard(there)
            made.is_ours = True
            reference = weakref.ref(target)
            setattr(target, name, made)
        except (AttributeError, TypeError):  # a stream of C without a dict: it is not heard
            return
        self._heard = {key: one for key, one in self._heard.items() if one[0]() is not None}
        self._heard.setdefault((id(target), name), (reference, own))

    def _gone(self) -> None:
        if list(self.keepers):  # its length may count one that is about to go
            return
        if (ip := shell()) is not None and self.heed in ip.events.callbacks["pre_run_cell"]:
            ip.events.unregister("pre_run_cell", self.heed)
        self.out = self.err = None
        heard, self._heard = self._heard, {}
        for (_, name), (reference, own) in heard.items():
            target = reference()
            if getattr(getattr(target, name, None), "is_ours", False):
                if own is None:
                    delattr(target, name)
                else:
                    setattr(target, name, own)
        for call in self.on_end:
            call()


EARS = Ears()
"""What this kernel listens to."""


def _writes() -> tuple[object, object]:
    """What writes to the streams of the moment; there may be no streams."""
    return getattr(sys.stdout, "write", None), getattr(sys.stderr, "write", None)


def _heard_write(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A stream's `write` that keeps what belongs to somebody."""

    def heard(text: Any) -> Any:
        kept = kept_here() if isinstance(text, str) else None
        if kept is None:
            return write(text)
        kept.write(text)
        return len(text) if _in_panel.get() else _pass_on(write, text)

    return heard


def _heard_publish(publish: Callable[..., Any]) -> Callable[..., Any]:
    """A display publisher's `publish` that keeps what belongs to somebody."""

    def heard(data: Any, *args: Any, **options: Any) -> Any:
        kept = kept_here() if isinstance(data, dict) else None
        if kept is None:
            return publish(data, *args, **options)
        display_id = (options.get("transient") or {}).get("display_id")
        if not options.get("update"):
            kept.show(data, display_id)
            passes = not _in_panel.get()
        else:  # of what is not displayed here, a cell has it
            passes = not kept.update(data, display_id) or not _in_panel.get()
        return _pass_on(publish, data, *args, **options) if passes else None

    return heard


def _heard_clear(clear_output: Callable[..., Any]) -> Callable[..., Any]:
    """A display publisher's `clear_output` that clears what is kept, too."""

    def heard(wait: bool = False) -> Any:
        kept = kept_here()
        if kept is not None:
            kept.clear(wait)
            if _in_panel.get():
                return None
        return _pass_on(clear_output, wait)

    return heard


def _pass_on(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call as nobody: outside a kernel, to publish is to print."""
    token = MARK.set(NOBODY)
    try:
        return call(*args, **options)
    finally:
        MARK.reset(token)
