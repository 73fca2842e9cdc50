"""Matches: the count and the newest of what fits, which always agree with looking at everything."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.matches import Matches
from event_collector_widgets.selection import Selection
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Collector, CollectorEvent, Delivery, Error, Ok, Payload
from tests.support import Gate, in_loop, run, settle, until
from tests.widgets.benches import a_bench, collector

ERRORS = Selection(status="Error")


async def odd(payload: Payload[int], ctx: Any) -> Any:
    """An Error for every even number."""
    return Error(ValueError("even")) if payload.value % 2 == 0 else Ok(payload.value)


@asynccontextmanager
async def a_sent_bench(count: int, **options: Any) -> AsyncIterator[Workbench]:
    """A workbench where every second one of so many events is an Error."""
    async with a_bench(**options) as bench:
        await bench.put(collector("odd", odd))
        await bench.send_all([Payload(number) for number in range(count)])
        await bench.publisher.wait()
        yield bench


def fully(matches: Matches) -> Matches:
    """Looked at to the end."""
    while not matches.step():
        pass
    return matches


def naive(bench: Workbench, selection: Selection) -> list[CollectorEvent]:
    """What fits, the newest first, by looking at every event."""
    return [event for event in reversed([*bench.history]) if selection.matches(event)]


def assert_exact(matches: Matches, bench: Workbench, selection: Selection) -> None:
    """It says what looking at everything says."""
    wanted = naive(bench, selection)
    assert matches.count == len(wanted)
    assert matches.looked_at == len(bench.history)
    assert matches.window(len(wanted) + 1) == wanted
    assert matches.window(2, 1) == wanted[1:3]
    assert matches.events() == wanted[::-1]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 9)),
        st.tuples(st.just("let go"), st.integers(1, 4)),
        st.tuples(st.just("clear"), st.just(0)),
        st.tuples(st.just("look"), st.integers(1, 3)),
        st.tuples(st.just("look fully"), st.just(0)),
    ),
    max_size=25,
)
some = st.sampled_from(
    [
        Selection(),
        ERRORS,
        Selection(status="queued"),
        Selection(status="in service"),
        Selection(status="undelivered"),
        Selection("odd", "Ok"),
        Selection(text="7"),
        Selection(delivery=Delivery.KEY),
    ]
)


@given(steps, some, st.sampled_from([1, 3, 10, 1_000]))
def test_it_always_agrees_with_looking_at_everything(
    plan: list[tuple[str, int]], selection: Selection, limit: int
) -> None:
    """Issue 13: over the whole history; events come, change and fall out, looked at or not."""
    gate = Gate()

    async def gated(payload: Payload[int], ctx: Any) -> Any:
        await gate(payload, ctx)
        return await odd(payload, ctx)

    async def main() -> None:
        async with a_bench(history=limit, max_consumers=3) as bench:
            await bench.put(Collector("odd", gated))
            matches, number = Matches(bench.history, selection), 0
            for what, count in plan:
                if what == "send":
                    for _ in range(count):
                        number += 1
                        ways = (Delivery.BROADCAST, Delivery.KEY, Delivery.TOPIC)
                        bench.publisher.send(
                            Payload(number, ways[number % 3], keys=["odd"], topics=[])
                        )
                    await settle()
                elif what == "let go":
                    for value in [one for one in gate.begun if one not in gate.ended][:count]:
                        gate.let_go(value)
                    await settle()
                elif what == "clear":
                    bench.history.clear()
                elif what == "look":
                    matches.step(0.0)
                else:
                    assert_exact(fully(matches), bench, selection)
            assert_exact(fully(matches), bench, selection)
            gate.open()

    run(main())


@in_loop
async def test_a_count_on_the_way_says_so_and_the_newest_come_first() -> None:
    """Issue 13: how exact the count is; the first rows are there at once."""
    async with a_sent_bench(200) as bench:
        matches = Matches(bench.history, ERRORS)
        assert not matches.complete
        assert not matches.step(0.0)
        assert matches.words() == "16 so far, 32 of 200 looked at"
        assert matches.window(3) == naive(bench, ERRORS)[:3]
        assert fully(matches).words() == "100 of 200"
        assert matches.complete
        await (await bench.send(Payload(2))).wait()
        matches.window(1)
        assert not matches.complete
        assert fully(matches).words() == "101 of 201"


@in_loop
async def test_what_comes_during_a_look_is_looked_at_first() -> None:
    """Events that stream in are seen at once, however far the look at the old ones is."""
    async with a_sent_bench(200) as bench:
        matches = Matches(bench.history, ERRORS)
        matches.step(0.0)
        newest = await bench.send(Payload(0))
        await newest.wait()
        matches.step(0.0)
        assert matches.window(1) == [newest]
        assert not matches.complete
        assert_exact(fully(matches), bench, ERRORS)


@in_loop
async def test_done_events_are_looked_at_once() -> None:
    """A million kept events cost nothing when nothing changes."""
    looked: list[int] = []

    def output(event: CollectorEvent) -> str:
        looked.append(event.id)
        return ""

    async with a_sent_bench(100) as bench:
        gate = Gate()
        await bench.put(Collector("gate", gate, topics=["g"]))
        await bench.send(Payload(1, Delivery.TOPIC, topics=["g"]))
        await until(lambda: gate.begun)
        matches = fully(Matches(bench.history, Selection(text="zzz"), output=output))
        assert sorted(looked) == [*range(1, 102)]
        looked.clear()
        fully(matches)
        assert looked == []
        gate.open()
        await bench.publisher.wait()
        fully(matches)
        assert looked == [101]


@pytest.mark.parametrize("status", ["queued", "in service", "Ok"])
@in_loop
async def test_an_event_that_goes_on_is_looked_at_again(status: str) -> None:
    """Queued, taken and done: the count follows."""
    gate = Gate()
    async with a_bench(max_consumers=1) as bench:
        await bench.put(Collector("gate", gate))
        matches = Matches(bench.history, Selection(status=status))
        for value in range(2):
            await bench.send(Payload(value))
        for value in range(2):
            fully(matches)
            await until(lambda value=value: value in gate.begun)  # type: ignore[misc]
            assert_exact(fully(matches), bench, matches.selection)
            gate.let_go(value)
        await bench.publisher.wait()
        assert_exact(fully(matches), bench, matches.selection)


@given(
    st.lists(st.sampled_from(["7", "77", "b7", "1", "error", "#7", "7b"]), max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=4),
    st.sampled_from([10, 1_000]),
)
def test_typing_on_gives_what_a_new_look_gives(
    texts: list[str], between: list[tuple[int, int]], limit: int
) -> None:
    """Law: however far the look before had come, and whatever came meanwhile."""

    async def main() -> None:
        async with a_bench(history=limit) as bench:
            await bench.put(collector("odd", odd))
            matches = Matches(bench.history, Selection(text="7"))
            for place, text in enumerate(["7", *texts]):
                steps, count = between[place] if place < len(between) else (1, 40)
                await bench.send_all([Payload(number) for number in range(count)])
                for _ in range(steps):
                    matches.step(0.0)
                matches = matches.narrowed(Selection(text=text))
            assert_exact(fully(matches), bench, matches.selection)

    run(main())


@in_loop
async def test_who_types_on_has_only_what_fitted_looked_at_again() -> None:
    """Of a long history that takes a moment in place of seconds."""
    looked: list[int] = []

    def output(event: CollectorEvent) -> str:
        looked.append(event.id)
        return ""

    async with a_bench() as bench:
        await bench.send_all([Payload(f"value {number}") for number in range(1_000)])
        await bench.publisher.wait()
        matches = fully(Matches(bench.history, Selection(text="e 99"), output=output))
        looked.clear()
        matches = fully(matches.narrowed(Selection(text="value 99")))
        assert looked == []
        assert matches.count == 11
        matches = fully(matches.narrowed(Selection(text="value 998")))
        assert sorted(looked) == [100, *range(991, 999), 1000]
        assert [event.payload.value for event in matches.events()] == ["value 998"]


@in_loop
async def test_everything_needs_no_look() -> None:
    """Issue 13: without a filter the count is the history's, and the window costs its length."""
    async with a_sent_bench(10) as bench:
        matches = Matches(bench.history, Selection())
        assert matches.complete
        assert (matches.count, matches.words()) == (10, "all 10")
        assert matches.window(3) == bench.history.latest(3)
        assert [event.id for event in matches.window(3, 8)] == [2, 1]
        assert matches.step()


@in_loop
async def test_a_window_may_begin_far_down() -> None:
    """A table of a window of rows scrolls; whole blocks of places are leapt over."""
    async with a_sent_bench(10_000) as bench:
        matches = fully(Matches(bench.history, ERRORS))
        wanted = naive(bench, ERRORS)
        for offset in (0, 1, 2_047, 2_048, 2_049, 4_095, 4_990, 5_000, 9_999):
            assert matches.window(20, offset) == wanted[offset : offset + 20]


@pytest.mark.parametrize("count", [100, 290])
@in_loop
async def test_a_short_history_lets_events_go_before_they_were_looked_at(count: int) -> None:
    """What fell out is neither counted nor kept."""
    async with a_sent_bench(500, history=300) as bench:
        matches = Matches(bench.history, ERRORS)
        matches.step(0.0)
        await bench.send_all([Payload(number) for number in range(count)])
        await bench.publisher.wait()
        assert_exact(fully(matches), bench, ERRORS)


@pytest.mark.parametrize(
    "call",
    [
        Matches,
        lambda history, wrong: Matches(wrong, ERRORS),
        lambda history, wrong: Matches(history, ERRORS).window(wrong),
    ],
)
@in_loop
async def test_wrong_arguments_are_refused(call: Callable[[Any, Any], object]) -> None:
    """Decision 24: at once."""
    async with a_bench() as bench:
        with pytest.raises(TypeError):
            call(bench.history, "x")
        with pytest.raises(ValueError, match=r"^offset must be >= 0, got -1$"):
            Matches(bench.history, ERRORS).window(1, -1)


@in_loop
async def test_a_search_leaves_nothing_at_the_events() -> None:
    """So many new objects that stay would have garbage collected, which a million events feel."""
    async with a_sent_bench(2_000) as bench:
        gc.collect()
        before = len(gc.get_objects())
        matches = fully(Matches(bench.history, Selection(text="elsewhere")))
        assert len(gc.get_objects()) - before < 500
        assert matches.count == 0


@in_loop
async def test_to_narrow_makes_nothing_for_each_event_that_fitted() -> None:
    """It is looked at those in slices; narrowed again before the end, none is left out."""
    async with a_sent_bench(8_000, history=4_000) as bench:
        wide = fully(Matches(bench.history, Selection(text="77")))
        found = wide.count
        assert found > 30
        before = len(gc.get_objects())
        narrow = wide.narrowed(Selection(text="777"))
        assert len(gc.get_objects()) - before < 20
        assert not narrow.step(0)
        assert narrow.looked_at < 4_000
        await bench.send_all([Payload(7_777), Payload(5)])
        last = fully(narrow.narrowed(Selection(text="7777")))
        await bench.publisher.wait()
        assert_exact(fully(last), bench, Selection(text="7777"))
