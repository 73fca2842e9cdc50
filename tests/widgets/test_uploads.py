"""Uploads: what a file's bytes hold, what is wrong with them, and the limits, in words."""

import asyncio
import json
import re
from math import isnan
from typing import Any

import pytest
from event_collector_widgets.uploads import (
    MAX_BYTES,
    MAX_ROWS,
    check_rows,
    check_size,
    copies,
    read_upload,
    upload_code,
)

from event_collector import Delivery, Payload
from tests.widgets.benches import run_cell


def test_a_csv_file_gives_a_dict_a_row_by_its_header() -> None:
    """Issue 13: an uploaded CSV is many payloads; numbers are numbers, and Python's own."""
    rows = read_upload("r.csv", b"city,temp,wet\nseattle,39.5,True\n\nparis,,False\n")
    assert rows[0] == {"city": "seattle", "temp": 39.5, "wet": True}
    assert rows[1]["city"] == "paris"
    assert isnan(rows[1]["temp"])
    assert [type(value) for value in rows[0].values()] == [str, float, bool]


def test_quoted_cells_may_hold_commas_quotes_and_line_breaks() -> None:
    """RFC 4180; the byte order mark that some programs write is not part of a name."""
    content = '\ufeffname,said\n"a, b","two\nlines and ""quotes"""\n'.encode()
    assert read_upload("r.CSV", content) == [{"name": "a, b", "said": 'two\nlines and "quotes"'}]


def test_digits_after_a_leading_zero_stay_as_they_are() -> None:
    """Nothing is silently changed: 01234 is a post code, and as a number it would be another."""
    content = b"zip,count,share,,phone\n01234,10,0.5,007,+049\n98101,0,0,8,\n"
    rows = read_upload("r.csv", content)
    assert rows[0] == {
        "zip": "01234",
        "count": 10,
        "share": 0.5,
        "Unnamed: 3": "007",
        "phone": "+049",
    }
    assert (rows[1]["zip"], rows[1]["count"], rows[1]["Unnamed: 3"]) == ("98101", 0, "8")
    assert isnan(rows[1]["phone"])


def test_json_lines_give_a_value_a_line() -> None:
    """Issue 13: uploaded JSON Lines. U+2028 does not end a line, and an empty line is none."""
    content = '{"a": 1}\n\n"x\u2028y"\r\n[1, 2]'.encode()
    assert read_upload("r.jsonl", content) == [{"a": 1}, "x\u2028y", [1, 2]]
    assert read_upload("r.ndjson", content) == read_upload("r.jsonl", content)


def test_a_json_file_holds_lines_or_one_array() -> None:
    """Both are found under that name."""
    assert read_upload("r.json", b'{"a": 1}\n{"a": 2}\n') == [{"a": 1}, {"a": 2}]
    assert read_upload("r.json", b'[\n {"a": 1},\n {"a": 2}\n]') == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.csv", b"a,b\n1,2\n3\n", "r.csv has 1 cells at line 3, but 2 columns; "),
        ("r.csv", b"a,b\n1,2,3\n", "r.csv has 3 cells at line 2, but 2 columns; "),
        ("r.csv", b'a\n"1\n', "r.csv is not CSV at line 2: "),
        ("r.csv", b"a,a\n1,2\n", "the header of r.csv has the column 'a' twice; "),
        ("r.csv", b"a;b\n1;2\n", "r.csv is separated by ';', not by commas; "),
        ("r.csv", b"a,b\n", "r.csv has no rows"),
        ("r.csv", b"", "r.csv has no rows"),
        ("r.csv", b"city\nok\ncaf\xe9\n", "r.csv is not UTF-8 text: byte 0xe9 at line 3; "),
        ("r.jsonl", b'{"a": 1}\n{"a": }\n', "r.jsonl is not JSON at line 2, column 7: "),
        (
            "r.jsonl",
            b'{"a": 1} 2\n',
            "r.jsonl is not JSON at line 1, column 10: something follows it",
        ),
        ("r.jsonl", b"1\nNaN\n", "r.jsonl is not JSON at line 2: JSON has no NaN; "),
        ("r.jsonl", b"\n", "r.jsonl has no rows"),
        ("r.json", b"[\n 1,\n 2 3\n]", "r.json is not JSON at line 3, column 4: "),
        ("r.jsonl", b"[" * 100_000, "r.jsonl is not JSON at line 1: "),
        ("r.jsonl", b"9" * 5_000, "r.jsonl is not JSON at line 1: "),
        ("r.xlsx", b"PK", "cannot read 'r.xlsx'; upload a .csv, .jsonl, .ndjson or .json file"),
    ],
)
def test_a_mistake_is_told_with_its_place(name: str, content: bytes, message: str) -> None:
    """Issue 13: line and column of a mistake, encodings in words; nothing is read halfway."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        read_upload(name, content)


def test_uploads_have_limits_told_in_words() -> None:
    """Issue 13: 10,000 rows and 10 MB."""
    most = b"a\n" + b"1\n" * MAX_ROWS
    assert len(read_upload("r.csv", most)) == MAX_ROWS
    said = "r.csv has 10,001 rows, at most 10,000 can be sent; split it"
    with pytest.raises(ValueError, match=f"^{said}$"):
        read_upload("r.csv", most + b"1\n")
    with pytest.raises(ValueError, match=r"^r.jsonl has 10,001 rows"):
        read_upload("r.jsonl", b"1\n" * (MAX_ROWS + 1))
    with pytest.raises(ValueError, match=r"^r.json has 10,001 rows"):
        read_upload("r.json", json.dumps([1] * (MAX_ROWS + 1)).encode())
    with pytest.raises(
        ValueError, match=r"^r.csv has 10.00 MB, at most 10 MB are taken; split it$"
    ):
        read_upload("r.csv", b"a" * (MAX_BYTES + 1))
    assert check_rows(MAX_ROWS, "it") == MAX_ROWS
    assert check_size(MAX_BYTES, "it") == MAX_BYTES


def test_copies_are_payloads_alike_and_have_the_limit_too() -> None:
    """Issue 13: n copies. Each is a payload of its own, so that events can be told apart."""
    value = {"a": 1}
    payload = Payload(value, Delivery.KEY, keys=["k"], priority=3)
    made = copies(payload, 3)
    assert made == [payload] * 3
    assert len({id(each) for each in made}) == 3
    assert all(each.value is value for each in made)
    with pytest.raises(ValueError, match=r"^copies must be <= 10,000, got 10,001; send again"):
        copies(payload, MAX_ROWS + 1)
    with pytest.raises(ValueError, match=r"^copies must be >= 1, got 0$"):
        copies(payload, 0)
    with pytest.raises(TypeError, match=r"^copies must be an int, got str: '3'$"):
        copies(payload, "3")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", b"city,temp\nseattle,39.5\nparis,40\n"),
        ("r.csv", b"a 'zip',temp,\n01234,39.5,02\n\n98101,40,1\n"),
        ("r.jsonl", '{"a": "\u2028"}\n\n2\n'.encode()),
        ("r.json", b'[{"a": 1}, {"a": 2}]'),
        ("r.json", b'\xef\xbb\xbf{"a": 1}\n{"a": 2}'),
    ],
)
def test_the_code_of_an_upload_gives_its_rows(
    name: str, content: bytes, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 13: every click shows its code."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    variables = asyncio.run(run_cell(upload_code(name, content)))
    assert variables["rows"] == read_upload(name, content)
