"""QueuePanel: how the queue is doing in numbers and lines, its switches and its limits."""

import weakref
from html import escape
from typing import Any

import ipywidgets as w

from event_collector import QueueType, SettleReport
from event_collector_widgets.gauges import line
from event_collector_widgets.kernel import name_cells
from event_collector_widgets.numbers import count, duration, rate, typed_count, typed_number
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import table
from event_collector_widgets.panels.parts.live import Code
from event_collector_widgets.workbench import Workbench

LATER = 1.0
"""Seconds from a repaint to the next while something moves and nothing tells of it: time does."""
SHOWN = 10
"""How much of what is stuck is shown at most."""
SPINS = (
    "A processor that spins (while True: pass) answers no button, here or elsewhere: "
    "only the kernel's own Interrupt or Restart ends it."
)
LIMITS = {
    "min_consumers": "consumers at least, also while nothing is queued",
    "max_consumers": "consumers at most, and so events in service at once",
    "max_queued": "events that may be queued before senders wait for room; empty: no bound",
}
"""The limits, and what each is."""


class QueuePanel(Panel):
    """The queue in numbers; pause, step, resume and settle; its limits, changed while it runs.

    The numbers are those of `bench.metrics()`: rates over the last 60 s, times of the latest 1,000.

    Args:
        bench: The workbench that it shows.
    """

    title = "Queue"
    told = ("closed", "paused", "full", "blocked")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.kind = w.HTML()
        self.figures = w.HTML()
        self.pause_button = w.Button(description="Pause")
        self.resume_button = w.Button(description="Resume")
        self.step_button = w.Button(description="Step")
        self.steps = w.Text("1", description="events", tooltip="how many Step lets be taken")
        self.settle_button = w.Button(description="Wait until idle")
        self.seconds = w.Text(
            "10", description="within, s", tooltip="seconds to wait at most until it is idle"
        )
        self.limits = {
            name: w.Text(description=name.replace("_", " "), tooltip=told)
            for name, told in LIMITS.items()
        }
        self.limits["max_queued"].placeholder = "no bound"
        self.apply_button = w.Button(description="Apply", tooltip="set the limits that differ")
        self.apply_button.add_class("ec-primary")
        self.report = w.HTML()
        self.spins = w.HTML(f'<div class="ec-note">{escape(SPINS)}</div>')
        self.code_line = Code()
        self._shown_limits = dict.fromkeys(LIMITS, "")
        self._settling = self._due = False
        flow = [self.pause_button, self.resume_button, self.step_button, self.steps]
        self.children = (
            *(self.heading, self.warning, self.kind, self.figures),
            w.HBox(flow).add_class("ec-switches"),
            w.HBox([self.settle_button, self.seconds]).add_class("ec-switches"),
            w.HBox([*self.limits.values(), self.apply_button]).add_class("ec-limits"),
            *(self.code_line, self.status, self.report, self.spins),
        )
        self.on_click(self.pause_button, self.pause)
        self.on_click(self.resume_button, self.resume)
        self.on_click(self.step_button, self.step)
        self.on_click(self.settle_button, self.settle)
        self.on_click(self.apply_button, self.apply)
        self.on_input([self.steps, self.seconds], self._tips)
        self.on_input(self.limits.values(), self._preview)
        self.refresh()
        bench.watch(self.repaint)

    # What a click does

    async def pause(self) -> None:
        """Have consumers take no more events.

        Raises:
            QueueClosedError: The workbench was closed.
        """
        self._show(self.code("pause"))
        self.bench.pause()
        self.refresh()
        self.say("paused: what is sent stays queued until Step or Resume")

    async def resume(self) -> None:
        """Have consumers take events again.

        Raises:
            QueueClosedError: The workbench was closed.
        """
        self._show(self.code("resume"))
        self.bench.resume()
        self.refresh()
        self.say("resumed")

    async def step(self) -> None:
        """Have consumers take as many events as the field says.

        Raises:
            ValueError: The field does not say how many.
            RuntimeError: The queue is not paused.
        """
        steps = typed_count(self.steps.value, "events")
        self._show(self.code("step"))
        self.bench.step(steps)
        self.refresh()
        self.say(f"{count(steps, 'more event')} may be taken")

    async def settle(self) -> SettleReport:
        """Wait until nothing is queued or in service, and say what is stuck if that is not soon.

        Raises:
            ValueError: The field does not say for how many seconds at most.
        """
        bench, seconds = self.bench, self._within()
        self._show(self.code("settle"))
        self.report.value = ""
        self.say(f"waiting until it is idle, for {seconds:g} s at most ...")
        self._settling = True
        self.refresh()
        try:
            report = await bench.settle(seconds)
        finally:
            if bench is self.bench:
                self._settling = False
                self.refresh()
        if bench is self.bench:
            self.say(str(report).partition("\n")[0])
            self.report.value = _stuck(report)
        return report

    async def apply(self) -> None:
        """Change the limits to what the fields say.

        Raises:
            TypeError, ValueError: A field says something that cannot be a limit.
        """
        changes = self._changes()
        if not changes:
            self.say("nothing differs: the limits stay as they are")
            return
        before = {name: getattr(self.bench.queue, name) for name in changes}
        self._show(self.code("set_limits"))
        self.bench.set_limits(**changes)
        self.refresh()
        told = [f"{name}: {_limit(before[name])} -> {_limit(changes[name])}" for name in changes]
        self.say("; ".join(told))

    # What it shows

    def code(self, action: str) -> str:
        """What a click does, as code for a cell: pause, resume, step, settle or set_limits.

        Raises:
            TypeError, ValueError: A field that it needs says something that cannot be.
        """
        given = ""
        if action == "step" and (steps := typed_count(self.steps.value, "events")) != 1:
            given = repr(steps)
        elif action == "settle":
            given = f"{self._within():g}"
        elif action == "set_limits":
            given = ", ".join(f"{name}={value!r}" for name, value in self._changes().items())
        name = self.bench_name()
        await_ = "await " if action == "settle" else ""
        return "" if name is None else self.code_of(f"{await_}{name}.{action}({given})")

    def refresh(self) -> None:
        """Show how the queue is doing."""
        super().refresh()
        queue = self.bench.queue
        with self.hold_sync():
            self.kind.value = f'<div class="ec-note">{escape(_kind(self.bench))}</div>'
            self.figures.value = _figures(self.bench)
            self.pause_button.disabled = queue.paused or not queue.running
            self.resume_button.disabled = not queue.paused  # a shutdown ends a pause
            self.step_button.disabled = self.steps.disabled = self.resume_button.disabled
            self.settle_button.disabled = self._settling or queue.paused or not queue.running
            self._follow_limits()
            self._can_apply()
            self._tips()
        self._looked = self.bench.loop.loop.time()
        self._look_again()

    def forget(self) -> None:
        """The workbench was made again: what was typed stays, and its report goes."""
        if self._settling:
            self.say("the workbench was made again before it settled")
        self._settling = False
        self.report.value = ""

    def static(self) -> str:
        """The queue's kind, limits and counts; no times."""
        metrics, queue = self.bench.metrics(), self.bench.queue
        names = ("accepted", "queued", "in_service", "finished", "undelivered", "errors")
        counts = [[name.replace("_", " "), f"{getattr(metrics, name):,}"] for name in names]
        limits = [[name.replace("_", " "), _limit(getattr(queue, name))] for name in LIMITS]
        return f"<p>{escape(_kind(self.bench))}</p>{table(['', ''], [*counts, *limits], '')}"

    # Within

    def _look_again(self) -> None:
        """Repaint once more a while after the last repaint: ages grow, and rates fall."""
        if self._due or not self.bench.gauges.moving:
            return
        self._due, me = True, weakref.ref(self)

        def look() -> None:
            if (panel := me()) is not None and panel.comm is not None:  # None: it is closed
                panel._due = False
                passed = panel.bench.loop.loop.time() - panel._looked
                (panel.repaint if passed >= LATER - 0.01 else panel._look_again)()

        passed = self.bench.loop.loop.time() - self._looked
        self.bench.loop.later(max(0.0, LATER - passed), look)

    def _within(self) -> float:
        seconds = typed_number(self.seconds.value, "within", float)
        if seconds is None:
            raise ValueError("within must be a number of seconds, such as 10")
        return seconds

    def _changes(self) -> dict[str, Any]:
        """The limits that differ from those that the queue has."""
        typed = {name: typed_number(field.value, name, int) for name, field in self.limits.items()}
        for name in ("min_consumers", "max_consumers"):
            if typed[name] is None:
                raise ValueError(f"{name} must be a whole number, got nothing")
        return {n: value for n, value in typed.items() if value != getattr(self.bench.queue, n)}

    def _follow_limits(self) -> None:
        """Show the limits that there are, but keep what was typed."""
        for name, field in self.limits.items():
            limit = getattr(self.bench.queue, name)
            now = "" if limit is None else str(limit)
            if field.value in (self._shown_limits[name], now):
                field.value = self._shown_limits[name] = now

    def _preview(self) -> None:
        self._show(self.code("set_limits") if self._can_apply() is True else "")

    def _can_apply(self) -> bool | None:
        """Whether a click on Apply changes limits; None: it says what is wrong with a field."""
        can: bool | None
        try:
            can = bool(self._changes())
        except ValueError:
            can = None
        self.apply_button.disabled = can is False
        return can

    def _tips(self) -> None:
        """Each button tells its code before it is clicked."""
        for button, action in (
            (self.pause_button, "pause"),
            (self.resume_button, "resume"),
            (self.step_button, "step"),
            (self.settle_button, "settle"),
        ):
            try:
                button.tooltip = self.code(action)
            except ValueError as exc:
                button.tooltip = str(exc)
        if self.bench.queue.paused:
            self.settle_button.tooltip = "it is paused, and is not idle before Resume"

    def _show(self, code: str) -> None:
        self.code_line.show(code)


def _kind(bench: Workbench) -> str:
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


def _limit(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def _figures(bench: Workbench) -> str:
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
    return f"<div><dt>{escape(name)}</dt><dd><b>{escape(value)}</b>{drawn}</dd></div>"


def _stuck(report: SettleReport) -> str:
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
    told = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="ec-stuck">{told}</ul>' if lines else ""
