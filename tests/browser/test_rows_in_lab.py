"""The table of rows in a real page: keyboard, mouse, and rows that come in meanwhile."""

from collections.abc import Callable

import pytest

from tests.browser.pages import Page

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
    assert rows.evaluate_all("all => all.filter(each => each.tabIndex === 0).length") == 1
    assert page.ask("print(table.chosen, asked)") == "d [('drop', 'd')]"


def test_rows_stay_under_the_mouse_until_it_leaves(page: Page) -> None:
    """What is in sight is updated in place; new rows wait, and say how many they are."""
    soon = (
        "import asyncio\nshow('abcde', times=9)\n"
        "asyncio.get_running_loop().call_later(1.5, lambda: show('xyzabcde'))"
    )
    page.run_cell(0)
    rows = page.rows(page.page)
    page.ask(soon)
    rows.nth(1).hover()
    page.page.get_by_role("button", name="3 new").wait_for()
    told = [text.split()[:2] for text in rows.all_inner_texts()]
    assert told == [[letter, "1"] for letter in "abcde"]
    page.page.mouse.move(5, 5)
    page.page.locator('tr[data-key="x"]').wait_for()
    assert [text.split()[0] for text in rows.all_inner_texts()] == [*"xyzabcde"]


def test_a_focused_row_keeps_the_focus_when_rows_come_in(page: Page) -> None:
    """And the chosen one stays chosen, even while it is not among the rows."""
    soon = "import asyncio\nasyncio.get_running_loop().call_later(1, lambda: show('xyabc'))"
    page.run_cell(0)
    rows = page.rows(page.page)
    rows.nth(2).click()
    page.page.mouse.move(5, 5)
    page.ask(soon)
    rows.nth(2).focus()
    page.page.locator('tr[data-key="x"]').wait_for()
    assert page.page.evaluate("document.activeElement.dataset.key") == "c"
    assert page.ask("show('xy'); show('cxy'); print(table.chosen)") == "c"
    page.page.locator('tr[data-key="c"][aria-selected="true"]').wait_for()
