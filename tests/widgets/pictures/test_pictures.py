"""Pictures of a history, one by one: what is in them, not their pixels."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from event_collector_widgets import pictures
from event_collector_widgets.pictures.canvas import as_wide_as, look
from matplotlib.colors import to_hex
from matplotlib.text import Text

from event_collector import QueueType
from tests.widgets.drawings import (
    Work,
    axes,
    bars,
    five,
    half_way,
    many,
    named,
    points,
    recorded,
    rows,
    written,
)

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


def test_a_consumer_that_took_none_of_the_events_has_no_lane() -> None:
    """Of a few events at 29 consumers the picture is small; each lane has its consumer's name."""
    frame = five()[1].assign(consumer=[3, 29, 3, 3, 3, 29])
    figure = pictures.timeline(frame)
    assert rows(figure) == ["queued", "consumer 3", "consumer 29"]
    assert "5 events, 2 consumers" in axes(figure).get_title(loc="left")
    assert figure.get_figheight() < 3


def test_no_cross_lies_on_the_name_of_a_lane() -> None:
    """The axis begins before the first send: so does a cross on what took no time."""
    left, right = axes(pictures.timeline(five()[0])).get_xlim()
    assert left < 0 < -left < right / 20


@pytest.mark.parametrize("name", ["timeline", "order", "who_got_what", "queue_length", "waits"])
@pytest.mark.parametrize("source", [five()[0], many(500)], ids=["five", "many"])
def test_a_narrow_picture_has_all_its_text_within(name: str, source: Any) -> None:
    """As narrow as a panel in a small window."""
    with as_wide_as(3.6):
        figure = getattr(pictures, name)(source)
        assert figure.get_figwidth() == 3.6
        within = figure.bbox.padded(1)
        with look():
            figure.draw_without_rendering()
    drawn = axes(figure)
    title = drawn.get_title(loc="left")
    named = [text for legend in figure.legends for text in legend.get_texts()]
    labels = [drawn.xaxis.label, drawn.yaxis.label, *drawn.get_yticklabels()]
    titles = [
        each for each in drawn.findobj(Text) if isinstance(each, Text) and each.get_text() == title
    ]
    for text in (*titles, *labels, *named):
        box = text.get_window_extent()
        assert within.x0 <= box.x0 <= box.x1 <= within.x1, text.get_text()
    assert getattr(pictures, name)(source).get_figwidth() == 7.2


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


def test_order_of_a_lifo_queue_is_that_of_its_draining() -> None:
    """One consumer, last in, first out: nothing is taken before all are sent."""
    history, _ = recorded(
        *(Work(name, 1) for name in "abcd"), consumers=1, queue_type=QueueType.LIFO
    )
    lines = axes(pictures.order(history)).get_lines()
    assert [list(np.asarray(line.get_ydata())) for line in lines] == [
        *([1, 4], [2, 3], [3, 2], [4, 1]),
    ]


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
