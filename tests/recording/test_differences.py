"""compare: what differs between two recordings, by event and collector, and nothing else."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from event_collector import Collector, Error, Ok, Payload, Processor
from event_collector.recording import Recording, compare, read, replay
from tests.recording.recordings import (
    an_event,
    header,
    recorded,
    run_recorded,
    write_lines,
)
from tests.support import echo, in_loop

END = {"end": 0, "lost": 0}


async def strict(payload: Payload[Any], ctx: object) -> Any:
    """Halve what is not negative."""
    if payload.value < 0:
        raise ValueError(f"{payload.value} is negative")
    return Ok(payload.value / 2)


async def changed(payload: Payload[Any], ctx: object) -> Any:
    """As `strict`, but for some values."""
    match payload.value:
        case -1:
            return Ok(1)
        case -2:
            raise TypeError("-2 is negative")
        case -3:
            raise ValueError("-3 is low")
        case 3:
            return Ok(1.6)
        case 4:
            return Error(ValueError("no"))
    return await strict(payload, ctx)


async def two(tmp_path: Path, a: Processor, b: Processor) -> tuple[Recording, Recording]:
    """Recordings of two versions of a processor, the second of what is replayed."""
    first = await recorded(
        tmp_path / "a",
        *map(Payload, (1, -1, -2, -3, 3, 4)),
        collectors=[Collector("echo", echo), Collector("x", a)],
    )
    second = await run_recorded(
        tmp_path / "b",
        lambda publisher: replay(first, publisher, speed=None),
        *(Collector("echo", echo), Collector("x", b)),
    )
    return first, second


@in_loop
async def test_what_is_replayed_through_the_same_code_does_not_differ(tmp_path: Path) -> None:
    """Though it happened at other times."""
    a, b = await two(tmp_path, strict, strict)
    assert a[0].accepted_at != b[0].accepted_at
    found = compare(a, b)
    assert found.same
    assert found.summary() == str(found) == "no difference in 6 events"
    assert repr(found) == "Comparison(no difference in 6 events)"
    assert found.to_frame().empty


@in_loop
async def test_each_result_that_differs_is_told_with_its_event_and_collector(
    tmp_path: Path,
) -> None:
    """In a line, in lines, and as a DataFrame."""
    a, b = await two(tmp_path, strict, changed)
    found = compare(a, b)
    assert not found.same
    assert str(found).splitlines() == [
        "5 differences in 6 events: 1 error came, 1 error went, 2 errors changed, 1 value changed",
        "event 2 in 'x': error went: Error(ValueError: -1 is negative) -> Ok(1)",
        (
            "event 3 in 'x': error changed: "
            "Error(ValueError: -2 is negative) -> Error(TypeError: -2 is negative)"
        ),
        (
            "event 4 in 'x': error changed: "
            "Error(ValueError: -3 is negative) -> Error(ValueError: -3 is low)"
        ),
        "event 5 in 'x': value changed: Ok(1.5) -> Ok(1.6)",
        "event 6 in 'x': error came: Ok(2.0) -> Error(ValueError: no)",
    ]
    frame = found.to_frame()
    assert [str(kind) for kind in frame.dtypes] == [
        *("Int64", "Int64", "string", "category", "object", "object", "object"),
        *("string", "string"),
    ]
    assert frame["event_a"].tolist() == frame["event_b"].tolist() == [2, 3, 4, 5, 6]
    assert frame["collector"].tolist() == ["x"] * 5
    assert frame["payload"].tolist() == [-1, -2, -3, 3, 4]
    assert frame["value_a"].tolist() == [None, None, None, 1.5, 2.0]
    assert frame["value_b"].tolist() == [1, None, None, 1.6, None]
    assert frame["error_b"].fillna("").tolist() == [
        "",
        "TypeError: -2 is negative",
        "ValueError: -3 is low",
        "",
        "ValueError: no",
    ]


@in_loop
async def test_floats_near_enough_and_addresses_do_not_differ(tmp_path: Path) -> None:
    """As `check` has it; and an object's place in memory is another in each run."""

    async def one(payload: Payload[Any], ctx: object) -> Any:
        if payload.value < 0:
            raise ValueError(object())
        return Ok({"a": payload.value + 1e-12})

    async def other(payload: Payload[Any], ctx: object) -> Any:
        kept.append(object())
        if payload.value < 0:
            raise ValueError(kept[-1])
        return Ok({"a": payload.value})

    kept: list[object] = [object() for _ in range(100)]
    a, b = await two(tmp_path, one, other)
    texts = [recording[1].result and str(recording[1].result[1]) for recording in (a, b)]
    assert texts[0] == "Error(ValueError: <object object>)" == texts[1]
    assert "0x" in (tmp_path / "a").read_text(encoding="utf-8")
    assert compare(a, b).same


def pair(tmp_path: Path, a: list[Any], b: list[Any]) -> tuple[Recording, Recording]:
    """Two recordings with these events, written by hand."""
    ends = ({"end": len(a), "lost": 0}, {"end": len(b), "lost": 0})
    return (
        read(write_lines(tmp_path / "a", header(), *a, ends[0])),
        read(write_lines(tmp_path / "b", header(), *b, ends[1])),
    )


def ok(key: str | None, value: object) -> dict[str, Any]:
    """A result as it stands in a line."""
    return {"collector": key, "ok": value}


CASES: dict[str, tuple[list[Any], list[Any], list[str]]] = {
    "an event more": (
        [an_event(1)],
        [an_event(4), an_event(5, "x")],
        ["event 5: only in b"],
    ),
    "one is missing in the middle": (
        [an_event(n, n, results=[ok("x", n)]) for n in range(1, 7)],
        [an_event(n, n, results=[ok("x", n)]) for n in (1, 2, 4, 5, 6)],
        ["event 3: only in a"],
    ),
    "one is missing, one has come, one has changed": (
        [an_event(n, value) for n, value in enumerate("abcdefg", 1)],
        [an_event(n, value) for n, value in enumerate("bcXefYg", 1)],
        [
            "event 1: only in a",
            "event 4 / event 3: payload changed: Payload('d') -> Payload('X')",
            "event 6: only in b",
        ],
    ),
    "a float that is near enough": (
        [an_event(1, 0.1 + 0.2), an_event(2, [{"a": 1.0}])],
        [an_event(1, 0.3), an_event(2, [{"a": 1}]), an_event(3, 0)],
        ["event 3: only in b"],
    ),
    "another payload": (
        [an_event(1, {"a": 1})],
        [an_event(1, {"a": 2})],
        ["event 1: payload changed: Payload({'a': 1}) -> Payload({'a': 2})"],
    ),
    "another delivery": (
        [an_event(1, 1, delivery="key", keys=["a"])],
        [an_event(2, 1, delivery="key", keys=["b"])],
        [
            (
                "event 1 / event 2: payload changed: "
                "Payload(1, Delivery.KEY, keys=['a']) -> Payload(1, Delivery.KEY, keys=['b'])"
            )
        ],
    ),
    "a collector more": (
        [an_event(1, results=[ok("x", 1)])],
        [an_event(1, results=[ok("y", 2), ok("x", 1)])],
        ["event 1 in 'y': only in b: Ok(2)"],
    ),
    "delivered to nobody": (
        [an_event(1, results=[ok("x", None)])],
        [an_event(1, results=[])],
        ["event 1 in 'x': only in a: Ok(None)", "event 1: only in b: Ok(None)"],
    ),
    "not done": (
        [an_event(1, results=None)],
        [an_event(1, results=[ok("x", 1)])],
        ["event 1 in 'x': only in b: Ok(1)"],
    ),
    "several of one collector": (
        [an_event(1, results=[ok("x", 1), ok("x", 2), ok(None, 3)])],
        [an_event(1, results=[ok("x", 1), ok("x", 5), ok(None, 3), ok(None, 4)])],
        ["event 1 in 'x': value changed: Ok(2) -> Ok(5)", "event 1: only in b: Ok(4)"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_only_one_of_them_has_is_told(tmp_path: Path, case: str) -> None:
    """And each difference is seen from the other side too."""
    one, other, said = CASES[case]
    a, b = pair(tmp_path, one, other)
    assert str(compare(a, b)).splitlines()[1:] == said
    assert len(compare(b, a).differences) == len(said)
    assert compare(a, a).same
    assert len(compare(a, b).to_frame()) == len(said)


def test_far_too_many_differences_are_told_place_by_place(tmp_path: Path) -> None:
    """Nobody waits for what nobody would read: recordings of two other days."""
    a, b = pair(
        tmp_path,
        [an_event(n, n) for n in range(600)],
        [an_event(n, -n) for n in range(601)],
    )
    assert compare(a, b).summary() == (
        "600 differences in 601 events: 1 only in b, 599 payloads changed"
    )


def test_only_the_first_differences_are_shown(tmp_path: Path) -> None:
    """And how many there are more."""
    a, b = pair(tmp_path, [an_event(n) for n in range(30)], [an_event(n, 1) for n in range(30)])
    lines = str(compare(a, b)).splitlines()
    assert (len(lines), lines[0]) == (22, "30 differences in 30 events: 30 payloads changed")
    assert lines[-1] == "... 10 more"


def test_a_recording_that_lacks_events_is_refused_unless_told(tmp_path: Path) -> None:
    """A pass over half of the events proves nothing."""
    a, _ = pair(tmp_path, [an_event(1)], [])
    lines = [header(), an_event(1), {"gap": 2}, {"end": 1, "lost": 2}]
    b = read(write_lines(tmp_path / "b", *lines))
    said = f"{str(tmp_path / 'b')!r} is not complete: 2 events not recorded; pass incomplete=True"
    for one, other in ((a, b), (b, a)):
        with pytest.raises(ValueError, match=re.escape(said)):
            compare(one, other)
        assert compare(one, other, incomplete=True).same


def test_a_comparison_is_neither_true_nor_false(tmp_path: Path) -> None:
    """`assert compare(a, b)` would hold always."""
    a, b = pair(tmp_path, [], [])
    with pytest.raises(TypeError, match=r"a Comparison is neither true nor false; ask \.same"):
        assert compare(a, b)


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    """A path is to be read first, since that may need a codec."""
    a, _ = pair(tmp_path, [], [])
    with pytest.raises(TypeError, match=r"b must be a Recording, got str: 'b'; pass what read"):
        compare(a, "b")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="incomplete must be a bool, got int: 1"):
        compare(a, a, incomplete=1)  # type: ignore[arg-type]


def test_recordings_of_two_loops_are_compared(tmp_path: Path) -> None:
    """A run in a service, and one in a test."""
    runs = [asyncio.run(recorded(tmp_path / name, Payload(1), Payload(2))) for name in ("c", "d")]
    assert compare(*runs).same
