"""The texts of a picture stay in their shapes, however wide their letters are."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation, side_by_side
from event_collector_widgets.motion.trace import Trace

from tests.browser.runs import a_page, show, traces
from tests.browser.waiting import becomes
from tests.widgets.motion.histories import named_history

pytestmark = [pytest.mark.browser, pytest.mark.long]

BEYOND = """() => [...document.querySelectorAll("svg.ec-scene text")].flatMap((text) => {
    if (!text.textContent || !text.checkVisibility()) return [];
    const group = text.closest(".ec-token, .ec-lane, .ec-place, .ec-out");
    const tray = document.querySelector(".ec-place.ec-undelivered");
    const own = text.matches(".ec-within, .ec-within ~ .ec-least") ? tray : group;
    const shape = own?.querySelector("rect");
    if (!shape) return [];
    const [inner, outer] = [text, shape].map((each) => each.getBoundingClientRect());
    const out = Math.max(outer.left - inner.left, inner.right - outer.right);
    return out > 0.5 ? [[text.textContent, Math.round(out)]] : [];
})"""
"""The texts that stand out of their shapes, and by how many px."""

LETTERS = {"wide": "W", "narrow": "il", "picture": "日😀", "usual": "payload "}


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


@pytest.mark.parametrize("width", [1280, 520])
@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
def test_no_text_stands_out_of_its_shape(
    page: Any, tmp_path: Path, letters: str, width: int
) -> None:
    """Wherever a payload is: not in its token, in a lane, in a collector or in the tray."""
    name = letters * 12
    with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
        trace = pool.submit(lambda: Trace.of(named_history(name, name))).result()
    page.set_viewport_size({"width": width, "height": 720})
    page.emulate_media(reduced_motion="reduce")
    show(page, Animation(trace, pace="steps"), tmp_path)
    for things in range(1, 7):
        page.get_by_role("button", name="Step").click()
        page.locator(".ec-when").filter(has_text=f"{things} of 6 things").wait_for()
        page.wait_for_function("n => document.querySelectorAll('.ec-token').length >= n", arg=1)
        becomes(page, lambda: page.evaluate(BEYOND), [])
    page.locator(".ec-at-undelivered").wait_for()


def test_a_line_stands_beside_its_name_on_a_narrow_page(page: Any, tmp_path: Path) -> None:
    """Of several queues: else nobody could tell which line is whose."""
    page.set_viewport_size({"width": 380, "height": 720})
    named = traces()
    show(page, side_by_side(named), tmp_path)
    expected = [[f"{kind} (at most 6)", 1] for kind in named]
    becomes(
        page,
        lambda: page.evaluate(
            "() => [...document.querySelectorAll('.ec-sample')].map((e) => ["
            "e.parentElement.textContent.trim(), e.parentElement.getClientRects().length])"
        ),
        expected,
    )


@pytest.mark.parametrize("kind", ["FIFO", "PRIORITY"])
def test_a_priority_is_explained_where_it_counts(page: Any, tmp_path: Path, kind: str) -> None:
    """Nobody can know whether the highest or the lowest number goes first."""
    show(page, Animation(traces()[kind]), tmp_path)
    said = page.locator(".ec-legend").inner_text()
    assert ("priority, the lowest first" in said) is (kind == "PRIORITY")


def test_a_static_picture_can_be_read_in_a_narrow_page(page: Any) -> None:
    """Its letters do not shrink with it: it scrolls, and the page around it does not."""
    six = traces()
    made = [Animation(six["FIFO"]), side_by_side(six)]
    page.set_viewport_size({"width": 520, "height": 900})
    stills = (each._repr_mimebundle_()[0]["text/html"] for each in made)
    page.set_content(f"<!doctype html><title>t</title>{''.join(stills)}")
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll("svg text")].map((e) =>
            parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a))"""
    )
    assert smallest >= 9
    assert page.evaluate("document.documentElement.scrollWidth") == 520
    pictures = page.locator("div:has(> svg)")
    assert [each.evaluate("e => e.scrollWidth > e.clientWidth") for each in pictures.all()] == [
        True,
        True,
    ]
