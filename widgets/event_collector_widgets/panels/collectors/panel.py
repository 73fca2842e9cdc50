"""CollectorsPanel: the collectors of a workbench, a row each, and a form for one of them."""

import weakref
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import ipywidgets as w

from event_collector import Collector, Context
from event_collector_widgets.gallery import GALLERY
from event_collector_widgets.panels.collectors.drafts import LIMITS, Draft, itself
from event_collector_widgets.panels.collectors.export_form import ExportForm
from event_collector_widgets.panels.collectors.forms import CollectorForm
from event_collector_widgets.panels.collectors.listed import WINDOW, Listed
from event_collector_widgets.panels.collectors.listing import (
    counts,
    name_of,
    named,
    newer,
    topics,
)
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import table
from event_collector_widgets.panels.parts.in_rows import LIMIT
from event_collector_widgets.panels.parts.live import Code
from event_collector_widgets.panels.parts.menus import sendable, show
from event_collector_widgets.panels.parts.questions import Question
from event_collector_widgets.workbench import Workbench

ARMED = 5.0
"""Seconds after which a removal that was asked for must be asked for again."""


class CollectorsPanel(Panel):
    """Lists the collectors, and makes one of a function that exists; it never runs typed text.

    The menu has the notebook's own async functions of a payload and a context, then the gallery.

    Args:
        bench: The workbench that it shows.
    """

    title = "Collectors"
    told = ("closed", "paused", "blocked", "faults")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.listed = Listed()
        self.find, self.rows = self.listed.find, self.listed.rows
        self.form = form = CollectorForm()
        self.processor, self.key, self.topics = form.processor, form.key, form.topics
        self.context, self.lifecycle = form.context, form.lifecycle
        self.timeout, self.max_concurrency, self.batch_size, self.linger = form.numbers
        self.new_button = w.Button(
            description="New collector", tooltip="a form for another collector"
        )
        self.define_button = w.Button(description="Define", button_style="primary")
        self.define_button.add_class("ec-primary")
        self.cancel_button = w.Button(
            description="Cancel", tooltip="close the form, change nothing"
        )
        self.note = w.HTML().add_class("ec-told")
        self.code_line = Code()
        self._asked: Question[str] = Question(ARMED)
        """Of which collector the removal was asked for."""
        self._opened = False
        self._clicked: tuple[str, list[Any]] = ("", [])
        self.export_form = leaving = ExportForm()
        bar = [self.new_button, self.define_button, self.cancel_button, leaving.button, self.status]
        self.children = (
            *(self.heading, self.warning, self.find, self.rows, self.form, self.note),
            *(w.HBox(bar).add_class("ec-buttons").add_class("ec-bar"), self.code_line, leaving),
        )
        self.on_click(self.new_button, self.new)
        self.on_click(self.define_button, self.define)
        self.on_click(self.cancel_button, self.cancel)
        self.on_click(leaving.button, self.show_export)
        self.on_input(form.fields, self._preview)
        self.on_input([self.find], self._list)
        self.rows.observe(lambda _: self.bench.loop.soon(self.repaint), "chosen")
        self.rows.on_action(lambda do, key: self.bench.loop.soon(lambda: self._act(do, key)))
        self.refresh()
        self.processor.value = "gallery:echo"  # a click at first sight replaces nothing
        bench.watch(self.repaint)

    # What a click does

    async def define(self) -> Collector:
        """Add the collector of the form, or put it in the place of the one with its key.

        Raises:
            TypeError, ValueError: The form describes no collector.
            Exception: Whatever its lifecycle raised.
        """
        draft, old = self.form.draft(), self.form.old()
        if old is not None and not draft.differences(old, named):
            self.say(f"nothing differs: {old.key!r} stays as it is")
            return old
        code = self._code(draft, old)
        said = self._said()
        made = await self._put(draft.collector(old))
        if self._said() == said:
            self._close()
        else:  # while its lifecycle was entered something else was typed
            self.form.filled()
        self._done(code)
        self.listed.choose(self.bench, made.key)
        self.new_button.focus()
        return made

    async def new(self) -> None:
        """Open the form, emptied, for another collector."""
        self._opened = True
        self.form.clear()
        self.refresh()
        self.processor.focus()

    async def edit(self, key: str) -> None:
        """Fill the form with what a collector has, to replace it.

        Raises:
            KeyError: No collector has that key.
        """
        self.form.edit(self.bench.collectors[key])
        self._opened = True
        self.listed.choose(self.bench, key)
        self.refresh()
        self.processor.focus()

    async def cancel(self) -> None:
        """Leave the editing of a collector, empty the form and fold it away."""
        self._close()
        self.refresh()
        self.new_button.focus()

    async def use_new(self, key: str) -> Collector:
        """Put the function that the notebook now has of that name in its collector's place.

        Raises:
            KeyError: No collector has that key.
            ValueError: The notebook has no other function of that name.
            Exception: Whatever its lifecycle raised.
        """
        old = self.bench.collectors[key]
        new = newer(old, self.bench.processors())
        if new is None:
            raise ValueError(f"the notebook has no newer processor for {key!r}")
        lifecycles, own = self.bench.lifecycles().items(), itself(old)
        draft = Draft(
            key,
            new,
            name_of(new),
            topics=old.topics,
            lifecycle=own.lifecycle,
            lifecycle_name=next((n for n, each in lifecycles if each is own.lifecycle), None),
            **{name: getattr(own, name) for name in LIMITS},
        )
        code = self._code(draft, old)
        told = draft.differences(old, named)[0]
        made = await self._put(draft.collector(old))
        self.say(f"replaced collector {key!r}; {told}")
        self._done(code)
        return made

    async def ask_removal(self, key: str) -> None:
        """Have the row ask once more, for 5 s: what is in its context goes with it."""
        self._asked.ask(key, self.bench.loop.loop.time())
        self._done(self.removal(key))
        me = weakref.ref(self)

        def disarm() -> None:
            if (panel := me()) is not None and panel.comm is not None and panel._asked.waits:
                panel.repaint()

        self.bench.loop.later(self._asked.late, disarm)

    async def remove(self, key: str) -> None:
        """Take a collector out, after its last payload.

        Raises:
            UnknownCollectorError: No collector has that key.
        """
        self.say(f"removing {key!r} after its last payload ...")
        await self.bench.remove(key)
        self.say(f"removed collector {key!r}")
        self._done(self.removal(key))

    async def show_export(self) -> None:
        """Show the module that runs these collectors as a service; write nothing yet."""
        self.export_form.build(self.start_soon, self.write_export, self.close_export)
        self.export_form.show_module(self.bench)
        self.export_form.write_button.focus()

    async def write_export(self) -> None:
        """Write the module, and the code that does the same."""
        (said, call), name = self.export_form.write(self.bench), self.bench_name()
        self.say(said)
        self._done(f"{name}.{call}" if call and name is not None else "")

    async def close_export(self) -> None:
        """Write nothing."""
        self.export_form.fold()
        self.refresh()
        self.export_form.button.focus()

    # What it shows

    def code(self) -> str:
        """What `define` does, as code for a cell; empty while the form is not right."""
        try:
            return self._code(self.form.draft(), self.form.old())
        except (TypeError, ValueError):
            return ""

    def removal(self, key: str) -> str:
        """What `remove` does, as code for a cell."""
        return self.cell(f"remove({key!r})")

    def refresh(self) -> None:
        """Show the collectors and offer the functions that there are now."""
        super().refresh()
        with self.hold_sync():
            self._list()
            self._offer()
            self._preview()
            self.export_form.offer(self.bench)

    def start(self, action: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Begin what a click asks for; a removal that was asked for is not any more."""
        self._asked.drop()
        super().start(action)

    def forget(self) -> None:
        """The workbench was made again: what was typed stays, what was edited may not be there."""
        self._asked.drop()
        self._clicked = ("", [])
        self.listed.forget()
        if (edited := self.form.forget()) is not None:
            self.say(f"{edited!r} was being edited; its workbench was made again, the form stays")

    def static(self) -> str:
        """Keys, topics and counts as a table."""
        collectors = self.bench.collectors.everyone()
        head = ["key", "topics", "processed", "Ok", "errors"]
        shown = collectors[:WINDOW]
        rows = [[each.key, topics(each, LIMIT), *counts(each)] for each in shown]
        metrics = self.bench.metrics().collectors
        ended = [metrics[each.key].lifecycle_ended for each in shown]
        if any(ended):
            head.append("lifecycle")
            for row, over in zip(rows, ended, strict=True):
                row.append("has ended" if over else "")
        said = table(head, rows, "no collectors")
        if len(collectors) > WINDOW:
            said += f"<p>the first {WINDOW} of {len(collectors):,}</p>"
        return said

    # Within

    async def _put(self, collector: Collector) -> Collector:
        self.say(f"defining {collector.key!r} ...")
        replaced = await self.bench.put(collector)
        self.say(f"{'replaced' if replaced else 'added'} collector {collector.key!r}")
        return collector

    def _code(self, draft: Draft, old: Collector | None) -> str:
        """The code that puts a draft's collector, with the imports that it needs."""
        code = draft.code(old, f"{self.bench_name()}.collectors[{draft.key!r}]")
        used: list[Any] = [Collector, Context] if "ctx=Context(" in code else [Collector]
        name = draft.processor_name or ""
        if draft.processor is GALLERY.get(name):
            used.append(GALLERY[name])
        return self.cell(f"put({code})", *used)

    def _done(self, code: str) -> None:
        """Show what a click has done, and its code until something else is typed or chosen."""
        self._preview()
        self._clicked = (code, self._said())
        self.refresh()

    def _said(self) -> list[Any]:
        """What the form says."""
        return [field.value for field in self.form.fields]

    def _close(self) -> None:
        self._opened = False
        self.form.clear()

    def _act(self, do: str, key: str) -> None:
        """What a button in the rows asks for."""
        if do in ("more", "newer"):
            self.listed.turn(1 if do == "more" else -1)
            self.repaint()
            return
        now = self.bench.loop.loop.time()
        asked = self._asked.about(now)
        if do == "remove_now" and self._asked.too_soon(now):
            return
        actions = {"edit": self.edit, "use": self.use_new, "remove": self.ask_removal}
        if do == "remove_now" and key == asked:
            actions[do] = self.remove
        if do in actions:
            self.start(partial(actions[do], key))

    def _list(self) -> None:
        asked = self._asked.about(self.bench.loop.loop.time())
        self.listed.show(self.bench, "" if asked is None else asked, self.form.editing)

    def _offer(self) -> None:
        gallery = {f"gallery:{name}": processor for name, processor in GALLERY.items()}
        own = self.bench.processors()
        self.form.offer(self.bench.collectors, own | gallery, self.bench.lifecycles())

    def _preview(self) -> None:
        """Show what a click on the form's button would do, or that there is a form."""
        self.form.follow_key()
        there, begun = bool(self.bench.collectors), self.form.begun()
        opened = self._opened or begun or not there
        for part in (self.form, self.note, self.define_button):
            show(part, opened)
        show(self.cancel_button, opened and (there or begun))
        show(self.new_button, not opened)
        code, said = self._clicked
        self.code_line.show(
            code if code and said == self._said() else self.code() if opened else ""
        )
        self._name_button()
        self.note.value = self.form.told(named)

    def _name_button(self) -> None:
        """Say what a click on the form's button does. Where it would change nothing it cannot."""
        old, editing = self.form.old(), self.form.editing is not None
        can, why = True, "nothing differs from what is there"
        if editing and old is not None:
            try:
                can = bool(self.form.checked().differences(old, named))
            except (TypeError, ValueError) as exc:
                can, why = False, str(exc)  # the note says it too
        self.define_button.disabled = not can
        self.define_button.description = (
            "Save changes" if editing else "Define" if old is None else "Replace"
        )
        self.define_button.tooltip = (
            "add the collector that the form describes"
            if old is None
            else f"put it in the place of {sendable(old.key)!r}"
            if can
            else why
        )
