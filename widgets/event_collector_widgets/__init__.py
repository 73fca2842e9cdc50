"""A workbench for event collectors in a Jupyter notebook, and the panels over it.

The workbench, the processors to play with and `run_sync` are imported with it, and need no other
package than the engine. The panels and the course's tools are imported when they are first asked
for, the panels also when a workbench is displayed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from event_collector_widgets.gallery import echo, failing, flaky, slow
from event_collector_widgets.kernel import run_sync
from event_collector_widgets.workbench import Workbench

if TYPE_CHECKING:
    from event_collector_widgets.course.checks import CheckError, check
    from event_collector_widgets.course.prediction import Prediction
    from event_collector_widgets.motion.animation import Animation
    from event_collector_widgets.motion.together import side_by_side
    from event_collector_widgets.motion.trace import Trace
    from event_collector_widgets.panels.collectors.panel import CollectorsPanel
    from event_collector_widgets.panels.playground import Playground
    from event_collector_widgets.panels.queue import QueuePanel
    from event_collector_widgets.panels.results.panel import ResultsPanel
    from event_collector_widgets.panels.send.panel import SendPanel
    from event_collector_widgets.panels.try_out.panel import TryOutPanel

__all__ = [
    "Animation",
    "CheckError",
    "CollectorsPanel",
    "Playground",
    "Prediction",
    "QueuePanel",
    "ResultsPanel",
    "SendPanel",
    "Trace",
    "TryOutPanel",
    "Workbench",
    "check",
    "echo",
    "failing",
    "flaky",
    "run_sync",
    "side_by_side",
    "slow",
]

_WHERE = {
    "Animation": "motion.animation",
    "CheckError": "course.checks",
    "CollectorsPanel": "panels.collectors.panel",
    "Playground": "panels.playground",
    "Prediction": "course.prediction",
    "QueuePanel": "panels.queue",
    "ResultsPanel": "panels.results.panel",
    "SendPanel": "panels.send.panel",
    "Trace": "motion.trace",
    "TryOutPanel": "panels.try_out.panel",
    "check": "course.checks",
    "side_by_side": "motion.together",
}
"""In which module each name stands that is imported when it is first asked for."""

if not TYPE_CHECKING:  # seen by a type checker, it would make every name right

    def __getattr__(name: str) -> Any:
        """Import what is asked for the first time; from then on it is here."""
        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
        return found


def __dir__() -> list[str]:
    """All names, imported or not yet."""
    hidden = {"Any", "TYPE_CHECKING", "import_module"}
    return sorted({*globals(), *__all__} - hidden)


def _its_playground(bench: Workbench) -> "Playground":
    """What a workbench shows when it is displayed; it must not import the panels itself."""
    from event_collector_widgets.panels.playground import playground_of

    return playground_of(bench)


Workbench.displayed_as = _its_playground
