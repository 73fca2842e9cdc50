"""An animation of a queue that runs, in JupyterLab: what the page does, the engine does."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.pages import BENCH, Page

pytestmark = pytest.mark.browser

COLLECTORS = """
from event_collector_widgets import Animation
@bench.collector(topics=["food"])
async def oven(payload, ctx):
    if payload.value == "toast":
        raise ValueError("burnt")
    return Ok(payload.value)
await bench.ready()
"""
SHOWN = "animation = Animation(bench, title='Live')\nanimation"
SIX = """
for payload in [
    Payload("bread"),
    Payload("toast", Delivery.KEY, keys=["oven"]),
    Payload("soup", Delivery.TOPIC, topics=["drinks"]),
    Payload("cake", Delivery.TOPIC, topics=["food"]),
    Payload("list"),
    Payload("rolls"),
]:
    bench.publisher.send(payload)
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A notebook with a workbench of two consumers, and the animation of it."""
    cells = (BENCH.format(options="max_consumers=2"), COLLECTORS, SHOWN, "0")
    opened = shared_pages(*cells, height=1100)
    opened.page.locator(".ec-held").wait_for()
    return opened


def sees(page: Page, selector: str, text: str) -> None:
    """Wait until something in the animation says something."""
    found: Any = page.page.locator(f".ec-motion {selector}")
    found.filter(has_text=re.compile(text)).first.wait_for()


def press(page: Page, name: str) -> None:
    """Click on a button of the animation."""
    page.page.locator(".ec-motion").get_by_role("button", name=name, exact=True).click()


def test_three_steps_let_three_payloads_go(page: Page) -> None:
    """In the engine and on the wall: pause, send six, step three times."""
    press(page, "Pause the queue")
    sees(page, ".ec-words", "paused: no payload is taken")
    page.ask(SIX)
    sees(page, ".ec-head", "buffer · FIFO · 6 waiting")
    assert page.ask("bench.metrics().queued") == "6"
    for left in (5, 4, 3):
        press(page, "Let one be taken")
        sees(page, ".ec-head", f"buffer · FIFO · {left} waiting")
    assert page.ask("bench.metrics().queued, bench.metrics().finished") == "(3, 3)"
    sees(page, ".ec-Error text", "✗ 1 Error")
    sees(page, ".ec-head", "undelivered · 1 · soup: no collector listens to 'drinks'")
    assert page.page.locator(".ec-motion .ec-at-buffer").count() == 3
    press(page, "Resume the queue")
    sees(page, ".ec-head", "buffer · FIFO · 0 waiting")
    assert page.ask("bench.queue.paused, bench.metrics().finished") == "(False, 6)"
    assert page.complaints == []


def test_a_run_that_was_too_quick_is_replayed(page: Page) -> None:
    """One by one, from the beginning; then one is back at what happens now."""
    before = int(page.ask("bench.metrics().accepted"))
    page.ask(SIX)
    sees(page, ".ec-when", f"{3 * (before + 6)} of|things")
    press(page, "Start")
    sees(page, ".ec-happened", "Nothing has happened yet|collectors are now")
    press(page, "Now")
    sees(page, ".ec-place", f"{before + 6}")


def test_the_animation_follows_a_workbench_that_is_made_again(page: Page) -> None:
    """The same panel shows the new one."""
    page.run_cell(0)
    page.run_cell(1)
    page.ask("await (await bench.send(Payload('anew'))).wait()")
    sees(page, ".ec-happened", "“anew” is done: Ok from oven")
    sees(page, ".ec-place", "^1sent$")


def test_a_kernel_that_computes_is_told_of_until_it_answers(page: Page) -> None:
    """A loop that is blocked shows nothing new, and the picture does not pretend otherwise."""
    page.write_cell(3, "import time; time.sleep(6)")
    page.run_cell(3, wait=False)
    sees(page, ".ec-told", "nothing was heard from the kernel for . s: it computes, or is gone")
    page.page.locator(".ec-told").wait_for(state="hidden")


def test_a_kernel_that_is_gone_is_told_of(page: Page) -> None:
    """What is known is still there, and can be played."""
    page.end_kernel()
    sees(page, ".ec-told", "the kernel is gone|nothing was heard from the kernel")
    press(page, "Start")
    press(page, "Step")
    sees(page, ".ec-when", "1 of")
