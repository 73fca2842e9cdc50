"""Playground: the panels laid out on one workbench."""

from typing import TYPE_CHECKING, Any

import ipywidgets as w

from event_collector import Payload
from event_collector_widgets.numbers import count
from event_collector_widgets.panels.collectors.panel import CollectorsPanel
from event_collector_widgets.panels.parts.answered import answer
from event_collector_widgets.panels.parts.cells import close_parts, made_for_all, made_here
from event_collector_widgets.panels.parts.live import Fact, Strip, Tabs
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.panels.parts.static import display_both, framed
from event_collector_widgets.panels.pictures import PicturesPanel
from event_collector_widgets.panels.queue import QueuePanel
from event_collector_widgets.panels.results.panel import ResultsPanel
from event_collector_widgets.panels.send.panel import SendPanel
from event_collector_widgets.panels.try_out.panel import TryOutPanel
from event_collector_widgets.workbench import Workbench

if TYPE_CHECKING:
    from event_collector_widgets.panels.panel import Panel


class Playground(w.VBox):  # type: ignore[misc, unused-ignore]
    """The panels on one workbench: those with a form under tabs, the results beside them.

    Args:
        bench: The workbench to play with.

    Raises:
        TypeError: `bench` is not a Workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self.collectors = CollectorsPanel(bench)
        self.queue = QueuePanel(bench)
        self.send = SendPanel(bench)
        self.results = ResultsPanel(bench).add_class("ec-beside")
        self.bench = bench
        self.strip = Strip()
        self.try_out = TryOutPanel(bench)
        self.pictures = PicturesPanel(bench)
        under_tabs: dict[str, Panel] = {
            "send": self.send,
            "collectors": self.collectors,
            "try": self.try_out,
            "queue": self.queue,
            "pictures": self.pictures,
        }
        # What a panel may ask of another goes through here: panels do not know each other.
        self.pictures.over = self.try_out.over = self.results.chosen
        self.results.on_edit = self._edit
        self.tabs = Tabs([(name, panel.title) for name, panel in under_tabs.items()])
        self.panels = [*under_tabs.values(), self.results]
        for name, panel in under_tabs.items():
            panel.add_class(f"ec-tab-{name}")
        body = w.Box([self.tabs, *under_tabs.values(), self.results]).add_class("ec-body")
        super().__init__([self.strip, body])
        self.add_class("ec-playground")
        self._done: set[str] = set()
        self._failed: set[str] = set()
        """Keys of collectors that have given an Error. Replaced, a collector begins without one."""
        self.results.rows.observe(lambda _: self._did("opened"), "chosen")
        self.tabs.observe(lambda now: self._did(f"seen {now['new']}"), "chosen")
        self.refresh()
        bench.watch(self.refresh)
        bench.follow(self.moved)
        self.strip.on_click(lambda fact: self.bench.loop.soon(lambda: self._lead(fact)))
        made_here(self, bench.name)

    def close(self) -> None:
        """Take it away where it is shown, with all that is in it."""
        if self.comm is not None:
            close_parts(self)
            if self.bench.displayed is self:
                self.bench.displayed = None  # the next one of its name has no use for it
        super().close()

    def moved(self, bench: Workbench) -> None:
        """Show the workbench that was made again under the name of this one, from now on."""
        if bench is self.bench or self.comm is None:  # None: it is closed
            return
        self.bench = bench
        self._failed.clear()
        for panel in self.panels:
            panel.moved(bench)
        self.refresh()
        bench.watch(self.refresh)

    def _edit(self, payload: Payload[Any], event_id: int) -> None:
        """Put an event's payload into the form that sends, and show that."""
        self.send.fill(payload, event_id)
        self.tabs.chosen = "send"

    def refresh(self) -> None:
        """Show in one line how the queue is, or what to do first."""
        bench = self.bench
        facts = _facts(bench) if bench.collectors else []
        self.strip.show(bench.heading, bench.queue.queue_type.name, facts, self._next_step())

    def _next_step(self) -> str:
        """What somebody new does next, until each step was taken once."""
        metrics = self.bench.metrics()
        if not self.bench.collectors:
            return "begin here: define a collector (Collectors), then send it a payload (Send)"
        if not metrics.accepted:
            return "next: send a payload (Send); what becomes of it stands in Results"
        if "opened" not in self._done:
            return "next: click on a row in Results to see all of its event"
        failing = {key for key, each in metrics.collectors.items() if each.errors}
        self._failed |= failing
        if failing and "seen try" not in self._done:
            return "next: mend the function in its cell, and try it out on these events (Try out)"
        mended = self._failed.intersection(metrics.collectors) - failing
        if mended and not len(self.bench.resent):
            return "next: resend what failed (Results, at the status Error)"
        return ""

    def _did(self, step: str) -> None:
        """A step was taken, as the page tells."""
        self._done.add(step)
        self.bench.loop.soon(self.refresh)

    def _lead(self, fact: str) -> None:
        """Show where a fact of the strip comes from."""
        if fact in ("errors", "done"):
            self.results.filters.only("Error" if fact == "errors" else "")
        else:
            self.tabs.chosen = "collectors" if fact == "blocked" else "queue"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and beside it plain HTML for where no kernel runs."""
        answer(self)
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = repr(self)
        data["text/html"] = self.static()
        return bundle

    def _ipython_display_(self) -> None:
        """Display the plain HTML too, in an output of its own that the live panels hide."""
        display_both(self.static(), self._repr_mimebundle_())

    def static(self) -> str:
        """The panels' contents as plain HTML; the same in every run for the same history."""
        shown = (self.collectors, self.results)
        told = "".join(f"<p><b>{escaped(each.title)}</b></p>{each.static()}" for each in shown)
        return framed(self.bench.heading, _counts(self.bench) + told)

    def __repr__(self) -> str:
        return f"Playground({self.bench!r})"


def _counts(bench: Workbench) -> str:
    metrics = bench.metrics()
    return (
        f"<p>{bench.queue.queue_type.name}: {metrics.accepted:,} accepted, {metrics.queued:,} "
        f"queued, {metrics.in_service:,} in service, {metrics.finished:,} done, "
        f"{count(metrics.errors, 'result')} with an error, {metrics.undelivered:,} undelivered</p>"
    )


def _facts(bench: Workbench) -> list[Fact]:
    metrics = bench.metrics()
    # An event has a result from each collector that gets it: so these are not "of" the events done.
    errors = "Error result" if metrics.errors == 1 else "Error results"
    if metrics.errors and (resent := len(bench.resent)):  # they stay Errors, whatever came of it
        errors += f", {count(resent, 'event')} resent"
    service = f"in service of {metrics.max_consumers:,}"
    facts = [
        Fact("queued", f"{metrics.queued:,}", "queued", "show the queue"),
        Fact("service", f"{metrics.in_service:,}", service, "show the queue"),
        Fact("done", f"{metrics.finished:,}", "done", "show all results"),
        Fact("errors", f"{metrics.errors:,}", errors, "show these results only"),
    ]
    warnings = bench.warnings().items()
    return [
        *facts,
        *(Fact(kind, "", f"\N{WARNING SIGN} {kind}", said, True) for kind, said in warnings),
    ]


def playground_of(bench: Workbench) -> Playground:
    """The one Playground of a workbench's name for display: shown again, it is another view.

    The workbench keeps it, and the next one of its name takes it over.
    """
    if bench.displayed is None:
        bench.displayed = made = Playground(bench)
        for each in (made, *made.panels):
            made_for_all(each)
    shown: Playground = bench.displayed
    shown.moved(bench)  # where the loop has had no turn yet since the workbench was made again
    return shown
