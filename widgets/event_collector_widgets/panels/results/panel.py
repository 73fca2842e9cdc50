"""ResultsPanel: the history of a workbench as a table, newest first, and one event in full."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Payload
from event_collector_widgets.exports import export_csv, export_jsonl
from event_collector_widgets.names import MADE_AGAIN
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import Chosen
from event_collector_widgets.panels.parts.live import Code, Detail, Kind, Rows
from event_collector_widgets.panels.results.buttons import Buttons
from event_collector_widgets.panels.results.events import room_of
from event_collector_widgets.panels.results.filters import Filters
from event_collector_widgets.panels.results.looking import Looking, RefusedError
from event_collector_widgets.panels.results.opened import Opened
from event_collector_widgets.panels.results.resending import send_again, send_one_again
from event_collector_widgets.panels.results.resends import CLICK, Asked, Resends, code_of_one
from event_collector_widgets.panels.results.saving import code_of_file, in_pieces, newest, of_rows
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
    told = ("closed", "paused", "full", "faults")  # full: what is sent again waits for room too

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.filters = Filters()
        self._resends = Resends()
        buttons = Buttons(self._resends)
        self.resend_to, self.resend_button = self._resends.to, self._resends.button
        self.confirm_button = self._resends.confirm
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
        self._frozen = False
        """What the switch was told last of the window."""
        kept = bench.history, self.filters, bench.resent
        self._looking = Looking(bench.loop, *kept, self._paint)
        self._opened = Opened(self.detail, self.rows)
        self._listen()
        self.refresh()
        bench.watch(self.repaint)

    def _listen(self) -> None:
        """Have the fields, the buttons and what is in the page answer."""
        self.on_input(self.filters.fields, self._filter)
        self.on_input([self.freeze], self._freeze)
        self.on_input([self.resend_to], self._unask)
        self.on_click(self.resend_button, self.ask_resending)
        self.on_answer(self.confirm_button, self._resends.question, self.resend_all)
        self.on_click(self.frame_button, self.to_frame)
        self.on_click(self.csv_button, self.to_csv)
        self.on_click(self.jsonl_button, self.to_jsonl)
        self.status.measures = True
        self.status.observe(lambda _: self._soon(self._paint), "width")
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
        self._refresh_around()
        self._looking.now()

    def repaint(self) -> None:
        """As `refresh`, but the rows when it is time to: what is looked for paints them, too."""
        self._react(self._refresh_around)
        self._react(self._looking.soon)

    def _refresh_around(self) -> None:
        super().refresh()
        self.filters.offer(self.bench.collectors)

    def forget(self) -> None:
        """Drop what belongs to the workbench before; what the filters say stays."""
        if (opened := self._opened.event) is not None:
            self.say(f"{MADE_AGAIN}, and with them event {opened.id}, which was open here")
        self.hide()
        self._resends.forget()
        self.code_line.show("")
        self.filters.forget()
        self._looking.begin(self.bench.loop, self.bench.history, self.bench.resent)
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
        self._opened.open(self._looking.window.find(event_id), self.bench)

    def hide(self) -> None:
        """Close the event that is shown in full."""
        self._opened.hide()

    def static(self) -> str:
        """Events that match, those with errors first, as an HTML table; the same in every run."""
        self._looking.take_up()
        matches = self._looking.window.matches
        matches.step(seconds=2.0)
        return static_of(matches, self.bench.resent)

    # What the buttons do

    async def resend(self) -> CollectorEvent:
        """Send the payload of the event that is shown in full again, and wait for its results.

        It goes to those that `resend_to` says.

        Raises:
            LookupError: None is shown.
            ValueError: It failed, and no collector in which it did is there any more.
            QueueClosedError: The workbench was closed.
        """
        self._unask()
        old = self._opened.the_event()
        payload = self._resends.one(old, self.bench)
        code, used = code_of_one(old, payload, self.bench_name() or "bench")
        self._tell_code(self.code_of(code, *used))
        event = await send_one_again(self.bench, old, payload, self.say)
        self._looking.soon()
        return event

    async def edit(self) -> None:
        """Put the payload of the event that is shown in full into the form that sends.

        Raises:
            LookupError: None is shown, or there is no form.
        """
        old = self._opened.the_event()
        if self._on_edit is None:
            raise LookupError("there is no form beside this panel; use Resend")
        self._on_edit(old.payload, old.id)
        self.say(f"the payload of event {old.id} is in the form (Send)")

    async def ask_resending(self) -> None:
        """Ask whether to send the payloads of all events that match again; `resend_all` does it.

        To those that `resend_to` says: only of events with an Error, or of all. Those that were
        resent already are left out. The question waits for 10 seconds.

        Raises:
            ValueError: None matches, or each of them is left out, or more than 10,000 are not.
        """
        self._unask()
        self.code_line.show("")  # nor is that of a click before what is asked
        if self._resends.to_failed:
            asked = Asked(*await self._looking.failed(self.say))
        else:
            asked = Asked(found := await self._looking.all(self.say), len(found))
        plan = self._resends.plan(asked, self.bench)
        self.say(self._resends.ask(asked, plan, self.bench.loop.loop.time()))
        self.bench.loop.later(self._resends.question.late, self._stop_asking)

    async def resend_all(self) -> None:
        """Send the payloads again that it was asked about, of events that matched then.

        Raises:
            ValueError: Nothing was asked, or too long ago; or nothing is left to resend.
            QueueClosedError: The workbench was closed.
        """
        asked = self._resends.question.about(self.bench.loop.loop.time())
        self._unask()
        if asked is None:
            raise RefusedError(f"nothing was asked: press {self.resend_button.description} first")
        plan = self._resends.plan(asked, self.bench)
        self._tell_code(plan.code(self._selected(), self.bench_name() or "bench"))
        told = await send_again(self.bench, plan.pairs, self.say)
        self._looking.soon()
        self.say(plan.account(told))

    async def to_frame(self) -> None:
        """Show the code that makes a DataFrame of what matches."""
        self._looking.take_up()
        self._unask()
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
        self._unask()
        self.code_line.show("")  # what a click before has shown does not make this file
        events, told = newest(await self._looking.all(self.say))
        wanted = self._looking.window.matches.selection
        bench = self.bench_name() or "bench"
        self._tell_code(code_of_file(name, export.__name__, wanted, bench))
        self.rows.download(name, await in_pieces(events, of_rows(wanted), export), mime)
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

    def _stop_asking(self) -> None:
        question = self._resends.question
        if question.waits and question.about(self.bench.loop.loop.time()) is None:
            self._unask()

    def _unask(self) -> None:
        """Take back a question, if there is one."""
        if self._resends.unask() and self.status.text.endswith(CLICK):
            self.say("")
        self._label()

    def _label(self) -> None:
        looking = self._looking
        self._resends.label(looking.window.matches, looking.failing, self.bench)

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
        window.room = room_of(self.status.width)
        self._label()
        accepted = self.bench.metrics().accepted
        gone = "nothing is kept" if accepted else "nothing was sent yet"
        looks = "none found yet" if not window.matches.complete else "none of them matches"
        self.rows.empty = looks if kept else gone
        where = window.where(accepted) if accepted else ""
        newer = window.frozen and window.offset > 0
        self.rows.show(window.rows(), where, newer=newer, more=window.more)
        if window.frozen != self._frozen:  # else a click that is on its way here would be undone
            self.freeze.value = self._frozen = window.frozen
        self.freeze.description = (
            f"Frozen: {window.came:,} came since" if window.frozen else "Freeze"
        )
        self._opened.paint(self.bench)

    def _choose(self) -> None:
        """React to a row that was chosen in the page."""
        key, opened = self.rows.chosen, self._opened.event
        if not key:
            self.hide()
        elif opened is None or key != str(opened.id):
            self.clicked()
            self.show(int(key))

    def _act(self, action: str, key: str) -> None:
        """React to a button of the event that is shown in full."""
        if action == "close":
            self.hide()
        elif action == "lift":
            self._opened.lift(key, self.bench)
        elif action in ("resend", "edit"):
            self.start(self.resend if action == "resend" else self.edit)
