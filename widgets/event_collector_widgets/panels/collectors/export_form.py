"""ExportForm: the workbench as a module, its code first, and then a file of it."""

import weakref
from collections.abc import Callable, Coroutine
from keyword import iskeyword
from typing import Any

import ipywidgets as w

from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.menus import escaped, show
from event_collector_widgets.workbench import Workbench

type _Action = Callable[[], Coroutine[Any, Any, object]]
"""What a click starts."""


class ExportForm(w.VBox):  # type: ignore[misc, unused-ignore]
    """Shows what `bench.export` would write. Its fields say where to, and whether with a test.

    Most who look at a panel never open it: its parts are made when it is opened first.
    """

    def __init__(self) -> None:
        self.button = w.Button(
            description="Export", tooltip="show the module that runs these collectors as a service"
        )
        self._of: Callable[[], Workbench | None] = lambda: None
        self._shown = "", ""
        """The path and the text of the module that is seen."""
        self.opened = self._built = False
        super().__init__()
        self.add_class("ec-form")
        show(self, False)

    def build(self, start: Callable[[_Action], object], write: _Action, close: _Action) -> None:
        """Make its parts, if that is still to be done, with what their buttons start."""
        if self._built:
            return
        self._built = True
        self.path = w.Text(
            description="module", tooltip="the file to write, in the notebook's folder or by a path"
        )
        self.test = w.Text(
            description="test",
            placeholder="none",
            tooltip="a file for pytest, such as test_bench.py, that replays the history through "
            "the module; empty: none",
        )
        self.overwrite = w.ToggleButton(
            description="Overwrite", tooltip="pressed: replace files that exist"
        )
        self.code = w.HTML(layout=wide())
        self.told = w.HTML().add_class("ec-told")
        self.write_button = w.Button(
            description="Write", button_style="primary", tooltip="write the file, or both"
        )
        self.write_button.add_class("ec-primary")
        self.close_button = w.Button(description="Close", tooltip="write nothing")
        self.children = (
            self.code,
            self.told,
            w.HBox([self.path, self.test]).add_class("ec-fields"),
            w.HBox([self.write_button, self.close_button, self.overwrite]).add_class("ec-buttons"),
        )
        self.write_button.on_click(lambda _: start(write))
        self.close_button.on_click(lambda _: start(close))

    def offer(self, bench: Workbench) -> None:
        """Offer the export where somebody looks who may see the notebook's code."""
        if self.opened and (self._of() is not bench or not bench.exportable):
            self.fold()  # it was made again: the code is another's
        show(self.button, bench.exportable and not self.opened)

    def show_module(self, bench: Workbench) -> None:
        """Show the code, and what should be known before it is written.

        Raises:
            Exception: As from `Workbench.exported`.
        """
        if not self.path.value.strip():
            self.path.value = f"{_identifier(bench.name)}.py"
        path = self.path.value.strip()
        made = bench.exported(path)
        self._shown = path, made.text
        self.code.value = (
            '<pre class="ec-code ec-tall" tabindex="0" aria-label="the module">'
            f"{escaped(made.text)}</pre>"
        )
        self.told.value = "".join(f"<div>{escaped(note)}</div>" for note in made.notes)
        self.opened, self._of = True, weakref.ref(bench)
        show(self, True)
        self.offer(bench)

    def write(self, bench: Workbench) -> tuple[str, str]:
        """Write the files; return what was done, in words, and the call of the workbench for it.

        If a cell was run since the code was shown, and it is another now, it is shown anew, to be
        looked at first: nothing is written, and nothing called.

        Raises:
            Exception: As from `Workbench.export`.
        """
        path, seen = self._shown
        changed = bench.exported(path).text != seen
        self.show_module(bench)  # what is written is what is seen
        if changed:
            return "the code has changed since it was shown: look at it, and press Write again", ""
        call = self.call()
        try:
            *_, said = bench.write_module(
                self.path.value.strip(),
                overwrite=self.overwrite.value,
                test=self.test.value.strip() or None,
            )
        except FileExistsError as exc:
            raise FileExistsError(
                str(exc).replace("pass overwrite=True", "press Overwrite")
            ) from None
        self.overwrite.value = False
        return said, call

    def call(self) -> str:
        """The call of the workbench that does the same, without the workbench."""
        parts = [repr(self.path.value.strip())]
        if self.test.value.strip():
            parts.append(f"test={self.test.value.strip()!r}")
        if self.overwrite.value:
            parts.append("overwrite=True")
        return f"export({', '.join(parts)})"

    def fold(self) -> None:
        """Show nothing of it."""
        self.opened = False
        self.code.value = self.told.value = ""
        show(self, False)


def _identifier(name: str) -> str:
    """A name of a module that is near the workbench's."""
    plain = "".join(each if each.isascii() and each.isalnum() else "_" for each in name)
    return plain if plain.isidentifier() and not iskeyword(plain) else f"bench_{plain}"
