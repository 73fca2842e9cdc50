"""OutcomeView: what a trial has found, the differences first, and one of them side by side."""

from collections import Counter
from math import nan
from typing import NamedTuple

import ipywidgets as w

from event_collector_widgets.panels.parts.live import Rows, Said
from event_collector_widgets.panels.parts.menus import Option, escaped, offer_still, show
from event_collector_widgets.panels.try_out.form import Choice
from event_collector_widgets.panels.try_out.sides import Sides, sides_of
from event_collector_widgets.panels.try_out.tried import (
    COLUMNS,
    plain_table,
    room_of,
    row_of,
    several,
    times_in_words,
)
from event_collector_widgets.trial import Tried, TryOut
from event_collector_widgets.trial.differences import CHANGES, in_words

WINDOW = 200
"""How many rows are shown at once at most."""
SAMPLE = 10
"""How many differences the static form has."""
ALL = "all results"
"""What shows the results that are the same too."""
DIFFERENCES = "all differences"
"""What shows the results that are not the same."""


class Outcome(NamedTuple):
    """A trial that has ended, and what it was of."""

    trial: TryOut
    choice: Choice
    of: str
    """Which payloads, in words."""
    rows: list[Tried]
    """The differences first."""
    differing: int
    mean: float
    """Seconds that the collector's own processor took of late; nan: not known."""

    @classmethod
    def now(cls, trial: TryOut, choice: Choice, of: str, mean: float = nan) -> "Outcome":
        """What a trial has found so far."""
        rows = trial.rows
        return cls(trial, choice, of, rows, sum(row.differs for row in rows), mean)

    @property
    def title(self) -> str:
        """What was tried: "validate in 'validate', on readings"."""
        return f"{self.choice.name} in {self.choice.collector.key!r}, {self.of}"

    @property
    def in_words(self) -> str:
        """How many results differ, and how: "12 of 17,884 results differ: 12 errors went"."""
        return in_words(Counter(row.change for row in self.rows))

    def static(self) -> str:
        """The summary and the first differences as plain HTML; no times."""
        said = f"{self.title}: {self.in_words}"
        shown = plain_table(self.rows[: min(SAMPLE, self.differing)])
        cut = self.differing > SAMPLE
        more = f"<p>the first {SAMPLE} of {self.differing:,}</p>" if cut else ""
        return f"<p>{escaped(said)}</p>{shown}{more}"


class OutcomeView(w.VBox):  # type: ignore[misc, unused-ignore]
    """A line that is announced and what to do next; `found` is a window of rows and one in full.

    What a click on its button answers stands between it and what was found.
    Its fields' changes are told to it by the panel, which has the loop.

    Args:
        panel: The panel's title.
    """

    def __init__(self, panel: str) -> None:
        self.summary = Said(panel)
        self.summary.measures = True
        self.told = w.HTML()
        self.kind = w.Dropdown(
            options=[(DIFFERENCES, DIFFERENCES)],
            description="show",
            tooltip="which rows are shown below, by what has become of the result",
            layout=w.Layout(width="auto"),
        ).add_class("ec-kind")
        self.replace_button = w.Button()
        self.rows = Rows(
            "results of the trial",
            COLUMNS,
            empty=f"none; {ALL!r} has what was tried",
        ).add_class("ec-tried")
        self.sides = Sides()
        self.lift_button = w.Button(description="Show all of it")
        self.outcome: Outcome | None = None
        self._first = 0
        self._lifted = ""
        """The key of the row of which all is shown."""
        buttons = w.HBox([self.replace_button, self.kind]).add_class("ec-buttons")
        self.found = (self.rows, self.sides, self.lift_button)
        super().__init__([self.summary, self.told, buttons])
        self.add_class("ec-outcome")
        self.show(None)

    def show(self, outcome: Outcome | None) -> None:
        """Show what a trial has found, or nothing."""
        self.outcome, self._first, self._lifted = outcome, 0, ""
        there = outcome is not None and bool(outcome.rows)
        show(self, there)
        show(self.rows, there)
        self.rows.chosen = ""
        self.show_rows()
        self.show_sides()
        if outcome is None or not there:
            self.summary.say("")
            return
        took = times_in_words(outcome.trial.times, len(outcome.rows), outcome.mean)
        self.summary.say(f"{outcome.in_words}; {took}")
        self.warn("")

    def warn(self, warning: str) -> None:
        """Show what was tried, and a warning before it; an empty one is none."""
        if self.outcome is None:
            return
        notes = self.outcome.trial.notes[:-1]  # the last stands in the panel in any case
        said = f'<div class="ec-warning">{escaped(warning)}</div>' if warning else ""
        self.told.value = said + lines(["; ".join([self.outcome.title, *notes])])

    def show_rows(self) -> None:
        """Show the rows in sight."""
        if self.outcome is None:
            self.rows.show([])
            return
        offer_still(self.kind, _kinds(self.outcome))
        rows, what = self._of_kind(self.outcome)
        count = len(rows)
        first, last = self._first, min(self._first + WINDOW, count)
        where = f"{first + 1:,} to {last:,} of {count:,} {what}" if count > WINDOW else ""
        room = room_of(self.summary.width)
        shown = [row_of(row, room) for row in rows[first:last]]
        self.rows.show(shown, where, newer=first > 0, more=last < count)

    def _of_kind(self, outcome: Outcome) -> tuple[list[Tried], str]:
        """The rows that are chosen by the kind of their change, and what they are in words."""
        kind = self.kind.value
        if kind == ALL:
            return outcome.rows, "results"
        differing = outcome.rows[: outcome.differing]
        if kind == DIFFERENCES:
            return differing, "differences"
        return [row for row in differing if row.change == kind], several(kind)

    def show_others(self) -> None:
        """Show the rows of another kind of change, from the first on."""
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


def _kinds(outcome: Outcome) -> list[Option]:
    """The differences, each kind of change, and everything, with how many each has."""
    counts = Counter(row.change for row in outcome.rows[: outcome.differing])
    kinds = [(f"{several(each)} ({counts[each]:,})", each) for each in CHANGES[:-1]]
    differing, total = f"{outcome.differing:,}", f"{len(outcome.rows):,}"
    return [
        (f"{DIFFERENCES} ({differing})", DIFFERENCES),
        *kinds,
        (f"{ALL} ({total})", ALL),
    ]


def lines(told: list[str]) -> str:
    """Plain texts as HTML, a small line each; empty ones are left out."""
    return "".join(f'<div class="ec-note">{escaped(line)}</div>' for line in told if line)
