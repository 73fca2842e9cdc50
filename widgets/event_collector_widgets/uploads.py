"""Uploads: the rows of a CSV or JSON Lines file, read from its bytes; and the limits in words."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

from event_collector import Payload
from event_collector import _check as check
from event_collector_widgets.twins import TwinError, in_words, unique

MAX_ROWS = 10_000
"""How many rows an upload may have, and how many copies may be sent at once. A variable of the
notebook may have more: who can write code in the kernel needs no such limit."""

MAX_BYTES = 10_000_000
"""How large an upload may be."""

_LEADING_ZERO = re.compile(r"\s*[+-]?0[0-9]+\s*$")

_LINES = (".jsonl", ".ndjson", ".json")


def read_upload(name: str, content: bytes) -> list[Any]:
    """The rows of an uploaded file, by the end of its name.

    - `.csv`: a header, then a row a line, separated by commas. Types are found out as by
      `pandas.read_csv`: an empty cell, and texts such as NA and null, are nan. But a column with
      digits after a leading zero, such as 01234, is text: it names something and counts nothing.
    - `.jsonl`, `.ndjson`: a JSON value a line. `.json`: the same, or one array of the rows.

    Empty lines are left out. What is not JSON but read by Python, NaN and Infinity, is refused.

    Args:
        name: The file's name; it is never opened.
        content: The file's bytes, UTF-8.

    Raises:
        ValueError: It is too large, has too many rows or none, is of another kind, or holds a
            mistake, which is told with its line (in JSON with its column too).
    """
    kind = _kind(name)
    check_size(len(content), name)
    text = _decoded(name, content)
    rows = _read_csv(name, text) if kind == ".csv" else _read_json(name, text)
    if not rows:
        raise ValueError(f"{name} has no rows")
    return rows


def upload_code(name: str, content: bytes) -> str:
    """Code that gives the rows of an upload as `rows`, once the file is saved beside the notebook.

    Lines of a cell, with the imports that they need.
    """
    if _kind(name) == ".csv":
        texts = ", ".join(f"{column!r}: str" for column in _texts(_decoded(name, content)))
        types = f", dtype={{{texts}}}" if texts else ""
        read = f'pd.read_csv({name!r}, index_col=False{types}).to_dict("records")'
        return f"import pandas as pd\n\nrows = {read}"
    read = f'Path({name!r}).read_text("utf-8-sig")'
    if _is_array(name, _decoded(name, content)):
        rows = f"json.loads({read})"
    else:
        rows = f'[json.loads(line) for line in {read}.split("\\n") if line.strip()]'
    return f"import json\nfrom pathlib import Path\n\nrows = {rows}"


def check_rows(count: int, what: str) -> int:
    """How many rows or copies, if they may be so many.

    Raises:
        ValueError: There are more than 10,000.
    """
    if count > MAX_ROWS:
        raise ValueError(f"{what} has {count:,} rows, at most {MAX_ROWS:,} can be sent; split it")
    return count


def check_size(size: int, what: str) -> int:
    """How many bytes, if they may be so many.

    Raises:
        ValueError: There are more than 10 MB.
    """
    if size > MAX_BYTES:
        most = f"{MAX_BYTES / 1e6:.0f} MB"
        raise ValueError(f"{what} has {size / 1e6:.2f} MB, at most {most} are taken; split it")
    return size


def copies(payload: Payload[Any], count: int) -> list[Payload[Any]]:
    """So many payloads alike, with one and the same value.

    Raises:
        TypeError: `count` is not an int.
        ValueError: It is less than 1, or more than 10,000.
    """
    check.whole(count, "copies", 1)
    if count > MAX_ROWS:
        raise ValueError(f"copies must be <= {MAX_ROWS:,}, got {count:,}; send again for more")
    return [
        Payload(
            payload.value,
            payload.delivery,
            keys=payload.keys,
            topics=payload.topics,
            priority=payload.priority,
        )
        for _ in range(count)
    ]


def _kind(name: str) -> str:
    for kind in (".csv", *_LINES):
        if name.lower().endswith(kind):
            return kind
    raise ValueError(f"cannot read {name!r}; upload a .csv, .jsonl, .ndjson or .json file")


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        raise ValueError(
            f"{name} is not UTF-8 text: byte 0x{exc.object[exc.start]:02x} at line {line}; "
            "save it with the encoding UTF-8"
        ) from None


def _read_csv(name: str, text: str) -> list[Any]:
    import pandas as pd

    # pandas fills short rows up, and takes longer ones for an index: so they are counted before.
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    width = count = 0
    try:
        for cells in lines:
            if not cells:
                continue
            if not width:
                width = len(cells)
                _check_header(name, cells)
                continue
            count += 1
            if len(cells) != width:
                raise ValueError(
                    f"{name} has {len(cells)} cells at line {lines.line_num}, but {width} columns; "
                    'put a cell that holds a comma between double quotes: "a, b"'
                )
    except csv.Error as exc:
        raise ValueError(f"{name} is not CSV at line {lines.line_num}: {exc}") from None
    check_rows(count, name)
    if not count:
        return []
    types = dict.fromkeys(_texts(text), str)
    frame = pd.read_csv(io.StringIO(text, newline=""), index_col=False, dtype=types)
    records: list[Any] = frame.to_dict("records")
    return records


def _texts(text: str) -> list[str]:
    """The columns of a CSV with leading zeros, which a number would not keep."""
    rows = (row for row in csv.reader(io.StringIO(text, newline="")) if row)
    # pandas names a column without a name so.
    header = [column or f"Unnamed: {place}" for place, column in enumerate(next(rows, []))]
    return [
        column
        for column, cells in zip(header, zip(*rows, strict=False), strict=False)
        if any(_LEADING_ZERO.match(cell) for cell in cells)
    ]


def _check_header(name: str, cells: list[str]) -> None:
    refuse_twins(cells, f"the header of {name}")
    other = next((sign for sign in (";", "\t") if len(cells) == 1 and sign in cells[0]), None)
    if other is not None:
        raise ValueError(
            f"{name} is separated by {other!r}, not by commas; save it with commas, "
            f"or read it in a cell with pandas.read_csv(..., sep={other!r})"
        )


def refuse_twins(columns: Sequence[Any], what: str) -> None:
    """Refuse columns that have one name: a row as a dict would lose one of them.

    Raises:
        ValueError: There are some.
    """
    twins = [column for column, times in Counter(columns).items() if times > 1]
    if twins:
        raise ValueError(f"{what} has the column {twins[0]!r} twice; give each its own name")


def _is_array(name: str, text: str) -> bool:
    return _kind(name) == ".json" and text.lstrip().startswith("[")


def _read_json(name: str, text: str) -> list[Any]:
    if _is_array(name, text):
        rows: list[Any] = _json(name, text)
        check_rows(len(rows), name)
        return rows
    # Only these end a line: U+2028 may stand within a JSON text.
    lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    check_rows(len(lines), name)
    return [_json(name, line, at) for at, line in lines]


def _json(name: str, text: str, first_line: int = 1) -> Any:
    """A JSON value that begins at a line of a file."""
    try:
        return json.loads(text, parse_constant=_no_json, object_pairs_hook=unique)
    except TwinError as exc:
        raise ValueError(f"{name} is not taken: {exc.place(text, first_line)}") from None
    except json.JSONDecodeError as exc:
        # After the last value of a line the parser counts the line break to the next line.
        place = f"line {first_line + exc.lineno - 1}, column {exc.colno}"
        raise ValueError(f"{name} is not JSON at {place}: {in_words(exc)}") from None
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"{name} is not JSON at line {first_line}: {exc}") from None


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"JSON has no {constant}; write null, or a text")
