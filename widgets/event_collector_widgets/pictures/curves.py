"""Curves: the length of the queue over time, and how long events waited."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from event_collector.metrics import percentile
from event_collector_widgets.pictures.canvas import Picture, legend, look, nothing, plural
from event_collector_widgets.pictures.lanes import steps
from event_collector_widgets.pictures.look import BLUE, PALE, SKY, VERMILION
from event_collector_widgets.pictures.record import Floats, Record, Unit, unit


def queue_length(record: Record) -> Picture:
    """See `pictures.queue_length`."""
    if not len(record):
        return nothing("queue_length")
    taken = ~np.isnan(record.taken)
    fit = unit(record.end)
    end = record.end * (1.03 if np.isnan(record.finished).any() else 1.0)
    queued = steps(record.accepted, record.waits_until, end)
    served = steps(record.taken[taken], record.finished[taken], end)
    figure = Picture("queue_length", len(record), height=3.2)
    with look():
        axes = figure.add_subplot()
        x = fit.of(queued[0])
        peak = int(queued[1].max())
        axes.fill_between(x, queued[1], step="post", color=PALE, linewidth=0)
        axes.step(
            x,
            queued[1],
            where="post",
            color=SKY,
            linewidth=1.4,
            label=f"queued (at most {peak:,})",
        )
        busiest = int(served[1].max()) if taken.any() else 0
        axes.step(
            fit.of(served[0]),
            served[1],
            where="post",
            color=BLUE,
            linewidth=1.6,
            label=f"in service (at most {busiest:,})",
        )
        axes.set_ylim(0, max(peak, busiest, 1) * 1.08)
        axes.set_xlim(0, fit.of(end or fit.seconds))
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel(f"time since the first send ({fit.name})")
        axes.set_ylabel("events")
        axes.set_title(f"queue length, {plural(len(record), 'event')}")
        axes.grid()
        legend(figure, axes)
    return figure


def waits(record: Record) -> Picture:
    """See `pictures.waits`."""
    if not len(record):
        return nothing("waits")
    wait = np.sort(record.taken - record.accepted)
    service = np.sort(record.finished - record.taken)
    wait, service = wait[~np.isnan(wait)], service[~np.isnan(service)]
    longest = float(np.concatenate([wait, service, [0.0]]).max())
    fit = unit(longest)
    figure = Picture("waits", len(record), height=3.4)
    with look():
        axes = figure.add_subplot()
        _shares(axes, wait, fit, ("wait", BLUE, "-"))
        _shares(axes, service, fit, ("service", VERMILION, "--"))
        axes.set_ylim(0, 104)
        axes.set_xlim(0, fit.of(longest or fit.seconds) * 1.04)
        axes.set_xlabel(f"time ({fit.name})")
        axes.set_ylabel("events within that time (%)")
        axes.set_title(f"wait and service time, {plural(len(record), 'event')}")
        axes.grid()
        legend(figure, axes)
    return figure


def _shares(axes: Axes, times: Floats, fit: Unit, look_of: tuple[str, str, str]) -> None:
    """The empirical distribution of ordered times, with its median and 99th percentile."""
    name, color, dashes = look_of
    n = len(times)
    if not n:
        axes.plot([], [], color=color, linestyle=dashes, label=f"{name} time: none yet")
        return
    marks = [fit.of(percentile(times.tolist(), percent)) for percent in (50, 99)]
    said = ", ".join(
        f"p{percent} {mark:,.3g} {fit.name}" for percent, mark in zip((50, 99), marks, strict=True)
    )
    x = fit.of(np.concatenate([[0.0], times, times[-1:]]))
    y = np.concatenate([[0.0], np.arange(1, n + 1) / n * 100, [100.0]])
    axes.step(
        x, y, where="post", color=color, linestyle=dashes, linewidth=1.8, label=f"{name}: {said}"
    )
    axes.plot(marks, [50, 99], "o", color=color, markersize=6, markeredgecolor="white", zorder=4)
