"""The playground in small windows and enlarged: all of it is in sight or can be reached."""

from collections.abc import Callable

import pytest

from tests.browser.cells import SHOWN, WEATHER
from tests.browser.looks import TABS
from tests.browser.pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

OUTSIDE = """
root => {
    const told = [];
    const frame = root.getBoundingClientRect();
    for (const each of root.querySelectorAll('button, input, select, textarea, h3, th')) {
        const box = each.getBoundingClientRect();
        if (!box.width || !each.getClientRects().length || each.closest('.ec-hidden')) continue;
        if (getComputedStyle(each).clipPath !== 'none') continue;
        const scrolls = each.closest('.ec-scroll, .ec-acts, .ec-fold'); // or opens to all of it
        if (scrolls) continue;
        if (box.right > frame.right + 1 || box.left < frame.left - 1)
            told.push(`${each.textContent.slice(0, 20) || each.localName} sticks out`);
        if (each.localName === 'button' && each.scrollWidth > each.clientWidth + 1)
            told.push(`${each.textContent} is cut off`);
    }
    if (root.scrollWidth > root.clientWidth + 1) told.push('the playground scrolls sideways');
    return told;
}
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page whose size is changed."""
    return shared_pages(WEATHER, SHOWN)


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1280, 720), (933, 600), (520, 800)])
def test_nothing_sticks_out_or_is_cut_off(page: Page, width: int, height: int) -> None:
    """933 x 600 is what 1400 x 900 leaves at 150 %."""
    page.page.set_viewport_size({"width": width, "height": height})
    page.page.wait_for_timeout(500)
    found = {}
    for title in TABS:
        page.panel(title).wait_for()
        page.page.wait_for_timeout(200)
        found[title] = page.playground.evaluate(OUTSIDE)
    assert not any(found.values()), found


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1280, 720)])
def test_the_last_results_are_in_sight_while_sending(page: Page, width: int, height: int) -> None:
    """Field, button and newest row at once, without scrolling."""
    page.page.set_viewport_size({"width": width, "height": height})
    send = page.panel("Send")
    page.press(send, "Send")
    page.says(send, "event")
    page.page.locator(".ec-playground").evaluate("e => e.scrollIntoView({block: 'end'})")
    parts = (
        page.field(send, "the value as JSON"),
        send.get_by_role("button", name="Send", exact=True),
        page.rows(page.page.locator(".ec-beside")).first,
        page.page.locator(".ec-beside .ec-where"),
    )
    for part in parts:
        box = part.bounding_box()
        assert box["y"] >= 60
        assert box["y"] + box["height"] <= height - 20


def test_a_panel_is_used_at_520_pixels(page: Page) -> None:
    """Send, a row, its detail and a filter: each can be reached and does what it says."""
    page.page.set_viewport_size({"width": 520, "height": 800})
    send = page.panel("Send")
    page.press(send, "Send")
    page.says(send, "event")
    results = page.panel("Results")
    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "that match")
    page.rows(results).first.click()
    page.sees(results, ".ec-traceback", "no reading")
    page.press(results, "Close")
    page.choose(results, "status", "any status")
    assert page.complaints == []
