"""Tokens are where the frame says, after a leap and in places that are drawn anew, too."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation
from event_collector_widgets.motion.trace import Trace, TracedChange

from tests.browser.motion import HELD
from tests.browser.runs import a_page, show, step, traces
from tests.browser.waiting import becomes
from tests.widgets.motion.histories import a_long_line

pytestmark = [pytest.mark.browser, pytest.mark.long]

STAYING = (
    f"""async (frames) => {{{HELD}
    const frame = await held();"""
    """
    const buttons = [...document.querySelectorAll("button")];
    const said = new Set();
    const look = () => {
        const keys = [...document.querySelectorAll(".ec-collector .ec-key")];
        const sent = document.querySelector(".ec-publisher .ec-big").textContent;
        const box = document.querySelector(".ec-place.ec-buffer").getBoundingClientRect();
        const inside = [...document.querySelectorAll(".ec-token")].filter(
            (e) => e.getBoundingClientRect().left > box.left);
        said.add(`${keys.map((e) => e.textContent.split(" ")[0])} ${sent} ${inside.length}`);
    };
    look();
    buttons.find((e) => e.textContent.includes("Step")).click();
    for (let each = 0; each < frames; each++) {
        frame();
        look();
    }
    return [...said];
}"""
)
"""Clicks on Step, then tells at every frame the collectors, how many were sent, and how many of
these stand in the buffer or behind it."""

OUTSIDE = """() => {
    const box = document.querySelector(".ec-place.ec-buffer").getBoundingClientRect();
    return [...document.querySelectorAll(".ec-at-buffer .ec-shape")].filter((e) => {
        const { left, right, top, bottom } = e.getBoundingClientRect();
        return left < box.left || right > box.right || top < box.top || bottom > box.bottom;
    }).length;
}"""
"""How many tokens in the buffer are drawn elsewhere."""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


def test_what_is_there_stays_when_another_collector_comes(page: Any, tmp_path: Path) -> None:
    """The places are drawn anew: no payload begins once more, and no count falls."""
    trace = traces()["FIFO"]
    assert trace.queue is not None
    oven, book = trace.queue.changes[0].collectors
    changes = (TracedChange(None, (oven,)), TracedChange(0.5, (oven, book)))
    nothing: Any = {"taken": None, "finished": None, "consumer": None, "results": ()}
    events = tuple(replace(each, **nothing) for each in trace.events)
    changed = Trace(events, replace(trace.queue, changes=changes))
    show(page, Animation(changed, pace="steps"), tmp_path)
    step(page, 6, "“rolls” was accepted")
    assert page.evaluate(STAYING, 60) == ["oven 6 6", "oven,book 6 6"]


def test_who_is_done_is_drawn_no_more_however_slow(page: Any, tmp_path: Path) -> None:
    """The count that it covered can be read."""
    show(page, Animation(traces()["FIFO"], pace="steps", speed=0.1), tmp_path)
    for _ in range(18):
        page.get_by_role("button", name="Step").click()
    page.locator(".ec-happened").filter(has_text="“rolls” is done").wait_for()
    page.locator(".ec-token:not(.ec-at-undelivered)").first.wait_for(state="detached")


def test_a_leap_draws_all_tokens_where_they_are(page: Any, tmp_path: Path) -> None:
    """So many things at once that nobody could follow them: none glides there."""
    with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
        trace = pool.submit(lambda: Trace.of(a_long_line())).result()
    show(page, Animation(trace, pace="steps"), tmp_path)
    page.get_by_role("slider", name="time").fill("500")
    page.locator(".ec-at-buffer").first.wait_for()
    becomes(page, lambda: page.locator(".ec-at-buffer").count() > 40)
    becomes(page, lambda: page.evaluate(OUTSIDE), 0)
