"""The Try out panel by clicks: another version over past payloads, and what it would change."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cells import MENDED, SHOWN, WEATHER
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

SLOW = """
async def slow_one(payload, ctx):
    if payload.value["hour"] >= 10:
        await asyncio.sleep(3600)
    await asyncio.sleep(0.1)
    return Ok("slow")
"""
"""A function that would take hours: so its progress stands still until somebody has seen it."""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with a broken collector and its mended version."""
    return shared_pages(WEATHER, MENDED, SLOW, SHOWN, "pass")


def test_what_differs_stands_first_and_side_by_side(page: Page) -> None:
    """Over the history; nothing of the queue changes; what is shared is named."""
    panel = page.panel("Try out")
    page.choose(panel, "collector", "validate")
    page.choose(panel, "version", "mended")
    page.sees(panel, ".ec-note", "nothing is shared. What a processor does outside")
    page.code(panel, r"await bench.try_out\(mended, key='validate', on=bench.history\)")
    page.press(panel, "Try out")
    page.sees(panel, ".ec-status", r"1 of 40 results differ: 1 error went; .* each now \(")
    row = page.rows(panel).first
    expect(row).to_contain_text("✓ error went")
    expect(page.rows(panel)).to_have_count(1)
    row.click()
    sides = panel.locator(".ec-side")
    page.sees(panel, ".ec-payload", "event 8: payload")
    expect(sides.nth(1)).to_contain_text("no reading: temp='39.O'")
    expect(sides.nth(2)).to_contain_text("'valid'")
    page.page.mouse.move(5, 5)  # under the mouse no row moves
    page.choose(panel, "show", "all results (40)")
    page.rows(panel).nth(39).wait_for()
    page.choose(panel, "show", "all differences (1)")
    assert page.ask("print(len(bench.history), bench.collectors['validate'].errors)") == "40 5"


def test_it_is_tried_on_what_the_filter_lets_through_and_on_a_table(page: Page) -> None:
    """The filter is that of Results, with its code; a table is a row each."""
    page.choose(page.panel("Results"), "status", "Error")
    page.sees(page.panel("Results"), ".ec-where", "of 5 that match")
    panel = page.panel("Try out")
    page.choose(panel, "on", "what the Results filter lets through")
    page.code(panel, r"on=bench.select\(status='Error'\)")
    page.press(panel, "Try out")
    page.sees(panel, ".ec-status", "1 of 5 results differ: 1 error went")
    page.sees(panel, ".ec-note", "on events with Error")
    page.choose(panel, "on", "readings (40 rows)")
    page.press(panel, "Try out")
    page.sees(panel, ".ec-status", "1 of 40 results differ: 1 error went")
    page.choose(page.panel("Results"), "status", "any status")


def test_progress_and_cancel_keep_what_is_there(page: Page) -> None:
    """The bar tells how far it is; Cancel ends it."""
    panel = page.panel("Try out")
    page.choose(panel, "version", "slow_one")
    page.choose(panel, "on", "the whole history")
    page.press(panel, "Try out")
    page.sees(panel, ".widget-hprogress", r"[1-9]\d* of 40")
    page.press(panel, "Cancel")
    page.sees(panel, ".ec-outcome .ec-status", r"\d+ values? changed")
    page.sees(panel, ".ec-outcome", "cancelled")
    becomes(page.page, lambda: 0 < page.rows(panel).count() < 40)


def test_one_click_replaces_the_collector(page: Page) -> None:
    """Its code is shown; the collector runs the version that was tried."""
    panel = page.panel("Try out")
    page.choose(panel, "version", "mended")
    page.press(panel, "Try out")
    page.sees(panel, ".ec-status", "1 of 40 results differ: 1 error went")
    page.press(panel, "Replace 'validate' by this version")
    page.says(panel, "replaced collector 'validate': it runs the mended that was tried")
    page.sees(panel, "button", "'validate' runs this version")
    assert page.ask("print(bench.collectors['validate'].processor is mended)") == "True"
    assert page.complaints == []


def test_a_function_that_was_run_again_is_chosen_by_itself(page: Page) -> None:
    """Once, with a mark, so that the loop of mending is a cell and a click."""
    page.run_cell(1)
    panel = page.panel("Try out")
    chosen = page.field(panel, "version")
    chosen.locator("option", has_text="mended (run again since)").wait_for(state="attached")
    name = "e => e.selectedOptions[0].textContent"
    becomes(page.page, lambda: "run\xa0again" in chosen.evaluate(name))
