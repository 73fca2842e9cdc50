"""Panels whose kernel was restarted or has ended, with their outputs kept, as a person does it."""

from collections.abc import Callable
from functools import partial

import pytest
from event_collector_widgets.course.prediction import PARTED as ASKED
from event_collector_widgets.panels.parts.live import PARTED
from playwright.sync_api import expect

from tests.browser.cells import SHOWN, WEATHER
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

ALONE = """
from event_collector_widgets import Prediction, QueuePanel
QueuePanel(bench)
"""
"""A cell that shows a panel alone."""
QUESTION = "Prediction('how many?', [1, 2])"

MARKS = """
root => [root, ...root.querySelectorAll('*')]
    .filter(each => each.classList.contains('jupyter-widgets-disconnected'))
    .map(each => getComputedStyle(each, '::before').content)
"""
"""What stands before each part that JupyterLab has marked as without a kernel."""

PLACES = """
root => [...root.querySelectorAll('button, input, select, textarea, td')]
    .filter(each => each.getClientRects().length).map(each => {
        const box = each.getBoundingClientRect(), frame = root.getBoundingClientRect();
        return [box.left - frame.left, box.width].map(Math.round).join();
    })
"""
"""Where the parts of panels stand, from left to right, and how wide they are."""

FREE = """
root => [...root.querySelectorAll('button, input, select, textarea')]
    .filter(each => !each.closest('.ec-tabs, .ec-codeline') && !each.disabled && !each.readOnly)
    .map(each => each.textContent || each.type)
"""
"""What can be clicked or written in."""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with the panels, one panel alone and a question, whose kernel is restarted."""
    return shared_pages(WEATHER, SHOWN, ALONE, QUESTION)


def test_a_restart_is_told_and_nothing_moves_or_asks_to_be_clicked(page: Page) -> None:
    """A line above the panels, and above each that is alone; what was typed can be copied."""
    send = page.panel("Send")
    page.write(send, "the value as JSON", '{"temp": 12.5}')
    page.rows(page.panel("Results")).nth(1).click()
    page.sees(page.panel("Results"), ".ec-detail-title", "^event 39")
    before = page.playground.evaluate(PLACES)
    page.restart()
    playground = page.playground
    assert page.sees(playground, "[role=alert].ec-parting") == PARTED
    assert playground.locator(".ec-parting").count() == 1
    becomes(page.page, lambda: len(playground.evaluate(MARKS)) > 50)  # JupyterLab marks them
    assert set(playground.evaluate(MARKS)) == {"none"}
    becomes(page.page, lambda: playground.evaluate(PLACES), before)
    becomes(page.page, lambda: playground.evaluate(FREE), [])
    page.has(send, "the value as JSON", '{"temp": 12.5}')
    rows = page.rows(page.panel("Results"))
    rows.nth(3).click()
    assert rows.nth(3).get_attribute("aria-selected") == "false"
    page.panel("Collectors").get_by_text("cold_hours").first.wait_for()
    for place, said in ((2, PARTED), (3, ASKED)):
        alone = page.page.locator(".jp-CodeCell").nth(place).locator(".ec-panel")
        alone.scroll_into_view_if_needed()
        assert page.sees(alone, ".ec-parting") == said
        becomes(page.page, partial(alone.evaluate, FREE), [])


def test_after_a_restart_and_a_reload_the_static_form_stands_there_alone(page: Page) -> None:
    """JupyterLab's own line, that it has found no model, is out of sight."""
    page.save()
    page.open_again()
    static = page.page.locator(".ec-static").first
    static.wait_for()
    page.page.get_by_text("Error displaying widget: model not found").nth(1).wait_for(
        state="attached"
    )
    static.scroll_into_view_if_needed()
    assert "run all its cells" in static.inner_text()
    before = page.page.locator(".jp-OutputArea-child:has(.ec-static) + .jp-OutputArea-child")
    expect(before).to_have_count(2)
    for place in range(2):
        expect(before.nth(place)).to_be_hidden()


def test_the_cells_run_again_have_live_panels(page: Page) -> None:
    """As the line and the static form say."""
    page.run_all()
    send = page.panel("Send")
    expect(page.page.locator(".ec-parting")).to_have_count(0)
    page.press(send, "Send")
    page.says(send, r"event 41: validate: Ok\('valid'\)")


def test_a_kernel_that_was_shut_down_is_told_too(page: Page) -> None:
    """By the menu; JupyterLab does not even mark the panels then."""
    page.menu("Kernel", "Shut Down Kernel")
    assert page.sees(page.playground, ".ec-parting") == PARTED
    becomes(page.page, lambda: page.playground.evaluate(FREE), [])
