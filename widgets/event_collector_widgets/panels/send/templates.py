"""Templates: payloads with a name, kept with the workbench, in a menu of the send panel."""

from typing import Any

import ipywidgets as w

from event_collector import Payload
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.menus import offer_still, options_of, show
from event_collector_widgets.workbench import Workbench


class Templates:
    """The menu of templates, and its buttons. A part of the send panel."""

    def __init__(self) -> None:
        self.menu = w.Dropdown(
            description="template",
            tooltip="a payload that was saved with this workbench; choosing it fills the form",
            layout=wide(),
        )
        self.name = w.Text(placeholder="save as ...", tooltip="name of the template", layout=wide())
        self.save_button = w.Button(
            description="Save", tooltip="save the payload of the form as a template"
        )
        self.delete_button = w.Button(description="Delete", tooltip="delete the chosen template")
        self._used = ""

    def offer(self, bench: Workbench) -> None:
        """Offer the templates that there are now."""
        names = options_of(list(bench.templates))
        offer_still(self.menu, [("choose one" if names else "none yet", ""), *names])
        show(self.delete_button, self.menu.value in bench.templates)

    def chosen(self, bench: Workbench) -> tuple[str, Payload[Any]] | None:
        """The template that was chosen, once for each choice; None if there is nothing to do."""
        name, used = self.menu.value, self._used
        self._used = name
        if not name or name == used or name not in bench.templates:
            return None
        return name, bench.templates[name]

    def save(self, bench: Workbench, payload: Payload[Any]) -> str:
        """Keep a payload under the name that was typed, or that of the chosen one; return it.

        Raises:
            ValueError: There is no name.
        """
        name: str = self.name.value.strip() or self.menu.value
        if not name:
            raise ValueError("type a name to save it by")
        bench.templates[name] = payload
        self._used = name  # it is in the form already
        self.offer(bench)
        self.menu.value, self.name.value = name, ""
        self.offer(bench)
        return name

    def delete(self, bench: Workbench) -> str:
        """Forget the chosen template; return its name.

        Raises:
            ValueError: None is chosen.
        """
        name: str = self.menu.value
        if not name:
            raise ValueError("choose a template first")
        bench.templates.pop(name, None)
        self.menu.value = ""
        self.offer(bench)
        return name
