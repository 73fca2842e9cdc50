"""The Pictures panel by clicks, over what the results' filter lets through, in the dark."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SHOWN, WEATHER
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

NAMES = ["timeline", "order", "who got what", "queue length", "waits"]


def test_each_picture_is_drawn_of_what_the_filter_lets_through(pages: Callable[..., Page]) -> None:
    """On a light card with a frame, with an alternative text, and its code."""
    page = pages(WEATHER, SHOWN, theme="JupyterLab Dark")
    results = page.panel("Results")
    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "of 5 that match")
    panel = page.panel("Pictures")
    assert panel.locator(".ec-picture").count() == 0, "drawn without being asked"
    options = page.field(panel, "picture").locator("option")
    expect(options).to_have_count(len(NAMES) + 1)
    labels = options.all_inner_texts()
    image = panel.locator(".ec-picture img")
    for label in labels[:-1]:
        page.choose(panel, "picture", label)
        page.does(panel, "Draw", "drawn of 5 events with Error")
        becomes(page.page, lambda: len(image.get_attribute("alt")) > 20)
        becomes(page.page, lambda: image.evaluate("e => e.complete && e.naturalWidth > 100"))
        page.code(panel, r"bench.select\(status='Error'\)")
        expect(panel.locator(".ec-picture")).to_have_css("background-color", "rgb(252, 252, 250)")
    page.choose(panel, "picture", labels[-1])
    page.does(panel, "Draw", "drawn of the queue as it is now")
    panel.locator(".ec-picture svg").wait_for()
    assert page.complaints == []
