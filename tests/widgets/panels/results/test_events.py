"""Events in words: one short line each, a state by word and shape."""

from datetime import UTC, datetime
from typing import Any

import pytest
from event_collector_widgets import failing
from event_collector_widgets.panels.parts.in_rows import LIMIT, in_cell
from event_collector_widgets.panels.results.events import (
    in_short,
    of_how_many,
    outcome,
    room_of,
    row_of,
    way,
)

from event_collector import Context, Delivery, Error, Ok, Payload, Result, ResultList
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import NASTY, a_bench, collector, give


def results(oks: int, errors: int) -> ResultList:
    """So many Oks, then so many Errors."""
    made: list[Result] = [Ok(number) for number in range(oks)]
    made += [Error(ValueError(number)) for number in range(errors)]
    return ResultList(made, [f"c{number}" for number in range(oks + errors)])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (results(1, 0), "1 Ok"),
        (results(0, 1), "1 error: c0"),
        (results(26, 2), "26 Ok, 2 errors: c26, c27"),
        (results(4_993, 7), "4,993 Ok, 7 errors: c4993, c4994, c4995, c4996, c4997, and 2 more"),
        (ResultList.undelivered(), "it reached nobody"),
        (ResultList([Error(ValueError("x"))]), "1 error: ?"),
    ],
)
def test_what_came_of_a_payload_is_one_line(given: ResultList, said: str) -> None:
    """However many collectors there are, and whoever of them failed."""
    assert outcome(given) == said


def test_a_few_results_are_shown_and_of_many_it_is_told_how_many() -> None:
    """A cell has a hundred characters at most. Without an Error the values themselves are shown."""
    assert in_short(results(2, 0)) == "c0: 0; c1: 1"
    assert in_short(results(26, 0)) == "26 Ok"
    assert in_short(None) == in_short(ResultList.undelivered()) == ""
    assert len(in_short(ResultList([Ok("x" * 1_000)] * 3, ["k" * 1_000] * 3))) <= LIMIT


def test_the_errors_come_first_with_what_they_say() -> None:
    """A row says what was wrong, before anything is clicked; how many are fine stands after it."""
    assert in_short(results(1, 1)) == "c1: 0; 1 Ok"
    assert in_short(results(0, 1)) == "c0: 0"
    assert in_short(results(26, 2)) == "c26: 0; c27: 1; 26 Ok"
    assert in_short(results(4_993, 7)) == "c4993: 0; 6 more errors; 4,993 Ok"
    long = ResultList([Error(ValueError("x" * 1_000)), *[Ok(1)] * 3], ["k", "a", "b", "c"])
    assert in_short(long).startswith("k: xxxx")
    assert in_short(long).endswith("...; 3 Ok")
    for errors in range(1, 9):
        made = [Error(ValueError("x" * 1_000))] * errors + [Ok(1)] * 1_000
        assert len(in_short(ResultList(made, ["k" * 1_000] * len(made)))) <= LIMIT


@pytest.mark.parametrize(
    ("exception", "said"),
    [
        (ValueError("no reading: temp='39.O'"), "c: no reading: temp='39.O'"),
        (ValueError(), "c: ValueError"),
        (ValueError(" \n"), "c: ValueError"),
        (KeyError("temp"), "c: KeyError: 'temp'"),
        (ValueError("two\nlines"), "c: two lines"),
    ],
)
def test_an_error_whose_text_says_nothing_has_its_type(exception: Exception, said: str) -> None:
    """An empty text, and the bare key that a KeyError has."""
    assert in_short(ResultList([Error(exception)], ["c"])) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"city": "seattle", "temp": "39.O"}, "city: seattle, temp: 39.O"),
        (
            {"at": datetime(2010, 8, 6, 10, tzinfo=UTC), 1: None},
            "at: 2010-08-06 10:00:00+00:00, 1: None",
        ),
        ({"in": {"a": [1, "b"]}}, "in: {'a': [1, 'b']}"),
        ({"a\nb": "c\td\u2028", "é": "\ud800"}, r"a\nb: c\td\u2028, é: \ud800"),
        (
            {"city": "seattle", "hour": "2010-12-31 23:00:00", "temp": "39.O"},
            "city: seattle, hour: 2010-1…, temp: 39.O",
        ),
        (
            {"city": "seattle", "hour": "2010-12-31 23:00:00", "temp": 451.0},
            "city: seattle, hour: 2010-…, temp: 451.0",
        ),
        ({"long": "x" * 10**6, "next": 1}, f"long: {'x' * 24}…, next: 1"),
        ({"long": "x" * 10**6}, f"long: {'x' * 39}…"),
        ({"a": "b" * 40, "c" * 40: "d" * 40}, f"a: bbbbb…, {'c' * 40}: ddddd…"),
        ({}, "{}"),
        ("text", "'text'"),
        ([1, "a"], "[1, 'a']"),
    ],
)
def test_of_a_dict_a_cell_shows_its_items(value: object, said: str) -> None:
    """Without quotes and braces, the longest ones cut, so that more of them are seen."""
    assert in_cell(value) == said
    assert len(in_cell(dict.fromkeys(range(1_000), "x" * 1_000))) == LIMIT


@in_loop
async def test_each_state_has_a_word_and_a_shape() -> None:
    """Fault 21: an Error among two hundred rows is seen without colour too."""
    gate = Gate()
    async with a_bench(max_consumers=1) as bench:
        await bench.put(collector("two", topics=["t"]))
        await bench.put(collector("bad", failing))
        await bench.put(collector("gate", gate, topics=["g"]))
        await give(bench, Payload(1, Delivery.KEY, keys=["none"]))
        await give(bench, Payload(2, Delivery.TOPIC, topics=["t", "u"]))
        await give(bench, Payload("x", Delivery.KEY, keys=["two", "bad"]))
        await give(bench, Payload("y", Delivery.KEY, keys=["bad"]))
        await bench.send(Payload(5, Delivery.TOPIC, topics=["g"]))
        await bench.send(Payload(6, Delivery.TOPIC, topics=["g"]))
        await settle()
        rows = [row_of(event) for event in bench.history]
        assert [(row.cells[2], row.cells[3], row.state) for row in rows] == [
            ("key: none", "\u2013 undelivered", "nobody"),
            ("→ t, u", "✓ Ok", "ok"),
            ("key: two, bad", "✗ Error", "error"),
            ("key: bad", "✗ Error", "error"),
            ("→ g", "◐ in service", "service"),
            ("→ g", "○ queued", "queued"),
        ]
        assert of_how_many(bench.history[2].peek()) == " (1 of 2)"
        assert [of_how_many(bench.history[at].peek()) for at in (0, 1, 3, 4)] == [""] * 4
        gate.open()
        await bench.publisher.wait()
        assert not any(event.retrieved for event in bench.history if event.id > 4)


@in_loop
async def test_hostile_values_are_one_short_line() -> None:
    """Reprs that raise, many lines or no end, keys and a delivery of all kinds."""

    class Raises:
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

    class Long:
        def __repr__(self) -> str:
            return f"{NASTY}\n\u2028" * 10_000

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no str")

    async def answer(payload: Payload[Any], ctx: Context) -> Result:
        return Error(MuteError()) if isinstance(payload.value, Raises) else Ok(payload.value)

    async with a_bench() as bench:
        await bench.put(collector(f"{NASTY}\n\u2028{'k' * 1_000}", answer))
        for value in (Raises(), Long(), NASTY, float("nan"), "\ud800", object(), 10**5_000):
            event = await bench.send(Payload(value, topics=[NASTY] * 1_000))
            await event.wait()
            event.payload.delivery = Delivery.TOPIC
            for cell in row_of(event).cells:
                assert len(cell.splitlines()) <= 1
                assert len(cell) <= LIMIT
                assert " at 0x" not in cell
        event.payload.delivery = "by hand"  # type: ignore[assignment]
        assert way(event) == "'by hand'"


def test_a_payload_is_cut_only_as_far_as_its_panel_is_narrow() -> None:
    """A wider panel shows more of it, up to what a cell has at most."""
    value = {
        "city": "seattle",
        "note": "a reading that is longer still",
        "wind": {"from": "sw", "to": 3},
    }
    shown = [in_cell(value, room_of(width)) for width in (0, 390, 590, 1300)]
    assert shown[0] == shown[1] == "city: seattle, note: a rea…, wind: {'fro…"
    assert len(shown[1]) < len(shown[2]) < len(shown[3])
    assert shown[3] == (
        "city: seattle, note: a reading that is longer still, wind: {'from': 'sw', 'to': 3}"
    )
