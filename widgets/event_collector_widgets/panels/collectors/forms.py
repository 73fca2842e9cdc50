"""CollectorForm: the fields that describe a collector, empty or filled with one that is there."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as w

from event_collector import Collector, LifecycleManager, Processor
from event_collector._text import one_line
from event_collector_widgets.numbers import typed_number
from event_collector_widgets.panels.collectors import drafts
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.menus import escaped, sendable

KEPT = "kept:"
"""The choice of the processor or lifecycle that is there, and has no name in the notebook."""
GALLERY = "gallery:"
"""With it the names begin of what the notebook has not defined."""
_LEAST_LINES, _MOST_LINES = 2, 8
"""How many lines of topics, or of the context, are in sight without scrolling."""


class CollectorForm(w.VBox):  # type: ignore[misc, unused-ignore]
    """The fields of a collector. It knows what it was told of last, and calls nothing.

    The menus offer functions that exist, by name; what is typed is never executed.
    """

    def __init__(self) -> None:
        self.processor = w.Dropdown(
            description="processor",
            tooltip="the async function that it runs: one of the notebook's, or of the gallery",
            layout=wide(),
        )
        self.key = w.Text(
            description="key",
            tooltip="its name, one of its own; empty: the processor's",
            layout=wide(),
        )
        self.topics = w.Textarea(
            description="topics, one a line",
            tooltip="the topics that it listens to, one a line",
            rows=2,
        )
        self.context = w.Textarea(
            description="context: name = JSON",
            placeholder="limit = 40",
            tooltip="what its processor finds in ctx, a line each: limit = 40 gives ctx.limit",
            rows=2,
        )
        self.lifecycle = w.Dropdown(
            description="lifecycle",
            tooltip="an @asynccontextmanager of the notebook that opens what is in ctx before the "
            "first payload, and closes it after the last",
            layout=wide(),
        )
        self.timeout = w.Text(
            description="timeout, s",
            placeholder="none",
            tooltip="seconds that its processor has for a payload; empty: as long as it takes",
        )
        self.max_concurrency = w.Text(
            description="max_concurrency",
            placeholder="no limit",
            tooltip="payloads in service in it at once at most; others wait; empty: no limit",
        )
        self.batch_size = w.Text(
            description="batch_size",
            placeholder="one by one",
            tooltip="its processor gets a list of up to so many payloads, and returns a list of "
            "results; empty: one payload by itself",
        )
        self.linger = w.Text(
            description="linger, s",
            placeholder="0.05",
            tooltip="seconds that a batch may wait for more while the queue is busy; with batches",
        )
        self.numbers = (self.timeout, self.max_concurrency, self.batch_size, self.linger)
        self.typed = (self.topics, self.context, self.lifecycle, *self.numbers)
        self.editing: str | None = None
        """The key of the collector that is being edited."""
        self._collectors: Mapping[str, Collector] = {}
        self._processors: Mapping[str, Processor] = {}
        self._lifecycles: Mapping[str, LifecycleManager] = {}
        self._empty = ("",) * len(self.typed)
        self._filled: tuple[str, ...] = self._empty
        self._known = ""  # the context's lines that tell what is so, and ask for nothing
        self._followed = ""
        halves = [self.processor, self.key, self.topics, self.context]
        for each in halves:
            each.add_class("ec-half")
        # One box for all, since each widget costs: they flow into rows by their widths.
        fields = w.HBox([*halves, self.lifecycle, *self.numbers]).add_class("ec-fields")
        super().__init__([fields])
        self.add_class("ec-form")

    @property
    def fields(self) -> tuple[w.Widget, ...]:
        """All fields, in order."""
        return (self.processor, self.key, *self.typed)

    def name(self) -> str:
        """The key: what was typed, or the processor's name."""
        typed: str = self.key.value.strip()
        if self.editing is not None and self.key.value == sendable(self.editing):
            return self.editing
        return typed or _plain(self.processor.value)

    def old(self) -> Collector | None:
        """The collector that has this key now."""
        return self._collectors.get(self.name())

    def _before(self) -> Collector | None:
        """The same, as it was made."""
        return None if (old := self.old()) is None else drafts.itself(old)

    def offer(
        self,
        collectors: Mapping[str, Collector],
        processors: Mapping[str, Processor],
        lifecycles: Mapping[str, LifecycleManager],
    ) -> None:
        """Offer what there is now. What is chosen stays chosen, also where it is not there."""
        self._collectors, self._processors, self._lifecycles = collectors, processors, lifecycles
        old = self._before()
        none = [("none", "")]
        named = [(_label(name), name) for name in processors]
        _offer(self.processor, _kept(old and old.processor, processors) + named)
        named = [(name, name) for name in lifecycles]
        _offer(self.lifecycle, none + _kept(old and old.lifecycle, lifecycles) + named)
        self.key.disabled = self.editing is not None

    def draft(self) -> drafts.Draft:
        """The collector that the fields describe.

        Raises:
            ValueError: No processor is chosen, or a field says something that cannot be.
        """
        self.follow_key()
        old = self._before()
        if self.processor.value is None:
            raise ValueError("choose a processor first")
        processor = _found(self.processor, self._processors, old and old.processor)
        lifecycle = _found(self.lifecycle, self._lifecycles, old and old.lifecycle)
        changes = drafts.changed(self.context.value, self._known)
        return drafts.Draft(
            self.name(),
            processor,
            _code(self.processor),
            topics=drafts.read_topics(self.topics.value),
            changes=changes if old is None else drafts.not_in(old.ctx, changes),
            lifecycle=lifecycle,
            lifecycle_name=_code(self.lifecycle),
            **self._limits(),
        )

    def checked(self) -> drafts.Draft:
        """The collector that the fields describe, if it can be one.

        Raises:
            TypeError, ValueError: As from `draft`, or from `Collector`.
        """
        draft = self.draft()
        draft.collector(self.old())
        return draft

    def told(self, named: Callable[[Any], str]) -> str:
        """As HTML: what would change, or what is wrong; and the values that stay as they are.

        Args:
            named: Gives a function's name, and where it was defined.
        """
        old = self.old()
        try:
            draft = self.checked()
            lines = [] if old is None else draft.differences(old, named)
        except (TypeError, ValueError) as exc:
            return f'<div class="ec-failed">{escaped(str(exc))}</div>'
        if old is None:
            return ""
        told = "".join(f'<div class="ec-change">{escaped(line)}</div>' for line in lines)
        if not lines:
            told = '<div class="ec-note">nothing differs from what is there</div>'
        if others := drafts.write_context(old.ctx)[1]:
            kept = ", ".join(f"{name} = {one_line(each, 40)}" for name, each in others.items())
            told += f'<div class="ec-note">stays in the context: {escaped(kept)}</div>'
        return sendable(told)

    def edit(self, old: Collector) -> None:
        """Fill the fields with what a collector has; its key cannot be changed."""
        self.editing = self._followed = old.key
        self.key.value = sendable(old.key)
        self.offer(self._collectors, self._processors, self._lifecycles)
        self.processor.value = _choice(drafts.itself(old).processor, self._processors)
        self._fill(self._contents(old))

    def begun(self) -> bool:
        """Whether something was typed, or a collector is being edited."""
        typed = tuple(field.value for field in self.typed)
        return bool(self.key.value) or self.editing is not None or typed != self._filled

    def clear(self) -> None:
        """Empty the fields; the processor is the first one whose name no collector has as its key.

        Where all of them are taken it stays, if it has a name.
        """
        self.editing, self.key.value, self._followed = None, "", ""
        self._fill(self._empty)
        free = [name for name in self._processors if _plain(name) not in self._collectors]
        if free or self.processor.value not in self._processors:
            self.processor.value = next(iter(free or self._processors), None)
        self.offer(self._collectors, self._processors, self._lifecycles)

    def filled(self) -> None:
        """What stands in the fields is what the collector has: it was just made of them."""
        self._known = self.context.value

    def follow_key(self) -> None:
        """When another key is named, show what its collector has, but keep what was typed."""
        self.key.placeholder = _plain(self.processor.value)
        for field in (self.topics, self.context):
            field.rows = min(max(field.value.count("\n") + 1, _LEAST_LINES), _MOST_LINES)
        if self.name() == self._followed:
            return
        self._followed, old = self.name(), self.old()
        contents = self._empty if old is None else self._contents(old)
        self.offer(self._collectors, self._processors, self._lifecycles)
        for field, new, before in zip(self.typed, contents, self._filled, strict=True):
            if field.value == before:
                field.value = new
        self._filled, self._known = contents, contents[1]

    def forget(self) -> str | None:
        """Let go of collectors; what was typed stays. Returns the key that was being edited."""
        edited, self.editing = self.editing, None
        self._collectors, self._filled, self._known = {}, self._empty, ""
        return edited

    def _limits(self) -> dict[str, Any]:
        """What the fields for numbers say. Collector itself would speak of None."""
        timeout, at_once, batches, linger = self.numbers
        limits = {
            "timeout": typed_number(timeout.value, "timeout", float, above=0),
            "max_concurrency": typed_number(at_once.value, "max_concurrency", int, at_least=1),
            "batch_size": typed_number(batches.value, "batch_size", int, at_least=1),
            "linger": typed_number(linger.value, "linger", float, at_least=0),
        }
        if limits["batch_size"] is None and limits["linger"] is not None:
            raise ValueError("linger is for batches: fill in batch_size, or leave linger empty")
        return limits

    def _contents(self, old: Collector) -> tuple[str, ...]:
        """What the typed fields say of a collector."""
        old = drafts.itself(old)
        lifecycle = "" if old.lifecycle is None else _choice(old.lifecycle, self._lifecycles)
        limits = [getattr(old, name) for name in drafts.LIMITS]
        numbers = ["" if each is None else repr(each) for each in limits]
        context = drafts.write_context(old.ctx)[0]
        return (drafts.write_topics(old.topics), context, lifecycle, *numbers)

    def _fill(self, contents: tuple[str, ...]) -> None:
        for field, value in zip(self.typed, contents, strict=True):
            field.value = value
        self._filled, self._known = contents, contents[1]


def _plain(name: str | None) -> str:
    return (name or "").removeprefix(GALLERY).removeprefix(KEPT)


def _label(name: str) -> str:
    return f"{_plain(name)} (gallery)" if name.startswith(GALLERY) else name


def _choice(function: Any, named: Mapping[str, Any]) -> str:
    """The name of a function, or that it is kept."""
    return next((name for name, each in named.items() if each is function), KEPT)


def _kept(function: Any, named: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The option to keep a function that has no name."""
    if function is None or _choice(function, named) != KEPT:
        return []
    return [(f"{getattr(function, '__name__', 'the one')} (as it is)", KEPT)]


def _offer(menu: w.Dropdown, options: list[tuple[str, str]]) -> None:
    """Give a menu its options; what is chosen stays, and says where it is not there."""
    chosen = menu.value
    if chosen and chosen not in [value for _, value in options]:
        options = [*options, (f"{_plain(chosen) or 'as it is'} (not there)", chosen)]
    if list(menu.options) == options:
        return
    with menu.hold_sync():
        menu.options = options
        menu.value = chosen if chosen is not None else options[0][1] if options else None


def _found(menu: w.Dropdown, named: Mapping[str, Any], kept: Any) -> Any:
    chosen = menu.value
    found = kept if chosen == KEPT else named.get(chosen)
    if found is None and chosen:
        what = _plain(chosen) or f"the {menu.description} of before"
        raise ValueError(f"{what} is not there any more; choose another {menu.description}")
    return found


def _code(menu: w.Dropdown) -> str | None:
    return None if menu.value in ("", KEPT) else _plain(menu.value)
