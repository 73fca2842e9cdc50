"""Panels through a notebook's life: busy cells, load, two displays, reload, restart, re-runs."""

import sys
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cells import MENDED, SHOWN, WEATHER
from tests.browser.pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

AWAITING = """
while len(bench.history) < 43:
    await asyncio.sleep(0.05)
print("gone", "on")
"""
"""Awaits until three payloads have come from panels."""

UNDER = """
([x, y]) => document.elementFromPoint(x, y)?.closest('.ec-beside .ec-grid tbody tr')?.dataset.key
"""
"""The key of the row at a point of the page, of the Results; nothing where no row is."""

IN_SIGHT = """
async rows => {
    rows.closest('.ec-rows').scrollIntoView({block: 'center'});
    for (let before, frames = 0; frames < 10;) {
        await new Promise(requestAnimationFrame);
        const {top} = rows.getBoundingClientRect();
        frames = top === before ? frames + 1 : 0;
        before = top;
    }
}
"""
"""Scrolls to rows, and waits until they stand still: JupyterLab scrolls to a cell that has run."""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page that shows the panels twice."""
    return shared_pages(WEATHER, MENDED, SHOWN, SHOWN, "pass")


def test_a_click_is_answered_while_a_cell_is_awaiting(page: Page) -> None:
    """Again and again: no field, row or button is deaf after its first change."""
    last = page.page.locator(".jp-CodeCell").count() - 1
    page.write_cell(last, AWAITING)
    page.run_cell(last, wait=False)
    send = page.panel("Send")
    page.press(send, "Send")
    page.says(send, r"event 41: validate: Ok\('valid'\)")
    queue = page.panel("Queue")
    page.press(queue, "Pause")
    page.says(queue, "paused")
    page.press(queue, "Resume")
    page.says(queue, "resumed")
    assert page.output(last) == ""
    send = page.panel("Send")
    page.write(send, "the value as JSON", '{"temp": 1e3}')
    page.press(send, "Send")
    page.says(send, "event 42: 1 Ok, 1 error: validate|event 42: validate: Error")
    page.write(send, "the value as JSON", '{"temp": 41.5}')
    page.code(send, "41.5")
    results = page.panel("Results")
    for key in ("40", "34"):
        results.locator(f'tr[data-key="{key}"]').click()
        page.sees(results, ".ec-detail-title", f"^event {key}:")
    page.press(results, "Resend")
    page.page.locator(".jp-CodeCell").nth(last).get_by_text("gone on").wait_for()
    page.press(results, "Close")


def test_two_displays_of_one_panel_show_the_same(page: Page) -> None:
    """What is done and typed in one is seen in the other."""
    both = page.page.locator(".ec-playground")
    expect(both).to_have_count(2)
    first, second = (both.nth(place).locator(".ec-beside") for place in range(2))
    page.choose(first, "status", "Error")
    page.sees(second, ".ec-where", "1 to 7 of 7 that match")
    second.locator('tr[data-key="24"]').click()
    page.sees(first, ".ec-detail-title", "^event 24:")
    page.press(second, "Close")
    first.locator(".ec-detail").wait_for(state="hidden")
    page.choose(second, "status", "any status")
    both.nth(1).get_by_role("tab", name="Queue", exact=True).click()
    both.nth(0).locator('.ec-panel[aria-label="Queue"]').wait_for()
    both.nth(0).get_by_role("tab", name="Send", exact=True).click()


def test_clicks_are_answered_while_100_000_events_go_through(page: Page) -> None:
    """All counts agree at the end. How long the answers took is printed."""
    page.ask(
        "async def load():\n"
        "    payload = Payload({'temp': 50.0}, Delivery.KEY, keys=['cold_hours'])\n"
        "    await bench.send_all([payload] * 100_000)\n"
        "before = bench.metrics().finished\n"
        "loading = asyncio.ensure_future(load())"
    )
    results, took = page.panel("Results"), []
    for place in range(5):
        results.locator("tbody").evaluate(IN_SIGHT)
        box = results.locator("tbody").bounding_box()
        spot = box["x"] + 150, box["y"] + 30 + 20 * place
        page.page.mouse.move(*spot)  # from now on no row moves
        key = page.page.evaluate(UNDER, spot)
        assert key is not None
        began = time.perf_counter()
        page.page.mouse.click(*spot)
        page.sees(results, ".ec-detail-title", f"^event {key}:")
        took.append(time.perf_counter() - began)
        page.press(results, "Close")
        results.locator(".ec-detail").wait_for(state="hidden")
    sys.stdout.write(f"\nanswered after {', '.join(f'{each:.2f} s' for each in took)}\n")
    told = "await loading; await bench.publisher.wait(); print(bench.metrics().finished - before)"
    assert page.ask(told) == "100000"
    page.sees(results, ".ec-where", r"1 to 200 of 100,0\d\d")


def test_the_workbenchs_cell_run_again_takes_the_panels_over(page: Page) -> None:
    """What was typed stays; what cannot be taken over says so."""
    send = page.panel("Send")
    page.write(send, "the value as JSON", '{"temp": 12.5}')
    page.press(send, "key")
    page.field(send, "keys").select_option(label="cold_hours")
    results = page.panel("Results")
    page.rows(results).first.click()
    page.sees(results, ".ec-detail-title", r"^event")
    page.run_cell(0)
    page.sees(results, ".ec-where", "1 to 40 of 40")
    page.says(results, r"made again: the events of before are gone, and with them event \d+")
    results.locator(".ec-detail").wait_for(state="hidden")
    page.has(send, "the value as JSON", '{"temp": 12.5}')
    page.press(send, "Send")
    page.says(send, r"event 41: cold_hours: Ok\(12.5\)")
    results.locator(".ec-status > div:visible").wait_for(state="detached")  # read, by then
    page.sees(results, ".ec-where", "1 to 41 of 41")


def test_a_reload_of_the_page_brings_the_panels_back(page: Page) -> None:
    """With what was typed and chosen; and they answer."""
    send = page.panel("Send")
    page.write(send, "the value as JSON", '{"temp": 13.5}')
    page.choose(page.panel("Results"), "status", "Error")
    page.sees(page.panel("Results"), ".ec-where", "of 5 that match")
    page.reload()
    send = page.panel("Send")
    page.has(send, "the value as JSON", '{"temp": 13.5}')
    page.sees(page.panel("Results"), ".ec-where", "of 5 that match, 41 kept")
    page.press(send, "Send")
    page.says(send, r"event 42: cold_hours: Ok\(13.5\)")
    page.choose(page.panel("Results"), "status", "any status")


def test_after_a_restart_the_notebook_run_again_has_live_panels(page: Page) -> None:
    """The panels of before say nothing that is not so: they make way for new ones."""
    page.restart()
    page.run_all()
    send = page.panel("Send")
    page.press(send, "Send")
    page.says(send, r"event 41: validate: Ok\('valid'\)")


def test_without_a_kernel_the_static_form_stands_there(page: Page) -> None:
    """Reopened after the kernel has ended: tables and how to bring them to life, no error."""
    page.reopen()
    static = page.page.locator(".ec-static").first
    static.wait_for()
    expect(static).to_contain_text("validate: no reading: temp=451.0")
    expect(static).to_contain_text("run all its cells")
    expect(page.page.locator(".ec-playground")).to_have_count(0)
    wrong = page.page.get_by_text("Error displaying widget").locator("visible=true")
    expect(wrong).to_have_count(0)
