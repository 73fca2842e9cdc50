"""The notebook for teachers on a wall of 1280 x 720: every scene by clicks, and nothing typed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OPEN, a_copy
from tests.browser.lab import ROOT, SECONDS, Lab, open_notebook, set_theme
from tests.browser.motion import SIZES
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

HEIGHT = 720
BELOW, ABOVE = 85, 30
"""What JupyterLab's own bars take of the page, at its top and at its bottom."""

ASKED = {
    "flood, to all": "drains, roads, ferries and audit",
    "repair, by key": "drains and audit",
    "wet, by topic": "drains and roads",
    "keys a line later": "drains, roads, ferries and audit",
    "keys in time": "audit",
    "a slip of the pen": "nobody",
    "half right": "roads",
    "no topic at all": "nobody",
    "rian and fog": "ferries",
    "cyclists come": "",
    "a day of rain": "drains, roads and cyclists",
    "a day of snow": "drains, roads, ferries, audit and cyclists",
    "a day of sun": "audit",
}
"""All that notebook 03 sends, by its buttons in order, and who gets it."""


NAMES = """
stage => {
    stage.ecNames = new Set();
    new MutationObserver(() => {
        for (const each of stage.querySelectorAll('button'))
            stage.ecNames.add(each.lastChild?.textContent);
    }).observe(stage, { subtree: true, childList: true, characterData: true });
}
"""
"""Keeps from now on what the buttons of a scene are called: a run may be over before one looks."""

PAUSE = """
stage => [...stage.querySelectorAll('button')]
    .find(each => each.lastChild?.textContent === 'Pause')?.click()
"""
"""Pauses what plays, if it does still."""


@pytest.fixture(scope="module")
def page(browser: Any, lab: Lab) -> Iterator[Page]:
    """The notebook, opened by a teacher who has chosen Run All Cells."""
    opened = Page(
        browser, lab, a_copy(lab, ROOT / "notebooks" / "wall.ipynb"), width=1280, height=HEIGHT
    )
    OPEN.append(opened)
    set_theme(lab.root, opened.theme)
    open_notebook(opened.page, lab, opened.name)
    opened.page.wait_for_timeout(500)
    opened.make_room()
    opened.menu("Run", "Run All Cells")
    moving = opened.page.locator(".ec-motion")
    moving.nth(5).wait_for(state="attached", timeout=SECONDS * 1000)
    yield opened
    OPEN.remove(opened)
    opened.close()


def scene(page: Page, number: int) -> Any:
    """The cell with a scene's animation and its buttons, brought to the top of the page."""
    cells = page.page.locator(".jp-Notebook .jp-CodeCell")
    found: Any = cells.filter(has=page.page.locator(".ec-motion")).nth(number - 1)
    moving, times = found.locator(".ec-motion"), 0
    for _ in range(SECONDS * 5):  # cells above it may grow still
        moving.evaluate("e => e.scrollIntoView({block: 'start'})")
        page.page.wait_for_timeout(100)
        box = moving.bounding_box()
        times = times + 1 if box and abs(box["y"] - BELOW) < 15 else 0
        if times == 4:
            return found
    raise AssertionError("it does not come to the top of the page")


def in_sight(part: Any) -> bool:
    """Whether all of it can be seen without scrolling."""
    box = part.bounding_box()
    return bool(box) and box["y"] >= BELOW and box["y"] + box["height"] <= HEIGHT - ABOVE


MOST = 590
"""How high all of one animation may be, in px."""


def fits(stage: Any) -> bool:
    """Whether all of an animation is in sight, down to its buttons, its time bar and its legend."""
    box = stage.locator(".ec-motion").bounding_box()
    parts = [
        stage.locator(f".ec-motion {one}").last for one in (".ec-bar", ".ec-legend", ".ec-run")
    ]
    return bool(box) and box["height"] <= MOST and all(map(in_sight, parts))


def all_in_sight(page: Page, stage: Any, *parts: Any) -> None:
    """Wait until all of an animation, and of these parts, can be seen without more scrolling."""

    def looks() -> bool:
        moving = stage.locator(".ec-motion")
        if abs(moving.bounding_box()["y"] - BELOW) >= 15:  # what is above it has grown
            moving.evaluate("e => e.scrollIntoView({block: 'start'})")
        return all(map(in_sight, parts)) and fits(stage)

    becomes(page.page, looks)


@pytest.mark.parametrize("number", range(1, 7))
def test_all_of_an_animation_is_in_sight(page: Page, number: int) -> None:
    """Before anything is asked."""
    all_in_sight(page, scene(page, number))


def test_all_of_notebook_03_is_shown_by_clicks(page: Page) -> None:
    """Each payload is asked about, sent and scored, with all that is looked at in sight."""
    stage = scene(page, 1)
    for name, who in ASKED.items():
        stage.locator(".ec-column").get_by_role("button", name=name, exact=True).click()
        stage.locator(".ec-column button:has(.fa-check)").filter(has_text=name).wait_for()
        if not who:
            stage.locator(".ec-scene .ec-key").filter(has_text="cyclists").wait_for()
            continue
        question = stage.locator(".ec-question")
        question.locator(".ec-verdict").filter(has_text="Tick who will get it").wait_for()
        for key in re.split(r", | and ", who):
            question.get_by_label(key, exact=True).check()
        send = question.get_by_role("button", name="Send it")
        all_in_sight(page, stage, send, stage.locator(".ec-scene"))
        send.click()
        said = question.locator(".ec-verdict p").filter(has_text="got it")
        expect(said).to_have_text(f"✓ right: {who} got it")
        all_in_sight(page, stage, said)
    assert page.complaints == []


@pytest.mark.parametrize(
    ("number", "payloads"),
    [(2, 6), (3, 8), (6, 98)],
)
def test_a_comparison_starts_with_one_click(page: Page, number: int, payloads: int) -> None:
    """On Play; the pictures, the lines of the queues and the buttons are in sight together."""
    stage = scene(page, number)
    becomes(page.page, lambda: in_sight(stage.locator(".ec-scene").first))
    becomes(page.page, lambda: in_sight(stage.locator(".ec-bar")))
    stage.evaluate(NAMES)
    stage.get_by_role("button", name="Play", exact=True).click()
    becomes(page.page, lambda: stage.evaluate("e => e.ecNames.has('Pause')"))  # it may be over soon
    stage.locator(".ec-stats").first.filter(has_text=f"of {payloads}").wait_for()
    stage.locator(".ec-stats").first.filter(has_text=re.compile("done [1-9]")).wait_for()
    stage.evaluate(PAUSE)
    assert page.complaints == []


def test_a_failing_kitchen_is_shown_by_two_clicks(page: Page) -> None:
    """Its Errors, and as many Oks of the others; then it is well again."""
    stage = scene(page, 4)
    column = stage.locator(".ec-column")
    for name in ("the kitchen raises", "six orders"):
        column.get_by_role("button", name=name).click()
    ends = stage.locator(".ec-out")
    ends.filter(has_text="✗ 6 Errors").wait_for()
    expect(ends.filter(has_text="✓ 6 Ok")).to_have_count(2)
    column.get_by_role("button", name="all is well").click()
    stage.locator(".ec-words").filter(has_text="faults on purpose").wait_for(state="hidden")
    assert page.complaints == []


def test_a_router_is_told_its_rule_by_a_click(page: Page) -> None:
    """The same parcel goes elsewhere."""
    stage = scene(page, 5)
    column, question = stage.locator(".ec-column"), stage.locator(".ec-question")
    for rule, who in [("by address", "van-1, van-2 and van-3"), ("by content", "west and crane")]:
        column.get_by_role("button", name=f"rule: {rule}").click()
        column.get_by_role("button", name="SEA 40").click()
        question.locator(".ec-verdict").filter(has_text="Tick who will get it").wait_for()
        question.get_by_label("nobody").check()
        question.get_by_role("button", name="Send it").click()
        question.locator(".ec-verdict p").filter(has_text=f"{who} got it").wait_for()
    assert page.complaints == []


def test_six_collectors_can_be_read_while_a_question_is_open(page: Page) -> None:
    """From the last row of a class: no text of the picture is smaller than 11 px."""
    stage = scene(page, 5)
    stage.locator(".ec-column").get_by_role("button", name="JFK 12").click()
    asked = stage.locator(".ec-question").filter(has_text="Who will get “JFK 12”")
    asked.locator(".ec-verdict").filter(has_text="Tick who will get it").wait_for()
    stage.locator(".ec-short").filter(has_text="JFK 12").wait_for()
    all_in_sight(page, stage, asked)
    becomes(
        page.page,
        lambda: [each for each in stage.locator(".ec-scene").evaluate(SIZES) if each[1] < 11],
        [],
    )


def test_what_a_teacher_needs_to_know_is_folded_away(page: Page) -> None:
    """What to ask, what the class says, and what to show: a click opens it."""
    folded = page.page.locator(".jp-Notebook .jp-RenderedMarkdown details")
    notes = folded.filter(has=page.page.locator("summary", has_text="For the teacher"))
    expect(notes).to_have_count(6)
    first = notes.first
    first.evaluate("e => e.scrollIntoView({block: 'center'})")
    expect(first.get_by_text("The class usually says")).to_be_hidden()
    first.locator("summary").click()
    for part in ("Ask:", "The class usually says:", "Show then:"):
        expect(first.get_by_text(part)).to_be_visible()


def test_a_scene_is_played_on_when_the_kernel_is_gone(page: Page) -> None:
    """It says so; what it has can be looked at again, and nothing is sent."""
    stage = scene(page, 4)
    for name in ("the kitchen raises", "six orders"):
        stage.locator(".ec-column").get_by_role("button", name=name).click()
    stage.locator(".ec-out").filter(has_text=re.compile("✗ [1-9][0-9]* Errors")).wait_for()
    page.end_kernel()
    stage.locator(".ec-parting").filter(has_text="The kernel was restarted or has ended").wait_for()
    expect(stage.locator(".ec-column button:not(:disabled)")).to_have_count(0)
    moving = stage.locator(".ec-motion")
    moving.get_by_role("button", name="Start", exact=True).click()
    moving.locator(".ec-when").filter(has_text="0 of ").wait_for()
    moving.get_by_role("button", name="Next Error", exact=True).click()
    moving.locator(".ec-happened").filter(has_text="Error from kitchen").wait_for()
    expect(moving.get_by_role("slider", name="time")).to_be_enabled()
