"""OutcomeView: what a trial has found, the differences first, and one of them side by side."""

from html import escape
from typing import NamedTuple

import ipywidgets as w

from event_collector_widgets.panels.parts.live import Rows, Said
from event_collector_widgets.panels.parts.menus import show
from event_collector_widgets.panels.try_out.form import Choice
from event_collector_widgets.panels.try_out.sides import Sides, sides_of
from event_collector_widgets.panels.try_out.tried import (
    COLUMNS,
    plain_table,
    row_of,
    times_in_words,
)
from event_collector_widgets.trial import Tried, TryOut

WINDOW = 200
"""How many rows are shown at once at most."""
SAMPLE = 10
"""How many differences the static form has."""
ALL = "show all"
"""What shows the results that are the same too."""


class Outcome(NamedTuple):
    """A trial that has ended, and what it was of."""

    trial: TryOut
    choice: Choice
    of: str
    """Which payloads, in words."""
    rows: list[Tried]
    """The differences first."""
    differing: int

    @classmethod
    def now(cls, trial: TryOut, choice: Choice, of: str) -> "Outcome":
        """What a trial has found so far."""
        rows = trial.rows
        return cls(trial, choice, of, rows, sum(row.differs for row in rows))

    @property
    def title(self) -> str:
        """What was tried: "validate in 'validate', on readings"."""
        return f"{self.choice.name} in {self.choice.collector.key!r}, {self.of}"

    def static(self) -> str:
        """The summary and the first differences as plain HTML; no times."""
        said = f"{self.title}: {self.trial.summary()}"
        shown = plain_table(self.rows[: min(SAMPLE, self.differing)])
        cut = self.differing > SAMPLE
        more = f"<p>the first {SAMPLE} of {self.differing:,}</p>" if cut else ""
        return f"<p>{escape(said)}</p>{shown}{more}"


class OutcomeView(w.VBox):  # type: ignore[misc, unused-ignore]
    """A line that is announced, a window of rows, and the chosen one side by side.

    Its fields' changes are told to it by the panel, which has the loop.

    Args:
        panel: The panel's title.
    """

    def __init__(self, panel: str) -> None:
        self.summary = Said(panel)
        self.told = w.HTML()
        self.all = w.Checkbox(
            description=ALL,
            indent=False,
            tooltip="the results that are the same too, and not the differences only",
            layout=w.Layout(width="auto"),
        )
        self.replace_button = w.Button()
        self.rows = Rows(
            "results of the trial",
            COLUMNS,
            empty=f"nothing differs; {ALL!r} has what was tried",
        ).add_class("ec-tried")
        self.sides = Sides()
        self.lift_button = w.Button(description="Show all of it")
        self.outcome: Outcome | None = None
        self._first = 0
        self._lifted = ""
        """The key of the row of which all is shown."""
        self._buttons = w.HBox([self.replace_button, self.all]).add_class("ec-buttons")
        super().__init__(
            [self.summary, self.told, self._buttons, self.rows, self.sides, self.lift_button]
        )
        self.add_class("ec-outcome")
        self.show(None)

    def show(self, outcome: Outcome | None) -> None:
        """Show what a trial has found, or nothing."""
        self.outcome, self._first, self._lifted = outcome, 0, ""
        there = outcome is not None and bool(outcome.rows)
        show(self, there)
        self.rows.chosen = ""
        self.show_rows()
        self.show_sides()
        if outcome is None or not there:
            self.summary.say("")
            return
        took = times_in_words(outcome.trial.times, len(outcome.rows))
        self.summary.say(f"{outcome.trial.summary()}; {took}")
        notes = outcome.trial.notes[:-1]  # the last stands in the panel in any case
        self.told.value = lines(["; ".join([outcome.title, *notes])])

    def show_rows(self) -> None:
        """Show the rows in sight."""
        if self.outcome is None:
            self.rows.show([])
            return
        only = not self.all.value
        count = self.outcome.differing if only else len(self.outcome.rows)
        first, last = self._first, min(self._first + WINDOW, count)
        what = "differences" if only else "results"
        where = f"{first + 1:,} to {last:,} of {count:,} {what}" if count > WINDOW else ""
        shown = [row_of(row) for row in self.outcome.rows[first:last]]
        self.rows.show(shown, where, newer=first > 0, more=last < count)

    def show_others(self) -> None:
        """Show the differences or all, from the first on."""
        self._first = 0
        self.show_rows()

    def turn(self, do: str) -> None:
        """Show "more" rows, or those before ("newer")."""
        if do in ("more", "newer"):
            self._first = max(0, self._first + (WINDOW if do == "more" else -WINDOW))
            self.show_rows()

    def lift(self) -> None:
        """Show all of the chosen row, as far as a page takes it."""
        self._lifted = self.rows.chosen
        self.show_sides()

    def show_sides(self) -> None:
        """Show the chosen row, both results side by side."""
        key = self.rows.chosen
        rows = [] if self.outcome is None else self.outcome.rows
        row = next((each for each in rows if str(each.place) == key), None)
        parts, more = ([], False) if row is None else sides_of(row, everything=key == self._lifted)
        self.sides.show(parts, key if parts else "")
        show(self.lift_button, more)


def lines(told: list[str]) -> str:
    """Plain texts as HTML, a small line each; empty ones are left out."""
    return "".join(f'<div class="ec-note">{escape(line)}</div>' for line in told if line)
