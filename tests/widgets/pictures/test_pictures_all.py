"""What holds for every picture of a history: what it takes, how it reads, how it is shown."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from event_collector_widgets import pictures
from IPython.core.formatters import DisplayFormatter
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from event_collector import (
    CollectorQueue,
    Payload,
)
from tests.widgets.drawings import (
    Work,
    axes,
    five,
    half_way,
    many,
    png,
    recorded,
    written,
)

ROOT = Path(__file__).parents[3]
ALL: list[Callable[[Any], Figure]] = [
    pictures.timeline,
    pictures.order,
    pictures.who_got_what,
    pictures.queue_length,
    pictures.waits,
]
NASTY = "$\\frac{$ <b> \u6e29\u5ea6 \U0001f600"
"""What is not a formula, not an element, and partly not in the font."""

every = pytest.mark.parametrize("picture", ALL, ids=lambda picture: picture.__name__)


@every
def test_a_frame_and_a_list_show_what_the_history_shows(picture: Callable[[Any], Figure]) -> None:
    """Whatever the order of a frame's rows."""
    history, frame = five()
    shown = png(picture(history))
    assert png(picture(list(history))) == shown
    assert png(picture(iter(history))) == shown
    assert png(picture(frame.sort_values("wait_time", ascending=False, kind="stable"))) == shown


@every
def test_no_events_are_said_to_be_none(picture: Callable[[Any], Figure]) -> None:
    """An empty History, frame and list."""
    nothings: list[Any] = [[], five()[1].head(0)]
    for nothing in nothings:
        figure = picture(nothing)
        assert written(figure) == ["no events yet"]
        assert repr(figure) == f"Figure({picture.__name__}, 0 events)"
        assert png(figure)


@every
def test_every_state_can_be_drawn(picture: Callable[[Any], Figure]) -> None:
    """Half done, only queued, all at one moment, many on many consumers: without a warning."""
    at_once = recorded(Work("a", 0), Work("b", 0, "z"))[1]
    queued = half_way().query("status == 'queued'")
    for frame in (half_way(), queued, at_once, many(), many(41), many(1)):
        assert png(picture(frame))


@every
def test_nasty_text_is_text(picture: Callable[[Any], Figure]) -> None:
    """No formula is parsed; what the font has not is replaced, not warned of."""
    frame = five()[1].assign(collector=NASTY, payload=NASTY)
    assert png(picture(frame))
    frame["payload"] = pd.Series([{"x": "$"}] * len(frame), dtype=object)
    assert png(picture(frame))


@every
def test_ten_thousand_events_need_no_more_artists_than_ten(
    picture: Callable[[Any], Figure],
) -> None:
    """What is drawn one by one is slow and cannot be read; many are drawn together."""
    few, lots = (len(picture(frame).findobj()) for frame in (five()[1], many()))
    assert lots <= few + 200


@every
def test_what_is_no_history_is_refused(picture: Callable[[Any], Figure]) -> None:
    """At once, with what it is and what to pass."""
    for wrong, said in (
        (3, "a picture needs a History, got int: 3; pass a History, the DataFrame of"),
        ("abc", "a picture needs a History, got str: 'abc'; pass a History"),
        ([Payload(1)], r"a picture needs CollectorEvents, got Payload: Payload\(1\); pass"),
        (five()[1].drop(columns=["payload", "taken_at"]), "has no column 'payload', 'taken_at'"),
        (CollectorQueue([], min_consumers=0, max_consumers=1), r"make history = History\(queue\)"),
    ):
        with pytest.raises(TypeError, match=said):
            picture(wrong)


@every
def test_times_begin_with_the_first_send(picture: Callable[[Any], Figure]) -> None:
    """Whatever the loop's clock said then."""
    columns = ["accepted_at", "taken_at", "finished_at"]
    later = five()[1].copy()
    later[columns] += 4096.0
    assert png(picture(later)) == png(picture(five()[1]))


@pytest.mark.parametrize(
    ("scale", "name"), [(0.001, "ms"), (1, "s"), (100, "min"), (5000, "h")], ids=str
)
def test_times_have_the_unit_that_suits_them(scale: float, name: str) -> None:
    """The axis names it, and its numbers are in it."""
    frame = five()[1].copy()
    columns = ["accepted_at", "taken_at", "finished_at"]
    frame[columns] = frame[columns] * scale
    for picture in (pictures.timeline, pictures.queue_length):
        assert axes(picture(frame)).get_xlabel() == f"time since the first send ({name})"
    assert axes(pictures.waits(frame)).get_xlabel() == f"time ({name})"
    seconds = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}[name]
    assert axes(pictures.timeline(frame)).get_xlim()[1] == pytest.approx(6 * scale / seconds, 0.02)


@every
def test_every_axis_has_a_label_and_no_text_is_small(picture: Callable[[Any], Figure]) -> None:
    """9 points and more."""
    for frame in (five()[1], many()):
        figure = picture(frame)
        assert axes(figure).get_xlabel() or picture is pictures.order
        assert axes(figure).get_ylabel() or picture is pictures.timeline
        png(figure)
        texts: list[Any] = figure.findobj(lambda one: hasattr(one, "get_fontsize"))
        assert all(text.get_fontsize() >= 9 for text in texts if text.get_text())


@every
def test_a_notebook_shows_it_and_nothing_is_left_behind(picture: Callable[[Any], Figure]) -> None:
    """A PNG and a stable line of text; no pyplot keeps the figure."""
    shown: Any = DisplayFormatter()
    data, metadata = shown.format(picture(five()[1]))
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] == 691
    assert data["text/plain"] == f"Figure({picture.__name__}, 5 events)"
    assert plt.get_fignums() == []


@every
def test_a_style_of_the_user_changes_nothing(picture: Callable[[Any], Figure]) -> None:
    """A dark style would make it unreadable on its own light card."""
    shown = png(picture(five()[1]))
    own = {"axes.grid": True, "xtick.direction": "in", "lines.markersize": 20, "hatch.color": "red"}
    with plt.style.context(["dark_background", own]):
        assert png(picture(five()[1])) == shown


def test_matplotlib_is_imported_by_the_call() -> None:
    """Importing the module costs no more than the package itself."""
    code = (
        "import sys; from event_collector_widgets import pictures; "
        "print('matplotlib' in sys.modules); pictures.order([]); "
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    paths = [str(ROOT), str(ROOT / "widgets")]
    code = f"import sys; sys.path[:0] = {paths!r}; {code}"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "True", "False"]
