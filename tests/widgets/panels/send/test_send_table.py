"""The send panel with many payloads: a table's rows, an upload's, copies; progress and cancel."""

import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from event_collector_widgets import SendPanel
from event_collector_widgets.panels.send import panel as send_panel
from event_collector_widgets.panels.send.table_rows import Table, of_upload
from event_collector_widgets.uploads import MAX_BYTES

from event_collector import Delivery
from tests.support import in_loop, settle
from tests.widgets.benches import a_bench, eventually, run_cell, text
from tests.widgets.panels.send.tables import ROWS, with_table


async def choose(panel: SendPanel, mode: Delivery | str) -> None:
    """Choose a delivery."""
    panel.names.delivery.value = mode
    await settle()


@in_loop
async def test_a_table_is_a_payload_for_each_row() -> None:
    """Issue 13: the rows, in order, and what became of them in one line."""
    async with a_bench(namespace={"rows": ROWS}) as bench:
        panel = await with_table(bench)
        assert panel.value.menu.options == (("choose one", ""), ("rows (list, 3 rows)", "rows"))
        said = text(panel.preview)
        assert said.startswith("3 rows: city, to, how, temp; row 1: {'city': 'seattle'")
        assert "each row would reach 3 of 3" in said
        panel.send_button.click()
        said = "3 sent: 3 with errors (wrong 3)"
        await eventually(lambda: panel.status.text == said)
        assert [event.payload.value for event in bench.history] == ROWS
        assert panel.under_way.progress.layout.display == "none"


@in_loop
async def test_a_dataframe_is_offered_as_a_table_and_as_one_payload_in_words() -> None:
    """Fault 17: the menu says that it is one payload, and so does the preview."""
    frame = pd.DataFrame(ROWS)
    async with a_bench(namespace={"frame": frame, "z": 1}) as bench:
        panel = await with_table(bench, "frame")
        assert panel.value.menu.options[1:] == (("frame (DataFrame, 3 rows)", "frame"),)
        assert text(panel.preview).startswith("3 rows: city, to, how, temp; row 1:")
        panel.value.source.value = "variable"
        await settle()
        labels = [label for label, _ in panel.value.menu.options]
        assert labels[1:] == ["z (int)", "frame (DataFrame, 3 rows, as ONE payload)"]
        assert panel.value.menu.value == ""
        panel.value.menu.value = "frame"
        await settle()
        said = "a DataFrame of 3 rows as ONE payload; choose table for a payload each"
        assert text(panel.preview).startswith(said)
        panel.value.source.value = "table"
        await settle()
        assert panel.value.menu.value == "frame"


@pytest.mark.parametrize("mode", [*Delivery, "column"], ids=str)
@pytest.mark.parametrize("kind", [list, pd.DataFrame], ids=lambda kind: kind.__name__)
@in_loop
async def test_the_code_does_what_the_button_does(mode: Delivery | str, kind: Any) -> None:
    """Names from a column beside fixed ones, and the delivery from one: the same payloads."""
    async with a_bench(namespace={"rows": kind(ROWS)}) as bench:
        panel = await with_table(bench)
        await choose(panel, mode)
        panel.names.others.value = "it's" if mode != "column" else ""
        panel.names.keys_column.value = panel.names.topics_column.value = "to"
        panel.names.delivery_column.value = "how"
        await panel.send()
        assert panel.code_line.code == panel.code() != ""
        await run_cell(panel.code(), bench=bench, rows=kind(ROWS))
        sent = [event.payload for event in bench.history]
        first, second = repr(sent[:3]), repr(sent[3:])  # a missing number is not equal to itself
        assert len(sent) == 6
        assert first == second
        if mode == "column":
            assert [each.delivery for each in sent[:3]] == [
                Delivery.KEY,
                Delivery.BROADCAST,
                Delivery.TOPIC,
            ]


@in_loop
async def test_the_columns_fields_are_seen_where_they_say_something() -> None:
    """Of keys with KEY, of topics with TOPIC, all three where a column says the delivery."""
    async with a_bench(namespace={"rows": ROWS, "numbers": [1, 2]}) as bench:
        panel = await with_table(bench)
        names = panel.names
        fields = (names.delivery_column, names.keys_column, names.topics_column)
        seen = {}
        for mode in (*Delivery, "column"):
            await choose(panel, mode)
            seen[mode] = [field.layout.display != "none" for field in fields]
        assert seen == {
            Delivery.BROADCAST: [False, False, False],
            Delivery.KEY: [False, True, False],
            Delivery.TOPIC: [False, False, True],
            "column": [True, True, True],
        }
        assert text(panel.preview).startswith("choose the column that says")
        assert "ec-error" not in panel.preview.value
        assert panel.send_button.disabled
        panel.value.source.value = "JSON"
        await settle()
        assert names.delivery.value is Delivery.BROADCAST
        assert not any(field.layout.display != "none" for field in fields)


@in_loop
async def test_a_wrong_cell_is_told_with_its_row_and_nothing_is_sent() -> None:
    """Decision 24: all payloads are made before the first is sent."""
    rows = [{"to": "audit"}, {"to": 7}]
    async with a_bench(namespace={"rows": rows}) as bench:
        panel = await with_table(bench)
        await choose(panel, Delivery.KEY)
        panel.names.keys_column.value = "to"
        await settle()
        panel.send_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text.startswith("row 2: the keys from column 'to' must be texts, got 7")
        assert bench.metrics().accepted == 0
        assert panel.under_way.cancel_button.layout.display == "none"


@in_loop
async def test_an_empty_table_and_none_at_all_are_told() -> None:
    """Before and after a click."""
    namespace: dict[str, Any] = {}
    async with a_bench(namespace=namespace) as bench:
        panel = SendPanel(bench)
        panel.value.source.value = "table"
        await settle()
        said = "the notebook has no table to send yet; make one in a cell, or upload a file"
        assert text(panel.preview) == said
        namespace["rows"] = []
        panel.refresh()
        assert text(panel.preview) == "choose a table to send"
        assert "ec-error" not in panel.preview.value
        panel.value.menu.value = "rows"
        await settle()
        assert text(panel.preview) == "rows has no rows"
        with pytest.raises(ValueError, match="rows has no rows"):
            await panel.send()


def from_the_page(panel: SendPanel, message: dict[str, object], *buffers: bytes) -> None:
    """What the browser sends of a file that was chosen."""
    panel.value.upload._handle_custom_msg(message, [memoryview(each) for each in buffers])


def uploaded(panel: SendPanel, name: str, content: bytes, piece: int = 20) -> None:
    """A file in pieces, as the browser sends it."""
    told: dict[str, object] = {"do": "piece", "of": name, "name": name, "size": len(content)}
    for begin in range(0, max(len(content), 1), piece):
        from_the_page(panel, told, content[begin : begin + piece])


FILES = {
    "rows.csv": b"city,temp\nseattle,39.5\nportland,\n",
    "rows.jsonl": b'{"city": "seattle"}\n{"city": "portland"}\n',
    "rows.json": b'[{"city": "seattle"}, {"city": "portland"}]',
}


@pytest.mark.parametrize("name", FILES)
@in_loop
async def test_an_uploaded_file_is_a_table(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code reads the file where it lies beside the notebook."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(FILES[name])
    async with a_bench(namespace={"rows": ROWS}) as bench:
        panel = await with_table(bench)
        uploaded(panel, name, FILES[name])
        await eventually(lambda: panel.status.text == f"{name}: 2 rows")
        assert panel.value.menu.options[-1][0] == f"{name} (uploaded, 2 rows)"
        await panel.send()
        await run_cell(panel.code(), bench=bench)
        sent = [repr(event.payload) for event in bench.history]
        assert len(sent) == 4
        assert sent[:2] == sent[2:]
        panel.value.menu.value = "rows"
        assert panel.payload().value == ROWS[0]


@pytest.mark.parametrize("by", [["city"], ["city", "temp"], [0]])
@in_loop
async def test_a_named_index_is_told_not_to_be_sent(by: list[Any]) -> None:
    """What groupby and set_index give: the rows do not have it, and nothing may go unsaid."""
    frame = pd.DataFrame(ROWS).rename(columns={"to": 0}).set_index(by)
    names = ", ".join(map(str, by))
    async with a_bench(namespace={"frame": frame}) as bench:
        panel = await with_table(bench, "frame")
        said = f"; the index ({names}) is not sent: reset_index() makes columns of it"
        assert said in text(panel.preview)


@in_loop
async def test_an_index_without_a_name_is_not_told_of() -> None:
    """Places alone, also of rows that were picked out, are no loss."""
    async with a_bench(namespace={"frame": pd.DataFrame(ROWS)[1:]}) as bench:
        panel = await with_table(bench, "frame")
        assert "2 rows" in text(panel.preview)
        assert "index" not in text(panel.preview)


@in_loop
async def test_an_uploaded_file_of_one_row_is_told_so() -> None:
    """The menu, the preview and the button say "1 row" alike."""
    async with a_bench(namespace={"rows": ROWS}) as bench:
        panel = await with_table(bench)
        uploaded(panel, "one.csv", b"n\n1\n")
        await eventually(lambda: panel.status.text == "one.csv: 1 row")
        assert panel.value.menu.options[-1][0] == "one.csv (uploaded, 1 row)"
        assert panel.send_button.description == "Send 1 payload"


@pytest.mark.parametrize("before", ["a variable", "an upload", "shown later"])
@in_loop
async def test_a_file_that_is_refused_is_told_and_leaves_no_table_to_send(before: str) -> None:
    """With the line and column of the mistake; what was chosen before it must not go for it."""
    async with a_bench(namespace={"rows": ROWS}) as bench:
        panel = await with_table(bench)
        if before == "an upload":
            uploaded(panel, "rows.csv", FILES["rows.csv"])
            await eventually(lambda: panel.status.text == "rows.csv: 2 rows")
        await eventually(lambda: not panel.send_button.disabled)
        if before == "shown later":
            panel.value.source.value = "variable"
            await settle()
        uploaded(panel, "rows.jsonl", b'{"a": 1}\n{"a": }\n')
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text.startswith("rows.jsonl is not JSON at line 2, column")
        panel.value.source.value = "table"
        await eventually(lambda: text(panel.preview) == "choose a table to send")
        assert panel.value.menu.value == ""
        assert panel.send_button.disabled
        with pytest.raises(ValueError, match="choose a table to send"):
            await panel.send()
        assert panel.status.text.startswith("rows.jsonl is not JSON at line 2, column")
        panel.value.menu.value = "rows"
        await eventually(lambda: not panel.send_button.disabled)


@in_loop
async def test_a_file_that_is_too_large_is_told_and_the_next_one_is_taken() -> None:
    """The browser sends its size alone; what is said before is not left standing."""
    async with a_bench(namespace={"rows": ROWS}) as bench:
        panel = await with_table(bench)
        assert panel.value.upload.most == MAX_BYTES
        told = {"do": "too large", "of": "1", "name": "year.csv", "size": 11_000_000}
        from_the_page(panel, told)
        said = "year.csv has 11.00 MB, at most 10 MB are taken; split it"
        await eventually(lambda: panel.status.text == said)
        told = {"do": "unreadable", "of": "2", "name": "gone.csv", "size": 5, "why": "NotFound"}
        from_the_page(panel, told)
        said = "gone.csv could not be read in the browser: NotFound; choose it again"
        await eventually(lambda: panel.status.text == said)
        for name in ("rows.csv", "rows.csv", "rows.json"):
            uploaded(panel, name, FILES[name])
            await eventually(lambda name=name: panel.status.text == f"{name}: 2 rows")  # type: ignore[misc]
        uploaded(panel, "empty.csv", b"")
        await eventually(lambda: panel.status.text == "empty.csv has no rows")


@pytest.mark.parametrize("first", ["rows.csv", "torn.jsonl"])
@in_loop
async def test_of_two_files_the_one_chosen_last_stays(
    first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first takes longer to read, and where it cannot be read."""
    go_on = threading.Event()

    def in_its_time(name: str, content: bytes) -> Table:
        if name == first:
            go_on.wait(10)
        return of_upload(name, content)

    monkeypatch.setattr(send_panel, "of_upload", in_its_time)
    async with a_bench(namespace={"rows": ROWS}) as bench:
        panel = await with_table(bench)
        said: list[str] = []
        panel.status.observe(lambda change: said.append(change["new"]), "text")
        uploaded(panel, first, FILES.get(first, b'{"a": }\n'))
        uploaded(panel, "rows.json", FILES["rows.json"])
        from_the_page(panel, {"do": "too large", "of": "9", "name": "a.csv", "size": 11_000_000})
        await settle()
        go_on.set()
        await eventually(lambda: len([each for each in said if each.startswith(first)]) == 1)
        await eventually(lambda: panel.status.text.startswith("a.csv has 11.00 MB"))
        assert [each.split()[0].rstrip(":") for each in said if each] == [
            first,
            "rows.json",
            "a.csv",
        ]
        assert panel.value.menu.value == ""  # the last one was refused
        assert panel.value.menu.options[-1][1] == "file rows.json"


@in_loop
async def test_more_than_was_announced_is_not_kept() -> None:
    """A page that is not ours may send what it likes."""
    async with a_bench(namespace={"rows": ROWS}) as bench:
        panel = await with_table(bench)
        told: dict[str, object] = {"do": "piece", "of": "1", "name": "a.csv", "size": 11_000_000}
        for _ in range(11):
            from_the_page(panel, told, bytes(1_000_000))
        said = "a.csv has 11.00 MB, at most 10 MB are taken; split it"
        await eventually(lambda: panel.status.text == said)
        assert len(panel.value.upload._content) == 0
