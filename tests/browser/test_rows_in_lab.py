"""The table of rows in a real page: keyboard, mouse, and rows that come in meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = pytest.mark.browser

ROWS = """
from event_collector_widgets.panels.parts.live import Row, Rows
asked = []
table = Rows("letters", [("letter", "text"), ("count", "number")], actions=[("drop", "Drop")])
table.on_action(lambda name, key: asked.append((name, key)))
def show(letters, *, times=1):
    table.show([Row(each, (each, str(times))) for each in letters], "some")
show("abcde")
table
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with a table, and a cell to ask in."""
    return shared_pages(ROWS, "pass")


def letters(rows: Any) -> str:
    """The letters of the rows, from above."""
    return "".join(text.split()[0] for text in rows.all_inner_texts())


def test_rows_are_reached_and_chosen_by_keyboard(page: Page) -> None:
    """One Tab stop; arrows, Home and End move; Enter chooses; no key reaches the notebook."""
    rows = page.rows(page.page)
    rows.first.focus()
    for key in ("ArrowDown", "ArrowDown", "End", "ArrowUp"):
        page.page.keyboard.press(key)
    page.page.keyboard.press("Enter")
    page.page.locator('tr[aria-selected="true"][data-key="d"]').wait_for()
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    stops = "all => all.filter(each => each.tabIndex === 0).length"
    becomes(page.page, lambda: rows.evaluate_all(stops), 1)
    assert page.ask("print(table.chosen, asked)") == "d [('drop', 'd')]"


def test_rows_stay_under_the_mouse_until_it_leaves(page: Page) -> None:
    """What is in sight is updated in place; new rows wait, and say how many they are."""
    page.run_cell(0)
    rows = page.rows(page.page)
    page.ask("show('abcde', times=9)")
    go = page.later("show('xyzabcde')")
    rows.filter(has_text="9").nth(4).wait_for()
    rows.nth(1).hover()
    go()
    page.page.get_by_role("button", name="3 new").wait_for()
    told = [text.split()[:2] for text in rows.all_inner_texts()]
    assert told == [[letter, "1"] for letter in "abcde"]
    page.page.mouse.move(5, 5)
    becomes(page.page, lambda: letters(rows), "xyzabcde")


def test_a_focused_row_keeps_the_focus_when_rows_come_in(page: Page) -> None:
    """And the chosen one stays chosen, even while it is not among the rows."""
    page.run_cell(0)
    rows = page.rows(page.page)
    rows.nth(2).click()
    go = page.later("show('xyabc')")
    page.page.mouse.move(5, 5)
    page.page.locator('tr[data-key="c"]').focus()
    go()
    page.page.locator('tr[data-key="x"]').wait_for()
    assert page.page.evaluate("document.activeElement.dataset.key") == "c"
    assert page.ask("show('xy'); show('cxy'); print(table.chosen)") == "c"
    page.page.locator('tr[data-key="c"][aria-selected="true"]').wait_for()


def test_a_focused_row_is_not_pushed_out_by_rows_that_come_in(page: Page) -> None:
    """New rows wait while the focus is on a row that they would push out, and say so."""
    page.run_cell(0)
    go = page.later("show('vwxyz')")
    page.page.mouse.move(5, 5)
    rows = page.rows(page.page)
    page.page.locator('tr[data-key="c"]').focus()
    go()
    page.page.get_by_role("button", name="5 new").wait_for()
    assert page.page.evaluate("document.activeElement.dataset.key") == "c"
    page.page.keyboard.press("ArrowDown")
    assert page.page.evaluate("document.activeElement.dataset.key") == "d"
    page.page.evaluate("document.activeElement.blur()")
    becomes(page.page, lambda: letters(rows), "vwxyz")


SIGHT = """() => {
    const [scroll, row] = ['.ec-scroll', 'tr[aria-selected="true"]']
        .map(each => document.querySelector(each).getBoundingClientRect());
    return row.top >= scroll.top && row.bottom <= scroll.bottom + 1;
}"""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


def test_a_chosen_row_stays_in_sight_when_something_opens_below(page: Page) -> None:
    """The rows get less high then, and the last one that is chosen would be out of sight."""
    page.run_cell(0)
    page.ask("show([f'row {number}' for number in range(60)])")
    rows, scroll = page.rows(page.page), page.page.locator(".ec-scroll")
    lower = "(each, height) => { each.style.overflow = 'auto'; each.style.height = `${height}px` }"
    expect(rows).to_have_count(60)
    rows.last.click()
    for height in (120, 80, 200):
        scroll.evaluate(lower, height)
        page.page.wait_for_function(SIGHT)
    scroll.evaluate("each => { each.scrollTop = 0 }")
    page.page.evaluate(DRAWN)
    scroll.evaluate(lower, 100)
    page.page.evaluate(DRAWN)
    assert scroll.evaluate("each => each.scrollTop") == 0  # who has scrolled away looks elsewhere
