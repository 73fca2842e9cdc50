"""The parts of panels that live in the page: rows, one thing in full, a panel's line, code, tabs.

Each has a small module of JavaScript beside it. All of them show texts as texts, never as HTML.
"""

import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import anywidget
import ipywidgets as w
import traitlets as t

from event_collector_widgets.kernel import is_app
from event_collector_widgets.panels.parts.menus import sendable
from event_collector_widgets.panels.parts.typed import has_arrived

_HERE = Path(__file__).parent
_CSS = (_HERE.parent / "panels.css").read_text(encoding="utf-8")
_KEYS = (_HERE / "keys.js").read_text(encoding="utf-8")
"""Stands before the modules whose keys are theirs, and not the notebook's."""
_ATTACHED = (_HERE / "attached.js").read_text(encoding="utf-8")
"""Stands before the modules that must know when their element is in the page."""
_PARTED = (_HERE / "parted.js").read_text(encoding="utf-8")
"""Stands before the modules that say when their kernel was restarted or has ended."""

PARTED = (
    "The kernel was restarted or has ended: run the cell that makes the workbench, then this one"
)
"""What panels say then: a click on them does nothing any more."""
PARTED_APP = "The kernel of this app has ended: reload the page"

LONGEST_CODE = 2_000
"""How many characters of code are shown under a button at most; all of it is copied."""

type Kind = Literal["text", "wide", "number", "state"]
"""How a column looks: a short text, one that takes what room there is, a number, a status."""

type Look = Literal["line", "code", "traceback", "image"]
"""How a section looks: a line, text as it is, a traceback, a picture (its data as a URL)."""


class _Live(anywidget.AnyWidget):
    """A part with a module of JavaScript; its repr is the same in every run."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _parted() -> str:
    return PARTED_APP if is_app() else PARTED


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its key, a text for each column, what it is marked as, and its own buttons."""

    key: str
    cells: Sequence[str]
    state: str = ""
    """One word that the style knows: ok, error, queued, service, nobody, warning, or nothing."""
    actions: Sequence[tuple[str, str]] | None = None
    """Of each of its buttons the name and the label; None: those of all rows."""
    title: str = ""
    """What the pointer is told over it."""


class Rows(_Live):
    """A window of rows that are updated in place, reached by keyboard and chosen.

    Args:
        label: What the rows are, for those who hear the page.
        columns: Of each its label and its kind.
        actions: Of each button in a row its name and its label.
        empty: What stands there while there are no rows.
        turns: The labels of the buttons that ask for the rows after the window, and before it.
        folds: Whether a click on the chosen row chooses none.
    """

    _esm = _KEYS + (_HERE / "rows.js").read_text(encoding="utf-8")

    label = t.Unicode().tag(sync=True)
    columns: t.List[Any] = t.List().tag(sync=True)
    actions: t.List[Any] = t.List().tag(sync=True)
    rows: t.List[Any] = t.List().tag(sync=True)
    empty = t.Unicode().tag(sync=True)
    chosen = t.Unicode().tag(sync=True)
    """The key of the row that was chosen last; empty: none. It stays while its row is not shown."""
    where = t.Unicode().tag(sync=True)
    """Which rows these are of how many, in words."""
    turns: t.List[Any] = t.List().tag(sync=True)
    folds = t.Bool(False).tag(sync=True)
    newer = t.Bool(False).tag(sync=True)
    more = t.Bool(False).tag(sync=True)
    """Whether there are rows before and after the window."""

    def __init__(
        self,
        label: str,
        columns: Sequence[tuple[str, Kind]],
        *,
        actions: Sequence[tuple[str, str]] = (),
        empty: str = "none yet",
        turns: tuple[str, str] = ("more", "back"),
        folds: bool = False,
    ) -> None:
        super().__init__(
            label=label,
            columns=[{"label": name, "kind": kind} for name, kind in columns],
            actions=[{"name": name, "label": text} for name, text in actions],
            empty=empty,
            turns=list(turns),
            folds=folds,
        )
        self._keys: dict[str, str] = {}  # of those that the page has in another form

    def show(
        self, rows: Sequence[Row], where: str = "", *, newer: bool = False, more: bool = False
    ) -> None:
        """Show these rows; where nothing has changed, nothing is sent."""
        plain = [_plain(each) for each in rows]
        self._keys = {sendable(each.key): each.key for each in rows if not each.key.isprintable()}
        with self.hold_sync():
            if plain != self.rows:
                self.rows = plain
            self.where, self.newer, self.more = where, newer, more

    def on_action(self, react: Callable[[str, str], object]) -> None:
        """Call a function with an action's name and a row's key when its button is clicked.

        The actions "more" and "newer", without a key, ask for the rows after the window and for
        those before it, whatever the labels of their buttons. It is called in whatever
        thread the click came by.
        """
        _on_action(self, lambda do, key: react(do, self._keys.get(key, key)))

    def download(self, name: str, content: bytes, mime: str) -> None:
        """Have the browser save a file under this name."""
        self.send({"do": "download", "name": name, "type": mime}, [content])


def _plain(row: Row) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "key": sendable(row.key),
        "cells": list(map(sendable, row.cells)),
        "state": row.state,
    }
    if row.actions is not None:
        plain["actions"] = [{"name": name, "label": label} for name, label in row.actions]
    if row.title:
        plain["title"] = sendable(row.title)
    return plain


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a Detail."""

    key: str
    """Its name among the sections, by which it is updated in place."""
    text: str
    """What it shows; of an image the data, as `data:image/png;base64,...`."""
    kind: Look = "code"
    heading: str = ""
    note: str = ""
    """What stands below: how much of the text this is."""
    lift: str = ""
    """The label of the button that shows more; empty: none."""
    state: str = ""
    """One word that the style knows: ok, error, or nothing."""


class Detail(_Live):
    """One thing in full: a title, buttons, and sections below each other. Without a title hidden.

    Args:
        actions: Of each button its name and its label.
    """

    _esm = _KEYS + (_HERE / "detail.js").read_text(encoding="utf-8")

    title = t.Unicode().tag(sync=True)
    of = t.Unicode().tag(sync=True)
    """What it shows. With another one it is scrolled to its beginning."""
    actions: t.List[Any] = t.List().tag(sync=True)
    sections: t.List[Any] = t.List().tag(sync=True)

    def __init__(self, actions: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.offer(actions)

    def offer(self, actions: Sequence[tuple[str, str]]) -> None:
        """Have these buttons."""
        self.actions = [{"name": name, "label": label} for name, label in actions]

    def show(self, of: str, title: str, sections: Sequence[Section]) -> None:
        """Show this; where nothing has changed, nothing is sent."""
        with self.hold_sync():
            self.of, self.title = of, sendable(title)
            self.sections = [
                {name: sendable(text) for name, text in asdict(each).items()} for each in sections
            ]

    def on_action(self, react: Callable[[str, str], object]) -> None:
        """Call a function with an action's name when its button is clicked.

        The action "lift", with a section's key, asks for more of its text, and "close", of the
        Escape key, for the end. It is called in whatever thread the click came by.
        """
        _on_action(self, react)


def _on_action(part: _Live, react: Callable[[str, str], object]) -> None:
    def heard(_: object, content: Any, buffers: object) -> None:
        if isinstance(content, dict) and isinstance(content.get("do"), str):
            react(content["do"], str(content.get("key", "")))

    part.on_msg(heard)


class Said(_Live):
    """A panel's own line: what happened, or what went wrong. A screen reader reads it out.

    Args:
        panel: The panel's title.
        parted: What it says when its kernel has ended, if it shows no workbench.
    """

    _esm = _KEYS + _ATTACHED + _PARTED + (_HERE / "said.js").read_text(encoding="utf-8")
    _css = _CSS

    panel = t.Unicode().tag(sync=True)
    parted = t.Unicode().tag(sync=True)
    """What the page says when the kernel has left it."""
    text = t.Unicode().tag(sync=True)
    kind = t.Unicode("said").tag(sync=True)
    """"said", "right" or "error"."""
    holds = t.Bool(False).tag(sync=True)
    """Whether clicks wait for what was typed before them."""
    measures = t.Bool(False).tag(sync=True)
    """Whether the page tells the panel's width."""
    width = t.Int(0).tag(sync=True)
    """Pixels of the panel's width where it was measured last; 0: it was not."""

    def __init__(self, panel: str, parted: str = "") -> None:
        super().__init__(panel=panel, parted=parted or _parted())
        self._held: Callable[[], w.Widget | None] = lambda: None
        self.on_msg(lambda me, content, buffers: me._answer(content))

    def hold_clicks(self, panel: w.Widget) -> None:
        """Have each click in the panel of which this is the line wait until its fields have told
        all that was typed and chosen in them."""
        self._held, self.holds = weakref.ref(panel), True

    def _answer(self, asked: Any) -> None:
        panel = self._held()
        if isinstance(asked, dict) and isinstance(asked.get("seen"), list):
            arrived = panel is None or has_arrived(panel, asked["seen"])
            self.send({**asked, "seen": [], "arrived": arrived})

    def say(self, text: str, kind: Literal["said", "right", "error"] = "said") -> None:
        """Show a line of plain text; an empty one clears it."""
        with self.hold_sync():
            self.text, self.kind = sendable(text), kind


class Code(_Live):
    """What a click does, as code to copy into a cell."""

    _esm = (_HERE / "code.js").read_text(encoding="utf-8")

    code = t.Unicode().tag(sync=True)
    shown = t.Unicode().tag(sync=True)

    def show(self, code: str) -> None:
        """Show code, or nothing; of long code its beginning, and how long it is."""
        shown = code
        if len(code) > LONGEST_CODE:
            shown = f"{code[:LONGEST_CODE]} ...\n# {len(code):,} characters; copy takes all of it"
        with self.hold_sync():
            self.code, self.shown = sendable(code), sendable(shown)


class Tabs(_Live):
    """Tabs over the panels beside it; those with the class `ec-tab-NAME` are shown by them.

    Args:
        tabs: Of each its name and its label.
    """

    _esm = _KEYS + _ATTACHED + (_HERE / "tabs.js").read_text(encoding="utf-8")

    tabs: t.List[Any] = t.List().tag(sync=True)
    chosen = t.Unicode().tag(sync=True)

    def __init__(self, tabs: Sequence[tuple[str, str]]) -> None:
        super().__init__(
            tabs=[{"name": name, "label": label} for name, label in tabs], chosen=tabs[0][0]
        )


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a Strip."""

    name: str
    """By which it is known when it is clicked."""
    value: str
    label: str
    title: str
    """What a click on it shows."""
    warns: bool = False


class Strip(_Live):
    """One line over the panels: a name, a note, facts that can be clicked, and what to do next."""

    _esm = _KEYS + _PARTED + (_HERE / "strip.js").read_text(encoding="utf-8")

    parted = t.Unicode().tag(sync=True)
    """What the page says when the kernel has left it."""
    name = t.Unicode().tag(sync=True)
    note = t.Unicode().tag(sync=True)
    hint = t.Unicode().tag(sync=True)
    facts: t.List[Any] = t.List().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(parted=_parted())

    def show(self, name: str, note: str, facts: Sequence[Fact], hint: str = "") -> None:
        """Show this; where nothing has changed, nothing is sent."""
        with self.hold_sync():
            self.name, self.note, self.hint = sendable(name), note, hint
            self.facts = [asdict(each) for each in facts]

    def on_click(self, react: Callable[[str], object]) -> None:
        """Call a function with a fact's name when it is clicked, in whatever thread."""
        _on_action(self, lambda _, name: react(name))
