"""The Queue panel by clicks: numbers and lines, pause, step, resume, settle, limits."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SHOWN
from tests.browser.pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

BENCH = """
import asyncio
from event_collector import Collector, Delivery, Ok, Payload, QueueType
from event_collector_widgets import Workbench
bench = Workbench(queue_type=QueueType.PRIORITY, max_queued=5)
gate = asyncio.Event()

@bench.collector
async def quick(payload, ctx):
    return Ok(payload.value)

@bench.collector(topics=["slow"])
async def waits(payload, ctx):
    await gate.wait()
    return Ok("through")
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with a queue by priority of five places."""
    return shared_pages(BENCH, SHOWN, "pass")


def test_pause_step_and_resume_and_every_panel_says_so(page: Page) -> None:
    """Paused and full are told in Queue and Send; two steps let two through."""
    panel = page.panel("Queue")
    page.sees(panel, ".ec-note", r"PRIORITY · default priority 1,000 · SimpleRouter")
    page.press(panel, "Pause")
    page.says(panel, "paused: what is sent stays queued")
    page.code(panel, r"bench.pause\(\)")
    expect(page.field(panel, "events")).to_be_enabled()
    page.ask("for n in range(5): await bench.send(Payload(n, Delivery.KEY, keys=['quick']))")
    page.sees(panel, ".ec-warning", "paused")
    page.sees(panel, ".ec-warning", "full")
    page.sees(page.panel("Results"), ".ec-warning", "paused")
    send = page.panel("Send")
    page.sees(send, ".ec-warning", "paused")
    page.sees(send, ".ec-warning", "full")
    panel = page.panel("Queue")
    page.write(panel, "events", "2")
    page.press(panel, "Step")
    page.says(panel, "2 more events may be taken")
    page.sees(panel, ".ec-tiles > div", r"^queued\s*3")
    page.code(panel, r"bench.step\(2\)")
    page.press(panel, "Resume")
    page.says(panel, "resumed")
    page.sees(panel, ".ec-tiles > div", r"^queued\s*0")


def test_the_figures_stand_there_with_lines(page: Page) -> None:
    """Queued, in service, rates, times, age and consumers; lines as SVG with a name."""
    panel = page.panel("Queue")
    names = [
        *("queued", "in service", "arrival rate", "throughput"),
        *("wait, p50 · p99", "service, p50 · p99", "oldest queued", "consumers"),
    ]
    expect(panel.locator(".ec-tiles dt")).to_have_text(names)
    panel.locator(".ec-tiles svg").nth(3).wait_for()
    page.sees(panel, ".ec-tiles > div", r"^consumers\s*\d+ of \d+ to \d+")


def test_settle_says_what_is_stuck_and_where(page: Page) -> None:
    """In which line of which cell it waits; and that all is done, when it is."""
    panel = page.panel("Queue")
    page.ask("_ = await bench.send(Payload(1, Delivery.TOPIC, topics=['slow']))")
    page.write(panel, "within, s", "0.3")
    page.press(panel, "Wait until idle")
    page.says(panel, r"\b1\b.*in service|stuck|did not settle")
    stuck = page.sees(panel, ".ec-stuck > li", "waits")
    assert "Cell In[" in stuck or "In [" in stuck
    page.ask("gate.set()")
    page.write(panel, "within, s", "10")
    page.press(panel, "Wait until idle")
    page.says(panel, "settled")
    page.code(panel, r"await bench.settle\(10\)")


def test_the_limits_are_changed_while_it_runs(page: Page) -> None:
    """Old and new are told, a mistake too; the button is off where nothing differs."""
    panel = page.panel("Queue")
    expect(panel.get_by_role("button", name="Apply", exact=True)).to_be_disabled()
    page.write(panel, "max consumers", "many")
    page.press(panel, "Apply")
    page.sees(panel, ".ec-error", "max consumers must be a whole number")
    page.write(panel, "max consumers", "7")
    page.write(panel, "max queued", "")
    page.code(panel, r"bench.set_limits\(max_consumers=7, max_queued=None\)")
    page.press(panel, "Apply")
    page.says(panel, r"max_consumers: \d+ -> 7; max_queued: 5 -> none")
    assert page.ask("print(bench.queue.max_consumers, bench.queue.max_queued)") == "7 None"


def test_priority_is_offered_where_it_has_an_effect(page: Page) -> None:
    """In a queue by priority it is, and goes into the code; else it is not in sight."""
    send = page.panel("Send")
    page.write(send, "priority", "5")
    page.code(send, "priority=5")
    page.press(send, "Send")
    page.says(send, r"event \d+: ")
    assert page.ask("print(bench.history[-1].payload.priority)") == "5"
    assert page.complaints == []
