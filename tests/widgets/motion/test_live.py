"""An animation of a workbench: what the page is told, and what it may do to the queue."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from event_collector_widgets import Animation, Workbench
from event_collector_widgets.motion import feed as feed_module
from event_collector_widgets.motion.feed import Feed
from event_collector_widgets.motion.format import read
from event_collector_widgets.motion.trace import Trace

from event_collector import Delivery, Payload
from tests.support import in_loop
from tests.widgets.benches import a_bench, collector, eventually

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = ("routes", "ways", "texts", "changes", "notes")


class Page:
    """What a page hears of an animation, and says to it."""

    def __init__(self, animation: Animation, view: str = "one") -> None:
        self.animation = animation
        self.view = view
        self.heard: list[dict[str, Any]] = []
        animation.send = lambda content, buffers=None: self.heard.append(content)

    def says(self, what: str, **more: Any) -> None:
        """Send a message, as a click does."""
        content = {"do": what, "view": self.view, **more}
        self.animation._handle_custom_msg(content, [])

    async def opens(self) -> None:
        """Ask for everything, and wait for it."""
        self.says("all")
        await eventually(lambda: any(each["kind"] == "all" for each in self.heard))

    @property
    def trace(self) -> Trace:
        """The trace, as the page has it by now."""
        said: dict[str, Any] = {}
        for each in self.heard:
            if each["kind"] == "all":
                said = {**each["trace"], "events": dict(enumerate(each["trace"]["events"]))}
                said |= {name: list(said[name]) for name in TABLES}
            else:
                said["events"] |= dict(each["more"]["events"])
                for name in TABLES:
                    said[name] += each["more"][name]
        events = [row for _, row in sorted(said["events"].items())]
        return Trace(*read(json.dumps({**said, "events": events})))

    @property
    def state(self) -> dict[str, Any]:
        """What its buttons show."""
        state: dict[str, Any] = self.heard[-1]["state"]
        return state


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
        self.said = self.feed.all()
        self.batches = 0
        self.news = True
        self.rows: dict[int, Any] = {}
        self.earlier = 0

    def look(self) -> None:
        """Take a batch; nothing in it may be earlier than what was told before."""
        before = max(times(self.events), default=0.0)
        batch = self.feed.batch()
        self.news = batch is not None
        if batch is None:
            return
        self.batches += 1
        for name in TABLES:
            self.said[name] = [*self.said[name], *batch[name]]
        self.rows |= dict(batch["events"])
        assert sum(time < before for time in times(self.events)) <= self.earlier
        self.earlier = sum(time <= max(times(self.events)) for time in times(self.events))

    @property
    def events(self) -> list[Any]:
        """The events so far."""
        return list(read(json.dumps({**self.said, "events": list(self.rows.values())}))[0])


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
