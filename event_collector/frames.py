"""pandas DataFrames of results, history and metrics. pandas is imported by the call."""

import dataclasses
from collections.abc import Iterable
from math import nan
from typing import TYPE_CHECKING, Any

from event_collector._text import describe
from event_collector.data import Error, Result, ResultList
from event_collector.event import CollectorEvent
from event_collector.metrics import Metrics
from event_collector.settling import SettleReport

if TYPE_CHECKING:
    import pandas as pd

RESULT_STATUS = ["Ok", "Error", "undelivered"]
EVENT_STATUS = ["queued", "in service", *RESULT_STATUS]
STUCK_STATUS = ["in service", "waits for a place", "queued"]
DELIVERIES = ["broadcast", "key", "topic"]


def results_frame(results: ResultList) -> "pd.DataFrame":
    """See `ResultList.to_frame`."""
    columns: dict[str, list[Any]] = {"collector": [], "status": [], "value": [], "error": []}
    for key, status, value, error in _rows(results):
        for column, cell in zip(columns.values(), (key, status, value, error), strict=True):
            column.append(cell)
    return _frame(
        columns,
        {"collector": "string", "status": RESULT_STATUS, "value": object, "error": "string"},
    )


def history_frame(events: Iterable[CollectorEvent]) -> "pd.DataFrame":
    """See `History.to_frame`."""
    types: dict[str, Any] = {
        "event": "int64",
        "status": EVENT_STATUS,
        "collector": "string",
        "payload": object,
        "delivery": DELIVERIES,
        "keys": object,
        "topics": object,
        "priority": "Int64",
        "value": object,
        "error": "string",
        "consumer": "Int64",
        "accepted_at": "float64",
        "taken_at": "float64",
        "finished_at": "float64",
        "wait_time": "float64",
        "service_time": "float64",
    }
    columns: dict[str, list[Any]] = {name: [] for name in types}
    for event in list(events):
        payload, results = event.payload, event.result
        rows = [(None, event.status, None, None)] if results is None else _rows(results)
        before = (
            payload.value,
            getattr(payload.delivery, "value", None),
            payload.keys,
            payload.topics,
        )
        after = (event.consumer, event.accepted_at, event.taken_at, event.finished_at)
        times = (event.wait_time, event.service_time)
        for key, status, value, error in rows:
            row = (event.id, status, key, *before, payload.priority, value, error, *after, *times)
            for column, cell in zip(columns.values(), row, strict=True):
                column.append(cell)
    return _frame(columns, types)


def metrics_frame(metrics: Metrics) -> "pd.DataFrame":
    """See `Metrics.to_frame`."""
    fields = [field for field in dataclasses.fields(Metrics) if field.type in (int, float)]
    columns = {field.name: [getattr(metrics, field.name)] for field in fields}
    types = {field.name: "int64" if field.type is int else "float64" for field in fields}
    return _frame(columns, types)


def settle_frame(report: SettleReport) -> "pd.DataFrame":
    """See `SettleReport.to_frame`."""
    types: dict[str, Any] = {
        "event": "int64",
        "status": STUCK_STATUS,
        "collector": "string",
        "payload": object,
        "seconds": "float64",
        "file": "string",
        "line": "Int64",
        "function": "string",
    }
    columns: dict[str, list[Any]] = {name: [] for name in types}
    for one in report.stuck:
        place = one.place or (None, None, None)
        row = (one.event, one.status, one.collector, one.payload.value, one.seconds, *place)
        for column, cell in zip(columns.values(), row, strict=True):
            column.append(cell)
    return _frame(columns, types)


type _Row = tuple[str | None, str, Any, str | None]


def _rows(results: ResultList) -> list[_Row]:
    if results and not results.delivered:
        return [(None, "undelivered", None, None)]
    return [(key, *_cells(result)) for key, result in zip(results.keys, results, strict=True)]


def _cells(result: Result) -> tuple[str, Any, str | None]:
    if isinstance(result, Error):
        return "Error", None, describe(result.exception, limit=500)
    return "Ok", result.value, None


def _frame(columns: dict[str, list[Any]], types: dict[str, Any]) -> "pd.DataFrame":
    """A DataFrame of typed columns; a list of names as a type is a category of just those."""
    try:
        import numpy as np
        import pandas as pd
    except ImportError:
        raise ImportError(
            "to_frame() needs pandas; install pandas, or event-collector-toolkit[notebook]"
        ) from None
    made: dict[str, Any] = {}
    for name, cells in columns.items():
        kind = types[name]
        if isinstance(kind, list):
            made[name] = pd.Categorical(cells, categories=kind)
        elif kind is object:
            objects = np.empty(len(cells), dtype=object)
            for place, cell in enumerate(cells):  # one by one: a list stays a list
                objects[place] = cell
            made[name] = pd.Series(objects, dtype=object)
        elif kind == "float64":
            made[name] = pd.Series([nan if cell is None else cell for cell in cells], dtype=kind)
        else:
            made[name] = _series(pd, cells, kind)
    return pd.DataFrame(made)


def _series(pd: Any, cells: list[Any], kind: str) -> Any:
    try:
        return pd.Series(cells, dtype=kind)
    except OverflowError:  # an int of more than 64 bits
        return pd.Series(cells, dtype=object)
