"""A workbench for event collectors in a Jupyter notebook, and the panels over it."""

from event_collector_widgets.checks import CheckError, check
from event_collector_widgets.collectors_panel import CollectorsPanel
from event_collector_widgets.gallery import echo, failing, flaky, slow
from event_collector_widgets.kernel import run_sync
from event_collector_widgets.playground import Playground, playground_of
from event_collector_widgets.prediction import Prediction
from event_collector_widgets.results_panel import ResultsPanel
from event_collector_widgets.send_panel import SendPanel
from event_collector_widgets.workbench import Workbench

__all__ = [
    "CheckError",
    "CollectorsPanel",
    "Playground",
    "Prediction",
    "ResultsPanel",
    "SendPanel",
    "Workbench",
    "check",
    "echo",
    "failing",
    "flaky",
    "run_sync",
    "slow",
]

Workbench.displayed_as = playground_of
