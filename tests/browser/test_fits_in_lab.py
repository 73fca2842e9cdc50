"""The playground in small windows and enlarged: all of it is in sight or can be reached."""

from collections.abc import Callable

import pytest

from tests.browser.cells import SHOWN, WEATHER
from tests.browser.looks import TABS
from tests.browser.pages import Page
from tests.browser.waiting import becomes

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


RESIZED = "() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 200))"
"""Waits until a panel may have told its width, and more: what was measured before says nothing."""

ALONE = "from event_collector_widgets import ResultsPanel\nResultsPanel(bench)"
"""A cell that shows a panel alone."""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page whose size is changed."""
    return shared_pages(WEATHER, SHOWN, ALONE)


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1280, 720), (933, 600), (520, 800)])
def test_nothing_sticks_out_or_is_cut_off(page: Page, width: int, height: int) -> None:
    """933 x 600 is what 1400 x 900 leaves at 150 %."""
    page.page.set_viewport_size({"width": width, "height": height})
    for title in TABS:
        page.panel(title)
        page.page.evaluate(RESIZED)
        becomes(page.page, lambda: page.playground.evaluate(OUTSIDE), [])


def within(box: dict[str, float], top: float, bottom: float) -> bool:
    """Whether a box of the page is between two heights."""
    return box["y"] >= top and box["y"] + box["height"] <= bottom


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1280, 720)])
def test_the_last_results_are_in_sight_while_sending(page: Page, width: int, height: int) -> None:
    """Field, button and newest row at once, without scrolling."""
    page.page.set_viewport_size({"width": width, "height": height})
    send = page.panel("Send")
    page.does(send, "Send", "event")
    page.page.locator(".ec-playground").evaluate("e => e.scrollIntoView({block: 'end'})")
    parts = (
        page.field(send, "the value as JSON"),
        send.get_by_role("button", name="Send", exact=True),
        page.rows(page.page.locator(".ec-beside")).first,
        page.page.locator(".ec-beside .ec-where"),
    )

    def seen() -> list[bool]:
        return [within(part.bounding_box(), 60, height - 20) for part in parts]

    becomes(page.page, seen, [True] * len(parts))


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1280, 720)])
def test_the_last_results_are_in_sight_with_an_event_open(
    page: Page, width: int, height: int
) -> None:
    """While one sends: the newest rows stand above the event, and change."""
    page.page.set_viewport_size({"width": width, "height": height})
    results, send = page.panel("Results"), page.panel("Send")
    page.rows(results).nth(1).click()
    page.sees(results, ".ec-detail-title", "^event")
    said = page.does(send, "Send", r"event \d+: ")
    page.page.mouse.move(300, 5)
    number = said.partition(":")[0].removeprefix("event ")
    page.page.locator(".ec-playground").evaluate("e => e.scrollIntoView({block: 'start'})")
    newest = results.locator(f'tbody tr[data-key="{number}"]')
    newest.wait_for()

    def above() -> list[bool]:
        frame = results.locator(".ec-scroll").bounding_box()
        rows = [newest.bounding_box(), page.rows(results).nth(1).bounding_box()]
        return [within(row, 0, frame["y"] + frame["height"] + 1) for row in rows]

    becomes(page.page, above, [True, True])
    page.press(results, "Close")


def test_a_panel_alone_shows_a_screenful_of_rows(page: Page) -> None:
    """In a cell of its own no other panel tells how tall it is."""
    page.page.set_viewport_size({"width": 1400, "height": 900})
    alone = page.page.locator(".jp-CodeCell").nth(2).locator(".ec-panel")
    alone.scroll_into_view_if_needed()
    scroll, row = alone.locator(".ec-scroll"), page.rows(alone).first
    becomes(page.page, lambda: scroll.bounding_box()["height"] > 10 * row.bounding_box()["height"])


def test_a_panel_is_used_at_520_pixels(page: Page) -> None:
    """Send, a row, its detail and a filter: each can be reached and does what it says."""
    page.page.set_viewport_size({"width": 520, "height": 800})
    send = page.panel("Send")
    page.does(send, "Send", "event")
    results = page.panel("Results")
    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "that match")
    page.rows(results).first.click()
    page.sees(results, ".ec-traceback", "no reading")
    page.press(results, "Close")
    page.choose(results, "status", "any status")
    assert page.complaints == []
