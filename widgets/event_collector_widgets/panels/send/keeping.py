"""KeepsTemplates: what the send panel does with its templates: saves, fills the form, asks."""

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Hashable
from contextvars import ContextVar
from functools import partial
from typing import Any

from event_collector import Delivery, Payload
from event_collector_widgets import failures
from event_collector_widgets.numbers import count
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.live import Code
from event_collector_widgets.panels.parts.menus import sendable
from event_collector_widgets.panels.send.kept import take
from event_collector_widgets.panels.send.names import Names
from event_collector_widgets.panels.send.templates import Templates
from event_collector_widgets.panels.send.value import TABLE, Kept, Value

AGAIN = " click again"
"""The end of a question."""
AT_TEMPLATES = "ec-at-templates"
"""The class of the panel while its line speaks of templates."""

_of_templates: ContextVar[bool] = ContextVar("of_templates", default=False)
"""Whether what runs was begun by a button of the templates."""


class KeepsTemplates(Panel):
    """Templates of payloads. Those that are saved here stand in the notebook's metadata too.

    So they are there again in the next kernel, as soon as the panel is shown in JupyterLab or
    Notebook 7 and if the notebook was saved. A value that is not JSON, and a page that has no such
    place, such as VS Code's, leave the other way: the code below as a cell of the notebook.
    """

    value: Value
    names: Names
    templates: Templates
    code_line: Code
    _shows_template: bool

    async def save_template(self) -> None:
        """Keep the form's payload under the name that was typed, whatever had it before.

        Raises:
            ValueError: No name was typed, or the form describes a table; or as from `payload`.
        """
        payload = self._one_payload()
        name, kept = self.templates.save(self.bench, payload, self._described())
        self.refresh()
        self.code_line.show(self._template_code(name))
        self._shows_template = True
        told = "to keep it in the notebook too, run the code below in a cell"
        if not self.code_line.code:
            told = "it is there as long as this kernel runs"
        if not kept:
            told = f"its value is not JSON, or is too long: {told}"
        elif self.templates.bar.reached:
            told = "it stands in the notebook too, once that is saved"
        self.say(sendable(f"saved template {name!r}; {told}"))

    async def delete_template(self) -> None:
        """Forget the chosen template.

        Raises:
            ValueError: None is chosen.
        """
        self.say(sendable(f"deleted template {self.templates.delete(self.bench)!r}"))

    async def ask_to_save(self) -> None:
        """Save; where another payload has that name, ask for 10 seconds first.

        Raises:
            ValueError: As from `save_template`.
        """
        payload, name = self._one_payload(), self.templates.goal()
        old = self.bench.templates.get(name)
        if old is None or _same(old, payload):
            await self.save_template()
        else:
            self._ask("save", name, f"there is a template {name!r} already: overwrite it?")

    async def ask_to_delete(self) -> None:
        """Ask for 10 seconds before the chosen template is deleted."""
        name = self.templates.menu.value
        if name:
            self._ask("delete", name, f"delete template {name!r}?")
        else:
            await self.delete_template()  # which says what to do

    async def answer(self) -> None:
        """Do what was asked about, if it is not too late and the form is as it was."""
        question = self.templates.question
        about, waited = question.about(self.bench.loop.loop.time()), question.drop()
        if about == self._about(about[0] if about else ""):
            await (self.save_template if about and about[0] == "save" else self.delete_template)()
        elif waited:
            self.say("asked too long ago, or something else stands in the form now: click again")
        self.refresh()

    def listen_to_templates(self) -> None:
        """Have the buttons and the menu of the templates do what they say."""
        soon = self.bench.loop.soon
        self.templates.bar.on_press(
            lambda do: soon(lambda: self._press(do)),
            lambda texts: soon(lambda: self._react(partial(self._found, texts))),
        )
        self.on_input([self.templates.menu], self._use_template)

    def start(self, action: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Begin what a click asks for; a question about a template is not asked any more."""
        if action != self.answer and self.templates.question.drop():
            self.repaint()
        token = _of_templates.set(action in self._on_templates.values())
        try:
            super().start(action)
        finally:
            _of_templates.reset(token)

    def say(self, text: str) -> None:
        """Show a line by the button that it is about: that of a template, or Send."""
        self._stand()
        super().say(text)

    def say_error(self, error: BaseException) -> None:
        """Show an error by the button that was clicked, and what is noted on it."""
        self._stand()
        told = [failures.words(error, 400), *getattr(error, "__notes__", ())]
        self.status.say(sendable("; ".join(told)), "error")

    def follow_templates(self) -> None:
        """Name the chosen one, and ask about one, only while the form says what it said then."""
        if self.templates.follow(self._described()) and self.status.text.endswith(AGAIN):
            self.say("")

    # Within

    def _press(self, do: str) -> None:
        question = self.templates.question
        if do == "sure" and question.too_soon(self.bench.loop.loop.time()):
            return
        if do in self._on_templates:
            self.start(self._on_templates[do])

    @property
    def _on_templates(self) -> dict[str, Callable[[], Coroutine[Any, Any, object]]]:
        """What the buttons of the templates do, by name."""
        return {"save": self.ask_to_save, "delete": self.ask_to_delete, "sure": self.answer}

    def _stand(self) -> None:
        """Put the panel's line where the eyes are: below the templates, or below Send."""
        (self.add_class if _of_templates.get() else self.remove_class)(AT_TEMPLATES)

    def _ask(self, what: str, name: str, question: str) -> None:
        self.templates.ask((what, name, self._described()), self.bench)
        self.say(sendable(f"{question}{AGAIN}"))
        self.bench.loop.later(self.templates.question.late, self._stop_asking)

    def _stop_asking(self) -> None:
        """Take back a question that nobody has answered in time."""
        question = self.templates.question
        if question.waits and question.about(self.bench.loop.loop.time()) is None:
            question.drop()
            self.say("")
            self.repaint()

    def _about(self, what: str) -> Hashable:
        """What a click would ask about now."""
        templates = self.templates
        name = (what == "save" and templates.name.value.strip()) or templates.menu.value
        return what, name, self._described()

    def _found(self, texts: list[object]) -> None:
        """The page has told what the notebook holds: offer it, and have all of it held there."""
        if wrong := take(self.bench, texts):
            told = f"{count(wrong, 'template')} of the notebook cannot be read and"
            self.say(f"{told} will be left out of it: somebody has changed the file")
        self.templates.keep(self.bench)
        self.refresh()

    def _use_template(self) -> None:
        """Put the template that was chosen into the form, once for each choice."""
        if (chosen := self.templates.chosen(self.bench)) is not None:
            name, payload = chosen
            bench = self.bench_name()
            code = None if bench is None else f"{bench}.templates[{name!r}].value"
            self._fill(payload, Kept(f"template {name}", payload.value, code))
            self.templates.filled(self._described())

    def _one_payload(self) -> Payload[Any]:
        if self.value.source.value == TABLE:
            raise ValueError("a template is one payload; choose JSON or a variable")
        return self.payload()

    def _template_code(self, name: str) -> str:
        value, bench = self.value.code(self.bench), self.bench_name()
        if value is None or bench is None:
            return ""
        more = self.names.code()
        used = [Payload, Delivery] if "Delivery." in more else [Payload]
        return self.code_of(f"{bench}.templates[{name!r}] = Payload({value}{more})", *used)

    # Of the panel

    @abstractmethod
    def payload(self) -> Payload[Any]:
        """The payload that the form describes."""

    @abstractmethod
    def _fill(self, payload: Payload[Any], kept: Kept) -> None:
        """Put a payload into the form."""

    @abstractmethod
    def _described(self) -> tuple[Hashable, ...]:
        """Changes when the one payload does."""


def _same(one: Payload[Any], other: Payload[Any]) -> bool:
    """Whether nothing is lost; of values that cannot be compared that is not known."""
    try:
        return bool(one == other)
    except Exception:
        return False
