"""Questions that panels ask, and clicks that would answer them by mistake."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SHOWN, WEATHER
from tests.browser.pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with 40 readings, of which five are broken."""
    return shared_pages(WEATHER, SHOWN, "pass")


def double_click(page: Page, button: Any) -> None:
    """Click twice where a button stands, as fast as a hand does it."""
    button.dblclick(delay=150)  # once it does not move; the first click is answered by the second


def hold_enter(page: Page, button: Any) -> None:
    """Hold Enter on a button for more than a second, which repeats it."""
    button.focus()
    for _ in range(8):
        page.page.keyboard.down("Enter")  # the second time on it is a repeat
        page.page.wait_for_timeout(150)
    page.page.keyboard.up("Enter")


PRESSES = [double_click, hold_enter]


@pytest.mark.parametrize("press", PRESSES)
def test_resend_asks_and_is_not_answered(page: Page, press: Callable[..., None]) -> None:
    """Nothing is sent, and the question stands; a click after it resends, a change drops it."""
    panel = page.panel("Results")
    button = panel.get_by_role("button", name="Resend 5 of 40", exact=True)
    button.wait_for()
    press(page, button)
    page.says(panel, "resend 5 of the 40 that match, to those that failed .35 without an error.")
    expect(panel.get_by_role("button", name="Resend 5?", exact=True)).to_be_visible()
    assert page.ask("print(bench.metrics().accepted)") == "40"
    page.choose(panel, "resend to", "to all, as it was sent")
    page.choose(panel, "resend to", "to those that failed")
    button.wait_for()


@pytest.mark.parametrize("press", PRESSES)
def test_remove_asks_and_is_not_answered(page: Page, press: Callable[..., None]) -> None:
    """The collector is there, and its row asks."""
    panel = page.panel("Collectors")
    row = panel.locator('tr[data-key="cold_hours"]')
    press(page, row.get_by_role("button", name="Remove cold_hours"))
    page.sees(row, "td", r"remove it, with its context\?")
    assert page.ask("print('cold_hours' in bench.collectors)") == "True"
    page.press(panel, "New collector")
    row.get_by_role("button", name="Remove cold_hours").wait_for()
    page.press(panel, "Cancel")


@pytest.mark.parametrize("press", PRESSES)
def test_what_opens_a_form_does_not_press_what_comes_in_its_place(
    page: Page, press: Callable[..., None]
) -> None:
    """The button that defines a collector stands where the one that opens the form stood."""
    panel = page.panel("Collectors")
    press(page, panel.get_by_role("button", name="New collector", exact=True))
    panel.get_by_role("button", name="Define", exact=True).wait_for()
    assert page.ask("print(len(bench.collectors))") == "2"
    page.press(panel, "Cancel")


def test_a_double_click_defines_once(page: Page) -> None:
    """Also while the fields still send what was typed; nobody else is added in its place."""
    panel = page.panel("Collectors")
    before = page.ask("print(len(bench.collectors))")
    panel.get_by_role("button", name="New collector", exact=True).click()
    panel.get_by_label("key", exact=True).fill("twice")
    double_click(page, panel.get_by_role("button", name="Define", exact=True))
    page.says(panel, "added collector 'twice'")
    assert page.ask("print(len(bench.collectors))") == str(int(before) + 1)
    page.ask("await bench.remove('twice')")


def test_held_keys_send_once(page: Page) -> None:
    """Ctrl-Enter, held in a field: one payload."""
    panel = page.panel("Send")
    field = page.field(panel, "the value as JSON")
    field.fill('{"temp": 1.5}')
    page.code(panel, "1.5")
    field.focus()
    page.page.keyboard.down("Control")
    for _ in range(8):
        page.page.keyboard.down("Enter")
        page.page.wait_for_timeout(100)
    page.page.keyboard.up("Enter")
    page.page.keyboard.up("Control")
    page.says(panel, "event 41: ")
    assert page.ask("print(bench.metrics().accepted)") == "41"


def test_the_second_click_resends_what_failed_and_leaves_the_others(page: Page) -> None:
    """To those that failed, with the count of what was left out; the code says the same."""
    panel = page.panel("Results")
    page.press(panel, "Resend 5 of 41")
    page.says(panel, "resend 5 of the 41 that match")
    page.answer(panel, "Resend 5?")
    page.says(panel, "5 sent again to those that failed: 5 with errors .*36 without an error")
    assert page.ask("print(bench.metrics().accepted)") == "46"
    keys = page.ask("print({tuple(e.payload.keys) for e in bench.history.latest(5)})")
    assert keys == "{('validate',)}"
    page.code(panel, r"bench.to_failed\(events\)")
    page.field(panel, "text").fill("resent as 42: error")
    page.sees(panel, ".ec-where", "1 to 1 of 1 that match")
    page.field(panel, "text").fill("")
    assert page.complaints == []
