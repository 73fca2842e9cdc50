"""An animation of a workbench: what the page is told, and what it may do to the queue."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from event_collector_widgets import Animation, Workbench
from event_collector_widgets.motion import feed as feed_module
from event_collector_widgets.motion.feed import Feed
from event_collector_widgets.motion.trace import Trace

from event_collector import Delivery, Payload
from tests.support import in_loop
from tests.widgets.benches import a_bench, collector, eventually
from tests.widgets.motion.pages import Page, put_in, read_back

if TYPE_CHECKING:
    from collections.abc import Callable


@in_loop
async def test_the_page_is_told_all_that_happens() -> None:
    """What happened before it was opened too."""
    async with a_bench() as bench:
        await bench.put(collector("a"))
        await bench.send(Payload(1))
        page = Page(Animation(bench))
        await page.opens()
        for number in range(2, 6):
            await bench.send(Payload(number))
        await bench.settle()
        await eventually(lambda: len(page.trace.events) == 5)
        await eventually(lambda: page.trace.events == Trace.of(bench.history).events)
        assert page.trace.queue is not None
        assert page.trace.queue.changes[-1].collectors[0].key == "a"


@in_loop
async def test_a_page_that_opens_has_at_once_what_was_before() -> None:
    """Told later it would move, as if it happened now; who looks already is told of it, too."""
    async with a_bench() as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await bench.send_all(Payload(number) for number in range(3))
        await bench.settle()
        await page.opens()
        first = next(each for each in page.heard if each["kind"] == "all")
        assert len(first["trace"]["events"]) == 3
        await bench.send(Payload(3))
        await bench.settle()
        page.animation._do("all", {"view": "another"})
        assert len(page.heard[-1]["trace"]["events"]) == 4
        page.heard.pop()  # that was for the other one
        await eventually(lambda: page.trace.events == Trace.of(bench.history).events)


@in_loop
async def test_it_is_not_told_faster_than_it_can_paint(monkeypatch: pytest.MonkeyPatch) -> None:
    """A burst is told in batches, each all that had happened by one time; in the end it is all."""
    monkeypatch.setattr(feed_module, "BATCH", 7)
    monkeypatch.setattr(feed_module, "IDLE_BATCH", 11)
    async with a_bench(max_consumers=3) as bench:
        await bench.put(collector("a"))
        told = Told(bench)
        await bench.send_all(Payload(number) for number in range(40))
        told.look()
        await bench.settle()
        while told.feed.behind or told.news:
            told.look()
        assert told.events == list(Trace.of(bench.history).events)
        assert told.batches > 4


class Told:
    """What a feed has told, checked at each batch."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.feed = Feed(bench)
        self.said = {**self.feed.all(), "events": {}}
        self.batches = 0
        self.news = True
        self.earlier = 0

    def look(self) -> None:
        """Take a batch; nothing in it may be earlier than what was told before."""
        before = max(times(self.events), default=0.0)
        batch = self.feed.batch()
        self.news = batch is not None
        if batch is None:
            return
        self.batches += 1
        put_in(self.said, batch)
        assert sum(time < before for time in times(self.events)) <= self.earlier
        self.earlier = sum(time <= max(times(self.events)) for time in times(self.events))

    @property
    def events(self) -> list[Any]:
        """The events so far."""
        return list(read_back(self.said).events)


def times(events: list[Any]) -> list[float]:
    """All times that are known."""
    return [t for e in events for t in (e.accepted, e.taken, e.finished) if t is not None]


@in_loop
async def test_the_page_holds_the_queues_own_consumers() -> None:
    """Pause, send six, step three times: exactly three are taken."""
    async with a_bench(max_consumers=2) as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await page.opens()
        page.says("pause")
        await eventually(lambda: bench.queue.paused)
        for number in range(6):
            await bench.send(Payload(number))
        for _ in range(3):
            page.says("step")
        await eventually(lambda: bench.metrics().finished == 3)
        assert bench.metrics().queued == 3
        await eventually(lambda: sum(e.taken is not None for e in page.trace.events) == 3)
        assert len(page.trace.events) == 6
        assert page.trace.notes[-1].text.startswith("paused: no payload is taken")
        assert page.state["paused"]
        page.says("resume")
        await eventually(lambda: bench.metrics().finished == 6)
        await eventually(lambda: page.trace.notes[-1].text == "")


@in_loop
async def test_who_leaves_resumes_what_it_has_paused() -> None:
    """When the last page of it is gone, or it is closed; not what others have paused."""
    async with a_bench() as bench:
        animation = Animation(bench)
        page = Page(animation)
        leaving: list[Callable[[], object]] = [lambda: page.says("left"), animation.close]
        for leave in leaving:
            await page.opens()
            page.says("pause")
            await eventually(lambda: bench.queue.paused)
            leave()
            await eventually(lambda: not bench.queue.paused)
        bench.pause()
        Animation(bench).close()
        assert bench.queue.paused


@in_loop
async def test_it_asks_for_nothing_while_it_is_not_in_view() -> None:
    """And is told all of it when it is again."""
    async with a_bench() as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await page.opens()
        page.says("seen", seen=False)
        await asyncio.sleep(0)
        heard = len(page.heard)
        await bench.send(Payload(1))
        await bench.settle()
        page.animation.repaint()
        assert len(page.heard) == heard
        page.says("seen", seen=True)
        await eventually(lambda: page.trace.events == Trace.of(bench.history).events)


@in_loop
async def test_it_follows_the_name_of_its_workbench() -> None:
    """The one that is made again is shown, from its beginning."""
    async with a_bench("mine") as bench:
        await bench.put(collector("a"))
        page = Page(Animation(bench))
        await page.opens()
        await bench.send(Payload(1))
        async with a_bench("mine") as again:
            await again.put(collector("b"))
            await again.send(Payload(2, Delivery.KEY, keys=["b"]))
            await eventually(lambda: page.heard and page.heard[-1]["kind"] == "more")
            await eventually(lambda: [e.text for e in page.trace.events] == ["2"])
            assert repr(page.animation) == "Animation(Workbench('mine', ['b']))"


@in_loop
async def test_it_follows_the_limits_of_the_queue() -> None:
    """Set by the workbench or the queue itself; whoever opens a page meanwhile takes none away."""
    async with a_bench(max_consumers=2) as bench:
        page = Page(Animation(bench))
        await page.opens()
        bench.queue.set_limits(max_consumers=5)
        page.animation._do("all", {"view": "another"})
        opened = page.heard[-1]["trace"]["queue"]
        assert (opened["max_consumers"], opened["max_queued"]) == (5, None)
        await eventually(lambda: page.limits == [{"max_consumers": 5, "max_queued": None}])
        bench.set_limits(max_consumers=3, max_queued=7)
        await eventually(lambda: page.limits[1:] == [{"max_consumers": 3, "max_queued": 7}])
        queue = page.animation.trace.queue
        assert queue is not None
        assert (queue.max_consumers, queue.max_queued) == (3, 7)


@in_loop
async def test_of_very_many_collectors_the_last_changes_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who adds thousands one by one is not told of each of them with all before it."""
    monkeypatch.setattr(feed_module, "ENTRIES", 70)
    async with a_bench() as bench:
        page = Page(Animation(bench))
        await page.opens()
        for number in range(30):
            await bench.put(collector(f"c{number}"))
        await eventually(lambda: len(page.collectors) == 30)
        await bench.put(collector("c3"))
        await bench.remove("c4")
        await eventually(lambda: len(page.collectors) == 29)
        batches = [each["more"]["changes"] for each in page.heard if each["kind"] == "more"]
        told = [[len(listed) for _, listed in batch] for batch in batches if batch]
        assert all(sum(each) <= 70 or len(each) == 1 for each in told)
        assert max(map(max, told)) == 30
        queue = page.animation.trace.queue
        assert queue is not None
        assert [len(one.collectors) for one in queue.changes] == [*range(31), 30, 29]
        assert len({id(one) for each in queue.changes for one in each.collectors}) == 31


@in_loop
async def test_what_the_queue_refuses_is_said_in_the_page() -> None:
    """As where somebody else has resumed it."""
    async with a_bench() as bench:
        page = Page(Animation(bench))
        await page.opens()
        page.says("step")
        await eventually(lambda: page.state.get("note"))
        assert "step() needs a paused queue" in page.state["note"]


@in_loop
async def test_a_live_run_is_saved_with_what_has_happened(tmp_path: Any) -> None:
    """With the changes of the collectors, and with the pauses."""
    async with a_bench() as bench:
        animation = Animation(bench)
        await bench.put(collector("a"))
        await bench.send(Payload("here"))
        await bench.settle()
        page = animation.save(tmp_path / "run.html").read_text("ascii")
        assert '"here"' in page
        assert animation.trace.queue is not None
        assert len(animation.trace.queue.changes) == 2
