"""The static form: what stands in a notebook where no kernel runs, and how it makes way.

A page shows the widget where it can. JupyterLab without a kernel shows an error in its place. So a
panel is displayed as two outputs: plain HTML, which the live panel hides, and the widget after it.
"""

from html import escape
from typing import Any

from event_collector_widgets.panels.parts.menus import sendable

ALIVE = (
    "These are the panels as they were. To bring them to life, open the notebook in JupyterLab and "
    "run all its cells; after a restart of the kernel too, for until then a click does nothing."
)

_QUIET = (
    "<style>.jp-OutputArea-child:has(.ec-static) + .jp-OutputArea-child"
    ":has(.jupyter-widgets-error-widget) { display: none }</style>"
)
"""Hides what JupyterLab says of a widget that has no kernel, below what says it better."""

_STYLE = "border:1px solid #9e9e9e;border-radius:8px;padding:4px 14px 10px;max-width:72em"


def framed(name: str, told: str, alive: str = ALIVE) -> str:
    """Plain HTML of some panels, in a frame, under a name; below it, how to bring it to life."""
    for cell in ("<th ", "<td>"):  # notebooks align the texts of tables to the right
        told = told.replace(cell, f'{cell[:3]} style="text-align:left"{cell[3:]}')
    return sendable(
        f'<div class="ec-static" style="{_STYLE}">{_QUIET}<p><b>{escape(name)}</b></p>{told}'
        f"<p><em>{escape(alive)}</em></p></div>"
    )


def display_both(static: str, bundle: Any) -> None:
    """Display plain HTML, then the widget of a bundle, in the running cell."""
    from IPython.display import display

    show: Any = display
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    plain = data["text/plain"]
    show({"text/html": static, "text/plain": plain}, raw=True)
    live = {name: each for name, each in data.items() if name != "text/html"}
    said = {"text/plain": f"{plain}: live where a kernel runs"}
    show({**live, **said}, metadata=metadata, raw=True)
