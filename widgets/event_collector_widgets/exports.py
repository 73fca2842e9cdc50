"""Exports: events as a CSV or JSON Lines file, a row per event and collector, as bytes."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from event_collector import CollectorEvent, Error
from event_collector._text import describe
from event_collector_widgets.selection import Selection

COLUMNS = (
    "event",
    "status",
    "collector",
    "payload",
    "delivery",
    "keys",
    "topics",
    "priority",
    "value",
    "error",
    "consumer",
    "accepted_at",
    "taken_at",
    "finished_at",
    "wait_time",
    "service_time",
)
"""Those of `History.to_frame`, in the same order."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_rows(
    events: Iterable[CollectorEvent], wanted: Selection | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of `History.to_frame`, of these events only: dicts by column, None where missing.

    With a selection, the rows that fit of the events that match: of `Selection(status="Error")`
    the Errors alone, and not what else came of the same events. That is what the panel saves, and
    what `Selection.code` makes a DataFrame of.

    An event that is not done, or that reached no collector, has one row. Times are seconds of the
    loop's clock. Looking does not make the events `retrieved`.
    """
    for event in events:
        payload = event.payload
        if wanted is not None and not wanted.matches(event):
            continue
        for collector, status, value, error in _results(event):
            if wanted is not None and not wanted.fits(collector, status):
                continue
            cells = (
                event.id,
                status,
                collector,
                payload.value,
                getattr(payload.delivery, "value", None),  # whatever it was set to by hand
                payload.keys,
                payload.topics,
                payload.priority,
                value,
                error,
                event.consumer,
                event.accepted_at,
                event.taken_at,
                event.finished_at,
                event.wait_time,
                event.service_time,
            )
            yield dict(zip(COLUMNS, cells, strict=True))


def export_jsonl(events: Iterable[CollectorEvent], wanted: Selection | None = None) -> bytes:
    """A JSON object a line, ASCII: see `to_rows`.

    What JSON does not have is the text of its repr: objects, sets, bytes, nan, dicts whose keys are
    not texts. Tuples become lists. `uploads.read_upload` reads it again.
    """
    lines = [
        json.dumps({name: _json(cell) for name, cell in row.items()})
        for row in to_rows(events, wanted)
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def export_csv(events: Iterable[CollectorEvent], wanted: Selection | None = None) -> bytes:
    """A header, and a line a row, UTF-8: see `to_rows`.

    Texts and numbers stand as they are, everything else as JSON: see `export_jsonl`. None is an
    empty cell. A text that a spreadsheet would take for a formula, one that begins with =, +, -, @,
    a tab or a carriage return, gets an apostrophe before it, also where it is a text like "-5";
    numbers do not. For the exact texts take JSON Lines.
    """
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for row in to_rows(events, wanted):
        lines.writerow([_csv(cell) for cell in row.values()])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _results(event: CollectorEvent) -> Iterator[tuple[str | None, str, Any, str | None]]:
    results = event.peek()
    if results is None:
        yield None, event.status, None, None
    elif not results.delivered:
        yield None, "undelivered", None, None
    else:
        for key, result in zip(results.keys, results, strict=False):
            if isinstance(result, Error):
                yield key, "Error", None, describe(result.exception, limit=500)
            else:
                yield key, "Ok", result.value, None


def _csv(cell: object) -> object:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if cell is None:
        return ""
    cell = _json(cell)
    if isinstance(cell, str):  # a repr: it may begin as a formula does
        return _csv(cell)
    return cell if type(cell) in (int, float) else json.dumps(cell)


def _json(value: object) -> Any:
    """A value that JSON has: itself as far as possible, else its repr."""
    try:
        return json.loads(json.dumps(_plain(value)))
    except (ValueError, RecursionError):  # in itself, too deep, or a number of too many digits
        return _repr(value)


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if isfinite(value) else _repr(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(each) for key, each in value.items()}
    return _repr(value)


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as exc:  # a value of the user's own
        return f"<{type(value).__name__} whose repr raised {type(exc).__name__}>"
