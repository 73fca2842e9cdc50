"""TrialForm: the fields that say what is tried, on what, and with which version."""

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import ipywidgets as w

from event_collector import Collector, Processor
from event_collector_widgets.gallery import GALLERY
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.menus import Option, offer_still, options_of, sendable

HISTORY = "the whole history"
FILTER = "what the Results filter lets through"
"""What is tried on; everything else in that menu is the name of a table. No name has a space."""

_GALLERY = "gallery:"
"""With it the names begin of what the notebook has not defined."""


class Choice(NamedTuple):
    """What the form says."""

    collector: Collector
    processor: Processor
    name: str
    """The processor's name in a cell."""
    on: str
    """HISTORY, FILTER, or a table's name."""
    lifecycle: bool


class TrialForm(w.HBox):  # type: ignore[misc, unused-ignore]
    """The fields of a trial. It knows what it was told of last, and calls nothing.

    A function that was run again since its collector was made is chosen by itself, once.
    """

    def __init__(self) -> None:
        self.collector = w.Dropdown(description="collector", layout=wide())
        self.processor = w.Dropdown(description="processor", layout=wide())
        self.on = w.Dropdown(description="on", layout=wide())
        self.lifecycle = w.Checkbox(
            description="enter its lifecycle",
            indent=False,
            tooltip="enter the collector's lifecycle around a Context of the trial's own",
            layout=wide(),
        )
        self._collectors: Mapping[str, Collector] = {}
        self._processors: Mapping[str, Processor] = {}
        self._tables: Mapping[str, Any] = {}
        self._mended: dict[str, Processor] = {}
        """Of the functions that were run again, those that it knows of."""
        self._followed: str | None = None
        """The collector for which a processor was looked for last."""
        super().__init__(self.fields)
        self.add_class("ec-fields").add_class("ec-trial")

    @property
    def fields(self) -> tuple[w.Widget, ...]:
        """All fields, in order."""
        return (self.collector, self.processor, self.on, self.lifecycle)

    def offer(
        self,
        collectors: Mapping[str, Collector],
        processors: Mapping[str, Processor],
        values: Mapping[str, Any],
        *,
        filtered: bool,
    ) -> None:
        """Offer what there is now. What is chosen stays chosen, also where it is not there.

        Args:
            collectors: The collectors by key.
            processors: The notebook's, by name.
            values: The notebook's; the tables among them are offered.
            filtered: Whether there is a filter.
        """
        self._collectors, self._processors = collectors, processors
        self._tables = {name: value for name, value in values.items() if _is_table(value)}
        key, name = self._newly_mended()
        offer_still(self.collector, options_of(list(collectors)))
        if key is not None:
            self.collector.value = key
        offer_still(self.processor, self._versions())
        if name is None and self.collector.value != self._followed:
            name = self._newer(self.collector.value) or self._present()
        if name is not None:
            self.processor.value = name
        self._followed = self.collector.value
        offer_still(self.on, self._payloads(filtered))
        self._offer_lifecycle()

    def choice(self) -> Choice:
        """What the form says.

        Raises:
            ValueError: Nothing is chosen, or it is not there any more.
        """
        name, on = self.processor.value or "", self.on.value
        collector = self.chosen()
        if collector is None:
            raise ValueError(_missing(self.collector))
        if name.startswith(_GALLERY):
            name = name.removeprefix(_GALLERY)
            processor: Processor | None = GALLERY[name]
        else:
            processor = self._processors.get(name)
        if processor is None:
            raise ValueError(_missing(self.processor))
        if on not in (HISTORY, FILTER, *self._tables):
            raise ValueError(_missing(self.on))
        return Choice(collector, processor, name, on, self.lifecycle.value)

    def chosen(self) -> Collector | None:
        """The collector that is chosen, if it is there."""
        return self._collectors.get(self.collector.value)

    def table(self, name: str) -> Any:
        """The table of that name."""
        return self._tables[name]

    def forget(self) -> None:
        """Let go of what belongs to a workbench; what was chosen stays."""
        self._collectors, self._mended, self._followed = {}, {}, self.collector.value

    def _newly_mended(self) -> tuple[str | None, str | None]:
        """A collector whose function was run again since this was asked last, and its name."""
        found = {key: name for key in self._collectors if (name := self._newer(key)) is not None}
        fresh = [key for key, name in found.items() if self._is_fresh(name)]
        self._mended = {name: self._processors[name] for name in found.values()}
        if not fresh:
            return None, None
        key = self.collector.value if self.collector.value in fresh else fresh[0]
        return key, found[key]

    def _is_fresh(self, name: str) -> bool:
        return self._mended.get(name) is not self._processors[name]

    def _newer(self, key: str | None) -> str | None:
        """The name of a collector's processor, if the notebook has another function of it."""
        collector = self._collectors.get(key or "")
        if collector is None:
            return None
        mine = collector.processor
        name = getattr(mine, "__name__", "")
        new = self._processors.get(name)
        return None if new is None or new is mine or mine is GALLERY.get(name) else name

    def _present(self) -> str | None:
        """What stands for the collector's own processor, for the first look; then None."""
        collector = self.chosen()
        if collector is None or self._followed is not None:
            return None
        named = {**self._processors, **{f"{_GALLERY}{name}": GALLERY[name] for name in GALLERY}}
        return next((name for name, each in named.items() if each is collector.processor), None)

    def _versions(self) -> list[Option]:
        collector, mended = self.chosen(), self._newer(self.collector.value)
        own: list[Option] = []
        for name, each in self._processors.items():
            mark = " (run again since)" if name == mended else ""
            if collector is not None and each is collector.processor:
                mark = " (the present one)"
            own.append((f"{sendable(name)}{mark}", name))
        return own + [(f"{name} (gallery)", f"{_GALLERY}{name}") for name in GALLERY]

    def _payloads(self, filtered: bool) -> list[Option]:
        tables = [
            (f"{sendable(name)} ({len(value):,} {'row' if len(value) == 1 else 'rows'})", name)
            for name, value in self._tables.items()
        ]
        return [(HISTORY, HISTORY), *([(FILTER, FILTER)] if filtered else []), *tables]

    def _offer_lifecycle(self) -> None:
        collector = self.chosen()
        none = collector is not None and collector.lifecycle is None
        self.lifecycle.disabled = none
        if none:
            self.lifecycle.value = False


def _missing(menu: w.Dropdown) -> str:
    if menu.value is None:
        return f"choose a {menu.description} first"
    what = "what to try it on" if menu.description == "on" else f"a {menu.description}"
    return f"{menu.value!r} is not there any more; choose {what} that is"


def _is_table(value: object) -> bool:
    """Whether it is a row for each payload: a list, a DataFrame, a Series or an array."""
    if isinstance(value, list | tuple):
        return True
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series):
        return True
    return numpy is not None and isinstance(value, numpy.ndarray) and value.ndim > 0
