"""What is seen at once and whole: the answer to a click, values in rows, menus, pictures."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from event_collector_widgets.panels.parts.live import Said, Tabs

from tests.browser.cells import MENDED, SHOWN, WEATHER
from tests.browser.looks import TABS, barriers
from tests.browser.pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

SIZES = [(1150, 900), (1030, 720), (520, 800)]
"""The first two are what JupyterLab's side bar leaves of 1400 x 900 and of 1280 x 720."""

CUT = """
root => [...root.querySelectorAll('td, th, select, .widget-label')].filter(each => {
    const style = getComputedStyle(each);
    if (!each.getClientRects().length || style.clipPath !== 'none') return false;
    if (each.localName !== 'select') return each.scrollWidth > each.clientWidth + 1;
    const text = document.createElement('canvas').getContext('2d');
    text.font = style.font;
    const words = each.selectedOptions[0]?.textContent ?? '';
    const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return text.measureText(words).width > room + 1;
}).map(each => each.selectedOptions?.[0]?.textContent ?? each.textContent)
"""
"""The texts in an element that have less room than they need."""

SIDEWAYS = """
root => [...root.querySelectorAll('.ec-panel, .ec-scroll')]
    .filter(each => each.getClientRects().length && each.scrollWidth > each.clientWidth + 1)
    .map(each => each.className)
"""
"""What must be scrolled sideways."""

OVERLAPS = """
grid => [...grid.querySelectorAll('tr')].flatMap(row => {
    const boxes = [...row.children].filter(each => each.textContent
        && getComputedStyle(each).clipPath === 'none').map(each => {
            const range = document.createRange();
            range.selectNodeContents(each);
            return [each.textContent, range.getBoundingClientRect()];
        });
    return boxes.flatMap(([one, a], n) => boxes.slice(n + 1)
        .filter(([, b]) => a.left < b.right + 1 && b.left < a.right + 1
            && a.top < b.bottom - 2 && b.top < a.bottom - 2)
        .map(([other]) => `${one} | ${other}`));
})
"""
"""Of each row the cells whose texts touch."""


LATE = """
async ([code, traits]) => {
    const url = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
    const {default: part} = await import(url);
    const frames = () => new Promise(done => setTimeout(() => requestAnimationFrame(done), 300));
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
    await frames();
    const told = panels.map(
        each => [each.getClientRects().length, each.getAttribute('aria-label')]);
    leave();
    whole.remove();
    return told;
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


def beside(page: Page, button: Any, answer: Any) -> float:
    """How far below a button that is in sight an answer begins; both are wholly in sight."""
    seen = page.page.locator(".jp-WindowedPanel-outer").last.bounding_box()
    boxes = [button.bounding_box(), answer.bounding_box()]
    for box in boxes:
        assert box["y"] >= seen["y"] - 1
        assert box["y"] + box["height"] <= seen["y"] + seen["height"] + 1
    distance: float = boxes[1]["y"] - boxes[0]["y"] - boxes[0]["height"]
    return distance


def test_a_broken_reading_can_be_read_in_its_row(page: Page, size: tuple[int, int]) -> None:
    """The value that is wrong, and what the Error says of it; nothing is scrolled sideways."""
    results = page.panel("Results")
    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "of 5 that match")
    cells = results.locator("tbody tr", has_text="39.O").locator("td:visible")
    told = [cell for cell in cells.all() if cell.inner_text()]
    assert any("temp: 39.O" in cell.inner_text() for cell in told)
    assert any("no reading: temp='39.O'" in cell.inner_text() for cell in told)
    for cell in told:
        text = cell.inner_text()
        if "→" not in text:
            assert cell.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), text
    assert page.playground.evaluate(SIDEWAYS) == []


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
    summary = page.sees(tried, ".ec-outcome .ec-status", "1 error went")
    assert summary
    page.rows(tried).first.click()
    page.sees(tried, ".ec-sides")
    page.press(tried, "Replace 'validate' by this version")
    page.says(tried, "replaced collector")
    button = tried.get_by_role("button", name="'validate' runs this version")
    assert 0 <= beside(page, button, tried.get_by_text("replaced collector")) < 20
    page.press(results, "Resend these 5")
    asked = results.get_by_text("resend 5 payloads? click again")
    assert 0 <= beside(page, results.get_by_role("button", name="Resend 5?"), asked) < 20
    page.press(results, "Resend 5?")
    page.says(results, "5 sent again")
    again = results.get_by_role("button", name="Resend these 4")
    assert 0 <= beside(page, again, results.get_by_text("5 sent again")) < 20
    scroll = results.locator(".ec-scroll").bounding_box()
    assert scroll["height"] > 3 * page.rows(results).first.bounding_box()["height"]
    assert results.evaluate("e => e.scrollHeight <= e.clientHeight + 1"), "the panel scrolls too"


def test_a_difference_is_read_without_scrolling(page: Page, size: tuple[int, int]) -> None:
    """The payload, the result before and the one after, in the rows of Try out."""
    tried = page.panel("Try out")
    page.sees(tried, ".ec-status", "1 error went")
    cells = page.rows(tried).first.locator("td")
    assert cells.count() == 5
    frame = tried.locator(".ec-tried .ec-scroll").bounding_box()
    for cell in cells.all():
        box = cell.bounding_box()
        assert box["width"] > 30
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
    assert cells.nth(4).inner_text() == "'valid'"
    assert cells.nth(4).evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    assert page.playground.evaluate(SIDEWAYS) == []


def test_no_header_or_number_touches_another(page: Page, size: tuple[int, int]) -> None:
    """In the table of the collectors, where six figures and a time stand beside each other."""
    panel = page.panel("Collectors")
    page.sees(panel, "td", "cold_hours")
    assert panel.locator(".ec-grid").evaluate(OVERLAPS) == []
    numbers = page.rows(panel).first.locator(".ec-number")
    assert len({round(each.bounding_box()["y"]) for each in numbers.all()}) == 1


def test_menus_and_labels_are_whole(page: Page, size: tuple[int, int]) -> None:
    """Of the filters, of who gets it again, and of the queue's limits."""
    results, queue = page.panel("Results"), page.panel("Queue")
    page.choose(results, "status", "any status")
    for part in (results.locator(".ec-filters"), results.locator(".ec-of-all"), queue):
        assert part.evaluate(CUT) == []
    if size[0] > 600:
        return
    boxes = [each.bounding_box() for each in results.locator(".ec-headline button").all()]
    assert len({box["y"] for box in boxes}) == 1


def test_the_lines_of_the_queue_keep_away_from_their_numbers(page: Page) -> None:
    """A level line right below a number would underline it."""
    queue = page.panel("Queue")
    for tile in queue.locator(".ec-tiles > div:has(svg)").all():
        number, line = tile.locator("b").bounding_box(), tile.locator("svg").bounding_box()
        assert line["y"] - number["y"] - number["height"] >= 4
        assert tile.locator("polygon").count() == tile.locator("path").count()


def test_a_picture_is_drawn_as_wide_as_its_panel(page: Page) -> None:
    """It is not scaled, so that its text is as large as that around it."""
    panel = page.panel("Pictures")
    page.press(panel, "Draw")
    page.says(panel, "drawn of")
    image = panel.locator(".ec-picture img")
    drawn, shown = image.evaluate("e => [e.naturalWidth / 2, e.getBoundingClientRect().width]")
    room = panel.bounding_box()["width"]
    assert room - 80 < shown < room
    assert abs(drawn - shown) < 8


def test_code_is_folded_and_copied_whole(page: Page) -> None:
    """One line until it is clicked; opened, it breaks at spaces and punctuation alone."""
    panel = page.panel("Pictures")
    line = panel.locator(".ec-codeline")
    fold = line.locator(".ec-fold")
    assert fold.inner_text().startswith("timeline(")
    assert line.bounding_box()["height"] < 30
    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    line.locator(".ec-copy").click()
    whole = page.page.evaluate("navigator.clipboard.readText()")
    assert whole.startswith("from event_collector_widgets.pictures import timeline\ntimeline(")
    fold.click()
    code = line.locator(".ec-code")
    code.wait_for()
    assert code.inner_text() == whole
    assert code.evaluate("e => getComputedStyle(e).wordBreak") == "normal"
    assert fold.get_attribute("aria-expanded") == "true"
    fold.press("Enter")
    code.wait_for(state="hidden")


@pytest.mark.parametrize("title", TABS)
def test_no_tab_has_a_barrier_of_moderate_impact(page: Page, title: str) -> None:
    """Such as two landmarks of one name: the code of two panels is in sight."""
    page.press(page.panel("Results"), "DataFrame code")
    page.code(page.panel("Results"), "frame")
    page.panel(title).wait_for()
    assert barriers(page.page, least="moderate") == []


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
    for _ in range(20):
        outer.evaluate("e => e.scrollTo(0, e.scrollHeight)")
        if shown.count() and shown.first.is_visible():
            break
        page.page.wait_for_timeout(200)
    page.sees(shown, ".ec-collectors td", "cold_hours")
    panels = page.playground.locator('[class*="ec-tab-"]:visible')
    assert panels.count() == 1
    assert panels.first.evaluate("e => e.classList.contains('ec-tab-collectors')")
    page.panel("Send").wait_for()
    page.press(page.panel("Send"), "Send")
    page.says(page.panel("Send"), "event 41")
