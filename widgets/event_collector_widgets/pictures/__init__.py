"""Pictures of what happened in a queue, and of the queue itself.

The first five take a History, the DataFrame of `History.to_frame()`, or CollectorEvents, and
return a matplotlib Figure that a notebook shows; matplotlib is imported by the call. `flow` takes
a CollectorQueue and returns an SVG, which says in words what it shows.

A Figure has an alternative text, its `alt`, which stands in the notebook beside the image. Pages
made by `jupyter nbconvert --to html --template event-collector`, a template that is installed with
this package, have it, and so have those of the classic template. JupyterLab, nbconvert's own lab
template and Jupyter Book leave it out: where it matters, say under the picture what it shows, as
the course does.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pandas as pd

from event_collector import CollectorEvent
from event_collector_widgets.pictures.flow import Flow, flow
from event_collector_widgets.pictures.record import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Flow", "flow", "order", "queue_length", "timeline", "waits", "who_got_what"]

type Source = Iterable[CollectorEvent] | pd.DataFrame
"""A History is an iterable of its events."""


def timeline(history: Source) -> "Figure":
    """Every event's way through time: queued above, then in service in its consumer's lane.

    A consumer that took none of the events has no lane.
    A bar is at least a hair wide, so that an event that took no time can be seen. An event that
    is not done has an arrow at its open end, and an Error a cross at the end of its bar; where
    there are too many for crosses, the bars of Errors are higher. Up to 40 events have their
    payload on their bars, where it fits.

    Raises:
        TypeError: `history` is none of what this module takes.
        ImportError: matplotlib is not installed.
    """
    record = _record(history)
    from event_collector_widgets.pictures import lanes

    return lanes.timeline(record)


def order(history: Source) -> "Figure":
    """The order of sending against the order of finishing.

    Up to 20 events are lines between two lists of payloads, more are points beside the diagonal
    on which all would be if none overtook another. Events that were done at the same reading of
    the clock count as done in the order of taking, then of sending.

    Raises:
        TypeError: `history` is none of what this module takes.
        ImportError: matplotlib is not installed.
    """
    record = _record(history)
    from event_collector_widgets.pictures import orders

    return orders.order(record)


def who_got_what(history: Source) -> "Figure":
    """Payloads, in the order of sending, by collectors: who gave an Ok, who an Error, who nothing.

    Of more than 40 payloads, a column stands for several, which the axis says, and its shade for
    the share that gave an Ok there. More than 30 collectors: the last row is all others.

    Raises:
        TypeError: `history` is none of what this module takes.
        ImportError: matplotlib is not installed.
    """
    record = _record(history)
    from event_collector_widgets.pictures import grid

    return grid.who_got_what(record)


def queue_length(history: Source) -> "Figure":
    """How many events were queued, and how many in service, over time.

    Raises:
        TypeError: `history` is none of what this module takes.
        ImportError: matplotlib is not installed.
    """
    record = _record(history)
    from event_collector_widgets.pictures import curves

    return curves.queue_length(record)


def waits(history: Source) -> "Figure":
    """Which share of the events waited, and was in service, at most how long.

    The medians and the 99th percentiles are marked, as in the metrics of a queue.

    Raises:
        TypeError: `history` is none of what this module takes.
        ImportError: matplotlib is not installed.
    """
    record = _record(history)
    from event_collector_widgets.pictures import curves

    return curves.waits(record)


def _record(history: Source) -> Record:
    record = Record.of(history)
    if find_spec("matplotlib") is None:
        raise ImportError(
            "pictures need matplotlib; install matplotlib, or event-collector-toolkit[notebook]"
        )
    return record
