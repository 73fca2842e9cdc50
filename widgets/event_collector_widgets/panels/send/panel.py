"""SendPanel: a form that makes payloads, shows who would get them, and sends them."""

import asyncio
from collections.abc import Hashable
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Delivery, Payload, QueueType, ResultList
from event_collector_widgets.numbers import typed_count
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.live import Code
from event_collector_widgets.panels.parts.menus import escaped, sendable, show
from event_collector_widgets.panels.send.keeping import KeepsTemplates
from event_collector_widgets.panels.send.names import Names
from event_collector_widgets.panels.send.preview import preview_html, send_label
from event_collector_widgets.panels.send.receivers import outcome
from event_collector_widgets.panels.send.table_rows import Table, of_upload
from event_collector_widgets.panels.send.templates import Templates
from event_collector_widgets.panels.send.unchosen import UnchosenError
from event_collector_widgets.panels.send.under_way import UnderWay
from event_collector_widgets.panels.send.value import TABLE, Kept, Value
from event_collector_widgets.uploads import MAX_ROWS, check_size, copies
from event_collector_widgets.workbench import Workbench

_MANY_ROWS = 50_000
"""From how many rows on the code takes any cell for the names in it."""


class SendPanel(KeepsTemplates):
    """Sends a value, copies of it, or a table's rows, and keeps its contents for the next time.

    Args:
        bench: The workbench that it sends to.
    """

    title = "Send"
    told = ("closed", "paused", "full", "faults")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.value, self.names = Value(), Names()
        self.value.begin(bench)
        self.copies = w.Text(
            "1",
            description="copies",
            tooltip="so many payloads alike, with one and the same value, each an event of its own",
            layout=wide(),
        )
        self.preview = w.HTML().add_class("ec-preview").add_class("ec-told")
        self.send_button = w.Button(description="Send", button_style="primary")
        self.under_way = UnderWay(lambda text: self.say(sendable(text)))
        self.code_line = Code()
        self.templates = Templates(bench.name)
        self.send_button.add_class("ec-primary")
        self.children = self._laid_out()
        self.add_class("ec-send")
        self._latest: CollectorEvent | None = None
        self._seen: Hashable = None
        self._shows_template = False
        self._react_to_fields()
        self.refresh()
        bench.watch(self.repaint)

    # What it sends

    def payload(self) -> Payload[Any]:
        """The payload that the form describes; of a table, that of its first row.

        Raises:
            UnchosenError: Something is not chosen yet.
            TypeError, ValueError: The text is not JSON, or a field is wrong.
        """
        table = self.value.table(self.bench)
        if table is None:
            return self.names.payload(self.value.value(self.bench))
        if not table.count:
            raise ValueError(f"{table.name} has no rows")
        return self.names.addressing().payloads([table.first])[0]

    async def send(self) -> ResultList | str:
        """Send what the form describes, wait until it is done, and say what became of it.

        Returns:
            The results of one payload; of several, what became of them in a line.

        Raises:
            UnchosenError: No key or topic is chosen: nobody would get it.
            TypeError, ValueError: As from `payload`; or there are too many copies.
            QueueClosedError: The workbench was closed.
            RuntimeError: Several payloads are still being sent.
        """
        if self._shows_template:
            self._show()
        table = self.value.table(self.bench)
        self.names.check_chosen(table=table is not None)
        if table is not None:
            self.payload()  # refuses what is wrong before the first is sent
            addressing = self.names.addressing()
            return await self.under_way.send_many(
                self.bench, lambda: addressing.payloads(table.rows())
            )
        payload = self.payload()
        if (count := self._count()) != 1:
            made = copies(payload, count)
            return await self.under_way.send_many(self.bench, lambda: made)
        bench = self.bench
        event = await self.under_way.accept(bench, payload)
        if bench is self.bench:  # else it was made again meanwhile, and has said so
            self._latest = event
            self.say(f"event {event.id} sent")
        results = await event.wait()
        if self._latest is event:
            self.say(sendable(outcome(event.id, results)))
        return results

    async def cancel(self) -> None:
        """Accept no more of the payloads that are being sent. What was accepted stays."""
        self.under_way.cancel()

    async def take_upload(self, name: str, content: bytes) -> Table:
        """Read a file, in another thread and in its turn, and choose it.

        Raises:
            ValueError: As from `read_upload`.
        """
        async with self.value.taking_file():
            table = await asyncio.to_thread(of_upload, name, content)
            self.value.take(table)
            self.refresh()
            self.say(sendable(f"{name}: {table.count:,} {'row' if table.count == 1 else 'rows'}"))
            return table

    async def refuse_upload(self, name: str, size: int, why: str) -> None:
        """Say why a file did not come.

        Raises:
            ValueError: It is too large, or could not be read in the browser.
        """
        async with self.value.taking_file():  # what was chosen before it is told before it
            check_size(size, name)
            raise ValueError(f"{name} could not be read in the browser: {why}; choose it again")

    def code(self) -> str:
        """What `send` does, as code for a cell; empty where there is none."""
        table = self.value.table(self.bench)
        if table is not None:
            return self._table_code(table)
        if (made := self.value.code(self.bench)) is None:
            return ""
        count, name = self._count(), self.bench_name()
        before = "import json\n" if made.startswith("json.loads(") else ""
        more = self.names.code()
        used = [Payload, Delivery] if "Delivery." in more else [Payload]
        if count == 1 or name is None:
            code = self.cell(f"send(Payload({made}{more}))", *used)
        else:
            send = f"await {name}.send_all([Payload(value{more}) for _ in range({count})])"
            code = self.code_of(f"value = {made}\n{send}", *used)
        return before + code if code else ""

    # Payloads from elsewhere

    def fill(self, payload: Payload[Any], event_id: int | None = None) -> None:
        """Put a payload into the form, to be changed and sent.

        Args:
            payload: The payload.
            event_id: The number of the event that it comes from, if it does.
        """
        name = self.bench_name()
        if event_id is None:
            self._fill(payload, Kept("payload", payload.value, None))
            return
        found = f"next(event for event in {name}.history if event.id == {event_id})"
        code = None if name is None else f"{found}.payload.value"
        self._fill(payload, Kept(f"event {event_id}", payload.value, code))

    def _fill(self, payload: Payload[Any], kept: Kept) -> None:
        known = self.value.fill(self.bench, payload.value, kept)
        left = self.names.fill(payload, self.bench.collectors.everyone())
        self.copies.value = "1"
        self.refresh()
        said = "; ".join(filter(None, [f"{kept.label} is in the form", known, left]))
        self.say(sendable(f"{said}; change it, and Send"))

    # What it shows

    def refresh(self) -> None:
        """Offer the variables, keys, topics and templates that there are now."""
        super().refresh()
        bench = self.bench
        with self.hold_sync():
            self.value.offer(bench)
            try:
                table = self.value.table(bench)
            except (TypeError, ValueError):
                table = None
            priority = bench.queue.queue_type is QueueType.PRIORITY
            collectors = bench.collectors.everyone()
            of_table = self.value.source.value == TABLE
            columns = (() if table is None else table.columns) if of_table else None
            self.names.offer(collectors, columns, priority=priority)
            show(self.copies, not of_table)
            self.follow_templates()
            self.templates.offer(bench)
            self.under_way.show()
            state = self._state()
            if state != self._seen:
                self._seen = state
                self._show()

    def forget(self) -> None:
        """What is being sent, and the value of an earlier event, went with the old workbench."""
        self._latest = self._seen = None
        self.templates.question.drop()
        gone = [told] if (told := self.under_way.forget()) else []
        if (kept := self.value.kept) is not None:
            self.value.keep(None)
            gone.append(f"the value of {kept.label} went with it")
        if gone:
            self.say(f"the workbench was made again: {'; '.join(gone)}")

    # Within

    def _laid_out(self) -> tuple[w.Widget, ...]:
        value, names = self.value, self.names
        under_way, templates = self.under_way, self.templates
        value.menu.add_class("ec-half")
        for field in (templates.menu, templates.name):
            field.add_class("ec-third")
        for field in (self.copies, names.priority):
            field.add_class("ec-short")
        for button in (self.send_button, templates.bar, under_way.cancel_button, value.upload):
            button.add_class("ec-own")
        for field in (templates.menu, templates.name, templates.bar):
            field.add_class("ec-last")
        return (
            *(self.heading, self.warning),
            *(value.source, value.text, value.menu, value.upload),
            *(names.delivery, names.names, names.others, names.delivery_column),
            *(names.keys_column, names.topics_column, names.priority, self.preview),
            *(self.copies, self.send_button, under_way.cancel_button, under_way.progress),
            self.code_line,
            *(templates.menu, templates.name, templates.bar),
            self.status,
        )

    def _react_to_fields(self) -> None:
        self.on_click(self.send_button, self.send)
        self.on_click(self.under_way.cancel_button, self.cancel)
        self.listen_to_templates()
        self.on_input([*self.value.fields, *self.names.fields, self.copies], self.refresh)
        self.value.upload.on_file(
            lambda *file: self.start_soon(lambda: self.take_upload(*file)),
            lambda *file: self.start_soon(lambda: self.refuse_upload(*file)),
        )

    def _table_code(self, table: Table) -> str:
        addressing, name = self.names.addressing(), self.bench_name()
        if name is None:
            return ""
        named = (addressing.keys_column, addressing.topics_column)
        columns = list(dict.fromkeys(filter(None, named)))
        rows: list[Any] = []
        if columns and set(columns) <= set(table.columns):
            few = table.count <= _MANY_ROWS  # of many no cell is looked at: any form may be there
            rows = table.rows_with(columns, _MANY_ROWS) if few else [dict.fromkeys(columns)]
        code = addressing.code(table.code, rows, name)
        return f"{table.before}\n{code}" if table.before else code

    def _count(self) -> int:
        return typed_count(self.copies.value, "copies", MAX_ROWS)

    def _described(self) -> tuple[Hashable, ...]:
        """Changes when the one payload does."""
        return self.value.state(self.bench), self.names.state()

    def _state(self) -> Hashable:
        """Changes when the preview or the code may."""
        names = self.bench.namespace
        imported = [names.get(each.__name__) is each for each in (Payload, Delivery)]
        collectors = self.bench.collectors.everyone()
        return *self._described(), self.copies.value, collectors, self.bench_name(), *imported

    def _show(self) -> None:
        """Show who would get it, and the code; the button says what it does, if it can."""
        if self._shows_template:
            self.say("")  # it speaks of code that is not below it any more
        self._shows_template = False
        told, code, table, count, wrong = "", "", None, 1, True
        try:
            table = self.value.table(self.bench)
            count = self._count() if table is None else 1
            told = preview_html(self.bench, self.value, self.names, table, count)
            self.names.check_chosen(table=table is not None)
            code = self.code()
            wrong = False
        except (TypeError, ValueError) as exc:
            kind = "ec-note" if isinstance(exc, UnchosenError) else "ec-error"
            told = f'<div class="{kind}">{escaped(str(exc))}</div>'
        self.preview.value = told
        self.code_line.show(code)
        self.send_button.disabled = wrong
        self.send_button.description = send_label(table, count)
