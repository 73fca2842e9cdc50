"""Keys, as somebody without a mouse presses them; and which of them the notebook hears."""

from functools import partial

from tests.browser.looks import TABS
from tests.browser.pages import Page
from tests.browser.waiting import becomes

FOCUSED = """
() => {
    const each = document.activeElement;
    const label = each.labels?.length ? each.labels[0].textContent.trim() : '';
    return label || each.getAttribute('aria-label') || each.textContent.trim().slice(0, 20)
        || each.localName;
}
"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name, or begins like it, has the focus.

    Raises:
        AssertionError: It does not come there.
    """
    for _ in range(60):
        page.page.keyboard.press("Tab")
        if page.page.evaluate(FOCUSED) == name[:20]:
            return
    raise AssertionError(f"Tab does not come to {name!r}")


def to_tab(page: Page, title: str) -> None:
    """Go by arrows through the tabs, of which the chosen one has the focus, to this one."""
    for _ in TABS:
        if (before := page.page.evaluate(FOCUSED)) == title:
            return
        page.page.keyboard.press("ArrowRight")
        becomes(page.page, partial(_elsewhere, page, before))
    assert page.page.evaluate(FOCUSED) == title


def _elsewhere(page: Page, before: str) -> bool:
    return bool(page.page.evaluate(FOCUSED) != before)


def heard(page: Page, within: str) -> str:
    """Press B here and where Tab comes, but in fields of text: the notebook makes a cell of it.

    Args:
        page: The page; something in the part has the focus.
        within: The selector of a part, in which it stays.

    Returns:
        What had the focus when the notebook heard it, as HTML; nothing, where it never did.
    """
    for _ in range(40):
        before = page.page.locator(".jp-Cell").count()
        focused, inside, text = page.page.evaluate(
            "within => [document.activeElement.outerHTML.slice(0, 200),"
            " document.activeElement.closest(within) !== null,"
            " document.activeElement.matches(':read-write')]",
            within,
        )
        if not inside:
            break
        if not text:
            page.page.keyboard.press("b")
            page.page.wait_for_timeout(50)
            if page.page.locator(".jp-Cell").count() != before:
                return str(focused)
        page.page.keyboard.press("Tab")
    return ""
