"""What is sent: JSON that is typed, a variable, a table, or the value of an earlier event."""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from event_collector_widgets.numbers import count as counted
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.json_text import as_json, json_code, read_json
from event_collector_widgets.panels.parts.menus import Option, offer_still, sendable, show
from event_collector_widgets.panels.parts.upload import Upload
from event_collector_widgets.panels.send.table_rows import (
    Table,
    looks_like_table,
    of_variable,
    size,
    tables_of,
)
from event_collector_widgets.panels.send.unchosen import UnchosenError
from event_collector_widgets.uploads import MAX_BYTES, MAX_ROWS
from event_collector_widgets.workbench import Workbench

EXAMPLE = '{"number": 1, "text": "hello"}'
"""What the form begins with where nothing was sent yet."""
_LONGEST = 1_000
"""How many characters the value of an event may have for the form to begin with it."""

JSON, VARIABLE, TABLE = "JSON", "variable", "table"
_SOURCES = (JSON, VARIABLE, TABLE)


@dataclass(frozen=True)
class Kept:
    """A value that cannot be typed: it goes on as the object that it is."""

    label: str
    value: Any
    code: str | None
    """Code that gives it; None where there is none."""


class Value:
    """The fields for what is sent, and what they hold. A part of the send panel."""

    def __init__(self) -> None:
        self.source = w.ToggleButtons(options=_SOURCES, description="value")
        self.source.style.button_width = "auto"
        self.text = w.Textarea(EXAMPLE, rows=3, layout=wide(), tooltip="the value as JSON")
        self.menu = w.Dropdown(description="variable", layout=wide())
        self.upload = Upload(
            "Upload a file",
            MAX_BYTES,
            accept=".csv,.jsonl,.ndjson,.json",
            hint=f"CSV or JSON Lines, at most {MAX_ROWS:,} rows and {MAX_BYTES / 1e6:.0f} MB",
        )
        self.uploaded: Table | None = None
        self.kept: Kept | None = None
        self._chosen: dict[str, Any] = {}  # what the menu stands at, by the source it is for
        self._menu_for = VARIABLE

    def begin(self, bench: Workbench) -> None:
        """Begin with the value that was sent last, if it can be typed and is short."""
        for event in bench.history.latest(1):
            if (text := as_json(event.payload.value)) is not None and len(text) <= _LONGEST:
                self.text.value = text

    @property
    def fields(self) -> tuple[w.Widget, ...]:
        """The fields whose change changes what is sent."""
        return (self.source, self.text, self.menu)

    def offer(self, bench: Workbench) -> None:
        """Offer the variables that there are now, and show the fields of the source."""
        source = self.source.value
        if source in (VARIABLE, TABLE):
            if source != self._menu_for:
                self._chosen[self._menu_for] = self.menu.value
                self._menu_for = source
                with self.menu.hold_sync():
                    self.menu.options = ()  # what was chosen of the others is not one here
                    self._fill_menu(bench, source)
                    if before := self._chosen.get(source):
                        self.choose(before)
            else:
                self._fill_menu(bench, source)
            self.menu.description = source
        show(self.text, source == JSON)
        show(self.menu, source in (VARIABLE, TABLE))
        show(self.upload, source == TABLE)

    def choose(self, name: str) -> None:
        """Choose in the menu, if it is there."""
        if name in [value for _, value in self.menu.options]:
            self.menu.value = name

    def value(self, bench: Workbench) -> Any:
        """The one value to send.

        Raises:
            UnchosenError: Nothing is chosen.
            ValueError: The text is not JSON, or what is chosen is gone.
        """
        if self.source.value == JSON:
            return read_json(self.text.value)
        if self.kept is not None and self.source.value == self.kept.label:
            return self.kept.value
        return self._variable(bench, "variable")

    def table(self, bench: Workbench) -> Table | None:
        """The table to send, a row each; None where the source is another.

        Raises:
            UnchosenError: Nothing is chosen.
            TypeError, ValueError: What is chosen is gone or is not a table.
        """
        if self.source.value != TABLE:
            return None
        if self.uploaded is not None and self._stands_at(TABLE, bench) == _file(self.uploaded):
            return self.uploaded
        return of_variable(self._stands_at(TABLE, bench), self._variable(bench, "table"))

    def code(self, bench: Workbench) -> str | None:
        """Code for the one value; None where there is none, or it would be too long.

        Raises:
            ValueError: The text is not JSON.
        """
        if self.source.value == JSON:
            return json_code(self.text.value)
        if self.kept is not None and self.source.value == self.kept.label:
            return self.kept.code
        return self._stands_at(VARIABLE, bench) or None

    def note(self, value: Any) -> str:
        """What should be known of the one value before it is sent; mostly nothing."""
        if self.source.value != VARIABLE or not looks_like_table(value):
            return ""
        return (
            f"a {size(value).replace(', ', ' of ')} as ONE payload; choose table for a payload each"
        )

    def state(self, bench: Workbench) -> Hashable:
        """Changes when what is sent does, as far as that is cheap to see."""
        source = self.source.value
        if source == JSON:
            return source, self.text.value
        if self.kept is not None and source == self.kept.label:
            return source, id(self.kept)
        name = self._stands_at(source, bench)
        found: Any = bench.namespace.get(name)
        length = len(found) if hasattr(found, "__len__") else 0
        return (
            source,
            name,
            id(found),
            length,
            str(getattr(found, "columns", "")),
            id(self.uploaded),
            len(self.menu.options) > 1,
        )

    def fill(self, bench: Workbench, value: Any, kept: Kept) -> str:
        """Put a value into the fields; return what should be known of that, mostly nothing."""
        if (text := as_json(value)) is not None:
            self.text.value, self.source.value = text, JSON
            return ""
        for name, found in bench.values().items():
            if found is value:
                self.source.value = VARIABLE
                self.offer(bench)
                self.choose(name)
                return ""
        self.keep(kept)
        return "its value cannot be typed as JSON, so it is sent as the object that it is"

    def keep(self, kept: Kept | None) -> None:
        """Have one more source, a value that cannot be typed; or none."""
        source = self.source.value
        self.kept = kept
        labels = _SOURCES if kept is None else (*_SOURCES, kept.label)
        with self.source.hold_sync():
            self.source.options = labels
            chosen = source if source in labels else JSON
            self.source.value = chosen if kept is None else kept.label

    def take(self, table: Table) -> None:
        """Offer an uploaded table, and choose it."""
        self.uploaded = table
        self._chosen[TABLE] = _file(table)
        if self._menu_for == TABLE:
            offer_still(self.menu, [*self.menu.options, (table.name, _file(table))])
            self.menu.value = _file(table)

    @asynccontextmanager
    async def taking_file(self) -> AsyncIterator[None]:
        """Hold this while a file is taken, each in its turn. If it is refused no table is chosen.

        Who chose a file means to send that: the table of before must not go in its place.
        """
        async with self.upload.in_turn:
            try:
                yield
            except ValueError:
                self._chosen[TABLE] = ""
                if self._menu_for == TABLE and self.menu.options:
                    self.menu.value = ""
                raise

    def _fill_menu(self, bench: Workbench, source: str) -> None:
        values = bench.values()
        options: list[Option]
        if source == TABLE:
            tables = tables_of(values).items()
            options = [(f"{sendable(name)} ({size(each)})", name) for name, each in tables]
            if self.uploaded is not None:
                of = counted(self.uploaded.count, "row")
                label = f"{sendable(self.uploaded.name)} (uploaded, {of})"
                options.append((label, _file(self.uploaded)))
        else:
            options = _values(values)
        offer_still(self.menu, [("choose one" if options else "none yet", ""), *options])

    def _stands_at(self, source: str, bench: Workbench) -> str:
        """What the menu stands at, for a source; also before it was shown. Empty: at nothing."""
        if self._menu_for != source or not self.menu.options:
            self.offer(bench)
        chosen: str | None = self.menu.value
        return chosen or ""

    def _variable(self, bench: Workbench, what: str) -> Any:
        name = self._stands_at(self.source.value, bench)
        if not name and len(self.menu.options) > 1:
            raise UnchosenError(f"choose a {what} to send")
        if not name and bench.withheld:
            rest = "upload a file" if what == "table" else "type JSON"
            raise UnchosenError(f"the notebook's variables are not offered in an app; {rest}")
        if not name:
            more = "; make one in a cell, or upload a file" if what == "table" else ""
            raise UnchosenError(f"the notebook has no {what} to send yet{more}")
        if name not in bench.namespace:
            raise ValueError(f"{name} is not there any more; choose another {what}")
        return bench.namespace[name]


def _values(values: dict[str, Any]) -> list[Option]:
    """An option for each variable; tables come last, as one payload each."""
    ones = [
        (f"{sendable(name)} ({size(each)})", name)
        for name, each in values.items()
        if not looks_like_table(each)
    ]
    tables = [
        (f"{sendable(name)} ({size(each)}, as ONE payload)", name)
        for name, each in values.items()
        if looks_like_table(each)
    ]
    return [*ones, *tables]


def _file(table: Table) -> str:
    return f"file {table.name}"
