"""The results panel's buttons: what each does, that its code does the same, and the static form."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import ResultsPanel, failing

from event_collector import Delivery, Payload
from tests.support import in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
    everything_in,
    give,
    run_cell,
)
from tests.widgets.panels.results.six_events import payloads, some


def saved(panel: ResultsPanel) -> list[tuple[dict[str, Any], bytes]]:
    """A list that grows with each file that the browser is told to save."""
    files: list[tuple[dict[str, Any], bytes]] = []
    panel.rows.send = lambda content, buffers=None: files.append((content, buffers[0]))
    return files


@in_loop
async def test_edit_gives_the_payload_to_the_form_if_there_is_one() -> None:
    """Panels do not know each other: without a form the button is not offered."""
    async with a_bench() as bench:
        panel = await some(bench)
        assert [each["name"] for each in panel.detail.actions] == ["resend", "close"]
        panel.show(3)
        with pytest.raises(LookupError, match=r"^there is no form beside this panel; use Resend$"):
            await panel.edit()
        filled: list[tuple[Payload[Any], int]] = []
        panel.on_edit = lambda payload, event_id: filled.append((payload, event_id))
        assert [each["name"] for each in panel.detail.actions] == ["resend", "edit", "close"]
        panel.detail._handle_custom_msg({"do": "edit", "key": ""}, [])
        await settle()
        assert filled == [(payloads(bench)[2], 3)]
        assert panel.status.text == "the payload of event 3 is in the form (Send)"


@pytest.mark.parametrize("state", ["", "Error", "Ok"])
@in_loop
async def test_the_code_of_the_frame_gives_just_what_matches(state: str) -> None:
    """To DataFrame: the cell's frame has the events that the panel counts."""
    async with a_bench() as bench:
        panel = await some(bench)
        panel.filters.state.value = state
        await panel.to_frame()
        cell = await run_cell(panel.code_line.code, bench=bench)
        matching = await panel._looking.all(panel.say)
        assert sorted(set(cell["frame"]["event"])) == [event.id for event in matching]
        assert panel.status.text.startswith("a cell with this code makes `frame` of what matches")


@in_loop
async def test_what_matches_is_saved_as_csv_and_as_json_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row per event and collector, read back; the code writes the same file."""
    monkeypatch.chdir(tmp_path)
    async with a_bench() as bench:
        panel = await some(bench)
        files = saved(panel)
        panel.filters.collector.value = "x"
        panel.filters.text.value = "2"
        await settle()
        await panel.to_csv()
        assert panel.status.text == "2 events in results.csv, which the browser saves"
        content, data = files[-1]
        assert content == {"do": "download", "name": "results.csv", "type": "text/csv"}
        rows = list(csv.DictReader(io.StringIO(data.decode())))
        assert [(row["event"], row["payload"], row["value"]) for row in rows] == [
            ("2", "1", "2"),
            ("3", "2", "4"),
        ]
        await run_cell(panel.code_line.code, bench=bench)
        assert (tmp_path / "results.csv").read_bytes() == data
        await panel.to_jsonl()
        content, data = files[-1]
        assert content["name"] == "results.jsonl"
        assert [json.loads(line)["event"] for line in data.splitlines()] == [2, 3]
        await run_cell(panel.code_line.code, bench=bench)
        assert (tmp_path / "results.jsonl").read_bytes() == data


@in_loop
async def test_what_is_found_by_what_a_row_says_is_saved_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an event was resent as is known by the workbench alone; delivery and time as before."""
    monkeypatch.chdir(tmp_path)
    async with a_bench() as bench:
        panel = await some(bench)
        files = saved(panel)
        panel.show(5)
        await panel.resend()
        panel.filters.text.value, panel.filters.delivery.value = "resent", Delivery.BROADCAST
        panel.filters.time.value = 3_600.0
        await settle()
        await panel.to_csv()
        rows = list(csv.DictReader(io.StringIO(files[-1][1].decode())))
        assert [(row["event"], row["collector"]) for row in rows] == [("5", "x"), ("5", "bad")]
        await run_cell(panel.code_line.code, bench=bench)
        assert (tmp_path / "results.csv").read_bytes() == files[-1][1]
        await panel.to_frame()
        cell = await run_cell(panel.code_line.code, bench=bench)
        assert list(cell["frame"]["event"]) == [5, 5]
        panel.filters.text.value, panel.filters.state.value = "", "Error"
        await settle()
        await panel.to_jsonl()
        await run_cell(panel.code_line.code, bench=bench)
        assert (tmp_path / "results.jsonl").read_bytes() == files[-1][1]
        assert len(files[-1][1].splitlines()) == 2


@in_loop
async def test_code_goes_when_it_would_say_something_else() -> None:
    """Another filter; and a notebook that has another thing under the workbench's name."""
    async with a_bench(namespace={"bench": 1}) as bench:
        panel = await some(bench)
        await panel.to_frame()
        assert panel.code_line.code == ""
    async with a_bench() as bench:
        panel = await some(bench)
        await panel.to_frame()
        assert panel.code_line.code
        panel.filters.text.value = "a"
        await settle()
        assert panel.code_line.code == ""


@in_loop
async def test_another_workbench_is_taken_over_with_what_was_typed() -> None:
    """What was open belongs to the one before, and that is said."""
    async with a_bench("one") as one, a_bench("two") as two:
        panel = await some(one)
        panel.filters.collector.value, panel.filters.text.value = "bad", "a"
        panel.freeze.value = True
        panel.show(5)
        await settle()
        await two.put(collector("bad", failing))
        await give(two, Payload("a new one"))
        panel.moved(two)
        await settle()
        assert [row["cells"][1] for row in panel.rows.rows] == ["'a new one'"]
        assert (panel.detail.title, panel.rows.chosen, panel.freeze.value) == ("", "", False)
        assert panel.status.text == (
            "the workbench was made again: the events of before are gone, "
            "and with them event 5, which was open here"
        )
        assert panel.filters.said == ("bad", "", "", 0.0, "a")
        panel.rows.chosen = panel.rows.rows[0]["key"]  # whoever opens a row has read it
        await settle()
        assert panel.status.text == ""


@in_loop
async def test_the_static_form_has_the_newest_that_match() -> None:
    """A table without times or addresses, escaped, and how many there are."""

    class Plain:
        pass

    async with a_bench() as bench:
        panel = await some(bench)
        await give(bench, Payload(NASTY))
        await give(bench, Payload(Plain()))
        panel.filters.text.value = "script"
        shown = panel.static()
        assert "<script" not in shown
        assert "<img" not in shown
        assert "1 of 1 that match the filter, errors first" in shown
        panel.filters.text.value = ""
        await bench.publisher.send_all([Payload(number) for number in range(20)])
        await bench.publisher.wait()
        shown = panel.static()
        assert shown.count("<tr>") == 11
        assert "10 of 28, errors first, then the newest" in shown
        assert " at 0x" not in shown
        assert shown == panel.static()
    async with a_bench() as bench:
        assert "none yet" in ResultsPanel(bench).static()


@in_loop
async def test_it_is_a_small_fixed_set_of_widgets() -> None:
    """Issue 13: at most 25."""
    async with a_bench() as bench:
        panel = await some(bench)
        before = everything_in(panel)
        panel.show(1)
        panel.refresh()
        assert everything_in(panel) == before
        assert len(before) <= 25


@in_loop
async def test_what_can_be_clicked_or_typed_in_says_what_it_does() -> None:
    """ipywidgets writes "null" into the title of a label that has no tooltip."""
    async with a_bench() as bench:
        panel = await some(bench)
        fields = [each for each in everything_in(panel) if hasattr(each, "tooltip")]
        described = [each for each in fields if getattr(each, "description", "")]
        assert len(described) == 12
        assert all(each.tooltip for each in described)
