"""Pictures of a history: what is in them, not their pixels."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from event_collector_widgets import pictures
from IPython.core.formatters import DisplayFormatter
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    History,
    Ok,
    Payload,
    QueueType,
    Result,
)
from tests.support import VirtualTimeLoop, run

ROOT = Path(__file__).parents[2]
ALL: list[Callable[[Any], Figure]] = [
    pictures.timeline,
    pictures.order,
    pictures.who_got_what,
    pictures.queue_length,
    pictures.waits,
]
NASTY = "$\\frac{$ <b> \u6e29\u5ea6 \U0001f600"
"""What is no formula, no element, and partly not in the font."""

every = pytest.mark.parametrize("picture", ALL, ids=lambda picture: picture.__name__)


@dataclass(frozen=True)
class Work:
    """A payload that says who gets it, and how long that takes in seconds."""

    name: str
    seconds: float
    keys: str = "a"
    fails: bool = False

    def __repr__(self) -> str:
        return self.name


async def work(payload: Payload[Work], ctx: Context) -> Result:
    """Do as the payload says."""
    await asyncio.sleep(payload.value.seconds)
    return Error(ValueError("bad")) if payload.value.fails else Ok(payload.value.seconds)


def recorded(
    *sent: Work, after: float | None = None, consumers: int = 2, **settings: Any
) -> tuple[History, pd.DataFrame]:
    """The history of payloads sent at once; its frame when all are done, or `after` seconds."""

    async def main() -> tuple[History, pd.DataFrame]:
        collectors = [Collector(key, work) for key in "abc"]
        queue = CollectorQueue(collectors, min_consumers=0, max_consumers=consumers, **settings)
        history = History(queue)
        async with queue:
            events = [
                queue.get_publisher().send_nowait(Payload(one, Delivery.KEY, keys=list(one.keys)))
                for one in sent
            ]
            if after is None:
                for event in events:
                    await event.wait()
            else:
                await asyncio.sleep(after)
            frame = history.to_frame()
        return history, frame

    return run(main(), loop_factory=VirtualTimeLoop, timeout=1e6)


@cache
def five() -> tuple[History, pd.DataFrame]:
    """Two consumers: c overtakes b, d fails in one of two collectors, nobody gets e."""
    return recorded(
        Work("a", 1),
        Work("b", 4),
        Work("c", 2),
        Work("d", 3, "ab", fails=True),
        Work("e", 0, "z"),
    )


@cache
def half_way() -> pd.DataFrame:
    """One is done, two are in service, two are queued."""
    return recorded(*(Work(name, 2 if name == "a" else 4) for name in "abcde"), after=3.0)[1]


@cache
def many(n: int = 10_000) -> pd.DataFrame:
    """A frame of many events on 8 consumers, every tenth an Error, every hundredth undelivered."""
    number = np.arange(n)
    service = 1.0 + 0.5 * np.sin(number)
    accepted = number * 0.12
    taken = accepted + 2.0 + np.cos(number / 500)
    status = np.where(number % 10 == 5, "Error", np.where(number % 100 == 0, "undelivered", "Ok"))
    return pd.DataFrame(
        {
            "event": number + 1,
            "status": pd.Categorical(status),
            "collector": pd.Series([f"c{one % 40}" for one in number], dtype="string").where(
                status != "undelivered"
            ),
            "payload": pd.Series(number, dtype=object),
            "consumer": pd.Series(number % 8 + 1, dtype="Int64"),
            "accepted_at": accepted + 1e6,
            "taken_at": taken + 1e6,
            "finished_at": taken + service + 1e6,
        }
    )


def axes(figure: Figure) -> Axes:
    """The one system of axes."""
    (found,) = figure.axes
    return found


def bars(figure: Figure, label: str) -> list[tuple[float, float, float]]:
    """Where the bars of one kind begin and end, and their middle height."""
    found = []
    for drawn in axes(figure).collections:
        if drawn.get_label() == label and type(drawn).__name__ == "PolyCollection":
            for path in drawn.get_paths():
                corners = np.asarray(path.vertices)
                (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
                found.append((round(x0, 6), round(x1, 6), round((y0 + y1) / 2, 6)))
    return found


def points(figure: Figure, label: str) -> list[tuple[float, float]]:
    """Where the markers of one kind are."""
    return [
        (float(x), float(y))
        for drawn in axes(figure).collections
        if drawn.get_label() == label and type(drawn).__name__ == "PathCollection"
        for x, y in np.asarray(drawn.get_offsets())
    ]


def written(figure: Figure) -> list[str]:
    """The texts in the axes."""
    return [text.get_text() for text in axes(figure).texts]


def named(figure: Figure) -> list[str]:
    """The texts of the legend."""
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def rows(figure: Figure) -> list[str]:
    """The labels of the vertical axis."""
    return [label.get_text() for label in axes(figure).get_yticklabels()]


def png(figure: Any) -> bytes:
    """What a notebook shows."""
    data, size = figure._repr_png_()
    assert size["width"] == 691
    assert isinstance(data, bytes)
    return data


# timeline


def test_a_timeline_has_a_bar_per_service_in_its_consumers_lane() -> None:
    """Two lanes: a and c to e in turn, b alone; those that failed look otherwise."""
    figure = pictures.timeline(five()[0])
    served = bars(figure, "in service")
    assert [(x0, x1) for x0, x1, _ in served][:3] == [(0, 1), (0, 4), (1, 3)]
    assert [y for *_, y in served][:3] == [0.5, 1.5, 0.5]
    assert bars(figure, "gave an Error") == [(3, 6, 0.5)]
    assert rows(figure) == ["queued", "consumer 1", "consumer 2"]
    assert set("abcd") <= set(written(figure))


def test_a_timeline_has_a_row_for_all_that_are_queued_at_once() -> None:
    """Each waiting bar goes from sending to taking, and none lies on another."""
    queued = bars(pictures.timeline(five()[0]), "queued")
    assert [(x0, x1) for x0, x1, _ in queued] == [(0, 1), (0, 3), (0, 4)]
    assert len({y for *_, y in queued}) == 3
    assert all(y < 0 for *_, y in queued)


def test_who_does_not_wait_takes_no_row() -> None:
    """An event that overtakes a queued one at once leaves no gap among the queued."""
    frame = five()[1].head(2).assign(accepted_at=[0.0, 1.0], taken_at=[5.0, 1.0])
    one, both = pictures.timeline(frame.head(1)), pictures.timeline(frame)
    assert bars(one, "queued") == bars(both, "queued") == [(0, 5, -0.31)]


def test_an_error_is_marked_by_more_than_a_colour() -> None:
    """A cross lies on the bar of an Error, before its end."""
    ((x, y),) = points(pictures.timeline(five()[0]), "gave an Error")
    assert 5.5 < x < 6
    assert y == 0.5


def test_what_took_no_time_can_be_seen() -> None:
    """A bar has a width, though the event was done as it was taken."""
    *_, (start, end, _) = bars(pictures.timeline(five()[0]), "in service")
    assert start == 4
    assert 0 < end - start < 0.1


def test_what_is_not_done_has_an_open_end() -> None:
    """Bars of events queued and in service go to the edge, with an arrow there."""
    figure = pictures.timeline(half_way())
    edge = max(x1 for _, x1, _ in bars(figure, "in service"))
    assert [x for x, _ in points(figure, "not done yet")] == [edge] * 4
    assert [x1 for _, x1, _ in bars(figure, "queued")].count(edge) == 2
    assert edge > 2


def test_what_was_cut_off_in_the_queue_is_an_error_there() -> None:
    """An event that no consumer took has no bar in a lane, and its cross among the queued."""
    history, _ = recorded(
        *(Work(name, 9) for name in "abc"), after=2.0, consumers=1, shutdown_timeout=1.0
    )
    figure = pictures.timeline(history)
    assert len(bars(figure, "in service") + bars(figure, "gave an Error")) == 1
    assert [y < 0 for _, y in points(figure, "gave an Error")] == [True, True, False]
    assert bars(pictures.who_got_what(history), "Error")[1:] == [(0.58, 1.42, 1), (1.58, 2.42, 1)]
    assert rows(pictures.who_got_what(history)) == ["a", "nobody"]


def test_a_timeline_of_many_is_an_area_over_lanes_without_labels() -> None:
    """The band says how many were queued at most; a bar is still an event."""
    figure = pictures.timeline(many())
    served, failed = bars(figure, "in service"), bars(figure, "gave an Error")
    assert (len(served), len(failed)) == (9000, 1000)
    assert rows(figure)[0].startswith("queued\n(at most 2")
    assert written(figure) == []
    assert points(figure, "gave an Error") == []


def test_a_hundred_lanes_fit() -> None:
    """Few of them are named then, the first and the last among them."""
    frame = many(2000).assign(consumer=np.arange(2000) % 100 + 1)
    figure = pictures.timeline(frame)
    assert figure.get_figheight() < 8
    assert rows(figure)[1] == "consumer 1"
    assert rows(figure)[-1] == "consumer 100"
    assert len(rows(figure)) < 14


# order


def test_order_joins_the_place_among_the_sent_to_that_among_the_done() -> None:
    """A line per event, and who moved up looks otherwise than who moved back."""
    figure = pictures.order(five()[0])
    lines = [line.get_ydata() for line in axes(figure).get_lines()]
    assert [list(np.asarray(line)) for line in lines] == [[1, 1], [2, 3], [3, 2], [4, 5], [5, 4]]
    assert axes(figure).get_title(loc="left") == "5 events, 2 overtaken"
    assert sorted(named(figure)) == ["kept its place", "moved back", "moved up"]
    styles = {(line.get_color(), line.get_linestyle()) for line in axes(figure).get_lines()}
    assert len(styles) == 3
    assert written(figure).count("c") == 2


def test_order_tells_who_is_not_done() -> None:
    """They are among the sent only."""
    figure = pictures.order(half_way())
    assert axes(figure).get_title(loc="left") == "5 events, 0 overtaken, 4 not done yet"
    assert (written(figure).count("a"), written(figure).count("c")) == (2, 1)


def test_order_of_many_is_points_beside_the_diagonal() -> None:
    """The n-th sent against the n-th done."""
    shown = np.concatenate(
        [np.asarray(drawn.get_offsets()) for drawn in axes(pictures.order(many())).collections]
    )
    frame = many()
    by_finish = frame["finished_at"].to_numpy().argsort(kind="stable")
    assert len(shown) == 10_000
    assert (shown[:, 0] == by_finish + 1).all()
    assert (shown[:, 1] == np.arange(1, 10_001)).all()


# who got what


def test_who_got_what_has_a_cell_per_result() -> None:
    """Oks and Errors by payload and collector; what nobody got is in a row of its own."""
    figure = pictures.who_got_what(five()[0])
    assert rows(figure) == ["a", "b", "nobody"]
    ok, failed = bars(figure, "Ok"), bars(figure, "Error")
    assert [((x0 + x1) / 2, y) for x0, x1, y in ok] == [(0, 0), (1, 0), (2, 0)]
    assert [((x0 + x1) / 2, y) for x0, x1, y in failed] == [(3, 0), (3, 1)]
    assert points(figure, "Error") == [(3, 0), (3, 1)]
    assert points(figure, "undelivered") == [(4, 2)]
    labels = [label.get_text() for label in axes(figure).get_xticklabels()]
    assert labels == ["a", "b", "c", "d", "e"]


def test_what_a_collector_got_twice_has_a_number() -> None:
    """As a router may do that dispatches a payload twice."""
    frame = five()[1]
    twice = pd.concat([frame, frame[frame["payload"].map(repr) == "c"]])
    assert written(pictures.who_got_what(twice)) == ["2x"]


def test_what_is_not_done_has_a_row() -> None:
    """Nobody knows yet who will have got it."""
    figure = pictures.who_got_what(half_way())
    assert rows(figure) == ["a", "not done yet"]
    assert [x for x, _ in points(figure, "not done yet")] == [1, 2, 3, 4]


def test_who_got_what_of_many_says_what_a_column_is() -> None:
    """Shades of shares, and 30 rows of collectors at most, the last for all others."""
    figure = pictures.who_got_what(many())
    assert axes(figure).get_xlabel().endswith("(a column is 100 payloads)")
    assert rows(figure)[-2:] == ["11 more", "nobody"]
    assert len(rows(figure)) == 31
    image = np.asarray(axes(figure).get_images()[0].get_array())
    assert image.shape == (93, 100, 3)


def test_the_shade_is_the_share() -> None:
    """All Ok is the full colour, none the card's, half between the two."""
    frame = many(200).assign(status="Ok", collector="x")
    frame.loc[1::2, "collector"] = "y"
    frame.loc[:99, "collector"] = "x"
    image = np.asarray(axes(pictures.who_got_what(frame)).get_images()[0].get_array())
    full, empty = to_hex(image[0, 0]), to_hex(image[3, 0])
    assert (full, empty) == ("#0072b2", "#fcfcfa")
    assert to_hex(image[0, 99]) == to_hex(image[3, 99]) not in (full, empty)


# queue length and waits


def test_queue_length_counts_who_is_queued_and_in_service() -> None:
    """At 0 three are queued and two in service, as long as that lasts."""
    figure = pictures.queue_length(five()[0])
    queued, served = (
        list(np.column_stack([line.get_xdata(), line.get_ydata()]).tolist())
        for line in axes(figure).get_lines()
    )
    assert queued == [[0, 3], [1, 2], [3, 1], [4, 0], [6, 0]]
    assert served == [[0, 2], [1, 2], [3, 2], [4, 1], [6, 0], [6, 0]]
    assert named(figure) == ["queued (at most 3)", "in service (at most 2)"]


def test_waits_names_the_percentiles() -> None:
    """Nearest rank, as the metrics of a queue have it."""
    figure = pictures.waits(five()[0])
    assert named(figure) == ["wait: p50 1 s, p99 4 s", "service: p50 2 s, p99 4 s"]
    shares = np.asarray(axes(figure).get_lines()[0].get_ydata())
    assert list(shares) == [0, 20, 40, 60, 80, 100, 100]


def test_waits_of_what_is_queued_are_not_known() -> None:
    """Only times that are over are counted."""
    figure = pictures.waits(recorded(Work("a", 5), after=0.0)[1])
    assert named(figure)[1] == "service time: none yet"


# all of them


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


def test_the_order_of_a_priority_queue_is_that_of_its_draining() -> None:
    """One consumer, last in, first out: the first goes on, the others come from behind."""
    history, _ = recorded(
        *(Work(name, 1) for name in "abcd"), consumers=1, queue_type=QueueType.LIFO
    )
    lines = axes(pictures.order(history)).get_lines()
    assert [list(np.asarray(line.get_ydata())) for line in lines] == [
        *([1, 4], [2, 3], [3, 2], [4, 1]),
    ]
