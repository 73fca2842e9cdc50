"""What stands around a picture leaves it room: on a wall, and on a narrow page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from event_collector_widgets.motion.bundle import joined, style

from tests.browser.motion import SIZES
from tests.browser.runs import a_page, traces
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


LIVE = """([trace, faults]) => {
    const el = document.querySelector("main");
    const silent = () => {};
    const live = new Live({ on: silent, off: silent, send: silent }, el, {});
    const words = faults.map(([, words]) => words).join("; ");
    trace.notes = words ? [[0, `faults on purpose: ${words}`]] : [];
    const state = { paused: false, closed: false, note: "", faults, question: null, went: "" };
    live.hear({ kind: "all", view: null, trace, state });
    document.querySelector(".ec-faults").open = true;
}"""
"""A live picture, with the controls of faults open, of a kernel that says nothing more."""


@pytest.mark.parametrize("on", [0, 1, 2])
def test_a_picture_can_be_read_while_faults_are_switched_on(page: Any, on: int) -> None:
    """From the last row of a class, and as wide as a notebook leaves it: no text below 11 px."""
    page.set_content(f"<style>{style('motion', 'live')}</style><main style='width: 1100px'></main>")
    page.add_script_tag(content=joined("live"))
    faults = [("oven", "oven raises in 100 %"), ("book", "book hangs in 100 %")][:on]
    page.evaluate(LIVE, [json.loads(traces()["FIFO"].to_json()), faults])
    page.locator(".ec-token, .ec-head").first.wait_for()
    assert page.get_by_role("button", name="Switch off").count() == on
    becomes(page, lambda: [each for each in page.evaluate(SIZES) if each[1] < 11], [])
    bottom = "e => e.getBoundingClientRect().bottom <= 720"
    assert page.locator(".ec-motion").evaluate(bottom)
