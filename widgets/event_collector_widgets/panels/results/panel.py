"""ResultsPanel: the history of a workbench as a table, newest first, and one event in full."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Payload
from event_collector_widgets.exports import export_csv, export_jsonl
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import Chosen
from event_collector_widgets.panels.parts.live import Code, Detail, Kind, Rows
from event_collector_widgets.panels.results.buttons import Buttons
from event_collector_widgets.panels.results.detail import sections_of, title_of
from event_collector_widgets.panels.results.filters import Filters
from event_collector_widgets.panels.results.looking import Looking, RefusedError
from event_collector_widgets.panels.results.resending import send_again, send_one_again
from event_collector_widgets.panels.results.resends import ASKED, CLICK, Resends, code_of_one
from event_collector_widgets.panels.results.saving import code_of_file, in_pieces, newest
from event_collector_widgets.panels.results.static import COLUMNS, static_of
from event_collector_widgets.selection import Selection
from event_collector_widgets.workbench import Workbench

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
        self._resends = Resends()
        buttons = Buttons(self._resends)
        self.resend_to, self.resend_button = self._resends.to, self._resends.button
        self.freeze, self.frame_button = buttons.freeze, buttons.frame
        self.csv_button, self.jsonl_button = buttons.csv, buttons.jsonl
        columns = list(zip(COLUMNS, _KINDS, strict=True))
        self.rows = Rows("events, the newest first", columns, turns=("older", "newer"))
        self.rows.add_class("ec-grow").add_class("ec-events")
        self.detail = Detail([_RESEND, _CLOSE])
        self.code_line = Code()
        # What a click answers stands under the buttons, above rows of whatever number.
        self.children = (
            w.HBox([self.heading, buttons.saves]).add_class("ec-headline"),
            *(self.warning, self.filters, buttons, self.status, self.code_line),
            *(self.rows, self.detail),
        )
        self._on_edit: Callable[[Payload[Any], int], object] | None = None
        links = self._resends.links
        self._looking = Looking(bench.loop, bench.history, self.filters, links, self._paint)
        self._chosen: CollectorEvent | None = None
        self._lifted: set[str] = set()
        self._shown: tuple[Any, ...] | None = None
        self._listen()
        self.refresh()
        bench.watch(self.repaint)

    def _listen(self) -> None:
        """Have the fields, the buttons and what is in the page answer."""
        self.on_input(self.filters.fields, self._filter)
        self.on_input([self.freeze], self._freeze)
        self.on_input([self.resend_to], self._unask)
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
        self._unask()
        self._resends.links.clear()
        self.code_line.show("")
        self.filters.forget()
        self._looking.begin(self.bench.loop, self.bench.history)
        self.refresh()

    def say_error(self, error: BaseException) -> None:
        """Show an error where the user clicked; of what cannot be done here its words alone."""
        if isinstance(error, RefusedError):
            self.status.say(str(error), "error")
        else:
            super().say_error(error)

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
        """Events that match, those with errors first, as an HTML table; the same in every run."""
        self._looking.take_up()
        matches = self._looking.window.matches
        matches.step(seconds=2.0)
        return static_of(matches, self._resends.links)

    # What the buttons do

    async def resend(self) -> CollectorEvent:
        """Send the payload of the event that is shown in full again, and wait for its results.

        It goes to those that `resend_to` says.

        Raises:
            LookupError: None is shown.
            ValueError: It failed, and no collector in which it did is there any more.
            QueueClosedError: The workbench was closed.
        """
        old = self._the_chosen()
        payload = self._resends.one(old, self.bench.collectors)
        code, used = code_of_one(old, payload, self.bench_name() or "bench")
        self._tell_code(self.code_of(code, *used))
        event = await send_one_again(self.bench, old, payload, self.say, self._resends.link)
        self._looking.soon()
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

        It resends those that matched when it asked, to those that `resend_to` says. Events that
        were resent already are left out. A question waits for 10 seconds.

        Raises:
            ValueError: None matches, or more than 10,000, or each of them is left out.
            QueueClosedError: The workbench was closed.
        """
        found = self._resends.asked(self.bench.loop.loop.time())
        self._unask()
        if found is None:
            self._ask(await self._looking.all(self.say))
            return
        plan = self._resends.plan(found, self.bench.collectors)
        self._tell_code(plan.code(self._selected(), self.bench_name() or "bench"))
        told = await send_again(self.bench, plan.pairs, self.say, self._resends.link)
        self._looking.soon()
        self.say(plan.account(told))

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
        self, name: str, mime: str, export: Callable[[Sequence[CollectorEvent], Selection], bytes]
    ) -> None:
        events, told = newest(await self._looking.all(self.say))
        wanted = self._looking.window.matches.selection
        bench = self.bench_name() or "bench"
        self._tell_code(code_of_file(name, export.__name__, wanted, bench))
        self.rows.download(name, await in_pieces(events, wanted, export), mime)
        self.say(f"{told} in {name}, which the browser saves")

    # Within

    def _soon(self, react: Callable[[], object]) -> None:
        self.bench.loop.soon(lambda: self._react(react))

    def _tell_code(self, code: str) -> None:
        """Show the code of a click, if the notebook has a name for the workbench."""
        self.code_line.show("" if self.bench_name() is None else code)

    def _selected(self) -> str:
        """Code of the list of what matches."""
        bench = self.bench_name() or "bench"
        return self._looking.window.matches.selection.call(bench)

    def _ask(self, found: Sequence[CollectorEvent]) -> None:
        """Ask before many payloads are resent."""
        plan = self._resends.plan(found, self.bench.collectors)
        self.say(self._resends.ask(found, plan, self.bench.loop.loop.time()))
        self.bench.loop.later(ASKED, self._stop_asking)

    def _stop_asking(self) -> None:
        if self._resends.asked(self.bench.loop.loop.time()) is None:
            self._unask()

    def _unask(self) -> None:
        """Take back a question, if there is one."""
        if self._resends.unask() and self.status.text.endswith(CLICK):
            self.say("")
        self._resends.label(self._looking.window.matches, self.bench.collectors)

    def _filter(self) -> None:
        """React to a field."""
        if self._looking.take_up():
            self._unask()
            if self.status.kind == "error":
                self.say("")
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
        self._resends.label(window.matches, self.bench.collectors)
        self.rows.empty = "none of them matches" if kept else "nothing was sent yet"
        where = window.where(self.bench.metrics().accepted) if kept else ""
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
        resent = self._resends.links.get(event.id)
        shown = (event.status, resent, outputs, set(self._lifted))
        if shown != self._shown:
            self._shown = shown
            sections = sections_of(event, outputs, self._lifted)
            self.detail.show(str(event.id), title_of(event, resent), sections)

    def _act(self, action: str, key: str) -> None:
        """React to a button of the event that is shown in full."""
        if action == "close":
            self.hide()
        elif action == "lift":
            self._lifted.add(key)
            self._show_chosen()
        elif action in ("resend", "edit"):
            self.start(self.resend if action == "resend" else self.edit)
