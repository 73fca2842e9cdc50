"""Faults on purpose: what a collector does wrong, how often, until when, and who is told."""

import asyncio
import pickle
from typing import Any

import pytest
from event_collector_widgets import Animation, FaultInjectedError, QueuePanel, Workbench

from event_collector import (
    Collector,
    Error,
    Ok,
    Payload,
    QueueClosedError,
    UnknownCollectorError,
)
from tests.support import in_loop
from tests.widgets.benches import a_bench, collector, eventually, give, text
from tests.widgets.motion.pages import Page


async def struck(bench: Workbench, payloads: int = 40) -> list[bool]:
    """Of so many payloads, which got an Error of a fault."""
    found = []
    for number in range(payloads):
        results = await give(bench, Payload(number))
        found.append(next(isinstance(one, Error) for one in results))
    return found


@in_loop
async def test_nothing_goes_wrong_unless_it_is_set() -> None:
    """And nothing is said of it."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        assert not any(await struck(bench))
        assert (repr(bench.faults), bench.faults.words(), bench.warnings()) == (
            "Faults(none is on)",
            "",
            {},
        )


@in_loop
async def test_a_collector_raises_and_the_others_go_on() -> None:
    """Its processor is not called; when the fault is cleared, it is."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        await bench.put(collector("log"))
        bench.faults.set("audit", "raise")
        first, second = await give(bench, Payload(1))
        assert isinstance(first, Error)
        assert isinstance(first.exception, FaultInjectedError)
        assert first.exception.key == "audit"
        assert "on purpose, in 'audit'" in str(first.exception)
        assert isinstance(second, Ok)
        bench.faults.clear("audit")
        assert (await give(bench, Payload(1))).errors == []


@in_loop
async def test_the_same_seed_gives_the_same_faults() -> None:
    """Set anew, it begins anew; another seed gives others; about half of them at a half."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        found = []
        for seed in (7, 7, 8):
            bench.faults.set("audit", "raise", probability=0.5, seed=seed)
            found.append(await struck(bench))
        assert found[0] == found[1] != found[2]
        assert 10 <= sum(found[0]) <= 30


@in_loop
async def test_what_hangs_ends_with_the_collectors_timeout() -> None:
    """As an Error(TimeoutError), like a real one."""
    async with a_bench() as bench:
        await bench.put(Collector("audit", collector("x").processor, timeout=0.01))
        bench.faults.set("audit", "hang")
        (result,) = await give(bench, Payload(1))
        assert isinstance(result, Error)
        assert isinstance(result.exception, TimeoutError)


@in_loop
async def test_what_hangs_is_cut_off_by_a_shutdown() -> None:
    """Within the time that the queue gives itself, with the result that everybody gets then."""
    async with a_bench(shutdown_timeout=0.01) as bench:
        await bench.put(collector("audit"))
        bench.faults.set("audit", "hang")
        event = await bench.send(Payload(1))
        await bench.close()
        assert event.result is not None
        (result,) = event.result
        assert isinstance(result, Error)
        assert isinstance(result.exception, QueueClosedError)


@in_loop
async def test_what_hangs_goes_on_when_the_fault_is_cleared() -> None:
    """It is processed then, as if it had been slow."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        bench.faults.set("audit", "hang")
        event = await bench.send(Payload(2))
        await eventually(lambda: bench.metrics().in_service == 1)
        assert not event.done
        bench.faults.clear()
        assert (await event.wait()).first() == Ok(4)


@in_loop
async def test_a_workbench_that_has_no_limit_to_close_is_closed_all_the_same() -> None:
    """What hangs on purpose must not keep it, or the one that is made again, waiting."""
    async with a_bench(shutdown_timeout=None) as bench:
        await bench.put(collector("audit"))
        bench.faults.set("audit", "hang")
        event = await bench.send(Payload(2))
        await bench.close()
        assert event.result is not None
        assert event.result.first() == Ok(4)
    async with a_bench("mine") as bench:
        await bench.put(collector("audit"))
        bench.faults.set("audit", "hang")
        await bench.send(Payload(2))
        async with a_bench("mine") as again:
            await again.put(collector("audit"))
            assert (await give(again, Payload(1))).first() == Ok(2)


@in_loop
async def test_a_slow_collector_is_slow_before_it_works() -> None:
    """By so many seconds, and its result is its own."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        bench.faults.set("audit", "slow", seconds=0.05)
        event = await bench.send(Payload(2))
        assert (await event.wait()).first() == Ok(4)
        assert event.service_time is not None
        assert event.service_time >= 0.05


@in_loop
async def test_a_fault_goes_by_the_key() -> None:
    """One that replaces the collector is faulty too; a second fault replaces the first."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        bench.faults.set("audit", "hang")
        bench.faults.set("audit", "raise")
        await bench.put(collector("audit"))
        (result,) = await give(bench, Payload(1))
        assert isinstance(result, Error)
        assert list(bench.faults.on) == ["audit"]
        bench.faults.clear()
        assert (await give(bench, Payload(1))).errors == []


@in_loop
async def test_what_is_on_is_told_in_words() -> None:
    """In a line of the repr, of the warnings and so of the panels and the animation."""
    async with a_bench() as bench:
        for key in ("audit", "log", "store"):
            await bench.put(collector(key))
        panel = QueuePanel(bench)
        page = Page(Animation(bench))
        await page.opens()
        bench.faults.set("audit", "raise", probability=0.5, seed=1)
        bench.faults.set("log", "hang")
        bench.faults.set("store", "slow", probability=1 / 3, seconds=2)
        said = "audit raises in 50 %; log hangs in 100 %; store is slowed by 2 s in 33.3 %"
        assert repr(bench.faults) == f"Faults({said})"
        assert bench.warnings() == {"faults": f"faults on purpose: {said}"}
        await eventually(lambda: said in text(panel.warning))
        await eventually(lambda: page.trace.notes and said in page.trace.notes[-1].text)
        assert page.state["faults"][0] == ["audit", "audit raises in 50 %"]
        bench.faults.clear()
        await eventually(lambda: not text(panel.warning))
        await eventually(lambda: page.trace.notes[-1].text == "")


@in_loop
async def test_faults_are_set_and_cleared_from_the_page_of_an_animation() -> None:
    """What cannot be is said where it was asked for."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        page = Page(Animation(bench))
        await page.opens()
        page.says("fault", key="audit", kind="slow", probability=0.25, seconds=0.5)
        await eventually(lambda: str(bench.faults) == "Faults(audit is slowed by 0.5 s in 25 %)")
        page.says("no fault", key="audit")
        await eventually(lambda: not bench.faults.on)
        page.says("fault", key="gone", kind="raise", probability=1, seconds=None)
        await eventually(lambda: "no collector has the key 'gone'" in page.state.get("note", ""))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"key": ""}, "key must not be empty"),
        ({"key": 1}, "key must be a str, got int: 1"),
        ({"key": "nobody"}, "no collector has the key 'nobody'"),
        ({"kind": "explode"}, 'kind must be "raise", "hang" or "slow", got \'explode\''),
        ({"probability": 0}, "above 0 and at most 1, got 0; clear('audit') ends a fault"),
        ({"probability": 1.5}, "probability must be above 0 and at most 1, got 1.5"),
        ({"probability": float("nan")}, "probability must be above 0 and at most 1, got nan"),
        ({"probability": "often"}, "probability must be a number, got str: 'often'"),
        ({"probability": True}, "probability must be a number, got bool: True"),
        ({"seed": 1.5}, "seed must be an int, got float: 1.5"),
        ({"seconds": 2}, "seconds is for \"slow\" only, got 2 with 'raise'"),
        ({"kind": "slow", "seconds": 0}, "seconds must be above 0, got 0"),
        ({"kind": "slow", "seconds": -1}, "seconds must be a finite number of seconds above 0"),
        ({"kind": "slow", "seconds": "long"}, "seconds must be a number of seconds, got str"),
    ],
)
@in_loop
async def test_what_cannot_be_is_refused_and_nothing_is_set(given: Any, said: str) -> None:
    """With the value, and what to do."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        options = {"key": "audit", "kind": "raise", **given}
        with pytest.raises((TypeError, ValueError, UnknownCollectorError)) as raised:
            bench.faults.set(options.pop("key"), options.pop("kind"), **options)
        assert said in str(raised.value)
        assert not bench.faults.on
        assert not any(await struck(bench, 2))


@in_loop
async def test_clearing_what_is_not_set_is_fine_but_not_for_an_unknown_key() -> None:
    """A slip of the pen would leave a fault on."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        bench.faults.clear()
        bench.faults.clear("audit")
        with pytest.raises(UnknownCollectorError, match="'audti'"):
            bench.faults.clear("audti")
        with pytest.raises(TypeError, match="key must be a str, got int"):
            bench.faults.clear(3)  # type: ignore[arg-type]


@in_loop
async def test_faults_are_set_in_the_loop_of_the_queue_only() -> None:
    """As everything that changes a queue while it runs."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        with pytest.raises(RuntimeError, match="wrap"):
            await asyncio.to_thread(bench.faults.set, "audit", "raise")
        assert not bench.faults.on


def test_its_error_is_pickled() -> None:
    """An event's results may be kept."""
    error = pickle.loads(pickle.dumps(FaultInjectedError("audit")))
    assert (error.key, str(error)) == ("audit", str(FaultInjectedError("audit")))
