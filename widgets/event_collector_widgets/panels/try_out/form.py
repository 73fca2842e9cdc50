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

_LONGEST = 40
"""So many characters of a key are shown."""


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

    Until the user chooses a version, it stands at one that runs nowhere yet, if there is one. A
    function that was run again since its collector was made is chosen by itself, once.
    """

    def __init__(self) -> None:
        self.collector = w.Dropdown(description="collector", layout=wide())
        self.processor = w.Dropdown(
            description="version",
            tooltip="the function to try in the place of the collector's own",
            layout=wide(),
        )
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
        self._stands_at: str | None = None
        """The version that was chosen by itself last; where it stands, the user chose none."""
        self._known: dict[str, Processor] = {}
        """The notebook's functions when this was asked last."""
        self._followed: str | None = None
        """The collector that was chosen then."""
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
        untouched = self.processor.value in (None, self._stands_at)
        offer_still(self.processor, self._versions())
        if name is None and untouched:
            name = self._by_itself()
        if name is not None:
            self.processor.value = self._stands_at = name
        self._known, self._followed = dict(self._processors), self.collector.value
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
        processor = self._processor(name)
        if processor is None:
            raise ValueError(_missing(self.processor))
        name = name.removeprefix(_GALLERY)
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

    def _by_itself(self) -> str | None:
        """What is chosen as long as the user chose nothing: a new function, else the present one.

        None where it stays as it is: the collector is the same, and no function has come.
        """
        collector, new = self.chosen(), self._new()
        fresh = [name for name in new if self._known.get(name) is not self._processors[name]]
        if self._stands_at is None or self.collector.value != self._followed:
            fresh = new
        elif not fresh:
            return None
        if fresh:
            stays = fresh.index(self.processor.value) if self.processor.value in fresh else 0
            return self._newer(self.collector.value) or fresh[stays]
        names = [name for _, name in self.processor.options]
        own = [each for each in names if collector and self._processor(each) is collector.processor]
        first: str = (own or names)[0]
        return first

    def _processor(self, name: str) -> Processor | None:
        """What an option of the menu stands for; None: it is not there any more."""
        if name.startswith(_GALLERY):
            return GALLERY.get(name.removeprefix(_GALLERY))
        return self._processors.get(name)

    def _new(self) -> list[str]:
        """The notebook's functions that run in no collector."""
        running = {id(each.processor) for each in self._collectors.values()}
        return [name for name, each in self._processors.items() if id(each) not in running]

    def _versions(self) -> list[Option]:
        """The new functions first, then what other collectors run, the gallery, the present one."""
        collector, mended = self.chosen(), self._newer(self.collector.value)
        new, others, own = self._new(), [], []
        runs: dict[int, list[str]] = {}
        for key, each in self._collectors.items():
            runs.setdefault(id(each.processor), []).append(key)
        for name, processor in self._processors.items():
            if collector is not None and processor is collector.processor:
                own.append((f"{sendable(name)} (the present one)", name))
            elif name not in new:
                others.append((f"{sendable(name)} ({_runs_in(runs[id(processor)])})", name))
        first = [
            (f"{sendable(name)}{' (run again since)' if name == mended else ''}", name)
            for name in sorted(new, key=lambda name: name != mended)
        ]
        gallery = []
        for name, processor in GALLERY.items():
            present = collector is not None and processor is collector.processor
            mark = "gallery, the present one" if present else "gallery"
            gallery.append((f"{name} ({mark})", f"{_GALLERY}{name}"))
        return [*first, *others, *gallery, *own]

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


def _runs_in(keys: list[str]) -> str:
    """In which collectors a function runs: "runs in 'validate' and 2 more"."""
    more = f" and {len(keys) - 1:,} more" if len(keys) > 1 else ""
    return f"runs in {sendable(keys[0][:_LONGEST])}{more}"


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
