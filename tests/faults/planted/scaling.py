"""Faults on the way to a cluster and back that the notebook about it notices, and in its size."""

from tests.faults.fault import Fault
from tests.notebooks.course import MACHINES

FAULTS = (
    Fault(
        "a payload that is lost with its worker is never tried again",
        "cluster.suspects:Suspects.lost",
        find="if item.attempts >= self._max_attempts:",
        put="if True:",
        tests="remote",
        notebook=MACHINES,
    ),
    Fault(
        "a cluster does not grow with its queue",
        "cluster.scaling:_ByQueue.target",
        find="events = queue.metrics().queued",
        put="return 0",
        tests="scaling",
        notebook=MACHINES,
    ),
    Fault(
        "a worker is retired that has got work since it was chosen",
        "cluster.scaling:_Held._drain",
        find="if not site.idle or site.alone:",
        put="if False:",
        tests="scaling",
    ),
    Fault(
        "workers with work are chosen to be retired",
        "cluster.scaling:_ByQueue.workers_to_close",
        find="if address not in busy",
        put="",
        tests="scaling",
    ),
)
