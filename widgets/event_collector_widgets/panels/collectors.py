"""CollectorsPanel: the collectors of a workbench, and a form that defines one."""

from typing import Any

import ipywidgets as w

from event_collector import Collector, LifecycleManager, Processor
from event_collector_widgets.gallery import GALLERY
from event_collector_widgets.panels.live import Code
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts import offer, split_names, table, wide
from event_collector_widgets.workbench import Workbench

SHOWN = 100
"""How many collectors the table shows at most."""


class CollectorsPanel(Panel):
    """Lists the collectors, and makes one of a function that exists; it never runs typed text.

    The menu has the notebook's own async functions of a payload and a context, then the gallery.

    Args:
        bench: The workbench that it shows.
    """

    title = "Collectors"
    told = ("closed", "blocked")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.listing = w.HTML()
        self.processor = w.Dropdown(description="processor", layout=wide())
        self.key = w.Text(description="key", layout=wide())
        self.topics = w.Text(description="topics", placeholder="comma-separated", layout=wide())
        self.lifecycle = w.Dropdown(description="lifecycle", layout=wide())
        self.define_button = w.Button(description="Define", button_style="primary")
        self.present = w.Dropdown(layout=w.Layout(flex="1 1 8em", min_width="6em"))
        self.remove_button = w.Button(description="Remove")
        self.code_line = Code()
        buttons = w.HBox([self.define_button, self.present, self.remove_button])
        self.children = (
            self.heading,
            self.warning,
            self.listing,
            self.processor,
            self.key,
            self.topics,
            self.lifecycle,
            buttons.add_class("ec-buttons"),
            self.code_line,
            self.status,
        )
        self.define_button.add_class("ec-primary")
        self.on_click(self.define_button, self.define)
        self.on_click(self.remove_button, self.remove)
        self.on_input([self.processor, self.key, self.topics, self.lifecycle], self._preview)
        self._last_key, self._filled = "", ("", "")
        self.refresh()
        self.processor.value = "gallery:echo"  # a click at first sight replaces nothing
        bench.watch(self.repaint)

    def collector(self) -> Collector:
        """The collector that the form describes.

        Raises:
            ValueError: No processor is chosen.
        """
        processor: Processor | None = self._processors().get(self.processor.value)
        if processor is None:
            raise ValueError("choose a processor first")
        lifecycle = self._lifecycles().get(self.lifecycle.value)
        old = self._old()
        return Collector(
            self._key(),
            processor,
            topics=split_names(self.topics.value),
            lifecycle=lifecycle,
            ctx=old.ctx if old is not None else None,
        )

    async def define(self) -> Collector:
        """Add the collector of the form, or put it in the place of the one with its key.

        Raises:
            ValueError: No processor is chosen.
            Exception: Whatever its lifecycle raised.
        """
        collector = self.collector()
        self.say(f"defining {collector.key!r} ...")
        replaced = await self.bench.put(collector)
        self.say(f"{'replaced' if replaced else 'added'} collector {collector.key!r}")
        self.refresh()
        self.present.value = collector.key
        return collector

    async def remove(self) -> None:
        """Take the chosen collector out, after its last payload.

        Raises:
            ValueError: None is chosen.
        """
        key = self.present.value
        if key is None:
            raise ValueError("there is no collector to remove")
        self.say(f"removing {key!r} after its last payload ...")
        await self.bench.remove(key)
        self.say(f"removed collector {key!r}")
        self.refresh()

    def code(self) -> str:
        """What `define` does, as code for a cell."""
        chosen = self.processor.value
        if chosen is None:
            return ""
        name = chosen.removeprefix("gallery:")
        parts = [repr(self._key()), name]
        if topics := split_names(self.topics.value):
            parts.append(f"topics={topics!r}")
        if self.lifecycle.value:
            parts.append(f"lifecycle={self.lifecycle.value}")
        if (old := self._old()) is not None and vars(old.ctx):
            parts.append(f"ctx={self.bench_name()}.collectors[{self._key()!r}].ctx")
        used = [Collector] if name == chosen else [Collector, GALLERY[name]]
        return self.cell(f"put(Collector({', '.join(parts)}))", *used)

    def refresh(self) -> None:
        """Show the collectors and offer the functions that there are now."""
        super().refresh()
        with self.hold_sync():
            self.listing.value = self._table()
            own = [(name, name) for name in self.bench.processors()]
            gallery = [(f"{name} (gallery)", f"gallery:{name}") for name in GALLERY]
            offer(self.processor, own + gallery)
            offer(self.lifecycle, [("none", ""), *((name, name) for name in self._lifecycles())])
            offer(self.present, list(self.bench.collectors))
            self.remove_button.disabled = not self.bench.collectors
            self._preview()

    def _old(self) -> Collector | None:
        """The collector to be replaced, if its context goes on: no lifecycle opens or closes it."""
        old = self.bench.collectors.get(self._key())
        return None if old is None or old.lifecycle or self.lifecycle.value else old

    def _fill(self) -> None:
        """When another key is named, show what its collector has, but keep what was typed."""
        key, self._last_key = self._last_key, self._key()
        if key == self._last_key:
            return
        old = self.bench.collectors.get(self._last_key)
        before = self._filled
        topics = ", ".join(old.topics) if old else ""
        names = [name for name, each in self._lifecycles().items() if old and each is old.lifecycle]
        self._filled = (topics, names[0] if names else "")
        if self.topics.value in ("", before[0]):
            self.topics.value = topics
        if self.lifecycle.value in ("", before[1]):
            self.lifecycle.value = self._filled[1]

    def _preview(self) -> None:
        self._fill()
        self.key.placeholder = (self.processor.value or "").removeprefix("gallery:")
        replaces = self._key() in self.bench.collectors
        self.define_button.description = "Replace" if replaces else "Define"
        self.code_line.show(self.code())

    def _key(self) -> str:
        typed: str = self.key.value.strip()
        return typed or (self.processor.value or "").removeprefix("gallery:")

    def _processors(self) -> dict[str, Processor]:
        gallery = {f"gallery:{name}": processor for name, processor in GALLERY.items()}
        return {**self.bench.processors(), **gallery}

    def _lifecycles(self) -> dict[str, LifecycleManager]:
        return self.bench.lifecycles()

    def _table(self) -> str:
        collectors = self.bench.collectors.everyone()
        rows: list[list[Any]] = [
            [each.key, ", ".join(each.topics), f"{each.processed:,}", f"{each.errors:,}"]
            for each in collectors[:SHOWN]
        ]
        shown = table(["key", "topics", "processed", "errors"], rows, "none yet: define one below")
        if len(collectors) > SHOWN:
            shown += f'<div class="ec-note">the first {SHOWN} of {len(collectors):,}</div>'
        return shown
