"""Room: what is long is bounded or opens whole, and no room is left empty that it needs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SHOWN
from tests.browser.pages import BENCH, Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

CELL = """
topics = [f"topic/of/many/{n}" for n in range(300)]

@bench.collector(topics=topics)
async def listener(payload, ctx):
    raise ValueError("what is said of it is longer than half of a panel is wide, and goes on")

async def other(payload, ctx):
    raise LookupError("another one, whose text is longer than half of a panel is wide as well")

reading = {"city": "seattle", "note": "a reading", "temp": 41.0, "wind": {"from": "sw"}}
for number in range(2):
    await bench.send(Payload({"number": number, **reading}))
await bench.publisher.wait()
"""

BOXES = """
sides => [...sides.querySelectorAll('pre.ec-traceback')].filter(each =>
    each.getBoundingClientRect().width <= sides.getBoundingClientRect().width - 2
    || each.scrollHeight > each.clientHeight + 16).map(each => each.textContent)
"""
"""The tracebacks that are narrower than their panel, or must be scrolled."""

SIDEWAYS = "e => e.scrollWidth > e.clientWidth + 1"


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """Two events, each with an Error, and a collector of 300 topics."""
    return shared_pages(BENCH.format(options=""), CELL, SHOWN)


@pytest.fixture(params=[1400, 520])
def width(page: Page, request: Any) -> Iterator[int]:
    """The page in this width."""
    page.page.set_viewport_size({"width": request.param, "height": 900})
    yield request.param
    page.page.set_viewport_size({"width": 1400, "height": 900})


def test_many_topics_make_no_table_wider_and_open_whole(page: Page, width: int) -> None:
    """In sight are some of them and how many there are; a click on the row shows all."""
    panel = page.panel("Collectors")
    scroll = panel.locator(".ec-collectors > .ec-scroll")
    page.sees(panel, "td.ec-wide", "^300 topics, a click shows all: topic/of/many/0")
    becomes(page.page, lambda: scroll.evaluate(SIDEWAYS), False)
    panel.locator("td", has_text="listener").first.click()
    told = page.sees(panel, "td.ec-wide", "topic/of/many/299$")
    assert told.count("topic/of/many/") == 300
    becomes(page.page, lambda: scroll.evaluate(SIDEWAYS), False)
    page.press(panel, "Edit listener")
    page.sees(panel, "td.ec-wide", "^300 topics: topic/of/many/0.* more$")
    field = page.field(panel, "topics, one a line")
    lines = "e => e.clientHeight >= 8 * parseFloat(getComputedStyle(e).fontSize)"
    becomes(page.page, lambda: field.evaluate(lines))
    page.press(panel, "Cancel")
    panel.locator("td", has_text="listener").first.click()
    page.sees(panel, "td.ec-wide", "a click shows all")


def test_an_open_event_stands_right_below_its_rows(page: Page, width: int) -> None:
    """Few rows leave no empty band above it; its payload is not cut where there is room."""
    results = page.panel("Results")
    page.rows(results).first.click()
    title = results.locator(".ec-detail-title")
    title.wait_for()

    def below() -> bool:
        last = page.rows(results).last.bounding_box()
        return bool(title.bounding_box()["y"] - last["y"] - last["height"] < 60)

    becomes(page.page, below)
    if width == 1400:
        whole = "number: 1, city: seattle, note: a reading, temp: 41.0, wind: {'from': 'sw'}"
        expect(page.rows(results).first).to_contain_text(whole)
    page.press(results, "Close")


def test_a_traceback_of_a_trial_has_the_width_of_its_panel(page: Page, width: int) -> None:
    """Below both sides; of two it is said which is which, and an edge has a shadow."""
    panel = page.panel("Try out")
    if width == 1400:
        page.choose(panel, "version", "other")
        page.press(panel, "Try out")
        page.sees(panel, ".ec-status", "2 of 2 results differ: 2 errors changed")
        page.rows(panel).first.click()
    boxes = panel.locator("pre.ec-traceback")
    boxes.nth(1).wait_for()
    becomes(page.page, lambda: panel.locator(".ec-sides").evaluate(BOXES), [])
    for place, side in enumerate(("before", "after")):
        each = boxes.nth(place)
        said = each.evaluate("e => getComputedStyle(e, '::before').content")
        assert side in said
        assert "gradient" in each.evaluate("e => getComputedStyle(e).backgroundImage")
