"""What is seen at once and whole: the answer to a click, values in rows, menus, pictures."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from event_collector_widgets.panels.parts.live import Said, Tabs
from playwright.sync_api import expect

from tests.browser.cells import MENDED, SHOWN, WEATHER
from tests.browser.looks import TABS, barriers
from tests.browser.measures import CUT, CUT_CELLS, HEADS, OVERLAPS, SIDEWAYS, TILES
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

SIZES = [(1150, 900), (1030, 720), (520, 800)]
"""The first two are what JupyterLab's side bar leaves of 1400 x 900 and of 1280 x 720."""

LATE = """
async ([code, traits]) => {
    const url = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
    const {default: part} = await import(url);
    const frames = () => new Promise(done => setTimeout(() => requestAnimationFrame(done), 300));
    const told = all => all.map(
        each => [each.getClientRects().length, each.getAttribute('aria-label')]);
    const make = (name, ...children) => {
        const made = document.createElement('div');
        made.className = name;
        made.append(...children);
        return made;
    };
    const el = document.createElement('div');
    const silent = () => {};
    const model = {get: name => traits[name], on: silent, off: silent};
    Object.assign(model, {set: silent, save_changes: silent});
    const leave = part.render({model, el});
    await frames();
    const of = name => traits.panel ? 'ec-panel' : `ec-tab-${name}`;
    const panels = ['send', 'queue'].map(name => make(of(name), name));
    if (traits.panel) panels[1].append(el);
    const body = make('ec-body', ...(traits.panel ? [] : [el]), ...panels);
    const whole = make('ec-playground', body);
    document.body.append(whole);
    const named = () => !traits.panel || panels[1].getAttribute('aria-label');
    for (let times = 0; times < 100 && !(times && named()); times++) await frames();
    const found = told(panels);
    leave();
    whole.remove();
    return found;
}
"""
"""Render a part long before its element comes into the page; what is then seen of two panels."""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page whose size is changed."""
    return shared_pages(WEATHER, MENDED, SHOWN, theme="JupyterLab Dark")


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}")
def size(page: Page, request: Any) -> Iterator[tuple[int, int]]:
    """The page in one of its sizes."""
    width, height = request.param
    page.page.set_viewport_size({"width": width, "height": height})
    yield width, height
    page.page.set_viewport_size({"width": 1400, "height": 900})


def beside(page: Page, button: Any, answer: Any) -> None:
    """Wait until an answer begins right below a button, and both are wholly in sight."""
    outer = page.page.locator(".jp-WindowedPanel-outer").last

    def looks() -> bool:
        seen, boxes = outer.bounding_box(), [button.bounding_box(), answer.bounding_box()]
        for box in boxes:
            assert box["y"] >= seen["y"] - 1
            assert box["y"] + box["height"] <= seen["y"] + seen["height"] + 1
        return bool(0 <= boxes[1]["y"] - boxes[0]["y"] - boxes[0]["height"] < 20)

    becomes(page.page, looks)


def holds(page: Page, part: Any, script: str, expected: Any = True) -> None:
    """Wait until a script says of a part of the page what is expected."""
    becomes(page.page, lambda: part.evaluate(script), expected)


def test_a_broken_reading_can_be_read_in_its_row(page: Page, size: tuple[int, int]) -> None:
    """The value that is wrong, and what the Error says of it; nothing is scrolled sideways."""
    results = page.panel("Results")
    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "of 5 that match")
    cells = results.locator("tbody tr", has_text="39.O").locator("td:visible")
    cells.filter(has_text="temp: 39.O").first.wait_for()
    cells.filter(has_text="no reading: temp='39.O'").first.wait_for()
    becomes(page.page, lambda: cells.evaluate_all(CUT_CELLS), [])
    holds(page, page.playground, SIDEWAYS, [])


def test_the_answer_stands_under_the_button_that_was_clicked(page: Page) -> None:
    """Of resending with a row open, of trying out and of replacing, at 1400 x 900."""
    page.page.set_viewport_size({"width": 1150, "height": 900})  # the rest is the side bar's
    results = page.panel("Results")
    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "of 5 that match")
    page.rows(results).last.click()
    page.sees(results, ".ec-traceback")
    page.playground.evaluate("e => e.scrollIntoView({block: 'start'})")
    tried = page.panel("Try out")
    page.choose(tried, "version", "mended")
    page.press(tried, "Try out")
    summary = page.sees(tried, ".ec-outcome .ec-status", "1 of \\d+ results differ: 1 error went")
    assert summary
    page.rows(tried).first.click()
    page.sees(tried, ".ec-sides")
    page.press(tried, "Replace 'validate' by this version")
    page.says(tried, "replaced collector")
    button = tried.get_by_role("button", name="'validate' runs this version")
    beside(page, button, tried.get_by_text("replaced collector"))
    page.press(results, "Resend these 5")
    asked = results.get_by_text("resend all 5 that match, to those that failed? click again")
    beside(page, results.get_by_role("button", name="Resend 5?"), asked)
    page.answer(results, "Resend 5?")
    page.says(results, "5 sent again")
    again = results.get_by_role("button", name="Resend 4 of 9")
    beside(page, again, results.get_by_text("5 sent again"))
    scroll, row = results.locator(".ec-scroll"), page.rows(results).first
    becomes(page.page, lambda: scroll.bounding_box()["height"] > 3 * row.bounding_box()["height"])
    holds(page, results, "e => e.scrollHeight <= e.clientHeight + 1")  # or the panel scrolls too


def test_a_difference_is_read_without_scrolling(page: Page, size: tuple[int, int]) -> None:
    """The payload, the result before and the one after, in the rows of Try out."""
    tried = page.panel("Try out")
    page.sees(tried, ".ec-status", "1 of \\d+ results differ: 1 error went")
    cells = page.rows(tried).first.locator("td")
    expect(cells).to_have_count(5)
    frame = tried.locator(".ec-tried .ec-scroll")

    def fits() -> bool:
        right = frame.bounding_box()["x"] + frame.bounding_box()["width"] + 1
        boxes = [cell.bounding_box() for cell in cells.all()]
        return all(box["width"] > 30 and box["x"] + box["width"] <= right for box in boxes)

    becomes(page.page, fits)
    expect(cells.nth(4)).to_have_text("'valid'")
    holds(page, cells.nth(4), "e => e.scrollWidth <= e.clientWidth + 1")
    holds(page, page.playground, SIDEWAYS, [])


def test_no_header_or_number_touches_another(page: Page, size: tuple[int, int]) -> None:
    """In the table of the collectors, where six figures and a time stand beside each other."""
    panel = page.panel("Collectors")
    page.sees(panel, "td", "cold_hours")
    holds(page, panel.locator(".ec-grid"), OVERLAPS, [])
    numbers = page.rows(panel).first.locator(".ec-number")
    tops = "all => new Set(all.map(e => Math.round(e.getBoundingClientRect().y))).size"
    becomes(page.page, lambda: numbers.evaluate_all(tops), 1)


def test_the_head_of_a_table_is_one_line(page: Page, size: tuple[int, int]) -> None:
    """Of the collectors, the results and the differences of a trial."""
    for title in ("Collectors", "Results", "Try out"):
        holds(page, page.panel(title).locator(".ec-grid:visible thead").first, HEADS)


def tiles(page: Page, hold: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until this holds for each tile with a line.

    They are read at one moment: they are painted anew while one looks.
    """
    queue = page.panel("Queue")

    def looks() -> bool:
        found: list[dict[str, Any]] = queue.evaluate(TILES)
        return len(found) >= 4 and all(map(hold, found))

    becomes(page.page, looks)


def test_the_lines_of_the_queue_are_as_wide_as_their_tiles(page: Page) -> None:
    """And two times stand in one line of a tile."""
    page.page.set_viewport_size({"width": 1400, "height": 900})
    tiles(
        page,
        lambda tile: (
            tile["line"]["width"] > tile["frame"]["width"] - 30 and tile["number"]["height"] < 26
        ),
    )


def test_menus_and_labels_are_whole(page: Page, size: tuple[int, int]) -> None:
    """Of the filters, of who gets it again, and of the queue's limits."""
    results, queue = page.panel("Results"), page.panel("Queue")
    page.choose(results, "status", "any status")
    for part in (results.locator(".ec-filters"), results.locator(".ec-of-all"), queue):
        holds(page, part, CUT, [])
    if size[0] > 600:
        return
    tops = "all => new Set(all.map(e => e.getBoundingClientRect().y)).size"
    buttons = results.locator(".ec-headline button")
    becomes(page.page, lambda: buttons.evaluate_all(tops), 1)


def test_the_lines_of_the_queue_keep_away_from_their_numbers(page: Page) -> None:
    """A level line right below a number would underline it."""
    tiles(
        page,
        lambda tile: (
            tile["line"]["y"] - tile["number"]["y"] - tile["number"]["height"] >= 4
            and tile["paths"] == tile["areas"]
        ),
    )


def test_a_picture_is_drawn_as_wide_as_its_panel(page: Page) -> None:
    """It is not scaled, so that its text is as large as that around it."""
    panel = page.panel("Pictures")
    image = panel.locator(".ec-picture img")
    for _ in range(3):  # the panel tells its width a moment after it has come into sight
        page.does(panel, "Draw", "drawn of")
        becomes(page.page, lambda: image.evaluate("e => e.complete && e.naturalWidth > 0"))
        drawn, shown = image.evaluate("e => [e.naturalWidth / 2, e.getBoundingClientRect().width]")
        room = panel.bounding_box()["width"]
        if room - 80 < shown < room and abs(drawn - shown) < 8:
            return
    raise AssertionError(f"drawn {drawn} wide, shown {shown} wide, in a panel of {room}")


def test_code_is_folded_and_copied_whole(page: Page) -> None:
    """One line until it is clicked; opened, it breaks at spaces and punctuation alone."""
    panel = page.panel("Pictures")
    line = panel.locator(".ec-codeline")
    fold = line.locator(".ec-fold")
    expect(fold).to_have_text(re.compile(r"^timeline\("))
    becomes(page.page, lambda: line.bounding_box()["height"] < 30)
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    line.locator(".ec-copy").click()
    clipboard = "navigator.clipboard.readText()"
    first = "from event_collector_widgets.pictures import timeline\ntimeline("
    becomes(page.page, lambda: page.page.evaluate(clipboard).startswith(first))
    whole = page.page.evaluate(clipboard)
    fold.click()
    code = line.locator(".ec-code")
    code.wait_for()
    becomes(page.page, code.inner_text, whole)
    holds(page, code, "e => getComputedStyle(e).wordBreak", "normal")
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.press("Enter")
    code.wait_for(state="hidden")


@pytest.mark.parametrize("title", TABS)
def test_no_tab_has_a_barrier_of_moderate_impact(page: Page, title: str) -> None:
    """Such as two landmarks of one name: the code of two panels is in sight."""
    page.press(page.panel("Results"), "DataFrame code")
    page.code(page.panel("Results"), "frame")
    page.panel(title)
    becomes(page.page, lambda: barriers(page.page, least="moderate"), [])


def test_a_part_that_comes_into_the_page_late_does_what_it_should(page: Page) -> None:
    """As after a reload, where the panels were made before their cell was in sight."""
    tabs = [{"name": name, "label": name} for name in ("send", "queue")]
    told = page.page.evaluate(LATE, [Tabs._esm, {"tabs": tabs, "chosen": "queue"}])
    assert [shown for shown, _ in told] == [0, 1]
    said = {"panel": "Queue", "text": "", "kind": "said", "measures": False, "width": 0}
    told = page.page.evaluate(LATE, [Said._esm, said])
    assert told[1][1] == "Queue"


def test_after_a_reload_one_panel_is_shown_and_it_is_the_chosen_one(
    pages: Callable[..., Page],
) -> None:
    """Where the panels are out of sight while the page is loaded, and come into it later."""
    long = "print(*range(100), sep='\\n')"
    page = pages(WEATHER, *[long] * 12, SHOWN)
    outer = page.page.locator(".jp-WindowedPanel-outer").last
    page.panel("Collectors").wait_for()
    page.save()
    page.page.reload()
    outer.wait_for()
    page.page.locator(".jp-CodeCell").first.wait_for()
    page.page.wait_for_timeout(2000)  # until what is out of sight was made
    shown = page.page.locator(".ec-playground")

    def comes() -> bool:
        outer.evaluate("e => e.scrollTo(0, e.scrollHeight)")
        return bool(shown.count() and shown.first.is_visible())

    becomes(page.page, comes)
    page.sees(shown, ".ec-collectors td", "cold_hours")
    panels = page.playground.locator('[class*="ec-tab-"]:visible')
    expect(panels).to_have_count(1)
    holds(page, panels.first, "e => e.classList.contains('ec-tab-collectors')")
    page.press(page.panel("Send"), "Send")
    page.says(page.panel("Send"), "event 41")
