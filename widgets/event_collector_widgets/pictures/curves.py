"""Curves: the length of the queue over time, and how long events waited."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from event_collector.metrics import percentile
from event_collector_widgets.pictures.canvas import Picture, legend, look, nothing
from event_collector_widgets.pictures.lanes import steps
from event_collector_widgets.pictures.look import BLUE, PALE, SKY, VERMILION
from event_collector_widgets.pictures.record import Floats, Ints, Record, Unit, unit
from event_collector_widgets.pictures.words import plural


def queue_length(record: Record) -> Picture:
    """See `pictures.queue_length`."""
    if not len(record):
        return nothing("queue_length")
    taken = ~np.isnan(record.taken)
    fit = unit(record.end)
    end = record.end * (1.03 if np.isnan(record.finished).any() else 1.0)
    queued = steps(record.accepted, record.waits_until, end)
    served = steps(record.taken[taken], record.finished[taken], end)
    alt = _alt_of_lengths(record, queued[1], served[1])
    figure = Picture("queue_length", len(record), height=3.2, alt=alt)
    with look():
        axes = figure.add_subplot()
        axes.fill_between(fit.of(queued[0]), queued[1], step="post", color=PALE, linewidth=0)
        lines = (("queued", queued, SKY, 1.4), ("in service", served, BLUE, 1.6))
        for name, (times, numbers), color, width in lines:
            label = f"{name} (at most {numbers.max():,})"
            how: dict[str, Any] = {"color": color, "linewidth": width, "label": label}
            axes.step(fit.of(times), numbers, where="post", **how)
        axes.set_ylim(0, int(np.concatenate([queued[1], served[1], [1]]).max()) * 1.08)
        axes.set_xlim(0, fit.of(end or fit.seconds))
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel(f"time since the first send ({fit.name})")
        axes.set_ylabel("events")
        axes.set_title(f"queue length, {plural(len(record), 'event')}")
        axes.grid()
        legend(figure, axes)
    return figure


def _alt_of_lengths(record: Record, queued: Ints, served: Ints) -> str:
    """How many there were at most, and how many are left where not all are done."""
    over = unit(record.end).text(record.end)
    left = f", at the end {queued[-1]:,} and {served[-1]:,}" if queued[-1] or served[-1] else ""
    return (
        f"Queue length of {plural(len(record), 'event')} over {over}: "
        f"at most {queued.max():,} queued and {served.max():,} in service{left}."
    )


def waits(record: Record) -> Picture:
    """See `pictures.waits`."""
    if not len(record):
        return nothing("waits")
    wait = np.sort(record.taken - record.accepted)
    service = np.sort(record.finished - record.taken)
    wait, service = wait[~np.isnan(wait)], service[~np.isnan(service)]
    longest = float(np.concatenate([wait, service, [0.0]]).max())
    fit = unit(longest)
    alt = f"{_alt_of_times('wait', wait, fit)} {_alt_of_times('service', service, fit)}"
    figure = Picture("waits", len(record), height=3.4, alt=alt)
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


def _alt_of_times(name: str, times: Floats, fit: Unit) -> str:
    if not len(times):
        return f"No {name} times yet."
    middle, high = (fit.text(percentile(times.tolist(), percent)) for percent in (50, 99))
    events = plural(len(times), "event")
    return f"{name.capitalize()} times of {events}: median {middle}, 99th percentile {high}."


def _shares(axes: Axes, times: Floats, fit: Unit, look_of: tuple[str, str, str]) -> None:
    """The empirical distribution of ordered times, with its median and 99th percentile."""
    name, color, dashes = look_of
    n = len(times)
    if not n:
        axes.plot([], [], color=color, linestyle=dashes, label=f"{name} time: none yet")
        return
    middle, high = (percentile(times.tolist(), percent) for percent in (50, 99))
    marks = [fit.of(middle), fit.of(high)]
    said = f"p50 {fit.text(middle)}, p99 {fit.text(high)}"
    x = fit.of(np.concatenate([[0.0], times, times[-1:]]))
    y = np.concatenate([[0.0], np.arange(1, n + 1) / n * 100, [100.0]])
    axes.step(
        x, y, where="post", color=color, linestyle=dashes, linewidth=1.8, label=f"{name}: {said}"
    )
    axes.plot(marks, [50, 99], "o", color=color, markersize=6, markeredgecolor="white", zorder=4)
