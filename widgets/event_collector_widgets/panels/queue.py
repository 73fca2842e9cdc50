"""QueuePanel: how the queue is doing in numbers and lines, its switches and its limits."""

import weakref
from typing import Any

import ipywidgets as w

from event_collector import SettleReport
from event_collector_widgets.numbers import count, typed_count, typed_number
from event_collector_widgets.panels.figures import figures, kind_of, limit, stuck
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import table
from event_collector_widgets.panels.parts.live import Code
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.workbench import Workbench

LATER = 1.0
"""Seconds from a repaint to the next while something moves and nothing tells of it: time does."""
MOST_STEPS = 1_000_000
"""So many events at most does Step let be taken at one click: whoever wants more wants Resume."""
SPINS = (
    "A processor that spins (while True: pass) answers no button, here or elsewhere: "
    "only the kernel's own Interrupt or Restart ends it."
)
NOT_IDLE = "it is not idle while it is paused: Resume first, then Wait until idle"
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
    told = ("closed", "paused", "full", "blocked", "faults")

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
        self.report, self.idle, self.spins = w.HTML(), w.HTML(), w.HTML(_note(SPINS))
        self.code_line = Code()
        self._shown_limits = dict.fromkeys(LIMITS, "")
        self._settling = self._due = False
        self._said_of: tuple[object, ...] = ()
        flow = [self.pause_button, self.resume_button, self.step_button, self.steps]
        self.children = (
            *(self.heading, self.warning, self.kind, self.figures),
            w.HBox(flow).add_class("ec-switches"),
            w.HBox([self.settle_button, self.seconds]).add_class("ec-switches"),
            self.idle,
            w.HBox([*self.limits.values(), self.apply_button]).add_class("ec-limits"),
            *(self.code_line, self.status, self.report, self.spins),
        )
        self.on_click(self.pause_button, self.pause)
        self.on_click(self.resume_button, self.resume)
        self.on_click(self.step_button, self.step)
        self.on_click(self.settle_button, self.settle)
        self.on_click(self.apply_button, self.apply)
        self.on_input([self.steps, self.seconds], self._typed)
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
        steps, queued = self._steps(), self.bench.metrics().queued
        self._show(self.code("step"))
        self.bench.step(steps)
        told, later = count(steps, "more event"), self.bench.queue.steps_left - queued
        self.refresh()
        more = f": {queued:,} queued, and {later:,} that will be sent" if later > 0 else ""
        self.say(f"{told} may be taken{more}")

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
            self.report.value = stuck(report)
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
        told = [f"{name}: {limit(before[name])} -> {limit(changes[name])}" for name in changes]
        self.say("; ".join(told))

    # What it shows

    def say(self, text: str) -> None:
        """Show a line of plain text, until what it says may not be so any more."""
        self._said_of = self._now()
        super().say(text)

    def say_error(self, error: BaseException) -> None:
        """Show an error where the user clicked, until something is typed or changed."""
        self._said_of = self._now()
        super().say_error(error)

    def code(self, action: str) -> str:
        """What a click does, as code for a cell: pause, resume, step, settle or set_limits.

        Raises:
            TypeError, ValueError: A field that it needs says something that cannot be.
        """
        given = ""
        if action == "step" and (steps := self._steps()) != 1:
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
        self._clear_old()
        queue = self.bench.queue
        with self.hold_sync():
            self.kind.value = _note(kind_of(self.bench))
            self.idle.value = _note(NOT_IDLE) if queue.paused else ""
            self.figures.value = figures(self.bench)
            self.pause_button.disabled = queue.paused or not queue.running
            self.resume_button.disabled = not queue.paused  # a shutdown ends a pause
            self.step_button.disabled = self.steps.disabled = self.resume_button.disabled
            self.settle_button.disabled = self._settling or queue.paused or not queue.running
            self._follow_limits()
            self._said_of = self._now()
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
        limits = [[name.replace("_", " "), limit(getattr(queue, name))] for name in LIMITS]
        return f"<p>{escaped(kind_of(self.bench))}</p>{table(['', ''], [*counts, *limits], '')}"

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

    def _steps(self) -> int:
        try:
            return typed_count(self.steps.value, "events", MOST_STEPS)
        except ValueError as exc:
            advice = "; Resume lets all be taken" if "at most" in str(exc) else ""
            raise ValueError(f"{exc}{advice}") from None

    def _within(self) -> float:
        seconds = typed_number(self.seconds.value, "within", float, needed=True, at_least=0)
        assert seconds is not None
        return seconds

    def _changes(self) -> dict[str, Any]:
        """The limits that differ from those that the queue has."""
        typed = {
            name: typed_number(
                field.value,
                field.description,
                int,
                needed=name != "max_queued",
                at_least=0 if name == "min_consumers" else 1,
            )
            for name, field in self.limits.items()
        }
        if (low := typed["min_consumers"]) > (high := typed["max_consumers"]):  # type: ignore[operator]
            raise ValueError(f"max consumers must be min consumers ({low}) or more, got {high}")
        return {n: value for n, value in typed.items() if value != getattr(self.bench.queue, n)}

    def _follow_limits(self) -> None:
        """Show the limits that there are, but keep what was typed."""
        for name, field in self.limits.items():
            limit = getattr(self.bench.queue, name)
            now = "" if limit is None else str(limit)
            if field.value in (self._shown_limits[name], now):
                field.value = self._shown_limits[name] = now

    def _typed(self) -> None:
        self._clear_old()
        self._tips()

    def _clear_old(self) -> None:
        """What was said of a field, or of a change, is not so any more once that is another."""
        if self._said_of != self._now() and not self._settling:
            self.status.say("")

    def _now(self) -> tuple[object, ...]:
        """What a click here changes, and a cell may change too; and what is typed."""
        limits = (getattr(self.bench.queue, name) for name in LIMITS)
        fields = (self.steps, self.seconds, *self.limits.values())
        return (self.bench.queue.paused, *limits, *(field.value for field in fields))

    def _preview(self) -> None:
        self._clear_old()
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
            self.settle_button.tooltip = NOT_IDLE

    def _show(self, code: str) -> None:
        self.code_line.show(code)


def _note(text: str) -> str:
    return f'<div class="ec-note">{escaped(text)}</div>'
