"""CollectorsPanel: the collectors of a workbench, a row each, and a form for one of them."""

from functools import partial
from typing import Any

import ipywidgets as w

from event_collector import Collector, Context
from event_collector_widgets.gallery import GALLERY
from event_collector_widgets.panels.collectors.drafts import Draft
from event_collector_widgets.panels.collectors.forms import CollectorForm
from event_collector_widgets.panels.collectors.listing import (
    ACTIONS,
    COLUMNS,
    counts,
    name_of,
    named,
    newer,
    row,
    topics,
)
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import table, wide
from event_collector_widgets.panels.parts.live import Code, Rows
from event_collector_widgets.workbench import Workbench

WINDOW = 200
"""How many collectors are shown at once at most."""
SCREENFUL = 12
"""With more collectors than these there is a field to find one."""
DOUBLE_CLICK = 0.5
"""Seconds for which a removal cannot be confirmed after it was asked for."""


class CollectorsPanel(Panel):
    """Lists the collectors, and makes one of a function that exists; it never runs typed text.

    The menu has the notebook's own async functions of a payload and a context, then the gallery.

    Args:
        bench: The workbench that it shows.
    """

    title = "Collectors"
    told = ("closed", "paused", "blocked")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.find = w.Text(description="find", placeholder="part of a key", layout=wide())
        self.rows = Rows(
            "collectors", COLUMNS, actions=ACTIONS, empty="none yet: define one below"
        ).add_class("ec-collectors")
        self.form = form = CollectorForm()
        self.processor, self.key, self.topics = form.processor, form.key, form.topics
        self.context, self.lifecycle = form.context, form.lifecycle
        self.timeout, self.max_concurrency = form.timeout, form.max_concurrency
        self.define_button = w.Button(description="Define", button_style="primary")
        self.cancel_button = w.Button(description="Cancel")
        self.note = w.HTML()
        self.code_line = Code()
        self._first, self._asked = 0, ("", 0.0)
        self._clicked: tuple[str, list[Any]] = ("", [])
        self.children = (
            *(self.heading, self.warning, self.find, self.rows, self.form),
            w.HBox([self.define_button, self.cancel_button]).add_class("ec-buttons"),
            *(self.note, self.code_line, self.status),
        )
        self.define_button.add_class("ec-primary")
        self.on_click(self.define_button, self.define)
        self.on_click(self.cancel_button, self.cancel)
        self.on_input(form.fields, self._preview)
        self.on_input([self.find], self._seek)
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
        made = await self._put(draft.collector(old))
        self.form.filled()
        if self.form.editing == made.key:
            self.form.clear()
        self._done(code)
        return made

    async def edit(self, key: str) -> None:
        """Fill the form with what a collector has, to replace it.

        Raises:
            KeyError: No collector has that key.
        """
        self.form.edit(self.bench.collectors[key])
        self._preview()
        self.processor.focus()

    async def cancel(self) -> None:
        """Leave the editing of a collector, and empty the form."""
        self.form.clear()
        self._preview()

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
        lifecycles = self.bench.lifecycles().items()
        draft = Draft(
            key,
            new,
            name_of(new),
            topics=old.topics,
            lifecycle=old.lifecycle,
            lifecycle_name=next((n for n, each in lifecycles if each is old.lifecycle), None),
            timeout=old.timeout,
            max_concurrency=old.max_concurrency,
        )
        code = self._code(draft, old)
        told = draft.differences(old, named)[0]
        made = await self._put(draft.collector(old))
        self.say(f"replaced collector {key!r}; {told}")
        self._done(code)
        return made

    async def ask_removal(self, key: str) -> None:
        """Have the row ask once more: what a collector keeps in its context goes with it."""
        self._asked = (key, self.bench.loop.loop.time())
        self._done(self.removal(key))
        self.say(f"remove {key!r} with its context? Click Remove now")

    async def remove(self, key: str) -> None:
        """Take a collector out, after its last payload.

        Raises:
            UnknownCollectorError: No collector has that key.
        """
        self.say(f"removing {key!r} after its last payload ...")
        await self.bench.remove(key)
        self.say(f"removed collector {key!r}")
        self._done(self.removal(key))

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

    def forget(self) -> None:
        """The workbench was made again: what was typed stays, what was edited may not be there."""
        self._first, self._asked = 0, ("", 0.0)
        if (edited := self.form.forget()) is not None:
            self.say(f"{edited!r} was being edited; its workbench was made again, the form stays")

    def static(self) -> str:
        """Keys, topics and counts as a table."""
        collectors = self.bench.collectors.everyone()
        head = ["key", "topics", "processed", "Ok", "errors"]
        rows = [[each.key, topics(each), *counts(each)] for each in collectors[:WINDOW]]
        shown = table(head, rows, "no collectors")
        if len(collectors) > WINDOW:
            shown += f"<p>the first {WINDOW} of {len(collectors):,}</p>"
        return shown

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
        self._clicked = (code, [field.value for field in self.form.fields])
        self.refresh()

    def _act(self, do: str, key: str) -> None:
        """What a button in the rows asks for."""
        if do in ("more", "newer"):
            self._first = max(0, self._first + (WINDOW if do == "more" else -WINDOW))
            self.repaint()
            return
        asked, since = self._asked
        if do == "remove_now" and self.bench.loop.loop.time() - since < DOUBLE_CLICK:
            return
        actions = {"edit": self.edit, "use": self.use_new, "remove": self.ask_removal}
        if do == "remove_now" and key == asked:
            actions[do] = self.remove
        if do != "remove":
            self._asked = ("", 0.0)
        if do in actions:
            self.start(partial(actions[do], key))

    def _seek(self) -> None:
        self._first = 0
        self._list()

    def _list(self) -> None:
        everyone = self.bench.collectors.everyone()
        self.find.layout.display = None if len(everyone) > SCREENFUL or self.find.value else "none"
        sought = self.find.value.strip().casefold()
        found = [each for each in everyone if sought in each.key.casefold()] if sought else everyone
        while self._first and self._first >= len(found):
            self._first -= WINDOW
        first, last = self._first, min(self._first + WINDOW, len(found))
        shown, asked = found[first:last], self._asked[0]
        processors, metrics = self.bench.processors(), self.bench.metrics()
        gauges = self.bench.gauges.collectors(metrics, [each.key for each in shown])
        blocked = metrics.blocking
        rows = [
            row(
                *(each, gauges.get(each.key), newer(each, processors), blocked.get(each.key)),
                asked=each.key == asked,
            )
            for each in shown
        ]
        of = f"{len(found):,} of {len(everyone):,} found" if sought else f"of {len(everyone):,}"
        where = f"{first + 1:,} to {last:,}; {of}" if sought or len(found) > WINDOW else ""
        self.rows.empty = "no such key" if sought else "none yet: define one below"
        self.rows.show(rows, where if found else "", newer=first > 0, more=last < len(found))

    def _offer(self) -> None:
        gallery = {f"gallery:{name}": processor for name, processor in GALLERY.items()}
        own = self.bench.processors()
        self.form.offer(self.bench.collectors, own | gallery, self.bench.lifecycles())

    def _preview(self) -> None:
        """Show what a click on the form's button would do."""
        self.form.follow_key()
        old = self.form.old()
        self.define_button.description = "Define" if old is None else "Replace"
        self.cancel_button.layout.display = "none" if self.form.editing is None else None
        self.note.value = self.form.told(named)
        code, values = self._clicked
        same = code and values == [field.value for field in self.form.fields]
        self.code_line.show(code if same else self.code())
