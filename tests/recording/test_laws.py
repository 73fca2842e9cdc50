"""The laws of recordings, tried on whatever hypothesis thinks of."""

import asyncio
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_collector import Collector, Delivery, Error, EventPublisher, Ok, Payload
from event_collector.recording import Recording, RecordingError, compare, read, record, replay, save
from event_collector.recording.codec import Coding, to_text
from event_collector.simulation import send_at, simulate
from tests.recording.recordings import CODEC, as_text, run_recorded
from tests.support import queue_of

texts = st.text(st.characters(exclude_categories=[]), max_size=8)
"""Lone surrogates and control characters too."""
keys = st.one_of(texts, st.integers(), st.booleans(), st.none(), st.tuples(texts, st.integers()))
plain = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.binary(max_size=4))
)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(st.sampled_from(["$float", "$dict", "$codec", "$x"]), inner, max_size=2),
        st.tuples(inner, inner),
    ),
    max_leaves=6,
)


@st.composite
def payloads(draw: st.DrawFn) -> Payload[Any]:
    """A payload of any value and delivery."""
    delivery = draw(st.sampled_from(Delivery))
    return Payload(
        draw(values),
        delivery,
        keys=draw(st.lists(st.sampled_from(["a", "b", "nobody"]), max_size=2)),
        topics=draw(st.lists(st.sampled_from(["t", "u"]), max_size=2)),
        priority=draw(st.none() | st.integers(-5, 5)),
    )


gaps = st.floats(0, 5).map(lambda gap: round(gap, 3))
sent = st.lists(st.tuples(gaps, payloads()), max_size=6)


def collectors() -> list[Collector]:
    """Two whose results depend on the payload and on nothing else."""

    async def give(payload: Payload[Any], ctx: object) -> Any:
        await asyncio.sleep(len(repr(payload.value)) % 3)
        return Ok([payload.value])

    async def fail(payload: Payload[Any], ctx: object) -> Any:
        if isinstance(payload.value, int | str):
            raise ValueError(payload.value)
        return Error(KeyError(payload.topics)) if payload.topics else Ok(None)

    return [Collector("a", give, topics=["t"]), Collector("b", fail, topics=["t", "u"])]


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder for one example."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def made(path: Path, plan: list[tuple[float, Payload[Any]]]) -> Recording:
    """The recording of payloads that are sent on the virtual clock, each after its gap."""
    times, now = [], 0.0
    for gap, _ in plan:
        now += gap
        times.append(now)

    async def send(publisher: EventPublisher) -> None:
        await send_at(publisher, times, [payload for _, payload in plan])

    return simulate(lambda: run_recorded(path, send, *collectors(), codec=CODEC))


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same to the type and the last bit."""
    return repr(one) == repr(other)


@given(values)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    """Its type, the order of its keys, and each float to the last bit."""
    coding = Coding(CODEC)
    text = to_text(coding.encode(value, "payload"))
    assert alike(coding.decode(text), value)
    assert text.isascii()
    assert "\n" not in text


@settings(max_examples=25)
@given(sent)
def test_what_is_read_is_what_was_recorded(plan: list[tuple[float, Payload[Any]]]) -> None:
    """Payloads, deliveries, times, results; and `save` of it gives the same."""
    with a_folder() as folder:
        recording = made(folder / "a", plan)
        assert [repr(event.payload) for event in recording] == [repr(each) for _, each in plan]
        now = 0.0
        for (gap, _), event in zip(plan, recording, strict=True):
            now += gap
            assert math.isclose(event.accepted_at, now)
        save(recording, folder / "b", codec=CODEC)
        assert as_text(read(folder / "b", codec=CODEC), CODEC) == as_text(recording, CODEC)
        assert recording.complete


@settings(max_examples=25)
@given(sent)
def test_what_is_replayed_and_recorded_again_is_the_same(
    plan: list[tuple[float, Payload[Any]]],
) -> None:
    """On the virtual clock the times are the same too, from the first event on."""
    with a_folder() as folder:
        first = made(folder / "a", plan)

        async def again(publisher: EventPublisher) -> None:
            await replay(first, publisher)

        second = simulate(lambda: run_recorded(folder / "b", again, *collectors(), codec=CODEC))
        found = compare(first, second)
        assert found.same, found
        start = first[0].accepted_at if len(first) else 0.0
        for one, other in zip(first, second, strict=True):
            assert math.isclose(one.accepted_at - start, other.accepted_at, abs_tol=1e-9)


@settings(max_examples=25)
@given(sent, sent)
def test_there_is_a_difference_from_both_sides_or_from_none(
    one: list[tuple[float, Payload[Any]]], other: list[tuple[float, Payload[Any]]]
) -> None:
    """And there is none to itself."""
    with a_folder() as folder:
        a, b = made(folder / "a", one), made(folder / "b", other)
        assert compare(a, b).same == compare(b, a).same
        assert len(compare(a, b).differences) == len(compare(b, a).differences)
        assert compare(a, a).same


@settings(max_examples=20)
@given(sent, st.data())
def test_a_file_that_is_cut_anywhere_is_read_up_to_its_last_whole_line(
    plan: list[tuple[float, Payload[Any]]], data: st.DataObject
) -> None:
    """At every byte: what is left of the header alone is not a recording."""
    with a_folder() as folder:
        recording = made(folder / "a", plan)
        whole = (folder / "a").read_bytes()
        lines = as_text(recording, CODEC)
        in_file = whole.split(b"\n")
        for _ in range(20):
            cut = data.draw(st.integers(0, len(whole)))
            (folder / "cut").write_bytes(whole[:cut])
            if cut < len(in_file[0]):
                with pytest.raises(RecordingError, match="is not a recording"):
                    read(folder / "cut", codec=CODEC)
                continue
            left = read(folder / "cut", codec=CODEC)
            ends = [len(b"\n".join(in_file[: n + 2])) for n in range(len(lines))]
            count = sum(end <= cut for end in ends)
            assert sorted(as_text(left, CODEC)) == sorted(
                line.decode() for line in in_file[1 : count + 1]
            )
            assert left.complete == (cut >= len(whole) - 1)
            assert left.torn == (
                cut not in {len(in_file[0]), *ends, len(whole) - 1}
                and (whole[cut - 1 : cut] != b"\n")
            )


@settings(max_examples=20)
@given(st.integers(0, 8), st.integers(0, 8), st.integers(1, 3))
def test_each_accepted_event_is_told_once(before: int, within: int, consumers: int) -> None:
    """Done, not done, or left out since it was accepted before: wherever the block ends."""
    with a_folder() as folder:

        async def main() -> None:
            queue = queue_of(*collectors(), max_consumers=consumers)
            async with queue:
                publisher = queue.get_publisher()
                await publisher.send_all([Payload([n]) for n in range(before)])
                with record(queue, folder / "a"):
                    await publisher.send_all([Payload([n]) for n in range(within)])
                    await asyncio.sleep(1.5)

        simulate(main)
        recording = read(folder / "a")
        assert recording.complete
        assert [event.id for event in recording] == list(range(before + 1, before + within + 1))
