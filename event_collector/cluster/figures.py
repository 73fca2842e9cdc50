"""Figures: those that a processor shows, or has left open when it ends, travel as images.

A worker does not have a notebook to which matplotlib could show anything. A hook of its own, a name
in `rcParams["figure.hooks"]`, tells of each new figure, and so for which event it was made: as in a
workbench, those that are open when their processor ends are its output, and are closed. What is set
here is set on workers where pyplot is used, from the first figure on, and is set back later.
"""

import base64
import io
import sys
import threading
import weakref
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from multiprocessing import parent_process
from types import ModuleType
from typing import Any

from event_collector._text import describe
from event_collector.cluster.hearing import Heard, heard_here

PYPLOT = "matplotlib.pyplot"
HOOK = f"{__name__}:made"
_HOOKS = "figure.hooks"
_INLINE = "module://matplotlib_inline.backend_inline"
"""What a worker has in its environment that a notebook has started: there it would show nothing."""

_makers: weakref.WeakKeyDictionary[Any, Heard] = weakref.WeakKeyDictionary()
_lock = threading.RLock()


class _BeforePyplot(MetaPathFinder):
    """Sees that pyplot is about to be imported, and finds nothing itself."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        """Have it tell of figures from the first one on: matplotlib itself is there by now."""
        if fullname == PYPLOT:
            attach()


class _Places:
    """Where ours stands in."""

    before: _BeforePyplot | None = None
    own_show: Any = None
    """pyplot's own `show`, while it is replaced."""


def stand_in() -> None:
    """Have pyplot tell of new figures, now or when it is imported."""
    if _Places.before is None:
        _Places.before = _BeforePyplot()
        sys.meta_path.insert(0, _Places.before)
    heed()


def step_back() -> None:
    """Nobody is listened to any more: put back what was there before."""
    if _Places.before in sys.meta_path:
        sys.meta_path.remove(_Places.before)
    _Places.before = None
    pyplot: Any = sys.modules.get(PYPLOT)
    if pyplot is not None and pyplot.show is show:
        pyplot.show = _Places.own_show
    _Places.own_show = None
    matplotlib: Any = sys.modules.get("matplotlib")
    if matplotlib is not None and HOOK in (hooks := matplotlib.rcParams[_HOOKS]):
        matplotlib.rcParams[_HOOKS] = [each for each in hooks if each != HOOK]


def heed() -> None:
    """Have it tell of figures still, where a processor has set it back to its defaults."""
    if PYPLOT in sys.modules:
        attach()


def attach() -> None:
    """Have matplotlib tell of new figures, and draw them without a screen."""
    parameters: Any = sys.modules["matplotlib"].rcParams
    if HOOK in parameters[_HOOKS]:
        return
    parameters[_HOOKS] = [*parameters[_HOOKS], HOOK]
    # In a thread a backend with windows may end the process. What a user has chosen stays.
    chosen = dict.__getitem__(parameters, "backend")
    if parent_process() is not None and (not isinstance(chosen, str) or chosen == _INLINE):
        parameters["backend"] = "agg"


def made(figure: Any) -> None:
    """Remember for whom a figure was made; pyplot calls it with each new one."""
    heard = heard_here()
    if heard is None:
        return
    with _lock:
        _makers[figure] = heard
        heard.drew = True
        pyplot: Any = sys.modules[PYPLOT]
        if _Places.own_show is None:
            _Places.own_show, pyplot.show = pyplot.show, show


def show(*args: Any, **kwargs: Any) -> Any:
    """pyplot's `show`, for code that runs for an event: its open figures are displayed, and closed,
    as in a notebook; those of lifecycles, too, but none of another event."""
    heard = heard_here()
    if heard is None:
        return None if _Places.own_show is None else _Places.own_show(*args, **kwargs)
    for figure in _opened():
        maker = _makers.get(figure)
        if maker is heard or (maker is not None and not maker.ends):
            _display(figure, heard, "display")
    return None


def end(heard: Heard) -> None:
    """Display the open figures that were made for an event, and close them."""
    for figure in _opened():
        if _makers.get(figure) is heard:
            _display(figure, heard, "figure")


def _opened() -> list[Any]:
    helpers: Any = sys.modules["matplotlib._pylab_helpers"]
    with _lock:
        return [manager.canvas.figure for manager in helpers.Gcf.get_all_fig_managers()]


def _display(figure: Any, heard: Heard, kind: str) -> None:
    """Keep what a figure shows, if that is anything, and close it."""
    pyplot: Any = sys.modules[PYPLOT]
    try:
        if len(figure.get_children()) > 1:  # else it has its background only
            _add(heard, kind, data_of(figure))
    except Exception as exc:
        text = f"a figure could not be drawn: {describe(exc)}\n"
        heard.add("err", len(text), text)
    pyplot.close(figure)


def _add(heard: Heard, kind: str, data: dict[str, Any]) -> None:
    """Keep a figure, unless it was shown as it is."""
    image = data["image/png"]
    if not any(
        shown in ("display", "figure") and what[0].get("image/png") == image
        for shown, what in heard.pieces
    ):
        heard.add(kind, len(image), (data, {}))


def is_figure(value: object) -> bool:
    """Whether it is one of matplotlib's figures."""
    module: Any = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def data_of(figure: Any) -> dict[str, Any]:
    """A figure as a notebook takes it, by MIME type."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight")
    image = base64.b64encode(drawn.getvalue()).decode("ascii")
    return {"image/png": image, "text/plain": repr(figure)}
