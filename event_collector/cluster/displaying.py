"""Displaying: what a processor displays on a worker travels as rich as it is here.

A notebook's `display` is IPython's, and a worker has no shell of IPython: there it would print what
it is given, and the bare name that a notebook has is not even known. So on workers that have
IPython, `display` is ours while somebody listens: it makes what a notebook takes, by MIME type, and
that is displayed here, for its event. A module that has imported IPython's own before keeps that.
"""

import builtins
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from event_collector.cluster import figures
from event_collector.cluster.hearing import heard_here

MODULE = "IPython.core.display_functions"
"""Where IPython's own is, by which a pickle names it."""


def display(*objects: Any, **options: Any) -> Any:
    """IPython's `display`, for code that runs for an event of a queue elsewhere.

    Args:
        objects: What to display.
        options: As IPython's own: `raw`, `include`, `exclude` and `metadata` count. A display
            cannot be updated later.
    """
    heard = heard_here()
    if heard is None:
        if _Places.own is not None:
            return _Places.own(*objects, **options)
        print(*objects)  # noqa: T201 - as IPython's own does without a shell
        return None
    own: Any = import_module("IPython.core.formatters").DisplayFormatter()
    told: dict[str, Any]
    for each in objects:
        if options.get("raw"):
            if not isinstance(each, dict):
                raise TypeError(f"data must be a dict, got: {each!r}")
            data, told = each, {}
        elif figures.is_figure(each):
            data, told = figures.data_of(each), {}
        else:
            data, told = own.format(each, options.get("include"), options.get("exclude"))
        if data:  # else its `_ipython_display_` has done it
            size = sum(len(part) for part in data.values() if isinstance(part, str | bytes))
            heard.add("display", size, (data, {**told, **(options.get("metadata") or {})}))
    return None


class _Places:
    """Where ours stands in for another one."""

    own: Any = None
    """IPython's own, while it is replaced."""
    named = False
    """Whether the bare name is ours."""


def stand_in(spec: bytes) -> None:
    """Have ours where the processors of a collector look for it.

    Args:
        spec: The collector, pickled: it says whether it names IPython's own.
    """
    if find_spec("IPython") is None:
        return
    if not hasattr(builtins, "display"):
        builtins.display = display  # type: ignore[attr-defined]
        _Places.named = True
    if MODULE.encode() in spec and _Places.own is None:
        module: Any = import_module(MODULE)
        _Places.own, module.display = module.display, display


def step_back() -> None:
    """Nobody is listened to any more: put back what was there before."""
    if _Places.named:
        del builtins.display  # type: ignore[attr-defined]
        _Places.named = False
    if _Places.own is not None:
        module: Any = import_module(MODULE)
        module.display, _Places.own = _Places.own, None


def show(data: dict[str, Any], metadata: dict[str, Any], *, as_text: bool) -> None:
    """Display what was displayed elsewhere, as if the code that calls this had.

    Args:
        data: What to display, by MIME type.
        metadata: What is told of it, by MIME type.
        as_text: Whether its text is written where no notebook is.
    """
    shell: Any = sys.modules.get("IPython.core.interactiveshell")
    if shell is not None and shell.InteractiveShell.initialized():
        import_module(MODULE).publish_display_data(data, metadata)
    elif as_text and sys.stdout is not None and isinstance(text := data.get("text/plain"), str):
        sys.stdout.write(f"{text}\n")
