"""Capture: hears what is written to the standard streams and displayed, and for whom.

A context variable tells for whom the code runs: the tasks and the `asyncio.to_thread` threads that
a processor starts have it too. It holds nothing that keeps a workbench, an event or a collector
alive, since a context may be kept for long.

Streams and display publisher are listened to by a `write` and a `publish` of their own, in front of
those of their class. Whoever holds the stream, such as a logging handler, is heard that way.
"""

import contextvars
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from event_collector_widgets.kernel import shell
from event_collector_widgets.output.kept import Kept

type Place = tuple[Callable[[], "Keeper | None"], int, str, int]
"""For whom code runs: a reference to who keeps it, the event's id (0: for the lifecycle), the
collector's key, and the `id()` of the event or collector."""

PLACE: contextvars.ContextVar[Place | None] = contextvars.ContextVar("place", default=None)
"""For whom the code runs; None: for nobody, and what it shows is nobody's."""

_in_panel: contextvars.ContextVar[bool] = contextvars.ContextVar("in_panel", default=False)


class Keeper(Protocol):
    """Who keeps what is shown."""

    def kept(self, place: Place) -> Kept | None:
        """Where what is shown there is kept; None if nobody keeps it any more."""


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


def kept_at(place: Place) -> Kept | None:
    """Where what is shown at a place is kept; None if nobody keeps it any more."""
    keeper = place[0]()
    if keeper is None:
        return None
    for call in EARS.heard:
        call(place)
    return keeper.kept(place)


class Ears:
    """What is listened to: one for the whole kernel, while somebody keeps what is heard.

    IPython does the same with `write` while a cell runs that awaits nothing, and puts back at its
    end what it has found. So what was set in such a cell is gone then: whoever relies on it
    compares, see `attach`. Heard twice does no harm: what is passed on is passed on as nobody's.
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
        self._heard: dict[tuple[int, str], tuple[weakref.ref[Any], Any]] = {}
        """By `id()` and name: an object, and what its own method was before."""
        self._keepers = 0

    def listen_for(self, keeper: object) -> None:
        """Listen as long as a keeper lives."""
        self._keepers += 1
        weakref.finalize(keeper, self._gone).atexit = False
        self.attach()

    def attach(self) -> None:
        """Listen to the streams and the display publisher that are there now.

        To be called where `write` of `sys.stdout` is not `out`, or that of `sys.stderr` not `err`.
        """
        for stream in (sys.stdout, sys.stderr):
            self._set(stream, "write", _heard_write)
        if (ip := shell()) is not None:
            self._set(ip.display_pub, "publish", _heard_publish)
            self._set(ip.display_pub, "clear_output", _heard_clear)
        self.out, self.err = getattr(sys.stdout, "write", None), getattr(sys.stderr, "write", None)

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
        self._keepers -= 1
        if self._keepers:
            return
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


def _heard_write(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A stream's `write` that keeps what belongs to somebody."""

    def heard(text: Any) -> Any:
        place = PLACE.get()
        if place is None or not isinstance(text, str):
            return write(text)
        kept = kept_at(place)
        if kept is not None:
            kept.write(text)
            if _in_panel.get():
                return len(text)
        return _pass_on(write, text)

    return heard


def _heard_publish(publish: Callable[..., Any]) -> Callable[..., Any]:
    """A display publisher's `publish` that keeps what belongs to somebody."""

    def heard(data: Any, *args: Any, **options: Any) -> Any:
        place = PLACE.get()
        kept = None if place is None or not isinstance(data, dict) else kept_at(place)
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
        place = PLACE.get()
        kept = None if place is None else kept_at(place)
        if kept is not None:
            kept.clear(wait)
            if _in_panel.get():
                return None
        return _pass_on(clear_output, wait)

    return heard


def _pass_on(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call as nobody: outside a kernel, to publish is to print."""
    token = PLACE.set(None)
    try:
        return call(*args, **options)
    finally:
        PLACE.reset(token)
