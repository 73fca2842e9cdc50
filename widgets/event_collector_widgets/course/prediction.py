"""Prediction: a question to answer before a cell is run, scored against what really happened."""

from collections.abc import Iterable
from typing import Any

import ipywidgets as w

from event_collector import _check
from event_collector._text import one_line
from event_collector.recording import same
from event_collector_widgets.kernel import shell
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.live import Code, Said
from event_collector_widgets.panels.parts.menus import escaped, sendable

PARTED = "The kernel was restarted or has ended: run this cell again to answer"


class Prediction(w.VBox):  # type: ignore[misc, unused-ignore]
    """A question with its possible answers, or with a field to write one.

    A click on an answer is the same as setting `answer`. Displayed where there are no widgets, it
    is the question and its options as text.

    Args:
        question: What is asked.
        options: The possible answers, two or more: strs, numbers or bools. None for a field in
            which anything can be written.

    Raises:
        TypeError: `question` or an option has the wrong type, or `options` is a str.
        ValueError: `question` is empty, or there are not two options that differ from all others.
    """

    def __init__(self, question: str, options: Iterable[Any] | None = None) -> None:
        self.question = _check.name(question, "question")
        self.options = None if options is None else _options(options)
        self.field: w.RadioButtons | w.Text
        if self.options is None:
            self.field = w.Text(placeholder="your answer", layout=wide())
        else:
            labelled = [(sendable(_label(option)), option) for option in self.options]
            self.field = w.RadioButtons(options=labelled, value=None, layout=wide())
        self.code_line = Code()
        self.status = Said("Prediction", PARTED)
        self._scored = False
        self._final: Any = None
        title = w.HTML(f'<h3 class="ec-title">{escaped(question)}</h3>')
        super().__init__([title, self.field, self.code_line, self.status])
        self.add_class("ec-panel").add_class("ec-prediction")
        self.field.observe(lambda _: self._show_answer(), "value" if options is None else "index")

    @property
    def answer(self) -> Any:
        """The prediction: one of the options, or what was written; None until there is one.

        Raises:
            ValueError: Set to something that is not among the options.
            TypeError: Set to something else than a str or a number where there are no options.
            RuntimeError: Set after it was scored.
        """
        if self._scored:
            return self._final
        if self.options is None:
            return self.field.value.strip() or None
        return None if self.field.index is None else self.options[self.field.index]

    @answer.setter
    def answer(self, answer: Any) -> None:
        if self._scored:
            raise RuntimeError(
                f"the answer {one_line(self._final)} was scored already; "
                "run the question's cell again to answer anew"
            )
        if self.options is None:
            if answer is not None and not isinstance(answer, str | int | float):
                raise TypeError(
                    f"an answer must be a str or a number, got {type(answer).__name__}: "
                    f"{one_line(answer)}"
                )
            self.field.value = "" if answer is None else sendable(_label(answer))
        else:
            self.field.index = None if answer is None else self._place(answer)

    def score(self, actual: Any) -> None:
        """Print and show how the prediction compares with what happened; it is final then.

        A number that was written is compared as a number, floats as `check` does it.

        Args:
            actual: What really happened.
        """
        answer = self.answer
        was = f"it was {one_line(actual)}"
        self._scored, self._final = True, answer
        self.field.disabled = True
        self.code_line.show("")
        anew = "to answer anew, run the question's cell again"
        if answer is None:
            said = f"no prediction; {was}"
            self.status.say(f"{said} ({anew})")
        elif _agree(answer, actual):
            said = f"right: {was}"
            self.status.say(f"\N{CHECK MARK} {said}", "right")
        else:
            said = f"you said {one_line(answer)}; {was}"
            self.status.say(f"{said} ({anew})", "error")
        print(said)  # noqa: T201

    def _place(self, answer: Any) -> int:
        """Where an answer is among the options."""
        assert self.options is not None
        for place, option in enumerate(self.options):
            if same(answer, option):
                return place
        raise ValueError(
            f"the answer must be one of {', '.join(map(one_line, self.options))}, "
            f"got {one_line(answer)}"
        )

    def _show_answer(self) -> None:
        """Show what does the same as the click, where the notebook has a name for this."""
        if not self._scored:
            answer, name = self.answer, self._name()
            code = "" if answer is None or name is None else f"{name}.answer = {answer!r}"
            self.code_line.show(code)

    def _name(self) -> str | None:
        ip = shell()
        names = {} if ip is None else dict(ip.user_ns)
        return next((n for n, each in names.items() if each is self and n[0] != "_"), None)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and beside it the question with its options as text."""
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = sendable(str(self))
        return bundle

    def __str__(self) -> str:
        answer = self.answer
        if self.options is None:
            return f"{self.question}\n  {'(a free answer)' if answer is None else answer}"
        chosen = [answer is not None and same(option, answer) for option in self.options]
        lines = [
            f"  ({'*' if is_it else ' '}) {_label(option)}"
            for is_it, option in zip(chosen, self.options, strict=True)
        ]
        return "\n".join([self.question, *lines])

    def __repr__(self) -> str:
        options = "" if self.options is None else f", {one_line(list(self.options))}"
        return f"Prediction({one_line(self.question)}{options})"


def _options(options: Iterable[Any]) -> tuple[Any, ...]:
    """The options, checked."""
    if isinstance(options, str | bytes | dict | set) or not isinstance(options, Iterable):
        raise TypeError(
            f"options must be a list, got {type(options).__name__}: {one_line(options)}; "
            "leave them out for a field to write in"
        )
    listed = tuple(options)
    for option in listed:
        if not isinstance(option, str | int | float):
            raise TypeError(
                f"an option must be a str or a number, got {type(option).__name__}: "
                f"{one_line(option)}"
            )
        if not _label(option).strip():
            raise ValueError("an option must not be empty")
    if len(listed) < 2 or len({_label(option) for option in listed}) < len(listed):
        raise ValueError(f"options must be two or more that differ, got {one_line(list(listed))}")
    return listed


def _label(option: Any) -> str:
    return option if isinstance(option, str) else one_line(option)


def _agree(answer: Any, actual: Any) -> bool:
    """Whether a prediction is what happened, be it written as text or not."""
    if same(answer, actual) or (isinstance(answer, str) and answer == _label(actual)):
        return True
    if not isinstance(answer, str) or isinstance(actual, str | bool):
        return False
    try:
        return same(float(answer), actual)
    except ValueError:
        return False
