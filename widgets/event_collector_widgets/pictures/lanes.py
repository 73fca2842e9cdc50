"""The timeline: events queued, then in service in the lane of their consumer."""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from event_collector_widgets.pictures.canvas import (
    FEW,
    Picture,
    Spans,
    legend,
    look,
    name_of,
    nothing,
)
from event_collector_widgets.pictures.look import BLUE, CARD, GREY, INK, PALE, SOFT, VERMILION
from event_collector_widgets.pictures.record import Bools, Floats, Ints, Record, unit
from event_collector_widgets.pictures.words import plural

_ROWS = 14
"""How many events may be queued at once for each to have a row of its own."""
_ROW = 0.62
"""The height of such a row, in lanes."""
_AREA = 0.85
"""The height of the area that stands for more, in inches."""
_APART = 0.24
"""Inches that keep the name of the queued ones from that of the first consumer."""
_CROSSES = 60
"""How many Errors are marked with crosses; where there are more, the higher bars must do."""
_CROSS = 0.09
"""Inches from the end of a bar to the cross on it."""
_FAILED = "gave an Error"
_LETTER = 0.085
"""Inches of a letter's width, roughly."""


def timeline(record: Record) -> Picture:
    """See `pictures.timeline`."""
    if not len(record):
        return nothing("timeline")
    record, numbers = _of_those_that_took_any(record)
    lanes, few = len(numbers), len(record) <= FEW
    rows = _rows(record.accepted, _filled(record.waits_until, np.inf)) if few else None
    depth = 1 if rows is None else int(rows.max()) + 1
    alone = rows is not None and depth <= _ROWS
    lane = min(0.36, 4.5 / lanes)
    band = max(depth * _ROW, 2 * _APART / lane - 1) if alone else _AREA / lane
    height = 1.45 + lane * (lanes + band)
    figure = Picture("timeline", len(record), height=height, alt=_alt(record))
    with look():
        axes = figure.add_subplot()
        sketch = _Sketch(axes, record, figure.get_figwidth())
        if rows is not None and alone:
            queued = sketch.queued_bars(rows * _ROW - band + _ROW / 2)
        else:
            queued = sketch.queued_area(band)
        sketch.service()
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_ylim(lanes + 0.1, -band * 1.05)
        _name_lanes(axes, numbers, (-band / 2, queued))
        axes.set_title(f"{plural(len(record), 'event')}, {plural(lanes, 'consumer')}")
        sketch.finish()
        legend(figure, axes)
    return figure


def _alt(record: Record) -> str:
    """How many events, how long, at how many consumers, and what went wrong."""
    over, failed = unit(record.end).text(record.end), int(record.failed.sum())
    undone = int(np.isnan(record.finished).sum())
    served = f"in service at {plural(record.consumers, 'consumer')}"
    return (
        f"Timeline of {plural(len(record), 'event')} over {over}, "
        f"{served if record.consumers else 'none of them taken'}; "
        f"{f'{failed:,} gave an Error' if failed else 'no Errors'}"
        f"{f', {undone:,} not done yet' if undone else ''}."
    )


class _Sketch:
    """What is drawn of one record, in the unit of time that suits it."""

    def __init__(self, axes: Axes, record: Record, width: float) -> None:
        self.axes, self.record = axes, record
        self.unit = unit(record.end)
        open_ended = np.isnan(record.finished).any()
        self.end = (record.end or self.unit.seconds) * (1.06 if open_ended else 1.0)
        self.few = len(record) <= FEW
        self.hair = self.end / (400 if self.few else 1500)
        self.inch = self.end / (width - 1.4)
        self.crosses: list[tuple[Floats, Floats]] = []
        self.arrows: list[tuple[Floats, Floats]] = []

    def queued_bars(self, middle: Floats) -> str:
        """Each event's waiting in a row of its own; return what to call the rows."""
        record = self.record
        end = _filled(record.waits_until, self.end)
        waited = end > record.accepted
        spans = Spans(record.accepted, end, middle)
        look_of = {"facecolor": PALE, "edgecolor": CARD, "linewidth": 0.8, "label": "queued"}
        self._bars(spans, waited, height=_ROW * 0.8, **look_of)
        self._labels(spans, waited, color=INK)
        self._mark(spans, np.isnan(record.taken))
        return "queued"

    def queued_area(self, band: float) -> str:
        """How many are queued, as an area that fills the band; return what to call it."""
        record = self.record
        times, lengths = steps(record.accepted, record.waits_until, self.end)
        most = int(lengths.max())
        top = -band * 0.94 * lengths / max(most, 1)
        x = self.unit.of(times)
        self.axes.fill_between(
            x, top, 0, step="post", facecolor=PALE, edgecolor=BLUE, linewidth=0.6, label="queued"
        )
        cut_off = np.isnan(record.taken) & record.failed
        self.crosses.append((record.finished[cut_off], np.full(int(cut_off.sum()), -band / 2)))
        return f"queued\n(at most {most:,})"

    def service(self) -> None:
        """Each event's service, in the lane of its consumer."""
        record = self.record
        taken = ~np.isnan(record.taken)
        end = np.maximum(_filled(record.finished, self.end), record.taken + self.hair)
        spans = Spans(record.taken, end, record.consumer - 0.5)
        heights = (0.74, 0.74) if self.few else (0.62, 0.88)
        looks = ((BLUE, "in service"), (VERMILION, _FAILED))
        for failed, height, (color, label) in zip((False, True), heights, looks, strict=True):
            chosen = taken & (record.failed == failed)
            wide = (end - record.taken)[chosen] > 4 * self.hair
            look_of: dict[str, Any] = {"facecolor": color, "edgecolor": CARD, "label": label}
            look_of["linewidth"] = np.where(wide, 0.8, 0.0) if self.few else 0.0
            if chosen.any() or not failed:
                self._bars(spans, chosen, height=height, **look_of)
        self._labels(spans, taken, color="white")
        self._mark(spans, taken)

    def finish(self) -> None:
        """Crosses, arrows, and the axis of time."""
        axes = self.axes
        size = 30.0 if self.few else 14.0
        if self.few or self.record.failed.sum() <= _CROSSES:
            self._points(self.crosses, "x", _FAILED, s=size, color=INK, linewidths=1.6)
        self._points(self.arrows, ">", "not done yet", s=26.0, color=SOFT)
        last = self.unit.of(max(self.end, self.hair))
        # Room at both ends, so that a cross there lies on no name.
        axes.set_xlim(-0.02 * last, 1.012 * last)
        axes.set_xlabel(f"time since the first send ({self.unit.name})")
        axes.grid(axis="x")

    def _bars(self, spans: Spans, chosen: Bools, **how: Any) -> None:
        start, end, middle = (each[chosen] for each in spans)
        Spans(self.unit.of(start), self.unit.of(end), middle).draw(self.axes, **how)

    def _labels(self, spans: Spans, chosen: Bools, *, color: str) -> None:
        """Write payloads on the bars that are long enough for them."""
        if not self.few:
            return
        start, end, middle = spans
        end = end - np.where(self.record.failed, 2 * _CROSS * self.inch, 0)
        inches = (end - start) / self.inch
        for place in np.flatnonzero(chosen).tolist():
            text = name_of(self.record.payloads[place], max(int(inches[place] / _LETTER), 3))
            if len(text) * _LETTER + 0.05 <= inches[place]:
                at = self.unit.of((start[place] + end[place]) / 2)
                self.axes.text(
                    at,
                    middle[place],
                    text,
                    ha="center",
                    va="center_baseline",
                    fontsize=9,
                    color=color,
                    parse_math=False,
                )

    def _mark(self, spans: Spans, chosen: Bools) -> None:
        """Remember where the bars of these events end in an Error, or in nothing yet."""
        record, middle = self.record, spans.middle
        back = np.minimum(_CROSS * self.inch, (record.finished - spans.start) / 2)
        failed, undone = chosen & record.failed, chosen & np.isnan(record.finished)
        self.crosses.append(((record.finished - back)[failed], middle[failed]))
        self.arrows.append((np.full(int(undone.sum()), self.end), middle[undone]))

    def _points(
        self, points: list[tuple[Floats, Floats]], marker: str, label: str, **how: Any
    ) -> None:
        x, y = (np.concatenate(each) for each in zip(*points, strict=True))
        if len(x):
            self.axes.scatter(
                self.unit.of(x), y, marker=marker, label=label, clip_on=False, zorder=5, **how
            )


def steps(begin: Floats, end: Floats, until: float) -> tuple[Floats, Ints]:
    """How many are there at once: 0.0 and the times at which it changes; the number from then on.

    An `end` of nan has not come. All that happens at one reading of the clock counts as one
    change, and the last number holds `until` the end.
    """
    over = end[~np.isnan(end)]
    times = np.concatenate([[0.0], begin, over])
    changes = np.repeat([0, 1, -1], [1, len(begin), len(over)])
    moments, place = np.unique(times, return_inverse=True)
    numbers = np.zeros(len(moments), np.int64)
    np.add.at(numbers, place, changes)
    numbers = numbers.cumsum()
    return np.append(moments, until), np.append(numbers, numbers[-1:])


def _rows(begin: Floats, end: Floats) -> Ints:
    """The first free row of each, from 0, without overlaps; what is over at once needs none."""
    free: list[float] = []
    rows = np.zeros(len(begin), np.int64)
    for place, (start, stop) in enumerate(zip(begin, end, strict=True)):
        if start == stop:
            continue
        row = next((row for row, busy in enumerate(free) if busy <= start), len(free))
        free[row : row + 1] = [stop]
        rows[place] = row
    return rows


def _filled(times: Floats, instead: float) -> Floats:
    return np.where(np.isnan(times), instead, times)


def _of_those_that_took_any(record: Record) -> tuple[Record, list[int]]:
    """The record with its consumers counted anew, without gaps, and which they are."""
    numbers = np.unique(record.consumer[record.consumer > 0])
    lanes = np.where(record.consumer > 0, np.searchsorted(numbers, record.consumer) + 1, 0)
    return replace(record, consumer=lanes), numbers.tolist() or [1]


def _name_lanes(axes: Axes, numbers: list[int], queued: tuple[float, str]) -> None:
    lanes = len(numbers)
    if lanes <= 12:
        shown = list(range(1, lanes + 1))
    else:
        ticks = MaxNLocator(8, integer=True).tick_values(1, lanes)
        shown = sorted({1, lanes} | {int(tick) for tick in ticks if lanes * 0.9 > tick > 1})
    names = [queued[1], *(f"consumer {numbers[lane - 1]:,}" for lane in shown)]
    axes.set_yticks([queued[0], *(lane - 0.5 for lane in shown)], names)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.6g}"))
