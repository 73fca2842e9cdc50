"""Who got what: payloads by collectors."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from event_collector_widgets.pictures.canvas import (
    FEW,
    Picture,
    Spans,
    legend,
    look,
    name_of,
    narrow,
    nothing,
)
from event_collector_widgets.pictures.look import BLUE, CARD, INK, SOFT, VERMILION
from event_collector_widgets.pictures.record import Bools, Delivered, Floats, Ints, Record
from event_collector_widgets.pictures.words import listed, plural, word

_ROWS = 30
"""How many rows of collectors there are at most."""
_COLUMNS = 100
"""How many columns there are at most."""
_ROOM = 190
"""Characters of the alternative text for the collectors."""
_MARKERS = {"undelivered": "D", "not done yet": "o"}


@dataclass(frozen=True, slots=True)
class _Cells:
    """The rows, and where in them the results are and the events without any."""

    names: list[str]
    row: Ints
    event: Ints
    ok: Ints
    without: list[tuple[str, int, Ints]]
    """What is said of them, their row, and the events."""


def who_got_what(record: Record) -> Picture:
    """See `pictures.who_got_what`."""
    if not len(record):
        return nothing("who_got_what")
    cells = _cells(record)
    few, rows = len(record) <= FEW, len(cells.names)
    height = 1.75 + 0.29 * rows + 0.35 * few
    figure = Picture("who_got_what", len(record), height=height, alt=_alt(record))
    with look():
        axes = figure.add_subplot()
        (_one_by_one if few else _in_columns)(axes, record, cells)
        axes.set_yticks(range(rows), cells.names, parse_math=False)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_ylabel("collector")
        axes.tick_params(length=0)
        axes.set_title(f"who got which of {plural(len(record), 'payload')}")
        legend(figure, axes)
    return figure


def _cells(record: Record) -> _Cells:
    """A row for each collector, as they first gave a result, then nobody, then not done yet.

    What was cut off in the queue reached nobody, though its result is an Error.
    """
    cut_off = _cut_off(record)
    given = _given(record)
    keys = list(dict.fromkeys(one.collector for one in given))
    names = ["(not told)" if key is None else name_of(key, 20) for key in keys]
    if len(keys) > _ROWS:
        names = [*names[: _ROWS - 1], f"{len(keys) - _ROWS + 1:,} more"]
    rows = {key: min(number, len(names) - 1) for number, key in enumerate(keys)}
    found = [(rows[one.collector], one.event, one.ok) for one in given]
    found += [(len(names), int(event), False) for event in np.flatnonzero(cut_off)]
    without = []
    if record.undelivered.any() or cut_off.any():
        without = [("undelivered", len(names), np.flatnonzero(record.undelivered))]
        names.append("nobody")
    if (undone := np.isnan(record.finished)).any():
        without.append(("not done yet", len(names), np.flatnonzero(undone)))
        names.append("not done yet")
    row, event, ok = np.array(found, np.int64).reshape(-1, 3).T
    return _Cells(names, row, event, ok, without)


def _cut_off(record: Record) -> Bools:
    """Which events were done though no consumer took them."""
    return np.isnan(record.taken) & ~np.isnan(record.finished)


def _given(record: Record) -> list[Delivered]:
    """The results that collectors gave."""
    cut_off = _cut_off(record)
    return [one for one in record.deliveries if not cut_off[one.event]]


def _alt(record: Record) -> str:
    """How many results each collector gave, as they first gave one; how many nobody."""
    counts: dict[str | None, Counter[str]] = {}
    for one in _given(record):
        counts.setdefault(one.collector, Counter())["Ok" if one.ok else "Error"] += 1
    said = []
    for key, count in counts.items():
        results = [f"{count['Ok']:,} Ok"] if count["Ok"] else []
        results += [plural(count["Error"], "Error")] if count["Error"] else []
        said.append(f"{'(not told)' if key is None else word(key, 20)}: {', '.join(results)}")
    nobody = int((record.undelivered | _cut_off(record)).sum())
    undone = int(np.isnan(record.finished).sum())
    parts = [listed(said, _ROOM, "; ")] if said else []
    parts += [f"nobody: {nobody:,}"] if nobody else []
    parts += [f"not done yet: {undone:,}"] if undone else []
    return f"Who got which of {plural(len(record), 'payload')}. {'; '.join(parts)}."


def _one_by_one(axes: Axes, record: Record, cells: _Cells) -> None:
    """A column for each payload, with its name; a number where a collector got one twice."""
    for ok, color, hatch, label in ((1, BLUE, None, "Ok"), (0, VERMILION, "////", "Error")):
        chosen = cells.ok == ok
        x, y = cells.event[chosen], cells.row[chosen]
        if len(x):
            how = {"facecolor": color, "edgecolor": CARD, "linewidth": 0.8, "hatch": hatch}
            Spans(x - 0.42, x + 0.42, y).draw(axes, height=0.8, label=label, **how)
            if not ok:
                axes.scatter(
                    x, y, marker="x", s=34, color=INK, linewidths=1.8, zorder=3, label=label
                )
    spots, counts = np.unique([cells.event, cells.row], axis=1, return_counts=True)
    for (x, y), count in zip(spots.T, counts, strict=True):
        if count > 1:
            axes.text(x, y, f"{count}x", ha="center", va="center", color="white", fontsize=9)
    for said, row, events in cells.without:
        if len(events):
            at = np.full(len(events), row)
            marker = _MARKERS[said]
            hollow: dict[str, Any] = {"facecolors": "none", "edgecolors": SOFT, "linewidths": 1.6}
            axes.scatter(events, at, s=46, marker=marker, label=said, **hollow)
    names = [name_of(value, 12) for value in record.payloads]
    turned = 90 if (max(map(len, names)) + 1) * len(names) > 95 else 0
    axes.set_xticks(range(len(names)), names, parse_math=False, rotation=turned)
    axes.set_xlim(-0.6, max(len(names), 6) - 0.4)
    axes.set_xlabel("payload, in the order of sending")


def _in_columns(axes: Axes, record: Record, cells: _Cells) -> None:
    """A column for several payloads: shares of Oks in the upper part of a row, of Errors below."""
    n, rows = len(record), len(cells.names)
    width = -(-n // _COLUMNS)
    columns = -(-n // width)
    sizes = np.minimum(width, n - np.arange(columns) * width)
    upper, lower = np.zeros((2, rows, columns))
    for part, ok in ((upper, 1), (lower, 0)):
        chosen = cells.ok == ok
        np.add.at(part, (cells.row[chosen], cells.event[chosen] // width), 1)
    top, bottom = _shades(upper / sizes, BLUE), _shades(lower / sizes, VERMILION)
    for _, row, events in cells.without:
        share = np.bincount(events // width, minlength=columns) / sizes
        top[row] = _shades(share, SOFT)
    failed = bool(lower.any())
    thirds = np.stack([top, top, bottom if failed else top], axis=1)
    extent = (-0.5, columns * width - 0.5, rows - 0.5, -0.5)
    axes.imshow(
        thirds.reshape(-1, columns, 3), extent=extent, aspect="auto", interpolation="nearest"
    )
    axes.hlines(np.arange(rows + 1) - 0.5, -0.5, n - 0.5, color=CARD, linewidth=3)
    swatch: dict[str, Any] = {"marker": "s", "s": 60}
    axes.scatter([], [], **swatch, color=BLUE, label="Ok (the deeper, the more payloads)")
    if failed:
        axes.scatter([], [], **swatch, color=VERMILION, label="Error (lower third of a row)")
    if said := [said for said, _, events in cells.without if len(events)]:
        axes.scatter([], [], **swatch, color=SOFT, label=" or ".join(said))
    axes.set_xlim(-0.5, n - 0.5)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    turn = "\n" if narrow() else " "
    a_column = f"(a column is {plural(width, 'payload')})"
    axes.set_xlabel(f"payload, in the order of sending{turn}{a_column}")


def _shades(share: Floats, color: str) -> Floats:
    """From the card's colour at a share of 0 to the full one at 1; a little is seen at once."""
    weight = np.where(share > 0, 0.2 + 0.8 * np.minimum(share, 1), 0.0)[..., None]
    shades: Floats = (1 - weight) * np.array(to_rgb(CARD)) + weight * np.array(to_rgb(color))
    return shades
