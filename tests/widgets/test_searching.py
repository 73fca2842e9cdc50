"""Searching: what a person sees in a row is found, and letters of the panels' own words are not."""

import json
from typing import Any

import pytest
from event_collector_widgets import ResultsPanel, Workbench, failing
from event_collector_widgets.selection import Selection
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Context, Delivery, Payload
from tests.support import Gate, in_loop, run, until
from tests.widgets.benches import a_bench, collector, give


async def filled(bench: Workbench) -> None:
    """Seven: four and five Oks, an Error beside Oks, four Errors, nobody, by topic, broadcast."""
    for number in range(5):
        await bench.put(collector(f"c{number}", topics=["wind"]))
    for number in range(4):
        await bench.put(collector(f"f{number}", failing))
    fine, wrong = [f"c{number}" for number in range(5)], [f"f{number}" for number in range(4)]
    for value, keys in (
        ("a", fine[:4]),
        ("b", fine),
        ("c", [*fine[:4], "f0"]),
        ("d", wrong),
        ("e", ["nobody"]),
    ):
        await give(bench, Payload(value, Delivery.KEY, keys=keys))
    await give(bench, Payload("g", Delivery.TOPIC, topics=["wind", "rain"]))
    await bench.remove("f3")
    await give(bench, Payload("h"))


@in_loop
async def test_what_was_copied_from_a_row_finds_the_row() -> None:
    """Any cell of it, or all of it; of what a row cuts, what it shows."""
    async with a_bench() as bench:
        await filled(bench)
        await give(bench, Payload({"city": "san francisco, " * 9, "temp": 39.5}))
        panel = ResultsPanel(bench)
        rows = panel.rows.rows
        assert len(rows) == 8
        for row in rows:
            for text in (*row["cells"], "\t".join(row["cells"]), "\n".join(row["cells"])):
                found = [event.id for event in bench.select(text=text)] if text.strip() else []
                assert not text.strip() or int(row["key"]) in found, text
        (long,) = [row for row in rows if "…" in row["cells"][1]]
        assert [event.id for event in bench.select(text=long["cells"][1])] == [int(long["key"])]
        assert [event.id for event in bench.select(text="c0: 'cc'; nonsense")] == []


@in_loop
async def test_json_of_a_payload_finds_it() -> None:
    """However it is written; and not what is only alike."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        values: list[Any] = [{"a": 1, "b": [True, None]}, {"a": 2}, [1, 2.5], {"a": "; …"}]
        for value in values:
            await give(bench, Payload(value))
        for number, value in enumerate(values, 1):
            for text in (json.dumps(value), json.dumps(value, indent=2)):
                assert [event.id for event in bench.select(text=text)] == [number]
        assert [event.id for event in bench.select(text='{"b": 1}')] == []


@pytest.mark.parametrize(
    ("value", "alike"),
    [
        ({"city": "a", "temp": float("nan")}, '{"city": "a", "temp": NaN}'),
        ({"t": (1, (2,))}, '{"t": [1, [2]]}'),
        ({2: "x", None: 2, False: 3}, '{"2": "x", "null": 2, "false": 3}'),
        ('text; with\ttab "and more"', '"text; with\\ttab \\"and more\\""'),
    ],
)
@in_loop
async def test_json_finds_what_is_written_so(value: object, alike: str) -> None:
    """Of what JSON has no word for too; and true is not 1."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        for each in ({"a": 1}, {"a": True}, value):
            await give(bench, Payload(each))
        assert [event.id for event in bench.select(text=alike)] == [3]
        assert [event.id for event in bench.select(text='{"a":1}')] == [1]
        assert [event.id for event in bench.select(text='{"a":true}')] == [2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("#3", [3]), ("7", [7]), (" #7 ", [7]), ("#17", []), ("#0", [])),
        *(
            ("error", [3, 4, 7]),
            ("✗ Error", [3, 4, 7]),
            ("Ok", [1, 2, 3, 6, 7]),
            ("✓ ok", [1, 2, 6]),
        ),
        *(("undelivered", [5]), ("\u2013 undelivered", [5]), ("queued", []), ("erro", [3, 4, 7])),
        *(("4 Ok", [1, 3]), ("5 ok", [2, 6, 7]), ("1 ok", []), ("3 more errors", [4])),
        *(("1 error", [3]), ("4 errors", [4]), ("3 errors", [7]), ("4 oks", [])),
        *(
            ("→ wind", [6]),
            ("→ wind, rain", [6]),
            ("→", [6]),
            ("→ rain", []),
            ("key: c0, c1", [1, 2, 3]),
        ),
        *(("broadcast", [7]), ("broad", []), ("f3", [4]), ("resent", [])),
    ],
)
@in_loop
async def test_what_is_seen_in_a_row_is_found(text: str, expected: list[int]) -> None:
    """Number, status with its shape or without, counts, delivery."""
    async with a_bench() as bench:
        await filled(bench)
        assert [event.id for event in bench.select(text=text)] == expected


@in_loop
async def test_a_state_is_found_while_it_lasts() -> None:
    """Queued and in service, with their shapes or without."""
    gate = Gate()
    async with a_bench(max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        for number in range(2):
            await bench.send(Payload(number))
        await until(lambda: gate.begun)
        for text, number in (
            ("in service", 1),
            ("◐ In service", 1),
            ("queued", 2),
            ("○ queued", 2),
        ):
            assert [event.id for event in bench.select(text=text)] == [number]
        gate.open()


@in_loop
async def test_words_are_asked_of_the_rows_that_the_other_filters_let_through() -> None:
    """An Error in one collector is not one of another, though it is of the same event."""
    async with a_bench() as bench:
        await filled(bench)
        assert [event.id for event in bench.select(text="error", collector="c0")] == []
        assert [event.id for event in bench.select(text="ok", collector="c0")] == [1, 2, 3, 6, 7]
        assert [event.id for event in bench.select(text="3", status="Error")] == [3, 4]
        assert bench.select(text="5", status="Error") == []


@in_loop
async def test_what_was_resent_is_found_by_what_its_row_says() -> None:
    """At once when it was, and by what came of it; in the panel and by its code."""
    async with a_bench() as bench:
        await bench.put(collector("x", failing))
        for value in ("a", "b"):
            await give(bench, Payload(value))
        panel = ResultsPanel(bench)
        for text in ("resent", "resent as 3", "Resent as 3: error"):
            panel.filters.text.value = text
            panel.refresh()
            assert panel.events == []
        panel.show(1)
        await panel.resend()
        for text in ("Resent as 3: error", "resent as 3", "resent"):
            panel.refresh()
            assert [event.id for event in panel.events] == [1]
            assert [event.id for event in bench.select(text=text)] == [1]
            panel.filters.text.value = text
        panel.filters.text.value = "resent as 3: ok"
        panel.refresh()
        assert panel.events == []


VALUES = st.sampled_from(["7", "77", "a", "ab: c", "b, c", {"a": "b, c"}, {"7": "a→"}, ["a"], None])
PIECES = st.lists(st.sampled_from([*"7ab:,→' ", "77", "error", "ok", "a: b", "resent"]), max_size=4)


@given(st.lists(VALUES, max_size=12), PIECES, PIECES, PIECES)
def test_what_narrows_finds_nothing_that_the_wider_does_not(
    values: list[Any], before: list[str], piece: list[str], after: list[str]
) -> None:
    """Law: but for the event of its number. So what did not fit need not be looked at again."""
    narrow = Selection(text="".join([*before, *piece, *after]))
    wide = Selection(text="".join(piece))

    async def refuse(payload: Payload[Any], ctx: Context) -> Any:
        raise KeyError(payload.value if isinstance(payload.value, str) else "a: b")

    async def law() -> None:
        async with a_bench() as bench:
            await bench.put(collector("a, b"))
            await bench.put(collector("7", refuse, topics=["ab"]))
            for number, value in enumerate(values):
                topics = ["ab", "7"] if number % 2 else []
                delivery = Delivery.TOPIC if topics else Delivery.BROADCAST
                await give(bench, Payload(value, delivery, topics=topics))
            if narrow.narrows(wide):
                found = {event.id for event in bench.history if narrow.matches(event)}
                allowed = {event.id for event in bench.history if wide.matches(event)}
                assert found - {narrow.number} <= allowed

    run(law())
