"""Playground: the panels laid out on one workbench."""

import weakref

import ipywidgets as w

from event_collector_widgets.panels.collectors import CollectorsPanel
from event_collector_widgets.panels.parts import stylesheet
from event_collector_widgets.panels.results import ResultsPanel
from event_collector_widgets.panels.send import SendPanel
from event_collector_widgets.workbench import Workbench


class Playground(w.VBox):  # type: ignore[misc, unused-ignore]
    """The collectors, the form that sends, and the results, on one workbench.

    Args:
        bench: The workbench to play with.

    Raises:
        TypeError: `bench` is not a Workbench.
    """

    def __init__(self, bench: Workbench) -> None:
        self.collectors = CollectorsPanel(bench)
        self.send = SendPanel(bench)
        self.results = ResultsPanel(bench)
        above = w.HBox([self.collectors, self.send]).add_class("ec-row")
        super().__init__([stylesheet(), above, self.results])
        self.add_class("ec-playground")
        self.bench = bench

    def __repr__(self) -> str:
        return f"Playground({self.bench!r})"


_playgrounds: "weakref.WeakKeyDictionary[Workbench, Playground]" = weakref.WeakKeyDictionary()


def playground_of(bench: Workbench) -> Playground:
    """The workbench's one Playground for display: shown again, it is another view of the same."""
    if bench not in _playgrounds:
        _playgrounds[bench] = Playground(bench)
    return _playgrounds[bench]
