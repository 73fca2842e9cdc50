"""The workbench: a queue in the notebook's loop; here without a widget and without a kernel."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import Workbench

from event_collector import (
    Context,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    QueueType,
    Result,
    ResultList,
    Router,
    SimpleRouter,
    UnknownCollectorError,
)
from tests.support import Log, in_loop
from tests.widgets.benches import a_bench, collector, double, give


@in_loop
async def test_it_is_ready_in_the_cell_that_makes_it() -> None:
    """Issue 3: started without ceremony, it takes payloads before anything was awaited."""
    async with a_bench() as bench:
        assert bench.queue.running
        event = bench.publisher.send_nowait(Payload(1))
        assert event.id == 1
        assert not (await event.wait()).delivered


@in_loop
async def test_its_arguments_are_those_of_its_queue() -> None:
    """All that a CollectorQueue can be told, the workbench passes on."""
    options: dict[str, Any] = {
        "min_consumers": 2,
        "max_consumers": 3,
        "queue_type": QueueType.LIFO,
        "default_priority": 7,
        "max_queued": 5,
        "shutdown_timeout": 1.5,
    }
    async with a_bench(history=11, **options) as bench:
        assert {name: getattr(bench.queue, name) for name in options} == options
        assert bench.history.limit == 11


@in_loop
async def test_the_decorator_takes_the_functions_name_for_a_key() -> None:
    """Issue 3: with or without arguments, the key is the function's name."""
    async with a_bench() as bench:

        @bench.collector
        async def bare(payload: Payload[int], ctx: Context) -> Result:
            return Ok("bare")

        @bench.collector(topics=["t"], ctx=Context(limit=40))
        async def called(payload: Payload[int], ctx: Context) -> Result:
            return Ok(ctx.limit)

        assert [*bench.collectors] == ["bare", "called"]
        assert bench.collectors["called"].topics == ("t",)
        assert await give(bench, Payload(1)) == [Ok("bare"), Ok(40)]


@in_loop
async def test_the_decorator_takes_all_that_a_collector_takes() -> None:
    """Decision 24: limits too; what a cell that is run again does not say any more is gone."""
    async with a_bench() as bench:

        @bench.collector("x", timeout=2.5, max_concurrency=3)
        async def limited(payload: Payload[int], ctx: Context) -> Result:
            return Ok(payload.value)

        one = bench.collectors["x"]
        assert (one.timeout, one.max_concurrency) == (2.5, 3)
        bench.collector("x")(limited)
        await bench.ready()
        other = bench.collectors["x"]
        assert (other.timeout, other.max_concurrency) == (None, None)
        with pytest.raises(ValueError, match="timeout must be above 0 s"):
            bench.collector("x", timeout=0)(limited)
        with pytest.raises(ValueError, match="max_concurrency must be >= 1"):
            bench.collector("x", max_concurrency=0)(limited)


@in_loop
async def test_a_given_key_counts_and_the_function_stays_as_it_is() -> None:
    """The decorator gives back the very function, which can be called and used again."""
    async with a_bench() as bench:
        assert bench.collector("one")(double) is double
        assert bench.collector("two", topics=["t"])(double) is double
        assert bench.collector(double) is double
        assert [*bench.collectors] == ["one", "two", "double"]


@in_loop
async def test_the_decorator_refuses_what_a_collector_refuses() -> None:
    """Decision 24: a wrong argument is refused in the cell that has it."""
    async with a_bench() as bench:
        with pytest.raises(TypeError, match="topics must be a list of str"):
            bench.collector(topics="weather")(double)
        assert not bench.collectors


@in_loop
async def test_running_the_cell_again_replaces_it_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Issue 3: the second definition is the one that counts, and exactly one line says so."""
    async with a_bench() as bench:
        bench.collector("x")(double)
        assert capsys.readouterr().out == ""

        @bench.collector("x")
        async def again(payload: Payload[int], ctx: Context) -> Result:
            return Ok("again")

        assert capsys.readouterr().out == "replaced collector 'x'\n"
        assert await give(bench, Payload(1)) == [Ok("again")]
        assert capsys.readouterr().out == ""


@in_loop
async def test_a_second_workbench_of_a_name_closes_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Running its cell again begins anew: the first drains, and leaves its lifecycles."""
    log = Log()
    first = Workbench(namespace={})
    first.collector("x", lifecycle=log.lifecycle("x"))(double)
    event = await first.send(Payload(2))
    async with a_bench("bench") as second:
        assert capsys.readouterr().out == "replaced workbench 'bench'\n"
        await second.ready()
        assert not first.queue.running
        assert event.result == [Ok(4)]
        assert log == ["+x", "-x"]
        assert second.queue.running
        assert not second.collectors


@in_loop
async def test_a_wrong_argument_leaves_the_first_workbench_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Decision 24: a workbench that cannot be made replaces nothing."""
    async with a_bench("bench") as first:
        with pytest.raises(ValueError, match="max_consumers must be >= 1, got 0"):
            Workbench("bench", max_consumers=0, namespace={})
        assert first.queue.running
    assert capsys.readouterr() == ("", "")


@in_loop
async def test_workbenches_of_other_names_live_side_by_side() -> None:
    """Each has its own queue and its own collectors."""
    async with a_bench("one") as one, a_bench("two") as two:
        one.collector("x")(double)
        assert (await give(one, Payload(1)), await give(two, Payload(1))) == ([Ok(2)], [Ok(None)])


def test_without_a_loop_it_says_what_it_needs() -> None:
    """In a plain script there is no loop to run in, and the message says what to do."""
    with pytest.raises(RuntimeError, match=r"^a Workbench needs a running event loop, .*script"):
        Workbench(namespace={})


@in_loop
async def test_the_menus_have_what_the_notebook_defined() -> None:
    """Issue 3: async functions of two arguments, and lifecycles; nothing private, no gallery."""

    async def one_argument(payload: Payload[int]) -> Result:
        return Ok(1)

    async def generator(ctx: Context) -> AsyncIterator[None]:
        yield

    namespace: dict[str, Any] = {"z_processor": double, "a_processor": double, "_hidden": double}
    async with a_bench(namespace=namespace) as bench:
        from event_collector_widgets import echo

        lifecycle = asynccontextmanager(generator)
        namespace |= {"echo": echo, "one": one_argument, "plain": len, "number": 1}
        namespace |= {"life": lifecycle, "bare": generator, "_private": lifecycle}
        assert list(bench.processors()) == ["a_processor", "z_processor"]
        assert bench.lifecycles() == {"life": lifecycle}


@in_loop
async def test_explain_says_who_would_get_a_payload() -> None:
    """The router's own answer, and nothing is sent."""
    async with a_bench() as bench:
        bench.collector("x", topics=["t"])(double)
        explained = bench.explain(Payload(1))
        assert explained is not None
        assert [tuple(each) for each in explained] == [
            ("x", True, "a broadcast goes to every collector")
        ]
        assert bench.metrics().accepted == 0


class FirstOnly(Router):
    """Gives everything to the first collector."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, list(self.collectors.values())[:1])


class LastOnly(SimpleRouter):
    """Chooses the last collector, and dispatches alike."""

    def route(self, payload: Payload[Any]) -> list[Any]:
        return list(self.collectors.values())[-1:]


class Twice(SimpleRouter):
    """Chooses as its parent does, and then does more."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        await super().handle_event(payload)
        return await super().handle_event(payload)


@in_loop
async def test_a_custom_router_cannot_be_asked_beforehand() -> None:
    """Decision 27: what only `handle_event` knows, `explain` does not make up."""
    async with a_bench(router=FirstOnly) as bench, a_bench("last", router=LastOnly) as last:
        assert bench.explain(Payload(1)) is None
        async with a_bench("twice", router=Twice) as twice:
            assert twice.explain(Payload(1)) is None
        last.collector("x")(double)
        assert [each.reason for each in last.explain(Payload(1)) or ()] == ["as LastOnly decides"]


@in_loop
async def test_remove_takes_a_collector_out() -> None:
    """After its last payload it is gone; a second time there is none of that key."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        assert (await bench.remove("x")).key == "x"
        with pytest.raises(UnknownCollectorError, match="no collector has the key 'x'"):
            await bench.remove("x")


@in_loop
async def test_closing_twice_is_fine_and_sending_then_is_refused() -> None:
    """Decision 10: a closed workbench refuses payloads; its history can still be read."""
    async with a_bench() as bench:
        await give(bench, Payload(1))
        await bench.close()
        await bench.close()
        with pytest.raises(QueueClosedError):
            await bench.send(Payload(2))
        assert len(bench.history) == 1


@in_loop
async def test_its_repr_is_the_same_in_every_run() -> None:
    """Decision 26: a name and the keys, in one line."""
    async with a_bench("weather") as bench:
        bench.collector("x")(double)
        assert repr(bench) == "Workbench('weather', ['x'])"


def fails_with(error: BaseException) -> Callable[..., Any]:
    """A processor that raises."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise error

    return fail


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt("stop"), SystemExit("stop")], ids=type)
@in_loop
async def test_an_interrupt_that_no_caller_waits_for_is_told(
    interrupt: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    """Decision 15: raised in the notebook's loop it would end the kernel; so it is told instead."""
    async with a_bench() as bench:
        await bench.put(collector("x", fails_with(interrupt)))
        event = await bench.send(Payload(1))
        await bench.publisher.wait()
        assert event.result == [Error(interrupt)]
        with pytest.raises(type(interrupt)):
            await give(bench, Payload(2))
    told = f"Workbench('test', ['x']): {type(interrupt).__name__}: stop\n"
    assert capsys.readouterr() == ("", told)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": ["x"]}, "TypeError: name must be a str, got list"),
        ({"name": ""}, "ValueError: name must not be empty"),
        ({"namespace": 5}, "TypeError: namespace must be a Mapping, got int"),
    ],
)
@in_loop
async def test_a_wrong_name_or_namespace_is_refused(wrong: dict[str, Any], error: str) -> None:
    """Decision 24: at once, with the value."""
    with pytest.raises((TypeError, ValueError)) as caught:
        Workbench(**wrong)
    assert f"{type(caught.value).__name__}: {caught.value}".startswith(error)
