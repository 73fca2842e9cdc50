"""All of the playground by keyboard alone, in an order that makes sense; and by ear."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.cells import MENDED, SHOWN, WEATHER
from tests.browser.keys import FOCUSED, heard, tab_to, to_tab
from tests.browser.looks import TABS, barriers
from tests.browser.pages import BENCH, Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

ANNOUNCED = """
panel => {
    panel.ecAnnounced = [];
    new MutationObserver(changes => {
        for (const { target } of changes)
            panel.ecAnnounced.push([target.textContent, 'in', target.tagName,
                target.role ?? ''].join(' ').trim());
    }).observe(panel.querySelector('.ec-codeline'), { subtree: true, childList: true });
}
"""
"""Keeps from now on what is said in the line of a panel's code, and where."""


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
        *("Resend 5 of 40", "resend to", "Freeze"),
    ]
    places = [seen.index(name) for name in order if name in seen]
    assert [name for name in order if name not in seen] == []
    assert places == sorted(places), seen


def test_the_arrows_go_through_the_tabs(page: Page) -> None:
    """Each shows its panel; Home and End go to the first and the last."""
    page.playground.get_by_role("tab", name="Send", exact=True).focus()
    for title in [*TABS[1:], TABS[0]]:
        page.page.keyboard.press("ArrowRight")
        becomes(page.page, lambda: page.page.evaluate(FOCUSED), title)
        page.playground.locator(f'.ec-panel[aria-label="{title}"]').wait_for()
    page.page.keyboard.press("End")
    becomes(page.page, lambda: page.page.evaluate(FOCUSED), TABS[-1])
    page.page.keyboard.press("Home")
    becomes(page.page, lambda: page.page.evaluate(FOCUSED), TABS[0])


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
    becomes(page.page, lambda: page.page.evaluate(FOCUSED), "key")
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
    for _ in range(50):
        if page.page.evaluate(FOCUSED) == "Close":
            break
        keys.press("Tab")
    keys.press("Enter")
    results.locator(".ec-detail").wait_for(state="hidden")
    becomes(page.page, lambda: page.page.evaluate("document.activeElement.dataset.key"), "40")
    assert page.page.locator(".jp-CodeCell").count() == 3, "a key reached the notebook"


def test_try_out_and_replace_without_the_mouse(page: Page) -> None:
    """The first letters choose in a menu; Tab comes to each button, those in rows too."""
    page.ask(MENDED)
    keys = page.page.keyboard
    page.playground.get_by_role("tab", name="Send", exact=True).focus()
    to_tab(page, "Try out")
    tab_to(page, "collector")
    keys.type("validate")
    tab_to(page, "version")
    keys.type("mended")
    trial = page.playground.locator('.ec-panel[aria-label="Try out"]')
    page.code(trial, r"await bench.try_out\(mended, key='validate', on=bench.history\)")
    keys.press("Control+Enter")
    page.sees(trial, ".ec-status", r"1 of \d+ results differ: 1 error went")
    tab_to(page, "Replace 'validate' by this version")
    keys.press("Enter")
    page.says(trial, "replaced collector 'validate': it runs the mended that was tried")
    page.playground.get_by_role("tab", name="Try out", exact=True).focus()
    to_tab(page, "Collectors")
    tab_to(page, "Edit validate")
    keys.press("Enter")
    tab_to(page, "timeout, s")
    keys.type("2.5")
    collectors = page.playground.locator('.ec-panel[aria-label="Collectors"]')
    page.sees(collectors, ".ec-change", "timeout: none -> 2.5")
    tab_to(page, "Save changes")
    keys.press("Enter")
    page.says(collectors, "replaced collector 'validate'")
    assert page.ask("print(bench.collectors['validate'].timeout)") == "2.5"


def test_a_button_that_waits_for_its_work_has_the_focus_again(page: Page) -> None:
    """Pressed by Enter it cannot be pressed for a while; then Enter presses it once more."""
    trial = page.panel("Try out")
    page.choose(trial, "version", "slow (gallery)")
    page.field(trial, "collector").focus()
    tab_to(page, "Try out")
    button = trial.get_by_role("button", name="Try out", exact=True)
    for _ in range(2):
        page.page.keyboard.press("Enter")
        expect(button).to_be_disabled()
        expect(button).to_be_enabled()
        expect(button).to_be_focused()


def test_the_code_of_a_click_is_copied(page: Page) -> None:
    """All of it, and it is announced."""
    send = page.panel("Send")
    code = page.code(send, "bench.send")
    send.evaluate(ANNOUNCED)
    send.get_by_role("button", name="copy the code").focus()
    page.page.keyboard.press("Enter")
    becomes(page.page, lambda: page.page.evaluate("navigator.clipboard.readText()"), code)
    # for a second or two, which a test may miss: so the page keeps what it said
    said = {"copied in BUTTON", "copied in SPAN status"}
    becomes(page.page, lambda: said <= set(send.evaluate("panel => panel.ecAnnounced")))


def test_what_happens_is_announced_and_switches_say_that_they_are_on(page: Page) -> None:
    """Answers are polite, errors are not; buttons that belong together have a name."""
    send = page.panel("Send")
    send.locator(".ec-status > div").first.wait_for(state="attached")
    live = send.locator(".ec-status > div").evaluate_all(
        "all => all.map(each => [each.getAttribute('role'), each.getAttribute('aria-live')])"
    )
    assert ["alert", "assertive"] in live
    assert ["status", "polite"] in live
    page.press(send, "key")
    send.locator('button[aria-pressed="true"]', has_text="key").wait_for()
    expect(send.get_by_role("group", name="delivery").get_by_role("button")).to_have_count(3)
    page.press(send, "broadcast")


def test_axe_finds_nothing_in_the_light_theme(page: Page) -> None:
    """In each tab, and beside it results with an event in full."""
    page.rows(page.panel("Results")).first.click()
    for title in TABS:
        page.panel(title)
        becomes(page.page, lambda: barriers(page.page), [])
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


def test_no_letter_is_lost_while_the_kernel_computes(pages: Callable[..., Page]) -> None:
    """JupyterLab sends a field's first letter, and the others to two threads."""
    page = pages(WEATHER, SHOWN, "pass")
    panel = page.panel("Collectors")
    page.press(panel, "New collector")
    page.write(panel, "timeout, s", "2")
    page.press(panel, "Cancel")  # from now on the panel's line and the form have a way of their own
    page.press(panel, "New collector")
    begun, ends = page.sign(), page.sign()
    page.later(
        f"pathlib.Path({str(begun)!r}).touch()\n"
        f"    while not pathlib.Path({str(ends)!r}).exists(): __import__('time').sleep(0.01)"
    )()
    page.field(panel, "key").focus()
    becomes(page.page, begun.exists)
    page.page.keyboard.type("mine")
    page.page.keyboard.press("Control+Enter")
    page.page.wait_for_timeout(500)  # a click that went out too early has gone out
    ends.touch()
    page.says(panel, "added collector 'mine'")


HEARD = """
from event_collector_widgets.panels.parts import live
heard, has_arrived = {}, live.has_arrived
def noted(panel, seen):
    heard[panel.title] = has_arrived(panel, seen)
    return heard[panel.title]
live.has_arrived = noted
"""
"""Keeps of each panel whether all had arrived when a page asked last."""


def test_a_click_after_typing_waits_for_nothing_else(pages: Callable[..., Page]) -> None:
    """What each panel's fields have is what the page sees, in all of its forms."""
    page = pages(WEATHER, SHOWN, "pass")
    page.ask(HEARD)
    ways = {
        "Send": [("broadcast", "Send")],
        "Collectors": [("New collector", "Cancel"), ("Edit validate", "Cancel")],
        "Try out": [("Try out", "Try out")],
        "Queue": [("Pause", "Resume")],
        "Pictures": [("Draw", "Draw")],
        "Results": [("Freeze", "DataFrame code")],
    }
    for title, pairs in ways.items():
        panel = page.panel(title)
        for first, then in pairs:
            page.press(panel, first)
            page.ask(f"heard.pop({title!r}, None)")
            panel.evaluate("e => e.dispatchEvent(new Event('input', { bubbles: true }))")
            page.press(panel, then)
            becomes(page.page, partial(page.ask, f"print(heard.get({title!r}))"), "True")


def test_no_letter_reaches_the_notebook(page: Page) -> None:
    """Where a button, a menu or a row has the focus, too: b would make a cell, and x cut one."""
    for title in TABS:
        page.panel(title)  # the click leaves the focus in the tab
        assert heard(page, ".ec-playground") == "", title
    assert page.page.locator(".jp-Cell").count() == 3


def test_nor_from_an_animation_or_a_question(pages: Callable[..., Page]) -> None:
    """They have buttons, a time bar, and answers to choose from."""
    made = (
        "from event_collector_widgets import Animation, Prediction\nAnimation(bench)",
        "Prediction('Which?', ['one', 'two'])",
    )
    page = pages(BENCH.format(options="max_consumers=2"), *made)
    for part, first in ((".ec-motion", "button"), (".ec-prediction", "input")):
        page.page.locator(f"{part} {first}").first.focus()
        assert heard(page, part) == ""
    assert page.page.locator(".jp-Cell").count() == 3
