"""TryOutPanel: another version of a processor over past payloads, and what it would change."""

import copy
from math import nan
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from event_collector import Collector, Context
from event_collector._text import one_line
from event_collector_widgets.gallery import GALLERY
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.live import Code
from event_collector_widgets.panels.parts.menus import show
from event_collector_widgets.panels.try_out.form import FILTER, HISTORY, Choice, TrialForm
from event_collector_widgets.panels.try_out.outcomes import Outcome, OutcomeView, lines
from event_collector_widgets.panels.try_out.tried import replacement, replacement_code
from event_collector_widgets.trial import TryOut, shared
from event_collector_widgets.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

    from event_collector_widgets.panels.parts.fields import Chosen

EVERY = 0.2
"""Seconds between two repaints of the progress, at least."""

OUTSIDE = "What a processor does outside, such as writing to a file, cannot be held back."

_NAMED = 8
"""So many shared values are named."""


class TryOutPanel(Panel):
    """Runs another version of a collector's processor beside the queue, and shows what differs.

    What the results' filter lets through is offered where `over` is set.

    Args:
        bench: The workbench that it shows.
    """

    title = "Try out"
    told = ("closed", "paused")  # what is queued has no result to try another version against

    _running: TryOut | None = None  # closed too where its constructor has refused its argument

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.over: Callable[[], Chosen] | None = None
        """Gives what a filter lets through, where there is one; the Playground sets it."""
        self.form = TrialForm()
        self.notes = w.HTML()
        self.try_button = w.Button(description="Try out", button_style="primary")
        self.cancel_button = w.Button(description="Cancel", tooltip="what is there is kept")
        self.cancel_button.add_class("ec-once")
        self.progress = w.IntProgress(
            tooltip="progress of the trial", layout=wide(flex="1 1 160px")
        )
        self.progress.style.description_width = "initial"
        self.code_line = Code()
        self.view = OutcomeView(self.title)
        self.replace_button = self.view.replace_button
        self.replace_code = Code()
        self._painted = 0.0
        self._done_by: tuple[Outcome | None, str] = (None, "")
        """Of which outcome the version was put in, and the code of that."""
        buttons = [self.try_button, self.cancel_button, self.progress]
        self.children = (
            *(self.heading, self.warning, self.form, self.notes),
            w.HBox(buttons).add_class("ec-buttons"),
            *(self.code_line, self.view, self.status, self.replace_code, *self.view.found),
        )
        self.try_button.add_class("ec-primary")
        self.on_click(self.try_button, self.try_out)
        self.on_click(self.cancel_button, self.cancel)
        self.on_click(self.replace_button, self.replace)
        self.on_click(self.view.lift_button, self.lift)
        self.on_input(self.form.fields, self.refresh)
        self.on_input([self.view.kind], self.view.show_others)
        self.view.rows.on_action(lambda do, key: self._soon(lambda: self.view.turn(do)))
        self.view.summary.observe(lambda _: self._soon(self.view.show_rows), "width")
        self.view.rows.observe(lambda _: self._soon(self.view.show_sides), "chosen")
        self.refresh()
        bench.watch(self.repaint)

    # What a click does

    async def try_out(self) -> TryOut:
        """Run the chosen version over the chosen payloads; return the trial when it has ended.

        While one runs, this one is returned at once.

        Raises:
            ValueError: Nothing is chosen, or it is not there any more; or there is nothing to try.
            TypeError: As from `TryOut`.
            Exception: What the lifecycle raised. What was tried before is kept.
        """
        if self._running is not None:
            self.say("it is running: Cancel ends it, and keeps what is there")
            return self._running
        choice = self.form.choice()
        on, of = self._on(choice)
        trial = self.bench.trial(
            choice.processor,
            key=choice.collector.key,
            on=on,
            lifecycle=choice.lifecycle,
            on_progress=self._progress,
        )
        self._running = trial
        self.progress.max, self.progress.value, self.progress.description = 1, 0, "looking ..."
        self.view.show(None)
        self.refresh()
        try:
            await trial.run()
        finally:
            if self._running is trial:  # else its workbench was made again
                self._running = None
                self.say("")
                self.view.show(Outcome.now(trial, choice, of, self._mean(choice)))
                self.refresh()
        return trial

    async def cancel(self) -> None:
        """End the trial that runs; what is there is kept."""
        if self._running is not None:
            self.say("cancelling ...")
            self._running.cancel()

    async def replace(self) -> Collector:
        """Put the version that was tried in the collector's place, which is else as it was.

        The Context goes on; with a lifecycle it is a shallow copy.

        Raises:
            ValueError: Nothing was tried, the collector is not there any more, or the function
                was run again since: what would run then is not what was tried.
            Exception: As from `Workbench.put`.
        """
        outcome = self.view.outcome
        if outcome is None:
            raise ValueError("nothing was tried yet; press Try out first")
        key, choice = outcome.choice.collector.key, outcome.choice
        old = self.bench.collectors.get(key)
        if old is None:
            raise ValueError(f"there is no collector {key!r} any more; define it (Collectors)")
        if stale := self._stale():
            raise ValueError(stale)
        code = self.replacing()
        self.say(f"replacing {key!r} ...")
        await self.bench.put(made := replacement(old, choice.processor))
        opened = "its lifecycle entered anew" if made.lifecycle else "its Context goes on"
        self.say(f"replaced collector {key!r}: it runs the {choice.name} that was tried, {opened}")
        self._done_by = (outcome, code)
        self.refresh()
        return made

    async def lift(self) -> None:
        """Show all of the chosen row, as far as a page takes it."""
        self.view.lift()

    # What it shows

    def code(self) -> str:
        """What `try_out` does, as code for a cell; empty while the form is not right."""
        try:
            choice = self.form.choice()
        except ValueError:
            return ""
        on = choice.on
        if on in (HISTORY, FILTER):
            filtered = self.over().code if on == FILTER and self.over is not None else ""
            on = filtered or f"{self.bench_name()}.history"
        parts = [choice.name, f"key={choice.collector.key!r}", f"on={on}"]
        if choice.lifecycle:
            parts.append("lifecycle=True")
        return self.cell(f"try_out({', '.join(parts)})", *_imported(choice))

    def replacing(self) -> str:
        """What `replace` does, as code for a cell; empty where no name gives that version."""
        if (outcome := self.view.outcome) is None:
            return ""
        choice, imported = outcome.choice, _imported(outcome.choice)
        old = self.bench.collectors.get(choice.collector.key)
        named = self.bench.namespace.get(choice.name) is choice.processor
        if old is None or not (imported or named):
            return ""
        place = f"{self.bench_name()}.collectors[{old.key!r}]"
        used = [Collector, *([] if old.lifecycle is None else [Context]), *imported]
        return self.cell(f"put({replacement_code(old, choice.name, place)})", *used)

    def refresh(self) -> None:
        """Offer what there is now, and say what would be shared."""
        super().refresh()
        self.form.offer(
            self.bench.collectors,
            self.bench.processors(),
            self.bench.values(),
            filtered=self.over is not None,
        )
        running = self._running is not None
        self.try_button.disabled = running
        show(self.cancel_button, running)
        show(self.progress, running)
        self.notes.value = lines([f"{self._shared()} {OUTSIDE}"])
        self.code_line.show(self.code())
        self._show_replacing()

    def forget(self) -> None:
        """What was tried, or is being tried, went with its workbench; the form stays."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            self.say("the workbench was made again: the trial that was running was cancelled")
        elif self.view.outcome is not None:
            self.say("the workbench was made again: what was tried went with it")
        self._done_by = (None, "")
        self.form.forget()
        self.view.show(None)

    def close(self) -> None:
        """Take it away where it is shown; a trial that runs is cancelled."""
        if (running := self._running) is not None:
            self.bench.loop.soon(running.cancel)
        super().close()

    def static(self) -> str:
        """The summary of what was tried last, and its first differences."""
        outcome = self.view.outcome
        return "<p>nothing was tried yet</p>" if outcome is None else outcome.static()

    # Within

    def _soon(self, react: "Callable[[], object]") -> None:
        self.bench.loop.soon(lambda: self._react(react))

    def _on(self, choice: Choice) -> tuple[Any, str]:
        """What it is tried on, and that in words."""
        if choice.on == HISTORY:
            if len(self.bench.history) == 0:
                raise ValueError("nothing was sent yet; send a payload first (Send)")
            return self.bench.history, f"on {HISTORY}"
        if choice.on != FILTER:
            return self.form.table(choice.on), f"on {choice.on}"
        if self.over is None:
            raise ValueError("there is no filter any more; choose what to try it on")
        events, words, _ = self.over()
        return events, f"on events with {words}" if words else f"on {HISTORY}"

    def _progress(self, done: int, total: int) -> None:
        now = self.bench.loop.loop.time()
        if self._running is None or (now - self._painted < EVERY and done < total):
            return
        self._painted = now
        self.progress.max, self.progress.value = total, done
        self.progress.description = f"{done:,} of {total:,}"

    def _shared(self) -> str:
        """What a trial would share with the collector."""
        collector = self.form.chosen()
        if collector is None:
            return ""
        names = shared(collector.ctx, copy.copy(collector.ctx))
        what = ", ".join(one_line(name, 60)[1:-1] for name in names[:_NAMED])
        if len(names) > _NAMED:
            what += f" and {len(names) - _NAMED:,} more"
        said = (
            f"shared with {one_line(collector.key, 40)}: {what}" if names else "nothing is shared"
        )
        return f"Runs beside the queue, with a new Context of the same values; {said}."

    def _show_replacing(self) -> None:
        """What the button would do, where it can do it."""
        if (outcome := self.view.outcome) is None:
            self.replace_code.show("")
            self._show_next()
            return
        choice = outcome.choice
        old, name = self.bench.collectors.get(choice.collector.key), one_line(choice.collector.key)
        done = old is not None and old.processor is choice.processor
        label = f"{name} runs this version" if done else f"Replace {name} by this version"
        stale = self._stale()
        self.view.warn(stale)
        self.replace_button.disabled = old is None or done or bool(stale)
        self.replace_button.description = label if old is not None else f"{name} is not there"
        self._show_next()
        put_in, code = self._done_by
        if not done:
            code = self.replacing()
        elif put_in is not outcome:
            code = ""
        self.replace_code.show(code if outcome.rows else "")

    def _show_next(self) -> None:
        """Which of the two buttons looks like the next step."""
        outcome = self.view.outcome
        replaces = outcome is not None and bool(outcome.rows) and not self.replace_button.disabled
        self.replace_button.button_style = "primary" if replaces else ""
        self.try_button.button_style = "" if replaces else "primary"

    def _stale(self) -> str:
        """That the function that was tried was run again since, in words; else nothing."""
        if (outcome := self.view.outcome) is None:
            return ""
        name, tried = outcome.choice.name, outcome.choice.processor
        now = self.bench.namespace.get(name, tried)
        if now is tried or tried is GALLERY.get(name):
            return ""
        return f"{name} was run again since: Try out again"

    def _mean(self, choice: Choice) -> float:
        """Seconds that the collector's processor took of late; nan where nobody knows."""
        key = choice.collector.key
        if self.bench.collectors.get(key) is not choice.collector:
            return nan
        gauge = self.bench.gauges.collectors(self.bench.metrics(), [key]).get(key)
        return nan if gauge is None else gauge.mean


def _imported(choice: Choice) -> list[Any]:
    """What a cell must import for a choice."""
    return [choice.processor] if choice.processor is GALLERY.get(choice.name) else []
