"""A live animation of very many payloads: some are told of one by one, all are counted."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from event_collector_widgets import Animation, Workbench
from event_collector_widgets.motion import feed as feed_module
from event_collector_widgets.motion.trace import Trace

from event_collector import Context, Ok, Payload, Result
from tests.support import forever, in_loop
from tests.widgets.benches import a_bench, collector, double, eventually
from tests.widgets.motion.pages import Page


async def many(bench: Workbench, count: int) -> None:
    """Send so many payloads, a tenth of which reach nobody, and wait until they are done."""
    addresses: list[dict[str, Any]] = [{"keys": ["a"]}] * 9 + [{"keys": ["nobody"]}]
    await bench.send_all([Payload(n, **addresses[n % 10]) for n in range(count)])
    await bench.publisher.wait()


@in_loop
async def test_of_very_many_some_are_told_of_and_all_are_counted() -> None:
    """More than the history keeps, too: the counts are those of the queue."""
    async with a_bench(history=2_000) as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await page.opens()
        await many(bench, 5_000)
        whole = {
            "accepted": 5_000,
            "taken": 5_000,
            "finished": 5_000,
            "a Ok": 4_500,
            "None undelivered": 500,
        }
        await eventually(lambda: page.counts == whole)
        assert 0 < len(page.trace.events) < 2_500, "fewer are told of one by one than not"
        await bench.send(Payload("one more", keys=["a"])).wait()
        await eventually(lambda: page.counts == Counter(whole) + one_more)
        assert page.trace.events[-1].text == "one more"


async def refuse(payload: Payload[Any], ctx: Context) -> Result:
    """Fail, whatever it is."""
    raise ValueError(payload.value)


one_more = Counter({"accepted": 1, "taken": 1, "finished": 1, "a Ok": 1})


@in_loop
async def test_a_burst_is_told_at_once_in_few_messages() -> None:
    """Its messages do not grow with it, and the last one says how it ended, within a second."""
    async with a_bench(history=200_000) as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await page.opens()
        began, heard = bench.loop.loop.time(), len(page.heard)
        await many(bench, 20_000)
        ended = bench.loop.loop.time()
        await eventually(lambda: page.counts["finished"] == 20_000)
        behind = bench.loop.loop.time() - ended
        assert behind < 1.5  # it is 0.5 at most where nobody else uses the machine
        assert len(page.heard) - heard <= 10 * (behind + ended - began) + 2


@in_loop
async def test_counts_follow_collectors_that_are_replaced_and_a_queue_that_is_cut_off() -> None:
    """What a collector gave counts, though it is there no more."""
    async with a_bench(history=2_000, shutdown_timeout=0.01, max_consumers=1) as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await page.opens()
        await many(bench, 3_000)
        await bench.put(collector("a", forever))
        await bench.send_all([Payload(n) for n in range(1_500)])
        await eventually(lambda: page.counts["accepted"] == 4_500)
        assert page.counts["taken"] == 3_001
        await bench.close()
        await eventually(lambda: page.counts["finished"] == 4_500)
        assert page.counts["a Ok"] == 2_700
        assert page.counts["taken"] == 3_001


@in_loop
async def test_a_page_that_is_opened_late_counts_what_was_before() -> None:
    """The last ones are told one by one."""
    async with a_bench(history=3_000) as bench:
        await bench.put(collector("a"))
        await many(bench, 4_000)
        page = Page(Animation(bench))
        await page.opens()
        await eventually(lambda: page.counts["finished"] == 4_000)
        assert page.counts["a Ok"] == 3_600
        assert len(page.trace.events) == feed_module.BEFORE
        assert page.trace.events[-1] == Trace.of(bench.history).events[-1]


@pytest.mark.parametrize(
    ("limit", "cleared"),
    [(1_000, False), (1_000, True), (50, False), (50, True)],
    ids=["all are kept", "cleared", "few are kept", "few were kept, and cleared"],
)
@in_loop
async def test_what_replaced_collectors_gave_before_is_counted(limit: int, cleared: bool) -> None:
    """Unless it was cleared: that stands in no count, neither of the queue nor of a collector."""
    async with a_bench(history=limit) as bench:
        for work in (refuse, double):
            await bench.put(collector("a", work))
            await bench.put(collector("b"))
            await many(bench, 600)
        if cleared:
            bench.history.clear()
        page = Page(Animation(bench))
        await page.opens()
        await bench.put(collector("a", refuse))
        await many(bench, 20)
        before = {} if cleared else counted_of(600, "Error") + counted_of(600, "Ok")
        whole = counted_of(20, "Error") + Counter(before)
        await eventually(lambda: page.counts == whole)


def counted_of(count: int, outcome: str) -> Counter[str]:
    """What is counted of so many payloads that `many` has sent."""
    got = count * 9 // 10
    stages = dict.fromkeys(("accepted", "taken", "finished"), count)
    return Counter({**stages, f"a {outcome}": got, "None undelivered": count - got})


@in_loop
async def test_what_was_there_when_it_was_made_is_shown_though_it_was_cleared_since() -> None:
    """As in a notebook that was run to its end before anybody looks at a picture in its middle."""
    async with a_bench() as bench:
        await bench.put(collector("a"))
        await bench.send(Payload("long ago")).wait()
        bench.history.clear()
        await bench.send(Payload("the lesson")).wait()
        animation = Animation(bench)
        bench.history.clear()
        await bench.send(Payload("the exercise")).wait()
        page = Page(animation)
        await page.opens()
        assert [event.text for event in page.trace.events] == ["the lesson", "the exercise"]
        assert page.counts == {"accepted": 2, "taken": 2, "finished": 2, "a Ok": 2}


@in_loop
async def test_what_was_under_way_when_the_history_was_cleared_is_counted() -> None:
    """It is to be seen still; cleared again when it is done, it is forgotten with the rest."""
    async with a_bench(max_consumers=1) as bench:
        gate = asyncio.Event()

        async def held(payload: Payload[Any], ctx: Context) -> Result:
            await gate.wait()
            return Ok(None)

        await bench.put(collector("a"))
        await bench.put(collector("b", held))
        events = [bench.send(Payload(n)) for n in range(3)]
        await eventually(lambda: bench.metrics().in_service == 1)
        bench.history.clear()
        first = Page(Animation(bench))
        await first.opens()
        gate.set()
        for event in events:
            await event.wait()
        whole = {"accepted": 3, "taken": 3, "finished": 3, "a Ok": 3, "b Ok": 3}
        await eventually(lambda: first.counts == whole)
        bench.history.clear()
        second = Page(Animation(bench))
        await second.opens()
        await bench.send(Payload("new")).wait()
        one = {"accepted": 1, "taken": 1, "finished": 1, "a Ok": 1, "b Ok": 1}
        await eventually(lambda: second.counts == one)


@in_loop
async def test_it_begins_anew_when_a_page_knows_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson may be long; the counts go on."""
    monkeypatch.setattr(feed_module, "KEPT", 50)
    monkeypatch.setattr(feed_module, "BEFORE", 10)
    async with a_bench() as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await page.opens()
        for sent in range(30, 121, 30):
            await many(bench, 30)
            await eventually(lambda sent=sent: page.counts["finished"] == sent)  # type: ignore[misc]
        assert sum(each["kind"] == "all" for each in page.heard) > 1
        assert len(page.trace.events) < 80
