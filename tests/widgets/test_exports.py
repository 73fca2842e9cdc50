"""Exports: a CSV and a JSON Lines file of events, with values of every kind, and of ill intent."""

import csv
import io
import json
from math import inf, nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from event_collector_widgets.exports import COLUMNS, export_csv, export_jsonl, to_rows
from event_collector_widgets.panels.results.saving import code_of_file
from event_collector_widgets.selection import Selection
from event_collector_widgets.uploads import read_upload
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Collector, Context, Delivery, Ok, Payload, Result
from event_collector.event import CollectorEvent
from tests.support import Gate, in_loop, run, until
from tests.widgets.benches import a_bench, collector, give, run_cell


class Odd:
    """A value that JSON does not have."""

    def __repr__(self) -> str:
        return "=Odd()"


class Mute:
    """One that cannot even be shown."""

    def __repr__(self) -> str:
        raise ValueError


async def back(payload: Payload[Any], ctx: Any) -> Any:
    """The value, or what it raises."""
    if payload.value == "fail":
        raise ValueError("=1+1")
    return Ok(payload.value)


async def events_of(*values: Any) -> list[CollectorEvent]:
    """Done events of these values."""
    async with a_bench() as bench:
        await bench.put(collector("back", back))
        events = await bench.send_all([Payload(value) for value in values])
        await bench.publisher.wait()
        return events


def cells(content: bytes, column: str) -> list[str]:
    """The texts in a column of a CSV file."""
    return [row[column] for row in csv.DictReader(io.StringIO(content.decode(), newline=""))]


@in_loop
async def test_the_rows_are_those_of_the_frame() -> None:
    """Issue 13: a row per event and collector, with the columns of `History.to_frame`."""
    gate = Gate()
    async with a_bench(max_consumers=1) as bench:
        await bench.put(collector("one", back))
        await bench.put(collector("two", back))
        await bench.put(Collector("gate", gate, topics=["g"]))
        for payload in (
            Payload("fail", Delivery.KEY, keys=["one", "two"], priority=2),
            Payload(1, Delivery.KEY),
            Payload("in", Delivery.TOPIC, topics=["g"]),
            Payload("waiting"),
        ):
            await bench.send(payload)
        await until(lambda: gate.begun)
        rows = list(to_rows(bench.history))
        assert not any(event.retrieved for event in bench.history)
        frame = bench.history.to_frame()
        assert [*frame.columns] == [*COLUMNS]
        same = frame.astype(object).where(frame.notna(), None).to_dict("records")
        assert rows == same
        assert [row["status"] for row in rows] == [
            *["Error", "Error", "undelivered", "in service", "queued"]
        ]
        gate.open()


@in_loop
async def test_json_lines_hold_what_json_has_and_reprs_of_the_rest() -> None:
    """Issue 13: download as JSON Lines; a times a number, and nothing that no reader takes."""
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    values = [
        {"a": [1, 2.5, None, True]},
        (1, nan),
        {1: 2},
        {"x": Odd()},
        Mute(),
        cyclic,
        inf,
        b"x",
    ]
    values += [10**5000, "\ud800\u2028<"]
    lines = export_jsonl(await events_of(*values)).decode("ascii").splitlines()
    rows = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [row["payload"] for row in rows] == [
        {"a": [1, 2.5, None, True]},
        [1, "nan"],
        "{1: 2}",
        {"x": "=Odd()"},
        "<Mute whose repr raised ValueError>",
        "[[...]]",
        "inf",
        "b'x'",
        "<int whose repr raised ValueError>",
        "\ud800\u2028<",
    ]
    assert isinstance(rows[0]["service_time"], float)
    assert rows[0]["keys"] == []


@in_loop
async def test_a_csv_file_holds_texts_numbers_and_json() -> None:
    """Issue 13: download as CSV, which other programs and pandas read."""
    content = export_csv(await events_of("a, b", 5, -2.5, {"a": 1}, None, "two\nlines", True, nan))
    told = ["a, b", "5", "-2.5", '{"a": 1}', "", "two\nlines", "true", "nan"]
    assert cells(content, "payload") == told
    assert cells(content, "value") == told
    assert cells(content, "keys") == ["[]"] * 8
    frame = pd.read_csv(io.BytesIO(content))
    assert [*frame.columns] == [*COLUMNS]
    assert [*frame["event"]] == [*range(1, 9)]


@in_loop
async def test_no_text_is_a_formula_for_a_spreadsheet() -> None:
    """Payloads, errors and keys may come from anybody: an apostrophe makes them texts."""
    events = await events_of(
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", Odd(), -1, "a=1", "fail"
    )
    guarded = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "'=Odd()", "-1", "a=1", "fail"]
    content = export_csv(events)
    assert cells(content, "payload") == guarded
    assert cells(content, "error")[-1] == "ValueError: =1+1"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@given(st.lists(json_values, min_size=1, max_size=5))
def test_what_json_has_comes_back_as_it_was(values: list[Any]) -> None:
    """An export can be sent again."""
    events = run(events_of(*values))
    assert [row["payload"] for row in read_upload("e.jsonl", export_jsonl(events))] == values
    export_csv(events)


def test_no_events_give_a_header_alone() -> None:
    """An empty filter is no reason to fail."""
    assert export_csv([]).decode() == ",".join(COLUMNS) + "\r\n"
    assert export_jsonl([]) == b""


@pytest.mark.parametrize("mode", [None, Delivery.KEY])
@in_loop
async def test_what_is_saved_is_what_the_dataframe_has(
    mode: Delivery | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the events that match the rows that fit, by each of the three codes."""

    async def refuse(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError("no reading")

    def read(name: str) -> bytes:
        return (tmp_path / name).read_bytes()

    monkeypatch.chdir(tmp_path)
    async with a_bench() as bench:
        await bench.put(collector("fine"))
        await bench.put(collector("bad", refuse))
        for keys in (["fine"], ["bad"], ["fine", "bad"]):
            await give(bench, Payload(3, Delivery.KEY, keys=keys))
        await give(bench, Payload(3))
        wanted = Selection(status="Error", delivery=mode, text="3")
        expected = {(2, "bad"), (3, "bad"), *({(4, "bad")} if mode is None else set())}
        for name, export in (("r.csv", "export_csv"), ("r.jsonl", "export_jsonl")):
            await run_cell(code_of_file(name, export, wanted, "bench"), bench=bench)
            rows = read_upload(name, read(name))
            assert {(row["event"], row["collector"]) for row in rows} == expected
        frame = (await run_cell(wanted.code(), bench=bench))["frame"]
        assert set(zip(frame["event"], frame["collector"], strict=True)) == expected
        await run_cell(code_of_file("all.csv", "export_csv", Selection(), "bench"), bench=bench)
        assert read("all.csv") == export_csv(bench.history)
