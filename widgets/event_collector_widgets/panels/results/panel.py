"""ResultsPanel: the history of a workbench as a table, newest first, and one event in full."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Payload
from event_collector_widgets.exports import export_csv, export_jsonl
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import Chosen, table
from event_collector_widgets.panels.parts.live import Code, Detail, Kind, Rows
from event_collector_widgets.panels.results.detail import sections_of, title_of
from event_collector_widgets.panels.results.events import counted, outcome, row_of
from event_collector_widgets.panels.results.filters import Filters, code_of_events
from event_collector_widgets.panels.results.looking import Looking
from event_collector_widgets.panels.results.resending import again, in_pieces, send_again
from event_collector_widgets.workbench import Workbench

STATIC = 10
"""How many events the static form shows."""
MOST = 10_000
"""How many payloads are resent at once at most."""
LARGEST = 100_000
"""Of how many events a file is made at most."""
ASKED = 10.0
"""Seconds for which a question waits for its second click."""

_COLUMNS = ("event", "payload", "delivery", "status", "results")
_KINDS: tuple[Kind, ...] = ("number", "wide", "text", "state", "wide")
_CLOSE, _RESEND, _EDIT = ("close", "Close"), ("resend", "Resend"), ("edit", "Edit and resend")


class ResultsPanel(Panel):
    """The events of the history that the filters let through; a row opens to all of its event.

    Args:
        bench: The workbench that it shows.
    """

    title = "Results"
    told = ("closed", "paused")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.filters = Filters()
        self.freeze = w.ToggleButton(description="Freeze", tooltip="keep these rows in sight")
        self.resend_button = w.Button(description="Resend all")
        self.frame_button = w.Button(description="To DataFrame")
        self.csv_button = w.Button(description="CSV", tooltip="save as CSV")
        self.jsonl_button = w.Button(description="JSON Lines", tooltip="save as JSON Lines")
        buttons = (self.resend_button, self.frame_button, self.csv_button, self.jsonl_button)
        columns = list(zip(_COLUMNS, _KINDS, strict=True))
        self.rows = Rows("events, the newest first", columns).add_class("ec-grow")
        self.detail = Detail([_RESEND, _CLOSE])
        self.code_line = Code()
        self.children = (
            self.heading,
            self.warning,
            self.filters,
            w.HBox([self.freeze, *buttons]).add_class("ec-buttons"),
            self.code_line,
            self.rows,
            self.detail,
            self.status,
        )
        self._on_edit: Callable[[Payload[Any], int], object] | None = None
        self._looking = Looking(bench.loop, bench.history, self.filters, self._paint)
        self._chosen: CollectorEvent | None = None
        self._lifted: set[str] = set()
        self._shown: tuple[Any, ...] | None = None
        self._asked: list[CollectorEvent] | None = None
        self._asked_at = 0.0
        self._listen()
        self.refresh()
        bench.watch(self.repaint)

    def _listen(self) -> None:
        """Have the fields, the buttons and what is in the page answer."""
        self.on_input(self.filters.fields, self._filter)
        self.on_input([self.freeze], self._freeze)
        self.on_click(self.resend_button, self.resend_all)
        self.on_click(self.frame_button, self.to_frame)
        self.on_click(self.csv_button, self.to_csv)
        self.on_click(self.jsonl_button, self.to_jsonl)
        self.rows.observe(lambda _: self._soon(self._choose), "chosen")
        self.rows.on_action(lambda action, _: self._soon(lambda: self._turn(action)))
        self.detail.on_action(lambda action, key: self._soon(lambda: self._act(action, key)))

    @property
    def on_edit(self) -> Callable[[Payload[Any], int], object] | None:
        """Fills a form with a payload and its event's number; without it no edit is offered."""
        return self._on_edit

    @on_edit.setter
    def on_edit(self, fill: Callable[[Payload[Any], int], object] | None) -> None:
        self._on_edit = fill
        self.detail.offer([_RESEND, *([] if fill is None else [_EDIT]), _CLOSE])

    @property
    def events(self) -> list[CollectorEvent]:
        """The events in sight, from the top."""
        return list(self._looking.window.events)

    def chosen(self) -> Chosen:
        """What the filters let through, as far as the history was looked through."""
        matches = self._looking.window.matches
        words = "" if matches.selection.everything else matches.selection.words()
        return Chosen(matches.events(), words, self._selected())

    # What is shown

    def refresh(self) -> None:
        """Show what matches now, as far as the history was looked through."""
        super().refresh()
        self.filters.offer(self.bench.collectors)
        self._looking.now()

    def forget(self) -> None:
        """Drop what belongs to the workbench before; what the filters say stays."""
        if self._chosen is not None:
            self.say(
                "the workbench was made again: its events are gone, "
                f"and with them event {self._chosen.id}, which was open here"
            )
        self.hide()
        self._ask(None)
        self.code_line.show("")
        self.filters.forget()
        self._looking.begin(self.bench.loop, self.bench.history)
        self.refresh()

    def show(self, event_id: int) -> None:
        """Show an event in full, as a click on its row does.

        Raises:
            LookupError: It is not kept.
        """
        self._open(self._looking.window.find(event_id))

    def hide(self) -> None:
        """Close the event that is shown in full."""
        self._chosen, self.rows.chosen = None, ""
        self.detail.show("", "", [])

    def static(self) -> str:
        """The newest events that match, as an HTML table; the same in every run."""
        self._looking.take_up()
        matches = self._looking.window.matches
        matches.step(seconds=2.0)
        newest = matches.window(STATIC)
        told = table(list(_COLUMNS), [list(row_of(each).cells) for each in newest], "none yet")
        if not newest:
            return told
        which = "" if matches.selection.everything else " that match the filter"
        return f"{told}<p>{escape(f'the newest {len(newest):,} of {matches.count:,}{which}')}</p>"

    # What the buttons do

    async def resend(self) -> CollectorEvent:
        """Send the payload of the event that is shown in full again, and wait for its results.

        Raises:
            LookupError: None is shown.
            QueueClosedError: The workbench was closed.
        """
        old = self._the_chosen()
        bench = self.bench_name() or "bench"
        this = f"event.payload for event in {bench}.history if event.id == {old.id}"
        self._tell_code(f"[payload] = [{this}]\nawait {bench}.send(payload)")
        event = await self.bench.send(again(old.payload))
        told = f"event {old.id} sent again as event {event.id}"
        self.say(told)
        self.say(f"{told}: {outcome(await event.wait())}")
        return event

    async def edit(self) -> None:
        """Put the payload of the event that is shown in full into the form that sends.

        Raises:
            LookupError: None is shown, or there is no form.
        """
        old = self._the_chosen()
        if self._on_edit is None:
            raise LookupError("there is no form beside this panel; use Resend")
        self._on_edit(old.payload, old.id)
        self.say(f"the payload of event {old.id} is in the form (Send)")

    async def resend_all(self) -> None:
        """Send the payloads of all events that match again. The first call asks, the second does.

        It resends those that matched when it asked. A question waits for 10 seconds.

        Raises:
            ValueError: None matches, or more than 10,000.
            QueueClosedError: The workbench was closed.
        """
        asked, self._asked = self._asked, None
        if asked is None or self.bench.loop.loop.time() - self._asked_at > ASKED:
            found = await self._looking.all(self.say)
            if len(found) > MOST:
                most = f"{MOST:,} payloads at most are resent at once"
                raise ValueError(f"{len(found):,} events match, and {most}; narrow the filter")
            self._ask(found)
            return
        self._ask(None)
        payloads = f"[event.payload for event in {self._selected()}]"
        self._tell_code(f"await {self.bench_name()}.send_all({payloads})")
        await send_again(self.bench, asked, self.say)

    async def to_frame(self) -> None:
        """Show the code that makes a DataFrame of what matches."""
        self._looking.take_up()
        matches = self._looking.window.matches
        self._tell_code(matches.selection.code(self.bench_name() or "bench"))
        self.say(f"a cell with this code makes `frame` of what matches: {matches.words()}")

    async def to_csv(self) -> None:
        """Have the browser save the events that match as CSV.

        Raises:
            ValueError: None matches.
        """
        await self._download("results.csv", "text/csv", export_csv)

    async def to_jsonl(self) -> None:
        """Have the browser save the events that match as JSON Lines.

        Raises:
            ValueError: None matches.
        """
        await self._download("results.jsonl", "application/jsonl", export_jsonl)

    async def _download(
        self, name: str, mime: str, export: Callable[[Sequence[CollectorEvent]], bytes]
    ) -> None:
        events = await self._looking.all(self.say)
        told = counted(len(events), "event")
        if len(events) > LARGEST:
            told = f"the newest {LARGEST:,} of {told}"
            del events[:-LARGEST]
        word = f"from event_collector_widgets.exports import {export.__name__}\n"
        self._tell_code(f"{word}content = {export.__name__}({self._selected()})")
        self.rows.download(name, await in_pieces(events, export), mime)
        self.say(f"{told} in {name}")

    # Within

    def _soon(self, react: Callable[[], object]) -> None:
        self.bench.loop.soon(lambda: self._react(react))

    def _tell_code(self, code: str) -> None:
        """Show the code of a click, if the notebook has a name for the workbench."""
        self.code_line.show("" if self.bench_name() is None else code)

    def _selected(self) -> str:
        """Code of the list of what matches."""
        bench = self.bench_name() or "bench"
        return code_of_events(self._looking.window.matches.selection, bench)

    def _ask(self, events: list[CollectorEvent] | None) -> None:
        """Ask before many payloads are resent, or ask no more."""
        self._asked = events
        if events is None:
            self.resend_button.description = "Resend all"
            return
        self.resend_button.description = f"Resend {len(events):,}?"
        self.say(f"resend {counted(len(events), 'payload')}? click again")
        self._asked_at = self.bench.loop.loop.time()
        self.bench.loop.later(ASKED, self._stop_asking)

    def _stop_asking(self) -> None:
        if self._asked is not None and self.bench.loop.loop.time() - self._asked_at >= ASKED:
            self._ask(None)
            self.say("")

    def _filter(self) -> None:
        """React to a field."""
        if self._looking.take_up():
            self._ask(None)
            self.code_line.show("")
        self._looking.soon()

    def _freeze(self) -> None:
        """React to the switch."""
        window = self._looking.window
        if self.freeze.value != window.frozen:
            (window.freeze if self.freeze.value else window.follow)()
            self._looking.now()

    def _turn(self, action: str) -> None:
        """Show other rows, further down or up."""
        (self._looking.window.older if action == "more" else self._looking.window.newer)()
        self._looking.now()

    def _paint(self) -> None:
        """Show what is in the window; where nothing has changed, nothing is sent."""
        window, kept = self._looking.window, len(self.bench.history)
        self.rows.empty = "none of them matches" if kept else "nothing was sent yet"
        where = window.where() if kept else ""
        if (sent := self.bench.metrics().accepted) > kept:
            where += f"; {sent:,} were sent"
        newer = window.frozen and window.offset > 0
        self.rows.show(window.rows(), where, newer=newer, more=window.more)
        self.freeze.value = window.frozen
        self.freeze.description = (
            f"Frozen: {window.came:,} came since" if window.frozen else "Freeze"
        )
        self._show_chosen()

    def _the_chosen(self) -> CollectorEvent:
        if self._chosen is None:
            raise LookupError("choose a row first")
        return self._chosen

    def _choose(self) -> None:
        """React to a row that was chosen in the page."""
        key = self.rows.chosen
        if not key:
            self.hide()
        elif self._chosen is None or key != str(self._chosen.id):
            self._open(self._looking.window.find(int(key)))

    def _open(self, event: CollectorEvent) -> None:
        self._chosen, self._lifted, self._shown = event, set(), None
        self.rows.chosen = str(event.id)
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Show the chosen event as it is now, if it is another, or has changed."""
        if (event := self._chosen) is None:
            return
        output = getattr(self.bench, "output", None)
        outputs = {} if output is None else output(event)
        shown = (event.status, outputs, set(self._lifted))
        if shown != self._shown:
            self._shown = shown
            sections = sections_of(event, outputs, self._lifted)
            self.detail.show(str(event.id), title_of(event), sections)

    def _act(self, action: str, key: str) -> None:
        """React to a button of the event that is shown in full."""
        if action == "close":
            self.hide()
        elif action == "lift":
            self._lifted.add(key)
            self._show_chosen()
        elif action in ("resend", "edit"):
            self.start(self.resend if action == "resend" else self.edit)
