"""The order of sending against that of finishing."""

import numpy as np
from matplotlib.axes import Axes

from event_collector_widgets.pictures.canvas import (
    FEW,
    Picture,
    legend,
    look,
    name_of,
    nothing,
)
from event_collector_widgets.pictures.look import BLUE, GREY, INK, PURPLE, SOFT
from event_collector_widgets.pictures.record import Ints, Record
from event_collector_widgets.pictures.words import listed, plural, word

_LINES = 20
"""Up to how many events are drawn as lines between two lists."""
_ROOM = 90
"""Characters of the alternative text for such a list."""
_WAYS = {
    "earlier": ("moved up", BLUE, "-"),
    "kept": ("kept its place", GREY, "-"),
    "later": ("moved back", PURPLE, (0, (4, 1.5))),
}


def order(record: Record) -> Picture:
    """See `pictures.order`."""
    if not len(record):
        return nothing("order")
    finished = record.by_finish()
    lines = len(record) <= _LINES
    height = 1.6 + 0.26 * len(record) if lines else 5.2
    undone = len(record) - len(finished)
    more = f", {undone:,} not done yet" if undone else ""
    overtaken = int((finished < np.maximum.accumulate(finished)).sum())
    said = f"{plural(len(record), 'event')}, {overtaken:,} overtaken{more}"
    alt = (_alt_of_few if lines else _alt_of_many)(record, finished, said)
    figure = Picture("order", len(record), height=height, alt=alt)
    with look():
        axes = figure.add_subplot()
        axes.set_title(said)
        if lines:
            _lines(axes, record, finished)
        else:
            _points(axes, record, finished)
        legend(figure, axes)
    return figure


def _alt_of_few(record: Record, finished: Ints, said: str) -> str:
    """The two lists, as far as there is room, and how many were overtaken."""
    sent = [word(value) for value in record.payloads]
    done = [sent[place] for place in finished]
    if finished.tolist() == list(range(len(record))):
        return f"Sent and finished in the order {listed(sent, _ROOM)}."
    first = f"Sent in the order {listed(sent, _ROOM)}"
    if not done:
        return f"{first}; none finished yet."
    return f"{first}; finished in the order {listed(done, _ROOM)}. {said}."


def _alt_of_many(record: Record, finished: Ints, said: str) -> str:
    """How many were overtaken, and how far the points are from the diagonal."""
    if not len(finished):
        return f"The order of sending of {said}."
    furthest = int(np.abs(finished - np.arange(len(finished))).max())
    far = f"at most {plural(furthest, 'place')} away from" if furthest else "all on"
    return (
        f"The order of finishing against the order of sending: {said}. "
        f"The points are {far} the diagonal of those done as sent."
    )


def _lines(axes: Axes, record: Record, finished: Ints) -> None:
    """A line from each payload's place among the sent to its place among the done."""
    place = {int(sent): done for done, sent in enumerate(finished)}
    for sent, value in enumerate(record.payloads):
        name, done = name_of(value), place.get(sent)
        axes.text(-0.03, sent + 1, name, ha="right", va="center", parse_math=False)
        if done is None:
            axes.plot([0], [sent + 1], "o", color=SOFT, fillstyle="none")
            continue
        axes.text(1.03, done + 1, name, ha="left", va="center", parse_math=False)
        way = "kept" if done == sent else "earlier" if done < sent else "later"
        label, color, dashes = _WAYS[way]
        axes.plot(
            [0, 1],
            [sent + 1, done + 1],
            marker="o",
            markersize=5,
            linewidth=2.0,
            color=color,
            linestyle=dashes,
            label=label if label not in axes.get_legend_handles_labels()[1] else "_",
        )
    axes.set_xlim(-0.35, 1.35)
    axes.set_ylim(len(record) + 0.6, 0.4)
    axes.set_xticks([0, 1], ["sent", "done"])
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(axis="x", length=0, labelsize=10)
    axes.set_yticks(range(1, len(record) + 1))
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("place (n-th sent, n-th done)")
    axes.spines[:].set_visible(False)
    axes.grid(axis="y")


def _points(axes: Axes, record: Record, finished: Ints) -> None:
    """A point for each event; above the diagonal are those that others have overtaken."""
    n = len(record)
    axes.plot([1, n], [1, n], color=SOFT, linewidth=1.2, linestyle="--", label="done as sent")
    size, alpha = (26.0, 1.0) if n <= FEW else (9.0, 0.8) if n <= 1000 else (2.5, 0.4)
    axes.scatter(
        finished + 1,
        np.arange(1, len(finished) + 1),
        s=size,
        color=BLUE,
        alpha=alpha,
        linewidths=0,
    )
    axes.scatter([], [], s=26.0, color=BLUE, label="an event")
    if n <= FEW:
        for done, sent in enumerate(finished):
            axes.annotate(
                name_of(record.payloads[sent], 8),
                (sent + 1, done + 1),
                xytext=(5, -3),
                textcoords="offset points",
                fontsize=9,
                color=INK,
                parse_math=False,
            )
    pad = 0.02 * n + 0.5
    axes.set_xlim(1 - pad, n + pad)
    axes.set_ylim(1 - pad, n + pad)
    axes.set_xlabel("place in the order of sending (n-th)")
    axes.set_ylabel("place in the order of finishing (n-th)")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid()
