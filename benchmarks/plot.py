"""A picture of the ratios. matplotlib is imported by the call that needs it."""

from pathlib import Path
from typing import Any

from benchmarks.figures import Row, number
from benchmarks.spec import BARE, PEER

_MET, _MISSED, _FREE = "#2a7f62", "#c0392b", "#7f8c8d"


def check(path: Path) -> None:
    """Make sure that a picture can be written, before anything is measured.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: The name has no ending of a picture that matplotlib can write.
    """
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError as exc:
        raise ImportError(
            "--plot needs matplotlib, which is not installed; pip install matplotlib"
        ) from exc
    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise ValueError(
            f"--plot cannot write {path.name!r}; give it one of these endings: "
            f"{', '.join(sorted(known))}"
        )


def write(rows: list[Row], path: Path) -> None:
    """Draw ours to the peer as bars, ours to bare asyncio as diamonds, targets as lines."""
    from matplotlib.figure import Figure

    groups = [
        (title, found)
        for title, more in (("rates: more is better", True), ("costs: less is better", False))
        if (found := [r for r in rows if r.case.more_is_better == more and _drawn(r)])
    ]
    if not groups:
        raise ValueError("there is no ratio to draw")
    heights = [len(found) + 1.5 for _, found in groups]
    figure = Figure(figsize=(10, 0.34 * sum(heights) + 1), layout="constrained")
    axes = figure.subplots(len(groups), 1, squeeze=False, height_ratios=heights)
    for (title, found), (ax,) in zip(groups, axes, strict=True):
        _panel(ax, title, found)
    figure.supxlabel(
        "ours / peer (bars, with the least and the most of the rounds), "
        "ours / bare asyncio (diamonds), target (black lines)",
        fontsize=9,
    )
    figure.savefig(path, dpi=150)


def _drawn(row: Row) -> bool:
    return PEER in row.ratios and row.case.unit != "share"


def _panel(ax: Any, title: str, rows: list[Row]) -> None:
    from matplotlib.ticker import LogFormatter

    for place, row in enumerate(rows):
        ratio = row.ratios[PEER]
        target = row.case.target_against(PEER)
        met = None if target is None else row.meets(target)
        colour = _FREE if met is None else (_MET if met else _MISSED)
        ax.barh(place, ratio.median - 1, left=1, height=0.6, color=colour)
        ax.plot([ratio.least, ratio.most], [place, place], color="black", linewidth=1)
        ax.annotate(number(ratio.median), **_beside(row, place), va="center", fontsize=8)
        if BARE in row.ratios:
            ax.plot(row.ratios[BARE].median, place, marker="D", color="#d68910", markersize=5)
        if target is not None:
            ax.plot([target.bound] * 2, [place - 0.42, place + 0.42], color="black", linewidth=2.5)
    ax.set_xscale("log")
    ax.axvline(1, color="black", linewidth=0.8)
    ax.margins(x=0.08)
    ax.set_yticks(range(len(rows)), [row.case.title for row in rows], fontsize=8)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_formatter(LogFormatter())
    ax.set_title(title, loc="left", fontsize=10)


def _beside(row: Row, place: int) -> dict[str, Any]:
    """Where the number stands: beyond the end of the bar, and of the target if that is there."""
    ratio, target = row.ratios[PEER], row.case.target_against(PEER)
    if row.case.more_is_better:
        return {
            "xy": (max(ratio.most, 1), place),
            "xytext": (4, 0),
            "textcoords": "offset points",
        }
    ends = [ratio.least, 1.0]
    if target is not None:
        ends.append(target.bound)
    return {
        "xy": (min(ends), place),
        "xytext": (-4, 0),
        "textcoords": "offset points",
        "ha": "right",
    }
