"""Tables: rows become payloads, each with its own address; the code does the same."""

import asyncio
import re
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd
import pytest
from event_collector_widgets.tables import (
    Addressing,
    accepted_of,
    account,
    is_table,
    names_in,
    rows_code,
    rows_of_table,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from event_collector import Collector, Delivery, Error, Ok, Payload, QueueClosedError
from tests.support import Gate, in_loop, until
from tests.widgets.benches import a_bench, collector, double, run_cell

TABLES: dict[str, Any] = {
    "frame": pd.DataFrame({"city": ["a", "b"], "temp": [1, 2], "when": pd.to_datetime([0, 1])}),
    "series": pd.Series([1.5, 2.5]),
    "array": np.array([[1, 2], [3, 4]]),
    "listed": [{"a": 1}, "x"],
    "pair": (1, 2),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_rows_that_its_code_gives(name: str) -> None:
    """Issue 13: a row each; the code that a click shows is plain, and gives the same."""
    value = TABLES[name]
    assert is_table(value)
    rows = rows_of_table(value)
    assert [*eval(rows_code(name, value), {name: value})] == rows
    assert len(rows) == 2


def test_a_frames_rows_are_dicts_of_pythons_own_numbers() -> None:
    """What reaches a processor is what a literal in a cell would be; a missing number is nan."""
    first, second = rows_of_table(pd.DataFrame({"n": [1, 2], "x": [1.5, None], "s": ["a", "b"]}))
    assert first == {"n": 1, "x": 1.5, "s": "a"}
    assert [type(value) for value in first.values()] == [int, float, str]
    assert isnan(second["x"])


@pytest.mark.parametrize("value", [{"a": 1}, "text", 5, np.float64(1.0), iter([1]), pd.DataFrame])
def test_what_is_not_a_table_is_refused(value: Any) -> None:
    """Decision 24: a dict is one payload, an iterator would be used up by looking."""
    assert not is_table(value)
    with pytest.raises(TypeError, match=r"^a table is a DataFrame, a Series, an array, a list"):
        rows_of_table(value)


def test_a_frame_with_one_name_for_two_columns_is_refused() -> None:
    """A row as a dict would lose one of them without a word."""
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(ValueError, match=r"^the DataFrame has the column 'a' twice; give each"):
        rows_of_table(frame)


def test_each_row_is_a_payload() -> None:
    """Issue 13: broadcast unless told otherwise; the value is the row itself."""
    rows = [{"a": 1}, "x"]
    made = Addressing().payloads(rows)
    assert made == [Payload({"a": 1}), Payload("x")]
    assert made[0].value is rows[0]


def test_delivery_keys_and_topics_come_from_columns() -> None:
    """Issue 13: with delivery, keys and topics from columns if wanted."""
    rows = [
        {"how": "key", "to": "one", "about": None},
        {"how": "topic", "to": nan, "about": ["t", "u, v"]},
        {"how": "broadcast", "to": "", "about": ""},
    ]
    how = Addressing(delivery_column="how", keys_column="to", topics_column="about")
    assert how.payloads(rows) == [
        Payload(rows[0], Delivery.KEY, keys=["one"]),
        Payload(rows[1], Delivery.TOPIC, topics=["t", "u, v"]),
        Payload(rows[2]),
    ]


def test_fixed_names_come_before_those_of_the_row() -> None:
    """As in topics=["temperature", row["city"]]."""
    how = Addressing(Delivery.TOPIC, topics=["temperature"], topics_column="city", priority=2)
    row = {"city": "seattle"}
    expected = Payload(row, Delivery.TOPIC, topics=["temperature", "seattle"], priority=2)
    assert how.payloads([row]) == [expected]


@pytest.mark.parametrize(
    ("cell", "separator", "names"),
    [
        ("a, b", None, ["a, b"]),
        ("a | b||c", "|", ["a", "b", "c"]),
        (["a", "b"], None, ["a", "b"]),
        (("a",), "|", ["a"]),
        ({"b", "a"}, None, ["a", "b"]),
        (np.array(["a", "b"]), None, ["a", "b"]),
        (None, None, []),
        (nan, None, []),
        (pd.NA, None, []),
        (pd.NaT, None, []),
        ("", None, []),
        (" ", "|", []),
    ],
)
def test_a_cell_holds_one_name_several_or_none(
    cell: Any, separator: str | None, names: list[str]
) -> None:
    """A topic may contain a comma: only a separator that is given parts a text."""
    assert names_in(cell, separator) == names


@pytest.mark.parametrize(
    ("how", "row", "error", "message"),
    [
        (
            {"keys_column": "k"},
            {"k": 7},
            TypeError,
            "row 2: the keys from column 'k' must be texts, got 7",
        ),
        ({"keys_column": "k"}, {"j": 7}, ValueError, "row 2: it has no column 'k', it has: j"),
        ({"keys_column": "k"}, 7, TypeError, "row 2: it has no columns: it is int: 7; choose no"),
        (
            {"delivery_column": "k"},
            {"k": "fanout"},
            ValueError,
            "row 2: the delivery from column 'k' must be 'broadcast', 'key' or 'topic', got 'fan",
        ),
        (
            {"topics_column": "k"},
            {"k": ["a", 5]},
            TypeError,
            "row 2: the topics from column 'k' must be texts, got ['a', 5]",
        ),
    ],
)
def test_a_mistake_names_the_row_and_the_value(
    how: dict[str, Any], row: Any, error: type[Exception], message: str
) -> None:
    """Issue 13: counted from 1, as a reader counts the rows of a table."""
    good = {"k": "key"}
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        Addressing(**how).payloads([good, row])


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"delivery": "key"}, TypeError),
        ({"keys": "k"}, TypeError),
        ({"topics": [""]}, ValueError),
        ({"priority": 1.5}, TypeError),
        ({"keys_column": 5}, TypeError),
        ({"separator": ""}, ValueError),
        ({"keys": ["k"], "topics_column": "t"}, ValueError),
        ({"delivery": Delivery.KEY, "topics": ["t"]}, ValueError),
        ({"delivery": Delivery.TOPIC, "keys_column": "k"}, ValueError),
    ],
)
def test_a_wrong_address_is_refused_before_any_row(
    how: dict[str, Any], error: type[Exception]
) -> None:
    """Decision 24: refused, never clamped."""
    with pytest.raises(error):
        Addressing(**how)


cells = st.one_of(
    st.sampled_from(["a", "b, c", "a|b", "", " "]),
    st.lists(st.sampled_from(["a", "b"]), max_size=2),
    st.just(nan),
    st.none(),
)


@given(
    st.lists(st.fixed_dictionaries({"to": cells, "how": st.sampled_from(Delivery)}), min_size=1),
    st.sampled_from([None, *Delivery]),
    st.lists(st.sampled_from(["x", "y"]), max_size=2),
    st.sampled_from([None, "to"]),
    st.sampled_from([None, "to"]),
    st.sampled_from([None, "how"]),
    st.sampled_from([None, "|"]),
)
def test_the_code_makes_the_same_payloads(
    rows: list[dict[str, Any]],
    delivery: Delivery | None,
    names: list[str],
    keys: str | None,
    topics: str | None,
    mode: str | None,
    separator: str | None,
) -> None:
    """Issue 13: every click shows its code; a test executes it and compares."""
    by_key, by_topic = bool(names or keys), topics is not None
    wrong = {Delivery.KEY: (False, True), Delivery.TOPIC: (True, False)}.get(delivery)  # type: ignore[arg-type]
    assume((by_key, by_topic) != wrong)  # decision 29: a Payload refuses these
    assume(delivery or mode or not (by_key and by_topic))
    given: dict[str, Any] = {} if delivery is None else {"delivery": delivery}
    how = Addressing(
        **given,
        keys=names,
        keys_column=keys,
        topics_column=topics,
        delivery_column=mode,
        separator=separator,
        priority=len(names) or None,
    )
    sent: list[Any] = []

    class Bench:
        async def send_all(self, payloads: list[Any]) -> None:
            sent.extend(payloads)

    asyncio.run(run_cell(how.code("rows", rows), rows=rows, bench=Bench()))
    assert repr(sent) == repr(how.payloads(rows))


@in_loop
async def test_the_code_of_a_frame_is_what_one_would_type() -> None:
    """Issue 13: plain where it can be, and it sends."""
    readings = pd.DataFrame({"city": ["seattle", "paris"], "temp": [1, 2]})
    how = Addressing(Delivery.TOPIC, topics=["temperature"], topics_column="city")
    rows = rows_of_table(readings)
    code = how.code(rows_code("readings", readings), rows)
    assert code.splitlines() == [
        "from event_collector import Delivery, Payload",
        "",
        (
            "payloads = [Payload(row, Delivery.TOPIC, topics=['temperature', row['city']]) "
            'for row in readings.to_dict("records")]'
        ),
        "events = await bench.send_all(payloads)",
    ]
    async with a_bench() as bench:
        await bench.put(collector("paris only", topics=["paris"]))
        variables = await run_cell(code, bench=bench, readings=readings)
        assert [event.payload for event in variables["events"]] == how.payloads(rows)
        await bench.publisher.wait()
        assert account(variables["events"]) == "2 sent: 1 with errors (paris only 1), 1 undelivered"


@in_loop
async def test_many_are_sent_when_the_lifecycles_are_entered_with_progress() -> None:
    """Issue 13: `send_all` of the workbench waits as its `send` does."""
    told: list[tuple[int, int | None]] = []
    async with a_bench() as bench:
        bench.collector("double")(double)
        made = Addressing().payloads([1, 2, 3])
        events = await bench.send_all(made, progress=lambda count, of: told.append((count, of)))
        assert [(await event.wait()).first() for event in events] == [Ok(2), Ok(4), Ok(6)]
    assert told[-1] == (3, 3)
    with pytest.raises(QueueClosedError):
        await bench.send_all(made)


@in_loop
async def test_the_account_tells_what_became_of_each() -> None:
    """Issue 13: the accounting at the end, in words; it adds up, and retrieves nothing."""
    gate = Gate()

    async def odd(payload: Payload[int], ctx: Any) -> Any:
        return Error(ValueError("even")) if payload.value % 2 == 0 else Ok(payload.value)

    async def never(payload: Payload[int], ctx: Any) -> Any:
        raise ValueError

    async with a_bench() as bench:
        for made in (collector("odd", odd), collector("never", never, topics=["n"])):
            await bench.put(made)
        await bench.put(Collector("gate", gate, topics=["g"]))
        ways = [
            *[Payload(n, Delivery.KEY, keys=["odd"]) for n in range(1, 5)],
            *[Payload(2, Delivery.KEY, keys=["odd", "never"]) for _ in range(2)],
            Payload(1, Delivery.TOPIC, topics=["nobody"]),
            Payload(1, Delivery.TOPIC, topics=["g"]),
        ]
        events = await bench.send_all(ways)
        await until(lambda: sum(event.done for event in events) == 7)
        told = "8 sent: 2 Ok, 4 with errors (odd 4, never 2), 1 undelivered, 1 not done"
        assert account(events) == told
        assert not any(event.retrieved for event in events)
        gate.open()
        await bench.publisher.wait()
        assert account(events[6:]) == "2 sent: 1 Ok, 1 undelivered"
    assert account([]) == "0 sent"


@in_loop
async def test_the_account_names_the_collectors_with_most_errors() -> None:
    """Fault 7: the line stays one line with thousands of collectors."""

    async def fail(payload: Payload[int], ctx: Any) -> Any:
        raise ValueError

    async with a_bench() as bench:
        for number in range(7):
            await bench.put(collector(f"c{number}", fail))
        events = await bench.send_all([Payload(1), Payload(1, Delivery.KEY, keys=["c6"])])
        await bench.publisher.wait()
        assert account(events) == "2 sent: 2 with errors (c6 2, c0 1, c1 1, c2 1, c3 1, 2 more)"


@in_loop
async def test_what_a_cancelled_sending_had_sent_can_be_found() -> None:
    """Issue 13: cancel, and the accounting at the end."""
    gate = Gate()
    async with a_bench(max_queued=2, max_consumers=1) as bench:
        await bench.put(Collector("gate", gate))
        other = await bench.send(Payload("other"))
        made = Addressing().payloads(range(10))
        sending = asyncio.create_task(bench.send_all(made))
        await until(lambda: len(bench.history) >= 3)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        events = accepted_of(made, bench.history)
        assert [event.payload.value for event in events] == [*range(len(bench.history) - 1)]
        assert other not in events
        gate.open()


def test_a_subclass_of_a_frame_is_a_table() -> None:
    """Other packages derive from pandas' classes."""

    class Special(pd.DataFrame):
        pass

    assert rows_of_table(Special({"a": [1]})) == [{"a": 1}]
