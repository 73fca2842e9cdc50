"""Figures: a queue's kind, its numbers and lines, and what is stuck in it, for the queue panel."""

from event_collector import QueueType, SettleReport
from event_collector_widgets.gauges import line
from event_collector_widgets.kernel import name_cells
from event_collector_widgets.numbers import duration, rate
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.workbench import Workbench

SHOWN = 10
"""How much of what is stuck is shown at most."""


def kind_of(bench: Workbench) -> str:
    """The queue's type and what else it was made with, in one line."""
    queue = bench.queue
    told = [queue.queue_type.name]
    if queue.queue_type is QueueType.PRIORITY:
        told.append(f"default priority {queue.default_priority:,}")
    told.append(type(queue.router).__name__)
    told.append(f"history of {bench.history.limit:,} events")
    if queue.carry_context:
        told.append("context carried")
    return " · ".join(told)


def limit(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def figures(bench: Workbench) -> str:
    """A tile for each figure: its name, its value, and how it went over the last minutes."""
    metrics = bench.gauges.look()
    least, most = metrics.min_consumers, metrics.max_consumers
    age = duration(metrics.oldest_wait_time) if metrics.queued else "none"
    came, went = metrics.recent_arrival_rate, metrics.recent_throughput
    wait, service = (
        f"{duration(getattr(metrics, f'p50_{of}'))} · {duration(getattr(metrics, f'p99_{of}'))}"
        for of in ("wait_time", "service_time")
    )
    tiles = (
        _tile(bench, "queued", f"{metrics.queued:,}", "queued"),
        _tile(bench, "in service", f"{metrics.in_service:,}", "in_service"),
        _tile(bench, "arrival rate", rate(came), "recent_arrival_rate", "/s"),
        _tile(bench, "throughput", rate(went), "recent_throughput", "/s"),
        _tile(bench, "wait, p50 · p99", wait, "p50_wait_time", " s"),
        _tile(bench, "service, p50 · p99", service, "p50_service_time", " s"),
        _tile(bench, "oldest queued", age),
        _tile(bench, "consumers", f"{metrics.consumers:,} of {least:,} to {most:,}"),
    )
    return f'<dl class="ec-tiles">{"".join(tiles)}</dl>'


def _tile(bench: Workbench, name: str, value: str, series: str = "", unit: str = "") -> str:
    drawn = ""
    if series:
        label = f"{name.partition(',')[0]}, last 5 minutes"
        drawn = line(bench.gauges.series(series), label=label, unit=unit)
    return f"<div><dt>{escaped(name)}</dt><dd><b>{escaped(value)}</b>{drawn}</dd></div>"


def stuck(report: SettleReport) -> str:
    """What is stuck, a line each, and in which line of which cell it waits."""
    lines = []
    for one in report.stuck[:SHOWN]:
        line = str(one)
        if one.place is not None:
            written = f'File "{one.place.file}"'
            if (cell := name_cells(written)) != written:
                line = line.replace(one.place.file, cell)
        lines.append(line)
    if len(report.stuck) > SHOWN:
        lines.append(f"... and {len(report.stuck) - SHOWN:,} more")
    told = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f'<ul class="ec-stuck">{told}</ul>' if lines else ""
