"""All of the playground by keyboard alone, in an order that makes sense; and by ear."""

from collections.abc import Callable

import pytest

from tests.browser.cells import SHOWN, WEATHER
from tests.browser.looks import TABS, barriers
from tests.browser.pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

FOCUSED = """
() => {
    const each = document.activeElement;
    const label = each.labels?.length ? each.labels[0].textContent.trim() : '';
    return label || each.getAttribute('aria-label') || each.textContent.trim().slice(0, 20)
        || each.localName;
}
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with readings."""
    page = shared_pages(WEATHER, SHOWN, "pass")
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


def _walk(page: Page, steps: int) -> list[str]:
    seen = []
    for _ in range(steps):
        page.page.keyboard.press("Tab")
        seen.append(page.page.evaluate(FOCUSED))
    return seen


def test_tab_goes_from_the_tabs_through_the_form_to_the_results(page: Page) -> None:
    """In the order in which it is read; the tabs and the rows are one stop each."""
    page.playground.get_by_role("tab", name="Send", exact=True).focus()
    seen = _walk(page, 32)
    order = [
        *("JSON", "variable", "table", "the value as JSON", "broadcast", "key", "topic"),
        *("copies", "Send", "template", "name of the template", "Save"),
        *("DataFrame code", "CSV", "JSON Lines"),
        *("collector", "status", "delivery", "time", "text"),
        *("Resend all", "resend to", "Freeze"),
    ]
    places = [seen.index(name) for name in order if name in seen]
    assert [name for name in order if name not in seen] == []
    assert places == sorted(places), seen


def test_the_arrows_go_through_the_tabs(page: Page) -> None:
    """Each shows its panel; Home and End go to the first and the last."""
    page.playground.get_by_role("tab", name="Send", exact=True).focus()
    for title in [*TABS[1:], TABS[0]]:
        page.page.keyboard.press("ArrowRight")
        assert page.page.evaluate(FOCUSED) == title
        page.playground.locator(f'.ec-panel[aria-label="{title}"]').wait_for()
    page.page.keyboard.press("End")
    assert page.page.evaluate(FOCUSED) == TABS[-1]
    page.page.keyboard.press("Home")
    assert page.page.evaluate(FOCUSED) == TABS[0]


def test_define_send_and_look_without_the_mouse(page: Page) -> None:
    """Ctrl-Enter in any field presses the panel's main button; rows open by Enter."""
    keys = page.page.keyboard
    page.playground.get_by_role("tab", name="Send", exact=True).focus()
    keys.press("ArrowRight")
    collectors = page.playground.locator('.ec-panel[aria-label="Collectors"]')
    collectors.get_by_role("button", name="New collector", exact=True).focus()
    keys.press("Enter")
    collectors.locator("select:focus").wait_for()  # the form opens with its first field
    keys.press("Tab")
    assert page.page.evaluate(FOCUSED) == "key"
    keys.type("mine")
    keys.press("Control+Enter")
    page.says(collectors, "added collector 'mine'")
    page.playground.get_by_role("tab", name="Collectors", exact=True).focus()
    keys.press("ArrowLeft")
    send = page.playground.locator('.ec-panel[aria-label="Send"]')
    page.field(send, "the value as JSON").focus()
    keys.press("Control+a")
    keys.type('{"temp": 1.5}')
    page.code(send, "1.5")
    keys.press("Control+Enter")
    page.says(send, "event 41: validate: Ok")
    results = page.playground.locator(".ec-beside")
    results.locator('tr[data-key="41"]').wait_for()
    results.locator('tbody tr[tabindex="0"]').focus()
    keys.press("Home")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.sees(results, ".ec-detail-title", "^event 40:")
    keys.press("Tab")
    while page.page.evaluate(FOCUSED) != "Close":
        keys.press("Tab")
    keys.press("Enter")
    results.locator(".ec-detail").wait_for(state="hidden")
    assert page.page.evaluate("document.activeElement.dataset.key") == "40"
    assert page.page.locator(".jp-CodeCell").count() == 3, "a key reached the notebook"


def test_the_code_of_a_click_is_copied(page: Page) -> None:
    """All of it, and it is announced."""
    send = page.panel("Send")
    code = page.code(send, "bench.send")
    send.get_by_role("button", name="copy the code").focus()
    page.page.keyboard.press("Enter")
    page.sees(send, ".ec-copy", "copied")
    assert page.page.evaluate("navigator.clipboard.readText()") == code
    assert send.locator('.ec-codeline [role="status"]').inner_text() == "copied"


def test_what_happens_is_announced_and_switches_say_that_they_are_on(page: Page) -> None:
    """Answers are polite, errors are not; buttons that belong together have a name."""
    send = page.panel("Send")
    live = send.locator(".ec-status > div").evaluate_all(
        "all => all.map(each => [each.getAttribute('role'), each.getAttribute('aria-live')])"
    )
    assert ["alert", "assertive"] in live
    assert ["status", "polite"] in live
    page.press(send, "key")
    send.locator('button[aria-pressed="true"]', has_text="key").wait_for()
    assert send.get_by_role("group", name="delivery").get_by_role("button").count() == 3
    page.press(send, "broadcast")


def test_axe_finds_nothing_in_the_light_theme(page: Page) -> None:
    """In each tab, and beside it results with an event in full."""
    page.rows(page.panel("Results")).first.click()
    found = {}
    for title in TABS:
        page.panel(title).wait_for()
        found[title] = barriers(page.page)
    assert not any(found.values()), found
    assert page.complaints == []


def test_nothing_moves_for_those_who_want_it_so(page: Page) -> None:
    """`prefers-reduced-motion` is respected."""
    page.page.emulate_media(reduced_motion="reduce")
    moving = page.playground.evaluate(
        "e => [...e.querySelectorAll('*')].filter(each => {"
        "const style = getComputedStyle(each);"
        "return style.animationName !== 'none' || !/^0s(, 0s)*$/.test(style.transitionDuration) &&"
        " style.transitionProperty !== 'none' && style.transition !== 'none'}).length"
    )
    assert moving == 0
