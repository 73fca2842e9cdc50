"""What every panel has: a workbench, a title, a line for what happened, and careful callbacks."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, ClassVar

import ipywidgets as w

from event_collector_widgets import failures
from event_collector_widgets.output import stays_in_panel
from event_collector_widgets.panels.parts.answered import answer
from event_collector_widgets.panels.parts.cells import close_parts, made_here
from event_collector_widgets.panels.parts.live import Said
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.panels.parts.questions import Question
from event_collector_widgets.panels.parts.static import display_both, framed
from event_collector_widgets.panels.parts.tooltips import without_null
from event_collector_widgets.workbench import Workbench


class Panel(w.VBox):  # type: ignore[misc, unused-ignore]
    """A titled box over one workbench.

    Every button calls an ordinary method, which a test or a notebook can call without a click.
    What a click raises is shown in the panel's own line.

    When the workbench is made again under its name, the panel moves to the new one and keeps what
    was typed. So ask `self.bench` each time, and keep no workbench elsewhere.

    Args:
        bench: The workbench that it shows.

    Raises:
        TypeError: `bench` is not a Workbench.
    """

    title: ClassVar[str]
    """Its heading."""
    told: ClassVar[tuple[str, ...]] = ()
    """Of the workbench's warnings, those that touch this panel: such as "paused", "faults"."""

    def __init__(self, bench: Workbench) -> None:
        if not isinstance(bench, Workbench):
            raise TypeError(
                f"{type(self).__name__}() takes a Workbench, got {type(bench).__name__}; "
                "write bench = Workbench() first"
            )
        self.bench = bench
        self.heading = w.HTML(f'<h3 class="ec-title">{escaped(self.title)}</h3>').add_class(
            "ec-heading"
        )
        self.warning = w.HTML().add_class("ec-warnings")
        self.status = Said(self.title)
        self.status.hold_clicks(self)
        self._made_again = ""
        super().__init__()
        self.observe(lambda change: without_null(change["owner"]), "children")
        self.add_class("ec-panel")
        bench.follow(self.moved)
        made_here(self, bench.name)

    def close(self) -> None:
        """Take it away where it is shown, with all that is in it."""
        if self.comm is not None:
            close_parts(self)
        super().close()

    def moved(self, bench: Workbench) -> None:
        """Show the workbench that was made again under the name of this one, from now on."""
        if bench is not self.bench and self.comm is not None:  # None: the panel is closed
            self.bench = bench
            bench.watch(self.repaint)
            self.say(bench.told_again)
            if (code := getattr(self, "code_line", None)) is not None:
                code.show("")  # it was for the workbench before
            self._react(self.forget)
            self._made_again = self.status.text
            self._react(self.refresh)

    def forget(self) -> None:
        """Forget what belongs to the workbench that was: its events and what was shown of them.

        Called when `self.bench` is the new one already, and before `refresh`. What was typed
        stays; what cannot be kept is disabled here, with `say` or in its place saying so.
        """

    def refresh(self) -> None:
        """Show how things are now. The workbench calls it when something changed.

        A panel that shows something has a refresh of its own, and calls this one too.
        """
        if self._made_again and self.bench.clicks:  # whoever clicks has read it; a cell has not
            if self.status.text == self._made_again:
                self.say("")
            self._made_again = ""
        warnings = self.bench.warnings()
        self.warning.value = "".join(
            f'<div class="ec-warning">{escaped(warnings[kind])}</div>'
            for kind in self.told
            if kind in warnings
        )

    def static(self) -> str:
        """What it shows now as plain HTML, for readers without a kernel; the same in every run.

        A panel that only has a form has nothing to show.
        """
        return "<p>a form, which needs a kernel</p>"

    def cell(self, call: str, *used: Any) -> str:
        """Code for a cell that awaits a call of the workbench.

        Before it stand the imports of what it uses and the notebook has not imported. It is
        empty where the notebook has no name for the workbench any more.
        """
        bench = self.bench_name()
        return "" if bench is None else self.code_of(f"await {bench}.{call}", *used)

    def code_of(self, code: str, *used: Any) -> str:
        """Code for a cell, under the imports of what it uses and the notebook has not imported."""
        names = self.bench.namespace
        imports: dict[str, list[str]] = {}
        for thing in used:
            if names.get(thing.__name__) is not thing:
                package = thing.__module__.partition(".")[0]
                imports.setdefault(package, []).append(thing.__name__)
        lines = [f"from {each} import {', '.join(sorted(imports[each]))}" for each in imports]
        return "\n".join([*lines, code])

    def bench_name(self) -> str | None:
        """The notebook's name for the workbench; None if another thing has its name now."""
        return self.bench.variable

    def repaint(self) -> None:
        """Refresh, and show in the panel what goes wrong with that."""
        self._react(self.refresh)

    def on_click(self, button: w.Button, action: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Have a button start an action in the workbench's loop, from whatever thread."""
        button.on_click(lambda _: self.start_soon(action))

    def on_answer(
        self,
        button: w.Button,
        question: Question[Any],
        action: Callable[[], Coroutine[Any, Any, object]],
    ) -> None:
        """Have the button that answers a question start an action, but not by a double click."""

        def answer() -> None:
            if not question.too_soon(self.bench.loop.loop.time()):
                self.start(action)

        button.on_click(lambda _: self.bench.loop.soon(answer))

    def on_input(self, fields: Iterable[w.Widget], react: Callable[[], object]) -> None:
        """Have a change of a field's value call a function in the workbench's loop."""
        for field in fields:
            field.observe(lambda _: self.bench.loop.soon(lambda: self._react(react)), "value")

    def say(self, text: str) -> None:
        """Show a line of plain text, and have it announced."""
        self.status.say(text)

    def say_error(self, error: BaseException) -> None:
        """Show an error where the user clicked."""
        self.status.say(failures.words(error, 400), "error")

    def clicked(self) -> None:
        """Somebody clicked, and so has read that the workbench was made again."""
        self.bench.clicks += 1
        Panel.refresh(self)

    def start(self, action: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Begin what a click asks for; what is sent by it shows its output in the panel."""
        self.clicked()
        self.status.say("")
        with stays_in_panel():
            self.bench.loop.start(action(), self._failed)

    def start_soon(self, action: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Begin what the page asks for, in the workbench's loop, from whatever thread."""
        self.bench.loop.soon(lambda: self.start(action))

    def _react(self, react: Callable[[], object]) -> None:
        try:
            react()
        except Exception as exc:
            self._failed(exc)

    def _failed(self, error: BaseException) -> None:
        self.say_error(error)
        failures.tell(self, error)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and beside it plain HTML for where no kernel runs."""
        answer(self)
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = repr(self)
        if static := self.static():
            data["text/html"] = framed(f"{self.bench.heading}: {self.title}", static)
        return bundle

    def _ipython_display_(self) -> None:
        """Display the plain HTML too, in an output of its own that the live panel hides."""
        bundle = self._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        display_both(data.get("text/html", ""), bundle)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.bench!r})"
