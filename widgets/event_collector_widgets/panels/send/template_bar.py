"""TemplateBar: the buttons of the templates, and the way of their texts into the notebook."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t

from event_collector_widgets.kernel import is_app
from event_collector_widgets.panels.parts.menus import sendable


class TemplateBar(anywidget.AnyWidget):
    """A row of buttons; and it writes templates into the metadata of the notebook that shows it.

    Kept there is what JupyterLab or Notebook saves with the file. Other pages have no such place,
    or none that a widget can reach; an app has visitors who must not write into it.

    Args:
        bench: The name of the workbench.
    """

    _esm = (Path(__file__).parent / "template_bar.js").read_text(encoding="utf-8")

    buttons: t.List[Any] = t.List().tag(sync=True)
    bench = t.Unicode().tag(sync=True)
    """Under which name the templates stand in the notebook."""
    keeps = t.Bool().tag(sync=True)
    """Whether the page may read and write there."""

    def __init__(self, bench: str) -> None:
        super().__init__(keeps=not is_app(), bench=sendable(bench))
        self.reached = False
        """Whether the page has a notebook to keep them in."""

    def show(self, buttons: Sequence[tuple[str, str, str]]) -> None:
        """Show these buttons: of each its name, its label and its tooltip."""
        self.buttons = [
            {"name": name, "label": sendable(label), "title": sendable(title)}
            for name, label, title in buttons
        ]

    def keep(self, texts: Sequence[str]) -> None:
        """Have the notebook hold these texts, and no others, for this workbench."""
        self.send({"do": "keep", "bench": self.bench, "texts": list(texts)})

    def focus(self, name: str) -> None:
        """Put the focus on a button."""
        self.send({"do": "focus", "name": name})

    def on_press(
        self, press: Callable[[str], object], found: Callable[[list[Any]], object]
    ) -> None:
        """Call functions, in whatever thread the page is heard.

        Args:
            press: Gets the name of a button that was clicked.
            found: Gets the texts that the notebook holds, each time the panel comes into a page.
        """

        def heard(_: object, content: Any, buffers: object) -> None:
            do = content.get("do") if isinstance(content, dict) else None
            if do == "found" and isinstance(content.get("texts"), list):
                self.reached = self.keeps
                found(content["texts"] if self.keeps else [])
            elif isinstance(do, str):
                press(do)

        self.on_msg(heard)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
