"""The static form: what stands in a notebook where no kernel runs, and how it makes way.

A page shows the widget where it can. JupyterLab without a kernel shows an error in its place. So a
panel is displayed as two outputs: plain HTML, which the live panel hides, and the widget after it.
"""

from typing import Any

from event_collector_widgets.panels.parts.menus import escaped, sendable

ALIVE = (
    "These are the panels as they were. To bring them to life, open the notebook in JupyterLab and "
    "run all its cells; after a restart of the kernel too, for until then a click does nothing."
)

_QUIET = (
    "<style>.jp-OutputArea-child:has(.ec-static) + .jp-OutputArea-child:is("
    ":has(.jupyter-widgets-error-widget), "
    ":has(> .jupyter-widgets):not(:has(> .jupyter-widgets > *))) { display: none }</style>"
)
"""Hides what JupyterLab says of a widget that has no kernel, below what says it better.

That is a line of text where its view would be, or a view of its own for errors.
"""

_STYLE = "border:1px solid #9e9e9e;border-radius:8px;padding:4px 14px 10px;max-width:72em"

_NOTHING = "<!-- live where a kernel runs -->"
"""What a page that knows HTML, but no widgets, shows in the place of the widget: its plain form
stands above, and the text for those who know neither would be a stray line."""


def framed(name: str, told: str, alive: str = ALIVE) -> str:
    """Plain HTML of some panels, in a frame, under a name; below it, how to bring it to life."""
    for cell in ("<th ", "<td>"):  # notebooks align the texts of tables to the right
        told = told.replace(cell, f'{cell[:3]} style="text-align:left"{cell[3:]}')
    return sendable(
        f'<div class="ec-static" style="{_STYLE}">{_QUIET}<p><b>{escaped(name)}</b></p>{told}'
        f"<p><em>{escaped(alive)}</em></p></div>"
    )


def display_both(static: str, bundle: Any) -> None:
    """Display plain HTML, then the widget of a bundle, in the running cell."""
    from IPython.display import display

    show: Any = display
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    plain = data["text/plain"]
    show({"text/html": static, "text/plain": plain}, raw=True)
    said = {"text/plain": f"{plain}: live where a kernel runs", "text/html": _NOTHING}
    show({**data, **said}, metadata=metadata, raw=True)
