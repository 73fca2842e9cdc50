"""A selection: which events fit, in words, and as code that finds the same ones."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from math import inf
from typing import Any

import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.selection import STATUSES, Selection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from event_collector import Collector, Context, Delivery, Error, Ok, Payload, Result
from tests.support import Gate, in_loop, run, until
from tests.widgets.benches import a_bench, collector, give, run_cell


class Unspeakable:
    """Its str raises."""

    def __str__(self) -> str:
        raise ValueError


async def validate(payload: Payload[Any], ctx: Any) -> Any:
    """An Error for texts, an Ok for everything else."""
    if isinstance(payload.value, str):
        raise TypeError(f"no number: {payload.value}")
    return Ok(payload.value)


async def shout(payload: Payload[Any], ctx: Any) -> Any:
    """The value in capitals; None for "none"."""
    return Ok(None if payload.value == "none" else str(payload.value).upper())


@asynccontextmanager
async def a_varied_bench() -> AsyncIterator[Workbench]:
    """Events of every status, delivery and number of results."""
    gate = Gate()
    async with a_bench(max_consumers=1) as bench:
        for made in (
            Collector("validate", validate, topics=["a, b"]),
            Collector("shout", shout, topics=["t"]),
            Collector("gate", gate, topics=["gated"]),
        ):
            await bench.put(made)
        both = ["validate", "shout"]
        payloads: list[Payload[Any]] = [
            Payload(1, Delivery.KEY, keys=["validate"]),
            Payload("Oslo", Delivery.KEY, keys=both),
            Payload("none", Delivery.KEY, keys=both),
            Payload({"city": "Oslo"}, Delivery.TOPIC, topics=["a, b"]),
            Payload(None, Delivery.TOPIC, topics=["t"]),
            Payload("straße", Delivery.TOPIC, topics=["nobody"]),
        ]
        for payload in payloads:
            await bench.send(payload)
        await bench.publisher.wait()
        for value in ("in", "waiting", {"q": "Oslo"}):
            await bench.send(Payload(value, Delivery.TOPIC, topics=["gated"]))
        await until(lambda: gate.begun)
        try:
            yield bench
        finally:
            gate.open()


def ids(bench: Workbench, selection: Selection) -> list[int]:
    """Which events fit."""
    return [event.id for event in bench.history if selection.matches(event)]


@in_loop
async def test_each_part_narrows_the_selection() -> None:
    """Issue 13: filter by collector, status, delivery, time and text."""
    async with a_varied_bench() as bench:
        found = {
            Selection(): [*range(1, 10)],
            Selection("validate"): [1, 2, 3, 4],
            Selection(status="Error"): [2, 3],
            Selection(status="Ok"): [1, 2, 3, 4, 5],
            Selection(status="undelivered"): [6],
            Selection(status="in service"): [7],
            Selection(status="queued"): [8, 9],
            Selection(delivery=Delivery.KEY): [1, 2, 3],
            Selection(since=bench.history[6].accepted_at): [7, 8, 9],
            Selection("shout", "Error"): [],
            Selection("gate", "queued"): [],
        }
        assert {selection: ids(bench, selection) for selection in found} == found


@in_loop
async def test_a_text_is_found_wherever_it_stands() -> None:
    """Issue 13: value, keys, topics, results, an Error's type and text; in whatever case."""
    async with a_varied_bench() as bench:
        found = {
            "OSLO": [2, 4, 9],
            "a, b": [4],
            "typeerror: no number": [2, 3],
            "SHOUT": [2, 3, 5],
            "STRASSE": [6],
            "'city': 'oslo'": [4],
            "none": [3, 5],  # 5: str(None).upper() is a text
        }
        assert {text: ids(bench, Selection(text=text)) for text in found} == found


@in_loop
async def test_status_and_text_are_asked_of_one_row() -> None:
    """An Error in validate is one that validate gave, not one of an event that it had too."""
    async with a_varied_bench() as bench:
        assert ids(bench, Selection("shout", text="no number")) == []
        assert ids(bench, Selection("validate", text="no number")) == [2, 3]
        assert ids(bench, Selection(status="Ok", text="TypeError")) == []


@in_loop
async def test_looking_retrieves_nothing_and_minds_no_bad_value() -> None:
    """A display notices nothing; a value whose str raises has no text."""
    async with a_varied_bench() as bench:
        event = await bench.send(Payload(Unspeakable(), Delivery.TOPIC, topics=["odd"]))
        assert not Selection(text="x").matches(event)
        assert Selection(text="odd").matches(event)
        assert not any(Selection(text="zzz").matches(each) for each in bench.history)
        assert not any(each.retrieved for each in bench.history)


@in_loop
async def test_captured_output_is_searched_if_it_is_given() -> None:
    """Issue 13: what a processor prints belongs to its event."""
    async with a_varied_bench() as bench:
        first, second = bench.history[0], bench.history[1]
        said = {first.id: "37 Degrees"}
        selection = Selection("validate", text="degrees")
        assert selection.matches(first, lambda event: said.get(event.id, ""))
        assert not selection.matches(second, lambda event: said.get(event.id, ""))
        assert not selection.matches(first)


TEXTS = ["o", "Oslo", "na", "none", "[", "ss", "'", '"', "<"]

selections = st.builds(
    Selection,
    collector=st.sampled_from([None, "validate", "shout", "nobody"]),
    status=st.sampled_from([None, *STATUSES]),
    delivery=st.sampled_from([None, *Delivery]),
    since=st.sampled_from([None, 0.0]),
    text=st.sampled_from(["", *TEXTS]),
)


@settings(max_examples=10)
@given(st.lists(selections, min_size=15, max_size=15), st.booleans())
@example([Selection(text=text) for text in TEXTS], False)
def test_the_code_finds_the_same_events(chosen: list[Selection], empty: bool) -> None:
    """Issue 13: "To DataFrame" puts the code of the filtered frame; executed, it is compared."""

    async def main() -> None:
        async with a_varied_bench() as bench:
            if empty:
                bench.history.clear()
            for selection in chosen:
                frame = (await run_cell(selection.code("b"), b=bench))["frame"]
                assert [*frame["event"].unique()] == ids(bench, selection), selection
                if selection.status is not None:
                    assert {*frame["status"]} <= {selection.status}

    run(main())


def test_the_code_is_plain() -> None:
    """One can read it and go on from there."""
    assert Selection().code() == "frame = bench.history.to_frame()"
    assert Selection("validate", "Error", Delivery.KEY, 1.5).code("b").splitlines() == [
        "frame = b.history.to_frame()",
        "frame = frame[frame[\"collector\"] == 'validate']",
        "frame = frame[frame[\"status\"] == 'Error']",
        "frame = frame[frame[\"delivery\"] == 'key']",
        'frame = frame[frame["accepted_at"] >= 1.5]',
    ]


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(), "all events"),
        (Selection("validate", "Error", text="O"), "Error in validate, text 'O'"),
        (Selection("validate"), "results in validate"),
        (Selection(status="queued", delivery=Delivery.KEY), "queued, delivery key"),
        (Selection(since=12.34), "accepted since 12.3 s"),
    ],
)
def test_a_selection_in_words(selection: Selection, words: str) -> None:
    """Issue 13: a panel tells what is shown."""
    assert selection.words() == words
    assert selection.everything == (words == "all events")


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ({"collector": ""}, ValueError, "collector must not be empty"),
        ({"collector": 5}, TypeError, "collector must be a str, got int: 5"),
        ({"status": "ok"}, ValueError, "status must be one of 'queued', 'in service', 'Ok', "),
        ({"delivery": "key"}, TypeError, "delivery must be a Delivery, got str: 'key'; use "),
        ({"since": "now"}, TypeError, "since must be a float, got str: 'now'; give seconds"),
        ({"since": inf}, ValueError, "since must be finite, got inf; leave it out for all"),
        ({"text": None}, TypeError, "text must be a str, got NoneType: None; leave it out"),
    ],
)
def test_a_wrong_part_is_refused(
    parts: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Decision 24: at once, with what is wrong and what to do."""
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        Selection(**parts)


def test_an_error_without_a_key_is_found() -> None:
    """An event that a shutdown cut off has an Error of nobody."""

    async def main() -> list[int]:
        async with a_bench(max_consumers=1, shutdown_timeout=0.0) as bench:
            await bench.put(Collector("gate", Gate()))
            for _ in range(2):
                await bench.send(Payload(1))
            await bench.close()
            assert isinstance(bench.history[1].peek(), list)
            assert isinstance((bench.history[1].peek() or [None])[0], Error)
            frame = (await run_cell(Selection(status="Error").code("b"), b=bench))["frame"]
            assert [*frame["event"]] == ids(bench, Selection(status="Error"))
            return ids(bench, Selection(status="Error"))

    assert run(main()) == [1, 2]


SHOWN = {"i": 19, "s": "feed", "at": date(2010, 1, 2)}


@pytest.mark.parametrize(
    "text",
    [
        *("i: 19", "19, s", "s: feed", "'i': 19", "at: 2010-01-02", "2010-01-02"),
        *("datetime.date(2010", "topic: rain", "rain, wind", "x: no reading", "ValueError: no"),
    ],
)
@in_loop
async def test_what_a_row_shows_is_found_and_its_repr_too(text: str) -> None:
    """A text that is copied out of a panel finds the row that it was copied from."""

    async def refuse(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError("no reading")

    async with a_bench() as bench:
        await bench.put(Collector("x", refuse, topics=["rain"]))
        event = await bench.send(Payload(SHOWN, Delivery.TOPIC, topics=["rain", "wind"]))
        await event.wait()
        await give(bench, Payload("another", Delivery.KEY, keys=["nobody"]))
        assert bench.select(text=text) == [event]


@in_loop
async def test_letters_of_a_delivery_find_nothing() -> None:
    """They are in every row; whole, as a row shows it, it is found."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(1))
        await give(bench, Payload(1, Delivery.KEY, keys=["x"]))
        assert bench.select(text="broad") == []
        assert [event.id for event in bench.select(text="broadcast")] == [1]
        assert bench.select(text="key") == []
        assert [event.id for event in bench.select(text="key: x")] == [2]
