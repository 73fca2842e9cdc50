"""Figures: those that a processor has left open are its output, and are closed when it ends.

Nobody looks for figures where none was made: matplotlib's own hook, a name in
`rcParams["figure.hooks"]`, tells of each new one, and the processor that makes it is then asked to
tell when it has ended. At the end of each cell the inline
backend shows and closes all figures; those of a processor that still draws are hidden from it.
"""

import base64
import io
import sys
import threading
import weakref
from functools import partial
from typing import Any

from event_collector._text import describe
from event_collector_widgets.imports import WhenImported
from event_collector_widgets.kernel import shell
from event_collector_widgets.output.capture import EARS, Place, here, kept_at
from event_collector_widgets.output.kept import Kept

PYPLOT = "matplotlib.pyplot"
HOOK = f"{__name__}:made"
_HOOKS = "figure.hooks"

_running: set[Place] = set()
"""The places whose processors run, and have made figures."""
_makers: weakref.WeakKeyDictionary[Any, Place] = weakref.WeakKeyDictionary()
_hidden: list[tuple[int, Any]] = []
_lock = threading.RLock()
_waiting: WhenImported | None = None
"""Waits for pyplot."""


def attach() -> None:
    """Have pyplot tell of new figures, once it is there; again, where that was set back."""
    global _waiting  # noqa: PLW0603 - there is one pyplot
    if PYPLOT in sys.modules:
        _attach(sys.modules[PYPLOT])
    elif _waiting is None or _waiting not in sys.meta_path:
        _waiting = WhenImported(PYPLOT, _attach)


def made(figure: Any) -> None:
    """Remember for whom a figure was made; pyplot calls it with each new one."""
    place, service = here() or (None, None)
    if place is None or service is None:
        return
    with _lock:
        _makers[figure] = place
        if place not in _running and service.at_end(partial(end, place)):
            _running.add(place)
            _guard_from_cells()


def _attach(pyplot: Any) -> None:
    """Set the hook, and again where somebody has set matplotlib back to its defaults."""
    parameters = getattr(pyplot, "rcParams", None)
    if parameters is not None and HOOK not in parameters[_HOOKS]:  # None: it is being imported
        parameters[_HOOKS] = [*parameters[_HOOKS], HOOK]


def _detach() -> None:
    """Leave no trace: nobody keeps anything any more."""
    if _waiting is not None:
        _waiting.end()
    _running.clear()
    parameters = getattr(sys.modules.get(PYPLOT), "rcParams", None)
    if parameters is not None and HOOK in parameters[_HOOKS]:
        parameters[_HOOKS] = [each for each in parameters[_HOOKS] if each != HOOK]
    if (ip := shell()) is not None:
        for each in {_hide, _show_again}.intersection(ip.events.callbacks["post_execute"]):
            ip.events.unregister("post_execute", each)


EARS.on_end.append(_detach)


def _guard_from_cells() -> None:
    """Come before and after the backend at the end of a cell, whenever that has registered."""
    if (ip := shell()) is not None:
        called = ip.events.callbacks["post_execute"]
        if called[:1] != [_hide] or called[-1:] != [_show_again]:
            others = [each for each in called if each not in (_hide, _show_again)]
            called[:] = [_hide, *others, _show_again]


def _hide() -> None:
    opened: Any = _gcf().figs
    for number, manager in list(opened.items()):
        if _makers.get(manager.canvas.figure) in _running:
            _hidden.append((number, manager))
            del opened[number]


def _show_again() -> None:
    while _hidden:
        number, manager = _hidden.pop(0)
        _gcf().figs.setdefault(number, manager)


def _gcf() -> Any:
    """What knows the open figures; the inline backend uses it, too."""
    return sys.modules["matplotlib._pylab_helpers"].Gcf


def end(place: Place) -> None:
    """Display the open figures that were made at a place, and close them."""
    pyplot: Any = sys.modules[PYPLOT]
    opened = [manager.canvas.figure for manager in _gcf().get_all_fig_managers()]
    with _lock:
        _running.discard(place)
        mine = [each for each in opened if _makers.get(each) == place]
    kept = kept_at(place) if mine else None
    for figure in mine:
        empty = len(figure.get_children()) <= 1  # it has a background
        if kept is not None and not empty:
            _display(figure, kept)
        pyplot.close(figure)


def _display(figure: Any, kept: Kept) -> None:
    """Show a figure unless it was shown as it is; what it raises becomes text."""
    ip: Any = shell()
    try:
        data, metadata = ({}, {}) if ip is None else ip.display_formatter.format(figure)
        if "image/png" not in data:
            data, metadata = {"image/png": _png(figure), "text/plain": repr(figure)}, {}
        if isinstance(image := data["image/png"], bytes):
            data["image/png"] = image = base64.b64encode(image).decode("ascii")
        if kept.has_shown(image):
            return
        if ip is None:
            kept.show(data)
        else:
            ip.display_pub.publish(data, metadata)
    except Exception as exc:
        print(f"a figure could not be drawn: {describe(exc)}", file=sys.stderr)  # noqa: T201


def _png(figure: Any) -> bytes:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight")
    return drawn.getvalue()
