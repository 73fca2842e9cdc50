"""What a trace reads from the DataFrame of `History.to_frame()`."""

from typing import Any

from event_collector._text import one_line
from event_collector_widgets.motion.traced import (
    TEXT,
    TracedEvent,
    TracedResult,
    moment,
    names,
    short,
)

_COLUMNS = (
    *("event", "status", "collector", "payload", "delivery", "keys", "topics", "priority"),
    *("value", "error", "consumer", "accepted_at", "taken_at", "finished_at"),
)


def events_of_frame(frame: Any) -> list[TracedEvent]:
    """The events of a DataFrame, in the order of its rows; rows of one event make one.

    Raises:
        TypeError: A column is missing.
    """
    if missing := [name for name in _COLUMNS if name not in frame.columns]:
        raise TypeError(
            f"the DataFrame has no column {', '.join(map(repr, missing))}; "
            "pass one of History.to_frame(), with all its columns"
        )
    found: dict[tuple[int, float], TracedEvent] = {}
    for cells in zip(*(frame[name].tolist() for name in _COLUMNS), strict=True):
        row = dict(zip(_COLUMNS, cells, strict=True))
        place = (int(row["event"]), float(row["accepted_at"]))
        results = _result(row)
        if (former := found.get(place)) is not None:
            results = (*former.results, *results)
        found[place] = _event(row, results)
    return list(found.values())


def _result(row: dict[str, Any]) -> tuple[TracedResult, ...]:
    """What a row says of a result; nothing while there is none."""
    status, key = row["status"], _given(row["collector"])
    if status == "undelivered":
        return (TracedResult(None, "undelivered", ""),)
    if status == "Error":
        return (TracedResult(key, "Error", _cut(_given(row["error"]) or "")),)
    return (TracedResult(key, "Ok", short(row["value"])),) if status == "Ok" else ()


def _event(row: dict[str, Any], results: tuple[TracedResult, ...]) -> TracedEvent:
    finished, consumer, priority = (
        _given(row[name]) for name in ("finished_at", "consumer", "priority")
    )
    taken = _given(row["taken_at"])
    return TracedEvent(
        int(row["event"]),
        short(row["payload"]),
        _given(row["delivery"]) or "other",
        names(row["keys"]),
        names(row["topics"]),
        None if priority is None else int(priority),
        moment(row["accepted_at"]),
        None if taken is None else moment(taken),
        None if finished is None else moment(finished),
        None if consumer is None else int(consumer),
        results,
    )


def _given(cell: Any) -> Any:
    """A cell; None where it is missing, as nan or as pandas' own NA."""
    if cell is None or isinstance(cell, str):
        return cell
    # nan is not itself, and NA is neither equal to anything nor different from it.
    return cell if type(cell).__name__ != "NAType" and cell == cell else None


def _cut(text: str) -> str:
    text = text if len(text) <= TEXT else text[: TEXT - 3] + "..."
    return text if text.isprintable() else one_line(text, TEXT)
