"""The Figure on which a picture is drawn: its look, its text, and how a notebook shows it."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from event_collector_widgets.pictures.look import CARD, GRID, INK, SOFT
from event_collector_widgets.pictures.words import cut, plain, plural

_width: ContextVar[float] = ContextVar("width", default=7.2)
"""Inches of a figure's width."""
FEW = 40
"""Up to how many events are labelled one by one."""

_NARROW = 5.0  # inches, below which a title must be smaller
_DOTS = 96  # per inch, as browsers have it
_SHARP = 2  # pixels per such dot, for screens with small ones
_LETTER, _HANDLE = 0.085, 0.45  # inches in a legend: of a letter, and beside a label
_FONT = "DejaVu Sans"  # comes with matplotlib, so a picture is the same everywhere
_RULES: dict[str, Any] = {
    "font.family": _FONT,
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlepad": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": CARD,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": GRID,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "legend.handlelength": 1.4,
    "legend.columnspacing": 1.6,
    "hatch.linewidth": 1.2,
}


@contextmanager
def as_wide_as(inches: float) -> Iterator[None]:
    """Draw pictures of this width: scaled down, their text could not be read."""
    before = _width.set(inches)
    try:
        yield
    finally:
        _width.reset(before)


def narrow() -> bool:
    """Whether what stands in one line may have too little room."""
    return _width.get() < _NARROW


class Picture(Figure):
    """A Figure that no pyplot keeps, and that a notebook shows all the same.

    Args:
        name: What it is a picture of.
        count: How many events there are.
        height: Inches.
        alt: The alternative text.

    Attributes:
        alt: What the picture shows, in one or two sentences, for those who do not see it. It goes
            into the notebook with the image, and may be replaced by a better text.
    """

    def __init__(self, name: str, count: int, *, height: float, alt: str) -> None:
        with look():
            super().__init__(
                figsize=(_width.get(), height), dpi=_DOTS, facecolor=CARD, layout="constrained"
            )
        engine: Any = self.get_layout_engine()
        engine.set(w_pad=0.12, h_pad=0.1)
        self.alt = alt
        self._said = f"Figure({name}, {plural(count, 'event')})"
        _show_as_it_says()

    def __repr__(self) -> str:
        return self._said

    __str__ = __repr__

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        """The picture for a notebook, sharp where a screen has small dots, and its metadata."""
        made = io.BytesIO()
        with look():
            self.savefig(made, format="png", dpi=_DOTS * _SHARP, facecolor=self.get_facecolor())
        width, height = (round(inches * _DOTS) for inches in self.get_size_inches())
        return made.getvalue(), {"alt": self.alt, "width": width, "height": height}


def _show_as_it_says() -> None:
    """Have IPython use a Picture's own PNG, though pyplot tells it another way for all Figures."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.display_formatter.formatters["image/png"].for_type(Picture, Picture._repr_png_)


def look() -> Any:
    """A context in which matplotlib draws in our look, whatever the user has set."""
    return style.context(["default", _RULES, {"axes.titlesize": 9.5} if narrow() else {}])


def nothing(name: str) -> Picture:
    """The picture of no events."""
    alt = f"{name.replace('_', ' ').capitalize()}: no events yet."
    figure = Picture(name, 0, height=1.4, alt=alt)
    with look():
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no events yet", ha="center", va="center", fontsize=11, color=SOFT)
    return figure


class Spans(NamedTuple):
    """Where horizontal bars begin, end, and have their middle height: arrays of one length."""

    start: Any
    end: Any
    middle: Any

    def draw(self, axes: Axes, *, height: float, **how: Any) -> None:
        """Draw all bars at once, as one collection."""
        low, high = self.middle - height / 2, self.middle + height / 2
        corners = [(self.start, low), (self.start, high), (self.end, high), (self.end, low)]
        verts: Any = np.array(corners).transpose(2, 0, 1)
        drawn = PolyCollection(verts, **how)
        axes.add_collection(drawn, autolim=False)


def legend(figure: Figure, axes: Axes) -> None:
    """Name what is drawn, below the axes; things of one name are shown as one."""
    named: dict[str, tuple[Any, ...]] = {}
    for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
        named[label] = (*named.get(label, ()), handle)
    handles = [each if len(each) > 1 else each[0] for each in named.values()]
    shown: Any = figure  # the types know of no handle that is a tuple
    widths = [len(label) * _LETTER + _HANDLE for label in named]
    fits = (n for n in range(len(named), 1, -1) if n * max(widths) <= figure.get_figwidth())
    columns = len(named) if sum(widths) <= figure.get_figwidth() else next(fits, 1)
    shown.legend(handles, list(named), loc="outside lower left", ncols=columns)


def name_of(value: object, limit: int = 14) -> str:
    """A payload or a key as a short label that the font can draw; a str stands without quotes."""
    text = "".join(letter if _drawn(letter) else "\ufffd" for letter in plain(value))
    return cut(text, limit)


@lru_cache(maxsize=4096)
def _drawn(letter: str) -> bool:
    font = get_font(findfont(_FONT))
    return bool(font.get_char_index(ord(letter)))
