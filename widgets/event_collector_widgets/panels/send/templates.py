"""Templates: payloads with a name, kept with the workbench, in a menu of the send panel."""

from collections.abc import Hashable
from typing import Any

import ipywidgets as w

from event_collector import Payload
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.in_rows import cut
from event_collector_widgets.panels.parts.menus import offer_still, options_of
from event_collector_widgets.panels.parts.questions import Question
from event_collector_widgets.panels.send.kept import written
from event_collector_widgets.panels.send.template_bar import TemplateBar
from event_collector_widgets.workbench import Workbench

ASKED = 10.0
"""Seconds for which a question waits for its answer."""

type About = tuple[str, str, Hashable]
"""What was asked about: "save" or "delete", the template's name, and what the form said."""


class Templates:
    """The menu of templates, and its buttons. A part of the send panel.

    Args:
        bench: The name of the workbench.
    """

    def __init__(self, bench: str) -> None:
        self.menu = w.Dropdown(
            description="template",
            tooltip="a payload that was saved with this workbench; choosing it fills the form",
            layout=wide(),
        )
        self.name = w.Text(placeholder="save as ...", tooltip="name of the template", layout=wide())
        self.bar = TemplateBar(bench)
        self.question: Question[About] = Question(ASKED)
        self._used = ""
        self._asked_of: Hashable = None
        self._form: Hashable = None  # what the form said when the chosen one was put in

    def offer(self, bench: Workbench) -> None:
        """Offer the templates that there are now."""
        names = options_of(list(bench.templates))
        offer_still(self.menu, [("choose one" if names else "none yet", ""), *names])
        self._show_buttons(bench)

    def chosen(self, bench: Workbench) -> tuple[str, Payload[Any]] | None:
        """The template that was chosen, once for each choice; None if there is nothing to do."""
        name, used = self.menu.value, self._used
        self._used = name
        if name != used:
            self._form = None
        if not name or name == used or name not in bench.templates:
            return None
        return name, bench.templates[name]

    def filled(self, form: Hashable) -> None:
        """The chosen one stands in the form now, which says so much."""
        self._form = form

    def follow(self, form: Hashable) -> bool:
        """Choose none once the form says something else, so that the name is not wrong.

        The same can be chosen again then, and puts back what was changed. What was asked about is
        not asked any more: then it returns True.
        """
        dropped = self.question.waits and self._asked_of != form and self.question.drop()
        if self.menu.value and self._form is not None and form != self._form:
            self._used, self._form, self.menu.value = "", None, ""
        return dropped

    def goal(self) -> str:
        """By which name the form's payload is saved: what was typed, or that of the chosen one.

        Raises:
            ValueError: There is neither.
        """
        name: str = self.name.value.strip() or self.menu.value
        if not name:
            raise ValueError('type a name in "save as ..." to save it by')
        return name

    def save(self, bench: Workbench, payload: Payload[Any], form: Hashable) -> tuple[str, bool]:
        """Keep a payload; return its name, and whether the notebook can hold it.

        Raises:
            ValueError: There is no name.
        """
        name = self.goal()
        bench.templates[name] = payload
        self._used, self._form = name, form  # it is in the form already
        self.offer(bench)
        self.menu.value, self.name.value = name, ""
        self.offer(bench)
        if (text := written(name, payload)) is None:
            bench.in_notebook.delete(name)
        else:
            bench.in_notebook.keep(name, text)
        self.keep(bench)
        return name, text is not None

    def delete(self, bench: Workbench) -> str:
        """Forget the chosen template; return its name.

        Raises:
            ValueError: None is chosen.
        """
        name: str = self.menu.value
        if not name:
            raise ValueError("choose a template first")
        bench.templates.pop(name, None)
        bench.in_notebook.delete(name)
        self.menu.value = ""
        self.offer(bench)
        self.keep(bench)
        return name

    def keep(self, bench: Workbench) -> None:
        """Have the notebook hold what is kept there."""
        self.bar.keep(list(bench.in_notebook.texts.values()))

    def ask(self, about: About, bench: Workbench) -> None:
        """Ask before a template is lost, with a button of its own that answers."""
        self._asked_of = about[2]
        self.question.ask(about, bench.loop.loop.time())
        self._show_buttons(bench)
        self.bar.focus("sure")

    def _show_buttons(self, bench: Workbench) -> None:
        chosen = self.menu.value
        save = ("save", "Save", "save the payload of the form as a template")
        delete = ("delete", "Delete", "delete the chosen template, after a question")
        buttons = [save, delete] if chosen in bench.templates else [save]
        if (asked := self.question.about(bench.loop.loop.time())) is not None:
            label = "Overwrite" if asked[0] == "save" else "Delete"
            sure = ("sure", f"{label} {cut(asked[1], 30)!r}", "yes; the old payload is lost")
            at = 0 if asked[0] == "save" else 1
            buttons[at:] = [sure, *buttons[at + 1 :]]
        self.bar.show(buttons)
