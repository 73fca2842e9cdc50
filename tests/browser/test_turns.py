"""Names and numbers can be read: of payloads, as far as there is room, and of a router."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation
from event_collector_widgets.motion.bundle import joined
from event_collector_widgets.motion.trace import Trace

from tests.browser.motion import HELD
from tests.browser.runs import a_page, show, step
from tests.widgets.motion.histories import a_long_line

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


SPOTS = """([form, count]) => {
    const plan = layout({ rows: 2, lanes: 1, parks: false, cuts: false }, form);
    const { buffer } = plan.places;
    const at = [...Array(count).keys()].map((slot) =>
        spot(plan, { place: "buffer", slot }, count, 0));
    const boxes = at.filter(({ hidden }) => !hidden).map(({ x, y, small }) =>
        small ? [x, y, x + 14, y + 14] : [x, y, x + CHIP.width, y + CHIP.height]);
    const numbers = turns(plan).slice(0, numbered(plan, count)).map(({ x, y }, n) =>
        [x - (n ? 17 : 33), y - 10, x, y]);
    const all = [...boxes, ...numbers];
    const over = all.filter(([l, t, r, b], n) => all.some(([left, top, right, bottom], other) =>
        n !== other && l < right && left < r && t < bottom && top < b));
    const out = all.filter(([l, t, r, b]) => l < buffer.x + 3 || t < buffer.y ||
        r > buffer.x + buffer.width - 3 || b > buffer.y + buffer.height);
    return { named: at.filter(({ small }) => !small).length, numbers: numbers.length,
             over: over.length, out: out.length };
}"""
"""Of so many in a buffer, how many have names and numbers, and lie on others or outside."""


@pytest.mark.parametrize(
    ("form", "count", "named"),
    [
        *[("", 9, 9), ("", 12, 8), ("", 100, 4), ("", 200, 3)],
        *[("narrow", 6, 6), ("narrow", 12, 12), ("narrow", 14, 5)],
        *[("slim", 6, 6), ("slim", 7, 5), ("slim", 12, 4), ("slim", 20, 4), ("slim", 60, 3)],
    ],
)
def test_as_many_have_their_names_and_numbers_as_have_room(
    page: Any, form: str, count: int, named: int
) -> None:
    """In the second column too; nothing lies on another, or outside of the buffer."""
    page.add_script_tag(content=joined("layout"))
    seen = page.evaluate(SPOTS, [form, count])
    assert seen == {"named": named, "numbers": named, "over": 0, "out": 0}


NUMBERED = (
    f"async () => {{{HELD}"
    """
    const frame = await held();
    const all = [...document.querySelectorAll("button")];
    const step = all.find((e) => e.textContent.includes("Step"));
    const wrong = [];
    let most = 0;
    for (let each = 0; each < 1000; each++) {
        if (each % 100 === 0) step.click();
        frame();
        const numbers = document.querySelectorAll(".ec-turn:not(.ec-none, .ec-first)").length;
        const chips = document.querySelectorAll(".ec-at-buffer:not(.ec-small)").length;
        most = Math.max(most, numbers);
        if (numbers >= Math.max(1, chips)) wrong.push([each, numbers, chips]);
    }
    return [wrong.slice(0, 5), most];
}"""
)
"""When more numbers stood in the buffer than payloads with a name; and how many at most."""


def test_no_number_stands_beside_a_dot(page: Any, tmp_path: Path) -> None:
    """Nor beside nothing, while a crowd has room for its names again and comes to it."""
    page.set_viewport_size({"width": 520, "height": 900})
    with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
        trace = pool.submit(lambda: Trace.of(a_long_line(16, "no."))).result()
    show(page, Animation(trace, pace="steps"), tmp_path)
    step(page, 16, "“no. 15” was accepted")
    wrong, most = page.evaluate(NUMBERED)
    assert wrong == []
    assert most == 11


AT_ROUTER = """(form) => {
    const plan = layout({ rows: 2, lanes: 4, parks: false, cuts: false }, form);
    const { y, height } = plan.places.router;
    return [0, 1, 2, 3, 9].map((slot) => spot(plan, { place: "router", slot }, 10, 0)).every((at) =>
        at.y >= y && at.y + CHIP.height <= y + height - 20);
}"""
"""Whether payloads at a router leave what stands at its lower edge to be seen."""


@pytest.mark.parametrize("form", ["", "narrow", "slim"])
def test_who_is_at_a_router_of_ones_own_does_not_hide_its_name(page: Any, form: str) -> None:
    """However many are there."""
    page.add_script_tag(content=joined("layout"))
    assert page.evaluate(AT_ROUTER, form)
