"""DataFrames of results, history and metrics: columns, types and cells, whatever the values are."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    History,
    Metrics,
    Ok,
    Payload,
    QueueType,
    ResultList,
)
from event_collector.metrics import Tally, read

ROOT = Path(__file__).parents[2]

RESULTS = {"collector": "string", "status": "category", "value": "object", "error": "string"}
HISTORY = {
    "event": "int64",
    "status": "category",
    "collector": "string",
    "payload": "object",
    "delivery": "category",
    "keys": "object",
    "topics": "object",
    "priority": "Int64",
    "value": "object",
    "error": "string",
    "consumer": "Int64",
    "accepted_at": "float64",
    "taken_at": "float64",
    "finished_at": "float64",
    "wait_time": "float64",
    "service_time": "float64",
}
COUNTS = [
    "accepted",
    "queued",
    "in_service",
    "finished",
    "undelivered",
    "errors",
    "consumers",
    "min_consumers",
    "max_consumers",
]
AWKWARD: list[Any] = [
    [1, 2],
    [],
    {"a": 1},
    (1, 2),
    {1, 2},
    "text",
    None,
    float("nan"),
    np.arange(3),
    np.array(5),
    np.zeros((2, 2)),
    np.float64(1.5),
    pd.DataFrame({"a": [1, 2]}),
    pd.Series([1, 2]),
    pd.Timestamp("2024-01-01"),
    object(),
    ResultList([Ok(1)]),
]


def types_of(frame: pd.DataFrame) -> dict[str, str]:
    """The names of a frame's columns, in order, with those of their types."""
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def cells(frame: pd.DataFrame, column: str) -> list[Any]:
    """The cells of a column, with None for those that are missing."""
    return [None if cell is pd.NA else cell for cell in frame[column].tolist()]


def queue_of(*collectors: Collector) -> CollectorQueue:
    """A priority queue of these collectors with one consumer."""
    return CollectorQueue(
        list(collectors), min_consumers=0, max_consumers=1, queue_type=QueueType.PRIORITY
    )


async def judge(payload: Payload[Any], ctx: Context) -> Any:
    """Fail if told so; else give the value back."""
    if isinstance(payload.value, str) and payload.value == "fail":
        raise ValueError("too\nhot")
    return payload.value


def test_results_give_a_row_each() -> None:
    """Decision 12: to_frame() has the columns that it promises, in order, for Ok and Error."""
    results = ResultList([Ok(21.5), Error(ValueError("too\nhot")), Ok(None)], ["a", "b", None])
    frame = results.to_frame()
    assert types_of(frame) == RESULTS
    assert cells(frame, "collector") == ["a", "b", None]
    assert cells(frame, "status") == ["Ok", "Error", "Ok"]
    assert cells(frame, "value") == [21.5, None, None]
    assert cells(frame, "error") == [None, "ValueError: too hot", None]
    assert list(frame["status"].cat.categories) == ["Ok", "Error", "undelivered"]
    assert list(frame.index) == [0, 1, 2]


def test_undelivered_results_give_one_row_that_says_so() -> None:
    """Decision 13: no collector, no value, no error."""
    frame = ResultList.undelivered().to_frame()
    assert types_of(frame) == RESULTS
    assert frame["status"].tolist() == ["undelivered"]
    assert cells(frame, "collector") == [None]
    assert cells(frame, "value") == [None]


def test_a_long_error_is_shortened() -> None:
    """An error is one line of 500 characters at most."""
    frame = ResultList([Error(ValueError("x" * 1000))], ["a"]).to_frame()
    assert len(frame["error"][0]) == 500


@pytest.mark.parametrize("value", AWKWARD, ids=lambda value: type(value).__name__)
def test_a_value_of_any_type_is_in_its_cell_as_it_is(value: object) -> None:
    """D: a value of any type; a cell holds the very object, beside others of any length."""
    frame = ResultList([Ok(value), Ok([1, 2, 3]), Ok(value)], ["a", "b", "c"]).to_frame()
    assert types_of(frame) == RESULTS
    assert len(frame) == 3
    assert frame["value"].iat[0] is value
    assert frame["value"].iat[2] is value


def test_values_of_one_length_stay_values() -> None:
    """Lists and arrays that would fit into a table are not made one."""
    values: list[Any] = [np.arange(2), [1, 2], (1, 2)]
    frame = ResultList(map(Ok, values)).to_frame()
    assert [cell is value for cell, value in zip(frame["value"], values, strict=True)] == [True] * 3


def test_texts_do_not_make_a_column_of_texts() -> None:
    """A missing value beside texts is None, as beside anything else; pandas 3 would guess `str`."""
    frame = ResultList([Error(ValueError("x")), Ok(None), Ok("kept")]).to_frame()
    assert types_of(frame) == RESULTS
    assert frame["value"].tolist() == [None, None, "kept"]
    queue = queue_of(Collector("judge", judge))
    history = History(queue)

    async def main() -> None:
        async with queue:
            for value in ("a", "b"):
                await queue.get_publisher().send(Payload(value)).wait()

    asyncio.run(main())
    frame = history.to_frame()
    assert types_of(frame) == HISTORY
    assert frame["payload"].tolist() == ["a", "b"]


def test_a_frame_of_nothing_has_the_same_columns() -> None:
    """An empty frame can be appended to a full one: names, order and types are the same."""
    empty = History(queue_of()).to_frame()
    assert types_of(empty) == HISTORY
    assert len(empty) == 0
    assert list(empty["status"].cat.categories) == [
        "queued",
        "in service",
        "Ok",
        "Error",
        "undelivered",
    ]
    assert list(empty["delivery"].cat.categories) == ["broadcast", "key", "topic"]
    assert types_of(ResultList().to_frame()) == RESULTS
    assert len(ResultList().to_frame()) == 0


def test_a_history_gives_a_row_per_event_and_collector() -> None:
    """The oldest event first; undelivered events have one row, broadcasts one per collector."""

    async def main() -> pd.DataFrame:
        queue = queue_of(Collector("a", judge, topics=["t"]), Collector("b", judge))
        history = History(queue)
        async with queue:
            publisher = queue.get_publisher()
            publisher.send(Payload(1))
            publisher.send(Payload("fail", Delivery.KEY, keys=["b"], priority=7))
            publisher.send(Payload(3, Delivery.TOPIC, topics=["silence"]))
        return history.to_frame()

    frame = asyncio.run(main())
    assert types_of(frame) == HISTORY
    assert cells(frame, "event") == [1, 1, 2, 3]
    assert cells(frame, "status") == ["Ok", "Ok", "Error", "undelivered"]
    assert cells(frame, "collector") == ["a", "b", "b", None]
    assert cells(frame, "payload") == [1, 1, "fail", 3]
    assert cells(frame, "delivery") == ["broadcast", "broadcast", "key", "topic"]
    assert cells(frame, "keys") == [[], [], ["b"], []]
    assert cells(frame, "topics") == [[], [], [], ["silence"]]
    assert cells(frame, "priority") == [None, None, 7, None]
    assert cells(frame, "value") == [1, 1, None, None]
    assert cells(frame, "error") == [None, None, "ValueError: too hot", None]
    assert cells(frame, "consumer") == [1, 1, 1, 1]
    assert (frame["wait_time"] == frame["taken_at"] - frame["accepted_at"]).all()
    assert (frame["service_time"] == frame["finished_at"] - frame["taken_at"]).all()


def test_events_that_are_not_done_have_a_row_too() -> None:
    """Queued and in service: the types stay, what has not happened yet is missing."""

    async def main() -> None:
        taken, go_on = asyncio.Event(), asyncio.Event()

        async def wait(payload: Payload[Any], ctx: Context) -> Any:
            taken.set()
            await go_on.wait()

        queue = queue_of(Collector("a", wait))
        history = History(queue)
        async with queue:
            queue.get_publisher().send(Payload(1, priority=1))
            queue.get_publisher().send(Payload(2))
            queued = history.to_frame()
            await taken.wait()
            in_service = history.to_frame()
            go_on.set()
        assert types_of(queued) == types_of(in_service) == HISTORY
        assert queued["status"].tolist() == ["queued", "queued"]
        assert in_service["status"].tolist() == ["in service", "queued"]
        assert cells(queued, "consumer") == [None, None]
        assert cells(in_service, "consumer") == [1, None]
        assert queued["taken_at"].isna().tolist() == [True, True]
        assert in_service["wait_time"].isna().tolist() == [False, True]
        assert in_service["finished_at"].isna().all()
        assert cells(in_service, "value") == [None, None]
        assert not in_service["accepted_at"].isna().any()

    asyncio.run(main())


def test_a_history_holds_payloads_of_any_type() -> None:
    """D: the payload's value and its lists are in their cells, the same objects."""
    payloads = [Payload(value, keys=["a", "b"]) for value in AWKWARD]

    async def main() -> pd.DataFrame:
        queue = queue_of(Collector("a", judge))
        history = History(queue)
        async with queue:
            for payload in payloads:
                queue.get_publisher().send(payload)
        return history.to_frame()

    frame = asyncio.run(main())
    assert types_of(frame) == HISTORY
    for row, payload in enumerate(payloads):
        assert frame["payload"].iat[row] is payload.value
        assert frame["value"].iat[row] is payload.value
        assert cells(frame, "keys")[row] is payload.keys


@pytest.mark.parametrize("part", ["priority", "delivery"])
@pytest.mark.parametrize("spoilt", ["high", 1.5, [3], True, {}], ids=repr)
def test_a_history_tells_of_a_payload_that_was_changed_by_hand(part: str, spoilt: Any) -> None:
    """What somebody did to one payload does not hide the others."""
    payloads = [Payload(number, priority=number) for number in range(3)]

    async def main() -> pd.DataFrame:
        queue = queue_of(Collector("a", judge))
        history = History(queue)
        async with queue:
            await queue.get_publisher().send_all(payloads)
        setattr(payloads[1], part, spoilt)
        return history.to_frame()

    frame = asyncio.run(main())
    told = cells(frame, part)
    kept = [0, spoilt, 2] if part == "priority" else ["broadcast", np.nan, "broadcast"]
    assert told[::2] == kept[::2]
    assert told[1] in kept[1:2]  # which is what a nan is, too
    assert cells(frame, "value") == [0, 1, 2]


def metrics_of(*times: tuple[float, float, float]) -> Metrics:
    """A reading of events with these times."""
    tally = Tally()
    tally.arrivals.extend(accepted for accepted, _, _ in times)
    tally.times.extend(times)
    return read(tally, in_service=0, consumer_limits=(1, 2), collectors={}, blocking={})


@pytest.mark.parametrize(
    "metrics", [metrics_of(), metrics_of((0, 1, 2), (1, 2, 3)), metrics_of((0.5, 1.5, 2.0))]
)
def test_metrics_give_one_row_of_numbers(metrics: Metrics) -> None:
    """Counts are int64, times float64: decision 21, even if a loop's clock counts in ints."""
    frame = metrics.to_frame()
    fields = [name for name in Metrics.__slots__ if name not in ("collectors", "blocking")]
    assert types_of(frame) == {name: "int64" if name in COUNTS else "float64" for name in fields}
    assert len(frame) == 1
    for name in fields:
        told = getattr(metrics, name)
        assert frame[name][0] == told or (told != told and pd.isna(frame[name][0]))


def test_without_pandas_a_frame_says_what_to_install() -> None:
    """Decision 5: pandas is imported by the call that makes a DataFrame."""
    said = subprocess.run(
        [sys.executable, "-ISc", WITHOUT_PANDAS.format(root=str(ROOT))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == (
        "to_frame() needs pandas; install pandas, or event-collector-toolkit[notebook]"
    )


WITHOUT_PANDAS = """
import sys
sys.path.insert(0, {root!r})
from event_collector import ResultList
try:
    ResultList.undelivered().to_frame()
except ImportError as exc:
    print(exc)
"""
