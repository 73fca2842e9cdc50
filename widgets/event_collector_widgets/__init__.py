"""A workbench for event collectors in a Jupyter notebook, and the panels over it.

Everything is imported when it is first asked for. The workbench, the processors to play with,
`run_sync` and `watched` need no other package than the engine; the panels are also imported when a
workbench is displayed. `%load_ext event_collector_widgets` loads the guard alone, which needs not
even that.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from event_collector_widgets.course.checks import CheckError, check
    from event_collector_widgets.course.prediction import Prediction
    from event_collector_widgets.faults import FaultInjectedError
    from event_collector_widgets.gallery import echo, failing, flaky, slow
    from event_collector_widgets.kernel import run_sync, watched
    from event_collector_widgets.motion.animation import Animation
    from event_collector_widgets.motion.together import side_by_side
    from event_collector_widgets.motion.trace import Trace
    from event_collector_widgets.panels.collectors.panel import CollectorsPanel
    from event_collector_widgets.panels.playground import Playground
    from event_collector_widgets.panels.queue import QueuePanel
    from event_collector_widgets.panels.results.panel import ResultsPanel
    from event_collector_widgets.panels.scene import Scene
    from event_collector_widgets.panels.send.panel import SendPanel
    from event_collector_widgets.panels.try_out.panel import TryOutPanel
    from event_collector_widgets.workbench import Workbench

__all__ = [
    "Animation",
    "CheckError",
    "CollectorsPanel",
    "FaultInjectedError",
    "Playground",
    "Prediction",
    "QueuePanel",
    "ResultsPanel",
    "Scene",
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
    "watched",
]

_WHERE = {
    "Animation": "motion.animation",
    "CheckError": "course.checks",
    "CollectorsPanel": "panels.collectors.panel",
    "FaultInjectedError": "faults",
    "Playground": "panels.playground",
    "Prediction": "course.prediction",
    "QueuePanel": "panels.queue",
    "ResultsPanel": "panels.results.panel",
    "Scene": "panels.scene",
    "SendPanel": "panels.send.panel",
    "Trace": "motion.trace",
    "TryOutPanel": "panels.try_out.panel",
    "Workbench": "workbench",
    "check": "course.checks",
    "echo": "gallery",
    "failing": "gallery",
    "flaky": "gallery",
    "load_ipython_extension": "guard",
    "run_sync": "kernel",
    "side_by_side": "motion.together",
    "slow": "gallery",
    "unload_ipython_extension": "guard",
    "watched": "kernel",
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
