"""Sides: one payload, and what two versions of a processor made of it, side by side."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t

from event_collector import Error, Result
from event_collector._text import describe
from event_collector_widgets.kernel import name_cells
from event_collector_widgets.panels.parts.menus import sendable
from event_collector_widgets.panels.parts.written import Shown, in_full, shortened
from event_collector_widgets.trial import Tried


@dataclass(frozen=True, slots=True)
class Part:
    """A payload or a result, as texts."""

    heading: str
    text: str
    note: str = ""
    """What is said of the text if it is not all."""
    said: str = ""
    """A result in a line."""
    state: str = ""
    """ok or error; nothing for a payload."""


class Sides(anywidget.AnyWidget):
    """A payload and two results, in three parts; it comes into sight when it shows another one."""

    _esm = Path(__file__).with_name("sides.js")

    parts: t.List[Any] = t.List().tag(sync=True)
    """The payload, and the result before and after; or none of them."""
    of = t.Unicode().tag(sync=True)
    """The key of what is shown."""

    def show(self, parts: Sequence[Part], of: str = "") -> None:
        """Show these three parts, or none."""
        with self.hold_sync():
            self.of = of
            self.parts = [
                {name: sendable(text) for name, text in asdict(part).items()} for part in parts
            ]

    def __repr__(self) -> str:
        return "Sides()"


def sides_of(tried: Tried, *, everything: bool = False) -> tuple[list[Part], bool]:
    """A payload and both its results in full; and whether there is more of them.

    Args:
        tried: What is shown.
        everything: As far as a page takes it, and not the beginning of what is long.
    """
    where = f"row {tried.place + 1}" if tried.event is None else f"event {tried.event}"
    text, note, more = in_full(tried.payload.value, everything=everything)
    parts = [Part(f"{where}: payload", text, note)]
    for heading, result in (("before", tried.before), ("after", tried.after)):
        said, (text, note, longer) = _side(result, everything)
        state = "error" if isinstance(result, Error) else "ok"
        parts.append(Part(heading, text, note, said, state))
        more = more or longer
    return parts, more


def _side(result: Result, everything: bool) -> tuple[str, Shown]:
    """What a result is in a line, and all of it."""
    if not isinstance(result, Error):
        return "Ok", in_full(result.value, everything=everything)
    text = name_cells(_traceback(result))
    return describe(result.exception, 500), shortened(text, everything=everything)


def _traceback(error: Error) -> str:
    try:
        return error.traceback
    except Exception as exc:  # of an exception whose own str fails
        return f"the traceback cannot be written: {describe(exc)}"
