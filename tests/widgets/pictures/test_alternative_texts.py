"""What pictures say in words, for those who do not see them."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from event_collector_widgets import pictures
from IPython.core.formatters import DisplayFormatter
from nbclient import NotebookClient

from tests.widgets.drawings import Work, five, half_way, many, recorded

type Draw = Callable[[Any], Any]

ALL: list[Draw] = [
    pictures.timeline,
    pictures.order,
    pictures.who_got_what,
    pictures.queue_length,
    pictures.waits,
]
LONGEST = 300
TIMES = ["accepted_at", "taken_at", "finished_at"]

every = pytest.mark.parametrize("picture", ALL, ids=lambda picture: picture.__name__)


class Broken:
    """A payload whose repr cannot be had."""

    def __repr__(self) -> str:
        raise ValueError("no repr")


class Odd:
    """A payload whose repr has lines, an address, and what no file can hold."""

    def __repr__(self) -> str:
        return "<Odd\nat 0x7f00aa>\ud800\u202e"


@cache
def odd(n: int) -> pd.DataFrame:
    """Many events whose payloads and collectors have long and odd names."""
    payloads = [
        object(),
        Broken(),
        Odd(),
        "x\n" * 999,
        "\u6e29\u5ea6" * 99,
        {"a": ["b"] * 99},
        None,
    ]
    frame = many(n).copy()
    frame["payload"] = pd.Series([payloads[one % len(payloads)] for one in range(n)], dtype=object)
    frame["collector"] = frame["collector"].map(
        lambda key: f"{key} <b> \u202e\U0001f600 at 0x7f00 {'y' * 50}", na_action="ignore"
    )
    return frame


def told(source: Any) -> dict[str, str]:
    """The text of each picture."""
    return {picture.__name__: picture(source).alt for picture in ALL}


def test_it_says_what_the_picture_shows() -> None:
    """Numbers, times with their unit, and names, of five events."""
    assert told(five()[0]) == {
        "timeline": "Timeline of 5 events over 6 s, in service at 2 consumers; 1 gave an Error.",
        "order": "Sent in the order a, b, c, d, e; finished in the order a, c, b, e, d. "
        "5 events, 2 overtaken.",
        "who_got_what": "Who got which of 5 payloads. a: 3 Ok, 1 Error; b: 1 Error; nobody: 1.",
        "queue_length": "Queue length of 5 events over 6 s: at most 3 queued and 2 in service.",
        "waits": "Wait times of 5 events: median 1 s, 99th percentile 4 s. "
        "Service times of 5 events: median 2 s, 99th percentile 4 s.",
    }


def test_one_is_an_error_and_more_are_errors() -> None:
    """As the panels and the animation write it."""
    history, _ = recorded(*[Work(name, 1, fails=True) for name in "ab"])
    assert told(history)["who_got_what"] == "Who got which of 2 payloads. a: 2 Errors."


def test_it_says_what_is_not_done() -> None:
    """One is done, two are in service, two are queued."""
    assert told(half_way()) == {
        "timeline": "Timeline of 5 events over 2 s, in service at 2 consumers; "
        "no Errors, 4 not done yet.",
        "order": "Sent in the order a, b, c, d, e; finished in the order a. "
        "5 events, 0 overtaken, 4 not done yet.",
        "who_got_what": "Who got which of 5 payloads. a: 1 Ok; not done yet: 4.",
        "queue_length": "Queue length of 5 events over 2 s: at most 3 queued and 2 in service, "
        "at the end 2 and 2.",
        "waits": "Wait times of 3 events: median 0 s, 99th percentile 2 s. "
        "Service times of 1 event: median 2 s, 99th percentile 2 s.",
    }


def test_it_says_that_nothing_was_taken() -> None:
    """Two events are queued, and that is all."""
    assert told(half_way().query("status == 'queued'")) == {
        "timeline": "Timeline of 2 events over 0 ms, none of them taken; "
        "no Errors, 2 not done yet.",
        "order": "Sent in the order d, e; none finished yet.",
        "who_got_what": "Who got which of 2 payloads. not done yet: 2.",
        "queue_length": "Queue length of 2 events over 0 ms: at most 2 queued and 0 in service, "
        "at the end 2 and 0.",
        "waits": "No wait times yet. No service times yet.",
    }


def test_it_says_that_there_are_no_events() -> None:
    """And of what they would be shown."""
    assert told([]) == {
        "timeline": "Timeline: no events yet.",
        "order": "Order: no events yet.",
        "who_got_what": "Who got what: no events yet.",
        "queue_length": "Queue length: no events yet.",
        "waits": "Waits: no events yet.",
    }


def test_what_was_cut_off_in_the_queue_reached_nobody() -> None:
    """Its Error is one of the timeline, and of no collector."""
    works = [Work(name, 9) for name in "abc"]
    history, _ = recorded(*works, after=2.0, consumers=1, shutdown_timeout=1.0)
    assert pictures.who_got_what(history).alt == (  # type: ignore[attr-defined]
        "Who got which of 3 payloads. a: 1 Error; nobody: 2."
    )
    assert told(history)["timeline"].endswith("in service at 1 consumer; 3 gave an Error.")
    assert told(history)["order"] == "Sent and finished in the order a, b, c."


def test_many_events_are_counted() -> None:
    """No payload is named, and of the collectors as many as there is room for."""
    said = told(many())
    assert said["timeline"] == (
        "Timeline of 10,000 events over 20.1 min, in service at 8 consumers; 1,000 gave an Error."
    )
    assert said["order"] == (
        "The order of finishing against the order of sending: 10,000 events, 6,097 overtaken. "
        "The points are at most 4 places away from the diagonal of those done as sent."
    )
    assert said["who_got_what"].startswith("Who got which of 10,000 payloads. c1: 250 Ok; c2:")
    assert said["who_got_what"].endswith("; c14: 250 Ok; and 26 more; nobody: 100.")
    assert said["waits"] == (
        "Wait times of 10,000 events: median 2.1 s, 99th percentile 3 s. "
        "Service times of 10,000 events: median 1 s, 99th percentile 1.5 s."
    )


def test_it_says_that_none_of_many_was_overtaken() -> None:
    """Or that none is done."""
    frame = many(30).assign(finished_at=np.arange(30) + 1e6 + 30)
    assert told(frame)["order"] == (
        "The order of finishing against the order of sending: 30 events, 0 overtaken. "
        "The points are all on the diagonal of those done as sent."
    )
    frame["finished_at"] = np.nan
    assert told(frame)["order"] == (
        "The order of sending of 30 events, 0 overtaken, 30 not done yet."
    )


@every
@pytest.mark.parametrize("n", [1, 20, 21, 40, 41, 10_000])
def test_it_is_short_and_plain_whatever_the_payloads(picture: Draw, n: int) -> None:
    """One line that a file can hold, at most 300 characters, without addresses of objects."""
    said = picture(odd(n)).alt
    assert 20 < len(said) <= LONGEST
    assert said.isprintable()
    assert "0x7f00aa" not in said
    assert " object at " not in said
    assert said.endswith(".")


def test_lists_of_payloads_are_cut() -> None:
    """Both lists of an order say how many more there are."""
    assert told(odd(20))["order"].count(" more") == 2
    assert told(many(20))["order"].startswith("Sent in the order 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,")
    assert " more" not in told(many(20))["order"]


@pytest.mark.parametrize(
    ("scale", "over"), [(0.1666, "1,000 ms"), (0.01, "60 ms"), (50, "5 min"), (1e6, "1,667 h")]
)
def test_times_have_a_unit_and_no_exponent(scale: float, over: str) -> None:
    """The same unit as the axis."""
    frame = five()[1].copy()
    frame[TIMES] *= scale
    assert f" over {over}" in told(frame)["timeline"]
    assert f" over {over}" in told(frame)["queue_length"]
    assert "e+" not in "".join(told(frame).values())


@every
def test_the_same_events_have_the_same_text(picture: Draw) -> None:
    """Later, from a frame in another order, or with payloads at other addresses."""
    later = five()[1].sort_values("wait_time", ascending=False, kind="stable")
    later[TIMES] += 4096.0
    assert picture(later).alt == picture(five()[0]).alt
    one, other = (odd(7).assign(payload=pd.Series([object()] * 7)) for _ in range(2))
    assert picture(one).alt == picture(other).alt


@every
def test_a_notebook_gets_it_with_the_image(picture: Draw) -> None:
    """In the metadata of the PNG, where converters look for it, beside the size."""
    figure = picture(five()[0])
    shown: Any = DisplayFormatter()
    _, metadata = shown.format(figure)
    assert metadata["image/png"] == {
        "alt": figure.alt,
        "width": 691,
        "height": round(figure.get_figheight() * 96),
    }
    assert json.loads(json.dumps(metadata)) == metadata
    assert figure.alt


def test_a_better_text_can_be_given() -> None:
    """By who knows what the picture is for."""
    figure: Any = pictures.order([])
    figure.alt = "Nothing was sent."
    assert figure._repr_png_()[1]["alt"] == "Nothing was sent."


@pytest.mark.parametrize("before", ["", "from matplotlib import pyplot\npyplot.subplots()\n"])
def test_an_executed_notebook_keeps_it(before: str) -> None:
    """It stands in the output of the cell that shows a picture, whatever pyplot has set up."""
    code = f"{before}from event_collector_widgets import pictures\npictures.waits([])"
    notebook: Any = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[nbformat.v4.new_code_cell(code)]  # type: ignore[no-untyped-call]
    )
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    output = next(out for out in notebook.cells[0].outputs if out.output_type == "execute_result")
    assert output.metadata["image/png"]["alt"] == "Waits: no events yet."
    assert output.metadata["image/png"]["width"] == 691
